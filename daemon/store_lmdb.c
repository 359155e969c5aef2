/* store_lmdb: see the header. */
#include <lmdb.h>
#include <string.h>

#include "proto/err.h"
#include "proto/label.h"
#include "store_env.h"
#include "store_lmdb.h"

#define PARTS_MAX 6
#define INLINE_MAX 2000 /* longer values get overflow pages of their own */

/* The check of a value: bound to its table and key, so that a value in another's place does not prove itself. */
static int check_of(enum store_table table, const MDB_val *key, const struct crypto_bytes *parts, size_t n,
                    uint8_t check[STORE_CHECK])
{
	struct crypto_bytes all[PARTS_MAX + 2];
	uint8_t hash[CRYPTO_HASH];
	const char *name = store_table_name(table);
	if (n > PARTS_MAX)
		return ERR_INTERNAL;
	all[0] = (struct crypto_bytes){name, strlen(name) + 1};
	all[1] = (struct crypto_bytes){key->mv_data, key->mv_size}; /* its width is fixed by the table */
	for (size_t i = 0; i < n; i++)
		all[i + 2] = parts[i];
	int err = crypto_hash(LABEL_STORED, all, n + 2, hash);
	if (!err)
		memcpy(check, hash, STORE_CHECK);
	return err;
}

static int prove(enum store_table table, const MDB_val *key, const MDB_val *stored, struct store_val *val)
{
	*val = (struct store_val){0};
	if (key->mv_size != store_table_width(table) || stored->mv_size < STORE_CHECK)
		return ERR_CORRUPT;
	uint8_t check[STORE_CHECK];
	struct crypto_bytes body = {stored->mv_data, stored->mv_size - STORE_CHECK};
	int err = check_of(table, key, &body, 1, check);
	if (err)
		return err;
	if (memcmp(check, (const uint8_t *)body.data + body.len, STORE_CHECK) != 0)
		return ERR_CORRUPT;
	*val = (struct store_val){body.data, body.len};
	return 0;
}

static int begin(const struct store_env *env, unsigned flags, struct store_txn *t)
{
	*t = (struct store_txn){.env = env};
	int rc = mdb_txn_begin(env->mdb, NULL, flags, &t->mdb);
	if (rc)
		t->mdb = NULL;
	return store_env_err(rc);
}

int store_txn_read(const struct store_env *env, struct store_txn *t)
{
	return begin(env, MDB_RDONLY, t);
}

int store_txn_write(const struct store_env *env, struct store_txn *t)
{
	return begin(env, 0, t);
}

void store_txn_end(struct store_txn *t)
{
	if (t->mdb)
		mdb_txn_abort(t->mdb);
	t->mdb = NULL;
}

/* A full disk can also fail the write of the meta page: then LMDB takes no more, and whether the commit will be there
 * after a restart is not known. */
static int full_or_fatal(const struct store_env *env)
{
	MDB_txn *probe = NULL;
	if (mdb_txn_begin(env->mdb, NULL, 0, &probe) != 0)
		return ERR_STORE_FATAL;
	mdb_txn_abort(probe);
	return ERR_FULL;
}

int store_txn_commit(struct store_txn *t)
{
	if (t->err) {
		store_txn_end(t);
		return t->err == ERR_IO ? ERR_STORE_FATAL : t->err;
	}
	MDB_txn *mdb = t->mdb;
	t->mdb = NULL; /* the commit frees it, won or lost */
	int rc = mdb_txn_commit(mdb);
	if (rc == 0)
		return 0;
	return store_env_err(rc) == ERR_FULL ? full_or_fatal(t->env) : ERR_STORE_FATAL;
}

size_t store_txn_pages(const struct store_txn *t)
{
	return t->pages + t->seq_bytes / t->env->page_size;
}

/* Remembers what the engine failed with. */
static int stick(struct store_txn *t, int rc)
{
	int err = store_env_err(rc);
	if (err && err != ERR_NOT_FOUND)
		t->err = err;
	return err;
}

static MDB_val val_of(const struct store_key *key)
{
	return (MDB_val){.mv_data = (void *)(uintptr_t)key->bytes, .mv_size = key->len};
}

int store_txn_get(struct store_txn *t, enum store_table table, const struct store_key *key, struct store_val *val)
{
	*val = (struct store_val){0};
	if (t->err)
		return t->err;
	MDB_val k = val_of(key), v;
	int err = stick(t, mdb_get(t->mdb, t->env->tables[table], &k, &v));
	return err ? err : prove(table, &k, &v, val);
}

