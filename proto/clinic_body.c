/* clinic_body: the bodies of clinic links, one row a type: how it is read, written and bounded. Knows no member and no
 * signer. */
#include <string.h>

#include "buf.h"
#include "crypto.h"
#include "err.h"
#include "link.h"
#include "mp.h"

#include "clinic_body.h"

#define SUITE 1
#define RETAIN_DAYS_MAX 36500
#define INVITE_DAYS_MAX 90
#define FIELDS_MAX 4 /* of a body */

enum confinement { NEVER, SOMETIMES, ALWAYS };

struct row {
	uint8_t type;
	const char *name;
	enum confinement confined;
	void (*get)(struct mp_cur *c, struct clinic_body *b);
	void (*put)(const struct clinic_body *b, struct buf *out);
	int (*check)(const struct clinic_body *b);
};

/* --- pieces --- */

static void get_list(struct mp_cur *c, size_t max, struct clinic_body *b)
{
	struct mp_cur in = mp_enter(c, 0, (uint32_t)max);

	b->n_list = mp_left(&in);
	for (size_t i = 0; i < b->n_list; i++)
		mp_fixed(&in, b->list[i], CRYPTO_HASH);
	mp_leave(c, &in);
}

static void put_list(const struct clinic_body *b, struct buf *out)
{
	mp_put_array(out, (uint32_t)b->n_list);
	for (size_t i = 0; i < b->n_list; i++)
		mp_put_bin(out, b->list[i], CRYPTO_HASH);
}

static enum role get_role(struct mp_cur *c)
{
	return (enum role)mp_u64(c, ROLE_CLIENT, ROLE_MAX);
}

/* A list of staff: ascending, so that one team has one form and nobody is on it twice. */
static int check_staff(const struct clinic_body *b, size_t min)
{
	if (b->n_list < min || b->n_list > CLINIC_TEAM_MAX)
		return ERR_LINK;
	for (size_t i = 1; i < b->n_list; i++)
		if (memcmp(b->list[i - 1], b->list[i], CRYPTO_HASH) >= 0)
			return ERR_LINK;
	return 0;
}

static int check_nothing(const struct clinic_body *b)
{
	(void)b;
	return 0;
}

/* --- genesis --- */

static void get_genesis(struct mp_cur *c, struct clinic_body *b)
{
	mp_fixed(c, b->genesis, CRYPTO_HASH);
	mp_fixed(c, b->key, CRYPTO_KEY);
}

static void put_genesis(const struct clinic_body *b, struct buf *out)
{
	mp_put_array(out, 2);
	mp_put_bin(out, b->genesis, CRYPTO_HASH);
	mp_put_bin(out, b->key, CRYPTO_KEY);
}

static int check_key(const struct clinic_body *b)
{
	return crypto_sign_key_check(b->key);
}

/* --- invite --- */

static void get_invite(struct mp_cur *c, struct clinic_body *b)
{
	mp_fixed(c, b->key, CRYPTO_KEY);
	b->role = get_role(c);
	get_list(c, CLINIC_TEAM_MAX, b);
	b->expires_ms = mp_u64(c, 0, UINT64_MAX);
}

static void put_invite(const struct clinic_body *b, struct buf *out)
{
	mp_put_array(out, 4);
	mp_put_bin(out, b->key, CRYPTO_KEY);
	mp_put_u64(out, b->role);
	put_list(b, out);
	mp_put_u64(out, b->expires_ms);
}

static int check_invite(const struct clinic_body *b)
{
	bool client = b->role == ROLE_CLIENT;

	if (!role_is_member(b->role) || b->confined != client || b->has_about || (!client && b->n_list > 0))
		return ERR_LINK;
	if (client && check_staff(b, 1))
		return ERR_LINK;
	return crypto_sign_key_check(b->key);
}

/* --- join --- */

static void get_join(struct mp_cur *c, struct clinic_body *b)
{
	mp_fixed(c, b->genesis, CRYPTO_HASH);
	b->invite_seq = mp_u64(c, 0, UINT64_MAX);
}

static void put_join(const struct clinic_body *b, struct buf *out)
{
	mp_put_array(out, 2);
	mp_put_bin(out, b->genesis, CRYPTO_HASH);
	mp_put_u64(out, b->invite_seq);
}

static int check_join(const struct clinic_body *b)
{
	return b->confined && b->about != b->invite_seq ? ERR_LINK : 0;
}

/* --- role --- */

static void get_role_change(struct mp_cur *c, struct clinic_body *b)
{
	mp_fixed(c, b->genesis, CRYPTO_HASH);
	b->role = get_role(c);
}

