/* test_req_blob: attachments at the server: parts come in any order and more than once; only what is whole can be
 * named; who may get a part is who can open a record that names it, and it goes when no record does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/store_blob.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/record.h"
#include "tests/unit/support/req_kit.h"

#define MAP ((uint64_t)64 << 20)
#define SIZE 600000 /* of the file: three parts */

static struct req_kit kit;
static struct req_conn therapist, prescriber, client;

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	req_kit_new(&kit, &(struct req_kit_opts){.map_size = MAP});
	req_conn_open(&therapist, &kit, kit.who.therapist);
	req_conn_open(&prescriber, &kit, kit.who.prescriber);
	req_conn_open(&client, &kit, kit.who.client);
	return err;
}

static int teardown(void **state)
{
	(void)state;
	req_conn_end(&therapist);
	req_conn_end(&prescriber);
	req_conn_end(&client);
	req_kit_free(&kit);
	return 0;
}

/* --- a blob and its requests --- */

struct blob {
	uint8_t id[BLOB_ID], root[BLOB_HASH];
	uint64_t len;
	uint32_t n;
	uint8_t *bytes;
};

static void blob_new(struct blob *b, uint8_t number, uint64_t size)
{
	uint8_t hashes[BLOB_PARTS_MAX][BLOB_HASH];
	*b = (struct blob){.id = {0xb1, number}, .len = blob_len(size)};
	b->n = blob_parts(b->len);
	b->bytes = malloc(b->len);
	assert_non_null(b->bytes);
	for (uint64_t i = 0; i < b->len; i++)
		b->bytes[i] = (uint8_t)(i / 1000 + number);
	for (uint32_t i = 0; i < b->n; i++)
		assert_int_equal(blob_part_hash(b->bytes + (size_t)i * BLOB_PART, blob_part_len(b->len, i), hashes[i]), 0);
	assert_int_equal(blob_root((const uint8_t(*)[BLOB_HASH])hashes, b->n, b->root), 0);
}

static void blob_end(struct blob *b)
{
	free(b->bytes);
}

static unsigned put_bytes(struct req_conn *c, const struct msg_blob_put *m, uint64_t *present)
{
	struct msg_blob_put_reply reply;
	struct buf b;
	buf_init(&b, 0);
	assert_int_equal(msg_put_blob_put(&b, ++c->id, m), 0);
	unsigned status = req_conn_ask(c, &b);
	if (status == 0)
		assert_int_equal(msg_get_blob_put_reply(&c->reply.body, &reply), 0);
	if (present)
		*present = status == 0 ? reply.present : 0;
	return status;
}

static unsigned put(struct req_conn *c, const struct blob *b, uint32_t n, uint64_t *present)
{
	struct msg_blob_put m = {.blob = b->id, .len = b->len, .part = n};
	m.bytes = (struct msg_bytes){b->bytes + (size_t)n * BLOB_PART, blob_part_len(b->len, n)};
	return put_bytes(c, &m, present);
}

static void put_all(struct req_conn *c, const struct blob *b)
{
	for (uint32_t n = 0; n < b->n; n++)
		assert_int_equal(put(c, b, n, NULL), 0);
}

static unsigned stat_of(struct req_conn *c, const uint8_t id[BLOB_ID], unsigned *bits)
{
	struct msg_blob_stat_reply reply;
	struct buf b;
	buf_init(&b, 0);
	*bits = 0;
	assert_int_equal(msg_put_blob_stat(&b, ++c->id, &(struct msg_blob_stat){.blob = id}), 0);
	unsigned status = req_conn_ask(c, &b);
	if (status)
		return status;
	assert_int_equal(msg_get_blob_stat_reply(&c->reply.body, &reply), 0);
	assert_true(blob_bitmap_is_valid(reply.bitmap.data, reply.bitmap.len, reply.len));
	*bits = reply.bitmap.data[0];
	return 0;
}

