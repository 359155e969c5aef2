/* test_record_blob: blobs in the core of a record: sealed, parsed, and refused where they may not stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/blob.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/record.h"
#include "tests/unit/support/sealed.h"

static struct sealed_person jo, ana;
static uint8_t ids[RECORD_BLOBS + 1][BLOB_ID], root[BLOB_HASH];
static struct record_blob blobs[RECORD_BLOBS + 1];

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	sealed_person(&jo, 1);
	sealed_person(&ana, 2);
	memset(root, 7, sizeof(root));
	for (uint32_t i = 0; i <= RECORD_BLOBS; i++) {
		ids[i][0] = (uint8_t)(200 - i);
		blobs[i] = (struct record_blob){.id = ids[i], .len = blob_len(1000u * i), .root = root};
	}
	return err;
}

static int seal(struct sealed_opts *s, uint32_t n, struct buf *record, struct buf *payload)
{
	uint8_t rid[RECORD_RID];
	buf_init(record, 0);
	buf_init(payload, 0);
	s->o.blobs = blobs;
	s->o.n_blobs = n;
	return record_seal(&s->o, record, payload, rid);
}

static int seals(struct sealed_opts *s, uint32_t n)
{
	struct buf record, payload;
	struct record r;
	int err = seal(s, n, &record, &payload);
	if (!err) {
		assert_int_equal(record_parse(record.data, record.len, &r), 0);
		assert_int_equal(r.blobs, n);
		for (uint32_t i = 0; i < n; i++) {
			assert_int_equal(r.blob[i].len, blobs[i].len);
			assert_memory_equal(r.blob[i].id, ids[i], BLOB_ID);
			assert_memory_equal(r.blob[i].root, root, BLOB_HASH);
		}
		assert_int_equal(record_verify(&r, jo.sign_public), 0);
	}
	buf_wipe(&record);
	buf_wipe(&payload);
	return err;
}

static void so_many(void **state)
{
	const struct sealed_person *to[] = {&ana};
	struct sealed_opts s;
	(void)state;
	for (uint32_t n = 0; n <= RECORD_BLOBS; n++) {
		sealed_opts(&s, &jo, to, 1);
		assert_int_equal(seals(&s, n), 0);
	}
	sealed_opts(&s, &jo, to, 1);
	assert_int_equal(seals(&s, RECORD_BLOBS + 1), ERR_TARGET);
}

static void where_they_may_not_stand(void **state)
{
	const struct sealed_person *to[] = {&ana};
	static const uint8_t target[1][RECORD_RID] = {{1}};
	struct sealed_opts s;
	(void)state;
	sealed_opts(&s, &jo, to, 1);
	s.o.op = RECORD_SHARE;
	assert_int_equal(seals(&s, 1), 0);
	sealed_opts(&s, &jo, to, 1);
	s.o.class = RECORD_CLINICAL;
	s.o.retain_day = 30000;
	assert_int_equal(seals(&s, 1), 0);
	sealed_opts(&s, &jo, NULL, 0);
	assert_int_equal(seals(&s, 1), 0);
	sealed_opts(&s, &jo, to, 1);
	s.o.class = RECORD_CONTROL;
	assert_int_equal(seals(&s, 1), ERR_CLASS);
	assert_int_equal(seals(&s, 0), 0);
	static const uint8_t ops[] = {RECORD_UNSHARE, RECORD_TOMBSTONE, RECORD_ACKNOWLEDGE};
	for (size_t i = 0; i < sizeof(ops); i++) {
		sealed_opts(&s, &jo, to, 1);
		s.o.op = (enum record_op)ops[i];
		s.o.targets = target;
		s.o.n_targets = 1;
		assert_int_equal(seals(&s, 1), ERR_CLASS);
		assert_int_equal(seals(&s, 0), 0);
	}
}

static void odd_ones(void **state)
{
	const struct sealed_person *to[] = {&ana};
	struct sealed_opts s;
	(void)state;
	static const uint64_t lengths[] = {0, BLOB_LEN_MIN - 1, BLOB_LEN_MIN + 1, BLOB_LEN_MAX + 1, UINT32_MAX};
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		sealed_opts(&s, &jo, to, 1);
		blobs[1].len = lengths[i];
		assert_int_equal(seals(&s, 3), ERR_SHAPE);
	}
	blobs[1].len = BLOB_LEN_MAX;
	sealed_opts(&s, &jo, to, 1);
	assert_int_equal(seals(&s, 3), 0);
	blobs[1].id = ids[2];
	assert_int_equal(seals(&s, 3), ERR_TARGET);
	blobs[1].id = ids[1];
	assert_int_equal(seals(&s, 3), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(so_many),
	    cmocka_unit_test(where_they_may_not_stand),
	    cmocka_unit_test(odd_ones),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
