/* test_req_join: invitations put, fetched and used; the founding; races; and everything about a join that does not fit,
 * each beside a join that does. Nothing of a refused join is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/roster.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/req_kit.h"

static struct req_kit kit;
static struct req_conn admin, therapist, guest;
static struct buf link_bytes;

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	req_kit_new(&kit, NULL);
	req_conn_open(&admin, &kit, kit.who.admin);
	req_conn_open(&therapist, &kit, kit.who.therapist);
	buf_init(&link_bytes, 0);
	return err;
}

static int teardown(void **state)
{
	(void)state;
	req_conn_end(&admin);
	req_conn_end(&therapist);
	if (guest.kit)
		req_conn_end(&guest);
	req_kit_free(&kit);
	buf_wipe(&link_bytes);
	return 0;
}

static int setup_unfounded(void **state)
{
	(void)state;
	int err = crypto_init();
	req_kit_new(&kit, &(struct req_kit_opts){.unfounded = true});
	req_conn_open(&guest, &kit, kit.who.admin);
	buf_init(&link_bytes, 0);
	return err;
}

static int teardown_unfounded(void **state)
{
	(void)state;
	req_conn_end(&guest);
	req_kit_free(&kit);
	buf_wipe(&link_bytes);
	return 0;
}

/* --- requests --- */

static unsigned put_invite(struct req_conn *c, const uint8_t *id, const struct buf *link, const char *packet)
{
	struct msg_invite_put m = {
	    .invite = id, .packet = {(const uint8_t *)packet, strlen(packet)}, .link = {link->data, link->len}};
	struct buf b;
	buf_init(&b, 0);
	assert_int_equal(msg_put_invite_put(&b, ++c->id, &m), 0);
	return req_conn_ask(c, &b);
}

static unsigned get_invite(struct req_conn *c, const uint8_t *id)
{
	struct buf b;
	buf_init(&b, 0);
	assert_int_equal(msg_put_invite_get(&b, ++c->id, &(struct msg_invite_get){.invite = id}), 0);
	return req_conn_ask(c, &b);
}

static void send_join(struct req_conn *c, const uint8_t *id, const struct buf *genesis, const struct buf *links,
                      uint32_t n)
{
	struct msg_join m = {.invite = id, .genesis = {genesis->data, genesis->len}, .n_links = n};
	struct buf b;
	for (uint32_t i = 0; i < n; i++)
		m.links[i] = (struct msg_bytes){links[i].data, links[i].len};
	buf_init(&b, 0);
	assert_int_equal(msg_put_join(&b, ++c->id, &m), 0);
	req_conn_send(c, &b);
}

static unsigned join(struct req_conn *c, const uint8_t *id, const struct buf *genesis, const struct buf *links,
                     uint32_t n)
{
	send_join(c, id, genesis, links, n);
	return req_conn_read(c);
}

/* An invitation by the admin, signed and not put. */
static void sign_invite(const struct person *by, enum role role, struct invite_keys *code)
{
	struct clinic_body body = {.type = CLINIC_INVITE, .role = role, .expires_ms = kit.pp.now_ms + PEOPLE_WEEK};
	people_code(&kit.pp, code);
	memcpy(body.key, code->public, 32);
	if (role == ROLE_CLIENT) {
		body.n_list = 1;
		memcpy(body.list[0], kit.who.therapist->genesis, 32);
	}
	buf_wipe(&link_bytes);
	buf_init(&link_bytes, 0);
	people_sign(&kit.pp, by, &body, &link_bytes);
}

/* Put too; returns its seq. */
static uint64_t invite(enum role role, struct invite_keys *code)
{
	sign_invite(kit.who.admin, role, code);
	assert_int_equal(put_invite(&admin, code->id, &link_bytes, "packet"), 0);
	assert_int_equal(people_apply(&kit.pp, link_bytes.data, link_bytes.len), 0);
	return kit.pp.n_links - 1;
}

static struct person *newcomer(const struct invite_keys *code)
{
	struct person *p = people_new(&kit.pp, code);
	req_conn_open(&guest, &kit, p);
	return p;
}

static const struct buf *sign_join(const struct person *p, enum role role, uint64_t seq)
{
	buf_wipe(&link_bytes);
	buf_init(&link_bytes, 0);
	people_sign_join(&kit.pp, p, role, seq, &link_bytes);
	return &link_bytes;
}

static enum role role_of(const struct person *p)
{
	struct roster_who who;
	assert_int_equal(roster_who(kit.roster, p->pub.tls, &who), 0);
	return who.role;
}

