/* fuzz_link: links from their bytes, and the inner parts of both chains by themselves, since no fuzzer finds a hash.
 * The first byte says how the rest is taken. What is accepted has one form, and loses only what is taken out. */
#include <string.h>

#include "proto/buf.h"
#include "proto/clinic_body.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/link.h"
#include "tests/fuzz/fuzz.h"

static const uint8_t seed[CRYPTO_KEY] = {1};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return crypto_init();
}

static void check_person(const uint8_t *data, size_t size)
{
	struct keychain *k, *again;
	const uint8_t *did;

	if (keychain_replay(data, size, &k)) {
		FUZZ_CHECK(k == NULL && keychain_new(data, size, &again) != 0);
		return;
	}
	FUZZ_CHECK(keychain_head_seq(k) == 0 && keychain_devices(k) == 1 && keychain_epoch(k)->number == 1);
	FUZZ_CHECK(memcmp(keychain_head_hash(k), keychain_genesis(k), CRYPTO_HASH) == 0);
	FUZZ_CHECK(keychain_device_at(k, 0, &did) == keychain_device(k, did));
	FUZZ_CHECK(device_check_pair(keychain_device(k, did), keychain_recovery(k)) == 0);
	keychain_free(k);
}

/* A body that is read is written again the same. */
static void check_body(const struct link *l)
{
	struct clinic_body body;
	struct buf b;

	if (clinic_body_parse(l, &body))
		return;
	FUZZ_CHECK(body.confined == clinic_body_is_confined(l->type));
	buf_init(&b, 0);
	/* [salt, ...]: array head, bin head and length come before the salt */
	FUZZ_CHECK(clinic_body_put(&body, l->inner + 3, &b) == 0);
	FUZZ_CHECK(b.len == l->inner_len && memcmp(b.data, l->inner, b.len) == 0);
	buf_wipe(&b);
}

static void take_link(const uint8_t *data, size_t size)
{
	struct link l, less;
	struct buf b;

	check_person(data, size);
	if (link_parse(data, size, &l))
		return;
	buf_init(&b, 0);
	FUZZ_CHECK(link_put(&l, 0, &b) == 0);
	FUZZ_CHECK(b.len == size && memcmp(b.data, data, size) == 0);
	buf_reset(&b);
	FUZZ_CHECK(link_put(&l, LINK_WITHOUT_INNER | LINK_WITHOUT_BOXES, &b) == 0);
	FUZZ_CHECK(link_parse(b.data, b.len, &less) == 0);
	FUZZ_CHECK(less.inner == NULL && less.boxes == NULL && memcmp(less.hash, l.hash, CRYPTO_HASH) == 0);
	FUZZ_CHECK((l.seq == 0) == (memcmp(l.chain, l.hash, CRYPTO_HASH) == 0));
	buf_wipe(&b);
	check_body(&l);
}

static void take_clinic_inner(const uint8_t *data, size_t size)
{
	struct link l = {0};

	if (size < 2)
		return;
	l.type = data[0];
	l.inner = data + 1;
	l.inner_len = size - 1;
	check_body(&l);
}

/* signer{16} || u16 length of boxes || boxes || inner part, signed into a first link. */
static void take_person_inner(const uint8_t *data, size_t size)
{
	struct link_new n = {.type = 1, .signer = data, .seed = seed};
	size_t boxes_len;
	struct buf b;

	if (size < 19)
		return;
	boxes_len = (size_t)(data[16] << 8 | data[17]);
	if (boxes_len >= size - 18)
		return;
	n.boxes = boxes_len > 0 ? data + 18 : NULL;
	n.boxes_len = boxes_len;
	n.inner = data + 18 + boxes_len;
	n.inner_len = size - 18 - boxes_len;
	buf_init(&b, 0);
	if (link_sign(&n, &b) == 0)
		take_link(b.data, b.len);
	buf_wipe(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const ways[])(const uint8_t *data, size_t size) = {take_link, take_clinic_inner, take_person_inner};

	if (size > 0 && data[0] < sizeof ways / sizeof ways[0])
		ways[data[0]](data + 1, size - 1);
	return 0;
}
