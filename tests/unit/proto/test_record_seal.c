/* test_record_seal: records between people: everybody opens their own wrap and nobody else's; what is served to one
 * reader keeps its rid and signature; what may not be sealed is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/cobblestone.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/pad.h"
#include "proto/record.h"
#include "tests/unit/support/ossl_mem.h"
#include "tests/unit/support/ossl_rand.h"
#include "tests/unit/support/sealed.h"

#define PEOPLE 40

static struct sealed_person people[PEOPLE];
static const struct sealed_person *author = &people[5];

static int setup(void **state)
{
	(void)state;
	if (crypto_init())
		return -1;
	for (unsigned i = 0; i < PEOPLE; i++)
		sealed_person(&people[i], i + 1);
	return 0;
}

struct made {
	struct buf record, payload;
	uint8_t rid[32];
};

static int make(struct made *m, const struct record_seal_opts *o)
{
	buf_init(&m->record, 0);
	buf_init(&m->payload, 0);
	return record_seal(o, &m->record, &m->payload, m->rid);
}

static void drop(struct made *m)
{
	buf_wipe(&m->record);
	buf_wipe(&m->payload);
}

static int read_as(const struct sealed_person *me, const struct buf *record, const struct buf *payload,
                   struct buf *content)
{
	struct sealed_reader r = {.me = me, .author = author};

	return sealed_read(&r, record->data, record->len, payload->data, payload->len, content);
}

/* The author is told apart by the pid, wherever they stand in the audience. */
static void everybody_reads(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < RECORD_AUDIENCE; n = n < 3 ? n + 1 : n + 7) {
		const struct sealed_person *others[RECORD_AUDIENCE];
		struct sealed_opts s;
		struct made m;
		struct buf content;

		for (uint32_t i = 0; i < n; i++)
			others[i] = &people[i < 5 ? 4 - i : i + 1];
		sealed_opts(&s, author, others, n);
		assert_int_equal(make(&m, &s.o), 0);
		assert_int_equal(m.payload.len, cobblestone_size(512));
		for (uint32_t i = 0; i <= n; i++) {
			buf_init(&content, 0);
			assert_int_equal(read_as(i == n ? author : others[i], &m.record, &m.payload, &content), 0);
			assert_int_equal(content.len, s.o.content_len);
			assert_memory_equal(content.data, s.content, content.len);
			buf_wipe(&content);
		}
		assert_int_equal(read_as(&people[39], &m.record, &m.payload, NULL), ERR_NOT_FOUND);
		drop(&m);
	}
}

static void wrap_holds_the_stream(void **state)
{
	const struct sealed_person *others[] = {&people[9]};
	struct sealed_opts s;
	struct made m;
	struct record r;
	struct record_opened o;
	struct record_epoch e = {people[9].epoch, NULL, people[9].seal_private};
	uint8_t prev[32] = "previous previous previous prev.";

	(void)state;
	sealed_opts(&s, author, others, 1);
	s.to[1].seq = 0x0102030405060708;
	s.to[1].prev = prev;
	assert_int_equal(make(&m, &s.o), 0);
	assert_int_equal(record_parse(m.record.data, m.record.len, &r), 0);
	assert_memory_equal(r.rid, m.rid, 32);
	assert_int_equal(record_open_wrap(&r, people[9].pid, &e, &o), 0);
	assert_int_equal(o.seq, 0x0102030405060708);
	assert_memory_equal(o.prev, prev, 32);
	assert_int_equal(read_as(&people[9], &m.record, &m.payload, NULL), ERR_STREAM);
	/* the right epoch, and the right secret of it, are asked for */
	e.epoch++;
	assert_int_equal(record_open_wrap(&r, people[9].pid, &e, &o), ERR_ARG);
	e.epoch--;
	e.seal = NULL;
	e.self = people[9].self;
	assert_int_equal(record_open_wrap(&r, people[9].pid, &e, &o), ERR_ARG);
	e.seal = people[8].seal_private;
	assert_int_equal(record_open_wrap(&r, people[9].pid, &e, &o), ERR_OPEN);
	assert_int_equal(o.seq, 0);
	e = (struct record_epoch){author->epoch, NULL, author->seal_private};
	assert_int_equal(record_open_wrap(&r, author->pid, &e, &o), ERR_ARG);
	e.self = author->self;
	assert_int_equal(record_open_wrap(&r, author->pid, &e, &o), 0);
	assert_int_equal(o.seq, 1);
	drop(&m);
}

