/* A vault that somebody or something changed on the disk: headers from elsewhere, flipped bits, missing ends. What does
 * not prove itself is refused; wrong bytes never come out; nothing kills the process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "proto/label.h"
#include "client/vault.h"
#include "client/vault_key.h"
#include "tests/unit/support/mutate.h"
#include "tests/unit/support/scratch.h"

static const struct vault_auth pass = {NULL, "correct horse", 13};

static struct vault_key_set *keys;
static uint8_t good[VAULT_KEY_HEADER];

static int setup(void **state)
{
	(void)state;
	keys = crypto_secret_new(sizeof *keys);
	return vault_key_new(keys) || vault_key_seal_header(keys, pass.pass, pass.pass_len, CRYPTO_SCRYPT_MIN, good);
}

static int teardown(void **state)
{
	(void)state;
	crypto_secret_free(keys, sizeof *keys);
	return 0;
}

static int open_header(const uint8_t *header, size_t len, const struct vault_auth *auth)
{
	struct vault_key_set *out = crypto_secret_new(sizeof *out);
	int rc = vault_key_open_header(header, len, auth, out);

	if (!rc)
		assert_memory_equal(out, keys, sizeof *out);
	crypto_secret_free(out, sizeof *out);
	return rc;
}

static void seal_hash(uint8_t header[VAULT_KEY_HEADER])
{
	assert_int_equal(crypto_hash1(LABEL_VAULT, header, 136, header + 136), 0);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void test_header_opens(void **state)
{
	const struct vault_auth key = {keys->unlock, NULL, 0};

	(void)state;
	assert_int_equal(open_header(good, sizeof good, &pass), 0);
	assert_int_equal(open_header(good, sizeof good, &key), 0);
}

/* Accidents: any change at all is told from a wrong passphrase, at no cost. */
static void test_header_damage(void **state)
{
	const struct vault_auth key = {keys->unlock, NULL, 0};
	struct mutate m;

	(void)state;
	for (mutate_begin(&m, MUTATE_ALL, good, sizeof good); mutate_next(&m);) {
		int rc = open_header(m.data, m.len, &key);

		if (rc != ERR_CORRUPT && rc != ERR_VERSION)
			fail_msg("%s: %d", mutate_what(&m), rc);
	}
	assert_true(m.count > 2000);
}

/* Malice: the hash is put right after each change. */
static void test_header_forged(void **state)
{
	const struct vault_auth key = {keys->unlock, NULL, 0};
	uint8_t header[VAULT_KEY_HEADER];

	(void)state;
	for (size_t bit = 0; bit < 136 * 8; bit++) {
		int rc;

		memcpy(header, good, sizeof header);
		header[bit / 8] ^= (uint8_t)(1u << bit % 8);
		seal_hash(header);
		rc = open_header(header, sizeof header, &key);
		/* salt and cost do not matter to who has the unlock key; they are bound by the seal all the same */
		if (rc != ERR_CORRUPT && rc != ERR_VERSION && rc != ERR_RANGE && rc != ERR_PASSPHRASE)
			fail_msg("bit %zu: %d", bit, rc);
	}
}

static void test_planted_cost(void **state)
{
	static const uint8_t costs[] = {0, 1, CRYPTO_SCRYPT_MIN - 1, CRYPTO_SCRYPT_MAX + 1, 40, 63, 64, 255};
	uint8_t header[VAULT_KEY_HEADER];
	double start = seconds();

	(void)state;
	for (size_t i = 0; i < sizeof costs; i++) {
		memcpy(header, good, sizeof header);
		header[10] = costs[i];
		seal_hash(header);
		assert_int_equal(open_header(header, sizeof header, &pass), ERR_RANGE);
	}
	assert_true(seconds() - start < 0.1); /* refused before anything is computed */
	memcpy(header, good, sizeof header);
	header[10] = CRYPTO_SCRYPT_MIN + 1; /* allowed, and wrong */
	seal_hash(header);
	assert_int_equal(open_header(header, sizeof header, &pass), ERR_PASSPHRASE);
}

