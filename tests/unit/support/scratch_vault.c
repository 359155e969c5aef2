/* scratch_vault: see scratch_vault.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/mp.h"
#include "tests/unit/support/scratch.h"

#include "scratch_vault.h"

/* An empty vault, made once in a program and copied for each that a test asks for: scrypt costs a tenth of a second and
 * 64 MiB each time, and is not what these tests are about. */
static struct {
	char *home, *dir;
	uint8_t unlock[VAULT_KEY_LEN];
} pattern;

static void remove_pattern(void)
{
	scratch_free(pattern.home);
	free(pattern.dir);
}

static void make_pattern(void)
{
	const struct vault_auth auth = {NULL, "correct horse", 13};
	struct vault *vault;
	pattern.home = scratch_new();
	pattern.dir = scratch_path(pattern.home, "vault");
	atexit(remove_pattern);
	assert_int_equal(vault_create(pattern.dir, &auth, CRYPTO_SCRYPT_MIN, &vault), 0);
	memcpy(pattern.unlock, vault_peek_unlock_key(vault), sizeof(pattern.unlock));
	vault_close(vault);
}

void scratch_vault_open(struct scratch_vault *s)
{
	if (!pattern.home)
		make_pattern();
	s->home = scratch_new();
	s->dir = scratch_path(s->home, "vault");
	scratch_copy(pattern.dir, s->dir);
	assert_int_equal(vault_open(s->dir, &(struct vault_auth){.unlock_key = pattern.unlock}, &s->vault), 0);
	assert_int_equal(vault_begin(s->vault, true, &s->txn), 0);
}

void scratch_vault_close(struct scratch_vault *s)
{
	vault_abort(s->txn);
	vault_close(s->vault);
	scratch_free(s->home);
	free(s->dir);
}

void scratch_vault_commit(struct scratch_vault *s)
{
	assert_int_equal(vault_commit(s->txn), 0);
	s->txn = NULL;
	assert_int_equal(vault_begin(s->vault, true, &s->txn), 0);
}

void scratch_vault_abort(struct scratch_vault *s)
{
	vault_abort(s->txn);
	s->txn = NULL;
	assert_int_equal(vault_begin(s->vault, true, &s->txn), 0);
}

static void spoiled(struct buf *row)
{
	buf_init(row, 0);
	mp_put_array(row, 1);
	mp_put_nil(row);
	assert_int_equal(buf_err(row), 0);
}

void scratch_vault_spoil(struct scratch_vault *s, enum vault_table table, const void *id, size_t id_len)
{
	struct buf row;
	spoiled(&row);
	assert_int_equal(vault_put(s->txn, table, id, id_len, &row), 0);
	buf_wipe(&row);
}

void scratch_vault_spoil_seq(struct scratch_vault *s, enum vault_table table, uint64_t seq)
{
	struct buf row;
	spoiled(&row);
	assert_int_equal(vault_put_seq(s->txn, table, seq, &row), 0);
	buf_wipe(&row);
}
