/* test_req_push: every rule for records that the server enforces, the order of what is stored and what is refused, the
 * receipt, and what a record does to others. Each rule has a record beside it that differs in one thing and is taken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/roster.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "proto/record.h"
#include "tests/unit/support/req_kit.h"

#define TODAY ((uint32_t)(PEOPLE_TIME / 86400000))
#define RETAIN 2557
#define MAP ((uint64_t)8 << 20)

static struct req_kit kit;
static struct req_conn admin, therapist, prescriber, client;
static struct person *medical, *stranger, *auditor; /* on no team; a client of the prescriber's alone */

static void more(struct people *pp, const struct people_cast *who)
{
	medical = people_staff(pp, who->admin, ROLE_MEDICAL);
	auditor = people_staff(pp, who->admin, ROLE_AUDITOR);
	stranger = people_join(
	    pp, &(struct people_invite){
	            .by = who->admin, .role = ROLE_CLIENT, .team = (struct person *[]){who->prescriber}, .n_team = 1});
}

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	req_kit_new(&kit, &(struct req_kit_opts){.map_size = MAP, .more = more});
	req_conn_open(&admin, &kit, kit.who.admin);
	req_conn_open(&therapist, &kit, kit.who.therapist);
	req_conn_open(&prescriber, &kit, kit.who.prescriber);
	req_conn_open(&client, &kit, kit.who.client);
	return err;
}

static int teardown(void **state)
{
	(void)state;
	req_conn_end(&admin);
	req_conn_end(&therapist);
	req_conn_end(&prescriber);
	req_conn_end(&client);
	req_kit_free(&kit);
	return 0;
}

#define TO(...)                                                                                                        \
	.to = (const struct person *const[]){__VA_ARGS__},                                                                 \
	.n_to = sizeof((const struct person *const[]){__VA_ARGS__}) / sizeof(struct person *)
#define TARGET(rid) .targets = (const uint8_t(*)[32])(rid), .n_targets = 1

/* The client's shared entry, to the therapist and the prescriber. */
static struct req_record_opts entry(void)
{
	static const struct person *to[2];
	to[0] = kit.who.therapist;
	to[1] = kit.who.prescriber;
	return (struct req_record_opts){.by = kit.who.client, .class = RECORD_SHARED, .to = to, .n_to = 2};
}

static uint64_t feed_end(const struct person *p)
{
	uint64_t seq;
	uint8_t head[32];
	assert_int_equal(store_feed_head(kit.store, p->genesis, &seq, head), 0);
	return seq;
}

