/* device: see device.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/book/links.h"
#include "client/sync/revoke.h"
#include "client/ui/out.h"
#include "client/ui/words.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/link.h"

#include "client/cmd/desk.h"

#include "device.h"

#define ID_SHOWN 4 /* hex digits of an id that a person may type, at least */

struct reading {
	struct vault_txn *txn;
	const struct desk *d;
	const struct keychain *own;
	struct devices *names;
	uint8_t leaving[REVOKE_MAX][16];
	size_t n_leaving;
};

static uint64_t time_of(const struct reading *r, uint64_t seq)
{
	struct link link;
	struct buf row;
	buf_init(&row, 0);
	int err = links_get(r->txn, keychain_genesis(r->own), seq, &row);
	if (!err)
		err = link_parse(row.data, row.len, &link);
	uint64_t ms = err ? 0 : link.time_ms;
	buf_wipe(&row);
	return ms;
}

static void fill(const struct reading *r, const struct keychain_device *device, struct device_row *row)
{
	memcpy(row->did, device->did, sizeof(row->did));
	devices_name(r->names, device->did, row->name);
	row->active = device->active;
	row->self = memcmp(device->did, r->d->id->did, sizeof(row->did)) == 0;
	row->added_ms = time_of(r, device->added_seq);
	row->revoked_ms = device->active ? 0 : time_of(r, device->revoked_seq);
	for (size_t i = 0; i < r->n_leaving && row->active; i++)
		row->leaving = row->leaving || memcmp(r->leaving[i], device->did, 16) == 0;
}

int device_rows(struct desk *d, struct device_rows *out)
{
	struct reading r = {.d = d, .own = people_keychain(d->people, d->id->pid)};
	*out = (struct device_rows){0};
	int err = r.own ? vault_begin(d->kap->vault, false, &r.txn) : ERR_NOT_FOUND;
	if (!err)
		err = devices_load(r.txn, d->id->pid, &r.names);
	if (!err)
		err = revoke_noted(r.txn, r.leaving, &r.n_leaving);
	if (!err && !(out->rows = calloc(keychain_ever(r.own), sizeof(*out->rows))))
		err = ERR_NOMEM;
	for (size_t i = 0; !err && i < keychain_ever(r.own); i++)
		if (!keychain_ever_at(r.own, i)->paper)
			fill(&r, keychain_ever_at(r.own, i), &out->rows[out->n++]);
	vault_abort(r.txn);
	devices_free(r.names);
	return err ? kap_fail_err(d->kap, err, "Nothing was changed.") : KAP_OK;
}

void device_rows_free(struct device_rows *r)
{
	free(r->rows);
	r->rows = NULL;
	r->n = 0;
}

/* --- by what a person types --- */

static bool is_id(const struct device_row *row, const char *typed)
{
	static const char digits[] = "0123456789abcdef";
	char hex[33] = "";
	size_t len = strlen(typed);
	for (size_t i = 0; i < 16; i++) {
		hex[2 * i] = digits[row->did[i] >> 4];
		hex[2 * i + 1] = digits[row->did[i] & 15];
	}
	return len >= ID_SHOWN && len <= 32 && strncasecmp(hex, typed, len) == 0;
}

static bool is_name(const struct device_row *row, const char *typed)
{
	return strcasecmp(row->name, typed) == 0;
}

static bool begins(const struct device_row *row, const char *typed)
{
	return *typed && strncasecmp(row->name, typed, strlen(typed)) == 0;
}

int device_find(struct desk *d, const struct device_rows *r, const char *typed, const struct device_row **out)
{
	static bool (*const ways[])(const struct device_row *, const char *) = {is_name, is_id, begins};
	for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
		size_t found = 0;
		for (size_t i = 0; i < r->n; i++)
			if (r->rows[i].active && ways[way](&r->rows[i], typed)) {
				*out = &r->rows[i];
				found++;
			}
		if (found == 1)
			return KAP_OK;
		if (found > 1)
			return kap_fail(d->kap, KAP_CHOICE,
			                "\"%s\" fits more than one of your devices. `%s device list` shows an id for each, which "
			                "you can type instead. Nothing was changed.",
			                typed, d->kap->title);
	}
	return kap_fail(d->kap, KAP_INVALID,
	                "None of your devices is called \"%s\". `%s device list` shows them. Nothing was changed.", typed,
	                d->kap->title);
}

void device_show_words(struct kap *kap, const uint8_t bits[6])
{
	struct buf words;
	buf_init(&words, 0);
	if (!words_of(bits, WORDS_COMPARED, &words) && !buf_put_u8(&words, 0)) {
		out_line(kap->out, "%s", "");
		out_str(kap->out, "words", "  Words", (const char *)words.data);
		out_line(kap->out, "%s", "");
	}
	buf_wipe(&words);
}