static void put_role_change(const struct clinic_body *b, struct buf *out)
{
	mp_put_array(out, 2);
	mp_put_bin(out, b->genesis, CRYPTO_HASH);
	mp_put_u64(out, b->role);
}

static int check_role_change(const struct clinic_body *b)
{
	return role_is_staff(b->role) ? 0 : ERR_LINK;
}

/* --- remove --- */

static void get_remove(struct mp_cur *c, struct clinic_body *b)
{
	mp_fixed(c, b->genesis, CRYPTO_HASH);
}

static void put_remove(const struct clinic_body *b, struct buf *out)
{
	mp_put_array(out, 1);
	mp_put_bin(out, b->genesis, CRYPTO_HASH);
}

/* --- team --- */

static void get_team(struct mp_cur *c, struct clinic_body *b)
{
	mp_fixed(c, b->genesis, CRYPTO_HASH);
	get_list(c, CLINIC_TEAM_MAX, b);
}

static void put_team(const struct clinic_body *b, struct buf *out)
{
	mp_put_array(out, 2);
	mp_put_bin(out, b->genesis, CRYPTO_HASH);
	put_list(b, out);
}

static int check_team(const struct clinic_body *b)
{
	return check_staff(b, 1);
}

/* --- server_pin --- */

static void get_pin(struct mp_cur *c, struct clinic_body *b)
{
	get_list(c, CLINIC_PINS_MAX, b);
	mp_fixed(c, b->key, CRYPTO_KEY);
}

static void put_pin(const struct clinic_body *b, struct buf *out)
{
	mp_put_array(out, 2);
	put_list(b, out);
	mp_put_bin(out, b->key, CRYPTO_KEY);
}

static int check_pin(const struct clinic_body *b)
{
	int err = crypto_sign_key_check(b->key);

	if (b->n_list < 1 || b->n_list > CLINIC_PINS_MAX)
		return ERR_LINK;
	for (size_t i = 0; !err && i < b->n_list; i++) {
		err = crypto_sign_key_check(b->list[i]);
		for (size_t j = 0; !err && j < i; j++)
			if (crypto_equal(b->list[i], b->list[j], CRYPTO_KEY))
				err = ERR_LINK;
	}
	return err;
}

/* --- policy --- */

static void get_policy(struct mp_cur *c, struct clinic_body *b)
{
	for (b->n_policy = 0; b->n_policy < CLINIC_POLICY_KEYS && mp_left(c) > 0; b->n_policy++) {
		struct mp_cur pair = mp_enter(c, 2, 2);

		b->policy[b->n_policy].key = mp_u64(&pair, 0, UINT64_MAX);
		b->policy[b->n_policy].value = mp_u64(&pair, 0, UINT64_MAX);
		mp_leave(c, &pair);
	}
}

static void put_policy(const struct clinic_body *b, struct buf *out)
{
	mp_put_array(out, (uint32_t)b->n_policy);
	for (size_t i = 0; i < b->n_policy; i++) {
		mp_put_array(out, 2);
		mp_put_u64(out, b->policy[i].key);
		mp_put_u64(out, b->policy[i].value);
	}
}

static int check_policy(const struct clinic_body *b)
{
	static const uint64_t max[CLINIC_POLICY_KEYS + 1] = {
	    [CLINIC_POLICY_SUITE] = SUITE,
	    [CLINIC_POLICY_RETAIN_DAYS] = RETAIN_DAYS_MAX,
	    [CLINIC_POLICY_INVITE_DAYS] = INVITE_DAYS_MAX,
	};

	if (b->n_policy < 1 || b->n_policy > CLINIC_POLICY_KEYS)
		return ERR_LINK;
	for (size_t i = 0; i < b->n_policy; i++) {
		uint64_t key = b->policy[i].key, value = b->policy[i].value;

		if (key < 1 || key > CLINIC_POLICY_KEYS || (i > 0 && key <= b->policy[i - 1].key))
			return ERR_LINK;
		if (key == CLINIC_POLICY_SUITE && value > SUITE)
			return ERR_SUITE;
		if (value < 1 || value > max[key])
			return ERR_LINK;
	}
	return 0;
}

/* --- restore_notice --- */

static void get_notice(struct mp_cur *c, struct clinic_body *b)
{
	mp_fixed(c, b->generation[0], CLINIC_GENERATION);
	mp_fixed(c, b->generation[1], CLINIC_GENERATION);
}

static void put_notice(const struct clinic_body *b, struct buf *out)
{
	mp_put_array(out, 2);
	mp_put_bin(out, b->generation[0], CLINIC_GENERATION);
	mp_put_bin(out, b->generation[1], CLINIC_GENERATION);
}