static void last_event(const struct person *p, uint8_t event, const uint8_t rid[32])
{
	struct store_feed_row row;
	size_t n;
	assert_int_equal(store_feed_read(kit.store, p->genesis, feed_end(p) - 1, 1, &row, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(row.event, event);
	assert_memory_equal(row.rid, rid, 32);
}

/* --- whose record it is, and whether it is whole --- */

static void form(void **state)
{
	uint8_t other[32] = {9};
	(void)state;
	struct req_record_opts good = entry(), o;
#define IS(status, field, value)                                                                                       \
	o = good;                                                                                                          \
	o.field = value;                                                                                                   \
	assert_int_equal(req_conn_push_one(&client, &o, NULL), status);                                                    \
	req_kit_one_row(&kit, MSG_OP_PUSH, err_from_status(status))
	IS(202, clinic, other);
	IS(204, author, medical->genesis);
	IS(204, did, kit.who.therapist->did);
	IS(105, incomplete, true);
	IS(309, other_payload, true);
	IS(0, payload_len, 700); /* the control */
#undef IS
	assert_int_equal(feed_end(kit.who.client), 1);
}

static void what_is_no_record(void **state)
{
	struct req_record r;
	struct req_push_result result;
	struct req_record_opts good = entry();
	(void)state;
	req_record_make(&r, &kit, &good);
	r.record.data[r.record.len - 1] ^= 1; /* the signature is the readers' to check */
	req_conn_push(&client, (const struct req_record *const[]){&r}, 1, &result);
	assert_int_equal(result.accepted, 1);
	r.record.data[0] ^= 1; /* an array of two, and something left over */
	req_conn_push(&client, (const struct req_record *const[]){&r}, 1, &result);
	assert_int_equal(result.accepted, 0);
	assert_int_equal(result.stop, 103);
	req_record_free(&r);
}

/* --- who may be given what --- */

struct sent {
	struct req_conn *by;
	const struct person *author;
	uint8_t class;
	const struct person *to[3];
	unsigned status;
};

static void audiences(void **state)
{
	(void)state;
	const struct people_cast *w = &kit.who;
	const struct sent rows[] = {
	    {&client, w->client, RECORD_PRIVATE, {0}, 0},
	    {&client, w->client, RECORD_PRIVATE, {w->therapist}, 308},
	    {&client, w->client, RECORD_SHARED, {w->therapist, w->prescriber}, 0},
	    {&client, w->client, RECORD_SHARED, {w->therapist, medical}, 202},
	    {&client, w->client, RECORD_SHARED, {stranger}, 202},
	    {&client, w->client, RECORD_SHARED, {w->admin}, 202},
	    {&client, w->client, RECORD_CLINICAL, {w->therapist}, 203},
	    {&client, w->client, RECORD_CONTROL, {w->therapist, w->admin}, 0},
	    {&client, w->client, RECORD_CONTROL, {medical}, 202},
	    {&therapist, w->therapist, RECORD_SHARED, {w->client, w->prescriber}, 0},
	    {&therapist, w->therapist, RECORD_SHARED, {stranger}, 202},
	    {&therapist, w->therapist, RECORD_SHARED, {medical}, 202},
	    {&therapist, w->therapist, RECORD_CLINICAL, {medical, w->client}, 0},
	    {&therapist, w->therapist, RECORD_CLINICAL, {stranger}, 202},
	    {&therapist, w->therapist, RECORD_CLINICAL, {w->admin}, 202},
	    {&therapist, w->therapist, RECORD_CLINICAL, {auditor}, 202},
	    {&therapist, w->therapist, RECORD_CONTROL, {auditor, medical}, 0},
	    {&prescriber, w->prescriber, RECORD_SHARED, {stranger}, 0},
	    {&admin, w->admin, RECORD_PRIVATE, {0}, 0},
	    {&admin, w->admin, RECORD_SHARED, {w->client}, 203},
	    {&admin, w->admin, RECORD_CONTROL, {w->client, auditor}, 0},
	    {&admin, w->admin, RECORD_CONTROL, {w->client, stranger}, 202}, /* they are not to know of each other */
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct sent *s = &rows[i];
		struct req_record_opts o = {.by = s->author, .class = s->class, .to = s->to};
		while (o.n_to < 3 && s->to[o.n_to])
			o.n_to++;
		o.retain_day = s->class == RECORD_CLINICAL ? TODAY + RETAIN : 0;
		unsigned got = req_conn_push_one(s->by, &o, NULL);
		if (got != s->status)
			print_error("row %zu\n", i);
		assert_int_equal(got, s->status);
	}
}

static void who_was_removed_is_a_stranger(void **state)
{
	struct req_record_opts o = entry();
	struct buf link;
	(void)state;
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 0);
	buf_init(&link, 0);
	struct clinic_body body = {.type = CLINIC_REMOVE};
	memcpy(body.genesis, kit.who.prescriber->genesis, 32);
	people_sign(&kit.pp, kit.who.admin, &body, &link);
	assert_int_equal(req_conn_chain_put(&admin, clinic_id(kit.pp.clinic), &link), 0);
	buf_wipe(&link);
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 202);
	o.n_to = 1;
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 0);
}

