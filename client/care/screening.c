/* screening: see screening.h. */
#include <string.h>

#include "screening.h"

#define SCREEN(code, must, question) {code, must, question},
static const struct screening rows[] = {
#include "screening.def"
};

const struct screening *screening_at(size_t i)
{
	return i < sizeof(rows) / sizeof(rows[0]) ? &rows[i] : NULL;
}

const struct screening *screening_find(const char *code, size_t len)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strlen(rows[i].code) == len && strncmp(rows[i].code, code, len) == 0)
			return &rows[i];
	return NULL;
}
