/* age: see age.h. The header is lines of text that end with a MAC; behind it lie a nonce and chunks of 64 KiB, of which
 * the last says that it is the last. */
#include "age.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "err.h"

#define CHUNK 65536
#define FILE_KEY 16
#define NONCE 16
#define SALT 16
#define PASS_MAX 1024
#define HEADER_MAX 512

static const char INTRO[] = "age-encryption.org/v1\n";
static const char SCRYPT_LABEL[] = "age-encryption.org/v1/scrypt";
static const char X25519_LABEL[] = "age-encryption.org/v1/X25519";

struct age {
	age_sink *sink;
	void *arg;
	uint8_t key[CRYPTO_KEY];
	uint64_t number;
	size_t used;
	uint8_t plain[CHUNK], sealed[CHUNK + CRYPTO_TAG];
};

/* Standard Base64 without padding (RFC 4648, section 4). */
static void put_base64(struct buf *b, const uint8_t *bytes, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		uint32_t three = (uint32_t)bytes[i] << 16;
		size_t n = len - i < 3 ? len - i : 3;
		if (n > 1)
			three |= (uint32_t)bytes[i + 1] << 8;
		if (n > 2)
			three |= bytes[i + 2];
		for (size_t k = 0; k <= n; k++)
			buf_put_u8(b, (uint8_t)digits[three >> (18 - 6 * k) & 63]);
	}
}

static void put_text(struct buf *b, const char *text)
{
	buf_put(b, text, strlen(text));
}

/* The file key sealed under `key`, which is of this one use: hence the nonce of zeroes. */
static int put_body(struct buf *b, const uint8_t key[CRYPTO_KEY], const uint8_t file_key[FILE_KEY])
{
	static const uint8_t zero[CRYPTO_NONCE];
	uint8_t body[FILE_KEY + CRYPTO_TAG];
	int err = crypto_chacha_seal(key, zero, file_key, FILE_KEY, body);

	if (err)
		return err;
	put_text(b, "\n");
	put_base64(b, body, sizeof body);
	put_text(b, "\n");
	return buf_err(b);
}

static int put_scrypt(struct buf *b, const struct age_opts *o, const struct age_given *r)
{
	unsigned log2_n = o->log2_n ? o->log2_n : AGE_SCRYPT_LOG2_N;
	uint8_t salt[sizeof SCRYPT_LABEL - 1 + SALT], key[CRYPTO_KEY];
	char cost[16];

	memcpy(salt, SCRYPT_LABEL, sizeof SCRYPT_LABEL - 1);
	memcpy(salt + sizeof SCRYPT_LABEL - 1, r->salt, SALT);
	int err = crypto_scrypt(o->pass, o->pass_len, salt, sizeof salt, log2_n, key);
	if (!err) {
		put_text(b, "-> scrypt ");
		put_base64(b, r->salt, SALT);
		snprintf(cost, sizeof cost, " %u", log2_n);
		put_text(b, cost);
		err = put_body(b, key, r->file_key);
	}
	crypto_wipe(key, sizeof key);
	return err;
}

static int put_x25519(struct buf *b, const struct age_opts *o, const struct age_given *r)
{
	uint8_t share[CRYPTO_KEY], shared[CRYPTO_KEY], salt[2 * CRYPTO_KEY], prk[CRYPTO_HASH], key[CRYPTO_KEY];
	const struct crypto_bytes info = {X25519_LABEL, sizeof X25519_LABEL - 1};
	int err = crypto_x25519_public(r->ephemeral, share);

	if (!err)
		err = crypto_x25519(r->ephemeral, o->recipient, shared);
	if (!err) {
		memcpy(salt, share, CRYPTO_KEY);
		memcpy(salt + CRYPTO_KEY, o->recipient, CRYPTO_KEY);
		err = crypto_hkdf_extract(salt, sizeof salt, &(struct crypto_bytes){shared, CRYPTO_KEY}, 1, prk);
	}
	if (!err)
		err = crypto_hkdf_expand(prk, &info, 1, key, sizeof key);
	if (!err) {
		put_text(b, "-> X25519 ");
		put_base64(b, share, sizeof share);
		err = put_body(b, key, r->file_key);
	}
	crypto_wipe(shared, sizeof shared);
	crypto_wipe(prk, sizeof prk);
	crypto_wipe(key, sizeof key);
	return err;
}

static int derive(const uint8_t file_key[FILE_KEY], const uint8_t *salt, size_t salt_len, const char *label,
                  uint8_t key[CRYPTO_KEY])
{
	const struct crypto_bytes ikm = {file_key, FILE_KEY}, info = {label, strlen(label)};
	uint8_t prk[CRYPTO_HASH];
	int err = crypto_hkdf_extract(salt, salt_len, &ikm, 1, prk);

	if (!err)
		err = crypto_hkdf_expand(prk, &info, 1, key, CRYPTO_KEY);
	crypto_wipe(prk, sizeof prk);
	return err;
}

