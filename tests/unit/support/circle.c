/* circle: devices of a made-up clinic, and a server that is an array; see circle.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/book.h"
#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/book/links.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/sync/reader.h"
#include "client/sync/seal.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "proto/msg_reply.h"
#include "proto/record.h"

#include "circle_clinic.h"

#include "circle.h"

#define A_DAY UINT64_C(1800000000000)

static const char *const names[CIRCLE_PEOPLE] = {"Mo Ortiz", "Ana Reyes", "Dr. Osei", "Ms. Lund",
                                                 NULL,       "Jo M.",     "Joan Kim"};

struct device {
	bool open;
	struct scratch_vault vault;
	struct identity *id;
	struct people *people;
	struct book *book;
	size_t read; /* of the server's records */
	size_t refused;
};

struct stored {
	struct buf record, payload;
};

struct circle {
	struct circle_clinic *clinic;
	struct device devices[CIRCLE_DEVICES];
	struct stored *server;
	size_t n_server;
	uint64_t now_ms;
	struct write_ctx ctx;
};

struct circle *circle_new(void)
{
	struct circle *c = calloc(1, sizeof(*c));
	assert_non_null(c);
	c->clinic = circle_clinic_new();
	c->now_ms = A_DAY;
	return c;
}

static void forget(struct device *d)
{
	book_free(d->book);
	people_free(d->people);
	d->book = NULL;
	d->people = NULL;
}

void circle_free(struct circle *c)
{
	for (int i = 0; i < CIRCLE_DEVICES; i++) {
		struct device *d = &c->devices[i];
		forget(d);
		if (d->open)
			scratch_vault_close(&d->vault);
		identity_free(d->id);
	}
	for (size_t i = 0; i < c->n_server; i++) {
		buf_wipe(&c->server[i].record);
		buf_wipe(&c->server[i].payload);
	}
	free(c->server);
	circle_clinic_free(c->clinic);
	free(c);
}

const uint8_t *circle_genesis(const struct circle *c, enum circle_who who)
{
	return circle_clinic_genesis(c->clinic, who);
}

void circle_add_devices(struct circle *c)
{
	circle_clinic_add_devices(c->clinic);
}

void circle_leave_team(struct circle *c, enum circle_who client, enum circle_who staff)
{
	circle_clinic_leave_team(c->clinic, client, staff);
}

void circle_remove(struct circle *c, enum circle_who who)
{
	circle_clinic_remove(c->clinic, who);
}

/* --- devices --- */

static void take_link(void *arg, const uint8_t chain[32], uint64_t seq, const uint8_t *bytes, size_t len)
{
	struct device *d = arg;
	assert_int_equal(links_put(d->vault.txn, chain, seq, bytes, len), 0);
}

void circle_refresh(struct circle *c, enum circle_who who)
{
	struct device *d = &c->devices[who];
	forget(d);
	circle_clinic_links(c->clinic, who, take_link, d);
}

static void open_device(struct circle *c, enum circle_who who)
{
	struct device *d = &c->devices[who];
	scratch_vault_open(&d->vault);
	d->open = true;
	d->id = identity_new();
	circle_clinic_identity(c->clinic, who, d->id);
	const char *name = names[who < CIRCLE_PEOPLE ? who : CIRCLE_JO];
	if (name)
		memcpy(d->id->name, name, strlen(name));
	assert_int_equal(identity_save(d->vault.txn, d->id), 0);
	circle_refresh(c, who);
	for (int i = 0; i < CIRCLE_PEOPLE; i++)
		if (names[i])
			assert_int_equal(people_name_put(d->vault.txn, circle_genesis(c, (enum circle_who)i), names[i], "", true),
			                 0);
	scratch_vault_commit(&d->vault);
}

static struct device *device(struct circle *c, enum circle_who who)
{
	if (!c->devices[who].open)
		open_device(c, who);
	return &c->devices[who];
}

struct scratch_vault *circle_vault(struct circle *c, enum circle_who who)
{
	return &device(c, who)->vault;
}

