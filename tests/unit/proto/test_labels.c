/* test_labels: no two labels are alike, and nothing signed, hashed or derived under one passes under another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/invite.h"
#include "proto/keychain.h"
#include "proto/label.h"
#include "proto/link.h"
#include "tests/unit/support/people.h"

static const char *const labels[] = {
    LABEL_DEVICE,
    LABEL_INNER,
    LABEL_LINK,
    LABEL_BOX,
    LABEL_BOXES,
    LABEL_CORE,
    LABEL_WRAP,
    LABEL_WRAPS,
    LABEL_RID,
    LABEL_FEED_START,
    LABEL_FEED,
    LABEL_AUDIT,
    LABEL_CODE,
    LABEL_EVIDENCE,
    LABEL_RECORD,
    LABEL_RECEIPT,
    LABEL_FEED_HEAD,
    LABEL_POP_TLS,
    LABEL_POP_RECOVERY_SIGN,
    LABEL_POP_RECOVERY_TLS,
    LABEL_INVITE_GENESIS,
    LABEL_EPOCH_SEAL,
    LABEL_EPOCH_SELF,
    LABEL_EPOCH_PREV,
    LABEL_INVITE_ID,
    LABEL_INVITE_KEY,
    LABEL_INVITE_SIGN,
    LABEL_RECOVERY_TLS,
    LABEL_RECOVERY_SIGN,
    LABEL_RECOVERY_SEAL,
    LABEL_PACKET,
    LABEL_PAYLOAD,
    LABEL_VAULT,
    LABEL_PAIR_ID,
    LABEL_PAIR_KEY,
    LABEL_PAIR,
    LABEL_PAIR_COMMIT,
    LABEL_PAIR_WORDS,
    LABEL_CHECK_BOX,
    LABEL_CHECK_COMMIT,
    LABEL_CHECK_STREAM,
    LABEL_CHECK_WORDS,
    LABEL_CHECK,
};
#define LABELS (sizeof labels / sizeof labels[0])

/* The ones that signatures are made under. */
static const char *const signing[] = {
    LABEL_LINK,
    LABEL_RECORD,
    LABEL_RECEIPT,
    LABEL_FEED_HEAD,
    LABEL_POP_TLS,
    LABEL_POP_RECOVERY_SIGN,
    LABEL_POP_RECOVERY_TLS,
    LABEL_INVITE_GENESIS,
    LABEL_CHECK,
};
#define SIGNING (sizeof signing / sizeof signing[0])

static const uint8_t text[] = "the same bytes";
static const struct crypto_bytes part = {text, sizeof text};

static void labels_differ(void **state)
{
	uint8_t hash[LABELS][CRYPTO_HASH], key[LABELS][CRYPTO_KEY];

	(void)state;
	for (size_t i = 0; i < LABELS; i++) {
		assert_int_equal(crypto_hash(labels[i], &part, 1, hash[i]), 0);
		assert_int_equal(crypto_derive(text, sizeof text, labels[i], NULL, key[i], CRYPTO_KEY), 0);
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(labels[i], labels[j]);
			assert_memory_not_equal(hash[i], hash[j], CRYPTO_HASH);
			assert_memory_not_equal(key[i], key[j], CRYPTO_KEY);
		}
	}
}

static void signatures_hold_under_their_label_alone(void **state)
{
	static const uint8_t seed[CRYPTO_KEY] = {1};
	uint8_t pub[CRYPTO_KEY], sig[CRYPTO_SIG];

	(void)state;
	assert_int_equal(crypto_sign_public(seed, pub), 0);
	for (size_t i = 0; i < SIGNING; i++) {
		assert_int_equal(crypto_sign(seed, signing[i], &part, 1, sig), 0);
		for (size_t j = 0; j < LABELS; j++)
			assert_int_equal(crypto_verify(pub, labels[j], &part, 1, sig),
			                 strcmp(signing[i], labels[j]) == 0 ? 0 : ERR_SIGNATURE);
	}
}

/* A label is not a prefix: its end is signed, too. */
static void bytes_do_not_move_across_the_separator(void **state)
{
	static const uint8_t seed[CRYPTO_KEY] = {1};
	const struct crypto_bytes with_nul[2] = {{"-head", 6}, part};
	uint8_t pub[CRYPTO_KEY], sig[CRYPTO_SIG], a[CRYPTO_HASH], b[CRYPTO_HASH];

	(void)state;
	assert_int_equal(crypto_sign_public(seed, pub), 0);
	assert_int_equal(crypto_sign(seed, LABEL_FEED_HEAD, &part, 1, sig), 0);
	assert_int_equal(crypto_verify(pub, LABEL_FEED_HEAD, &part, 1, sig), 0);
	assert_int_equal(crypto_verify(pub, LABEL_FEED, with_nul, 2, sig), ERR_SIGNATURE);
	assert_int_equal(crypto_hash(LABEL_FEED_HEAD, &part, 1, a), 0);
	assert_int_equal(crypto_hash(LABEL_FEED, with_nul, 2, b), 0);
	assert_memory_not_equal(a, b, CRYPTO_HASH);
}

/* A link signed by the right key, but as something else. */
static void link_signed_under_any_other_label_is_refused(void **state)
{
	struct people pp;
	struct people_cast who;
	struct link link;

	(void)state;
	people_begin(&pp, 1);
	people_cast(&pp, &who);
	for (size_t i = 0; i < LABELS; i++) {
		struct crypto_bytes outer;
		uint8_t sig[CRYPTO_SIG];

		people_link(&pp, 1, &link); /* signed by the admin's device */
		outer = (struct crypto_bytes){link.outer, link.outer_len};
		assert_int_equal(crypto_sign(who.admin->device.sign, labels[i], &outer, 1, sig), 0);
		link.signature = sig;
		assert_int_equal(link_verify(&link, who.admin->pub.sign),
		                 strcmp(labels[i], LABEL_LINK) == 0 ? 0 : ERR_SIGNATURE);
	}
	people_end(&pp);
}

static int set_up(void **state)
{
	(void)state;
	return crypto_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(labels_differ),
	    cmocka_unit_test(signatures_hold_under_their_label_alone),
	    cmocka_unit_test(bytes_do_not_move_across_the_separator),
	    cmocka_unit_test(link_signed_under_any_other_label_is_refused),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
