/* test_clinic_body: every body both ways, each bound and the value beyond it. The encoder here was written from the
 * protocol's page, apart from the one in proto. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/clinic_body.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/link.h"
#include "proto/mp.h"

static const uint8_t salt[LINK_SALT] = {9};
static uint8_t keys[CLINIC_TEAM_MAX + 1][CRYPTO_KEY]; /* Ed25519 public keys, ascending */

/* A body and how it is written down. */
struct say {
	struct clinic_body b;
	uint8_t wire;             /* type on the wire */
	size_t list, policy_more; /* entries written; pairs written beyond those of the body */
	size_t salt_len;
	bool more, boxes, no_inner;
};

static void put_list(const struct say *s, struct buf *out)
{
	mp_put_array(out, (uint32_t)s->list);
	for (size_t i = 0; i < s->list; i++)
		mp_put_bin(out, i < s->b.n_list ? s->b.list[i] : keys[CLINIC_TEAM_MAX], CRYPTO_HASH);
}

static void put_pairs(const struct say *s, struct buf *out)
{
	mp_put_array(out, (uint32_t)(s->b.n_policy + s->policy_more));
	for (size_t i = 0; i < s->b.n_policy + s->policy_more; i++) {
		mp_put_array(out, 2);
		mp_put_u64(out, i < s->b.n_policy ? s->b.policy[i].key : 4 + i);
		mp_put_u64(out, i < s->b.n_policy ? s->b.policy[i].value : 1);
	}
}

static void put_body(const struct say *s, struct buf *out)
{
	static const uint32_t fields[] = {2, 4, 2, 2, 1, 2, 2, 0};
	const struct clinic_body *b = &s->b;
	uint8_t type = b->type;

	if (type == CLINIC_POLICY) {
		put_pairs(s, out);
		return;
	}
	mp_put_array(out, fields[type - CLINIC_GENESIS] + s->more);
	if (type == CLINIC_SERVER_PIN)
		put_list(s, out);
	else if (type != CLINIC_INVITE)
		mp_put_bin(out, b->genesis, CRYPTO_HASH);
	if (type == CLINIC_GENESIS || type == CLINIC_INVITE || type == CLINIC_SERVER_PIN)
		mp_put_bin(out, b->key, CRYPTO_KEY);
	if (type == CLINIC_INVITE || type == CLINIC_ROLE)
		mp_put_u64(out, b->role);
	if (type == CLINIC_JOIN)
		mp_put_u64(out, b->invite_seq);
	if (type == CLINIC_INVITE || type == CLINIC_TEAM)
		put_list(s, out);
	if (type == CLINIC_INVITE)
		mp_put_u64(out, b->expires_ms);
	if (s->more)
		mp_put_nil(out);
}

static void put(const struct say *s, struct buf *out)
{
	mp_put_array(out, 3);
	mp_put_bin(out, salt, s->salt_len);
	if (s->b.has_about)
		mp_put_u64(out, s->b.about);
	else
		mp_put_nil(out);
	put_body(s, out);
	assert_int_equal(buf_err(out), 0);
}

static int parse(const struct say *s, struct clinic_body *got)
{
	struct link l = {.type = s->wire};
	struct buf b;
	int err;

	buf_init(&b, 0);
	put(s, &b);
	l.inner = s->no_inner ? NULL : b.data;
	l.inner_len = b.len;
	l.boxes = s->boxes ? b.data : NULL;
	err = clinic_body_parse(&l, got);
	buf_wipe(&b);
	return err;
}

static void set_list(struct say *s, size_t n)
{
	s->list = n;
	s->b.n_list = n > CLINIC_TEAM_MAX ? CLINIC_TEAM_MAX : n;
	memset(s->b.list, 0, sizeof s->b.list);
	memcpy(s->b.list, keys, s->b.n_list * sizeof s->b.list[0]);
}

/* A good body of each type; a client's for those that may be either. */
static struct say good(uint8_t type)
{
	struct say s = {.b = {.type = type, .role = ROLE_CLIENT}, .salt_len = LINK_SALT};

