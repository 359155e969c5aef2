/* store_meta: birth and opening of a store, and the few values there is one of: schema, generation, clinic. */
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "audit.h"
#include "log.h"
#include "store_batch.h"
#include "store_check.h"
#include "store_inner.h"
#include "store_mount.h"

int store_get_fixed(struct store_txn *t, enum store_table table, const struct store_key *key, void *out, size_t len)
{
	struct store_val val;
	int err = store_txn_get(t, table, key, &val);
	if (!err && val.len != len)
		err = ERR_CORRUPT;
	if (!err)
		memcpy(out, val.data, len);
	return err;
}

static int put_meta(struct store_batch *b, enum store_meta what, const void *bytes, size_t len)
{
	struct store_key key = store_key_meta(what);
	return store_txn_put(&b->txn, STORE_META, &key, &(struct crypto_bytes){bytes, len}, 1);
}

static int get_meta(struct store *s, enum store_meta what, void *out, size_t len)
{
	struct store_txn t;
	struct store_key key = store_key_meta(what);
	int err = store_txn_read(&s->env, &t);
	if (err)
		return err;
	err = store_get_fixed(&t, STORE_META, &key, out, len);
	store_txn_end(&t);
	return err;
}

static int write_birth(struct store *s, const struct store_birth *birth)
{
	static const uint8_t schema = STORE_SCHEMA;
	struct store_invite invite = {.founding = true, .expires_ms = birth->expires_ms};
	struct audit_row row = {.time_ms = birth->created_ms, .op = AUDIT_OP_CREATE, .object_kind = AUDIT_INVITE};
	memcpy(invite.id, birth->founding_id, STORE_ID);
	memcpy(row.object, birth->founding_id, STORE_ID);
	memcpy(s->generation, birth->generation, STORE_ID);
	memcpy(s->born, birth->generation, STORE_ID);
	struct store_batch *b;
	int err = store_batch_begin(s, &b);
	if (err)
		return err;
	err = put_meta(b, STORE_META_SCHEMA, &schema, 1);
	if (!err)
		err = put_meta(b, STORE_META_GENERATION, birth->generation, STORE_ID);
	if (!err)
		err = store_invite_add(b, &invite, birth->packet, birth->packet_len);
	if (!err)
		err = audit_append(b, &row);
	if (err) {
		store_batch_abort(b);
		return err;
	}
	return store_batch_commit(b);
}

int store_create(const struct store_opts *opts, const struct store_birth *birth)
{
	uint8_t generation[STORE_ID];
	if (birth->packet_len == 0 || birth->packet_len > STORE_PACKET_MAX)
		return ERR_ARG;
	struct store *s = calloc(1, sizeof(*s));
	if (!s)
		return ERR_NOMEM;
	int err = store_env_open(opts, true, &s->env);
	if (!err) {
		/* A birth that was cut off left tables without a generation: begin again. */
		err = get_meta(s, STORE_META_GENERATION, generation, STORE_ID);
		err = err == 0 ? ERR_EXISTS : err == ERR_NOT_FOUND ? write_birth(s, birth) : err;
	}
	store_close(s);
	return err;
}

/* A file that ends early can kill whoever reads it: somebody else tries first. */
static int try_short_file(const struct store_opts *opts)
{
	bool is_short = false;
	int err = store_env_look(opts, &is_short);
	return err || !is_short ? err : store_check_child(opts, &(struct store_check_opts){0});
}

/* A store that was never put back from a copy is in the generation it was born in. */
static int get_born(struct store *s)
{
	int err = get_meta(s, STORE_META_BORN, s->born, STORE_ID);
	if (err == ERR_NOT_FOUND) {
		memcpy(s->born, s->generation, STORE_ID);
		err = 0;
	}
	return err;
}

int store_open_unlooked(const struct store_opts *opts, struct store **out)
{
	uint8_t schema = 0;
	*out = NULL;
	struct store *s = calloc(1, sizeof(*s));
	if (!s)
		return ERR_NOMEM;
	int err = store_env_open(opts, false, &s->env);
	if (!err)
		err = get_meta(s, STORE_META_SCHEMA, &schema, 1);
	if (!err && schema != STORE_SCHEMA)
		err = ERR_VERSION;
	if (!err)
		err = get_meta(s, STORE_META_GENERATION, s->generation, STORE_ID);
	if (!err)
		err = get_born(s);
	if (err) {
		store_close(s);
		return err;
	}
	*out = s;
	return 0;
}

int store_open(const struct store_opts *opts, struct store **out)
{
	*out = NULL;
	int err = try_short_file(opts);
	if (err)
		return err;
	if (!opts->any_filesystem && store_mount_skips_flushes(opts->dir))
		log_warn("store_mount_skips_flushes", LOG_WORD("option", "nobarrier"));
	return store_open_unlooked(opts, out);
}

void store_close(struct store *s)
{
	if (!s)
		return;
	store_env_close(&s->env);
	free(s);
}

void store_tend(struct store *s)
{
	store_env_tend(&s->env);
}

void store_generation(const struct store *s, uint8_t generation[STORE_ID])
{
	memcpy(generation, s->generation, STORE_ID);
}

int store_clinic(struct store *s, uint8_t clinic[STORE_HASH])
{
	return get_meta(s, STORE_META_CLINIC, clinic, STORE_HASH);
}

int store_set_clinic(struct store_batch *b, const uint8_t clinic[STORE_HASH])
{
	uint8_t had[STORE_HASH];
	struct store_key key = store_key_meta(STORE_META_CLINIC);
	int err = store_get_fixed(&b->txn, STORE_META, &key, had, STORE_HASH);
	if (err == ERR_NOT_FOUND)
		return put_meta(b, STORE_META_CLINIC, clinic, STORE_HASH);
	if (err)
		return err;
	return memcmp(had, clinic, STORE_HASH) == 0 ? 0 : ERR_EXISTS;
}
