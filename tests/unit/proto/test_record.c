/* test_record: the form of a record at each limit and one beyond, and the table of classes and ops. Bytes are made by
 * hand: nothing here is signed or sealed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"

static int setup(void **state)
{
	(void)state;
	return crypto_init();
}

/* What a record is made of; zero is the good value, so that a test names only what it changes. */
struct raw {
	unsigned suite; /* added to 1 */
	unsigned class, op;
	unsigned people;                         /* added to 2 */
	unsigned author_at;                      /* the author's place */
	bool stranger;                           /* the author is not in the audience */
	bool swapped;                            /* the audience is not in order */
	bool doubled;                            /* someone stands in it twice */
	uint64_t retain, answer_by, payload_len; /* length 0: 600 */
	bool no_payload;
	unsigned blobs, targets;
	bool same_targets;
	int wraps_more;      /* than people */
	bool wraps_absent;   /* all are hashes */
	bool wrong_pid;      /* the second wrap is for someone else */
	uint64_t epoch;      /* added to 1 */
	size_t sealed_more;  /* than a wrap has */
	bool self_for_other; /* the other's wrap has the size of the author's */
	size_t hash_more, sig_more, core_more;
	unsigned extra; /* elements of the record */
	unsigned core_extra;
};

static void put_core(struct buf *b, const struct raw *r)
{
	uint8_t bytes[32] = {0};

	mp_put_array(b, 14 + r->core_extra);
	mp_put_u64(b, 1 + r->suite);
	mp_put_bin(b, "clinicclinicclinicclinicclinicclinic", 32);
	bytes[0] = r->stranger ? 99 : (uint8_t)(r->author_at + 1);
	mp_put_bin(b, bytes, 16);
	mp_put_bin(b, "devicedevicedevice", 16);
	mp_put_bin(b, "chainchainchainchainchainchainchain", 32);
	mp_put_bin(b, "saltsaltsaltsalt", 16);
	mp_put_u64(b, r->class);
	mp_put_u64(b, r->op);
	mp_put_array(b, r->people + 2);
	for (unsigned i = 1; i <= r->people + 2; i++) {
		bytes[0] = (uint8_t)(r->swapped && i < 3 ? 3 - i : r->doubled && i == 2 ? 1 : i);
		mp_put_bin(b, bytes, 16);
	}
	mp_put_u64(b, r->retain);
	mp_put_u64(b, r->answer_by);
	if (r->no_payload) {
		mp_put_nil(b);
	} else {
		mp_put_array(b, 2);
		mp_put_u64(b, r->payload_len ? r->payload_len : 600);
		mp_put_bin(b, "payloadpayloadpayloadpayloadpayload", 32);
	}
	mp_put_array(b, r->blobs);
	for (unsigned i = 0; i < r->blobs; i++)
		mp_put_nil(b);
	mp_put_array(b, r->targets);
	for (unsigned i = 0; i < r->targets; i++) {
		bytes[1] = (uint8_t)(r->same_targets ? 0 : i);
		mp_put_bin(b, bytes, 32);
	}
	for (unsigned i = 0; i < r->core_extra; i++)
		mp_put_bin(b, b->data, r->core_more);
}

static void put_wraps(struct buf *b, const struct raw *r)
{
	static const uint8_t sealed[RECORD_SEALED + 8];
	unsigned n = (unsigned)((int)r->people + 2 + r->wraps_more);

	mp_put_array(b, n);
	for (unsigned i = 0; i < n; i++) {
		uint8_t pid[16] = {(uint8_t)(r->wrong_pid && i == 1 ? 77 : i + 1)};
		bool small = i == r->author_at || r->self_for_other;

		if (r->wraps_absent) {
			mp_put_bin(b, sealed, 32 + r->hash_more);
			continue;
		}
		mp_put_array(b, 3);
		mp_put_bin(b, pid, 16);
		mp_put_u64(b, 1 + r->epoch);
		mp_put_bin(b, sealed, (small ? RECORD_SELF_SEALED : RECORD_SEALED) + r->sealed_more);
	}
}

