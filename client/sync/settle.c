/* settle: see settle.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/book/devices.h"
#include "client/book/identity.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/care/kinds.h"
#include "client/setting.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"

#include "settle.h"

#define FACT "settling"
#define FACT_NAME "device-name"
#define FACT_PROFILE "profile-sent" /* as news.c */
#define FACT_OPENED "opened"        /* as write_receipt */
#define OPENED 2

/* --- the row: [unnamed, nil or [generation, seq, head]]; an empty one is over --- */

static int put_row(struct vault_txn *txn, const struct settle *s)
{
	struct buf row;
	buf_init(&row, 0);
	mp_put_array(&row, 2);
	mp_put_bool(&row, s->unnamed);
	if (s->has_floor) {
		mp_put_array(&row, 3);
		mp_put_bin(&row, s->floor.generation, sizeof(s->floor.generation));
		mp_put_u64(&row, s->floor.seq);
		mp_put_bin(&row, s->floor.head, sizeof(s->floor.head));
	} else {
		mp_put_nil(&row);
	}
	int err = buf_err(&row);
	if (!err)
		err = ledger_fact_put(txn, FACT, NULL, 0, row.data, row.len);
	buf_wipe(&row);
	return err;
}

static int get_row(const struct buf *row, struct settle *s)
{
	struct mp_doc *doc;
	struct mp_cur c;
	int err = mp_open(row->data, row->len, &doc, &c);
	if (err)
		return ERR_CORRUPT;
	s->due = true;
	s->unnamed = mp_bool(&c);
	s->has_floor = !mp_nil(&c);
	if (s->has_floor) {
		struct mp_cur floor = mp_enter(&c, 3, 3);
		mp_fixed(&floor, s->floor.generation, sizeof(s->floor.generation));
		s->floor.seq = mp_u64(&floor, 0, MP_NUMBER_MAX);
		mp_fixed(&floor, s->floor.head, sizeof(s->floor.head));
		mp_leave(&c, &floor);
	}
	err = mp_done(&c) ? ERR_CORRUPT : 0;
	mp_close(doc);
	return err;
}

int settle_begin(struct vault_txn *txn, const struct settle *s, const char *device_name)
{
	int err = put_row(txn, s);
	return err ? err : ledger_fact_put(txn, FACT_NAME, NULL, 0, device_name, strlen(device_name));
}

int settle_get(struct vault *vault, struct settle *out)
{
	struct vault_txn *txn = NULL;
	struct buf row;
	buf_init(&row, 0);
	memset(out, 0, sizeof(*out));
	int err = vault_begin(vault, false, &txn);
	if (!err)
		err = ledger_fact_get(txn, FACT, NULL, 0, &row);
	if (!err && row.len)
		err = get_row(&row, out);
	vault_abort(txn);
	buf_wipe(&row);
	return err == ERR_NOT_FOUND ? 0 : err;
}

/* --- what one's other devices wrote --- */

/* Facts are put after the walk: a visitor must not write. */
struct fact {
	bool opened; /* else: a profile went to pid */
	uint8_t id[32];
};
struct learning {
	const struct identity *id;
	struct fact *facts;
	size_t n, room;
	char name[SETTLE_NAME_MAX + 1];
};

static int note(struct learning *l, bool opened, const uint8_t *id, size_t len)
{
	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		struct fact *more = realloc(l->facts, room * sizeof(*more));
		if (!more)
			return ERR_NOMEM;
		l->facts = more;
		l->room = room;
	}
	l->facts[l->n] = (struct fact){.opened = opened};
	memcpy(l->facts[l->n++].id, id, len);
	return 0;
}

static int learn_profile(struct learning *l, const struct record *r, const struct content *c)
{
	size_t len;
	const char *name = content_str(c, CONTENT_NAME, &len);
	int err = 0;
	if (name && len <= SETTLE_NAME_MAX)
		snprintf(l->name, sizeof(l->name), "%.*s", (int)len, name);
	for (uint32_t i = 0; !err && i < r->audience; i++)
		if (memcmp(r->wraps[i].pid, l->id->pid, 16) != 0)
			err = note(l, false, r->wraps[i].pid, 16);
	return err;
}

static int learn_receipt(struct learning *l, const struct record *r, const struct content *c)
{
	int err = 0;
	bool opened = content_u64(c, CONTENT_STATE, 0) == OPENED;
	for (uint32_t i = 0; !err && opened && i < r->targets; i++)
		err = note(l, true, r->target[i], 32);
	return err;
}

static int learn(void *arg, const struct ledger_record *row)
{
	struct learning *l = arg;
	struct content *c = NULL;
	struct record r;
	int err = record_parse(row->record, row->record_len, &r);
	if (err)
		return err;
	if (memcmp(r.author, l->id->pid, 16) != 0 || r.class != RECORD_CONTROL || !row->content_len)
		return 0;
	err = content_decode(row->content, row->content_len, &care_kinds, &c);
	if (!err && content_peek_head(c)->kind == CONTENT_PROFILE)
		err = learn_profile(l, &r, c);
	else if (!err && content_peek_head(c)->kind == CONTENT_RECEIPT)
		err = learn_receipt(l, &r, c);
	content_free(c);
	return err;
}

static int put_facts(const struct learning *l, struct vault_txn *txn)
{
	int err = 0;
	for (size_t i = 0; !err && i < l->n; i++) {
		const struct fact *f = &l->facts[i];
		err = f->opened ? ledger_fact_put(txn, FACT_OPENED, f->id, 32, NULL, 0)
		                : ledger_fact_put(txn, FACT_PROFILE, f->id, 16, "1", 1);
	}
	return err;
}

/* --- this device's own name, for the others --- */

static int name_device(struct vault_txn *txn, const struct identity *id)
{
	struct people *people = NULL;
	struct timespec t;
	struct buf name;
	struct devices *names = NULL;
	buf_init(&name, 0);
	clock_gettime(CLOCK_REALTIME, &t);
	int err = people_load(txn, id->genesis, &people);
	struct write_ctx ctx = {.txn = txn, .people = people};
	ctx.now_ms = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
	if (!err)
		err = devices_load(txn, id->pid, &names);
	if (!err && !devices_is_named(names, id->did) && !ledger_fact_get(txn, FACT_NAME, NULL, 0, &name) && name.len &&
	    !buf_put_u8(&name, 0))
		err = write_device(&ctx, id->did, (const char *)name.data, names);
	devices_free(names);
	people_free(people);
	buf_wipe(&name);
	return err;
}

int settle_finish(struct vault *vault, struct identity *id)
{
	struct learning l = {.id = id};
	struct vault_txn *txn = NULL;
	struct settle was;
	char before[sizeof(id->name)];
	int err = settle_get(vault, &was);
	memcpy(before, id->name, sizeof(before));
	if (!err)
		err = vault_begin(vault, true, &txn);
	if (!err)
		err = ledger_record_each(txn, learn, &l);
	if (!err)
		err = put_facts(&l, txn);
	if (!err && was.unnamed && *l.name) {
		snprintf(id->name, sizeof(id->name), "%s", l.name);
		err = identity_save(txn, id);
		if (!err)
			err = setting_put(txn, SETTING_NAME, id->name);
	}
	if (!err)
		err = name_device(txn, id);
	if (!err)
		err = ledger_fact_put(txn, FACT, NULL, 0, "", 0);
	if (err)
		vault_abort(txn);
	else
		err = vault_commit(txn);
	if (err)
		memcpy(id->name, before, sizeof(before));
	free(l.facts);
	return err;
}