	if (type == CLINIC_JOIN || type == CLINIC_REMOVE || type == CLINIC_TEAM) {
		s.b.confined = s.b.has_about = true;
		s.b.about = 300;
	}
	if (type == CLINIC_INVITE) {
		s.b.confined = true;
		s.b.expires_ms = 1700000000000;
	}
	if (type == CLINIC_ROLE)
		s.b.role = ROLE_MEDICAL;
	if (type == CLINIC_INVITE || type == CLINIC_TEAM || type == CLINIC_SERVER_PIN)
		set_list(&s, 2);
	if (type == CLINIC_GENESIS || type == CLINIC_INVITE || type == CLINIC_SERVER_PIN)
		memcpy(s.b.key, keys[3], CRYPTO_KEY);
	if (type == CLINIC_JOIN)
		s.b.invite_seq = 300;
	if (type == CLINIC_POLICY) {
		s.b.n_policy = 3;
		for (uint64_t i = 0; i < 3; i++)
			s.b.policy[i] = (struct clinic_policy_entry){i + 1, i == 0 ? 1 : 30};
	}
	if (type != CLINIC_INVITE && type != CLINIC_SERVER_PIN && type != CLINIC_POLICY)
		memset(s.b.genesis, 7, CRYPTO_HASH);
	if (type != CLINIC_INVITE && type != CLINIC_ROLE)
		s.b.role = ROLE_GUEST;
	s.wire = (uint8_t)(type | (s.b.confined ? CLINIC_CONFINED : 0));
	return s;
}

static void every_type_goes_both_ways(void **state)
{
	struct clinic_body got;
	struct buf mine, its;

	(void)state;
	for (uint8_t type = CLINIC_GENESIS; type <= CLINIC_POLICY; type++) {
		struct say s = good(type);

		buf_init(&mine, 0);
		buf_init(&its, 0);
		assert_int_equal(parse(&s, &got), 0);
		assert_memory_equal(&got, &s.b, sizeof got);
		put(&s, &mine);
		assert_int_equal(clinic_body_put(&s.b, salt, &its), 0);
		assert_int_equal(mine.len, its.len);
		assert_memory_equal(mine.data, its.data, mine.len);
		buf_wipe(&mine);
		buf_wipe(&its);
	}
}

/* One row: a good body of this type with some of these changes. */
#define OPEN 1u    /* not confined */
#define CONFINE 2u /* confined, with an about */
#define ABOUT 4u   /* an about where there was none, or none where there was one */
#define MORE 8u    /* a field more */
#define BOXES 16u
#define NO_INNER 32u
#define SHORT_SALT 64u
#define SMALL_KEY 128u
#define SMALL_PIN 256u
#define TWICE 512u
#define DESCEND 1024u
#define OTHER_INVITE 2048u
#define LIST 4096u    /* of n */
#define ROLE 8192u    /* n */
#define WIRE 16384u   /* type n on the wire */
#define PAIRS 32768u  /* n of them */
#define KEY 65536u    /* pair `at` has key n */
#define VALUE 131072u /* pair `at` has value n */

struct row {
	const char *name;
	uint8_t type;
	int err;
	unsigned changes;
	uint64_t n;
	size_t at;
};

static void change_place(struct say *s, unsigned changes)
{
	if (changes & (OPEN | CONFINE)) {
		s->b.confined = s->b.has_about = (changes & CONFINE) != 0;
		s->b.about = s->b.confined ? s->b.about : 0;
		s->wire = (uint8_t)(s->b.type | (s->b.confined ? CLINIC_CONFINED : 0));
	}
	if (changes & ABOUT) {
		s->b.has_about = !s->b.has_about;
		s->b.about = 0;
	}
	s->more = (changes & MORE) != 0;
	s->policy_more = s->more;
	s->boxes = (changes & BOXES) != 0;
	s->no_inner = (changes & NO_INNER) != 0;
	s->salt_len -= (changes & SHORT_SALT) != 0;
	s->b.invite_seq -= (changes & OTHER_INVITE) != 0;
}

static void change_keys(struct say *s, unsigned changes)
{
	if (changes & SMALL_KEY)
		memset(s->b.key, 0, CRYPTO_KEY);
	if (changes & SMALL_PIN)
		memset(s->b.list[1], 0, CRYPTO_HASH);
	if (changes & TWICE)
		memcpy(s->b.list[1], s->b.list[0], CRYPTO_HASH);
	if (changes & DESCEND) {
		memcpy(s->b.list[0], keys[1], CRYPTO_HASH);
		memcpy(s->b.list[1], keys[0], CRYPTO_HASH);
	}
}