static void count_put(struct store_txn *t, enum store_table table, size_t len)
{
	t->writes++;
	if (len > INLINE_MAX)
		t->pages += 1 + len / t->env->page_size;
	else if (store_table_is_sequential(table))
		t->seq_bytes += len;
	else
		t->pages++;
}

int store_txn_put(struct store_txn *t, enum store_table table, const struct store_key *key,
                  const struct crypto_bytes *parts, size_t n)
{
	if (t->err)
		return t->err;
	uint8_t check[STORE_CHECK];
	MDB_val k = val_of(key), v = {.mv_size = STORE_CHECK};
	int err = check_of(table, &k, parts, n, check);
	if (err)
		return t->err = err;
	for (size_t i = 0; i < n; i++)
		v.mv_size += parts[i].len;
	count_put(t, table, v.mv_size);
	err = stick(t, mdb_put(t->mdb, t->env->tables[table], &k, &v, MDB_RESERVE));
	if (err)
		return err;
	uint8_t *at = v.mv_data;
	for (size_t i = 0; i < n; i++) {
		if (parts[i].len)
			memcpy(at, parts[i].data, parts[i].len);
		at += parts[i].len;
	}
	memcpy(at, check, STORE_CHECK);
	return 0;
}

int store_txn_del(struct store_txn *t, enum store_table table, const struct store_key *key)
{
	if (t->err)
		return t->err;
	MDB_val k = val_of(key);
	int err = stick(t, mdb_del(t->mdb, t->env->tables[table], &k, NULL));
	if (!err)
		count_put(t, table, 0);
	return err;
}

int store_txn_count(struct store_txn *t, enum store_table table, uint64_t *rows)
{
	MDB_stat stat;
	if (t->err)
		return t->err;
	int err = stick(t, mdb_stat(t->mdb, t->env->tables[table], &stat));
	*rows = err ? 0 : stat.ms_entries;
	return err;
}

int store_cur_open(struct store_txn *t, enum store_table table, const struct store_key *prefix, struct store_cur *c)
{
	*c = (struct store_cur){.t = t, .table = table};
	if (prefix)
		c->prefix = *prefix;
	if (t->err)
		return t->err;
	int rc = mdb_cursor_open(t->mdb, t->env->tables[table], &c->mdb);
	if (rc)
		c->mdb = NULL;
	return stick(t, rc);
}

void store_cur_close(struct store_cur *c)
{
	if (c->mdb)
		mdb_cursor_close(c->mdb);
	c->mdb = NULL;
}

static int go(struct store_cur *c, MDB_val *key, MDB_cursor_op op)
{
	MDB_val stored;
	c->key = NULL;
	c->val = (struct store_val){0};
	if (c->t->err)
		return c->t->err;
	int err = stick(c->t, mdb_cursor_get(c->mdb, key, &stored, op));
	if (err)
		return err;
	if (key->mv_size < c->prefix.len || memcmp(key->mv_data, c->prefix.bytes, c->prefix.len) != 0)
		return ERR_NOT_FOUND;
	/* A key of a wrong width must not be read as one of the right width. */
	if (key->mv_size != store_table_width(c->table))
		return c->t->err = ERR_CORRUPT;
	c->key = key->mv_data;
	return prove(c->table, key, &stored, &c->val);
}

int store_cur_seek(struct store_cur *c, const struct store_key *from)
{
	MDB_val key = val_of(from);
	return go(c, &key, MDB_SET_RANGE);
}

int store_cur_first(struct store_cur *c)
{
	MDB_val key;
	return c->prefix.len ? store_cur_seek(c, &c->prefix) : go(c, &key, MDB_FIRST);
}

int store_cur_next(struct store_cur *c)
{
	MDB_val key;
	return go(c, &key, MDB_NEXT);
}

/* The first key after all that begin with the prefix. False when there can be none. */
static bool after_prefix(const struct store_key *prefix, struct store_key *out)
{
	*out = *prefix;
	while (out->len > 0 && out->bytes[out->len - 1] == 0xff)
		out->len--;
	if (out->len == 0)
		return false;
	out->bytes[out->len - 1]++;
	return true;
}

int store_cur_last(struct store_cur *c)
{
	struct store_key after;
	MDB_val key, stored;
	if (!after_prefix(&c->prefix, &after))
		return go(c, &key, MDB_LAST);
	if (c->t->err)
		return c->t->err;
	key = val_of(&after);
	int err = stick(c->t, mdb_cursor_get(c->mdb, &key, &stored, MDB_SET_RANGE));
	if (err && err != ERR_NOT_FOUND)
		return err;
	return go(c, &key, err ? MDB_LAST : MDB_PREV);
}
