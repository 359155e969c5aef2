/* vault_key: header, stored keys, stored values. See vault_key.h for the layouts. Knows no file and no LMDB. */
#include <string.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "proto/label.h"
#include "client/vault_key.h"

static const uint8_t magic[8] = {'k', 'a', 'p', 'v', 'a', 'u', 'l', 't'};

enum {
	AT_VERSION = 8,
	AT_KDF = 9,
	AT_COST = 10,
	AT_ZERO = 11,
	AT_SALT = 12,
	AT_COMMIT = 44,
	AT_NONCE = 76,
	AT_SEALED = 88,
	AT_HASH = 136,
	SALT = 32,
	VERSION = 1,
	KDF_SCRYPT = 1,
	PREFIX = 5, /* id length{1} || value length{4} */
};

static int derive(const uint8_t *secret, const char *purpose, uint8_t *out)
{
	struct crypto_bytes context = {purpose, strlen(purpose)};

	return crypto_derive(secret, CRYPTO_KEY, LABEL_VAULT, &context, out, CRYPTO_KEY);
}

static int derive_from_data(struct vault_key_set *keys)
{
	int rc = derive(keys->data, "value", keys->value);

	return rc ? rc : derive(keys->data, "index", keys->index);
}

int vault_key_new(struct vault_key_set *keys)
{
	int rc = crypto_random(keys->data, sizeof keys->data);

	return rc ? rc : derive_from_data(keys);
}

int vault_key_seal_header(struct vault_key_set *keys, const char *pass, size_t pass_len, unsigned log2_n,
                          uint8_t header[VAULT_KEY_HEADER])
{
	struct crypto_bytes aad = {header, AT_SEALED};
	uint8_t *wrap = NULL;
	int rc = ERR_RANGE;

	memset(header, 0, VAULT_KEY_HEADER);
	if (pass_len < 1 || pass_len > VAULT_PASS_MAX || log2_n < CRYPTO_SCRYPT_MIN || log2_n > CRYPTO_SCRYPT_MAX)
		return ERR_RANGE;
	wrap = crypto_secret_new(CRYPTO_KEY);
	if (!wrap)
		return ERR_NOMEM;
	memcpy(header, magic, sizeof magic);
	header[AT_VERSION] = VERSION;
	header[AT_KDF] = KDF_SCRYPT;
	header[AT_COST] = (uint8_t)log2_n;
	if ((rc = crypto_random(header + AT_SALT, SALT)) || (rc = crypto_random(header + AT_NONCE, CRYPTO_NONCE)))
		goto out;
	if ((rc = crypto_scrypt(pass, pass_len, header + AT_SALT, SALT, log2_n, keys->unlock)))
		goto out;
	if ((rc = derive(keys->unlock, "commit", header + AT_COMMIT)) || (rc = derive(keys->unlock, "wrap", wrap)))
		goto out;
	if ((rc = crypto_seal(wrap, header + AT_NONCE, &aad, 1, keys->data, CRYPTO_KEY, header + AT_SEALED)))
		goto out;
	rc = crypto_hash1(LABEL_VAULT, header, AT_HASH, header + AT_HASH);
out:
	crypto_secret_free(wrap, CRYPTO_KEY);
	if (rc)
		memset(header, 0, VAULT_KEY_HEADER);
	return rc;
}

/* Everything that can be judged before any cost is paid. */
static int check_header(const uint8_t *header, size_t len)
{
	uint8_t hash[CRYPTO_HASH];
	int rc;

	if (len < sizeof magic + 1 || memcmp(header, magic, sizeof magic))
		return ERR_CORRUPT;
	if (header[AT_VERSION] != VERSION)
		return ERR_VERSION;
	if (len != VAULT_KEY_HEADER)
		return ERR_CORRUPT;
	if ((rc = crypto_hash1(LABEL_VAULT, header, AT_HASH, hash)))
		return rc;
	if (!crypto_equal(hash, header + AT_HASH, sizeof hash))
		return ERR_CORRUPT;
	if (header[AT_KDF] != KDF_SCRYPT || header[AT_ZERO])
		return ERR_VERSION;
	if (header[AT_COST] < CRYPTO_SCRYPT_MIN || header[AT_COST] > CRYPTO_SCRYPT_MAX)
		return ERR_RANGE;
	return 0;
}

static int unlock_key_of(const uint8_t *header, const struct vault_auth *auth, uint8_t *unlock)
{
	if (auth->unlock_key) {
		memcpy(unlock, auth->unlock_key, CRYPTO_KEY);
		return 0;
	}
	if (!auth->pass || auth->pass_len < 1 || auth->pass_len > VAULT_PASS_MAX)
		return ERR_PASSPHRASE;
	return crypto_scrypt(auth->pass, auth->pass_len, header + AT_SALT, SALT, header[AT_COST], unlock);
}