static void retention(void **state)
{
	(void)state;
	struct req_record_opts o = {.by = kit.who.therapist, .class = RECORD_CLINICAL, TO(medical)};
	o.retain_day = TODAY + RETAIN - 3;
	assert_int_equal(req_conn_push_one(&therapist, &o, NULL), 306);
	req_kit_one_row(&kit, MSG_OP_PUSH, ERR_RETAINED);
	o.retain_day++; /* two days between a device's idea of today and ours */
	assert_int_equal(req_conn_push_one(&therapist, &o, NULL), 0);
	o.retain_day = UINT32_MAX;
	assert_int_equal(req_conn_push_one(&therapist, &o, NULL), 0);
	o.class = RECORD_SHARED;
	o.to = (const struct person *const[]){kit.who.client};
	assert_int_equal(req_conn_push_one(&therapist, &o, NULL), 308);
	o.retain_day = 0;
	assert_int_equal(req_conn_push_one(&therapist, &o, NULL), 0);
}

static void deadlines(void **state)
{
	(void)state;
	struct req_record_opts o = entry();
	o.answer_by = 5;
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 203);
	o = (struct req_record_opts){.by = kit.who.therapist, .class = RECORD_SHARED, TO(kit.who.client), .answer_by = 5};
	assert_int_equal(req_conn_push_one(&therapist, &o, NULL), 0);
	o.class = RECORD_CONTROL;
	assert_int_equal(req_conn_push_one(&therapist, &o, NULL), 308);
}

/* --- targets --- */

static unsigned refer(struct req_conn *c, const struct person *by, uint8_t class, uint8_t op, const uint8_t *rid)
{
	const struct person *to = by == kit.who.prescriber ? kit.who.client : kit.who.prescriber;
	struct req_record_opts o = {.by = by, .class = class, .op = op, .to = &to, .n_to = 1, TARGET(rid)};
	return req_conn_push_one(c, &o, NULL);
}

static void targets(void **state)
{
	uint8_t own[32], foreign[32], secret[32], control[32], none[32] = {1};
	(void)state;
	const struct people_cast *w = &kit.who;
	struct req_record_opts o = entry();
	assert_int_equal(req_conn_push_one(&client, &o, own), 0);
	o = (struct req_record_opts){.by = w->prescriber, .class = RECORD_SHARED, TO(w->client)};
	assert_int_equal(req_conn_push_one(&prescriber, &o, foreign), 0);
	o.to = (const struct person *const[]){stranger};
	assert_int_equal(req_conn_push_one(&prescriber, &o, secret), 0);
	o = (struct req_record_opts){.by = w->client, .class = RECORD_CONTROL, TO(w->prescriber)};
	assert_int_equal(req_conn_push_one(&client, &o, control), 0);

	assert_int_equal(refer(&client, w->client, RECORD_SHARED, RECORD_UNSHARE, foreign), 204);
	assert_int_equal(refer(&client, w->client, RECORD_SHARED, RECORD_UNSHARE, secret), 310);
	assert_int_equal(refer(&client, w->client, RECORD_SHARED, RECORD_UNSHARE, none), 310);
	assert_int_equal(refer(&client, w->client, RECORD_SHARED, RECORD_UNSHARE, control), 308);
	assert_int_equal(refer(&client, w->client, RECORD_CONTROL, RECORD_RECEIPT, own), 310);
	assert_int_equal(refer(&client, w->client, RECORD_CONTROL, RECORD_RECEIPT, secret), 310);
	assert_int_equal(refer(&client, w->client, RECORD_CONTROL, RECORD_RECEIPT, none), 310);
	assert_int_equal(refer(&client, w->client, RECORD_CONTROL, RECORD_RECEIPT, foreign), 0);
	assert_int_equal(refer(&client, w->client, RECORD_SHARED, RECORD_ACKNOWLEDGE, own), 310);
	assert_int_equal(refer(&client, w->client, RECORD_SHARED, RECORD_ACKNOWLEDGE, secret), 310);
	assert_int_equal(refer(&client, w->client, RECORD_SHARED, RECORD_ACKNOWLEDGE, foreign), 0);
	assert_int_equal(refer(&client, w->client, RECORD_SHARED, RECORD_UNSHARE, own), 0);
	/* what was taken away can no longer be referred to */
	assert_int_equal(refer(&prescriber, w->prescriber, RECORD_CONTROL, RECORD_RECEIPT, own), 310);
	assert_int_equal(refer(&prescriber, w->prescriber, RECORD_SHARED, RECORD_ACKNOWLEDGE, own), 310);
}

