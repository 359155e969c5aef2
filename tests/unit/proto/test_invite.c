/* test_invite: a code's keys, and packets that open for that code alone and hold nothing out of bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/invite.h"
#include "proto/label.h"
#include "proto/mp.h"
#include "tests/unit/support/mutate.h"
#include "tests/unit/support/people.h"

static const char code[] = "0123456789ABCDEFGHJKMNPQRS", other_code[] = "0123456789ABCDEFGHJKMNPQRT";
static struct invite_keys keys, other;
static struct invite_packet *packet; /* good; changed by a test after good() */

static void key_from(uint8_t byte, uint8_t pub[CRYPTO_KEY])
{
	uint8_t seed[CRYPTO_KEY] = {byte};

	assert_int_equal(crypto_sign_public(seed, pub), 0);
}

static struct invite_packet *good(enum invite_kind kind)
{
	memset(packet, 0, sizeof *packet);
	packet->kind = kind;
	snprintf(packet->clinic_name, INVITE_NAME, "%s", "Hollow Oak");
	snprintf(packet->invitee_name, INVITE_NAME, "%s", "Zo\xc3\xab");
	key_from(1, packet->server_tls);
	key_from(2, packet->log);
	packet->role = ROLE_ADMIN;
	packet->expires_ms = PEOPLE_TIME;
	if (kind == INVITE_FOUNDING)
		return packet;
	packet->role = ROLE_CLIENT;
	memset(packet->clinic, 3, CRYPTO_HASH);
	packet->head_seq = 300;
	memset(packet->head_hash, 4, CRYPTO_HASH);
	memset(packet->inviter, 5, CRYPTO_HASH);
	packet->n_team = 2;
	for (size_t i = 0; i < 2; i++) {
		memset(packet->team[i].genesis, (int)(5 + i), CRYPTO_HASH);
		packet->team[i].role = ROLE_THERAPIST;
		snprintf(packet->team[i].name, INVITE_NAME, "%s", "Dr. Imre Varga");
	}
	return packet;
}

static int seal(const struct invite_packet *p, struct buf *b)
{
	buf_init(b, 0);
	return invite_seal(&keys, p, b);
}

static int open_with(const struct invite_keys *k, const void *bytes, size_t len, const struct invite_packet *expect)
{
	static const struct invite_packet nothing;
	struct invite_packet *got = malloc(sizeof *got);
	int err;

	assert_non_null(got);
	memset(got, 1, sizeof *got);
	err = invite_open(k, bytes, len, got);
	assert_memory_equal(got, err ? &nothing : expect, sizeof *got);
	free(got);
	return err;
}

static void keys_come_from_the_code_by_label(void **state)
{
	uint8_t id[INVITE_ID], expect[CRYPTO_KEY];

	(void)state;
	assert_int_equal(crypto_derive(code, 26, LABEL_INVITE_ID, NULL, id, sizeof id), 0);
	assert_memory_equal(keys.id, id, INVITE_ID);
	assert_int_equal(crypto_derive(code, 26, LABEL_INVITE_KEY, NULL, expect, sizeof expect), 0);
	assert_memory_equal(keys.key, expect, CRYPTO_KEY);
	assert_int_equal(crypto_derive(code, 26, LABEL_INVITE_SIGN, NULL, expect, sizeof expect), 0);
	assert_memory_equal(keys.seed, expect, CRYPTO_KEY);
	assert_int_equal(crypto_sign_public(expect, expect), 0);
	assert_memory_equal(keys.public, expect, CRYPTO_KEY);
	assert_memory_not_equal(keys.id, other.id, INVITE_ID);
}

static void both_kinds_go_both_ways(void **state)
{
	struct buf a, b;

	(void)state;
	for (int kind = INVITE_FOUNDING; kind <= INVITE_MEMBER; kind++) {
		good((enum invite_kind)kind);
		assert_int_equal(seal(packet, &a), 0);
		assert_int_equal(seal(packet, &b), 0);
		assert_int_equal(open_with(&keys, a.data, a.len, packet), 0);
		assert_memory_not_equal(a.data, b.data, CRYPTO_NONCE);
		buf_wipe(&a);
		buf_wipe(&b);
	}
}