static unsigned get(struct req_conn *c, const struct blob *b, uint32_t n)
{
	struct msg_blob_get_reply reply;
	struct buf out;
	buf_init(&out, 0);
	assert_int_equal(msg_put_blob_get(&out, ++c->id, &(struct msg_blob_get){.blob = b->id, .part = n}), 0);
	unsigned status = req_conn_ask(c, &out);
	if (status)
		return status;
	assert_int_equal(msg_get_blob_get_reply(&c->reply.body, &reply), 0);
	assert_int_equal(reply.bytes.len, blob_part_len(b->len, n));
	assert_memory_equal(reply.bytes.data, b->bytes + (size_t)n * BLOB_PART, reply.bytes.len);
	return 0;
}

static struct record_blob named(const struct blob *b)
{
	return (struct record_blob){.id = b->id, .len = b->len, .root = b->root};
}

/* A private or, with readers, shared record of `by` that names the blobs. */
static unsigned push(struct req_conn *c, const struct person *by, const struct record_blob *blobs, uint32_t n,
                     const struct person *reader, uint8_t rid[32])
{
	struct req_record_opts o = {.by = by, .class = RECORD_PRIVATE, .blobs = blobs, .n_blobs = n};
	if (reader) {
		o.class = RECORD_SHARED;
		o.to = &reader;
		o.n_to = 1;
	}
	return req_conn_push_one(c, &o, rid);
}

/* --- parts --- */

static void any_order_and_again(void **state)
{
	struct blob b;
	struct record_blob in;
	uint64_t present;
	unsigned bits;
	(void)state;
	blob_new(&b, 1, SIZE);
	in = named(&b);
	assert_int_equal(stat_of(&client, b.id, &bits), 404);
	req_kit_one_row(&kit, MSG_OP_BLOB_STAT, ERR_NOT_FOUND);
	assert_int_equal(put(&client, &b, 2, &present), 0);
	assert_int_equal(present, 1);
	req_kit_one_row(&kit, MSG_OP_BLOB_PUT, 0); /* one row when it begins */
	assert_int_equal(push(&client, kit.who.client, &in, 1, NULL, NULL), 310);
	req_kit_one_row(&kit, MSG_OP_PUSH, ERR_TARGET);
	assert_int_equal(put(&client, &b, 0, &present), 0);
	assert_int_equal(present, 2);
	assert_int_equal(put(&client, &b, 0, &present), 0);
	assert_int_equal(present, 2);
	assert_int_equal(stat_of(&client, b.id, &bits), 0);
	assert_int_equal(bits, 5);
	assert_int_equal(get(&client, &b, 1), 404);
	req_kit_one_row(&kit, MSG_OP_BLOB_GET, ERR_NOT_FOUND);
	assert_int_equal(push(&client, kit.who.client, &in, 1, NULL, NULL), 310);
	req_kit_one_row(&kit, MSG_OP_PUSH, ERR_TARGET);
	assert_int_equal(put(&client, &b, 1, &present), 0);
	assert_int_equal(present, 3);
	assert_int_equal(push(&client, kit.who.client, &in, 1, NULL, NULL), 0);
	req_kit_one_row(&kit, MSG_OP_PUSH, 0);
	for (uint32_t n = 0; n < b.n; n++)
		assert_int_equal(get(&client, &b, n), 0);
	assert_int_equal(put(&client, &b, 1, &present), 0); /* after it was named, too */
	assert_int_equal(present, 3);
	blob_end(&b);
}

static void parts_that_do_not_fit(void **state)
{
	struct blob b, other;
	uint8_t bytes[BLOB_PART] = {1};
	(void)state;
	blob_new(&b, 1, SIZE);
	blob_new(&other, 1, 2 * SIZE); /* the same id */
	struct msg_blob_put m = {.blob = b.id, .len = b.len, .part = 0, .bytes = {bytes, BLOB_PART - 1}};
	assert_int_equal(put_bytes(&client, &m, NULL), 105); /* too short */
	m.part = 2;
	m.bytes.len = BLOB_PART;
	assert_int_equal(put_bytes(&client, &m, NULL), 105); /* the last one is shorter */
	m.part = 3;
	assert_int_equal(put_bytes(&client, &m, NULL), 105); /* there is no such part */
	m.part = 0;
	m.len = b.len + 1;
	assert_int_equal(put_bytes(&client, &m, NULL), 105); /* no file has that length */
	assert_int_equal(put(&client, &b, 0, NULL), 0);
	m.len = b.len;
	assert_int_equal(put_bytes(&client, &m, NULL), 409);  /* other bytes in its place */
	assert_int_equal(put(&client, &other, 1, NULL), 409); /* another length */
	assert_int_equal(put(&therapist, &b, 1, NULL), 409);  /* somebody else's id */
	assert_int_equal(put(&client, &b, 1, NULL), 0);
	blob_end(&other);
	blob_end(&b);
}

