/* test_age: another implementation's files byte for byte, every way of cutting the input into writes, recipients, and
 * each error. That the age program opens them is shown by a story. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/age.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "tests/unit/support/vector.h"

#define PLAIN_MAX 200000

static uint8_t plain[PLAIN_MAX];

static int keep(void *arg, const void *bytes, size_t len)
{
	return buf_put(arg, bytes, len);
}

static int refuse(void *arg, const void *bytes, size_t len)
{
	(void)bytes;
	size_t *left = arg;
	if (len > *left)
		return ERR_NO_SPACE;
	*left -= len;
	return 0;
}

static void known_answers(void **state)
{
	static const size_t pieces[] = {PLAIN_MAX, 65536, 65535, 4096, 7777};
	struct vector v;

	(void)state;
	for (vector_open(&v, "tests/vectors/age.txt", 8); vector_next(&v);) {
		struct age_given given;
		struct age_opts opts = {.log2_n = (unsigned)vector_number(&v, 0), .given = &given, .sink = keep};
		size_t len = (size_t)vector_number(&v, 6);
		memcpy(given.file_key, vector_fixed(&v, 2, 16), 16);
		memcpy(given.nonce, vector_fixed(&v, 3, 16), 16);
		memcpy(given.salt, vector_fixed(&v, 4, 16), 16);
		memcpy(given.ephemeral, vector_fixed(&v, 5, CRYPTO_KEY), CRYPTO_KEY);
		if (opts.log2_n) {
			opts.pass = vector_hex(&v, 1);
			opts.pass_len = v.len[1];
		} else {
			opts.recipient = vector_fixed(&v, 1, CRYPTO_KEY);
		}
		for (size_t p = 0; p < (opts.log2_n ? 1 : sizeof pieces / sizeof pieces[0]); p++) {
			struct buf file;
			struct age *a;
			uint8_t sum[CRYPTO_HASH];
			buf_init(&file, 0);
			opts.arg = &file;
			assert_int_equal(age_new(&opts, &a), 0);
			for (size_t at = 0; at < len; at += pieces[p])
				assert_int_equal(age_write(a, plain + at, len - at < pieces[p] ? len - at : pieces[p]), 0);
			assert_int_equal(age_finish(a), 0);
			age_free(a);
			assert_int_equal(crypto_sha256(&(struct crypto_bytes){file.data, file.len}, 1, sum), 0);
			assert_memory_equal(sum, vector_fixed(&v, 7, CRYPTO_HASH), CRYPTO_HASH);
			buf_wipe(&file);
		}
	}
}

/* Two files of the same words share nothing but the form. */
static void drawn_anew(void **state)
{
	uint8_t recipient[CRYPTO_KEY], secret[CRYPTO_KEY] = {1};
	struct buf files[2];
	struct age *a;

	(void)state;
	assert_int_equal(crypto_x25519_public(secret, recipient), 0);
	for (size_t i = 0; i < 2; i++) {
		buf_init(&files[i], 0);
		assert_int_equal(age_new(&(struct age_opts){.recipient = recipient, .sink = keep, .arg = &files[i]}, &a), 0);
		assert_int_equal(age_write(a, "the same words", 14), 0);
		assert_int_equal(age_finish(a), 0);
		age_free(a);
	}
	assert_int_equal(files[0].len, files[1].len);
	assert_memory_equal(files[0].data, "age-encryption.org/v1\n-> X25519 ", 32);
	assert_memory_not_equal(files[0].data + 32, files[1].data + 32, 43);
	assert_memory_not_equal(files[0].data + files[0].len - 46, files[1].data + files[1].len - 46, 16); /* the nonce */
	assert_memory_not_equal(files[0].data + files[0].len - 30, files[1].data + files[1].len - 30, 30);
	buf_wipe(&files[0]);
	buf_wipe(&files[1]);
}