static void change_numbers(struct say *s, const struct row *row)
{
	if (row->changes & LIST)
		set_list(s, (size_t)row->n);
	if (row->changes & ROLE)
		s->b.role = (enum role)row->n;
	if (row->changes & WIRE)
		s->wire = (uint8_t)row->n;
	if (row->changes & KEY)
		s->b.policy[row->at].key = row->n;
	if (row->changes & VALUE)
		s->b.policy[row->at].value = row->n;
	if (row->changes & PAIRS) {
		memset(s->b.policy + row->n, 0, (s->b.n_policy - (size_t)row->n) * sizeof s->b.policy[0]);
		s->b.n_policy = (size_t)row->n;
	}
}

static const struct row rows[] = {
    {"genesis confined", CLINIC_GENESIS, ERR_LINK, CONFINE, 0, 0},
    {"genesis with about", CLINIC_GENESIS, ERR_LINK, ABOUT, 0, 0},
    {"genesis with a bad key", CLINIC_GENESIS, ERR_KEY, SMALL_KEY, 0, 0},
    {"genesis with a field more", CLINIC_GENESIS, ERR_SHAPE, MORE, 0, 0},
    {"genesis with boxes", CLINIC_GENESIS, ERR_LINK, BOXES, 0, 0},
    {"genesis without inner", CLINIC_GENESIS, ERR_LINK, NO_INNER, 0, 0},
    {"genesis with a short salt", CLINIC_GENESIS, ERR_SHAPE, SHORT_SALT, 0, 0},
    {"a type before the first", CLINIC_GENESIS, ERR_LINK, WIRE, 15, 0},
    {"a type after the last", CLINIC_GENESIS, ERR_LINK, WIRE, 24, 0},
    {"the same, confined", CLINIC_GENESIS, ERR_LINK, WIRE, 152, 0},
    {"invite of a client, open", CLINIC_INVITE, ERR_LINK, OPEN, 0, 0},
    {"invite of a client with about", CLINIC_INVITE, ERR_LINK, ABOUT, 0, 0},
    {"invite of staff, confined", CLINIC_INVITE, ERR_LINK, ROLE, ROLE_AUDITOR, 0},
    {"invite of staff with a list", CLINIC_INVITE, ERR_LINK, OPEN | ROLE, ROLE_AUDITOR, 0},
    {"invite of a guest", CLINIC_INVITE, ERR_SHAPE, ROLE, ROLE_GUEST, 0},
    {"invite of role 7", CLINIC_INVITE, ERR_SHAPE, ROLE, ROLE_MAX + 1, 0},
    {"invite with a bad key", CLINIC_INVITE, ERR_KEY, SMALL_KEY, 0, 0},
    {"invite with nobody", CLINIC_INVITE, ERR_LINK, LIST, 0, 0},
    {"invite with one", CLINIC_INVITE, 0, LIST, 1, 0},
    {"invite with 16", CLINIC_INVITE, 0, LIST, 16, 0},
    {"invite with 17", CLINIC_INVITE, ERR_SHAPE, LIST, 17, 0},
    {"invite with one twice", CLINIC_INVITE, ERR_LINK, TWICE, 0, 0},
    {"invite out of order", CLINIC_INVITE, ERR_LINK, DESCEND, 0, 0},
    {"invite with a field more", CLINIC_INVITE, ERR_SHAPE, MORE, 0, 0},
    {"join of staff", CLINIC_JOIN, 0, OPEN, 0, 0},
    {"join of a client without about", CLINIC_JOIN, ERR_LINK, ABOUT, 0, 0},
    {"join about another invite", CLINIC_JOIN, ERR_LINK, OTHER_INVITE, 0, 0},
    {"join with a field more", CLINIC_JOIN, ERR_SHAPE, MORE, 0, 0},
    {"role confined", CLINIC_ROLE, ERR_LINK, CONFINE, 0, 0},
    {"role with about", CLINIC_ROLE, ERR_LINK, ABOUT, 0, 0},
    {"role to client", CLINIC_ROLE, ERR_LINK, ROLE, ROLE_CLIENT, 0},
    {"role to auditor", CLINIC_ROLE, 0, ROLE, ROLE_AUDITOR, 0},
    {"role to guest", CLINIC_ROLE, ERR_SHAPE, ROLE, ROLE_GUEST, 0},
    {"role to 7", CLINIC_ROLE, ERR_SHAPE, ROLE, ROLE_MAX + 1, 0},
    {"role with a field more", CLINIC_ROLE, ERR_SHAPE, MORE, 0, 0},
    {"remove of staff", CLINIC_REMOVE, 0, OPEN, 0, 0},
    {"remove of a client without about", CLINIC_REMOVE, ERR_LINK, ABOUT, 0, 0},
    {"remove with a field more", CLINIC_REMOVE, ERR_SHAPE, MORE, 0, 0},
    {"team open", CLINIC_TEAM, ERR_LINK, OPEN, 0, 0},
    {"team without about", CLINIC_TEAM, ERR_LINK, ABOUT, 0, 0},
    {"team of nobody", CLINIC_TEAM, ERR_LINK, LIST, 0, 0},
    {"team of one", CLINIC_TEAM, 0, LIST, 1, 0},
    {"team of 16", CLINIC_TEAM, 0, LIST, 16, 0},
    {"team of 17", CLINIC_TEAM, ERR_SHAPE, LIST, 17, 0},
    {"team with one twice", CLINIC_TEAM, ERR_LINK, TWICE, 0, 0},
    {"team out of order", CLINIC_TEAM, ERR_LINK, DESCEND, 0, 0},
    {"pin confined", CLINIC_SERVER_PIN, ERR_LINK, CONFINE, 0, 0},
    {"pin of nothing", CLINIC_SERVER_PIN, ERR_LINK, LIST, 0, 0},
    {"pin of one", CLINIC_SERVER_PIN, 0, LIST, 1, 0},
    {"pin of 4", CLINIC_SERVER_PIN, 0, LIST, 4, 0},
    {"pin of 5", CLINIC_SERVER_PIN, ERR_SHAPE, LIST, 5, 0},
    {"pin twice", CLINIC_SERVER_PIN, ERR_LINK, TWICE, 0, 0},
    {"pins in any order", CLINIC_SERVER_PIN, 0, DESCEND, 0, 0},
    {"pin of a bad key", CLINIC_SERVER_PIN, ERR_KEY, SMALL_PIN, 0, 0},
    {"pin of a bad log key", CLINIC_SERVER_PIN, ERR_KEY, SMALL_KEY, 0, 0},
    {"policy confined", CLINIC_POLICY, ERR_LINK, CONFINE, 0, 0},
    {"policy of nothing", CLINIC_POLICY, ERR_SHAPE, PAIRS, 0, 0},
    {"policy of one", CLINIC_POLICY, 0, PAIRS, 1, 0},
    {"policy of four", CLINIC_POLICY, ERR_SHAPE, MORE, 0, 0},
    {"policy key 0", CLINIC_POLICY, ERR_LINK, KEY, 0, 0},
    {"policy key 4", CLINIC_POLICY, ERR_LINK, KEY, 4, 2},
    {"policy key 2^64-1", CLINIC_POLICY, ERR_LINK, KEY, UINT64_MAX, 2},
    {"policy key twice", CLINIC_POLICY, ERR_LINK, KEY, 2, 2},
    {"policy out of order", CLINIC_POLICY, ERR_LINK, KEY, 3, 1},
    {"policy suite 2", CLINIC_POLICY, ERR_SUITE, VALUE, 2, 0},
    {"policy suite 0", CLINIC_POLICY, ERR_LINK, VALUE, 0, 0},
    {"policy retain 0", CLINIC_POLICY, ERR_LINK, VALUE, 0, 1},
    {"policy retain 36500", CLINIC_POLICY, 0, VALUE, 36500, 1},
    {"policy retain 36501", CLINIC_POLICY, ERR_LINK, VALUE, 36501, 1},
    {"policy invite 0", CLINIC_POLICY, ERR_LINK, VALUE, 0, 2},
    {"policy invite 90", CLINIC_POLICY, 0, VALUE, 90, 2},
    {"policy invite 91", CLINIC_POLICY, ERR_LINK, VALUE, 91, 2},
};

