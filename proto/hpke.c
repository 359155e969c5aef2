/* hpke: see hpke.h. Names follow RFC 9180. */
#include "hpke.h"

#include <string.h>

#include "err.h"
#include "hpke_internal.h"

#define DH_MAX 2 /* one Diffie-Hellman, and a second in the authenticated modes */

/* Where a labelled step belongs: its suite_id (section 4). */
struct step {
	struct crypto_bytes suite;
	const char *label;
};

#define KEM_SUITE                                                                                                      \
	{                                                                                                                  \
		"KEM\x00\x20", 5                                                                                               \
	}
#define HPKE_SUITE 10

static const struct crypto_bytes version = {"HPKE-v1", 7};

static int labeled_extract(const struct step *step, const struct crypto_bytes *salt, const struct crypto_bytes *ikm,
                           uint8_t prk[CRYPTO_HASH])
{
	const struct crypto_bytes parts[] = {version, step->suite, {step->label, strlen(step->label)}, *ikm};

	return crypto_hkdf_extract(salt->data, salt->len, parts, 4, prk);
}

static int labeled_expand(const struct step *step, const uint8_t prk[CRYPTO_HASH], const struct crypto_bytes *info,
                          uint8_t *out, size_t len)
{
	const uint8_t length[2] = {(uint8_t)(len >> 8), (uint8_t)len};
	const struct crypto_bytes parts[] = {{length, 2}, version, step->suite, {step->label, strlen(step->label)}, *info};

	return crypto_hkdf_expand(prk, parts, 5, out, len);
}

/* ExtractAndExpand: `context` is enc, the recipient's and, if authenticated, the sender's public key. */
static int extract_and_expand(const struct crypto_bytes *dh, const struct crypto_bytes *context,
                              uint8_t secret[CRYPTO_HASH])
{
	const struct step extract = {KEM_SUITE, "eae_prk"}, expand = {KEM_SUITE, "shared_secret"};
	const struct crypto_bytes empty = {NULL, 0};
	uint8_t prk[CRYPTO_HASH];
	int rc = labeled_extract(&extract, &empty, dh, prk);

	if (rc == 0)
		rc = labeled_expand(&expand, prk, context, secret, CRYPTO_HASH);
	crypto_wipe(prk, sizeof prk);
	return rc;
}

int hpke_encap(const uint8_t ephemeral[CRYPTO_KEY], const uint8_t *sender, const uint8_t pub[CRYPTO_KEY],
               uint8_t enc[HPKE_ENC], uint8_t secret[CRYPTO_HASH])
{
	struct crypto_x25519_key *key;
	uint8_t dh[DH_MAX * CRYPTO_KEY], context[3 * CRYPTO_KEY];
	struct crypto_bytes dhs = {dh, CRYPTO_KEY}, contexts = {context, 2 * CRYPTO_KEY};
	int rc = crypto_x25519_key_new(ephemeral, &key);

	if (rc == 0)
		rc = crypto_x25519_key_public(key, enc);
	if (rc == 0)
		rc = crypto_x25519_with(key, pub, dh);
	if (rc == 0 && sender != NULL) {
		dhs.len += CRYPTO_KEY;
		contexts.len += CRYPTO_KEY;
		rc = crypto_x25519(sender, pub, dh + CRYPTO_KEY);
		if (rc == 0)
			rc = crypto_x25519_public(sender, context + 2 * CRYPTO_KEY);
	}
	if (rc == 0) {
		memcpy(context, enc, CRYPTO_KEY);
		memcpy(context + CRYPTO_KEY, pub, CRYPTO_KEY);
		rc = extract_and_expand(&dhs, &contexts, secret);
	}
	if (rc != 0) {
		crypto_wipe(enc, HPKE_ENC);
		crypto_wipe(secret, CRYPTO_HASH);
	}
	crypto_x25519_key_free(key);
	crypto_wipe(dh, sizeof dh);
	return rc;
}

int hpke_decap(const struct crypto_x25519_key *key, const uint8_t *sender_pub, const uint8_t enc[HPKE_ENC],
               uint8_t secret[CRYPTO_HASH])
{
	uint8_t dh[DH_MAX * CRYPTO_KEY], context[3 * CRYPTO_KEY];
	struct crypto_bytes dhs = {dh, CRYPTO_KEY}, contexts = {context, 2 * CRYPTO_KEY};
	int rc = crypto_x25519_with(key, enc, dh);

	if (rc == 0 && sender_pub != NULL) {
		dhs.len += CRYPTO_KEY;
		contexts.len += CRYPTO_KEY;
		rc = crypto_x25519_with(key, sender_pub, dh + CRYPTO_KEY);
		memcpy(context + 2 * CRYPTO_KEY, sender_pub, CRYPTO_KEY);
	}
	memcpy(context, enc, CRYPTO_KEY);
	if (rc == 0)
		rc = crypto_x25519_key_public(key, context + CRYPTO_KEY);
	if (rc == 0)
		rc = extract_and_expand(&dhs, &contexts, secret);
	else
		crypto_wipe(secret, CRYPTO_HASH);
	crypto_wipe(dh, sizeof dh);
	return rc;
}