/* A passphrase for one header says nothing about another: the commitment names one key. */
static void test_other_header(void **state)
{
	struct vault_key_set *other = crypto_secret_new(sizeof *other);
	uint8_t header[VAULT_KEY_HEADER], mixed[VAULT_KEY_HEADER];

	(void)state;
	assert_int_equal(vault_key_new(other), 0);
	assert_int_equal(vault_key_seal_header(other, "else", 4, CRYPTO_SCRYPT_MIN, header), 0);
	assert_int_equal(open_header(header, sizeof header, &pass), ERR_PASSPHRASE);
	memcpy(mixed, good, sizeof mixed);
	memcpy(mixed + 76, header + 76, 60); /* its sealed key under our salt and commitment */
	seal_hash(mixed);
	assert_int_equal(open_header(mixed, sizeof mixed, &pass), ERR_CORRUPT);
	crypto_secret_free(other, sizeof *other);
}

static void test_value_damage(void **state)
{
	static const struct vault_key_value in = {(const uint8_t *)"some id", 7, (const uint8_t *)"what was written", 16};
	struct vault_key_stored key, other;
	struct vault_key_value out;
	uint8_t sealed[256];
	struct crypto_bytes bytes = {sealed, vault_key_sealed_size(7, 16)};
	struct mutate m;
	struct buf plain;

	(void)state;
	buf_init(&plain, 0);
	assert_int_equal(vault_key_of_id(keys, VAULT_RECORD, "some id", 7, &key), 0);
	assert_int_equal(vault_key_of_id(keys, VAULT_PENDING, "some id", 7, &other), 0);
	assert_int_equal(vault_key_seal(keys, &key, &in, sealed), 0);
	assert_int_equal(vault_key_open(keys, &key, &bytes, &plain, &out), 0);
	assert_int_equal(out.len, 16);
	assert_memory_equal(out.value, in.value, 16);
	assert_memory_equal(out.id, in.id, 7);
	for (mutate_begin(&m, MUTATE_ALL, sealed, bytes.len); mutate_next(&m);) {
		struct crypto_bytes changed = {m.data, m.len};

		if (vault_key_open(keys, &key, &changed, &plain, &out) != ERR_CORRUPT)
			fail_msg("opened: %s", mutate_what(&m));
		assert_null(out.value);
	}
	/* under another key of the same vault, and in another vault */
	assert_int_equal(vault_key_open(keys, &other, &bytes, &plain, &out), ERR_CORRUPT);
	keys->value[0] ^= 1;
	assert_int_equal(vault_key_open(keys, &key, &bytes, &plain, &out), ERR_CORRUPT);
	keys->value[0] ^= 1;
	buf_wipe(&plain);
}

/* --- whole files --- */

enum { VALUES = 40 };

static void text_of(int i, struct buf *b)
{
	buf_reset(b);
	for (int k = 0; k < 10 + i * 40; k++)
		assert_int_equal(buf_put_u8(b, (uint8_t)(i + k)), 0);
}

static void fill(const char *dir)
{
	struct vault_txn *txn;
	struct vault *v;
	struct buf b;

	buf_init(&b, 0);
	assert_int_equal(vault_create(dir, &pass, CRYPTO_SCRYPT_MIN, &v), 0);
	for (int i = 0; i < VALUES; i++) {
		assert_int_equal(vault_begin(v, true, &txn), 0);
		text_of(i, &b);
		assert_int_equal(vault_put(txn, VAULT_RECORD, &i, sizeof i, &b), 0);
		assert_int_equal(vault_append(txn, VAULT_OUTBOX, &b, NULL), 0);
		assert_int_equal(vault_commit(txn), 0);
	}
	vault_close(v);
	buf_wipe(&b);
}

enum { ALL_RIGHT = 0, REFUSED = 10, MISSING = 11, WRONG = 12 };

/* In a child, because LMDB may end the process when its tree is broken: what a reader of this vault gets. */
static int read_all(const char *dir, const uint8_t *unlock)
{
	const struct vault_auth auth = {unlock, NULL, 0};
	struct vault_txn *txn = NULL;
	struct vault *v = NULL;
	struct buf got, want;
	int result = ALL_RIGHT, rc;

	buf_init(&got, 0);
	buf_init(&want, 0);
	if (vault_open(dir, &auth, &v) || vault_begin(v, false, &txn))
		return REFUSED;
	for (int i = 0; i < VALUES && result != WRONG; i++) {
		text_of(i, &want);
		for (int way = 0; way < 2 && result != WRONG; way++) {
			rc = way ? vault_get_seq(txn, VAULT_OUTBOX, (uint64_t)i + 1, &got)
			         : vault_get(txn, VAULT_RECORD, &i, sizeof i, &got);
			if (!rc && (got.len != want.len || memcmp(got.data, want.data, got.len)))
				result = WRONG;
			else if (rc == ERR_NOT_FOUND)
				result = MISSING;
			else if (rc)
				result = REFUSED;
		}
	}
	vault_abort(txn);
	vault_close(v);
	return result;
}

