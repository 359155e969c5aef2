/* fuzz_pair: the four messages of a pairing, the first byte says which. What is read is written again as it was. */
#include <string.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/pair.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return crypto_init();
}

static void check_same(const struct buf *b, int err, const uint8_t *plain, size_t len)
{
	FUZZ_CHECK(err == 0);
	FUZZ_CHECK(b->len == len && memcmp(b->data, plain, len) == 0);
}

static void offer(const uint8_t *plain, size_t len, struct buf *b)
{
	static struct pair_offer m;

	if (pair_offer_get(plain, len, &m))
		return;
	FUZZ_CHECK(m.n_servers >= 1 && m.n_servers <= PAIR_SERVERS && role_is_member(m.role) && m.name[0] != '\0');
	check_same(b, pair_offer_put(&m, b), plain, len);
}

static void answer(const uint8_t *plain, size_t len, struct buf *b)
{
	static struct pair_answer m;

	if (pair_answer_get(plain, len, &m))
		return;
	FUZZ_CHECK(m.core_len <= PAIR_CORE_MAX && m.name[0] != '\0');
	check_same(b, pair_answer_put(&m, b), plain, len);
}

static void reveal(const uint8_t *plain, size_t len, struct buf *b)
{
	struct pair_reveal m;

	if (!pair_reveal_get(plain, len, &m))
		check_same(b, pair_reveal_put(&m, b), plain, len);
}

static void welcome(const uint8_t *plain, size_t len, struct buf *b)
{
	struct pair_welcome m;

	if (pair_welcome_get(plain, len, &m))
		return;
	FUZZ_CHECK(m.n_people <= PAIR_PEOPLE);
	/* what is longer than a slot cannot have come in one */
	if (len <= PAIR_SLOT_MAX - CRYPTO_NONCE - CRYPTO_TAG - 64)
		check_same(b, pair_welcome_put(&m, b), plain, len);
	pair_welcome_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const messages[])(const uint8_t *, size_t, struct buf *) = {offer, answer, reveal, welcome};
	struct buf b;

	if (size == 0 || data[0] >= sizeof messages / sizeof messages[0])
		return -1;
	buf_init(&b, 0);
	messages[data[0]](data + 1, size - 1, &b);
	buf_wipe(&b);
	return 0;
}