int hpke_schedule(const struct hpke_opts *opts, const uint8_t secret[CRYPTO_HASH], struct hpke_context *context)
{
	static const size_t key_lens[] = {[HPKE_AES_128_GCM] = 16, [HPKE_AES_256_GCM] = 32, [HPKE_CHACHA20_POLY1305] = 32};
	const uint8_t id[HPKE_SUITE] = {
	    'H', 'P', 'K', 'E', 0x00, 0x20, 0x00, 0x01, (uint8_t)(opts->aead >> 8), (uint8_t)opts->aead};
	const struct crypto_bytes suite = {id, sizeof id}, empty = {NULL, 0}, shared = {secret, CRYPTO_HASH};
	const struct step psk_id_hash = {suite, "psk_id_hash"}, info_hash = {suite, "info_hash"};
	const struct step secret_step = {suite, "secret"}, key = {suite, "key"}, nonce = {suite, "base_nonce"};
	uint8_t bound[1 + 2 * CRYPTO_HASH], prk[CRYPTO_HASH];
	const struct crypto_bytes bounds = {bound, sizeof bound};
	int rc = 0;

	memset(context, 0, sizeof *context);
	if (opts->aead < HPKE_AES_128_GCM || opts->aead > HPKE_CHACHA20_POLY1305)
		return ERR_RANGE;
	bound[0] = (uint8_t)((opts->psk.len > 0 ? 1 : 0) | (opts->authenticated ? 2 : 0));
	rc = labeled_extract(&psk_id_hash, &empty, &opts->psk_id, bound + 1);
	if (rc == 0)
		rc = labeled_extract(&info_hash, &empty, &opts->info, bound + 1 + CRYPTO_HASH);
	if (rc == 0)
		rc = labeled_extract(&secret_step, &shared, &opts->psk, prk);
	if (rc == 0)
		rc = labeled_expand(&key, prk, &bounds, context->key, key_lens[opts->aead]);
	if (rc == 0)
		rc = labeled_expand(&nonce, prk, &bounds, context->nonce, CRYPTO_NONCE);
	if (rc != 0)
		crypto_wipe(context, sizeof *context);
	crypto_wipe(prk, sizeof prk);
	return rc;
}

int hpke_seal_ephemeral(const uint8_t ephemeral[CRYPTO_KEY], const uint8_t pub[CRYPTO_KEY],
                        const struct crypto_bytes *info, const struct crypto_bytes *plain, uint8_t *sealed)
{
	const struct hpke_opts opts = {.aead = HPKE_AES_256_GCM, .info = *info};
	struct hpke_context context;
	uint8_t secret[CRYPTO_HASH];
	int rc;

	if (plain->len > CRYPTO_AEAD_MAX)
		return ERR_RANGE;
	rc = hpke_encap(ephemeral, NULL, pub, sealed, secret);
	if (rc == 0)
		rc = hpke_schedule(&opts, secret, &context);
	if (rc == 0)
		rc = crypto_seal(context.key, context.nonce, NULL, 0, plain->data, plain->len, sealed + HPKE_ENC);
	if (rc != 0)
		crypto_wipe(sealed, plain->len + HPKE_OVERHEAD);
	crypto_wipe(&context, sizeof context);
	crypto_wipe(secret, sizeof secret);
	return rc;
}

int hpke_seal(const uint8_t pub[CRYPTO_KEY], const void *info, size_t info_len, const void *plain, size_t len,
              uint8_t *sealed)
{
	const struct crypto_bytes infos = {info, info_len}, plains = {plain, len};
	uint8_t ephemeral[CRYPTO_KEY];
	int rc;

	if (len > CRYPTO_AEAD_MAX)
		return ERR_RANGE;
	rc = crypto_random(ephemeral, sizeof ephemeral);
	if (rc == 0)
		rc = hpke_seal_ephemeral(ephemeral, pub, &infos, &plains, sealed);
	else
		crypto_wipe(sealed, len + HPKE_OVERHEAD);
	crypto_wipe(ephemeral, sizeof ephemeral);
	return rc;
}

int hpke_open_with(const struct crypto_x25519_key *key, const void *info, size_t info_len, const void *sealed,
                   size_t len, uint8_t *plain)
{
	const struct hpke_opts opts = {.aead = HPKE_AES_256_GCM, .info = {info, info_len}};
	const uint8_t *enc = sealed;
	struct hpke_context context;
	uint8_t secret[CRYPTO_HASH];
	int rc;

	if (len < HPKE_OVERHEAD)
		return ERR_OPEN;
	if (len > CRYPTO_AEAD_MAX)
		return ERR_RANGE;
	rc = hpke_decap(key, NULL, enc, secret);
	if (rc == ERR_KEY) /* enc of small order: whoever sealed this did not */
		rc = ERR_OPEN;
	if (rc == 0)
		rc = hpke_schedule(&opts, secret, &context);
	if (rc == 0)
		rc = crypto_open(context.key, context.nonce, NULL, 0, enc + HPKE_ENC, len - HPKE_ENC, plain);
	if (rc != 0)
		crypto_wipe(plain, len - HPKE_OVERHEAD);
	crypto_wipe(&context, sizeof context);
	crypto_wipe(secret, sizeof secret);
	return rc;
}

int hpke_open(const uint8_t priv[CRYPTO_KEY], const void *info, size_t info_len, const void *sealed, size_t len,
              uint8_t *plain)
{
	struct crypto_x25519_key *key;
	int rc;

	if (len < HPKE_OVERHEAD)
		return ERR_OPEN;
	if (len > CRYPTO_AEAD_MAX)
		return ERR_RANGE;
	rc = crypto_x25519_key_new(priv, &key);
	if (rc == 0)
		rc = hpke_open_with(key, info, info_len, sealed, len, plain);
	else
		crypto_wipe(plain, len - HPKE_OVERHEAD);
	crypto_x25519_key_free(key);
	return rc;
}