static void not_kept(const struct person *p)
{
	uint64_t seq;
	uint8_t hash[32];
	assert_int_equal(role_of(p), ROLE_GUEST);
	assert_null(roster_keychain(kit.roster, p->genesis));
	assert_int_equal(store_chain_head(kit.store, p->genesis, &seq, hash), ERR_NOT_FOUND);
}

/* --- invitations --- */

static void put_and_fetched(void **state)
{
	struct invite_keys code;
	struct msg_invite_get_reply reply;
	(void)state;
	uint64_t seq = invite(ROLE_MEDICAL, &code);
	req_kit_one_row(&kit, MSG_OP_INVITE_PUT, 0);
	assert_int_equal(put_invite(&admin, code.id, &link_bytes, "packet"), 0); /* again: as the first time */
	struct audit_row row;
	assert_int_equal(req_kit_audit(&kit, &row, 1), 0);
	assert_int_equal(put_invite(&admin, code.id, &link_bytes, "another"), 409);
	newcomer(&code);
	assert_int_equal(get_invite(&guest, code.id), 0);
	assert_int_equal(msg_get_invite_get_reply(&guest.reply.body, &reply), 0);
	assert_int_equal(reply.packet.len, 6);
	assert_memory_equal(reply.packet.data, "packet", 6);
	assert_true(reply.has_head);
	assert_int_equal(reply.head.seq, seq);
	uint8_t none[16] = {1};
	assert_int_equal(get_invite(&guest, none), 313);
	kit.pp.now_ms += PEOPLE_WEEK + 1;
	assert_int_equal(get_invite(&guest, code.id), 312);
}

static void what_is_no_invitation_of_ones_own(void **state)
{
	struct invite_keys code;
	struct clinic_head head;
	(void)state;
	uint64_t at = kit.pp.n_links;
	sign_invite(kit.who.therapist, ROLE_CLIENT, &code);
	assert_int_equal(put_invite(&admin, code.id, &link_bytes, "packet"), 204);
	buf_wipe(&link_bytes);
	buf_init(&link_bytes, 0);
	struct clinic_body body = {.type = CLINIC_REMOVE};
	memcpy(body.genesis, kit.who.prescriber->genesis, 32);
	people_sign(&kit.pp, kit.who.admin, &body, &link_bytes);
	assert_int_equal(put_invite(&admin, code.id, &link_bytes, "packet"), 303);
	sign_invite(kit.who.therapist, ROLE_MEDICAL, &code);
	assert_int_equal(put_invite(&therapist, code.id, &link_bytes, "packet"), 203);
	assert_true(clinic_head(roster_clinic(kit.roster), &head));
	assert_int_equal(head.seq, at - 1);
	sign_invite(kit.who.therapist, ROLE_CLIENT, &code);
	assert_int_equal(put_invite(&therapist, code.id, &link_bytes, "packet"), 0);
}

/* The id is taken: neither the packet nor the link is kept. */
static void an_id_that_is_taken(void **state)
{
	struct invite_keys code, other;
	struct clinic_head head;
	(void)state;
	uint64_t seq = invite(ROLE_MEDICAL, &code);
	sign_invite(kit.who.admin, ROLE_MEDICAL, &other);
	assert_int_equal(put_invite(&admin, code.id, &link_bytes, "packet"), 409);
	assert_true(clinic_head(roster_clinic(kit.roster), &head));
	assert_int_equal(head.seq, seq);
	assert_int_equal(put_invite(&admin, other.id, &link_bytes, "packet"), 0);
}

/* --- joining --- */

static void somebody_joins(void **state)
{
	struct invite_keys code;
	struct store_invite kept;
	(void)state;
	uint64_t seq = invite(ROLE_CLIENT, &code);
	req_kit_one_row(&kit, MSG_OP_INVITE_PUT, 0);
	struct person *p = newcomer(&code);
	const struct buf *link = sign_join(p, ROLE_CLIENT, seq);
	assert_int_equal(join(&guest, code.id, &p->link, link, 1), 0);
	assert_int_equal(role_of(p), ROLE_CLIENT);
	assert_true(guest.port.is_member);
	assert_true(clinic_on_team(roster_clinic(kit.roster), kit.who.therapist->genesis, p->genesis));
	assert_int_equal(store_invite_get(kit.store, code.id, &kept, NULL), 0);
	assert_memory_equal(kept.used_by, p->genesis, 16);
	req_kit_one_row(&kit, MSG_OP_JOIN, 0);
	assert_int_equal(roster_reload(kit.roster), 0);
	assert_int_equal(role_of(p), ROLE_CLIENT);
	/* the second to come with this code: refused, counted, nothing kept */
	req_conn_end(&guest);
	struct person *late = newcomer(&code);
	assert_int_equal(join(&guest, code.id, &late->link, link, 1), 311);
	not_kept(late);
	assert_int_equal(store_invite_get(kit.store, code.id, &kept, NULL), 0);
	assert_int_equal(kept.refusals, 1);
	req_kit_one_row(&kit, MSG_OP_JOIN, ERR_CODE_USED);
	/* and again and again: not without end */
	unsigned used = 1;
	unsigned got = 311;
	for (unsigned i = 0; i < 80 && got == 311; i++, used++) {
		req_conn_end(&guest);
		req_conn_open(&guest, &kit, late);
		got = join(&guest, code.id, &late->link, link, 1);
	}
	assert_int_equal(got, 401);
	assert_int_equal(guest.end, ERR_RATE);
	assert_in_range(used, 60, 66);
	kit.pp.now_ms += 60000;
	req_conn_end(&guest);
	req_conn_open(&guest, &kit, late);
	struct audit_row many[80];
	req_kit_audit(&kit, many, 80);
	assert_int_equal(join(&guest, code.id, &late->link, link, 1), 311);
}