/* --- naming --- */

static void only_as_it_is(void **state)
{
	struct blob b, c;
	struct record_blob in[2], good[2];
	(void)state;
	blob_new(&b, 1, SIZE);
	blob_new(&c, 2, SIZE + 1);
	put_all(&client, &b);
	put_all(&client, &c);
	good[0] = in[0] = named(&b);
	good[1] = in[1] = named(&c);
	in[0].root = c.root; /* one shown for the other */
	assert_int_equal(push(&client, kit.who.client, in, 2, NULL, NULL), 310);
	in[0] = good[0];
	in[1].id = b.id;
	assert_int_equal(push(&client, kit.who.client, in, 2, NULL, NULL), 310); /* named twice */
	in[1] = good[1];
	in[1].len = blob_len(2 * SIZE);
	assert_int_equal(push(&client, kit.who.client, in, 2, NULL, NULL), 310);
	assert_int_equal(push(&therapist, kit.who.therapist, good, 1, NULL, NULL), 310); /* not the author's */
	assert_int_equal(push(&client, kit.who.client, good, 2, NULL, NULL), 0);
	assert_int_equal(push(&therapist, kit.who.therapist, good, 1, NULL, NULL), 310); /* nor readable */
	assert_int_equal(push(&client, kit.who.client, good, 1, kit.who.therapist, NULL), 0);
	assert_int_equal(push(&therapist, kit.who.therapist, good, 1, NULL, NULL), 0); /* readable now */
	assert_int_equal(push(&therapist, kit.who.therapist, &good[1], 1, NULL, NULL), 310);
	blob_end(&b);
	blob_end(&c);
}

static void what_may_not_attach(void **state)
{
	struct blob b;
	struct record_blob in;
	(void)state;
	blob_new(&b, 1, SIZE);
	put_all(&client, &b);
	in = named(&b);
	struct req_record_opts o = {.by = kit.who.client, .class = RECORD_CONTROL, .blobs = &in, .n_blobs = 1};
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 308);
	o.class = RECORD_PRIVATE;
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 0);
	blob_end(&b);
}

/* Between the look of the loop and the commit it can go: with what a tombstone before it in the group takes. */
static void gone_in_between(void **state)
{
	struct blob b;
	struct record_blob in;
	struct req_record r, tombstone;
	struct msg_push_reply reply;
	uint8_t rid[1][32];
	(void)state;
	blob_new(&b, 1, SIZE);
	put_all(&client, &b);
	in = named(&b);
	assert_int_equal(push(&client, kit.who.client, &in, 1, NULL, rid[0]), 0);
	struct req_record_opts o = {.by = kit.who.client, .class = RECORD_PRIVATE, .blobs = &in, .n_blobs = 1};
	req_record_make(&r, &kit, &o);
	o = (struct req_record_opts){.by = kit.who.client, .class = RECORD_PRIVATE, .op = RECORD_TOMBSTONE};
	o.targets = (const uint8_t(*)[32])rid;
	o.n_targets = 1;
	req_record_make(&tombstone, &kit, &o);
	req_kit_hold(&kit);
	req_conn_send_push(&client, (const struct req_record *const[]){&tombstone}, 1);
	req_conn_send_push(&client, (const struct req_record *const[]){&r}, 1);
	req_kit_release(&kit);
	assert_int_equal(req_conn_read(&client), 0);
	assert_int_equal(msg_get_push_reply(&client.reply.body, &reply), 0);
	assert_int_equal(reply.accepted, 1);
	assert_int_equal(req_conn_read(&client), 0);
	assert_int_equal(msg_get_push_reply(&client.reply.body, &reply), 0);
	assert_int_equal(reply.accepted, 0);
	assert_int_equal(reply.stop, 310);
	put_all(&client, &b);
	struct req_push_result result;
	req_conn_push(&client, (const struct req_record *const[]){&r}, 1, &result);
	assert_int_equal(result.accepted, 1);
	req_record_free(&r);
	req_record_free(&tombstone);
	blob_end(&b);
}