static int check_notice(const struct clinic_body *b)
{
	return memcmp(b->generation[0], b->generation[1], CLINIC_GENERATION) == 0 ? ERR_LINK : 0;
}

/* --- succession --- */

static void get_succession(struct mp_cur *c, struct clinic_body *b)
{
	mp_fixed(c, b->old, CRYPTO_HASH);
	mp_fixed(c, b->genesis, CRYPTO_HASH);
}

static void put_succession(const struct clinic_body *b, struct buf *out)
{
	mp_put_array(out, 2);
	mp_put_bin(out, b->old, CRYPTO_HASH);
	mp_put_bin(out, b->genesis, CRYPTO_HASH);
}

static int check_succession(const struct clinic_body *b)
{
	return memcmp(b->old, b->genesis, CRYPTO_HASH) == 0 ? ERR_LINK : 0;
}

static const struct row rows[] = {
    {CLINIC_GENESIS, "genesis", NEVER, get_genesis, put_genesis, check_key},
    {CLINIC_INVITE, "invite", SOMETIMES, get_invite, put_invite, check_invite},
    {CLINIC_JOIN, "join", SOMETIMES, get_join, put_join, check_join},
    {CLINIC_ROLE, "role", NEVER, get_role_change, put_role_change, check_role_change},
    {CLINIC_REMOVE, "remove", SOMETIMES, get_remove, put_remove, check_nothing},
    {CLINIC_TEAM, "team", ALWAYS, get_team, put_team, check_team},
    {CLINIC_SERVER_PIN, "server_pin", NEVER, get_pin, put_pin, check_pin},
    {CLINIC_POLICY, "policy", NEVER, get_policy, put_policy, check_policy},
    {CLINIC_RESTORE_NOTICE, "restore_notice", NEVER, get_notice, put_notice, check_notice},
    {CLINIC_SUCCESSION, "succession", SOMETIMES, get_succession, put_succession, check_succession},
};

static const struct row *row_for(uint8_t type)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].type == (type & ~CLINIC_CONFINED))
			return &rows[i];
	return NULL;
}

static int check(const struct row *row, const struct clinic_body *b)
{
	if (row->confined == (b->confined ? NEVER : ALWAYS))
		return ERR_LINK;
	/* The first link about a client is their invitation; all others continue a story. */
	if (b->has_about != (b->confined && b->type != CLINIC_INVITE))
		return ERR_LINK;
	return row->check(b);
}

static int read_inner(const struct row *row, const struct link *link, struct clinic_body *b)
{
	uint8_t salt[LINK_SALT];
	struct mp_doc *doc;
	struct mp_cur c, body;
	int err = mp_open(link->inner, link->inner_len, &doc, &c);

	if (err)
		return err;
	mp_fixed(&c, salt, sizeof salt);
	if (!mp_nil(&c)) {
		b->about = mp_u64(&c, 0, UINT64_MAX);
		b->has_about = true;
	}
	body = mp_enter(&c, 1, FIELDS_MAX);
	row->get(&body, b);
	mp_leave(&c, &body);
	err = mp_done(&c);
	mp_close(doc);
	return err;
}

int clinic_body_parse(const struct link *link, struct clinic_body *body)
{
	const struct row *row = row_for(link->type);
	int err;

	memset(body, 0, sizeof *body);
	if (row == NULL || link->boxes != NULL || link->inner == NULL)
		return ERR_LINK;
	body->type = row->type;
	body->confined = (link->type & CLINIC_CONFINED) != 0;
	err = read_inner(row, link, body);
	if (!err)
		err = check(row, body);
	if (err)
		memset(body, 0, sizeof *body);
	return err;
}

int clinic_body_put(const struct clinic_body *body, const uint8_t *salt, struct buf *out)
{
	const struct row *row = row_for(body->type);

	if (row == NULL || row->type != body->type || check(row, body))
		return ERR_ARG;
	mp_put_array(out, 3);
	mp_put_bin(out, salt, LINK_SALT);
	if (body->has_about)
		mp_put_u64(out, body->about);
	else
		mp_put_nil(out);
	row->put(body, out);
	return buf_err(out);
}

const char *clinic_body_name(uint8_t type)
{
	const struct row *row = row_for(type);

	return row != NULL ? row->name : "unknown";
}

bool clinic_body_is_confined(uint8_t type)
{
	const struct row *row = row_for(type);

	return row != NULL && row->confined != NEVER && (type & CLINIC_CONFINED) != 0;
}
