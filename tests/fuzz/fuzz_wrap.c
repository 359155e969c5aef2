/* fuzz_wrap: what is opened with a key. The first byte says what the rest is: the reader's wrap, the author's wrap, or
 * the payload of a record that is always the same. Only the right bytes open; everything else is refused and leaves
 * nothing. */
#include <string.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/pad.h"
#include "proto/record.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/support/ossl_rand.h"
#include "tests/unit/support/sealed.h"

static struct sealed_person author, reader;
static struct buf record, payload;
static struct record_opened good;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const struct sealed_person *others[] = {&reader};
	struct record_epoch e;
	struct sealed_opts s;
	struct record r;
	uint8_t rid[32];

	(void)argc;
	(void)argv;
	FUZZ_CHECK(crypto_init() == 0);
	ossl_rand_fix();
	sealed_person(&author, 1);
	sealed_person(&reader, 2);
	sealed_opts(&s, &author, others, 1);
	buf_init(&record, 0);
	buf_init(&payload, 0);
	FUZZ_CHECK(record_seal(&s.o, &record, &payload, rid) == 0);
	ossl_rand_mend();
	FUZZ_CHECK(record_parse(record.data, record.len, &r) == 0);
	e = (struct record_epoch){author.epoch, author.self, NULL};
	FUZZ_CHECK(record_open_wrap(&r, author.pid, &e, &good) == 0);
	return 0;
}

static void taken_as_a_wrap(struct record *r, const struct sealed_person *who, const uint8_t *data, size_t size)
{
	const struct record_epoch e = {who->epoch, who->self, who->seal_private};
	struct record_wrap *w = NULL;
	struct record_opened o;
	uint8_t sealed[RECORD_SEALED] = {0};
	bool same;
	int err;

	for (uint32_t i = 0; i < r->audience; i++)
		if (memcmp(r->wraps[i].pid, who->pid, 16) == 0)
			w = &r->wraps[i];
	FUZZ_CHECK(w);
	memcpy(sealed, data, size < w->sealed_len ? size : w->sealed_len);
	same = memcmp(sealed, w->sealed, w->sealed_len) == 0;
	w->sealed = sealed;
	err = record_open_wrap(r, who->pid, &e, &o);
	FUZZ_CHECK(err == (same ? 0 : ERR_OPEN));
	FUZZ_CHECK(o.seq == (same ? 1 : 0));
	FUZZ_CHECK(!same || memcmp(o.content_key, good.content_key, 32) == 0);
}

static void taken_as_a_payload(struct record *r, const uint8_t *data, size_t size)
{
	const struct crypto_bytes part = {data, size};
	bool same = size == payload.len && memcmp(data, payload.data, size) == 0;
	struct buf content;
	uint8_t hash[32];
	int err;

	buf_init(&content, 0);
	FUZZ_CHECK(record_open_payload(r, good.content_key, data, size, &content) == (same ? 0 : ERR_HASH));
	buf_reset(&content);
	FUZZ_CHECK(crypto_sha256(&part, 1, hash) == 0);
	r->payload_hash = hash;
	r->payload_len = (uint32_t)size;
	err = record_open_payload(r, good.content_key, data, size, &content);
	FUZZ_CHECK(err == (same ? 0 : ERR_OPEN));
	FUZZ_CHECK(same || content.len == 0);
	buf_wipe(&content);
}

static void taken_as_padded(const uint8_t *data, size_t size)
{
	struct buf again;
	size_t len;

	if (pad_strip(data, size, &len)) {
		FUZZ_CHECK(len == 0);
		return;
	}
	buf_init(&again, 0);
	buf_put(&again, data, len);
	FUZZ_CHECK(pad_put(&again) == 0);
	FUZZ_CHECK(again.len == size && memcmp(again.data, data, size) == 0);
	buf_wipe(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record r;

	if (size == 0)
		return 0;
	FUZZ_CHECK(record_parse(record.data, record.len, &r) == 0);
	if (data[0] % 4 == 0)
		taken_as_a_wrap(&r, &reader, data + 1, size - 1);
	else if (data[0] % 4 == 1)
		taken_as_a_wrap(&r, &author, data + 1, size - 1);
	else if (data[0] % 4 == 2)
		taken_as_a_payload(&r, data + 1, size - 1);
	else
		taken_as_padded(data + 1, size - 1);
	return 0;
}