static void make(struct buf *b, const struct raw *r)
{
	static const uint8_t sig[80];
	struct buf core;

	buf_init(b, 0);
	buf_init(&core, 0);
	put_core(&core, r);
	mp_put_array(b, 3 + r->extra);
	mp_put_bin(b, core.data, core.len);
	put_wraps(b, r);
	mp_put_bin(b, sig, 64 + r->sig_more);
	for (unsigned i = 0; i < r->extra; i++)
		mp_put_nil(b);
	buf_wipe(&core);
}

/* The bytes that `r` borrows from live until the next call. */
static int parse(const struct raw *raw, struct record *r)
{
	static struct buf b;

	buf_wipe(&b);
	if (!raw)
		return 0;
	make(&b, raw);
	return record_parse(b.data, b.len, r);
}

static int teardown(void **state)
{
	(void)state;
	return parse(NULL, NULL);
}

static void form(void **state)
{
	static const struct {
		struct raw raw;
		int err;
	} rows[] = {
	    {{0}, 0},
	    {{.suite = 1}, ERR_SUITE},
	    {{.suite = UINT32_MAX}, ERR_SUITE}, /* suite 0 */
	    {{.class = 255, .op = 255}, 0},     /* the rules know better */
	    {{.class = 256}, ERR_SHAPE},
	    {{.op = 256}, ERR_SHAPE},
	    {{.author_at = 1}, 0},
	    {{.stranger = true}, ERR_SHAPE},
	    {{.swapped = true}, ERR_SHAPE},
	    {{.doubled = true}, ERR_SHAPE},
	    {{.people = 30, .author_at = 31}, 0},
	    {{.people = 31}, ERR_SHAPE},
	    {{.people = UINT32_MAX}, 0},             /* the author alone */
	    {{.people = UINT32_MAX - 1}, ERR_SHAPE}, /* nobody */
	    {{.retain = UINT32_MAX}, 0},
	    {{.retain = (uint64_t)UINT32_MAX + 1}, ERR_SHAPE},
	    {{.answer_by = MP_NUMBER_MAX}, 0},
	    {{.answer_by = MP_NUMBER_MAX + 1}, ERR_SHAPE},
	    {{.payload_len = 1}, 0},
	    {{.payload_len = RECORD_PAYLOAD_MAX}, 0},
	    {{.payload_len = RECORD_PAYLOAD_MAX + 1}, ERR_TOO_BIG},
	    {{.payload_len = UINT32_MAX}, ERR_TOO_BIG},
	    {{.payload_len = (uint64_t)UINT32_MAX + 1}, ERR_SHAPE},
	    {{.no_payload = true}, 0},
	    {{.blobs = 1}, ERR_SHAPE},
	    {{.targets = 64}, 0},
	    {{.targets = 65}, ERR_SHAPE},
	    {{.wraps_more = 1}, ERR_SHAPE},
	    {{.wraps_more = -1}, ERR_SHAPE},
	    {{.wraps_absent = true}, 0},
	    {{.wraps_absent = true, .hash_more = 1}, ERR_SHAPE},
	    {{.wrong_pid = true}, ERR_SHAPE},
	    {{.epoch = UINT32_MAX - 1}, 0},
	    {{.epoch = UINT32_MAX}, ERR_SHAPE},
	    {{.epoch = UINT64_MAX}, ERR_SHAPE}, /* epoch 0 */
	    {{.sealed_more = 1}, ERR_SHAPE},
	    {{.self_for_other = true}, ERR_SHAPE},
	    {{.sig_more = 1}, ERR_SHAPE},
	    {{.extra = 1}, ERR_SHAPE},
	    {{.core_extra = 1, .core_more = 1}, ERR_SHAPE},
	};
	struct record r;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int err = parse(&rows[i].raw, &r);

		if (err != rows[i].err)
			fail_msg("row %zu: %s", i, err_name(err));
	}
}

/* 4 KiB of core and one byte more; 12 KiB of record and one byte more. Neither is a good record, but the limit is what
 * is said about the second. */