static void packet_opens_for_its_code_alone(void **state)
{
	struct invite_keys mixed = keys;
	struct buf b;

	(void)state;
	good(INVITE_MEMBER);
	assert_int_equal(seal(packet, &b), 0);
	assert_int_equal(open_with(&other, b.data, b.len, packet), ERR_OPEN);
	/* The right key with another's id: as if the server had put it behind another code. */
	memcpy(mixed.id, other.id, INVITE_ID);
	assert_int_equal(open_with(&mixed, b.data, b.len, packet), ERR_OPEN);
	assert_int_equal(open_with(&keys, b.data, b.len, packet), 0);
	buf_wipe(&b);
}

static void damaged_packet_is_refused(void **state)
{
	struct mutate m;
	struct buf b;

	(void)state;
	good(INVITE_MEMBER);
	assert_int_equal(seal(packet, &b), 0);
	for (mutate_begin(&m, MUTATE_ALL, b.data, b.len); mutate_next(&m);)
		if (open_with(&keys, m.data, m.len, packet) == 0)
			fail_msg("opened: %s", mutate_what(&m));
	assert_true(m.count > 8 * b.len);
	assert_int_equal(open_with(&keys, b.data, b.len, packet), 0);
	buf_wipe(&b);
}

/* --- bounds, from within: packets that the right key has sealed --- */

/* Seals the plain text of a packet as written by hand. */
static int open_plain(const struct buf *plain)
{
	const struct crypto_bytes aad[] = {{LABEL_PREFIX LABEL_PACKET, sizeof LABEL_PREFIX LABEL_PACKET},
	                                   {keys.id, sizeof keys.id}};
	uint8_t *sealed = calloc(1, CRYPTO_NONCE + plain->len + CRYPTO_TAG);
	struct invite_packet *got = malloc(sizeof *got);
	int err;

	assert_non_null(sealed);
	assert_non_null(got);
	assert_int_equal(buf_err(plain), 0);
	assert_int_equal(crypto_seal(keys.key, sealed, aad, 2, plain->data, plain->len, sealed + CRYPTO_NONCE), 0);
	err = invite_open(&keys, sealed, CRYPTO_NONCE + plain->len + CRYPTO_TAG, got);
	free(sealed);
	free(got);
	return err;
}

struct plain {
	uint64_t suite, kind, role;
	bool clinic, head, inviter, more;
	uint32_t team;
	const char *name;
	size_t name_len;
};

static void put_hash(bool there, uint8_t byte, struct buf *b)
{
	uint8_t hash[CRYPTO_HASH];

	memset(hash, byte, sizeof hash);
	if (there)
		mp_put_bin(b, hash, sizeof hash);
	else
		mp_put_nil(b);
}

static int try_plain(const struct plain *p)
{
	struct buf b;
	int err;

	buf_init(&b, 0);
	mp_put_array(&b, p->more ? 13 : 12);
	mp_put_u64(&b, p->suite);
	mp_put_u64(&b, p->kind);
	put_hash(p->clinic, 1, &b);
	if (p->head) {
		mp_put_array(&b, 2);
		mp_put_u64(&b, 1);
		put_hash(true, 2, &b);
	} else {
		mp_put_nil(&b);
	}
	mp_put_str(&b, p->name, p->name_len);
	mp_put_bin(&b, packet->server_tls, CRYPTO_KEY);
	mp_put_bin(&b, packet->log, CRYPTO_KEY);
	put_hash(p->inviter, 3, &b);
	mp_put_u64(&b, p->role);
	mp_put_array(&b, p->team);
	for (uint32_t i = 0; i < p->team; i++) {
		mp_put_array(&b, 3);
		put_hash(true, (uint8_t)(10 + i), &b);
		mp_put_u64(&b, ROLE_THERAPIST);
		mp_put_cstr(&b, "T");
	}
	mp_put_cstr(&b, "N");
	mp_put_u64(&b, 1);
	if (p->more)
		mp_put_nil(&b);
	err = open_plain(&b);
	buf_wipe(&b);
	return err;
}