static void fresh_every_time(void **state)
{
	struct sealed_opts s;
	struct made a, b;
	struct record ra, rb;

	(void)state;
	sealed_opts(&s, author, NULL, 0);
	assert_int_equal(make(&a, &s.o), 0);
	assert_int_equal(make(&b, &s.o), 0);
	assert_int_equal(record_parse(a.record.data, a.record.len, &ra), 0);
	assert_int_equal(record_parse(b.record.data, b.record.len, &rb), 0);
	assert_memory_not_equal(ra.salt, rb.salt, 16);
	assert_memory_not_equal(ra.rid, rb.rid, 32);
	assert_memory_not_equal(ra.wraps[0].sealed, rb.wraps[0].sealed, 12);
	assert_memory_not_equal(a.payload.data, b.payload.data, 56);
	drop(&a);
	drop(&b);
}

/* Whoever it is served to, rid and signature hold, and only one wrap is there. */
static void served_to_one(void **state)
{
	const struct sealed_person *others[] = {&people[0], &people[3], &people[9], &people[20]};
	struct sealed_opts s;
	struct made m;
	struct record full;

	(void)state;
	sealed_opts(&s, author, others, 4);
	assert_int_equal(make(&m, &s.o), 0);
	assert_int_equal(record_parse(m.record.data, m.record.len, &full), 0);
	assert_true(record_is_complete(&full));
	for (unsigned i = 0; i < PEOPLE; i++) {
		struct record mine, again;
		struct buf out, twice;
		unsigned present = 0;
		bool in = record_audience_has(&full, people[i].pid, NULL);

		buf_init(&out, 0);
		buf_init(&twice, 0);
		assert_int_equal(record_for_reader(&full, people[i].pid, &out), 0);
		assert_int_equal(record_parse(out.data, out.len, &mine), 0);
		assert_memory_equal(mine.rid, m.rid, 32);
		assert_int_equal(record_verify(&mine, author->sign_public), 0);
		for (uint32_t w = 0; w < mine.audience; w++)
			present += mine.wraps[w].present;
		assert_int_equal(present, &people[i] == author ? 5 : in ? 1 : 0);
		assert_int_equal(read_as(&people[i], &out, &m.payload, NULL), in ? 0 : ERR_NOT_FOUND);
		/* serving what was served changes nothing; serving it to someone else leaves nothing */
		assert_int_equal(record_for_reader(&mine, people[i].pid, &twice), 0);
		assert_int_equal(twice.len, out.len);
		assert_memory_equal(twice.data, out.data, out.len);
		buf_reset(&twice);
		assert_int_equal(record_for_reader(&mine, people[20].pid, &twice), 0);
		assert_int_equal(record_parse(twice.data, twice.len, &again), 0);
		assert_memory_equal(again.rid, m.rid, 32);
		assert_int_equal(record_wrap_for(&again, people[20].pid) != NULL, &people[i] == author || i == 20);
		buf_wipe(&out);
		buf_wipe(&twice);
	}
	drop(&m);
}

static void unshared(void **state)
{
	const struct sealed_person *others[] = {&people[0], &people[9], &people[20]};
	uint8_t who[4][16];
	struct sealed_opts s;
	struct made m;
	struct record r, left;
	struct buf out, served;

	(void)state;
	sealed_opts(&s, author, others, 3);
	assert_int_equal(make(&m, &s.o), 0);
	assert_int_equal(record_parse(m.record.data, m.record.len, &r), 0);
	buf_init(&out, 0);
	buf_init(&served, 0);
	memcpy(who[0], people[9].pid, 16);
	memcpy(who[1], people[33].pid, 16); /* not in the audience */
	memcpy(who[2], author->pid, 16);    /* never left out */
	memcpy(who[3], people[20].pid, 16);
	assert_int_equal(record_without_wraps(&r, who, 4, &out), 0);
	assert_int_equal(record_parse(out.data, out.len, &left), 0);
	assert_memory_equal(left.rid, m.rid, 32);
	assert_int_equal(record_verify(&left, author->sign_public), 0);
	assert_int_equal(read_as(author, &out, &m.payload, NULL), 0);
	assert_int_equal(read_as(&people[0], &out, &m.payload, NULL), 0);
	assert_int_equal(read_as(&people[9], &out, &m.payload, NULL), ERR_NOT_FOUND);
	assert_int_equal(read_as(&people[20], &out, &m.payload, NULL), ERR_NOT_FOUND);
	/* what is gone stays gone */
	assert_int_equal(record_for_reader(&left, people[9].pid, &served), 0);
	assert_int_equal(read_as(&people[9], &served, &m.payload, NULL), ERR_NOT_FOUND);
	buf_reset(&out);
	assert_int_equal(record_without_wraps(&r, who, 0, &out), 0);
	assert_int_equal(out.len, m.record.len);
	assert_memory_equal(out.data, m.record.data, out.len);
	buf_wipe(&out);
	buf_wipe(&served);
	drop(&m);
}

