/* err: the rows of err.def as a table, and the look-ups in it. */
#include "err.h"

#include <stddef.h>

struct err_row {
	int err;
	uint16_t status;
	const char *name;
	const char *text;
};

static const struct err_row rows[] = {
#define ERR(name, number, wire, text) {-(number), wire, #name, text},
#include "err.def"
#undef ERR
};

static const int retryable[] = {ERR_BUSY, ERR_RATE, ERR_FULL, ERR_READONLY, ERR_DRAINING};

#define STATUS_INTERNAL 500

static const struct err_row *err_row(int err)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].err == err)
			return &rows[i];
	return NULL;
}

const char *err_name(int err)
{
	const struct err_row *row = err_row(err);

	if (err == ERR_OK)
		return "OK";
	return row != NULL ? row->name : "UNKNOWN";
}

const char *err_text(int err)
{
	const struct err_row *row = err_row(err);

	if (err == ERR_OK)
		return "";
	return row != NULL ? row->text : "Something unknown went wrong.";
}

uint16_t err_to_status(int err)
{
	const struct err_row *row = err_row(err);

	if (err == ERR_OK)
		return 0;
	return row != NULL ? row->status : STATUS_INTERNAL;
}

int err_from_status(uint16_t status)
{
	if (status == 0)
		return ERR_OK;
	if (status == STATUS_INTERNAL)
		return ERR_INTERNAL;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].status == status)
			return rows[i].err;
	return ERR_INTERNAL;
}

int err_is_retryable(int err)
{
	for (size_t i = 0; i < sizeof retryable / sizeof retryable[0]; i++)
		if (retryable[i] == err)
			return 1;
	return 0;
}
