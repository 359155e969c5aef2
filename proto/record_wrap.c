/* record_wrap: see record_wrap.h. */
#include "record_wrap.h"

#include <string.h>

#include "crypto.h"
#include "hpke.h"
#include "record.h"

static const char info_label[] = LABEL_PREFIX LABEL_WRAP; /* its NUL is the separator */
static const char context_label[] = LABEL_PREFIX LABEL_PAYLOAD;

#define INFO_LEN (sizeof info_label + 32 + RECORD_PID + 4)

_Static_assert(RECORD_SELF_SEALED == CRYPTO_NONCE + RECORD_WRAP_PLAIN + CRYPTO_TAG, "size of the author's wrap");
_Static_assert(RECORD_SEALED == RECORD_WRAP_PLAIN + HPKE_OVERHEAD, "size of a wrap");

static void make_info(const struct record_wrap_place *p, uint8_t out[INFO_LEN])
{
	uint8_t *at = out;

	memcpy(at, info_label, sizeof info_label);
	at += sizeof info_label;
	memcpy(at, p->core_hash, 32);
	at += 32;
	memcpy(at, p->pid, RECORD_PID);
	at += RECORD_PID;
	for (unsigned i = 0; i < 4; i++)
		*at++ = (uint8_t)(p->epoch >> (24 - 8 * i));
}

int record_wrap_seal(const struct record_wrap_place *p, const uint8_t key[32], const uint8_t plain[RECORD_WRAP_PLAIN],
                     uint8_t *sealed)
{
	uint8_t info[INFO_LEN];
	const struct crypto_bytes aad = {info, sizeof info};
	int err;

	make_info(p, info);
	if (!p->author)
		return hpke_seal(key, info, sizeof info, plain, RECORD_WRAP_PLAIN, sealed);
	err = crypto_random(sealed, CRYPTO_NONCE);
	if (!err)
		err = crypto_seal(key, sealed, &aad, 1, plain, RECORD_WRAP_PLAIN, sealed + CRYPTO_NONCE);
	return err;
}

int record_wrap_open(const struct record_wrap_place *p, const uint8_t key[32], const uint8_t *sealed,
                     uint8_t plain[RECORD_WRAP_PLAIN])
{
	uint8_t info[INFO_LEN];
	const struct crypto_bytes aad = {info, sizeof info};

	make_info(p, info);
	if (!p->author)
		return hpke_open(key, info, sizeof info, sealed, RECORD_SEALED, plain);
	return crypto_open(key, sealed, &aad, 1, sealed + CRYPTO_NONCE, RECORD_SELF_SEALED - CRYPTO_NONCE, plain);
}

void record_wrap_context(const struct record_wrap_author *a, uint8_t out[RECORD_WRAP_CONTEXT])
{
	uint8_t *at = out;

	memcpy(at, context_label, sizeof context_label);
	at += sizeof context_label;
	memcpy(at, a->clinic, 32);
	at += 32;
	memcpy(at, a->author, RECORD_PID);
	at += RECORD_PID;
	memcpy(at, a->did, RECORD_DID);
	at += RECORD_DID;
	memcpy(at, a->salt, RECORD_SALT);
}