static void content_sizes(void **state)
{
	static const size_t sizes[] = {0, 1, 511, 512, 543, 544, 5000, 16383, 16384, 100000, RECORD_CONTENT_MAX};
	uint8_t *large = calloc(1, RECORD_CONTENT_MAX + 1);
	struct sealed_opts s;
	struct made m;

	(void)state;
	assert_non_null(large);
	sealed_opts(&s, author, NULL, 0);
	s.o.content = large;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct record_epoch e = {author->epoch, author->self, NULL};
		struct record r;
		struct record_opened o;
		struct buf content;

		s.o.content_len = sizes[i];
		assert_int_equal(make(&m, &s.o), 0);
		assert_int_equal(m.payload.len, cobblestone_size(pad_size(sizes[i])));
		assert_true(m.payload.len <= RECORD_PAYLOAD_MAX);
		assert_int_equal(record_parse(m.record.data, m.record.len, &r), 0);
		assert_int_equal(r.payload_len, m.payload.len);
		assert_int_equal(record_open_wrap(&r, author->pid, &e, &o), 0);
		buf_init(&content, 0);
		buf_put(&content, "before", 6);
		assert_int_equal(record_open_payload(&r, o.content_key, m.payload.data, m.payload.len, &content), 0);
		assert_int_equal(content.len, 6 + sizes[i]);
		assert_memory_equal(content.data + 6, large, sizes[i]);
		buf_wipe(&content);
		drop(&m);
	}
	s.o.content_len = RECORD_CONTENT_MAX + 1;
	assert_int_equal(make(&m, &s.o), ERR_TOO_BIG);
	assert_int_equal(m.record.len + m.payload.len, 0);
	drop(&m);
	free(large);
}

/* A payload made again from key, salt and content is the first one, byte for byte; anything else is refused, so that
 * nothing new is ever sealed under a salt that was used. */
static void rebuilt(void **state)
{
	static const size_t sizes[] = {1, 511, 512, 20000};
	static const uint8_t large[20001] = {7};
	struct record_epoch e = {author->epoch, author->self, NULL};
	struct sealed_opts s;
	struct made m;

	(void)state;
	sealed_opts(&s, author, NULL, 0);
	s.o.content = large;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct record_opened o;
		struct record r;
		struct buf out;
		uint8_t salt[RECORD_PAYLOAD_SALT];
		struct record_again again = {o.content_key, salt, large, sizes[i]};

		s.o.content_len = sizes[i];
		assert_int_equal(make(&m, &s.o), 0);
		assert_int_equal(record_parse(m.record.data, m.record.len, &r), 0);
		assert_int_equal(record_open_wrap(&r, author->pid, &e, &o), 0);
		memcpy(salt, m.payload.data, sizeof salt);
		buf_init(&out, 0);
		buf_put(&out, "before", 6);
		assert_int_equal(record_rebuild_payload(&r, &again, &out), 0);
		assert_int_equal(out.len, 6 + m.payload.len);
		assert_memory_equal(out.data + 6, m.payload.data, m.payload.len);
		buf_truncate(&out, 6);
		salt[0] ^= 1;
		assert_int_equal(record_rebuild_payload(&r, &again, &out), ERR_HASH);
		salt[0] ^= 1;
		o.content_key[31] ^= 1;
		assert_int_equal(record_rebuild_payload(&r, &again, &out), ERR_HASH);
		o.content_key[31] ^= 1;
		again.content = large + 1;
		assert_int_equal(record_rebuild_payload(&r, &again, &out), ERR_HASH);
		again.content_len = RECORD_CONTENT_MAX; /* another size: nothing is even sealed */
		again.content = calloc(1, RECORD_CONTENT_MAX);
		assert_int_equal(record_rebuild_payload(&r, &again, &out), ERR_HASH);
		again.content_len++;
		assert_int_equal(record_rebuild_payload(&r, &again, &out), ERR_TOO_BIG);
		free((void *)(uintptr_t)again.content);
		assert_int_equal(out.len, 6);
		buf_wipe(&out);
		drop(&m);
	}
}

static void refused(struct sealed_opts *s, int want)
{
	static const uint8_t zero[32];
	struct made m;

	assert_int_equal(make(&m, &s->o), want);
	assert_int_equal(m.record.len, 0);
	assert_int_equal(m.payload.len, 0);
	assert_memory_equal(m.rid, zero, 32);
	assert_int_equal(buf_err(&m.record), 0);
	drop(&m);
}

