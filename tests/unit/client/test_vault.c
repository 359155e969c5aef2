/* The vault as its users see it: making, opening, tables, transactions, passphrases. Damage and crashes are in
 * test_vault_damage.c and test_vault_crash.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "client/vault.h"
#include "client/vault_internal.h"
#include "tests/unit/support/scratch.h"

static const struct vault_auth pass = {NULL, "correct horse", 13};

struct fixture {
	char *home, *dir;
	struct vault *vault;
	struct buf in, out;
};

static void put_text(struct buf *b, const char *text)
{
	buf_reset(b);
	assert_int_equal(buf_put(b, text, strlen(text)), 0);
}

static void assert_holds(const struct buf *b, const char *text)
{
	assert_int_equal(b->len, strlen(text));
	assert_memory_equal(b->data, text, strlen(text));
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	f->home = scratch_new();
	f->dir = scratch_path(f->home, "vault");
	buf_init(&f->in, 0);
	buf_init(&f->out, 0);
	*state = f;
	return vault_create(f->dir, &pass, CRYPTO_SCRYPT_MIN, &f->vault);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	vault_close(f->vault);
	buf_wipe(&f->in);
	buf_wipe(&f->out);
	scratch_free(f->home);
	free(f->dir);
	free(f);
	return 0;
}

static void test_create_and_open(void **state)
{
	struct fixture *f = *state;
	struct vault *again = NULL;
	struct stat st;
	const char *const names[] = {"header", "data.mdb", "lock.mdb", "open.lock", "write.lock"};

	assert_true(vault_exists(f->dir));
	assert_int_equal(vault_create(f->dir, &pass, 0, &again), ERR_EXISTS);
	assert_null(again);
	assert_int_equal(stat(f->dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *path = scratch_path(f->dir, names[i]);

		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
		free(path);
	}
	vault_close(f->vault);
	f->vault = NULL;
	assert_int_equal(vault_open(f->dir, &pass, &f->vault), 0);
}

static void test_flags(void **state)
{
	struct fixture *f = *state;
	unsigned flags;

	assert_int_equal(mdb_env_get_flags(f->vault->db.env, &flags), 0);
	assert_int_equal(flags & (unsigned)~0x30000000, MDB_NOTLS); /* the rest is LMDB's own "open" mark */
}

static void test_passphrase(void **state)
{
	struct fixture *f = *state;
	const struct vault_auth wrong = {NULL, "correct horsf", 13}, shorter = {NULL, "correct hors", 12},
	                        empty = {NULL, "", 0};
	uint8_t key[VAULT_KEY_LEN], other[VAULT_KEY_LEN] = {1};
	struct vault_auth by_key = {key, NULL, 0}, by_other = {other, NULL, 0};

	memcpy(key, vault_peek_unlock_key(f->vault), sizeof key);
	assert_int_equal(vault_check_passphrase(f->vault, pass.pass, pass.pass_len), 0);
	assert_int_equal(vault_check_passphrase(f->vault, wrong.pass, wrong.pass_len), ERR_PASSPHRASE);
	vault_close(f->vault);
	f->vault = NULL;
	assert_int_equal(vault_open(f->dir, &wrong, &f->vault), ERR_PASSPHRASE);
	assert_int_equal(vault_open(f->dir, &shorter, &f->vault), ERR_PASSPHRASE);
	assert_int_equal(vault_open(f->dir, &empty, &f->vault), ERR_PASSPHRASE);
	assert_int_equal(vault_open(f->dir, &by_other, &f->vault), ERR_PASSPHRASE);
	assert_null(f->vault);
	assert_int_equal(vault_open(f->dir, &by_key, &f->vault), 0);
}

