/* invite: derives an invitation's keys, seals and opens its packet. Knows the packet's form and bounds, not where it is
 * kept. */
#include <string.h>

#include "buf.h"
#include "clinic.h"
#include "crypto.h"
#include "err.h"
#include "label.h"
#include "mp.h"
#include "name.h"

#include "invite.h"

#define SUITE 1
#define PLAIN_MAX (INVITE_PACKET_MAX - CRYPTO_NONCE - CRYPTO_TAG)
#define PACKET_MIN (CRYPTO_NONCE + CRYPTO_TAG)
#define AAD_LABEL LABEL_PREFIX LABEL_PACKET /* with its NUL it is the separated label */

int invite_derive(const char *code, size_t len, struct invite_keys *keys)
{
	int err = crypto_derive(code, len, LABEL_INVITE_ID, NULL, keys->id, sizeof keys->id);

	if (!err)
		err = crypto_derive(code, len, LABEL_INVITE_KEY, NULL, keys->key, sizeof keys->key);
	if (!err)
		err = crypto_derive(code, len, LABEL_INVITE_SIGN, NULL, keys->seed, sizeof keys->seed);
	if (!err)
		err = crypto_sign_public(keys->seed, keys->public);
	if (err)
		crypto_wipe(keys, sizeof *keys);
	return err;
}

/* --- bounds, the same for both ways --- */

static int check_founding(const struct invite_packet *p)
{
	return p->role != ROLE_ADMIN || p->n_team != 0 ? ERR_SHAPE : 0;
}

static int check_team(const struct invite_packet *p)
{
	if (!role_is_member(p->role) || p->n_team < 1 || p->n_team > INVITE_TEAM_MAX)
		return ERR_SHAPE;
	for (size_t i = 0; i < p->n_team; i++) {
		if (!role_is_staff(p->team[i].role) || name_check(p->team[i].name))
			return ERR_SHAPE;
		for (size_t j = 0; j < i; j++)
			if (memcmp(p->team[i].genesis, p->team[j].genesis, CRYPTO_HASH) == 0)
				return ERR_SHAPE;
	}
	return 0;
}

static int check(const struct invite_packet *p)
{
	int err = p->kind == INVITE_FOUNDING ? check_founding(p) : p->kind == INVITE_MEMBER ? check_team(p) : ERR_SHAPE;

	if (!err)
		err = name_check(p->clinic_name);
	if (!err)
		err = name_check(p->invitee_name);
	if (!err)
		err = crypto_sign_key_check(p->server_tls);
	if (!err)
		err = crypto_sign_key_check(p->log);
	return err;
}

/* --- writing --- */

static void put_name(const char *name, struct buf *out)
{
	mp_put_str(out, name, strlen(name));
}

static void put_origin(const struct invite_packet *p, struct buf *out)
{
	if (p->kind == INVITE_FOUNDING) {
		mp_put_nil(out);
		mp_put_nil(out);
		return;
	}
	mp_put_bin(out, p->clinic, CRYPTO_HASH);
	mp_put_array(out, 2);
	mp_put_u64(out, p->head_seq);
	mp_put_bin(out, p->head_hash, CRYPTO_HASH);
}

static int put_plain(const struct invite_packet *p, struct buf *out)
{
	mp_put_array(out, 12);
	mp_put_u64(out, SUITE);
	mp_put_u64(out, p->kind);
	put_origin(p, out);
	put_name(p->clinic_name, out);
	mp_put_bin(out, p->server_tls, CRYPTO_KEY);
	mp_put_bin(out, p->log, CRYPTO_KEY);
	if (p->kind == INVITE_FOUNDING)
		mp_put_nil(out);
	else
		mp_put_bin(out, p->inviter, CRYPTO_HASH);
	mp_put_u64(out, p->role);
	mp_put_array(out, (uint32_t)p->n_team);
	for (size_t i = 0; i < p->n_team; i++) {
		mp_put_array(out, 3);
		mp_put_bin(out, p->team[i].genesis, CRYPTO_HASH);
		mp_put_u64(out, p->team[i].role);
		put_name(p->team[i].name, out);
	}
	put_name(p->invitee_name, out);
	mp_put_u64(out, p->expires_ms);
	return buf_err(out);
}

static bool ends(const char *name)
{
	return memchr(name, '\0', INVITE_NAME) != NULL;
}

static bool names_end(const struct invite_packet *p)
{
	bool all = ends(p->clinic_name) && ends(p->invitee_name) && p->n_team <= INVITE_TEAM_MAX;

	for (size_t i = 0; all && i < p->n_team; i++)
		all = ends(p->team[i].name);
	return all;
}