static const struct {
	const char *what;
	struct plain p;
	int err;
} plains[] = {
    {"founding", {1, 0, 5, 0, 0, 0, 0, 0, "C", 1}, 0},
    {"founding of suite 2", {2, 0, 5, 0, 0, 0, 0, 0, "C", 1}, ERR_SUITE},
    {"founding for a therapist", {1, 0, 2, 0, 0, 0, 0, 0, "C", 1}, ERR_SHAPE},
    {"founding with a clinic", {1, 0, 5, 1, 0, 0, 0, 0, "C", 1}, ERR_SHAPE},
    {"founding with a head", {1, 0, 5, 0, 1, 0, 0, 0, "C", 1}, ERR_SHAPE},
    {"founding with an inviter", {1, 0, 5, 0, 0, 1, 0, 0, "C", 1}, ERR_SHAPE},
    {"founding with a team", {1, 0, 5, 0, 0, 0, 0, 1, "C", 1}, ERR_SHAPE},
    {"founding with a field more", {1, 0, 5, 0, 0, 0, 1, 0, "C", 1}, ERR_SHAPE},
    {"member", {1, 1, 1, 1, 1, 1, 0, 1, "C", 1}, 0},
    {"member with 16", {1, 1, 1, 1, 1, 1, 0, 16, "C", 1}, 0},
    {"member with 17", {1, 1, 1, 1, 1, 1, 0, 17, "C", 1}, ERR_SHAPE},
    {"member with nobody", {1, 1, 1, 1, 1, 1, 0, 0, "C", 1}, ERR_SHAPE},
    {"member without clinic", {1, 1, 1, 0, 1, 1, 0, 1, "C", 1}, ERR_SHAPE},
    {"member without head", {1, 1, 1, 1, 0, 1, 0, 1, "C", 1}, ERR_SHAPE},
    {"member without inviter", {1, 1, 1, 1, 1, 0, 0, 1, "C", 1}, ERR_SHAPE},
    {"member of role 0", {1, 1, 0, 1, 1, 1, 0, 1, "C", 1}, ERR_SHAPE},
    {"member of role 6", {1, 1, 6, 1, 1, 1, 0, 1, "C", 1}, 0},
    {"member of role 7", {1, 1, 7, 1, 1, 1, 0, 1, "C", 1}, ERR_SHAPE},
    {"kind 2", {1, 2, 1, 1, 1, 1, 0, 1, "C", 1}, ERR_SHAPE},
    {"no name", {1, 1, 1, 1, 1, 1, 0, 1, "", 0}, ERR_SHAPE},
    {"name with NUL", {1, 1, 1, 1, 1, 1, 0, 1, "C\0D", 3}, ERR_SHAPE},
    {"name of NUL", {1, 1, 1, 1, 1, 1, 0, 1, "\0", 1}, ERR_SHAPE},
    {"name with newline", {1, 1, 1, 1, 1, 1, 0, 1, "C\n", 2}, ERR_SHAPE},
    {"name with escape", {1, 1, 1, 1, 1, 1, 0, 1, "\x1b[2J", 4}, ERR_SHAPE},
    {"name with DEL", {1, 1, 1, 1, 1, 1, 0, 1, "\x7f", 1}, ERR_SHAPE},
    {"name with U+0085", {1, 1, 1, 1, 1, 1, 0, 1, "\xc2\x85", 2}, ERR_SHAPE},
    {"name with U+00A0", {1, 1, 1, 1, 1, 1, 0, 1, "\xc2\xa0", 2}, 0},
    {"name not UTF-8", {1, 1, 1, 1, 1, 1, 0, 1, "\xff", 1}, ERR_UTF8},
};