static void sizes(void **state)
{
	struct raw raw = {.core_extra = 1, .core_more = 1};
	uint8_t *large = calloc(1, RECORD_MAX + 1);
	struct record r;
	struct buf core;

	(void)state;
	assert_non_null(large);
	raw.people = 30;
	raw.targets = 64;
	for (raw.core_more = 900; raw.core_more < 1100; raw.core_more++) {
		buf_init(&core, 0);
		put_core(&core, &raw);
		assert_int_equal(parse(&raw, &r), core.len <= RECORD_CORE_MAX ? ERR_SHAPE : ERR_TOO_BIG);
		buf_wipe(&core);
	}
	assert_int_equal(record_parse(large, RECORD_MAX + 1, &r), ERR_TOO_BIG);
	assert_int_equal(record_parse(large, RECORD_MAX, &r), ERR_PROTO);
	assert_int_equal(record_parse(large, 0, &r), ERR_PROTO);
	free(large);
}

/* The largest record of all the limits together is within 12 KiB. */
static void largest(void **state)
{
	struct raw raw = {.people = 30,
	                  .targets = 64,
	                  .epoch = UINT32_MAX - 1,
	                  .answer_by = MP_NUMBER_MAX,
	                  .retain = UINT32_MAX,
	                  .payload_len = RECORD_PAYLOAD_MAX};
	struct record r;

	(void)state;
	assert_int_equal(parse(&raw, &r), 0);
	assert_int_equal(r.audience, RECORD_AUDIENCE);
}

static void members(void **state)
{
	struct raw raw = {.class = 2,
	                  .op = 1,
	                  .people = 1,
	                  .author_at = 1,
	                  .retain = 20000,
	                  .answer_by = 1700000000,
	                  .targets = 2,
	                  .epoch = 8};
	struct record r;
	struct buf b;
	uint8_t rid[32], hash[32];
	uint32_t at;

	(void)state;
	make(&b, &raw);
	assert_int_equal(record_parse(b.data, b.len, &r), 0);
	assert_memory_equal(r.clinic, "clinicclinic", 12);
	assert_int_equal(r.author[0], 2);
	assert_memory_equal(r.did, "devicedevice", 12);
	assert_memory_equal(r.chain_head, "chainchain", 10);
	assert_memory_equal(r.salt, "saltsaltsaltsalt", 16);
	assert_int_equal(r.class, 2);
	assert_int_equal(r.op, 1);
	assert_int_equal(r.audience, 3);
	assert_int_equal(r.author_at, 1);
	assert_int_equal(r.retain_day, 20000);
	assert_int_equal(r.answer_by, 1700000000);
	assert_true(r.has_payload);
	assert_int_equal(r.payload_len, 600);
	assert_memory_equal(r.payload_hash, "payloadpayload", 14);
	assert_int_equal(r.targets, 2);
	assert_int_equal(r.target[1][1], 1);
	for (uint32_t i = 0; i < 3; i++) {
		const struct record_wrap *w = &r.wraps[i];

		assert_true(w->present);
		assert_int_equal(w->pid[0], i + 1);
		assert_int_equal(w->epoch, 9);
		assert_int_equal(w->sealed_len, i == 1 ? 100 : 120);
		assert_int_equal(w->len, w->sealed_len + 1 + 18 + 1 + 2);
		assert_int_equal(crypto_hash1("wrap", w->bytes, w->len, hash), 0);
		assert_memory_equal(w->hash, hash, 32);
	}
	assert_true(record_is_complete(&r));
	assert_true(record_audience_has(&r, r.wraps[2].pid, &at));
	assert_int_equal(at, 2);
	assert_true(record_audience_has(&r, r.wraps[0].pid, NULL));
	assert_false(record_audience_has(&r, (const uint8_t *)"nobody's pid ...", &at));
	assert_int_equal(record_rid(b.data, b.len, rid), 0);
	assert_memory_equal(rid, r.rid, 32);
	assert_int_equal(record_rid(b.data, b.len - 1, rid), ERR_PROTO);
	assert_int_equal(rid[0] | rid[31], 0);
	buf_wipe(&b);
}

