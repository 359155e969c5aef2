/* crypto: see crypto.h. OpenSSL returns 1 for success and 0 or less for everything else, so every call is compared with
 * 1; and what failed and was handled must not stay in its error queue, where another connection's TLS call would find
 * it. */
#include "crypto.h"

#include <limits.h>
#include <string.h>

#include <sys/prctl.h>
#include <sys/resource.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "crypto_internal.h"
#include "err.h"
#include "label.h"

/* OpenSSL keeps its own private keys here too, so it is larger than our secrets need. */
#define SECURE_HEAP ((size_t)512 << 10)
#define SECURE_HEAP_MIN 32

#define SCRYPT_R 8
#define SCRYPT_P 1

static struct {
	EVP_MD *sha256;
	EVP_CIPHER *aes256gcm, *chacha20poly1305;
	EVP_KDF *hkdf;
	EVP_KDF *scrypt;
	EVP_MAC *hmac;
	EVP_MAC_CTX *hmac_sha256; /* copied for each use: naming the digest every time costs a look-up */
} alg;

static const char SHA256[] = "SHA256";
static const char SHA512[] = "SHA512";

/* OSSL_PARAM takes everything as not const and then only reads it. */
static OSSL_PARAM param_text(const char *key, const char *text)
{
	return OSSL_PARAM_construct_utf8_string(key, (char *)(uintptr_t)text, 0);
}

static OSSL_PARAM param_bytes(const char *key, const void *bytes, size_t len)
{
	return OSSL_PARAM_construct_octet_string(key, (void *)(uintptr_t)bytes, len);
}

int crypto_result(int rc)
{
	ERR_clear_error();
	return rc;
}

static bool hmac_template(void)
{
	OSSL_PARAM params[] = {param_text(OSSL_MAC_PARAM_DIGEST, SHA256), OSSL_PARAM_construct_end()};

	alg.hmac_sha256 = EVP_MAC_CTX_new(alg.hmac);
	return alg.hmac_sha256 != NULL && EVP_MAC_CTX_set_params(alg.hmac_sha256, params) == 1;
}

int crypto_init(void)
{
	if (alg.sha256 != NULL)
		return 0;
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return crypto_result(ERR_CRYPTO);
	/* 2 means that the pages could not be locked or guarded; the heap still wipes, so that is no reason to refuse. */
	if (!CRYPTO_secure_malloc_initialized() && CRYPTO_secure_malloc_init(SECURE_HEAP, SECURE_HEAP_MIN) == 0)
		return crypto_result(ERR_CRYPTO);
	alg.sha256 = EVP_MD_fetch(NULL, SHA256, NULL);
	alg.aes256gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	alg.chacha20poly1305 = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
	alg.hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	alg.scrypt = EVP_KDF_fetch(NULL, "SCRYPT", NULL);
	alg.hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	if (alg.sha256 == NULL || alg.aes256gcm == NULL || alg.chacha20poly1305 == NULL || alg.hkdf == NULL ||
	    alg.scrypt == NULL || alg.hmac == NULL || !hmac_template() || RAND_status() != 1) {
		crypto_fini();
		return crypto_result(ERR_CRYPTO);
	}
	return 0;
}

void crypto_fini(void)
{
	EVP_MAC_CTX_free(alg.hmac_sha256);
	EVP_MAC_free(alg.hmac);
	EVP_KDF_free(alg.scrypt);
	EVP_KDF_free(alg.hkdf);
	EVP_CIPHER_free(alg.chacha20poly1305);
	EVP_CIPHER_free(alg.aes256gcm);
	EVP_MD_free(alg.sha256);
	memset(&alg, 0, sizeof alg);
}