/* What parsing refuses for its meaning, putting refuses too. */
static void every_bound(void **state)
{
	static const struct clinic_body nothing;
	struct clinic_body got;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct say s = good(rows[i].type);
		int err;

		assert_int_equal(parse(&s, &got), 0);
		change_place(&s, rows[i].changes);
		change_keys(&s, rows[i].changes);
		change_numbers(&s, &rows[i]);
		err = parse(&s, &got);
		if (err != rows[i].err)
			fail_msg("%s: %s", rows[i].name, err_name(err));
		assert_memory_equal(&got, err ? &nothing : &s.b, sizeof got);
		if (s.wire != (uint8_t)(s.b.type | (s.b.confined ? CLINIC_CONFINED : 0)) || s.boxes || s.no_inner ||
		    err == ERR_SHAPE)
			continue;
		buf_init(&b, 0);
		err = clinic_body_put(&s.b, salt, &b);
		if (err != (rows[i].err ? ERR_ARG : 0))
			fail_msg("put, %s: %s", rows[i].name, err_name(err));
		buf_wipe(&b);
	}
}

static void invite_of_staff_names_nobody(void **state)
{
	struct say s = good(CLINIC_INVITE);
	struct clinic_body got;

	(void)state;
	change_place(&s, OPEN);
	s.b.role = ROLE_PRESCRIBER;
	set_list(&s, 0);
	assert_int_equal(parse(&s, &got), 0);
	assert_memory_equal(&got, &s.b, sizeof got);
}