/* rid = H("rid", H("core", core) || H("wraps", wrap hashes)), spelt out. */
static void ids(void **state)
{
	struct raw raw = {0};
	uint8_t both[64], hashes[64], rid[32];
	struct record r;
	struct buf b;

	(void)state;
	make(&b, &raw);
	assert_int_equal(record_parse(b.data, b.len, &r), 0);
	memcpy(hashes, r.wraps[0].hash, 32);
	memcpy(hashes + 32, r.wraps[1].hash, 32);
	assert_int_equal(crypto_hash1("core", r.core, r.core_len, both), 0);
	assert_int_equal(crypto_hash1("wraps", hashes, 64, both + 32), 0);
	assert_int_equal(crypto_hash1("rid", both, 64, rid), 0);
	assert_memory_equal(r.core_hash, both, 32);
	assert_memory_equal(r.wraps_root, both + 32, 32);
	assert_memory_equal(r.rid, rid, 32);
	buf_wipe(&b);
}

/* The whole table of section 7: 256 ops in 256 classes. */
static void class_and_op(void **state)
{
	static const struct {
		unsigned op, classes, targets;
	} allowed[] = {{0, 0xf, 0}, {1, 0x2, 0}, {2, 0x2, 1}, {3, 0x7, 1}, {4, 0x8, 1}, {5, 0x6, 1}};
	struct record r;

	(void)state;
	for (unsigned op = 0; op < 256; op++)
		for (unsigned class = 0; class < 256; class += class < 8 ? 1 : 31) {
			struct raw raw = {.class = class, .op = op, .retain = class == 2};
			bool ok = false;

			raw.people = class == 0 ? UINT32_MAX : 0;
			for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
				if (allowed[i].op == op) {
					raw.targets = allowed[i].targets;
					ok = class < 4 && allowed[i].classes >> class & 1;
				}
			assert_int_equal(parse(&raw, &r), 0);
			if (record_check_rules(&r) != (ok ? 0 : ERR_CLASS))
				fail_msg("class %u op %u", class, op);
		}
}

static void rules(void **state)
{
	static const struct {
		struct raw raw;
		int err;
	} rows[] = {
	    /* private is for oneself */
	    {{.class = 0, .people = UINT32_MAX}, 0},
	    {{.class = 0}, ERR_CLASS},
	    {{.class = 1, .people = 30}, 0},
	    {{.class = 1, .people = UINT32_MAX}, 0},
	    /* what is clinical is kept, nothing else is */
	    {{.class = 2, .retain = 1}, 0},
	    {{.class = 2, .retain = 0}, ERR_CLASS},
	    {{.class = 0, .people = UINT32_MAX, .retain = 1}, ERR_CLASS},
	    {{.class = 1, .retain = 1}, ERR_CLASS},
	    {{.class = 3, .retain = 1}, ERR_CLASS},
	    /* who may be asked to answer */
	    {{.class = 1, .answer_by = 1}, 0},
	    {{.class = 2, .retain = 1, .answer_by = 1}, 0},
	    {{.class = 1, .op = 1, .answer_by = 1}, 0},
	    {{.class = 0, .people = UINT32_MAX, .answer_by = 1}, ERR_CLASS},
	    {{.class = 3, .answer_by = 1}, ERR_CLASS},
	    {{.class = 1, .op = 2, .targets = 1, .answer_by = 1}, ERR_CLASS},
	    {{.class = 3, .op = 4, .targets = 1, .answer_by = 1}, ERR_CLASS},
	    {{.class = 1, .op = 5, .targets = 1, .answer_by = 1}, ERR_CLASS},
	    /* targets */
	    {{.class = 1, .op = 0, .targets = 1}, ERR_TARGET},
	    {{.class = 1, .op = 1, .targets = 1}, ERR_TARGET},
	    {{.class = 1, .op = 2, .targets = 0}, ERR_TARGET},
	    {{.class = 1, .op = 2, .targets = 1}, 0},
	    {{.class = 1, .op = 2, .targets = 64}, 0},
	    {{.class = 1, .op = 2, .targets = 2, .same_targets = true}, ERR_TARGET},
	    {{.class = 1, .op = 3, .targets = 0}, ERR_TARGET},
	    {{.class = 1, .op = 3, .targets = 1}, 0},
	    {{.class = 0, .people = UINT32_MAX, .op = 3, .targets = 64}, 0},
	    {{.class = 2, .retain = 1, .op = 3, .targets = 64}, 0},
	    {{.class = 2, .op = 3, .targets = 1}, ERR_CLASS},
	    {{.class = 3, .op = 3, .targets = 1}, ERR_CLASS},
	    {{.class = 1, .op = 3, .targets = 2, .same_targets = true}, ERR_TARGET},
	    {{.class = 1, .op = 3, .targets = 1, .answer_by = 1}, ERR_CLASS},
	    {{.class = 3, .op = 4, .targets = 0}, ERR_TARGET},
	    {{.class = 3, .op = 4, .targets = 64}, 0},
	    {{.class = 3, .op = 4, .targets = 64, .same_targets = true}, ERR_TARGET},
	    {{.class = 1, .op = 5, .targets = 0}, ERR_TARGET},
	    {{.class = 1, .op = 5, .targets = 1}, 0},
	    {{.class = 1, .op = 5, .targets = 2}, ERR_TARGET},
	    /* every record in use has a payload */
	    {{.class = 1, .no_payload = true}, ERR_SHAPE},
	};
	struct record r;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(parse(&rows[i].raw, &r), 0);
		if (record_check_rules(&r) != rows[i].err)
			fail_msg("row %zu: %s", i, err_name(record_check_rules(&r)));
	}
}