static void what_may_not_be_sealed(void **state)
{
	const struct sealed_person *others[RECORD_AUDIENCE + 1];
	const uint8_t targets[65][32] = {{1}, {2}};
	uint8_t small_order[32] = {0};
	struct sealed_opts good, s;
	struct made m;

	(void)state;
	for (unsigned i = 0; i <= RECORD_AUDIENCE; i++)
		others[i] = &people[i + 6];
	sealed_opts(&good, author, others, 2);
	assert_int_equal(make(&m, &good.o), 0); /* control */
	drop(&m);
#define REFUSED(err, ...)                                                                                              \
	do {                                                                                                               \
		s = good;                                                                                                      \
		s.o.to = s.to;                                                                                                 \
		s.o.content = s.content;                                                                                       \
		__VA_ARGS__;                                                                                                   \
		refused(&s, err);                                                                                              \
	} while (0)
	/* the audience */
	REFUSED(ERR_ARG, s.o.n_to = 0);
	REFUSED(ERR_ARG, s.o.n_to = RECORD_AUDIENCE + 1);
	REFUSED(ERR_ARG, s.to[2] = s.to[1]);
	REFUSED(ERR_ARG, s.to[0].pid = people[30].pid);
	REFUSED(ERR_ARG, s.to[1].epoch = 0);
	REFUSED(ERR_KEY, s.to[1].key = small_order);
	/* class, op, targets */
	REFUSED(ERR_CLASS, s.o.class = RECORD_PRIVATE);
	REFUSED(ERR_CLASS, s.o.class = RECORD_CLINICAL);
	REFUSED(ERR_CLASS, s.o.class = RECORD_CONTROL; s.o.answer_by = 1);
	REFUSED(ERR_CLASS, s.o.op = 6);
	REFUSED(ERR_TARGET, s.o.op = RECORD_TOMBSTONE);
	REFUSED(ERR_CLASS, s.o.op = RECORD_RECEIPT);
	REFUSED(ERR_CLASS, s.o.retain_day = 1);
	REFUSED(ERR_TARGET, s.o.targets = targets; s.o.n_targets = 1);
	REFUSED(ERR_TARGET, s.o.op = RECORD_UNSHARE);
	REFUSED(ERR_TARGET, s.o.op = RECORD_UNSHARE; s.o.targets = targets; s.o.n_targets = 65);
	REFUSED(ERR_TARGET, s.o.op = RECORD_UNSHARE; s.o.targets = targets; s.o.n_targets = 5);
	REFUSED(ERR_SHAPE, s.o.answer_by = UINT64_MAX);
#undef REFUSED
	s = good;
	s.o.to = s.to;
	s.o.content = s.content;
	s.o.op = RECORD_UNSHARE;
	s.o.targets = targets;
	s.o.n_targets = 2;
	assert_int_equal(make(&m, &s.o), 0);
	drop(&m);
}

static void no_room(void **state)
{
	struct sealed_opts s;
	struct made m;

	(void)state;
	sealed_opts(&s, author, NULL, 0);
	buf_init(&m.record, 100);
	buf_init(&m.payload, 0);
	assert_int_equal(record_seal(&s.o, &m.record, &m.payload, m.rid), ERR_TOO_BIG);
	assert_int_equal(m.record.len + m.payload.len, 0);
	buf_wipe(&m.payload);
	buf_init(&m.payload, 100);
	assert_int_equal(record_seal(&s.o, &m.record, &m.payload, m.rid), ERR_TOO_BIG);
	drop(&m);
}

/* Whichever allocation of the library fails, nothing half made comes out. */
static void no_memory(void **state)
{
	static const uint8_t zero[32];
	const struct sealed_person *others[] = {&people[9]};
	struct sealed_opts s;
	struct made m;
	int err = 0;

	(void)state;
	sealed_opts(&s, author, others, 1);
	for (ossl_mem_begin(); ossl_mem_next();) {
		err = make(&m, &s.o);
		ossl_mem_stop();
		if (err) {
			assert_int_equal(m.record.len + m.payload.len, 0);
			assert_memory_equal(m.rid, zero, 32);
		} else
			assert_int_equal(read_as(&people[9], &m.record, &m.payload, NULL), 0);
		drop(&m);
	}
	assert_int_equal(err, 0);
}

static void no_randomness(void **state)
{
	struct sealed_opts s;
	struct made m;

	(void)state;
	sealed_opts(&s, author, NULL, 0);
	ossl_rand_break();
	refused(&s, ERR_CRYPTO);
	ossl_rand_mend();
	assert_int_equal(make(&m, &s.o), 0);
	drop(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everybody_reads),  cmocka_unit_test(wrap_holds_the_stream),
	    cmocka_unit_test(fresh_every_time), cmocka_unit_test(served_to_one),
	    cmocka_unit_test(unshared),         cmocka_unit_test(content_sizes),
	    cmocka_unit_test(rebuilt),          cmocka_unit_test(what_may_not_be_sealed),
	    cmocka_unit_test(no_room),          cmocka_unit_test(no_memory),
	    cmocka_unit_test(no_randomness),
	};

	if (ossl_mem_install())
		return 1;
	return cmocka_run_group_tests(tests, setup, NULL);
}