static void test_change_passphrase(void **state)
{
	struct fixture *f = *state;
	const struct vault_auth next = {NULL, "battery staple", 14};
	uint8_t old_key[VAULT_KEY_LEN];
	struct vault_auth by_key = {old_key, NULL, 0};
	struct vault_txn *txn;

	put_text(&f->in, "kept");
	assert_int_equal(vault_begin(f->vault, true, &txn), 0);
	assert_int_equal(vault_put(txn, VAULT_SETTING, "x", 1, &f->in), 0);
	assert_int_equal(vault_commit(txn), 0);
	memcpy(old_key, vault_peek_unlock_key(f->vault), sizeof old_key);
	assert_int_equal(vault_change_passphrase(f->vault, "", 0, 0), ERR_RANGE);
	assert_int_equal(vault_change_passphrase(f->vault, "x", 1, CRYPTO_SCRYPT_MIN - 1), ERR_RANGE);
	assert_int_equal(vault_change_passphrase(f->vault, "x", 1, CRYPTO_SCRYPT_MAX + 1), ERR_RANGE);
	assert_int_equal(vault_change_passphrase(f->vault, next.pass, next.pass_len, CRYPTO_SCRYPT_MIN), 0);
	assert_int_equal(vault_check_passphrase(f->vault, pass.pass, pass.pass_len), ERR_PASSPHRASE);
	vault_close(f->vault);
	f->vault = NULL;
	assert_int_equal(vault_open(f->dir, &pass, &f->vault), ERR_PASSPHRASE);
	assert_int_equal(vault_open(f->dir, &by_key, &f->vault), ERR_PASSPHRASE);
	assert_int_equal(vault_open(f->dir, &next, &f->vault), 0);
	assert_int_equal(vault_begin(f->vault, false, &txn), 0);
	assert_int_equal(vault_get(txn, VAULT_SETTING, "x", 1, &f->out), 0);
	vault_abort(txn);
	assert_holds(&f->out, "kept");
}

static void test_create_refuses(void **state)
{
	struct fixture *f = *state;
	char *dir = scratch_path(f->home, "other"), *deep = scratch_path(f->home, "absent/vault");
	char *unfinished = scratch_path(f->home, "other.new");
	static char longest[VAULT_PASS_MAX + 1];
	struct vault_auth auth = {NULL, longest, VAULT_PASS_MAX + 1};
	struct vault *v = NULL;

	memset(longest, 'x', sizeof longest);
	assert_int_equal(vault_create(dir, &auth, CRYPTO_SCRYPT_MIN, &v), ERR_RANGE);
	auth.pass_len = 0;
	assert_int_equal(vault_create(dir, &auth, CRYPTO_SCRYPT_MIN, &v), ERR_RANGE);
	assert_int_equal(vault_create(dir, &pass, CRYPTO_SCRYPT_MIN - 1, &v), ERR_RANGE);
	assert_int_equal(vault_create(dir, &pass, CRYPTO_SCRYPT_MAX + 1, &v), ERR_RANGE);
	assert_int_equal(vault_create(deep, &pass, CRYPTO_SCRYPT_MIN, &v), ERR_NOT_FOUND);
	assert_false(vault_exists(dir));
	assert_int_equal(vault_open(dir, &pass, &v), ERR_NOT_FOUND);
	assert_int_equal(access(unfinished, F_OK), -1);
	/* what an interrupted creation left behind does not hinder the next one */
	assert_int_equal(mkdir(unfinished, 0700), 0);
	auth.pass_len = VAULT_PASS_MAX;
	assert_int_equal(vault_create(dir, &auth, CRYPTO_SCRYPT_MIN, &v), 0);
	vault_close(v);
	free(dir);
	free(deep);
	free(unfinished);
}