static void joins_that_do_not_fit(void **state)
{
	struct invite_keys code, other;
	struct store_invite kept;
	struct buf links[2], bare;
	struct link parsed;
	uint8_t none[16] = {1};
	(void)state;
	uint64_t seq = invite(ROLE_CLIENT, &code), other_seq = invite(ROLE_CLIENT, &other);
	struct person *p = newcomer(&code), *stranger = people_new(&kit.pp, &code), *theirs = people_new(&kit.pp, &other);
	const struct buf *link = sign_join(p, ROLE_CLIENT, seq);
	links[0] = links[1] = *link;
	assert_int_equal(join(&guest, none, &p->link, link, 1), 313);
	assert_int_equal(join(&guest, code.id, &p->link, links, 2), 105);
	assert_int_equal(join(&guest, code.id, &p->link, &kit.pp.links[1], 1), 303); /* another type of link */
	assert_int_equal(join(&guest, code.id, &stranger->link, link, 1), 204);      /* not this connection's device */
	assert_int_equal(join(&guest, other.id, &p->link, link, 1), 303);            /* another invitation's code */
	not_kept(p);
	buf_init(&bare, 0);
	assert_int_equal(link_parse(p->link.data, p->link.len, &parsed), 0);
	assert_int_equal(link_put(&parsed, LINK_WITHOUT_BOXES, &bare), 0);
	assert_int_equal(join(&guest, code.id, &bare, link, 1), 105);
	buf_reset(&bare);
	assert_int_equal(link_parse(link->data, link->len, &parsed), 0);
	assert_int_equal(link_put(&parsed, LINK_WITHOUT_INNER, &bare), 0);
	assert_int_equal(join(&guest, code.id, &p->link, &bare, 1), 303);
	buf_wipe(&bare);
	not_kept(p);
	req_conn_end(&guest); /* a guest may ask ten times */
	req_conn_open(&guest, &kit, p);
	assert_int_equal(join(&guest, code.id, &p->link, sign_join(theirs, ROLE_CLIENT, other_seq), 1), 404);
	assert_int_equal(join(&guest, code.id, &p->link, sign_join(p, ROLE_CLIENT, other_seq), 1), 203);
	not_kept(p);
	assert_int_equal(store_invite_get(kit.store, code.id, &kept, NULL), 0);
	assert_int_equal(kept.used_ms, 0);
	assert_int_equal(kept.refusals, 0);
	assert_int_equal(join(&guest, code.id, &p->link, sign_join(p, ROLE_CLIENT, seq), 1), 0);
	assert_int_equal(role_of(p), ROLE_CLIENT);
}

static void who_comes_late(void **state)
{
	struct invite_keys code;
	(void)state;
	uint64_t seq = invite(ROLE_MEDICAL, &code);
	struct person *p = newcomer(&code);
	const struct buf *link = sign_join(p, ROLE_MEDICAL, seq);
	uint64_t then = kit.pp.now_ms;
	kit.pp.now_ms += PEOPLE_WEEK + 1;
	assert_int_equal(join(&guest, code.id, &p->link, link, 1), 312);
	not_kept(p);
	kit.pp.now_ms = then;
	assert_int_equal(join(&guest, code.id, &p->link, link, 1), 0);
}