void crypto_harden_process(void)
{
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void *crypto_secret_new(size_t len)
{
	if (!CRYPTO_secure_malloc_initialized())
		return NULL;
	void *secret = OPENSSL_secure_zalloc(len);
	if (!secret) /* OpenSSL 3.5 leaves word of it in its queue, where the next call would take it for its own */
		ERR_clear_error();
	return secret;
}

void crypto_secret_free(void *secret, size_t len)
{
	OPENSSL_secure_clear_free(secret, len);
}

void crypto_wipe(void *bytes, size_t len)
{
	if (len > 0)
		OPENSSL_cleanse(bytes, len);
}

bool crypto_equal(const void *a, const void *b, size_t len)
{
	return len == 0 || CRYPTO_memcmp(a, b, len) == 0;
}

int crypto_random(void *out, size_t len)
{
	if (len > 0 && RAND_priv_bytes_ex(NULL, out, len, 0) != 1) {
		crypto_wipe(out, len);
		return crypto_result(ERR_CRYPTO);
	}
	return 0;
}

int crypto_join(struct buf *b, const char *label, const struct crypto_bytes *parts, size_t n)
{
	size_t total = label != NULL ? sizeof LABEL_PREFIX - 1 + strlen(label) + 1 : 0;
	uint8_t *at;

	buf_init(b, 0);
	for (size_t i = 0; i < n; i++) {
		if (parts[i].len > PTRDIFF_MAX - total)
			return ERR_RANGE;
		total += parts[i].len;
	}
	buf_init(b, total);
	at = buf_reserve(b, total);
	if (at == NULL)
		return buf_err(b);
	if (label != NULL) {
		memcpy(at, LABEL_PREFIX, sizeof LABEL_PREFIX - 1);
		at += sizeof LABEL_PREFIX - 1;
		memcpy(at, label, strlen(label) + 1);
		at += strlen(label) + 1;
	}
	for (size_t i = 0; i < n; i++) {
		if (parts[i].len > 0)
			memcpy(at, parts[i].data, parts[i].len);
		at += parts[i].len;
	}
	return 0;
}

static int sha256(const char *label, const struct crypto_bytes *parts, size_t n, uint8_t out[CRYPTO_HASH])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int rc = ctx != NULL ? ERR_CRYPTO : ERR_NOMEM;

	if (ctx == NULL || alg.sha256 == NULL || EVP_DigestInit_ex2(ctx, alg.sha256, NULL) != 1)
		goto out;
	if (label != NULL && (EVP_DigestUpdate(ctx, LABEL_PREFIX, sizeof LABEL_PREFIX - 1) != 1 ||
	                      EVP_DigestUpdate(ctx, label, strlen(label) + 1) != 1))
		goto out;
	for (size_t i = 0; i < n; i++)
		if (EVP_DigestUpdate(ctx, parts[i].data, parts[i].len) != 1)
			goto out;
	if (EVP_DigestFinal_ex(ctx, out, NULL) == 1)
		rc = 0;
out:
	EVP_MD_CTX_free(ctx);
	if (rc != 0) {
		crypto_wipe(out, CRYPTO_HASH);
		crypto_result(rc);
	}
	return rc;
}

int crypto_sha256(const struct crypto_bytes *parts, size_t n, uint8_t out[CRYPTO_HASH])
{
	return sha256(NULL, parts, n, out);
}

int crypto_hash(const char *label, const struct crypto_bytes *parts, size_t n, uint8_t out[CRYPTO_HASH])
{
	return sha256(label, parts, n, out);
}

int crypto_hash1(const char *label, const void *bytes, size_t len, uint8_t out[CRYPTO_HASH])
{
	const struct crypto_bytes part = {bytes, len};

	return sha256(label, &part, 1, out);
}

int crypto_hmac_sha256(const void *key, size_t key_len, const struct crypto_bytes *parts, size_t n,
                       uint8_t out[CRYPTO_HASH])
{
	EVP_MAC_CTX *ctx = alg.hmac_sha256 != NULL ? EVP_MAC_CTX_dup(alg.hmac_sha256) : NULL;
	size_t len = 0;
	int rc = ERR_CRYPTO;

	/* A key of NULL would mean the key of before. */
	if (ctx == NULL || EVP_MAC_init(ctx, key_len > 0 ? key : "", key_len, NULL) != 1)
		goto out;
	for (size_t i = 0; i < n; i++)
		if (parts[i].len > 0 && EVP_MAC_update(ctx, parts[i].data, parts[i].len) != 1)
			goto out;
	if (EVP_MAC_final(ctx, out, &len, CRYPTO_HASH) == 1 && len == CRYPTO_HASH)
		rc = 0;
out:
	EVP_MAC_CTX_free(ctx);
	if (rc != 0) {
		crypto_wipe(out, CRYPTO_HASH);
		crypto_result(rc);
	}
	return rc;
}

struct hkdf {
	const char *digest, *label;
	size_t digest_len;
	int mode;
	const void *key, *salt;
	size_t key_len, salt_len;
};