int invite_seal(const struct invite_keys *keys, const struct invite_packet *packet, struct buf *out)
{
	const struct crypto_bytes aad[] = {{AAD_LABEL, sizeof AAD_LABEL}, {keys->id, sizeof keys->id}};
	size_t start = out->len;
	uint8_t *sealed;
	struct buf plain;
	int err;

	if (!names_end(packet) || check(packet))
		return ERR_ARG;
	buf_init(&plain, PLAIN_MAX);
	err = put_plain(packet, &plain);
	/* Text that is not UTF-8 would be refused by whoever opens it. */
	if (!err && mp_scan(plain.data, plain.len))
		err = ERR_ARG;
	if (err)
		goto out;
	sealed = buf_reserve(out, CRYPTO_NONCE + plain.len + CRYPTO_TAG);
	if (sealed == NULL) {
		err = buf_err(out);
		goto out;
	}
	err = crypto_random(sealed, CRYPTO_NONCE);
	if (!err)
		err = crypto_seal(keys->key, sealed, aad, 2, plain.data, plain.len, sealed + CRYPTO_NONCE);
	if (err)
		buf_truncate(out, start);
out:
	buf_wipe(&plain);
	return err;
}

/* --- reading --- */

static void get_origin(struct mp_cur *c, struct invite_packet *p)
{
	bool founding = p->kind == INVITE_FOUNDING;
	struct mp_cur head;

	if (founding) {
		if (!mp_nil(c) || !mp_nil(c))
			c->err = c->err ? c->err : ERR_SHAPE;
		return;
	}
	mp_fixed(c, p->clinic, CRYPTO_HASH);
	head = mp_enter(c, 2, 2);
	p->head_seq = mp_u64(&head, 0, UINT64_MAX);
	mp_fixed(&head, p->head_hash, CRYPTO_HASH);
	mp_leave(c, &head);
}

static void get_inviter(struct mp_cur *c, struct invite_packet *p)
{
	if (p->kind != INVITE_FOUNDING)
		mp_fixed(c, p->inviter, CRYPTO_HASH);
	else if (!mp_nil(c))
		c->err = c->err ? c->err : ERR_SHAPE;
}

static void get_team(struct mp_cur *c, struct invite_packet *p)
{
	struct mp_cur team = mp_enter(c, 0, INVITE_TEAM_MAX);

	p->n_team = mp_left(&team);
	for (size_t i = 0; i < p->n_team; i++) {
		struct mp_cur one = mp_enter(&team, 3, 3);

		mp_fixed(&one, p->team[i].genesis, CRYPTO_HASH);
		p->team[i].role = (enum role)mp_u64(&one, ROLE_CLIENT, ROLE_MAX);
		name_read(&one, p->team[i].name);
		mp_leave(&team, &one);
	}
	mp_leave(c, &team);
}

static int parse(const uint8_t *plain, size_t len, struct invite_packet *p)
{
	struct mp_doc *doc;
	struct mp_cur c;
	uint64_t suite;
	int err = mp_open(plain, len, &doc, &c);

	if (err)
		return err;
	suite = mp_u64(&c, 0, UINT64_MAX);
	if (!mp_err(&c) && suite != SUITE) {
		mp_close(doc);
		return ERR_SUITE;
	}
	p->kind = (enum invite_kind)mp_u64(&c, INVITE_FOUNDING, INVITE_MEMBER);
	get_origin(&c, p);
	name_read(&c, p->clinic_name);
	mp_fixed(&c, p->server_tls, CRYPTO_KEY);
	mp_fixed(&c, p->log, CRYPTO_KEY);
	get_inviter(&c, p);
	p->role = (enum role)mp_u64(&c, ROLE_CLIENT, ROLE_MAX);
	get_team(&c, p);
	name_read(&c, p->invitee_name);
	p->expires_ms = mp_u64(&c, 0, UINT64_MAX);
	err = mp_done(&c);
	mp_close(doc);
	return err ? err : check(p);
}

int invite_open(const struct invite_keys *keys, const void *bytes, size_t len, struct invite_packet *packet)
{
	const struct crypto_bytes aad[] = {{AAD_LABEL, sizeof AAD_LABEL}, {keys->id, sizeof keys->id}};
	const uint8_t *nonce = bytes;
	struct buf plain;
	uint8_t *room;
	int err;

	memset(packet, 0, sizeof *packet);
	if (len > INVITE_PACKET_MAX)
		return ERR_TOO_BIG;
	if (len <= PACKET_MIN)
		return ERR_OPEN;
	buf_init(&plain, PLAIN_MAX);
	room = buf_reserve(&plain, len - PACKET_MIN);
	err = room == NULL ? buf_err(&plain)
	                   : crypto_open(keys->key, nonce, aad, 2, nonce + CRYPTO_NONCE, len - CRYPTO_NONCE, room);
	if (!err)
		err = parse(plain.data, plain.len, packet);
	if (err)
		memset(packet, 0, sizeof *packet);
	buf_wipe(&plain);
	return err;
}

int invite_check(const struct invite_packet *packet, const struct clinic *c)
{
	const uint8_t *id = clinic_id(c), *hash = clinic_hash_at(c, packet->head_seq);

	if (id == NULL || memcmp(id, packet->clinic, CRYPTO_HASH) != 0)
		return ERR_PIN;
	if (hash == NULL || memcmp(hash, packet->head_hash, CRYPTO_HASH) != 0)
		return ERR_ROLLBACK;
	for (size_t i = 0; i < packet->n_team; i++)
		if (clinic_member(c, packet->team[i].genesis) == NULL)
			return ERR_AUTHOR;
	return 0;
}