static int outcome(const char *dir, const uint8_t *unlock)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		signal(SIGBUS, SIG_DFL); /* cmocka catches these */
		signal(SIGSEGV, SIG_DFL);
		signal(SIGABRT, SIG_DFL);
		close(2);
		_exit(read_all(dir, unlock));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

struct files {
	char *home, *dir, *data;
	uint8_t *unlock;
	unsigned char *bytes;
	size_t len;
};

static void files_open(struct files *f)
{
	struct vault *v;

	f->home = scratch_new();
	f->dir = scratch_path(f->home, "vault");
	fill(f->dir);
	assert_int_equal(vault_open(f->dir, &pass, &v), 0);
	f->unlock = malloc(VAULT_KEY_LEN);
	memcpy(f->unlock, vault_peek_unlock_key(v), VAULT_KEY_LEN);
	vault_close(v);
	f->data = scratch_path(f->dir, "data.mdb");
	scratch_read(f->data, &f->bytes, &f->len);
	assert_int_equal(outcome(f->dir, f->unlock), ALL_RIGHT);
}

static void files_close(struct files *f)
{
	scratch_free(f->home);
	free(f->dir);
	free(f->data);
	free(f->unlock);
	free(f->bytes);
}

static void test_flipped_bits_in_the_file(void **state)
{
	int refused = 0, right = 0;
	struct files f;
	unsigned seed = 1;

	(void)state;
	files_open(&f);
	for (int round = 0; round < 150; round++) {
		size_t at;
		int got;

		seed = seed * 1103515245u + 12345u;
		at = (seed >> 4) % f.len;
		f.bytes[at] ^= (unsigned char)(1u << (seed >> 28) % 8);
		scratch_write(f.data, f.bytes, f.len);
		got = outcome(f.dir, f.unlock);
		f.bytes[at] ^= (unsigned char)(1u << (seed >> 28) % 8);
		if (got == WRONG)
			fail_msg("round %d, byte %zu: wrong bytes came out", round, at);
		refused += got == REFUSED || got == 1;
		right += got == ALL_RIGHT; /* free pages, the older meta page */
	}
	assert_true(refused > 20);
	assert_true(right > 0);
	files_close(&f);
}

static void test_missing_end(void **state)
{
	int right = 0, rounds = 0;
	struct files f;

	(void)state;
	files_open(&f);
	/* within every page: between pages, inside its header, behind it, anywhere */
	for (size_t step = 0; step < f.len / 4096 * 2; step++) {
		size_t len = step / 2 * 4096 + (step % 2 ? 17 * step % 4096 : step / 2 % 18);
		int got;

		if (len >= f.len)
			break;

		scratch_write(f.data, f.bytes, len);
		got = outcome(f.dir, f.unlock);
		if (got == WRONG || got > 128)
			fail_msg("%zu of %zu bytes: %d", len, f.len, got);
		right += got == ALL_RIGHT; /* only pages that hold nothing were missing */
		rounds++;
	}
	assert_true(right * 3 < rounds);
	assert_int_equal(truncate(f.data, 0), 0);
	assert_int_equal(outcome(f.dir, f.unlock), REFUSED);
	assert_int_equal(unlink(f.data), 0);
	assert_int_equal(outcome(f.dir, f.unlock), REFUSED); /* a vault that lost its data is not an empty one */
	files_close(&f);
}

static void test_data_of_another_vault(void **state)
{
	struct files a, b;

	(void)state;
	files_open(&a);
	files_open(&b);
	scratch_write(a.data, b.bytes, b.len);
	assert_int_equal(outcome(a.dir, a.unlock), REFUSED);
	files_close(&a);
	files_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_header_opens),
	    cmocka_unit_test(test_header_damage),
	    cmocka_unit_test(test_header_forged),
	    cmocka_unit_test(test_planted_cost),
	    cmocka_unit_test(test_other_header),
	    cmocka_unit_test(test_value_damage),
	    cmocka_unit_test(test_flipped_bits_in_the_file),
	    cmocka_unit_test(test_missing_end),
	    cmocka_unit_test(test_data_of_another_vault),
	};

	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
