/* fuzz_keychain: a person's chain: a first link as it is, then steps, each put in its right place, so that the rules
 * themselves are reached. A refused link leaves the chain as it was; whatever is accepted, it stays a person: a device,
 * a paper device, an epoch, no key twice, a box for everybody who is in.
 *
 *     input = u16 length, first link, step...
 *     step  = type, who signs (place among all devices there ever were), u16 length, inner part, u16 length, boxes */
#include <string.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/keychain.h"
#include "proto/keychain_body.h"
#include "proto/link.h"
#include "tests/fuzz/fuzz.h"

#define STEPS_MAX 300

struct input {
	const uint8_t *at;
	size_t left;
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return crypto_init();
}

/* u16 length, bytes. */
static bool take(struct input *in, const uint8_t **bytes, size_t *len)
{
	if (in->left < 2)
		return false;
	*len = (size_t)(in->at[0] << 8 | in->at[1]);
	if (*len > in->left - 2)
		return false;
	*bytes = in->at + 2;
	in->at += 2 + *len;
	in->left -= 2 + *len;
	return true;
}

static void check_device(const struct keychain *k, const struct keychain_device *d)
{
	uint64_t seq;

	FUZZ_CHECK(keychain_find_device(k, d->did) == d && keychain_find_device_by_tls(k, d->pub.tls) == d);
	FUZZ_CHECK(device_check(&d->pub) == 0 && d->added_seq < keychain_links(k));
	FUZZ_CHECK(d->active ? d->revoked_seq == 0 : d->revoked_seq > d->added_seq);
	FUZZ_CHECK((keychain_device(k, d->did) != NULL) == (d->active && !d->paper));
	FUZZ_CHECK(keychain_active_at(k, d->did, keychain_head_seq(k)) == (d->active && !d->paper));
	FUZZ_CHECK(keychain_active_at(k, d->did, d->added_seq) == !d->paper);
	FUZZ_CHECK((keychain_box_seq(k, d->did, &seq) == 0) == d->active);
	if (d->active)
		FUZZ_CHECK(seq >= d->added_seq && keychain_epoch_at(k, seq) == keychain_epoch(k));
}

static void check_person(const struct keychain *k)
{
	const struct keychain_device *d;
	size_t active = 0, papers = 0;
	uint64_t seq;

	for (size_t i = 0; (d = keychain_ever_at(k, i)) != NULL; i++) {
		check_device(k, d);
		active += d->active && !d->paper;
		papers += d->active && d->paper;
		for (size_t j = 0; j < i; j++)
			FUZZ_CHECK(device_check_pair(&d->pub, &keychain_ever_at(k, j)->pub) == 0);
	}
	FUZZ_CHECK(papers == 1 && active >= 1 && active <= KEYCHAIN_DEVICES_MAX && active == keychain_devices(k));
	FUZZ_CHECK(keychain_epoch(k)->number <= KEYCHAIN_EPOCHS_MAX);
	FUZZ_CHECK(keychain_seq_of(k, keychain_head_hash(k), &seq) && seq == keychain_head_seq(k));
	for (uint32_t n = 1; n <= keychain_epoch(k)->number; n++)
		FUZZ_CHECK(keychain_epoch_at(k, keychain_epoch_seq(k, n)) == keychain_epoch_number(k, n));
}

/* What is read is written again the same, but for the salt. */
static void check_body(const struct link *l)
{
	struct keychain_body body;
	struct buf b;
	size_t after = 1 + 2 + LINK_SALT;

	if (keychain_body_parse(l, &body))
		return;
	buf_init(&b, 0);
	FUZZ_CHECK(keychain_body_put(&body, &b) == 0);
	FUZZ_CHECK(b.len == l->inner_len && memcmp(b.data + after, l->inner + after, b.len - after) == 0);
	buf_wipe(&b);
}

/* Makes the next step a link in its right place. False at the end. */
static bool next_link(struct input *in, const struct keychain *k, struct link *l)
{
	const struct input begin = *in;

	if (in->left < 2)
		return false;
	*l = (struct link){.type = in->at[0], .seq = keychain_links(k)};
	memcpy(l->signer, keychain_ever_at(k, in->at[1] % keychain_ever(k))->did, LINK_SIGNER);
	in->at += 2;
	in->left -= 2;
	if (!take(in, &l->inner, &l->inner_len) || !take(in, &l->boxes, &l->boxes_len))
		return false;
	if (l->boxes_len == 0)
		l->boxes = NULL;
	memcpy(l->chain, keychain_genesis(k), CRYPTO_HASH);
	memcpy(l->prev, keychain_head_hash(k), CRYPTO_HASH);
	FUZZ_CHECK(crypto_sha256(&(struct crypto_bytes){begin.at, begin.left - in->left}, 1, l->hash) == 0);
	l->hash[0] ^= (uint8_t)l->seq;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	const uint8_t *first;
	struct keychain *k;
	struct link l;
	size_t len;

	if (!take(&in, &first, &len) || keychain_replay(first, len, &k))
		return 0;
	for (int i = 0; i < STEPS_MAX && next_link(&in, k, &l); i++) {
		size_t links = keychain_links(k), ever = keychain_ever(k);
		int err = keychain_apply_replay(k, &l);

		check_body(&l);
		FUZZ_CHECK(keychain_links(k) == links + (err == 0));
		FUZZ_CHECK(!err || keychain_ever(k) == ever);
		check_person(k);
	}
	keychain_free(k);
	return 0;
}