static void putting_checks_counts_itself(void **state)
{
	struct say s = good(CLINIC_TEAM);
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	s.b.n_list = CLINIC_TEAM_MAX + 1;
	assert_int_equal(clinic_body_put(&s.b, salt, &b), ERR_ARG);
	s = good(CLINIC_SERVER_PIN);
	s.b.n_list = CLINIC_PINS_MAX + 1;
	assert_int_equal(clinic_body_put(&s.b, salt, &b), ERR_ARG);
	s = good(CLINIC_POLICY);
	s.b.n_policy = CLINIC_POLICY_KEYS + 1;
	assert_int_equal(clinic_body_put(&s.b, salt, &b), ERR_ARG);
	s = good(CLINIC_INVITE);
	s.b.role = (enum role)(ROLE_MAX + 1);
	assert_int_equal(clinic_body_put(&s.b, salt, &b), ERR_ARG);
	s.b.type = CLINIC_POLICY + 1;
	assert_int_equal(clinic_body_put(&s.b, salt, &b), ERR_ARG);
	s.b.type = CLINIC_TEAM | CLINIC_CONFINED;
	assert_int_equal(clinic_body_put(&s.b, salt, &b), ERR_ARG);
	assert_int_equal(b.len, 0);
	buf_wipe(&b);
}

static void names_and_confinement(void **state)
{
	static const uint8_t may[] = {145, 146, 148, 149, 154};

	(void)state;
	assert_string_equal(clinic_body_name(CLINIC_GENESIS), "genesis");
	assert_string_equal(clinic_body_name(149), "team");
	assert_string_equal(clinic_body_name(15), "unknown");
	assert_string_equal(clinic_body_name(24), "unknown");
	for (unsigned type = 0; type < 256; type++)
		assert_int_equal(clinic_body_is_confined((uint8_t)type), memchr(may, (int)type, sizeof may) != NULL);
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, CRYPTO_KEY);
}

static int set_up(void **state)
{
	uint8_t seed[CRYPTO_KEY] = {0};

	(void)state;
	if (crypto_init())
		return -1;
	for (size_t i = 0; i <= CLINIC_TEAM_MAX; i++) {
		seed[0] = (uint8_t)i;
		if (crypto_sign_public(seed, keys[i]))
			return -1;
	}
	qsort(keys, CLINIC_TEAM_MAX + 1, CRYPTO_KEY, compare);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_type_goes_both_ways),    cmocka_unit_test(every_bound),
	    cmocka_unit_test(invite_of_staff_names_nobody), cmocka_unit_test(putting_checks_counts_itself),
	    cmocka_unit_test(names_and_confinement),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
