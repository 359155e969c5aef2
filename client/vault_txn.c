/* vault_txn: transactions and tables of the vault. What goes in is sealed, what comes out has proved itself and is a
 * copy. */
#include <stdlib.h>
#include <string.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "client/vault.h"
#include "client/vault_internal.h"

struct vault_txn {
	struct vault *vault;
	MDB_txn *mdb;
	bool write;
	int err; /* the first failure of a change: the transaction can only be given up */
};

enum kind { NONE, ID, SEQ };

static enum kind kind_of(enum vault_table table)
{
	static const uint8_t kinds[256] = {
#define TABLE(name, number, kind) [number] = (kind),
#include "client/vault.def"
#undef TABLE
	};

	return (unsigned)table < sizeof kinds ? (enum kind)kinds[table] : NONE;
}

int vault_begin(struct vault *vault, bool write, struct vault_txn **txn)
{
	struct vault_txn *t = calloc(1, sizeof *t);
	int rc;

	*txn = NULL;
	if (!t)
		return ERR_NOMEM;
	t->vault = vault;
	t->write = write;
	rc = vault_lmdb_begin(&vault->db, write, &t->mdb);
	if (rc) {
		free(t);
		return rc;
	}
	*txn = t;
	return 0;
}

int vault_commit(struct vault_txn *txn)
{
	int rc = txn->err;

	if (rc)
		vault_lmdb_abort(&txn->vault->db, txn->write, txn->mdb);
	else
		rc = vault_lmdb_commit(&txn->vault->db, txn->write, txn->mdb);
	free(txn);
	return rc;
}

void vault_abort(struct vault_txn *txn)
{
	if (!txn)
		return;
	vault_lmdb_abort(&txn->vault->db, txn->write, txn->mdb);
	free(txn);
}

/* Remembers the first failed change. */
static int stick(struct vault_txn *txn, int rc)
{
	if (rc && rc != ERR_NOT_FOUND && !txn->err)
		txn->err = rc;
	return rc;
}

static int key_of_id(const struct vault_txn *txn, enum vault_table table, const void *id, size_t id_len,
                     struct vault_key_stored *key)
{
	if (kind_of(table) != ID)
		return ERR_ARG;
	return vault_key_of_id(txn->vault->keys, table, id, id_len, key);
}

static int key_of_seq(enum vault_table table, uint64_t seq, struct vault_key_stored *key)
{
	if (kind_of(table) != SEQ)
		return ERR_ARG;
	vault_key_of_seq(table, seq, key);
	return 0;
}

/* Opens a stored value. `plain` holds the bytes `out` points into. */
static int open_value(const struct vault_txn *txn, const struct vault_key_stored *key, const MDB_val *stored,
                      struct buf *plain, struct vault_key_value *out)
{
	struct crypto_bytes sealed = {stored->mv_data, stored->mv_size};
	int rc = vault_lmdb_check(&txn->vault->db, stored);

	return rc ? rc : vault_key_open(txn->vault->keys, key, &sealed, plain, out);
}

static int get(struct vault_txn *txn, const struct vault_key_stored *key, const struct crypto_bytes *id,
               struct buf *value)
{
	MDB_val k = {key->len, (void *)key->bytes}, stored;
	struct vault_key_value v;
	struct buf plain;
	int rc;

	buf_reset(value);
	if ((rc = vault_lmdb_err(mdb_get(txn->mdb, txn->vault->db.dbi, &k, &stored))))
		return rc;
	buf_init(&plain, 0);
	rc = open_value(txn, key, &stored, &plain, &v);
	if (!rc && (v.id_len != id->len || (id->len && memcmp(v.id, id->data, id->len))))
		rc = ERR_CORRUPT;
	if (!rc)
		rc = buf_put(value, v.value, v.len);
	buf_wipe(&plain);
	return rc;
}