static void every_bound_of_the_plain_text(void **state)
{
	(void)state;
	good(INVITE_MEMBER);
	for (size_t i = 0; i < sizeof plains / sizeof plains[0]; i++) {
		int err = try_plain(&plains[i].p);

		if (err != plains[i].err)
			fail_msg("%s: %s", plains[i].what, err_name(err));
	}
}

static void name_of(char name[INVITE_NAME], const char *c, size_t n)
{
	memset(name, 0, INVITE_NAME);
	for (size_t i = 0; i < n; i++)
		memcpy(name + i * strlen(c), c, strlen(c));
}

static void names_count_in_characters(void **state)
{
	struct buf b;

	(void)state;
	good(INVITE_MEMBER);
	name_of(packet->invitee_name, "\xf0\x9f\x8c\xb3", 80); /* four bytes each */
	name_of(packet->clinic_name, "c", 80);
	name_of(packet->team[1].name, "\xc3\xa9", 80);
	assert_int_equal(seal(packet, &b), 0);
	assert_int_equal(open_with(&keys, b.data, b.len, packet), 0);
	buf_wipe(&b);
	name_of(packet->clinic_name, "c", 81);
	assert_int_equal(seal(packet, &b), ERR_ARG);
	name_of(packet->clinic_name, "c", 1);
	name_of(packet->team[1].name, "\xc3\xa9", 81);
	assert_int_equal(seal(packet, &b), ERR_ARG);
	memset(packet->team[1].name, 'x', INVITE_NAME); /* no end */
	assert_int_equal(seal(packet, &b), ERR_ARG);
	buf_wipe(&b);
}

static void the_largest_packet_fits(void **state)
{
	struct buf b;

	(void)state;
	good(INVITE_MEMBER);
	packet->n_team = INVITE_TEAM_MAX;
	for (size_t i = 0; i < INVITE_TEAM_MAX; i++) {
		memset(packet->team[i].genesis, (int)i + 1, CRYPTO_HASH);
		packet->team[i].role = ROLE_AUDITOR;
		name_of(packet->team[i].name, "\xf0\x9f\x8c\xb3", 80);
	}
	name_of(packet->invitee_name, "\xf0\x9f\x8c\xb3", 80);
	name_of(packet->clinic_name, "\xf0\x9f\x8c\xb3", 80);
	packet->head_seq = packet->expires_ms = UINT64_MAX;
	assert_int_equal(seal(packet, &b), 0);
	assert_true(b.len <= INVITE_PACKET_MAX);
	assert_int_equal(open_with(&keys, b.data, b.len, packet), 0);
	buf_wipe(&b);
}

static void what_could_not_be_opened_is_not_sealed(void **state)
{
	struct buf b;

	(void)state;
	good(INVITE_FOUNDING)->role = ROLE_THERAPIST;
	assert_int_equal(seal(packet, &b), ERR_ARG);
	good(INVITE_FOUNDING)->n_team = 1;
	assert_int_equal(seal(packet, &b), ERR_ARG);
	good(INVITE_MEMBER)->n_team = INVITE_TEAM_MAX + 1;
	assert_int_equal(seal(packet, &b), ERR_ARG);
	good(INVITE_MEMBER)->team[0].role = ROLE_CLIENT;
	assert_int_equal(seal(packet, &b), ERR_ARG);
	memcpy(good(INVITE_MEMBER)->team[1].genesis, packet->team[0].genesis, CRYPTO_HASH);
	assert_int_equal(seal(packet, &b), ERR_ARG);
	memset(good(INVITE_MEMBER)->server_tls, 0, CRYPTO_KEY);
	assert_int_equal(seal(packet, &b), ERR_ARG);
	memset(good(INVITE_MEMBER)->log, 0, CRYPTO_KEY);
	assert_int_equal(seal(packet, &b), ERR_ARG);
	good(INVITE_MEMBER)->kind = (enum invite_kind)2;
	assert_int_equal(seal(packet, &b), ERR_ARG);
	snprintf(good(INVITE_MEMBER)->invitee_name, INVITE_NAME, "%s", "\xff");
	assert_int_equal(seal(packet, &b), ERR_ARG);
	assert_int_equal(b.len, 0);
	assert_int_equal(seal(good(INVITE_MEMBER), &b), 0);
	buf_wipe(&b);
}