static struct record parsed;
static struct buf stored;

static const struct record *stored_record(const uint8_t rid[32])
{
	buf_wipe(&stored);
	buf_init(&stored, 0);
	assert_int_equal(store_record_get(kit.store, rid, NULL, &stored, NULL), 0);
	assert_int_equal(record_parse(stored.data, stored.len, &parsed), 0);
	assert_memory_equal(parsed.rid, rid, 32);
	return &parsed;
}

static void unshare_takes_the_wraps_of_its_audience(void **state)
{
	uint8_t rid[32], unshare[32];
	(void)state;
	const struct people_cast *w = &kit.who;
	struct req_record_opts o = entry();
	assert_int_equal(req_conn_push_one(&client, &o, rid), 0);
	uint64_t of_therapist = feed_end(w->therapist);
	o = (struct req_record_opts){
	    .by = w->client, .class = RECORD_SHARED, .op = RECORD_UNSHARE, TO(w->prescriber), TARGET(rid)};
	assert_int_equal(req_conn_push_one(&client, &o, unshare), 0);
	const struct record *r = stored_record(rid);
	assert_non_null(record_wrap_for(r, w->client->genesis));
	assert_non_null(record_wrap_for(r, w->therapist->genesis));
	assert_null(record_wrap_for(r, w->prescriber->genesis));
	assert_int_equal(feed_end(w->therapist), of_therapist);
	assert_int_equal(feed_end(w->client), 2);
	assert_int_equal(feed_end(w->prescriber), 3);
	last_event(w->prescriber, FEED_TAKEN, rid);
	/* once more: there is nothing left to take, and nobody hears of it */
	assert_int_equal(req_conn_push_one(&client, &o, unshare), 0);
	assert_int_equal(feed_end(w->prescriber), 4);
	last_event(w->prescriber, FEED_RECORD, unshare);
	buf_wipe(&stored);
}