/* The lines, the MAC over them up to and including "---", and the nonce of what follows. */
static int put_header(struct buf *b, const struct age_opts *o, const struct age_given *r)
{
	uint8_t key[CRYPTO_KEY], mac[CRYPTO_HASH];

	put_text(b, INTRO);
	int err = o->pass ? put_scrypt(b, o, r) : put_x25519(b, o, r);
	if (!err)
		err = derive(r->file_key, NULL, 0, "header", key);
	if (err)
		return err;
	put_text(b, "---");
	err = buf_err(b);
	if (!err)
		err = crypto_hmac_sha256(key, sizeof key, &(struct crypto_bytes){b->data, b->len}, 1, mac);
	crypto_wipe(key, sizeof key);
	put_text(b, " ");
	put_base64(b, mac, sizeof mac);
	put_text(b, "\n");
	buf_put(b, r->nonce, NONCE);
	return err ? err : buf_err(b);
}

int age_new(const struct age_opts *opts, struct age **out)
{
	struct age_given *drawn = NULL;
	const struct age_given *r = opts->given;
	struct age *a = NULL;
	struct buf header;
	int err = 0;

	*out = NULL;
	if (!opts->pass == !opts->recipient)
		return ERR_ARG;
	if (opts->pass && (opts->pass_len < 1 || opts->pass_len > PASS_MAX))
		return ERR_RANGE;
	buf_init(&header, HEADER_MAX);
	a = calloc(1, sizeof *a); /* too large for the secure heap; wiped by age_free */
	drawn = crypto_secret_new(sizeof *drawn);
	if (!a || !drawn)
		err = ERR_NOMEM;
	if (!err && !r) {
		err = crypto_random(drawn, sizeof *drawn);
		r = drawn;
	}
	if (!err)
		err = put_header(&header, opts, r);
	if (!err)
		err = derive(r->file_key, r->nonce, NONCE, "payload", a->key);
	if (!err)
		err = opts->sink(opts->arg, header.data, header.len);
	if (!err) {
		a->sink = opts->sink;
		a->arg = opts->arg;
		*out = a;
		a = NULL;
	}
	age_free(a);
	crypto_secret_free(drawn, sizeof *drawn);
	buf_wipe(&header);
	return err;
}

static int seal_chunk(struct age *a, bool last)
{
	uint8_t nonce[CRYPTO_NONCE] = {0};

	for (unsigned i = 0; i < 8; i++)
		nonce[CRYPTO_NONCE - 2 - i] = (uint8_t)(a->number >> (8 * i));
	nonce[CRYPTO_NONCE - 1] = last;
	int err = crypto_chacha_seal(a->key, nonce, a->plain, a->used, a->sealed);
	if (!err)
		err = a->sink(a->arg, a->sealed, a->used + CRYPTO_TAG);
	a->number++;
	a->used = 0;
	return err;
}

int age_write(struct age *a, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;

	while (len > 0) {
		/* A full chunk waits for what follows: the last one may be full, and must not be empty but in an empty file. */
		if (a->used == CHUNK) {
			int err = seal_chunk(a, false);
			if (err)
				return err;
		}
		size_t n = CHUNK - a->used < len ? CHUNK - a->used : len;
		memcpy(a->plain + a->used, from, n);
		a->used += n;
		from += n;
		len -= n;
	}
	return 0;
}

int age_finish(struct age *a)
{
	return seal_chunk(a, true);
}

void age_free(struct age *a)
{
	if (a)
		crypto_wipe(a, sizeof *a);
	free(a);
}

/* --- Bech32 (BIP 173) --- */

static uint32_t checksum_step(uint32_t sum, uint32_t value)
{
	static const uint32_t generator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
	uint32_t top = sum >> 25;

	sum = (sum & 0x1ffffff) << 5 ^ value;
	for (unsigned i = 0; i < 5; i++)
		if (top >> i & 1)
			sum ^= generator[i];
	return sum;
}

int age_recipient(const char *text, uint8_t key[CRYPTO_KEY])
{
	static const char digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l", name[] = "age";
	uint32_t sum = 1, bits = 0;
	unsigned held = 0;
	size_t used = 0;
	bool known = true;

	memset(key, 0, CRYPTO_KEY);
	if (strlen(text) != AGE_RECIPIENT || strncmp(text, "age1", 4) != 0)
		return ERR_ARG;
	for (size_t i = 0; i < 3; i++)
		sum = checksum_step(sum, (uint32_t)name[i] >> 5);
	sum = checksum_step(sum, 0);
	for (size_t i = 0; i < 3; i++)
		sum = checksum_step(sum, (uint32_t)name[i] & 31);
	for (size_t i = 4; i < AGE_RECIPIENT; i++) {
		const char *digit = strchr(digits, text[i]);
		uint32_t value = digit ? (uint32_t)(digit - digits) : 0;
		known = known && digit;
		sum = checksum_step(sum, value);
		if (i >= AGE_RECIPIENT - 6)
			continue;
		bits = bits << 5 | value;
		held += 5;
		if (held >= 8 && used < CRYPTO_KEY) {
			held -= 8;
			key[used++] = (uint8_t)(bits >> held);
		}
	}
	/* 52 digits are 260 bits: four too many, which must be zero. */
	if (!known || sum != 1 || used != CRYPTO_KEY || (bits & 15) != 0) {
		memset(key, 0, CRYPTO_KEY);
		return ERR_ARG;
	}
	return 0;
}