static void test_by_id(void **state)
{
	struct fixture *f = *state;
	uint8_t id[VAULT_ID_MAX + 1] = {7};
	struct vault_txn *txn;

	assert_int_equal(vault_begin(f->vault, true, &txn), 0);
	put_text(&f->in, "one");
	assert_int_equal(vault_put(txn, VAULT_RECORD, id, 32, &f->in), 0);
	put_text(&f->in, "two");
	assert_int_equal(vault_put(txn, VAULT_RECEIPT, id, 32, &f->in), 0);
	put_text(&f->in, "three");
	assert_int_equal(vault_put(txn, VAULT_RECORD, id, VAULT_ID_MAX, &f->in), 0);
	put_text(&f->in, "");
	assert_int_equal(vault_put(txn, VAULT_RECORD, id, 1, &f->in), 0);
	assert_int_equal(vault_get(txn, VAULT_RECORD, id, 32, &f->out), 0);
	assert_holds(&f->out, "one");
	assert_int_equal(vault_commit(txn), 0);

	assert_int_equal(vault_begin(f->vault, false, &txn), 0);
	assert_int_equal(vault_get(txn, VAULT_RECEIPT, id, 32, &f->out), 0);
	assert_holds(&f->out, "two");
	assert_int_equal(vault_get(txn, VAULT_RECORD, id, VAULT_ID_MAX, &f->out), 0);
	assert_holds(&f->out, "three");
	assert_int_equal(vault_get(txn, VAULT_RECORD, id, 1, &f->out), 0);
	assert_int_equal(f->out.len, 0);
	assert_int_equal(vault_get(txn, VAULT_RECORD, id, 31, &f->out), ERR_NOT_FOUND);
	assert_int_equal(vault_get(txn, VAULT_RECORD, id, 0, &f->out), ERR_RANGE);
	assert_int_equal(vault_get(txn, VAULT_RECORD, id, VAULT_ID_MAX + 1, &f->out), ERR_RANGE);
	assert_int_equal(vault_get(txn, VAULT_OUTBOX, id, 32, &f->out), ERR_ARG);
	assert_int_equal(vault_get(txn, (enum vault_table)250, id, 32, &f->out), ERR_ARG);
	assert_true(vault_has(txn, VAULT_RECORD, id, 32));
	assert_false(vault_has(txn, VAULT_RECORD, id, 31));
	assert_int_equal(vault_put(txn, VAULT_RECORD, id, 32, &f->in), ERR_ARG); /* a read transaction */
	vault_abort(txn);

	assert_int_equal(vault_begin(f->vault, true, &txn), 0);
	put_text(&f->in, "one, changed");
	assert_int_equal(vault_put(txn, VAULT_RECORD, id, 32, &f->in), 0);
	assert_int_equal(vault_get(txn, VAULT_RECORD, id, 32, &f->out), 0);
	assert_holds(&f->out, "one, changed");
	assert_int_equal(vault_del(txn, VAULT_RECORD, id, 32), 0);
	assert_int_equal(vault_del(txn, VAULT_RECORD, id, 32), ERR_NOT_FOUND);
	assert_false(vault_has(txn, VAULT_RECORD, id, 32));
	assert_int_equal(vault_commit(txn), 0);
}

static void test_value_limits(void **state)
{
	struct fixture *f = *state;
	struct vault_txn *txn;

	for (size_t len = VAULT_VALUE_MAX - 1; len <= VAULT_VALUE_MAX + 1; len++) {
		buf_reset(&f->in);
		memset(buf_reserve(&f->in, len), 'v', len);
		assert_int_equal(vault_begin(f->vault, true, &txn), 0);
		assert_int_equal(vault_put(txn, VAULT_RECORD, "big", 3, &f->in), len > VAULT_VALUE_MAX ? ERR_TOO_BIG : 0);
		assert_int_equal(vault_commit(txn), len > VAULT_VALUE_MAX ? ERR_TOO_BIG : 0);
	}
	assert_int_equal(vault_begin(f->vault, false, &txn), 0);
	assert_int_equal(vault_get(txn, VAULT_RECORD, "big", 3, &f->out), 0);
	assert_int_equal(f->out.len, VAULT_VALUE_MAX);
	vault_abort(txn);
}

static void test_sizes_are_coarse(void **state)
{
	size_t last = 0, distinct = 0;

	(void)state;
	for (size_t len = 0; len < 4096; len++) {
		size_t size = vault_key_sealed_size(16, len);

		assert_true(size >= len + 16 + 5 + 28);
		assert_true(size <= (len + 21) + (len + 21) / 4 + 64 + 28);
		distinct += size != last;
		last = size;
	}
	assert_in_range(distinct, 10, 40);
}

struct seen {
	uint64_t seqs[16];
	size_t n, stop_at;
	char text[256];
};

static int visit(void *ctx, const struct vault_entry *e)
{
	struct seen *s = ctx;

	s->seqs[s->n++] = e->seq;
	assert_true(strlen(s->text) + e->id_len + e->len < sizeof s->text);
	memcpy(s->text + strlen(s->text), e->id, e->id_len);
	memcpy(s->text + strlen(s->text), e->value, e->len);
	return s->n == s->stop_at ? 7 : 0;
}

static void append(struct fixture *f, struct vault_txn *txn, const char *text, uint64_t expect)
{
	uint64_t seq = 0;

	put_text(&f->in, text);
	assert_int_equal(vault_append(txn, VAULT_OUTBOX, &f->in, &seq), 0);
	assert_int_equal(seq, expect);
}