static int hkdf(const struct hkdf *in, const struct buf *info, void *out, size_t out_len)
{
	EVP_KDF_CTX *ctx = alg.hkdf != NULL ? EVP_KDF_CTX_new(alg.hkdf) : NULL;
	int mode = in->mode;
	OSSL_PARAM params[6], *p = params;
	int rc = ERR_CRYPTO;

	*p++ = param_text(OSSL_KDF_PARAM_DIGEST, in->digest);
	*p++ = OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode);
	*p++ = param_bytes(OSSL_KDF_PARAM_KEY, in->key_len > 0 ? in->key : "", in->key_len);
	/* Left out, an empty salt is zero bytes. */
	if (in->salt_len > 0)
		*p++ = param_bytes(OSSL_KDF_PARAM_SALT, in->salt, in->salt_len);
	if (info != NULL && info->len > 0)
		*p++ = param_bytes(OSSL_KDF_PARAM_INFO, info->data, info->len);
	*p = OSSL_PARAM_construct_end();
	if (ctx != NULL && EVP_KDF_derive(ctx, out, out_len, params) == 1)
		rc = 0;
	EVP_KDF_CTX_free(ctx);
	if (rc != 0) {
		crypto_wipe(out, out_len);
		crypto_result(rc);
	}
	return rc;
}

static int hkdf_expand(const struct hkdf *in, const struct crypto_bytes *info, size_t n, void *out, size_t out_len)
{
	struct buf joined;
	int rc = crypto_join(&joined, in->label, info, n);

	if (rc == 0 && (joined.len > CRYPTO_INFO_MAX || out_len == 0 || out_len > 255 * in->digest_len))
		rc = ERR_RANGE;
	if (rc == 0)
		rc = hkdf(in, &joined, out, out_len);
	else
		crypto_wipe(out, out_len);
	buf_wipe(&joined);
	return rc;
}

int crypto_hkdf_extract(const void *salt, size_t salt_len, const struct crypto_bytes *ikm, size_t n,
                        uint8_t prk[CRYPTO_HASH])
{
	struct hkdf in = {.digest = SHA256, .mode = EVP_KDF_HKDF_MODE_EXTRACT_ONLY, .salt = salt, .salt_len = salt_len};
	struct buf joined;
	int rc = crypto_join(&joined, NULL, ikm, n);

	in.key = joined.data;
	in.key_len = joined.len;
	if (rc == 0)
		rc = hkdf(&in, NULL, prk, CRYPTO_HASH);
	else
		crypto_wipe(prk, CRYPTO_HASH);
	buf_wipe(&joined);
	return rc;
}

int crypto_hkdf_expand(const uint8_t prk[CRYPTO_HASH], const struct crypto_bytes *info, size_t n, void *out,
                       size_t out_len)
{
	const struct hkdf in = {.digest = SHA256,
	                        .digest_len = CRYPTO_HASH,
	                        .mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY,
	                        .key = prk,
	                        .key_len = CRYPTO_HASH};

	return hkdf_expand(&in, info, n, out, out_len);
}

int crypto_hkdf512_expand(const void *prk, size_t prk_len, const struct crypto_bytes *info, size_t n, void *out,
                          size_t out_len)
{
	const struct hkdf in = {.digest = SHA512,
	                        .digest_len = CRYPTO_HASH512,
	                        .mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY,
	                        .key = prk,
	                        .key_len = prk_len};

	return hkdf_expand(&in, info, n, out, out_len);
}

int crypto_derive(const void *secret, size_t secret_len, const char *label, const struct crypto_bytes *context,
                  void *out, size_t out_len)
{
	const struct hkdf in = {.digest = SHA256,
	                        .digest_len = CRYPTO_HASH,
	                        .label = label,
	                        .mode = EVP_KDF_HKDF_MODE_EXTRACT_AND_EXPAND,
	                        .key = secret,
	                        .key_len = secret_len};

	return hkdf_expand(&in, context, context != NULL ? 1 : 0, out, out_len);
}

struct aead {
	const EVP_CIPHER *cipher; /* 32-byte key, 12-byte nonce, 16-byte tag */
	const uint8_t *key, *nonce;
	const struct crypto_bytes *aad;
	size_t n_aad;
	int encrypt;
};

static int aead_check(const struct aead *a, size_t in_len)
{
	if (in_len > CRYPTO_AEAD_MAX)
		return ERR_RANGE;
	for (size_t i = 0; i < a->n_aad; i++)
		if (a->aad[i].len > CRYPTO_AEAD_MAX)
			return ERR_RANGE;
	return 0;
}

