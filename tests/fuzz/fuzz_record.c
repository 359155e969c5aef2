/* fuzz_record: the bytes of a record, as a peer pushes them or a server serves them. Whatever is parsed keeps its rid
 * through every way of serving it, and only ever loses wraps. */
#include <string.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/record.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return crypto_init();
}

static void is_served(const struct record *r, const uint8_t pid[16])
{
	struct record again;
	struct buf out;

	buf_init(&out, 0);
	FUZZ_CHECK(record_for_reader(r, pid, &out) == 0);
	FUZZ_CHECK(record_parse(out.data, out.len, &again) == 0);
	FUZZ_CHECK(memcmp(again.rid, r->rid, 32) == 0 && memcmp(again.sig, r->sig, 64) == 0);
	FUZZ_CHECK(record_check_rules(&again) == record_check_rules(r));
	for (uint32_t i = 0; i < r->audience; i++) {
		bool mine = memcmp(r->wraps[i].pid, pid, 16) == 0, author = memcmp(r->author, pid, 16) == 0;

		FUZZ_CHECK(again.wraps[i].present == (r->wraps[i].present && (mine || author)));
		FUZZ_CHECK(memcmp(again.wraps[i].hash, r->wraps[i].hash, 32) == 0);
	}
	buf_wipe(&out);
}

static void loses_a_wrap(const struct record *r, uint32_t at)
{
	struct record again;
	struct buf out;
	uint8_t pid[1][16];

	memcpy(pid[0], r->wraps[at].pid, 16);
	buf_init(&out, 0);
	FUZZ_CHECK(record_without_wraps(r, (const uint8_t(*)[16])pid, 1, &out) == 0);
	FUZZ_CHECK(record_parse(out.data, out.len, &again) == 0);
	FUZZ_CHECK(memcmp(again.rid, r->rid, 32) == 0);
	for (uint32_t i = 0; i < r->audience; i++)
		FUZZ_CHECK(again.wraps[i].present == (r->wraps[i].present && (i != at || i == r->author_at)));
	buf_wipe(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t nobody[16] = "nobody";
	struct record r;
	struct buf out;
	uint8_t rid[32];
	int err = record_parse(data, size, &r);

	if (err) {
		FUZZ_CHECK(err == ERR_PROTO || err == ERR_CANON || err == ERR_UTF8 || err == ERR_SHAPE || err == ERR_TOO_BIG ||
		           err == ERR_SUITE);
		return 0;
	}
	FUZZ_CHECK(record_rid(data, size, rid) == 0 && memcmp(rid, r.rid, 32) == 0);
	err = record_check_rules(&r);
	FUZZ_CHECK(err == 0 || err == ERR_CLASS || err == ERR_TARGET || err == ERR_SHAPE);
	buf_init(&out, 0);
	FUZZ_CHECK(record_without_wraps(&r, NULL, 0, &out) == 0);
	FUZZ_CHECK(out.len == size && memcmp(out.data, data, size) == 0);
	buf_wipe(&out);
	is_served(&r, nobody);
	for (uint32_t i = 0; i < r.audience; i++) {
		is_served(&r, r.wraps[i].pid);
		loses_a_wrap(&r, i);
	}
	return 0;
}