static void payload_hash(void **state)
{
	static const uint8_t bytes[601] = {1};
	const struct crypto_bytes part = {bytes, 600};
	uint8_t hash[32];
	struct record r = {.has_payload = true, .payload_len = 600, .payload_hash = hash}, none = {0};

	(void)state;
	assert_int_equal(crypto_sha256(&part, 1, hash), 0);
	assert_int_equal(record_check_payload(&r, bytes, 600), 0);
	assert_int_equal(record_check_payload(&r, bytes, 599), ERR_HASH);
	assert_int_equal(record_check_payload(&r, bytes, 601), ERR_HASH);
	assert_int_equal(record_check_payload(&r, bytes + 1, 600), ERR_HASH);
	assert_int_equal(record_check_payload(&r, NULL, 0), ERR_HASH);
	assert_int_equal(record_check_payload(&none, NULL, 0), 0);
	assert_int_equal(record_check_payload(&none, bytes, 1), ERR_HASH);
}

/* Absent wraps: the ids do not change, and it is known that they are absent. */
static void absent_wraps(void **state)
{
	struct raw raw = {.people = 1};
	struct record r, again;
	struct buf b, out;
	uint8_t rid[32];

	(void)state;
	make(&b, &raw);
	assert_int_equal(record_parse(b.data, b.len, &r), 0);
	memcpy(rid, r.rid, 32);
	buf_init(&out, 0);
	assert_int_equal(record_for_reader(&r, (const uint8_t *)"nobody's pid ...", &out), 0);
	assert_int_equal(record_parse(out.data, out.len, &again), 0);
	assert_memory_equal(again.rid, rid, 32);
	assert_false(record_is_complete(&again));
	for (uint32_t i = 0; i < 3; i++) {
		assert_false(again.wraps[i].present);
		assert_memory_equal(again.wraps[i].hash, r.wraps[i].hash, 32);
		assert_memory_equal(again.wraps[i].pid, r.wraps[i].pid, 16);
		assert_null(record_wrap_for(&again, r.wraps[i].pid));
		assert_non_null(record_wrap_for(&r, r.wraps[i].pid));
	}
	buf_wipe(&b);
	buf_wipe(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(form),    cmocka_unit_test(sizes),        cmocka_unit_test(largest),
	    cmocka_unit_test(members), cmocka_unit_test(ids),          cmocka_unit_test(class_and_op),
	    cmocka_unit_test(rules),   cmocka_unit_test(payload_hash), cmocka_unit_test(absent_wraps),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
