/* test_clinic_sign: what is filled in for the signer, and what cannot be said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/clinic_sign.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/link.h"
#include "tests/unit/support/people.h"

static struct people pp;
static struct people_cast who;

static int begin(void **state)
{
	(void)state;
	people_begin(&pp, 10);
	people_cast(&pp, &who);
	return 0;
}

static int end(void **state)
{
	(void)state;
	people_end(&pp);
	return 0;
}

static int sign(const struct clinic_body *body, struct buf *b)
{
	buf_init(b, 0);
	return clinic_sign(pp.clinic, &who.admin->device, pp.now_ms, body, b);
}

/* Signs, reads back, and applies. */
static void said(const struct clinic_body *body, struct clinic_body *got)
{
	struct clinic_head head;
	struct link l;
	struct buf b;

	assert_int_equal(sign(body, &b), 0);
	assert_int_equal(link_parse(b.data, b.len, &l), 0);
	assert_int_equal(clinic_body_parse(&l, got), 0);
	assert_true(clinic_head(pp.clinic, &head));
	assert_int_equal(l.seq, head.seq + 1);
	assert_memory_equal(l.prev, head.hash, CRYPTO_HASH);
	assert_memory_equal(l.chain, clinic_id(pp.clinic), CRYPTO_HASH);
	assert_memory_equal(l.signer, who.admin->did, DEVICE_ID);
	assert_int_equal(l.time_ms, pp.now_ms);
	assert_int_equal(people_apply(&pp, b.data, b.len), 0);
	buf_wipe(&b);
}

static struct clinic_body of(uint8_t type, const struct person *p)
{
	struct clinic_body b = {.type = type};

	memcpy(b.genesis, p->genesis, KEYCHAIN_GENESIS);
	return b;
}

static void place_confinement_and_order_are_filled_in(void **state)
{
	struct clinic_body b = of(CLINIC_TEAM, who.client), got;
	bool ascending = memcmp(who.therapist->genesis, who.prescriber->genesis, KEYCHAIN_GENESIS) < 0;
	const struct person *low = ascending ? who.therapist : who.prescriber,
	                    *high = ascending ? who.prescriber : who.therapist;

	(void)state;
	b.n_list = 2;
	memcpy(b.list[0], high->genesis, KEYCHAIN_GENESIS);
	memcpy(b.list[1], low->genesis, KEYCHAIN_GENESIS);
	said(&b, &got);
	assert_true(got.confined && got.has_about);
	assert_int_equal(got.about, 8);
	assert_memory_equal(got.list[0], low->genesis, KEYCHAIN_GENESIS);
	said(&b, &got);
	assert_int_equal(got.about, 9);
	b = of(CLINIC_REMOVE, who.client);
	said(&b, &got);
	assert_true(got.confined);
	assert_int_equal(got.about, 10);
	b = of(CLINIC_REMOVE, who.prescriber);
	b.confined = b.has_about = true; /* not the caller's to say */
	said(&b, &got);
	assert_false(got.confined || got.has_about);
}

