/* scratch_vault: see scratch_vault.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/mp.h"
#include "tests/unit/support/scratch.h"

#include "scratch_vault.h"

void scratch_vault_open(struct scratch_vault *s)
{
	const struct vault_auth auth = {NULL, "correct horse", 13};
	s->home = scratch_new();
	s->dir = scratch_path(s->home, "vault");
	assert_int_equal(vault_create(s->dir, &auth, CRYPTO_SCRYPT_MIN, &s->vault), 0);
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