static void test_in_order(void **state)
{
	struct fixture *f = *state;
	struct vault_txn *txn;
	struct seen s = {0};
	uint64_t seq, count;

	assert_int_equal(vault_begin(f->vault, true, &txn), 0);
	assert_int_equal(vault_last_seq(txn, VAULT_OUTBOX, &seq), 0);
	assert_int_equal(seq, 0);
	append(f, txn, "a", 1);
	append(f, txn, "b", 2);
	append(f, txn, "c", 3);
	put_text(&f->in, "z");
	assert_int_equal(vault_put_seq(txn, VAULT_OUTBOX, 300, &f->in), 0);
	append(f, txn, "y", 301);
	assert_int_equal(vault_put_seq(txn, VAULT_TIMELINE, 5, &f->in), 0); /* a neighbour on either side */
	assert_int_equal(vault_put_seq(txn, VAULT_PENDING, 5, &f->in), 0);
	assert_int_equal(vault_append(txn, VAULT_RECORD, &f->in, NULL), ERR_ARG);
	vault_abort(txn);

	assert_int_equal(vault_begin(f->vault, true, &txn), 0);
	for (uint64_t i = 1; i <= 5; i++)
		append(f, txn, (const char *[]){"a", "b", "c", "d", "e"}[i - 1], i);
	assert_int_equal(vault_put_seq(txn, VAULT_TIMELINE, 5, &f->in), 0);
	assert_int_equal(vault_put_seq(txn, VAULT_PENDING, 9, &f->in), 0);
	assert_int_equal(vault_del_seq(txn, VAULT_OUTBOX, 2), 0);
	assert_int_equal(vault_del_seq(txn, VAULT_OUTBOX, 2), ERR_NOT_FOUND);
	assert_int_equal(vault_commit(txn), 0);

	assert_int_equal(vault_begin(f->vault, false, &txn), 0);
	assert_int_equal(vault_last_seq(txn, VAULT_OUTBOX, &seq), 0);
	assert_int_equal(seq, 5);
	assert_int_equal(vault_last_seq(txn, VAULT_DRAFT, &seq), 0);
	assert_int_equal(seq, 0);
	assert_int_equal(vault_each(txn, VAULT_OUTBOX, 0, visit, &s), 0);
	assert_string_equal(s.text, "acde");
	assert_int_equal(s.seqs[1], 3);
	s = (struct seen){.stop_at = 2};
	assert_int_equal(vault_each(txn, VAULT_OUTBOX, 3, visit, &s), 7);
	assert_string_equal(s.text, "cd");
	assert_int_equal(vault_get_seq(txn, VAULT_OUTBOX, 4, &f->out), 0);
	assert_holds(&f->out, "d");
	assert_int_equal(vault_get_seq(txn, VAULT_OUTBOX, 2, &f->out), ERR_NOT_FOUND);
	assert_int_equal(vault_count(txn, VAULT_OUTBOX, &count), 0);
	assert_int_equal(count, 4);
	assert_int_equal(vault_each(txn, VAULT_RECORD, 1, visit, &s), ERR_ARG);
	vault_abort(txn);
}

static void test_each_by_id(void **state)
{
	struct fixture *f = *state;
	struct vault_txn *txn;
	struct seen s = {0};
	uint64_t count;

	assert_int_equal(vault_begin(f->vault, true, &txn), 0);
	put_text(&f->in, "=1;");
	assert_int_equal(vault_put(txn, VAULT_NAME, "ann", 3, &f->in), 0);
	assert_int_equal(vault_put(txn, VAULT_NAME, "bob", 3, &f->in), 0);
	assert_int_equal(vault_put(txn, VAULT_FACT, "other", 5, &f->in), 0);
	assert_int_equal(vault_each(txn, VAULT_NAME, 0, visit, &s), 0);
	assert_int_equal(s.n, 2);
	assert_non_null(strstr(s.text, "ann=1;"));
	assert_non_null(strstr(s.text, "bob=1;"));
	assert_null(strstr(s.text, "other"));
	assert_int_equal(vault_count(txn, VAULT_NAME, &count), 0);
	assert_int_equal(count, 2);
	vault_abort(txn);
}