static void what_makes_no_sense_is_not_signed(void **state)
{
	struct clinic_body b = {.type = CLINIC_TEAM};
	struct invite_keys code;
	struct clinic *empty;
	struct buf out;

	(void)state;
	people_code(&pp, &code);
	assert_int_equal(sign(&b, &out), ERR_NOT_FOUND);
	b = of(CLINIC_TEAM, who.therapist);
	assert_int_equal(sign(&b, &out), ERR_NOT_FOUND); /* no client: no story */
	b = of(CLINIC_TEAM, who.client);
	assert_int_equal(sign(&b, &out), ERR_ARG); /* of nobody */
	b.n_list = CLINIC_TEAM_MAX + 1;
	assert_int_equal(sign(&b, &out), ERR_ARG);
	b = of(CLINIC_REMOVE, people_new(&pp, &code));
	assert_int_equal(sign(&b, &out), ERR_NOT_FOUND);
	b = of(CLINIC_GENESIS, who.admin);
	assert_int_equal(sign(&b, &out), ERR_ARG);
	b = of(CLINIC_JOIN, who.admin);
	assert_int_equal(sign(&b, &out), ERR_ARG);
	b.type = 24;
	assert_int_equal(sign(&b, &out), ERR_ARG);
	b = (struct clinic_body){.type = CLINIC_POLICY, .n_policy = 1, .policy = {{CLINIC_POLICY_INVITE_DAYS, 91}}};
	assert_int_equal(sign(&b, &out), ERR_ARG);
	assert_int_equal(out.len, 0);
	b.policy[0].value = 90;
	assert_int_equal(sign(&b, &out), 0);
	assert_int_equal(clinic_new(&(struct clinic_lookup){people_lookup, &pp}, &empty), 0);
	assert_int_equal(clinic_sign(empty, &who.admin->device, 0, &b, &out), ERR_ARG);
	clinic_free(empty);
	buf_wipe(&out);
}

/* What a newcomer does, with nothing but the code, the packet and the head: the packet's head is the invitation's own
 * link. */
static void newcomer_joins_from_the_packet(void **state)
{
	struct people_invite o = {.by = who.therapist, .role = ROLE_CLIENT, .team = &who.therapist, .n_team = 1};
	struct invite_packet *packet = test_calloc(1, sizeof *packet), *opened = test_calloc(1, sizeof *opened);
	struct clinic_sign_join join = {.role = ROLE_CLIENT, .time_ms = pp.now_ms};
	struct invite_keys code;
	struct person *newcomer;
	struct buf sealed, b;

	(void)state;
	packet->kind = INVITE_MEMBER;
	packet->head_seq = people_invite(&pp, &o, &code);
	memcpy(packet->head_hash, clinic_hash_at(pp.clinic, packet->head_seq), CRYPTO_HASH);
	memcpy(packet->clinic, clinic_id(pp.clinic), CRYPTO_HASH);
	memcpy(packet->server_tls, pp.server_tls_pub, CRYPTO_KEY);
	memcpy(packet->log, pp.log_pub, CRYPTO_KEY);
	packet->role = ROLE_CLIENT;
	packet->n_team = 1;
	packet->team[0].role = ROLE_THERAPIST;
	memcpy(packet->team[0].genesis, who.therapist->genesis, CRYPTO_HASH);
	snprintf(packet->team[0].name, INVITE_NAME, "%s", "T");
	snprintf(packet->clinic_name, INVITE_NAME, "%s", "C");
	snprintf(packet->invitee_name, INVITE_NAME, "%s", "N");
	buf_init(&sealed, 0);
	buf_init(&b, 0);
	assert_int_equal(invite_seal(&code, packet, &sealed), 0);
	people_role(&pp, who.admin, who.prescriber, ROLE_MEDICAL); /* the head moves on */

	newcomer = people_new(&pp, &code);
	assert_int_equal(invite_open(&code, sealed.data, sealed.len, opened), 0);
	assert_true(clinic_head(pp.clinic, &join.head));
	join.clinic = opened->clinic;
	join.invite_seq = opened->head_seq;
	join.invite_seed = code.seed;
	join.genesis = newcomer->genesis;
	assert_int_equal(clinic_sign_join(&join, &b), 0);
	assert_int_equal(people_apply(&pp, b.data, b.len), 0);
	assert_int_equal(invite_check(opened, pp.clinic), 0);
	assert_true(clinic_on_team(pp.clinic, who.therapist->genesis, newcomer->genesis));
	buf_wipe(&sealed);
	buf_wipe(&b);
	test_free(packet);
	test_free(opened);
}

static int set_up(void **state)
{
	(void)state;
	return crypto_init();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(place_confinement_and_order_are_filled_in),
	    TEST(what_makes_no_sense_is_not_signed),
	    TEST(newcomer_joins_from_the_packet),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