/* --- who may get it --- */

static unsigned take_back(const uint8_t (*rids)[32], uint32_t n, uint8_t op, const struct person *reader)
{
	struct req_record_opts o = {.by = kit.who.client, .class = RECORD_SHARED, .op = op, .to = &reader, .n_to = 1};
	o.targets = rids;
	o.n_targets = n;
	return req_conn_push_one(&client, &o, NULL);
}

static void readers(void **state)
{
	struct blob b;
	struct record_blob in;
	uint8_t rid[1][32];
	unsigned bits;
	(void)state;
	blob_new(&b, 1, SIZE);
	put_all(&client, &b);
	in = named(&b);
	assert_int_equal(get(&therapist, &b, 0), 404);
	assert_int_equal(push(&client, kit.who.client, &in, 1, kit.who.therapist, rid[0]), 0);
	assert_int_equal(get(&therapist, &b, 0), 0);
	assert_int_equal(stat_of(&therapist, b.id, &bits), 0);
	assert_int_equal(get(&prescriber, &b, 0), 404); /* on the team, but not given it */
	assert_int_equal(stat_of(&prescriber, b.id, &bits), 404);
	assert_int_equal(take_back((const uint8_t(*)[32])rid, 1, RECORD_UNSHARE, kit.who.therapist), 0);
	assert_int_equal(get(&therapist, &b, 0), 404);
	assert_int_equal(get(&client, &b, 0), 0);
	assert_int_equal(push(&client, kit.who.client, &in, 1, kit.who.therapist, NULL), 0); /* given again */
	assert_int_equal(get(&therapist, &b, 0), 0);
	blob_end(&b);
}

/* More records name it than are looked at in one go. */
static void named_often(void **state)
{
	struct blob b;
	struct record_blob in;
	(void)state;
	blob_new(&b, 1, 100);
	put_all(&client, &b);
	in = named(&b);
	for (unsigned i = 0; i < 130; i++)
		assert_int_equal(push(&client, kit.who.client, &in, 1, NULL, NULL), 0);
	assert_int_equal(get(&therapist, &b, 0), 404);
	assert_int_equal(push(&client, kit.who.client, &in, 1, kit.who.therapist, NULL), 0);
	for (unsigned i = 0; i < 70; i++)
		assert_int_equal(push(&client, kit.who.client, &in, 1, NULL, NULL), 0);
	assert_int_equal(get(&therapist, &b, 0), 0);
	blob_end(&b);
}

static void tombstones(void **state)
{
	struct blob b, c;
	struct record_blob in[2];
	uint8_t rids[2][32];
	unsigned bits;
	(void)state;
	blob_new(&b, 1, SIZE);
	blob_new(&c, 2, SIZE);
	put_all(&client, &b);
	put_all(&client, &c);
	in[0] = named(&b);
	in[1] = named(&c);
	assert_int_equal(push(&client, kit.who.client, in, 2, kit.who.therapist, rids[0]), 0);
	assert_int_equal(push(&client, kit.who.client, in, 1, kit.who.therapist, rids[1]), 0);
	assert_int_equal(take_back((const uint8_t(*)[32])rids, 1, RECORD_TOMBSTONE, kit.who.therapist), 0);
	assert_int_equal(stat_of(&client, c.id, &bits), 404); /* nobody names it any more */
	assert_int_equal(get(&therapist, &b, 0), 0);          /* this one is named by the other record */
	assert_int_equal(take_back((const uint8_t(*)[32])rids + 1, 1, RECORD_TOMBSTONE, kit.who.therapist), 0);
	assert_int_equal(stat_of(&client, b.id, &bits), 404);
	assert_int_equal(get(&therapist, &b, 0), 404);
	blob_end(&b);
	blob_end(&c);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(any_order_and_again), T(parts_that_do_not_fit),
	    T(only_as_it_is),       T(what_may_not_attach),
	    T(gone_in_between),     T(readers),
	    T(named_often),         T(tombstones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