static int put(struct vault_txn *txn, const struct vault_key_stored *key, const struct crypto_bytes *id,
               const struct buf *value)
{
	MDB_val k = {key->len, (void *)key->bytes}, stored = {0, NULL};
	struct vault_key_value v = {id->data, id->len, value->data, value->len};
	uint8_t *sealed;
	int rc;

	if (!txn->write)
		return ERR_ARG;
	if (txn->err)
		return txn->err;
	if (buf_err(value))
		return stick(txn, buf_err(value));
	if (value->len > VAULT_VALUE_MAX)
		return stick(txn, ERR_TOO_BIG);
	/* Sealed beside LMDB's page, so that no plain byte is ever in memory that LMDB may write. */
	stored.mv_size = vault_key_sealed_size(id->len, value->len);
	sealed = malloc(stored.mv_size);
	if (!sealed)
		return stick(txn, ERR_NOMEM);
	rc = vault_key_seal(txn->vault->keys, key, &v, sealed);
	stored.mv_data = sealed;
	if (!rc)
		rc = vault_lmdb_err(mdb_put(txn->mdb, txn->vault->db.dbi, &k, &stored, 0));
	free(sealed);
	return stick(txn, rc);
}

static int del(struct vault_txn *txn, const struct vault_key_stored *key)
{
	MDB_val k = {key->len, (void *)key->bytes};

	if (!txn->write)
		return ERR_ARG;
	if (txn->err)
		return txn->err;
	return stick(txn, vault_lmdb_err(mdb_del(txn->mdb, txn->vault->db.dbi, &k, NULL)));
}

int vault_get(struct vault_txn *txn, enum vault_table table, const void *id, size_t id_len, struct buf *value)
{
	struct crypto_bytes bytes = {id, id_len};
	struct vault_key_stored key;
	int rc = key_of_id(txn, table, id, id_len, &key);

	return rc ? rc : get(txn, &key, &bytes, value);
}

bool vault_has(struct vault_txn *txn, enum vault_table table, const void *id, size_t id_len)
{
	struct vault_key_stored key;
	MDB_val k, stored;

	if (key_of_id(txn, table, id, id_len, &key))
		return false;
	k = (MDB_val){key.len, key.bytes};
	return !mdb_get(txn->mdb, txn->vault->db.dbi, &k, &stored);
}

int vault_put(struct vault_txn *txn, enum vault_table table, const void *id, size_t id_len, const struct buf *value)
{
	struct crypto_bytes bytes = {id, id_len};
	struct vault_key_stored key;
	int rc = key_of_id(txn, table, id, id_len, &key);

	return rc ? stick(txn, rc) : put(txn, &key, &bytes, value);
}

int vault_del(struct vault_txn *txn, enum vault_table table, const void *id, size_t id_len)
{
	struct vault_key_stored key;
	int rc = key_of_id(txn, table, id, id_len, &key);

	return rc ? stick(txn, rc) : del(txn, &key);
}

int vault_get_seq(struct vault_txn *txn, enum vault_table table, uint64_t seq, struct buf *value)
{
	struct crypto_bytes none = {NULL, 0};
	struct vault_key_stored key;
	int rc = key_of_seq(table, seq, &key);

	return rc ? rc : get(txn, &key, &none, value);
}

int vault_put_seq(struct vault_txn *txn, enum vault_table table, uint64_t seq, const struct buf *value)
{
	struct crypto_bytes none = {NULL, 0};
	struct vault_key_stored key;
	int rc = key_of_seq(table, seq, &key);

	return rc ? stick(txn, rc) : put(txn, &key, &none, value);
}

int vault_del_seq(struct vault_txn *txn, enum vault_table table, uint64_t seq)
{
	struct vault_key_stored key;
	int rc = key_of_seq(table, seq, &key);

	return rc ? stick(txn, rc) : del(txn, &key);
}

static uint64_t seq_of(const MDB_val *k)
{
	const uint8_t *bytes = k->mv_data;
	uint64_t seq = 0;

	for (size_t i = 1; i < 9; i++)
		seq = seq << 8 | bytes[i];
	return seq;
}

static bool in_table(const MDB_val *k, enum vault_table table)
{
	return k->mv_size > 0 && *(const uint8_t *)k->mv_data == (uint8_t)table;
}

