/* store_invite: invitations: a small row that changes (who used it, how often it was refused), the sealed packet in a
 * row of its own that does not, and an index by inviter. A founding invitation is in no index. */
#include <string.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "store_inner.h"

/* founding u8 || inviter{16} || link seq || expires ms || used by{16} || used ms || refusals */
#define ROW_SIZE (1 + 16 + 8 + 8 + 16 + 8 + 8)

int store_invite_parse(const uint8_t id[STORE_ID], const struct store_val *row, struct store_invite *out)
{
	const uint8_t *at = row->data;
	if (row->len != ROW_SIZE || at[0] > 1)
		return ERR_CORRUPT;
	*out = (struct store_invite){
	    .founding = at[0] == 1,
	    .link_seq = store_key_get_u64(at + 17),
	    .expires_ms = store_key_get_u64(at + 25),
	    .used_ms = store_key_get_u64(at + 49),
	    .refusals = store_key_get_u64(at + 57),
	};
	memcpy(out->id, id, STORE_ID);
	memcpy(out->inviter, at + 1, STORE_ID);
	memcpy(out->used_by, at + 33, STORE_ID);
	return 0;
}

static int put_row(struct store_txn *t, const struct store_invite *v)
{
	uint8_t row[ROW_SIZE];
	struct store_key key = store_key_id(v->id);
	row[0] = v->founding;
	memcpy(row + 1, v->inviter, STORE_ID);
	store_key_put_u64(row + 17, v->link_seq);
	store_key_put_u64(row + 25, v->expires_ms);
	memcpy(row + 33, v->used_by, STORE_ID);
	store_key_put_u64(row + 49, v->used_ms);
	store_key_put_u64(row + 57, v->refusals);
	return store_txn_put(t, STORE_INVITES, &key, &(struct crypto_bytes){row, sizeof(row)}, 1);
}

static int get_row(struct store_txn *t, const uint8_t *id, struct store_invite *out)
{
	struct store_val row;
	struct store_key key = store_key_id(id);
	int err = store_txn_get(t, STORE_INVITES, &key, &row);
	return err ? err : store_invite_parse(id, &row, out);
}

static int get_packet(struct store_txn *t, const uint8_t *id, struct store_val *packet)
{
	struct store_key key = store_key_id(id);
	int err = store_txn_get(t, STORE_PACKETS, &key, packet);
	return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
}

int store_invite_add(struct store_batch *b, const struct store_invite *invite, const uint8_t *packet, size_t len)
{
	struct store_invite row = *invite;
	struct store_key id = store_key_id(invite->id), index = store_key_inviter(invite->inviter, invite->id);
	memset(row.used_by, 0, STORE_ID);
	row.used_ms = row.refusals = 0;
	int err = put_row(&b->txn, &row);
	if (!err)
		err = store_txn_put(&b->txn, STORE_PACKETS, &id, &(struct crypto_bytes){packet, len}, 1);
	if (!err && !invite->founding)
		err = store_txn_put(&b->txn, STORE_INVITERS, &index, NULL, 0);
	return err;
}

static bool is_same(const struct store_invite *a, const struct store_invite *b)
{
	return a->founding == b->founding && a->link_seq == b->link_seq && a->expires_ms == b->expires_ms &&
	       memcmp(a->inviter, b->inviter, STORE_ID) == 0;
}

int store_put_invite(struct store_batch *b, const struct store_invite *invite, const uint8_t *packet, size_t len)
{
	struct store_invite had;
	struct store_val had_packet;
	if (len == 0 || len > STORE_PACKET_MAX)
		return ERR_ARG;
	int err = get_row(&b->txn, invite->id, &had);
	if (err == ERR_NOT_FOUND) {
		err = store_batch_has_room(b, 3, len);
		return err ? err : store_invite_add(b, invite, packet, len);
	}
	if (!err)
		err = get_packet(&b->txn, invite->id, &had_packet);
	if (err)
		return err;
	bool same = is_same(invite, &had) && had_packet.len == len && memcmp(had_packet.data, packet, len) == 0;
	return same ? 0 : ERR_EXISTS;
}

int store_use_invite(struct store_batch *b, const uint8_t id[STORE_ID], const uint8_t pid[STORE_ID], uint64_t now_ms)
{
	struct store_invite v;
	int err = get_row(&b->txn, id, &v);
	if (err)
		return err == ERR_NOT_FOUND ? ERR_CODE_UNKNOWN : err;
	switch (store_invite_state(&v, now_ms)) {
	case STORE_INVITE_EXPIRED:
		return ERR_CODE_EXPIRED;
	case STORE_INVITE_USED:
		if (memcmp(v.used_by, pid, STORE_ID) == 0)
			return 0;
		v.refusals++;
		err = put_row(&b->txn, &v);
		return err ? err : ERR_CODE_USED;
	case STORE_INVITE_OPEN:
		break;
	}
	memcpy(v.used_by, pid, STORE_ID);
	v.used_ms = now_ms ? now_ms : 1;
	return put_row(&b->txn, &v);
}

int store_batch_invite_get(struct store_batch *b, const uint8_t id[STORE_ID], struct store_invite *out)
{
	return get_row(&b->txn, id, out);
}

int store_invite_get(struct store *s, const uint8_t id[STORE_ID], struct store_invite *out, struct buf *packet)
{
	struct store_txn t;
	struct store_val val = {0};
	int err = store_txn_read(&s->env, &t);
	if (err)
		return err;
	err = get_row(&t, id, out);
	if (!err && packet)
		err = get_packet(&t, id, &val);
	if (!err && packet)
		err = buf_put(packet, val.data, val.len);
	store_txn_end(&t);
	return err;
}

static int read_invites(struct store_cur *c, const struct store_key *from, size_t max, struct store_invite *out,
                        size_t *n)
{
	int err = max ? store_cur_seek(c, from) : ERR_NOT_FOUND;
	while (!err) {
		err = get_row(c->t, c->key + STORE_ID, &out[*n]);
		if (err)
			return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
		err = ++*n < max ? store_cur_next(c) : ERR_NOT_FOUND;
	}
	return err == ERR_NOT_FOUND ? 0 : err;
}

int store_invites_of(struct store *s, const uint8_t inviter[STORE_ID], const uint8_t *after, size_t max,
                     struct store_invite *out, size_t *n)
{
	struct store_txn t;
	struct store_cur c;
	struct store_key prefix = store_key_id(inviter), from = prefix;
	*n = 0;
	if (after) {
		from = store_key_inviter(inviter, after);
		from.len++; /* one zero byte more: the first key greater than that one */
	}
	int err = store_txn_read(&s->env, &t);
	if (err)
		return err;
	err = store_cur_open(&t, STORE_INVITERS, &prefix, &c);
	if (!err)
		err = read_invites(&c, &from, max, out, n);
	store_cur_close(&c);
	store_txn_end(&t);
	return err;
}

enum store_invite_state store_invite_state(const struct store_invite *invite, uint64_t now_ms)
{
	if (invite->used_ms)
		return STORE_INVITE_USED;
	return now_ms > invite->expires_ms ? STORE_INVITE_EXPIRED : STORE_INVITE_OPEN;
}