const struct people *circle_people(struct circle *c, enum circle_who who)
{
	struct device *d = device(c, who);
	forget(d);
	assert_int_equal(people_load(d->vault.txn, d->id->genesis, &d->people), 0);
	return d->people;
}

const struct book *circle_book(struct circle *c, enum circle_who who)
{
	struct device *d = device(c, who);
	circle_people(c, who);
	assert_int_equal(book_load(d->vault.txn, d->people, true, &d->book), 0);
	return d->book;
}

const struct person *circle_person(struct circle *c, enum circle_who on, enum circle_who who)
{
	struct device *d = device(c, on);
	if (!d->people)
		circle_people(c, on);
	return people_by_pid(d->people, circle_genesis(c, who));
}

struct write_ctx *circle_write(struct circle *c, enum circle_who who)
{
	struct device *d = device(c, who);
	circle_book(c, who);
	c->now_ms += 1000;
	c->ctx = (struct write_ctx){.txn = d->vault.txn, .people = d->people, .book = d->book, .now_ms = c->now_ms};
	return &c->ctx;
}

/* --- sending --- */

size_t circle_seal(struct circle *c, enum circle_who who)
{
	struct device *d = device(c, who);
	struct seal_result result;
	struct fold *fold = NULL;
	forget(d);
	assert_int_equal(fold_load(d->vault.txn, d->id->clinic, true, &fold), 0);
	assert_int_equal(vault_commit(d->vault.txn), 0);
	d->vault.txn = NULL;
	assert_int_equal(seal_pending(d->vault.vault, d->id, fold, &result), 0);
	assert_int_equal(vault_begin(d->vault.vault, true, &d->vault.txn), 0);
	fold_free(fold);
	return result.sealed;
}

/* As the server does: the wraps of those who lose it are taken out of every target; of what is deleted all of them, and
 * the payload. */
static void take_wraps(struct circle *c, const struct record *by)
{
	uint8_t losers[RECORD_AUDIENCE][16];
	struct buf without;
	uint32_t n = 0;
	for (uint32_t i = 0; i < by->audience; i++)
		if (i != by->author_at)
			memcpy(losers[n++], by->wraps[i].pid, 16);
	for (size_t i = 0; i < c->n_server; i++) {
		struct stored *at = &c->server[i];
		struct record r;
		assert_int_equal(record_parse(at->record.data, at->record.len, &r), 0);
		for (uint32_t k = 0; k < by->targets; k++) {
			if (memcmp(by->target[k], r.rid, 32) != 0)
				continue;
			buf_init(&without, 0);
			if (by->op == RECORD_TOMBSTONE)
				assert_int_equal(record_stub(&r, &without), 0);
			else
				assert_int_equal(record_without_wraps(&r, (const uint8_t(*)[16])losers, n, &without), 0);
			if (by->op == RECORD_TOMBSTONE)
				buf_wipe(&at->payload);
			buf_wipe(&at->record);
			at->record = without;
			break;
		}
	}
}

static int take_outgoing(void *arg, const struct ledger_outgoing *o)
{
	struct circle *c = arg;
	struct record r;
	c->server = realloc(c->server, (c->n_server + 1) * sizeof(*c->server));
	assert_non_null(c->server);
	struct stored *at = &c->server[c->n_server++];
	buf_init(&at->record, 0);
	buf_init(&at->payload, 0);
	assert_int_equal(buf_put(&at->record, o->record, o->record_len), 0);
	assert_int_equal(buf_put(&at->payload, o->payload, o->payload_len), 0);
	assert_int_equal(record_parse(at->record.data, at->record.len, &r), 0);
	assert_int_equal(record_check_rules(&r), 0);
	if (r.op == RECORD_UNSHARE || r.op == RECORD_TOMBSTONE)
		take_wraps(c, &r);
	return 0;
}

static int first_outgoing(void *arg, const struct ledger_outgoing *o)
{
	*(struct ledger_outgoing *)arg = *o;
	return ERR_MORE;
}