static void test_atomic(void **state)
{
	struct fixture *f = *state;
	struct buf broken;
	struct vault_txn *txn;

	put_text(&f->in, "x");
	assert_int_equal(vault_begin(f->vault, true, &txn), 0);
	assert_int_equal(vault_put(txn, VAULT_SETTING, "a", 1, &f->in), 0);
	vault_abort(txn);
	/* a value that failed to be built takes the whole transaction with it */
	buf_init(&broken, 1);
	assert_int_equal(buf_put(&broken, "xx", 2), ERR_TOO_BIG);
	assert_int_equal(vault_begin(f->vault, true, &txn), 0);
	assert_int_equal(vault_put(txn, VAULT_SETTING, "a", 1, &f->in), 0);
	assert_int_equal(vault_put(txn, VAULT_SETTING, "b", 1, &broken), ERR_TOO_BIG);
	assert_int_equal(vault_put(txn, VAULT_SETTING, "c", 1, &f->in), ERR_TOO_BIG);
	assert_int_equal(vault_commit(txn), ERR_TOO_BIG);
	buf_wipe(&broken);
	/* so does a key that cannot be */
	assert_int_equal(vault_begin(f->vault, true, &txn), 0);
	assert_int_equal(vault_put(txn, VAULT_SETTING, "a", 1, &f->in), 0);
	assert_int_equal(vault_put(txn, VAULT_SETTING, "", 0, &f->in), ERR_RANGE);
	assert_int_equal(vault_commit(txn), ERR_RANGE);
	/* but not something that was absent anyway */
	assert_int_equal(vault_begin(f->vault, true, &txn), 0);
	assert_false(vault_has(txn, VAULT_SETTING, "a", 1));
	assert_int_equal(vault_del(txn, VAULT_SETTING, "a", 1), ERR_NOT_FOUND);
	assert_int_equal(vault_put(txn, VAULT_SETTING, "d", 1, &f->in), 0);
	assert_int_equal(vault_commit(txn), 0);
	assert_int_equal(vault_begin(f->vault, false, &txn), 0);
	assert_true(vault_has(txn, VAULT_SETTING, "d", 1));
	vault_abort(txn);
}

static void test_second_write_is_refused(void **state)
{
	struct fixture *f = *state;
	struct vault_txn *one, *two = NULL, *reader = NULL;

	assert_int_equal(vault_begin(f->vault, true, &one), 0);
	assert_int_equal(vault_begin(f->vault, true, &two), ERR_ARG);
	assert_null(two);
	assert_int_equal(vault_begin(f->vault, false, &reader), 0);
	vault_abort(reader);
	assert_int_equal(vault_commit(one), 0);
	assert_int_equal(vault_begin(f->vault, true, &two), 0);
	vault_abort(two);
}

/* Nobody who takes the disk finds a word or an id in it. */
static void test_nothing_in_the_clear(void **state)
{
	static const char canary[] = "CANARY-warm orange, a door that was only a curtain",
	                  id[] = "ID-0123456789abcdef-0123456";
	struct fixture *f = *state;
	struct vault_txn *txn;

	put_text(&f->in, canary);
	for (int round = 0; round < 20; round++) {
		assert_int_equal(vault_begin(f->vault, true, &txn), 0);
		assert_int_equal(vault_put(txn, VAULT_RECORD, id, sizeof id, &f->in), 0);
		assert_int_equal(vault_append(txn, VAULT_DRAFT, &f->in, NULL), 0);
		if (round % 5 == 4)
			vault_abort(txn);
		else
			assert_int_equal(vault_commit(txn), 0);
	}
	assert_int_equal(vault_begin(f->vault, true, &txn), 0);
	assert_int_equal(vault_del(txn, VAULT_RECORD, id, sizeof id), 0);
	assert_int_equal(vault_commit(txn), 0);
	assert_int_equal(vault_change_passphrase(f->vault, "CANARY passphrase", 17, CRYPTO_SCRYPT_MIN), 0);
	assert_false(scratch_holds(f->home, "CANARY", 6));
	assert_false(scratch_holds(f->home, "curtain", 7));
	assert_false(scratch_holds(f->home, "0123456789", 10));
	assert_false(scratch_holds(f->home, pass.pass, pass.pass_len));
	assert_false(scratch_holds(f->home, vault_peek_unlock_key(f->vault), VAULT_KEY_LEN));
	assert_false(scratch_holds(f->home, f->vault->keys->data, CRYPTO_KEY));
	/* the scan itself finds what is there */
	assert_true(scratch_holds(f->home, "kapvault", 8));
	assert_true(scratch_holds(f->home, "data.mdb", 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_create_and_open, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_flags, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_passphrase, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_change_passphrase, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_create_refuses, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_by_id, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_value_limits, setup, teardown),
	    cmocka_unit_test(test_sizes_are_coarse),
	    cmocka_unit_test_setup_teardown(test_in_order, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_each_by_id, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_atomic, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_second_write_is_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_nothing_in_the_clear, setup, teardown),
	};

	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