/* Somebody else's link came first: the newcomer hears where the chain is, signs again, and is in. */
static void the_head_has_moved(void **state)
{
	struct invite_keys code, other;
	struct msg_head head;
	(void)state;
	uint64_t seq = invite(ROLE_MEDICAL, &code);
	struct person *p = newcomer(&code);
	struct buf stale;
	buf_init(&stale, 0);
	people_sign_join(&kit.pp, p, ROLE_MEDICAL, seq, &stale);
	uint64_t now = invite(ROLE_MEDICAL, &other);
	assert_int_equal(join(&guest, code.id, &p->link, &stale, 1), 300);
	assert_int_equal(msg_get_head(&guest.reply.body, &head), 0);
	assert_int_equal(head.seq, now);
	not_kept(p);
	assert_int_equal(join(&guest, code.id, &p->link, sign_join(p, ROLE_MEDICAL, seq), 1), 0);
	assert_int_equal(role_of(p), ROLE_MEDICAL);
	buf_wipe(&stale);
}

static void a_lost_commit_keeps_nothing(void **state)
{
	struct invite_keys code;
	(void)state;
	req_conn_end(&admin);
	req_conn_end(&therapist);
	req_kit_free(&kit);
	req_kit_new(&kit, &(struct req_kit_opts){.map_size = (uint64_t)8 << 20});
	req_conn_open(&admin, &kit, kit.who.admin);
	req_conn_open(&therapist, &kit, kit.who.therapist);
	uint64_t seq = invite(ROLE_CLIENT, &code);
	struct person *p = newcomer(&code);
	const struct buf *link = sign_join(p, ROLE_CLIENT, seq);
	req_kit_hold(&kit);
	send_join(&guest, code.id, &p->link, link, 1);
	req_kit_spoil(&kit);
	req_kit_release(&kit);
	assert_int_equal(req_conn_read(&guest), 501);
	not_kept(p);
	assert_false(guest.port.is_member);
	assert_int_equal(join(&guest, code.id, &p->link, link, 1), 0);
	assert_int_equal(role_of(p), ROLE_CLIENT);
}

/* --- the founding --- */

static void founded(void **state)
{
	uint8_t clinic[32];
	struct store_invite kept;
	(void)state;
	const struct person *a = kit.who.admin;
	assert_int_equal(join(&guest, a->invite.id, &a->link, kit.pp.links, 2), 105);
	const struct buf wrong[3] = {kit.pp.links[0], kit.pp.links[2], kit.pp.links[1]};
	assert_int_equal(join(&guest, a->invite.id, &a->link, wrong, 3), 303);
	not_kept(a);
	assert_int_equal(join(&guest, a->invite.id, &a->link, kit.pp.links, 3), 0);
	assert_int_equal(role_of(a), ROLE_ADMIN);
	assert_int_equal(store_clinic(kit.store, clinic), 0);
	assert_memory_equal(clinic, clinic_id(kit.pp.clinic), 32);
	/* once more, by somebody else with the same code */
	req_conn_end(&guest);
	struct person *p = newcomer(&a->invite);
	assert_int_equal(join(&guest, a->invite.id, &p->link, kit.pp.links, 3), 311);
	not_kept(p);
	assert_int_equal(store_invite_get(kit.store, a->invite.id, &kept, NULL), 0);
	assert_int_equal(kept.refusals, 1);
	assert_int_equal(roster_reload(kit.roster), 0);
	assert_int_equal(role_of(a), ROLE_ADMIN);
}

static void a_founding_that_is_lost(void **state)
{
	uint8_t clinic[32];
	(void)state;
	const struct person *a = kit.who.admin;
	req_conn_end(&guest);
	req_kit_free(&kit);
	req_kit_new(&kit, &(struct req_kit_opts){.unfounded = true, .map_size = (uint64_t)8 << 20});
	a = kit.who.admin;
	req_conn_open(&guest, &kit, a);
	req_kit_hold(&kit);
	send_join(&guest, a->invite.id, &a->link, kit.pp.links, 3);
	assert_int_equal(role_of(a), ROLE_ADMIN);
	req_kit_spoil(&kit);
	req_kit_release(&kit);
	assert_int_equal(req_conn_read(&guest), 501);
	not_kept(a);
	assert_int_equal(store_clinic(kit.store, clinic), ERR_NOT_FOUND);
	assert_int_equal(join(&guest, a->invite.id, &a->link, kit.pp.links, 3), 0);
	assert_int_equal(role_of(a), ROLE_ADMIN);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define U(f) cmocka_unit_test_setup_teardown(f, setup_unfounded, teardown_unfounded)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(put_and_fetched),
	    T(what_is_no_invitation_of_ones_own),
	    T(an_id_that_is_taken),
	    T(somebody_joins),
	    T(joins_that_do_not_fit),
	    T(who_comes_late),
	    T(the_head_has_moved),
	    T(a_lost_commit_keeps_nothing),
	    U(founded),
	    U(a_founding_that_is_lost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