static void sizes_are_checked_first(void **state)
{
	static uint8_t bytes[INVITE_PACKET_MAX + 1];

	(void)state;
	assert_int_equal(open_with(&keys, bytes, sizeof bytes, NULL), ERR_TOO_BIG);
	assert_int_equal(open_with(&keys, bytes, sizeof bytes - 1, NULL), ERR_OPEN);
	assert_int_equal(open_with(&keys, bytes, 28, NULL), ERR_OPEN);
	assert_int_equal(open_with(&keys, bytes, 0, NULL), ERR_OPEN);
}

/* --- after joining --- */

static void packet_and_chain_are_compared(void **state)
{
	struct people pp;
	struct people_cast who;
	const uint64_t invite = 7;

	(void)state;
	people_begin(&pp, 8);
	people_cast(&pp, &who);
	good(INVITE_MEMBER);
	memcpy(packet->clinic, clinic_id(pp.clinic), CRYPTO_HASH);
	packet->head_seq = invite;
	memcpy(packet->head_hash, clinic_hash_at(pp.clinic, invite), CRYPTO_HASH);
	memcpy(packet->team[0].genesis, who.therapist->genesis, CRYPTO_HASH);
	memcpy(packet->team[1].genesis, who.prescriber->genesis, CRYPTO_HASH);
	packet->team[1].role = ROLE_PRESCRIBER;
	assert_int_equal(invite_check(packet, pp.clinic), 0);
	packet->head_seq = invite - 1;
	assert_int_equal(invite_check(packet, pp.clinic), ERR_ROLLBACK);
	packet->head_seq = 99;
	assert_int_equal(invite_check(packet, pp.clinic), ERR_ROLLBACK);
	packet->head_seq = invite;
	packet->clinic[0] ^= 1;
	assert_int_equal(invite_check(packet, pp.clinic), ERR_PIN);
	packet->clinic[0] ^= 1;
	packet->team[1].genesis[31] ^= 1;
	assert_int_equal(invite_check(packet, pp.clinic), ERR_AUTHOR);
	packet->team[1].genesis[31] ^= 1;
	assert_int_equal(invite_check(packet, pp.clinic), 0);
	/* who has left since, or changed role, did so by a link that was verified: that is news, not an alarm */
	people_role(&pp, who.admin, who.prescriber, ROLE_MEDICAL);
	assert_int_equal(invite_check(packet, pp.clinic), 0);
	people_remove(&pp, who.admin, who.prescriber);
	assert_int_equal(invite_check(packet, pp.clinic), 0);
	people_end(&pp);
}

static int set_up(void **state)
{
	(void)state;
	packet = calloc(1, sizeof *packet);
	if (packet == NULL || crypto_init() || invite_derive(code, 26, &keys))
		return -1;
	return invite_derive(other_code, 26, &other);
}

static int tear_down(void **state)
{
	(void)state;
	free(packet);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_come_from_the_code_by_label), cmocka_unit_test(both_kinds_go_both_ways),
	    cmocka_unit_test(packet_opens_for_its_code_alone),  cmocka_unit_test(damaged_packet_is_refused),
	    cmocka_unit_test(every_bound_of_the_plain_text),    cmocka_unit_test(names_count_in_characters),
	    cmocka_unit_test(the_largest_packet_fits),          cmocka_unit_test(what_could_not_be_opened_is_not_sealed),
	    cmocka_unit_test(sizes_are_checked_first),          cmocka_unit_test(packet_and_chain_are_compared),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