int vault_last_seq(struct vault_txn *txn, enum vault_table table, uint64_t *seq)
{
	struct vault_key_stored key;
	MDB_cursor *cursor;
	MDB_val k, v;
	int rc = key_of_seq(table, UINT64_MAX, &key);

	*seq = 0;
	if (rc)
		return rc;
	if ((rc = vault_lmdb_err(mdb_cursor_open(txn->mdb, txn->vault->db.dbi, &cursor))))
		return rc;
	k = (MDB_val){key.len, key.bytes};
	rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
	if (rc == MDB_NOTFOUND)
		rc = mdb_cursor_get(cursor, &k, &v, MDB_LAST);
	else if (!rc && !(in_table(&k, table) && k.mv_size == 9))
		rc = mdb_cursor_get(cursor, &k, &v, MDB_PREV);
	if (!rc && in_table(&k, table) && k.mv_size == 9)
		*seq = seq_of(&k);
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? 0 : vault_lmdb_err(rc);
}

int vault_append(struct vault_txn *txn, enum vault_table table, const struct buf *value, uint64_t *seq)
{
	uint64_t last;
	int rc = vault_last_seq(txn, table, &last);

	if (!rc && last == UINT64_MAX)
		rc = ERR_RANGE;
	if (rc)
		return stick(txn, rc);
	if (seq)
		*seq = last + 1;
	return vault_put_seq(txn, table, last + 1, value);
}

/* The smallest stored key of the table from number `from` on. */
static int first_key(enum vault_table table, uint64_t from, struct vault_key_stored *key)
{
	enum kind kind = kind_of(table);

	if (kind == NONE || (kind == ID && from))
		return ERR_ARG;
	vault_key_of_seq(table, from, key);
	if (kind == ID)
		key->len = 1;
	return 0;
}

static int visit_one(struct vault_txn *txn, const MDB_val *k, const MDB_val *stored, struct buf *plain,
                     struct vault_entry *entry)
{
	bool is_seq = kind_of((enum vault_table) * (const uint8_t *)k->mv_data) == SEQ;
	struct vault_key_stored key;
	struct vault_key_value v;
	int rc;

	if (k->mv_size != (is_seq ? 9 : VAULT_KEY_STORED_MAX))
		return ERR_CORRUPT;
	memcpy(key.bytes, k->mv_data, k->mv_size);
	key.len = k->mv_size;
	if ((rc = open_value(txn, &key, stored, plain, &v)))
		return rc;
	*entry = (struct vault_entry){v.id, v.id_len, is_seq ? seq_of(k) : 0, v.value, v.len};
	return 0;
}

int vault_each(struct vault_txn *txn, enum vault_table table, uint64_t from, vault_visit visit, void *ctx)
{
	struct vault_key_stored key;
	struct vault_entry entry;
	MDB_cursor *cursor;
	struct buf plain;
	MDB_val k, v;
	int rc, mdb;

	if ((rc = first_key(table, from, &key)))
		return rc;
	if ((rc = vault_lmdb_err(mdb_cursor_open(txn->mdb, txn->vault->db.dbi, &cursor))))
		return rc;
	buf_init(&plain, 0);
	k = (MDB_val){key.len, key.bytes};
	for (mdb = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE); !mdb && in_table(&k, table);
	     mdb = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) {
		if ((rc = visit_one(txn, &k, &v, &plain, &entry)) || (rc = visit(ctx, &entry)))
			break;
	}
	if (!rc && mdb && mdb != MDB_NOTFOUND)
		rc = vault_lmdb_err(mdb);
	mdb_cursor_close(cursor);
	buf_wipe(&plain);
	return rc;
}

int vault_count(struct vault_txn *txn, enum vault_table table, uint64_t *count)
{
	struct vault_key_stored key;
	MDB_cursor *cursor;
	MDB_val k, v;
	int rc, mdb;

	*count = 0;
	if ((rc = first_key(table, 0, &key)))
		return rc;
	if ((rc = vault_lmdb_err(mdb_cursor_open(txn->mdb, txn->vault->db.dbi, &cursor))))
		return rc;
	k = (MDB_val){key.len, key.bytes};
	for (mdb = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE); !mdb && in_table(&k, table);
	     mdb = mdb_cursor_get(cursor, &k, &v, MDB_NEXT))
		++*count;
	mdb_cursor_close(cursor);
	return mdb && mdb != MDB_NOTFOUND ? vault_lmdb_err(mdb) : 0;
}