static void errors(void **state)
{
	static const uint8_t small[CRYPTO_KEY];
	uint8_t recipient[CRYPTO_KEY], secret[CRYPTO_KEY] = {1};
	char pass[1025] = "x";
	size_t left = 0;
	struct age *a = (struct age *)&left;

	(void)state;
	assert_int_equal(crypto_x25519_public(secret, recipient), 0);
	assert_int_equal(age_new(&(struct age_opts){.sink = refuse, .arg = &left}, &a), ERR_ARG);
	assert_null(a);
	assert_int_equal(age_new(&(struct age_opts){.pass = pass, .pass_len = 1, .recipient = recipient}, &a), ERR_ARG);
	assert_int_equal(age_new(&(struct age_opts){.pass = pass, .pass_len = 0}, &a), ERR_RANGE);
	assert_int_equal(age_new(&(struct age_opts){.pass = pass, .pass_len = 1025}, &a), ERR_RANGE);
	assert_int_equal(age_new(&(struct age_opts){.pass = pass, .pass_len = 1, .log2_n = 15}, &a), ERR_RANGE);
	assert_int_equal(age_new(&(struct age_opts){.recipient = small, .sink = refuse, .arg = &left}, &a), ERR_KEY);
	/* where there is no room: at the header, at the first full chunk, at the end */
	assert_int_equal(age_new(&(struct age_opts){.recipient = recipient, .sink = refuse, .arg = &left}, &a),
	                 ERR_NO_SPACE);
	assert_null(a);
	left = 1000;
	assert_int_equal(age_new(&(struct age_opts){.recipient = recipient, .sink = refuse, .arg = &left}, &a), 0);
	assert_int_equal(age_write(a, plain, 65536), 0);
	assert_int_equal(age_write(a, plain, 1), ERR_NO_SPACE);
	age_free(a);
	left = 1000;
	assert_int_equal(age_new(&(struct age_opts){.recipient = recipient, .sink = refuse, .arg = &left}, &a), 0);
	assert_int_equal(age_write(a, plain, 3000), 0);
	assert_int_equal(age_finish(a), ERR_NO_SPACE);
	age_free(a);
	age_free(NULL);
}

/* The example key of the format's own page, and everything one character away from it. */
static void recipients(void **state)
{
	static const char good[] = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
	static const uint8_t zero[CRYPTO_KEY];
	static const uint8_t want[CRYPTO_KEY] = {0x13, 0x2c, 0x44, 0x2b, 0xe0, 0x10, 0xfb, 0xd5, 0x7e, 0x72, 0x60,
	                                         0x33, 0x28, 0xaa, 0x76, 0xe7, 0x1f, 0xcc, 0xc1, 0x50, 0x3a, 0xae,
	                                         0x21, 0x93, 0x27, 0xd1, 0x4d, 0x9c, 0x99, 0x93, 0xf4, 0x72};
	uint8_t key[CRYPTO_KEY];
	char bad[80];

	(void)state;
	assert_int_equal(age_recipient(good, key), 0);
	assert_memory_equal(key, want, sizeof key);
	for (size_t i = 0; i < AGE_RECIPIENT; i++) {
		for (int c = 1; c < 128; c++) {
			memcpy(bad, good, sizeof good);
			bad[i] = (char)c;
			if (bad[i] == good[i])
				continue;
			assert_int_equal(age_recipient(bad, key), ERR_ARG);
			assert_memory_equal(key, zero, sizeof key);
		}
		memcpy(bad, good, sizeof good);
		bad[i] = 0;
		assert_int_equal(age_recipient(bad, key), ERR_ARG);
	}
	memcpy(bad, good, sizeof good);
	strcat(bad, "q");
	assert_int_equal(age_recipient(bad, key), ERR_ARG);
	assert_int_equal(age_recipient("", key), ERR_ARG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_answers),
	    cmocka_unit_test(drawn_anew),
	    cmocka_unit_test(errors),
	    cmocka_unit_test(recipients),
	};

	for (size_t i = 0; i < PLAIN_MAX; i++)
		plain[i] = (uint8_t)(i * 7 + 3);
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