/* Everything up to the tag. NULL on failure. */
static EVP_CIPHER_CTX *aead_run(const struct aead *a, const void *in, size_t in_len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	if (ctx == NULL || a->cipher == NULL || EVP_CipherInit_ex2(ctx, a->cipher, a->key, a->nonce, a->encrypt, NULL) != 1)
		goto fail;
	for (size_t i = 0; i < a->n_aad; i++)
		if (a->aad[i].len > 0 && EVP_CipherUpdate(ctx, NULL, &n, a->aad[i].data, (int)a->aad[i].len) != 1)
			goto fail;
	if (in_len > 0 && (EVP_CipherUpdate(ctx, out, &n, in, (int)in_len) != 1 || (size_t)n != in_len))
		goto fail;
	return ctx;
fail:
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

static int aead_seal(const struct aead *a, const void *in, size_t in_len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx;
	uint8_t none[CRYPTO_TAG];
	int n, rc = aead_check(a, in_len);

	if (rc != 0)
		return rc;
	ctx = aead_run(a, in, in_len, out);
	if (ctx == NULL || EVP_CipherFinal_ex(ctx, none, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, CRYPTO_TAG, out + in_len) != 1) {
		crypto_wipe(out, in_len + CRYPTO_TAG);
		rc = crypto_result(ERR_CRYPTO);
	}
	EVP_CIPHER_CTX_free(ctx);
	return rc;
}

int crypto_seal(const uint8_t key[CRYPTO_KEY], const uint8_t nonce[CRYPTO_NONCE], const struct crypto_bytes *aad,
                size_t n_aad, const void *in, size_t in_len, uint8_t *out)
{
	return aead_seal(&(struct aead){alg.aes256gcm, key, nonce, aad, n_aad, 1}, in, in_len, out);
}

int crypto_chacha_seal(const uint8_t key[CRYPTO_KEY], const uint8_t nonce[CRYPTO_NONCE], const void *in, size_t in_len,
                       uint8_t *out)
{
	return aead_seal(&(struct aead){alg.chacha20poly1305, key, nonce, NULL, 0, 1}, in, in_len, out);
}

int crypto_open(const uint8_t key[CRYPTO_KEY], const uint8_t nonce[CRYPTO_NONCE], const struct crypto_bytes *aad,
                size_t n_aad, const void *in, size_t in_len, uint8_t *out)
{
	const struct aead a = {alg.aes256gcm, key, nonce, aad, n_aad, 0};
	EVP_CIPHER_CTX *ctx;
	uint8_t tag[CRYPTO_TAG];
	int n, rc = aead_check(&a, in_len);

	if (rc != 0)
		return rc;
	if (in_len < CRYPTO_TAG)
		return ERR_OPEN;
	in_len -= CRYPTO_TAG;
	memcpy(tag, (const uint8_t *)in + in_len, CRYPTO_TAG);
	ctx = aead_run(&a, in, in_len, out);
	if (ctx == NULL || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, CRYPTO_TAG, tag) != 1)
		rc = ERR_CRYPTO;
	else if (EVP_CipherFinal_ex(ctx, tag, &n) != 1)
		rc = ERR_OPEN;
	if (rc != 0) {
		crypto_wipe(out, in_len);
		crypto_result(rc);
	}
	EVP_CIPHER_CTX_free(ctx);
	return rc;
}

int crypto_scrypt(const void *pass, size_t pass_len, const void *salt, size_t salt_len, unsigned log2_n,
                  uint8_t out[CRYPTO_KEY])
{
	EVP_KDF_CTX *ctx = NULL;
	uint64_t n = (uint64_t)1 << (log2_n & 63);
	uint32_t r = SCRYPT_R, p = SCRYPT_P;
	/* OpenSSL's own bound is 32 MiB, and it needs a little more than the 128 * r * N of the algorithm. */
	uint64_t most = 128 * (uint64_t)SCRYPT_R * (n + SCRYPT_P + 2) + 4096;
	OSSL_PARAM params[] = {
	    param_bytes(OSSL_KDF_PARAM_PASSWORD, pass_len > 0 ? pass : "", pass_len),
	    param_bytes(OSSL_KDF_PARAM_SALT, salt_len > 0 ? salt : "", salt_len),
	    OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
	    OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
	    OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
	    OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &most),
	    OSSL_PARAM_construct_end(),
	};
	int rc = ERR_CRYPTO;

	if (log2_n < CRYPTO_SCRYPT_MIN || log2_n > CRYPTO_SCRYPT_MAX)
		rc = ERR_RANGE;
	else if (alg.scrypt != NULL)
		ctx = EVP_KDF_CTX_new(alg.scrypt);
	if (ctx != NULL && EVP_KDF_derive(ctx, out, CRYPTO_KEY, params) == 1)
		rc = 0;
	EVP_KDF_CTX_free(ctx);
	if (rc != 0) {
		crypto_wipe(out, CRYPTO_KEY);
		crypto_result(rc);
	}
	return rc;
}