int vault_key_open_header(const uint8_t *header, size_t len, const struct vault_auth *auth, struct vault_key_set *keys)
{
	struct crypto_bytes aad = {header, AT_SEALED};
	uint8_t commit[CRYPTO_KEY];
	uint8_t *wrap = NULL;
	int rc = check_header(header, len);

	if (rc)
		return rc;
	wrap = crypto_secret_new(CRYPTO_KEY);
	if (!wrap)
		return ERR_NOMEM;
	if ((rc = unlock_key_of(header, auth, keys->unlock)) || (rc = derive(keys->unlock, "commit", commit)))
		goto out;
	if (!crypto_equal(commit, header + AT_COMMIT, sizeof commit)) {
		rc = ERR_PASSPHRASE;
		goto out;
	}
	if ((rc = derive(keys->unlock, "wrap", wrap)))
		goto out;
	rc = crypto_open(wrap, header + AT_NONCE, &aad, 1, header + AT_SEALED, CRYPTO_KEY + CRYPTO_TAG, keys->data);
	if (rc == ERR_OPEN)
		rc = ERR_CORRUPT;
	if (!rc)
		rc = derive_from_data(keys);
out:
	crypto_secret_free(wrap, CRYPTO_KEY);
	if (rc)
		crypto_wipe(keys, sizeof *keys);
	return rc;
}

int vault_key_of_id(const struct vault_key_set *keys, enum vault_table table, const void *id, size_t id_len,
                    struct vault_key_stored *key)
{
	uint8_t t = (uint8_t)table, mac[CRYPTO_HASH];
	struct crypto_bytes parts[2] = {{&t, 1}, {id, id_len}};
	int rc;

	if (!id || id_len < 1 || id_len > VAULT_ID_MAX)
		return ERR_RANGE;
	if ((rc = crypto_hmac_sha256(keys->index, sizeof keys->index, parts, 2, mac)))
		return rc;
	key->bytes[0] = t;
	memcpy(key->bytes + 1, mac, 16);
	key->len = 17;
	return 0;
}

void vault_key_of_seq(enum vault_table table, uint64_t seq, struct vault_key_stored *key)
{
	key->bytes[0] = (uint8_t)table;
	for (int i = 0; i < 8; i++)
		key->bytes[1 + i] = (uint8_t)(seq >> (56 - 8 * i));
	key->len = 9;
}

/* Steps of 64 bytes up to 512, above that of a sixteenth to an eighth of the size. */
static size_t padded(size_t len)
{
	size_t step = 64;

	while (len > step * 8)
		step *= 2;
	return (len + step - 1) / step * step;
}

size_t vault_key_sealed_size(size_t id_len, size_t len)
{
	return CRYPTO_NONCE + padded(PREFIX + id_len + len) + CRYPTO_TAG;
}

int vault_key_seal(const struct vault_key_set *keys, const struct vault_key_stored *key,
                   const struct vault_key_value *in, uint8_t *out)
{
	struct crypto_bytes aad = {key->bytes, key->len};
	size_t size = padded(PREFIX + in->id_len + in->len);
	uint8_t *at = out + CRYPTO_NONCE;
	int rc = crypto_random(out, CRYPTO_NONCE);

	if (rc)
		return rc;
	memset(at, 0, size);
	at[0] = (uint8_t)in->id_len;
	for (int i = 0; i < 4; i++)
		at[1 + i] = (uint8_t)(in->len >> (24 - 8 * i));
	if (in->id_len)
		memcpy(at + PREFIX, in->id, in->id_len);
	if (in->len)
		memcpy(at + PREFIX + in->id_len, in->value, in->len);
	return crypto_seal(keys->value, out, &aad, 1, at, size, at);
}

int vault_key_open(const struct vault_key_set *keys, const struct vault_key_stored *key,
                   const struct crypto_bytes *sealed, struct buf *plain, struct vault_key_value *out)
{
	struct crypto_bytes aad = {key->bytes, key->len};
	const uint8_t *in = sealed->data;
	size_t size;
	uint8_t *at;
	int rc;

	memset(out, 0, sizeof *out);
	buf_reset(plain);
	if (sealed->len < CRYPTO_NONCE + PREFIX + CRYPTO_TAG)
		return ERR_CORRUPT;
	size = sealed->len - CRYPTO_NONCE - CRYPTO_TAG;
	at = buf_reserve(plain, size);
	if (!at)
		return buf_err(plain);
	rc = crypto_open(keys->value, in, &aad, 1, in + CRYPTO_NONCE, size + CRYPTO_TAG, at);
	if (rc)
		return rc == ERR_OPEN ? ERR_CORRUPT : rc;
	out->id_len = at[0];
	out->len = (size_t)at[1] << 24 | (size_t)at[2] << 16 | (size_t)at[3] << 8 | (size_t)at[4];
	if (out->id_len > size - PREFIX || out->len > size - PREFIX - out->id_len)
		return ERR_CORRUPT;
	out->id = at + PREFIX;
	out->value = at + PREFIX + out->id_len;
	return 0;
}