static void acknowledged(void **state)
{
	uint8_t rid[32];
	size_t n;
	(void)state;
	const struct people_cast *w = &kit.who;
	struct req_record_opts o = {
	    .by = w->therapist, .class = RECORD_SHARED, TO(w->prescriber, w->client), .answer_by = 5};
	assert_int_equal(req_conn_push_one(&therapist, &o, rid), 0);
	assert_int_equal(store_answers_overdue(kit.store, 6, 9, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(refer(&client, w->client, RECORD_CONTROL, RECORD_RECEIPT, rid), 0); /* read is not taken on */
	assert_int_equal(store_answers_overdue(kit.store, 6, 9, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(refer(&prescriber, w->prescriber, RECORD_SHARED, RECORD_ACKNOWLEDGE, rid), 0);
	assert_int_equal(store_answers_overdue(kit.store, 6, 9, &n), 0);
	assert_int_equal(n, 0);
}

/* A record and what takes it back, in one push. */
static void a_target_in_the_same_push(void **state)
{
	struct req_record r[3];
	struct req_push_result result;
	(void)state;
	const struct people_cast *w = &kit.who;
	struct req_record_opts o = entry();
	req_record_make(&r[0], &kit, &o);
	struct req_record_opts un = {
	    .by = w->client, .class = RECORD_SHARED, .op = RECORD_UNSHARE, TO(w->prescriber), TARGET(r[0].rid)};
	req_record_make(&r[1], &kit, &un);
	o = (struct req_record_opts){.by = w->client, .class = RECORD_PRIVATE};
	req_record_make(&r[2], &kit, &o);
	/* before it is there, it is unknown */
	req_conn_push(&client, (const struct req_record *const[]){&r[1], &r[0]}, 2, &result);
	assert_int_equal(result.accepted, 0);
	assert_int_equal(result.stop, 310);
	req_conn_push(&client, (const struct req_record *const[]){&r[0], &r[1], &r[2]}, 3, &result);
	assert_int_equal(result.accepted, 3);
	assert_int_equal(result.stop, 0);
	assert_null(record_wrap_for(stored_record(r[0].rid), w->prescriber->genesis));
	last_event(w->prescriber, FEED_TAKEN, r[0].rid);
	for (size_t i = 0; i < 3; i++)
		req_record_free(&r[i]);
	buf_wipe(&stored);
}

/* --- order, receipts, audit --- */

static void stops_in_the_middle(void **state)
{
	struct req_record r[3];
	struct req_push_result result;
	struct feed_receipt receipt;
	struct audit_row rows[4];
	uint8_t head[32];
	uint64_t seq;
	(void)state;
	struct req_record_opts o = entry();
	req_record_make(&r[0], &kit, &o);
	req_record_make(&r[2], &kit, &o);
	o.other_payload = true;
	req_record_make(&r[1], &kit, &o);
	req_conn_push(&client, (const struct req_record *const[]){&r[0], &r[1], &r[2]}, 3, &result);
	assert_int_equal(result.accepted, 1);
	assert_int_equal(result.stop, 309);
	assert_int_equal(store_record_get(kit.store, r[0].rid, NULL, NULL, NULL), 0);
	assert_int_equal(store_record_get(kit.store, r[1].rid, NULL, NULL, NULL), ERR_NOT_FOUND);
	assert_int_equal(store_record_get(kit.store, r[2].rid, NULL, NULL, NULL), ERR_NOT_FOUND);
	assert_int_equal(
	    feed_receipt_open(result.receipt.data, result.receipt.len, result.signature, kit.pp.log_pub, &receipt), 0);
	assert_int_equal(receipt.count, 1);
	assert_memory_equal(receipt.entries[0].rid, r[0].rid, 32);
	assert_memory_equal(receipt.author, kit.who.client->genesis, 16);
	assert_int_equal(store_feed_head(kit.store, kit.who.client->genesis, &seq, head), 0);
	assert_int_equal(receipt.entries[0].seq, seq);
	assert_memory_equal(receipt.entries[0].head, head, 32);
	assert_int_equal(req_kit_audit(&kit, rows, 4), 2);
	assert_int_equal(rows[0].status, 0);
	assert_memory_equal(rows[0].object, r[0].rid, 32);
	assert_memory_equal(rows[0].actor, kit.who.client->genesis, 16);
	assert_memory_equal(rows[0].device, kit.who.client->did, 16);
	assert_int_equal(rows[1].status, 309);
	assert_int_equal(rows[1].object_kind, AUDIT_RECORD);
	assert_memory_equal(rows[1].object, r[1].rid, 32);
	for (size_t i = 0; i < 3; i++)
		req_record_free(&r[i]);
}

/* The same records again, one of them twice in one push: the same receipt, no new row anywhere. */
static void duplicates(void **state)
{
	struct req_record r[2];
	struct req_push_result result;
	struct feed_receipt first, again;
	struct buf kept;
	struct audit_row rows[4];
	(void)state;
	struct req_record_opts o = entry();
	req_record_make(&r[0], &kit, &o);
	req_record_make(&r[1], &kit, &o);
	req_conn_push(&client, (const struct req_record *const[]){&r[0], &r[1], &r[0]}, 3, &result);
	assert_int_equal(result.accepted, 3);
	buf_init(&kept, 0);
	assert_int_equal(buf_put(&kept, result.receipt.data, result.receipt.len), 0);
	assert_int_equal(feed_receipt_open(kept.data, kept.len, result.signature, kit.pp.log_pub, &first), 0);
	assert_int_equal(first.count, 3);
	assert_int_equal(first.entries[2].seq, 1);
	assert_int_equal(req_kit_audit(&kit, rows, 4), 2);
	req_conn_push(&client, (const struct req_record *const[]){&r[0], &r[1]}, 2, &result);
	assert_int_equal(result.accepted, 2);
	assert_int_equal(
	    feed_receipt_open(result.receipt.data, result.receipt.len, result.signature, kit.pp.log_pub, &again), 0);
	assert_memory_equal(again.entries, first.entries, 2 * sizeof(first.entries[0]));
	assert_int_equal(feed_end(kit.who.client), 2);
	assert_int_equal(feed_end(kit.who.therapist), 2);
	assert_int_equal(req_kit_audit(&kit, rows, 4), 0);
	buf_wipe(&kept);
	req_record_free(&r[0]);
	req_record_free(&r[1]);
}

/* Stored, its wrap taken away, its author's right lost: sent once more it counts as accepted and brings nothing back.
 */
static void a_duplicate_after_the_right_is_lost(void **state)
{
	struct req_record r, new;
	struct req_push_result result;
	struct buf link;
	(void)state;
	const struct people_cast *w = &kit.who;
	struct req_record_opts o = entry();
	req_record_make(&r, &kit, &o);
	req_record_make(&new, &kit, &o);
	req_conn_push(&client, (const struct req_record *const[]){&r}, 1, &result);
	assert_int_equal(result.accepted, 1);
	assert_int_equal(refer(&client, w->client, RECORD_SHARED, RECORD_UNSHARE, r.rid), 0);
	buf_init(&link, 0);
	struct clinic_body body = {.type = CLINIC_TEAM, .n_list = 1};
	memcpy(body.genesis, w->client->genesis, 32);
	memcpy(body.list[0], w->therapist->genesis, 32);
	people_sign(&kit.pp, w->admin, &body, &link);
	assert_int_equal(req_conn_chain_put(&admin, clinic_id(kit.pp.clinic), &link), 0);
	buf_wipe(&link);
	req_conn_push(&client, (const struct req_record *const[]){&new, &r}, 2, &result);
	assert_int_equal(result.accepted, 0);
	assert_int_equal(result.stop, 202);
	req_conn_push(&client, (const struct req_record *const[]){&r, &new}, 2, &result);
	assert_int_equal(result.accepted, 1);
	assert_int_equal(result.stop, 202);
	assert_null(record_wrap_for(stored_record(r.rid), w->prescriber->genesis));
	req_record_free(&r);
	req_record_free(&new);
	buf_wipe(&stored);
}

static void full_in_the_middle(void **state)
{
	struct req_record r[20];
	const struct req_record *list[20];
	struct req_push_result result;
	struct audit_row rows[64];
	uint8_t rid[32];
	uint64_t pushes = 0;
	unsigned got;
	(void)state;
	struct req_record_opts o = entry();
	assert_int_equal(req_conn_push_one(&client, &o, rid), 0);
	o = (struct req_record_opts){.by = kit.who.client, .class = RECORD_PRIVATE, .payload_len = 50000};
	do {
		for (size_t i = 0; i < 20; i++) {
			req_record_make(&r[i], &kit, &o);
			list[i] = &r[i];
		}
		req_kit_audit(&kit, rows, 64);
		req_conn_push(&client, list, 20, &result);
		for (size_t i = 0; i < 20; i++) {
			int there = store_record_get(kit.store, r[i].rid, NULL, NULL, NULL);
			assert_int_equal(there, i < result.accepted ? 0 : ERR_NOT_FOUND);
		}
		assert_int_equal(req_kit_audit(&kit, rows, 64), result.accepted);
		pushes++;
		if (result.stop) {
			assert_int_equal(result.stop, 501);
			assert_true(result.accepted > 0 && result.accepted < 20);
		}
		for (size_t i = 0; i < 20; i++)
			req_record_free(&r[i]);
	} while (!result.stop && pushes < 20);
	assert_int_equal(result.stop, 501);
	while ((got = req_conn_push_one(&client, &o, NULL)) == 0) /* one alone may still find a place */
		assert_true(pushes++ < 1000);
	assert_int_equal(got, 501);
	/* taking back goes on */
	assert_int_equal(refer(&client, kit.who.client, RECORD_SHARED, RECORD_UNSHARE, rid), 0);
	assert_null(record_wrap_for(stored_record(rid), kit.who.prescriber->genesis));
	buf_wipe(&stored);
}

/* Refusals leave rows, but not without end: then the sender is told to slow down. */
static void refusals_are_counted(void **state)
{
	struct audit_row rows[128];
	unsigned refused = 0, got;
	(void)state;
	struct req_record_opts o = entry();
	o.other_payload = true;
	do {
		got = req_conn_push_one(&client, &o, NULL);
		refused += got == 309;
	} while (got == 309 && refused < 1000);
	assert_int_equal(got, 401);
	assert_int_equal(req_kit_audit(&kit, rows, 128), refused);
	assert_in_range(refused, 10, 100);
	o.other_payload = false; /* what is right is taken all the same */
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 0);
}

static void a_lost_commit_stores_nothing(void **state)
{
	struct req_record r;
	struct req_push_result result;
	(void)state;
	struct req_record_opts o = entry();
	req_record_make(&r, &kit, &o);
	req_kit_hold(&kit);
	req_conn_send_push(&client, (const struct req_record *const[]){&r}, 1);
	req_kit_spoil(&kit);
	req_kit_release(&kit);
	assert_int_equal(req_conn_read(&client), 501);
	assert_int_equal(feed_end(kit.who.client), 0);
	req_conn_push(&client, (const struct req_record *const[]){&r}, 1, &result);
	assert_int_equal(result.accepted, 1);
	req_kit_one_row(&kit, MSG_OP_PUSH, 0);
	req_record_free(&r);
}

static void readers_who_watch_are_told(void **state)
{
	uint8_t rid[32];
	struct buf b;
	(void)state;
	buf_init(&b, 0);
	assert_int_equal(msg_put_watch(&b, ++prescriber.id, &(struct msg_watch){0}), 0);
	assert_int_equal(req_conn_ask(&prescriber, &b), 0);
	struct req_record_opts o = entry();
	assert_int_equal(req_conn_push_one(&client, &o, rid), 0);
	assert_int_equal(prescriber.sub.feed.seq, 1);
	assert_int_equal(refer(&client, kit.who.client, RECORD_SHARED, RECORD_UNSHARE, rid), 0);
	assert_int_equal(prescriber.sub.feed.seq, 3);
	unsigned woken = prescriber.woken;
	o.n_to = 1;
	assert_int_equal(req_conn_push_one(&client, &o, rid), 0); /* not for them */
	assert_int_equal(prescriber.woken, woken);
}

static void the_sender_is_gone(void **state)
{
	struct req_record r;
	(void)state;
	struct req_record_opts o = entry();
	req_record_make(&r, &kit, &o);
	req_kit_hold(&kit);
	req_conn_send_push(&client, (const struct req_record *const[]){&r}, 1);
	req_conn_end(&client);
	req_kit_release(&kit);
	req_kit_settle(&kit);
	assert_int_equal(feed_end(kit.who.therapist), 1);
	req_kit_one_row(&kit, MSG_OP_PUSH, 0);
	req_record_free(&r);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(form),
	    T(what_is_no_record),
	    T(audiences),
	    T(who_was_removed_is_a_stranger),
	    T(retention),
	    T(deadlines),
	    T(targets),
	    T(unshare_takes_the_wraps_of_its_audience),
	    T(acknowledged),
	    T(a_target_in_the_same_push),
	    T(stops_in_the_middle),
	    T(duplicates),
	    T(a_duplicate_after_the_right_is_lost),
	    T(full_in_the_middle),
	    T(refusals_are_counted),
	    T(a_lost_commit_stores_nothing),
	    T(readers_who_watch_are_told),
	    T(the_sender_is_gone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