static void settle(struct circle *c, struct device *d)
{
	struct ledger_outgoing o;
	struct ledger_record row;
	struct buf hold;
	uint8_t sig[64];
	buf_init(&hold, 0);
	assert_int_equal(crypto_random(sig, sizeof(sig)), 0);
	while (ledger_outbox_count(d->vault.txn)) {
		assert_int_equal(ledger_outbox_each(d->vault.txn, first_outgoing, &o), 0);
		assert_int_equal(ledger_record_get(d->vault.txn, o.rid, &hold, &row), 0);
		row.state = LEDGER_STORED;
		row.seen_ms = c->now_ms;
		assert_int_equal(ledger_record_put(d->vault.txn, &row), 0);
		assert_int_equal(ledger_receipt_put(d->vault.txn, o.rid, (const uint8_t *)"statement", 9, sig, c->now_ms + 500),
		                 0);
		assert_int_equal(ledger_outbox_remove(d->vault.txn, o.seq), 0);
	}
	buf_wipe(&hold);
}

static void read_one(struct circle *c, enum circle_who who, struct reader *reader, const struct stored *at)
{
	struct device *d = &c->devices[who];
	enum reader_outcome outcome;
	struct record r;
	struct buf served;
	int why;
	assert_int_equal(record_parse(at->record.data, at->record.len, &r), 0);
	if (!record_audience_has(&r, circle_genesis(c, who), NULL))
		return;
	buf_init(&served, 0);
	assert_int_equal(record_for_reader(&r, circle_genesis(c, who), &served), 0);
	struct msg_pull_entry entry = {.seq = d->read, .event = FEED_RECORD, .rid = r.rid};
	entry.item.record = (struct msg_bytes){served.data, served.len};
	entry.item.payload = (struct msg_bytes){at->payload.data, at->payload.len};
	assert_int_equal(reader_take(reader, d->vault.txn, &entry, &outcome, &why), 0);
	buf_wipe(&served);
}

static int pass_over(void *arg, const struct msg_pull_entry *entry, enum reader_outcome outcome, int why)
{
	(void)arg;
	(void)entry;
	(void)outcome;
	(void)why;
	return 0;
}

void circle_catch_up(struct circle *c, enum circle_who who)
{
	struct device *d = device(c, who);
	struct reader *reader = NULL;
	struct fold *fold = NULL;
	forget(d);
	assert_int_equal(fold_load(d->vault.txn, d->id->clinic, false, &fold), 0);
	assert_int_equal(reader_new(d->id, fold, &reader), 0);
	for (; d->read < c->n_server; d->read++)
		read_one(c, who, reader, &c->server[d->read]);
	assert_int_equal(reader_again(reader, d->vault.txn, pass_over, NULL), 0);
	d->refused = ledger_aside_count(d->vault.txn);
	reader_free(reader);
	fold_free(fold);
	scratch_vault_commit(&d->vault);
}

size_t circle_send(struct circle *c, enum circle_who who)
{
	struct device *d = device(c, who);
	circle_seal(c, who);
	size_t n = ledger_outbox_count(d->vault.txn);
	assert_int_equal(ledger_outbox_each(d->vault.txn, take_outgoing, c), 0);
	settle(c, d);
	for (int i = 0; i < CIRCLE_DEVICES; i++)
		if (c->devices[i].open)
			circle_catch_up(c, (enum circle_who)i);
	return n;
}

size_t circle_exchange(struct circle *c, enum circle_who who)
{
	struct device *d = device(c, who);
	circle_catch_up(c, who);
	circle_seal(c, who);
	size_t n = ledger_outbox_count(d->vault.txn);
	assert_int_equal(ledger_outbox_each(d->vault.txn, take_outgoing, c), 0);
	settle(c, d);
	circle_catch_up(c, who);
	return n;
}

void circle_each(const struct circle *c, circle_visit *visit, void *arg)
{
	struct record r;
	for (size_t i = 0; i < c->n_server; i++) {
		assert_int_equal(record_parse(c->server[i].record.data, c->server[i].record.len, &r), 0);
		visit(arg, &r);
	}
}

size_t circle_refused(const struct circle *c, enum circle_who who)
{
	return c->devices[who].refused;
}
