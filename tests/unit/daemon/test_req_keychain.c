/* test_req_keychain: a person's key chain grows through chain_put: devices come and go, epochs begin, the paper device
 * lets one in and does nothing else; who is out is sent away; what fails leaves nothing behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/roster.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/record.h"
#include "tests/unit/support/phones.h"
#include "tests/unit/support/req_kit.h"

#define MAP ((uint64_t)8 << 20)

static struct req_kit kit;
static struct req_conn admin, therapist, client, conn;
static struct phones *ph; /* the client's */
static struct buf link_a, link_b;
static struct audit_row rows[24];

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	req_kit_new(&kit, &(struct req_kit_opts){.map_size = MAP});
	req_conn_open(&admin, &kit, kit.who.admin);
	req_conn_open(&therapist, &kit, kit.who.therapist);
	req_conn_open(&client, &kit, kit.who.client);
	ph = phones_new(&kit.pp, kit.who.client);
	buf_init(&link_a, 0);
	buf_init(&link_b, 0);
	return err;
}

static int teardown(void **state)
{
	(void)state;
	req_conn_end(&admin);
	req_conn_end(&therapist);
	req_conn_end(&client);
	req_conn_end(&conn);
	phones_free(ph);
	buf_wipe(&link_a);
	buf_wipe(&link_b);
	req_kit_free(&kit);
	return 0;
}

static const uint8_t *chain(void)
{
	return kit.who.client->genesis;
}

static unsigned put(struct req_conn *c, const struct buf *link)
{
	return req_conn_chain_put(c, chain(), link);
}

static void send_put(struct req_conn *c, const uint8_t *of, const struct buf *link)
{
	struct msg_chain_put m = {.chain = of, .link = {link->data, link->len}};
	struct buf b;
	buf_init(&b, 0);
	assert_int_equal(msg_put_chain_put(&b, ++c->id, &m), 0);
	req_conn_send(c, &b);
}

static struct phone *sign_add(const struct phone *by, struct buf *out)
{
	struct phone *fresh = &ph->all[ph->n];
	buf_reset(out);
	phones_draw(&kit.pp, fresh);
	assert_int_equal(phones_sign_add(ph, by, fresh, out), 0);
	return fresh;
}

static void sign_revoke(const struct phone *by, const struct phone *whom, struct buf *out)
{
	buf_reset(out);
	assert_int_equal(phones_sign_revoke(ph, by, &whom, 1, out), 0);
}

/* One device more, through the server. */
static struct phone *add(void)
{
	struct phone *fresh = sign_add(&ph->all[0], &link_a);
	assert_int_equal(put(&client, &link_a), 0);
	assert_int_equal(phones_apply(ph, &link_a), 0);
	ph->n++;
	req_kit_audit(&kit, rows, 24);
	return fresh;
}

static void revoke(const struct phone *whom)
{
	sign_revoke(&ph->all[0], whom, &link_a);
	assert_int_equal(put(&client, &link_a), 0);
	assert_int_equal(phones_apply(ph, &link_a), 0);
}

static unsigned hello(struct req_conn *c, const uint8_t *tls)
{
	req_conn_end(c);
	return req_conn_open_key(c, &kit, tls);
}

static void is_member(const uint8_t *tls, bool paper, const uint8_t *did)
{
	struct roster_who who;
	assert_int_equal(roster_who(kit.roster, tls, &who), 0);
	assert_int_equal(who.role, ROLE_CLIENT);
	assert_int_equal(who.paper, paper);
	assert_memory_equal(who.genesis, chain(), 32);
	assert_memory_equal(who.did, did, 16);
}

static void is_known_as(const uint8_t *tls, int err)
{
	struct roster_who who;
	assert_int_equal(roster_who(kit.roster, tls, &who), err);
	assert_int_equal(who.role, ROLE_GUEST);
}

static void says_head(struct req_conn *c, uint64_t seq, const uint8_t *hash)
{
	struct msg_head head;
	assert_int_equal(msg_get_head(&c->reply.body, &head), 0);
	assert_int_equal(head.seq, seq);
	assert_memory_equal(head.hash, hash, 32);
}

static void says_link(struct req_conn *c, const struct buf *bytes)
{
	struct link l;
	assert_int_equal(link_parse(bytes->data, bytes->len, &l), 0);
	says_head(c, l.seq, l.hash);
}

/* Roster and store end the client's chain at the same link. */
static void agree(uint64_t seq)
{
	const struct keychain *k = roster_keychain(kit.roster, chain());
	uint64_t stored;
	uint8_t hash[32];
	assert_int_equal(store_chain_head(kit.store, chain(), &stored, hash), 0);
	assert_int_equal(stored, seq);
	assert_int_equal(keychain_head_seq(k), seq);
	assert_memory_equal(keychain_head_hash(k), hash, 32);
}

static void row_is(size_t at, uint16_t op, uint8_t kind, const uint8_t *id, size_t len)
{
	assert_int_equal(rows[at].op, op);
	assert_int_equal(rows[at].status, 0);
	assert_memory_equal(rows[at].actor, chain(), 16);
	assert_int_equal(rows[at].object_kind, kind);
	assert_memory_equal(rows[at].object, id, len);
}

/* --- devices come --- */

static void a_device_is_let_in(void **state)
{
	struct link l;
	(void)state;
	const struct phone *fresh = sign_add(&ph->all[0], &link_a);
	is_known_as(fresh->pub.tls, 0);
	assert_int_equal(put(&client, &link_a), 0);
	says_link(&client, &link_a);
	agree(1);
	assert_int_equal(link_parse(link_a.data, link_a.len, &l), 0);
	assert_int_equal(req_kit_audit(&kit, rows, 24), 2);
	row_is(0, MSG_OP_CHAIN_PUT, AUDIT_LINK, l.hash, 32);
	row_is(1, AUDIT_OP_DEVICE_ADDED, AUDIT_DEVICE, fresh->did, 16);
	is_member(fresh->pub.tls, false, fresh->did);
	is_member(ph->all[0].pub.tls, false, ph->all[0].did);
	assert_int_equal(hello(&conn, fresh->pub.tls), 0);
	/* sent again it is answered again, and nothing is changed */
	assert_int_equal(put(&client, &link_a), 0);
	says_link(&client, &link_a);
	assert_int_equal(req_kit_audit(&kit, rows, 24), 0);
	assert_int_equal(kit.dropped + kit.expelled, 0);
	/* and it is so when the daemon starts anew */
	assert_int_equal(roster_reload(kit.roster), 0);
	is_member(fresh->pub.tls, false, fresh->did);
	agree(1);
}

/* A guest on a connection of its own becomes a member by what another device says. */
static void let_in_while_connected(void **state)
{
	struct buf b;
	(void)state;
	const struct phone *fresh = sign_add(&ph->all[0], &link_a);
	assert_int_equal(hello(&conn, fresh->pub.tls), 0);
	buf_init(&b, 0);
	assert_int_equal(msg_put_chain_list(&b, ++conn.id, &(struct msg_chain_list){NULL}), 0);
	assert_int_equal(req_conn_ask(&conn, &b), 200);
	assert_false(conn.port.is_member);
	assert_int_equal(put(&client, &link_a), 0);
	buf_init(&b, 0);
	assert_int_equal(msg_put_chain_list(&b, ++conn.id, &(struct msg_chain_list){NULL}), 0);
	assert_int_equal(req_conn_ask(&conn, &b), 0);
	assert_true(conn.port.is_member);
}

static void who_may_not(void **state)
{
	struct buf cut;
	struct link l;
	(void)state;
	struct phone *second = add();
	sign_add(&ph->all[0], &link_a);
	assert_int_equal(put(&therapist, &link_a), 404); /* not their chain, and they learn nothing */
	assert_int_equal(req_conn_chain_put(&therapist, kit.who.therapist->genesis, &link_a), 303);
	assert_int_equal(hello(&conn, second->pub.tls), 0);
	assert_int_equal(put(&conn, &link_a), 204); /* signed by another device than the one that sends it */
	assert_int_equal(put(&client, &kit.who.therapist->link), 303);
	assert_int_equal(link_parse(link_a.data, link_a.len, &l), 0);
	buf_init(&cut, 0);
	assert_int_equal(link_put(&l, LINK_WITHOUT_BOXES, &cut), 0);
	assert_int_equal(put(&client, &cut), 105);
	buf_reset(&cut);
	assert_int_equal(link_put(&l, LINK_WITHOUT_INNER, &cut), 0);
	assert_int_equal(put(&client, &cut), 303);
	buf_wipe(&cut);
	assert_int_equal(req_kit_audit(&kit, rows, 24), 6);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(rows[i].op, MSG_OP_CHAIN_PUT);
	agree(1);
	assert_int_equal(put(&client, &link_a), 0); /* the control */
	agree(2);
}

static void a_wrong_signature(void **state)
{
	(void)state;
	sign_add(&ph->all[0], &link_a);
	/* the signature of the link follows its outer part */
	struct link l;
	assert_int_equal(link_parse(link_a.data, link_a.len, &l), 0);
	((uint8_t *)(uintptr_t)l.signature)[5] ^= 1;
	assert_int_equal(put(&client, &link_a), 302);
	agree(0);
}

static void who_is_behind_hears_the_head(void **state)
{
	(void)state;
	sign_add(&ph->all[0], &link_a);
	buf_reset(&link_b);
	assert_int_equal(phones_sign_rotate(ph, &ph->all[0], &link_b), 0);
	assert_int_equal(put(&client, &link_a), 0);
	assert_int_equal(put(&client, &link_b), 300);
	says_link(&client, &link_a);
	agree(1);
}

static void a_device_of_somebody_else(void **state)
{
	(void)state;
	struct phone *fresh = &ph->all[ph->n];
	phones_draw(&kit.pp, fresh);
	memcpy(fresh->secret.tls, kit.who.therapist->device.tls, 32);
	assert_int_equal(device_public_of(&fresh->secret, &fresh->pub), 0);
	assert_int_equal(phones_sign_add(ph, &ph->all[0], fresh, &link_a), 0);
	assert_int_equal(put(&client, &link_a), 409);
	memcpy(fresh->secret.tls, kit.who.admin->recovery.tls, 32);
	assert_int_equal(device_public_of(&fresh->secret, &fresh->pub), 0);
	buf_reset(&link_a);
	assert_int_equal(phones_sign_add(ph, &ph->all[0], fresh, &link_a), 0);
	assert_int_equal(put(&client, &link_a), 409);
	agree(0);
	struct roster_who who;
	assert_int_equal(roster_who(kit.roster, kit.who.therapist->pub.tls, &who), 0);
	assert_memory_equal(who.genesis, kit.who.therapist->genesis, 32);
}

static void no_more_than_sixteen(void **state)
{
	(void)state;
	for (size_t i = 1; i < KEYCHAIN_DEVICES_MAX; i++)
		add();
	agree(KEYCHAIN_DEVICES_MAX - 1);
	/* the seventeenth: signed as if there were one less */
	struct link last;
	phones_link(ph, ph->n_links - 1, &last);
	phones_draw(&kit.pp, &ph->all[ph->n]);
	buf_reset(&link_a);
	assert_int_equal(phones_sign_add(ph, &ph->all[0], &ph->all[ph->n], &link_a), ERR_LINK);
	is_member(ph->all[KEYCHAIN_DEVICES_MAX - 1].pub.tls, false, ph->all[KEYCHAIN_DEVICES_MAX - 1].did);
	/* one goes, one may come */
	revoke(&ph->all[3]);
	add();
	agree(KEYCHAIN_DEVICES_MAX + 1);
}

static void no_more_epochs_than_there_may_be(void **state)
{
	(void)state;
	for (unsigned i = 1; i < KEYCHAIN_EPOCHS_MAX; i++) {
		buf_reset(&link_a);
		assert_int_equal(phones_sign_rotate(ph, &ph->all[0], &link_a), 0);
		assert_int_equal(put(&client, &link_a), 0);
		assert_int_equal(phones_apply(ph, &link_a), 0);
	}
	agree(KEYCHAIN_EPOCHS_MAX - 1);
	buf_reset(&link_b);
	assert_int_equal(phones_sign_rotate(ph, &ph->all[0], &link_b), ERR_SHAPE);
	add(); /* devices still come */
}

/* --- devices go --- */

static void a_device_is_put_out(void **state)
{
	struct link l;
	(void)state;
	struct phone *lost = add();
	assert_int_equal(hello(&conn, lost->pub.tls), 0);
	sign_revoke(&ph->all[0], lost, &link_a);
	assert_int_equal(put(&client, &link_a), 0);
	says_link(&client, &link_a);
	assert_int_equal(link_parse(link_a.data, link_a.len, &l), 0);
	assert_int_equal(kit.dropped, 1);
	assert_memory_equal(kit.dropped_did, lost->did, 16);
	assert_int_equal(kit.expelled, 0);
	assert_int_equal(req_kit_audit(&kit, rows, 24), 3);
	row_is(0, MSG_OP_CHAIN_PUT, AUDIT_LINK, l.hash, 32);
	row_is(1, AUDIT_OP_DEVICE_REVOKED, AUDIT_DEVICE, lost->did, 16);
	row_is(2, AUDIT_OP_EPOCH, AUDIT_LINK, l.hash, 32);
	is_known_as(lost->pub.tls, ERR_REVOKED);
	/* a connection that is still there hears it, and a new one at hello */
	struct msg_status_reply *none = NULL;
	assert_int_equal(req_conn_status(&conn, none), 201);
	assert_int_equal(conn.end, ERR_REVOKED);
	assert_int_equal(hello(&conn, lost->pub.tls), 201);
	assert_int_equal(conn.end, ERR_REVOKED);
	assert_int_equal(roster_reload(kit.roster), 0);
	is_known_as(lost->pub.tls, ERR_REVOKED);
	is_member(ph->all[0].pub.tls, false, ph->all[0].did);
}

/* What the device said in the clinic's name counts up to the head that is named, which must be the last. */
static void the_clinic_head_must_be_the_last(void **state)
{
	struct clinic_head head;
	struct clinic_body policy = {.type = CLINIC_POLICY, .n_policy = 1, .policy = {{CLINIC_POLICY_INVITE_DAYS, 9}}};
	(void)state;
	struct phone *lost = add();
	sign_revoke(&ph->all[0], lost, &link_a);
	people_sign(&kit.pp, kit.who.admin, &policy, &link_b);
	assert_int_equal(req_conn_chain_put(&admin, clinic_id(kit.pp.clinic), &link_b), 0);
	assert_int_equal(people_apply(&kit.pp, link_b.data, link_b.len), 0);
	assert_int_equal(put(&client, &link_a), 300);
	assert_true(clinic_head(kit.pp.clinic, &head));
	says_head(&client, head.seq, head.hash);
	agree(1);
	is_member(lost->pub.tls, false, lost->did);
	sign_revoke(&ph->all[0], lost, &link_a);
	assert_int_equal(put(&client, &link_a), 0);
	is_known_as(lost->pub.tls, ERR_REVOKED);
}

/* --- paper --- */

static void what_paper_may(void **state)
{
	struct msg_hello_reply reply;
	struct msg_chain_get_reply *got;
	struct link l;
	struct buf b;
	(void)state;
	assert_int_equal(hello(&conn, ph->paper.pub.tls), 0);
	assert_int_equal(msg_get_hello_reply(&conn.reply.body, &reply), 0);
	assert_int_equal(reply.role, ROLE_CLIENT);
	assert_memory_equal(reply.pid, chain(), 16);
	/* its person's chain, with the boxes; and nothing that is not there */
	got = calloc(1, sizeof(*got));
	assert_non_null(got);
	buf_init(&b, 0);
	assert_int_equal(msg_put_chain_get(&b, ++conn.id, &(struct msg_chain_get){chain(), 0, 256}), 0);
	assert_int_equal(req_conn_ask(&conn, &b), 0);
	assert_int_equal(msg_get_chain_get_reply(&conn.reply.body, got), 0);
	assert_int_equal(got->n, 1);
	assert_int_equal(link_parse(got->links[0].data, got->links[0].len, &l), 0);
	assert_non_null(l.boxes);
	free(got);
	buf_init(&b, 0);
	assert_int_equal(msg_put_chain_list(&b, ++conn.id, &(struct msg_chain_list){NULL}), 0);
	assert_int_equal(req_conn_ask(&conn, &b), 0);
	/* not even what any guest may */
	buf_init(&b, 0);
	assert_int_equal(msg_put_mailbox_get(&b, ++conn.id, &(struct msg_mailbox_get){chain(), 0, 0}), 0);
	assert_int_equal(req_conn_ask(&conn, &b), 203);
	buf_init(&b, 0);
	assert_int_equal(msg_put_invite_get(&b, ++conn.id, &(struct msg_invite_get){chain()}), 0);
	assert_int_equal(req_conn_ask(&conn, &b), 203);
	assert_int_equal(req_conn_status(&conn, NULL), 203);
	/* it lets a device in, and that is all it signs */
	buf_reset(&link_b);
	assert_int_equal(phones_sign_rotate(ph, &ph->all[0], &link_b), 0);
	assert_int_equal(put(&conn, &link_b), 204);
	const struct phone *fresh = sign_add(&ph->all[0], &link_a);
	assert_int_equal(put(&conn, &link_a), 204);
	assert_int_equal(req_conn_chain_put(&conn, clinic_id(kit.pp.clinic), &kit.pp.links[3]), 203);
	fresh = sign_add(&ph->paper, &link_a);
	assert_int_equal(put(&client, &link_a), 204); /* nor does another device send what it signed */
	assert_int_equal(put(&conn, &link_a), 0);
	assert_int_equal(phones_apply(ph, &link_a), 0);
	ph->n++;
	is_member(fresh->pub.tls, false, fresh->did);
	is_member(ph->paper.pub.tls, true, ph->paper.did);
}

static void paper_is_replaced(void **state)
{
	struct link l;
	struct phone paper, old = ph->paper;
	(void)state;
	phones_draw(&kit.pp, &paper);
	assert_int_equal(phones_sign_recovery(ph, &ph->all[0], &paper, &link_a), 0);
	assert_int_equal(put(&client, &link_a), 0);
	assert_int_equal(link_parse(link_a.data, link_a.len, &l), 0);
	assert_int_equal(req_kit_audit(&kit, rows, 24), 3);
	row_is(0, MSG_OP_CHAIN_PUT, AUDIT_LINK, l.hash, 32);
	row_is(1, AUDIT_OP_RECOVERY_ROTATED, AUDIT_DEVICE, paper.did, 16);
	row_is(2, AUDIT_OP_EPOCH, AUDIT_LINK, l.hash, 32);
	assert_int_equal(kit.dropped, 1);
	assert_memory_equal(kit.dropped_did, old.did, 16);
	is_known_as(old.pub.tls, ERR_REVOKED);
	is_member(paper.pub.tls, true, paper.did);
	assert_int_equal(hello(&conn, old.pub.tls), 201);
	assert_int_equal(hello(&conn, paper.pub.tls), 0);
}

/* --- what is under way --- */

static void a_lost_commit_takes_the_device_back(void **state)
{
	(void)state;
	const struct phone *fresh = sign_add(&ph->all[0], &link_a);
	req_kit_hold(&kit);
	send_put(&client, chain(), &link_a);
	is_member(fresh->pub.tls, false, fresh->did); /* judged by the newest statements */
	req_kit_spoil(&kit);
	req_kit_release(&kit);
	assert_int_equal(req_conn_read(&client), 501);
	is_known_as(fresh->pub.tls, 0);
	agree(0);
	assert_int_equal(put(&client, &link_a), 0);
	is_member(fresh->pub.tls, false, fresh->did);
}

static void a_reload_keeps_what_is_under_way(void **state)
{
	(void)state;
	struct phone *lost = add();
	sign_revoke(&ph->all[0], lost, &link_a);
	req_kit_hold(&kit);
	send_put(&client, chain(), &link_a);
	is_known_as(lost->pub.tls, ERR_REVOKED);
	assert_int_equal(roster_reload(kit.roster), 0);
	is_known_as(lost->pub.tls, ERR_REVOKED);
	assert_int_equal(kit.dropped, 0); /* not before it is durable */
	req_kit_release(&kit);
	assert_int_equal(req_conn_read(&client), 0);
	assert_int_equal(kit.dropped, 1);
	agree(2);
}

/* A link of the clinic chain rests on the key chain of who signed it, and a revoking link on the clinic chain: if that
 * is not what the store has when its turn comes, it is not stored. */
static void what_a_link_rests_on_must_be_there(void **state)
{
	struct clinic_body policy = {.type = CLINIC_POLICY, .n_policy = 1, .policy = {{CLINIC_POLICY_INVITE_DAYS, 9}}};
	struct phones *of_admin = phones_new(&kit.pp, kit.who.admin);
	struct clinic_head head;
	struct link l;
	uint64_t seq;
	uint8_t hash[32];
	(void)state;
	struct phone *lost = add();
	/* the roster believes in a link of the admin's key chain that was never stored */
	buf_reset(&link_a);
	assert_int_equal(phones_sign_rotate(of_admin, &of_admin->all[0], &link_a), 0);
	assert_int_equal(link_parse(link_a.data, link_a.len, &l), 0);
	assert_int_equal(roster_apply_key(kit.roster, &l), 0);
	people_sign(&kit.pp, kit.who.admin, &policy, &link_b);
	assert_int_equal(req_conn_chain_put(&admin, clinic_id(kit.pp.clinic), &link_b), 300);
	assert_int_equal(keychain_head_seq(roster_keychain(kit.roster, kit.who.admin->genesis)), 0);
	assert_int_equal(store_chain_head(kit.store, clinic_id(kit.pp.clinic), &seq, hash), 0);
	assert_int_equal(seq, kit.pp.n_links - 1);
	assert_int_equal(req_conn_chain_put(&admin, clinic_id(kit.pp.clinic), &link_b), 0); /* the control */
	assert_int_equal(people_apply(&kit.pp, link_b.data, link_b.len), 0);
	/* and in a link of the clinic chain */
	buf_reset(&link_b);
	policy.policy[0].value = 8;
	people_sign(&kit.pp, kit.who.admin, &policy, &link_b);
	assert_true(clinic_head(kit.pp.clinic, &head));
	assert_int_equal(people_apply(&kit.pp, link_b.data, link_b.len), 0);
	assert_int_equal(link_parse(link_b.data, link_b.len, &l), 0);
	assert_int_equal(roster_apply(kit.roster, &l), 0);
	sign_revoke(&ph->all[0], lost, &link_a);
	assert_int_equal(put(&client, &link_a), 300);
	says_head(&client, head.seq, head.hash);
	is_member(lost->pub.tls, false, lost->did);
	agree(1);
	phones_free(of_admin);
}

/* --- pushing --- */

static unsigned push(struct req_conn *c, const struct phone *by, uint32_t epoch)
{
	const struct req_record_opts o = {.by = kit.who.client,
	                                  .class = RECORD_SHARED,
	                                  .to = (const struct person *const[]){kit.who.therapist},
	                                  .n_to = 1,
	                                  .did = by->did,
	                                  .epoch = epoch};
	return req_conn_push_one(c, &o, NULL);
}

static void records_of_a_device_that_is_out(void **state)
{
	(void)state;
	struct phone *lost = add();
	assert_int_equal(hello(&conn, lost->pub.tls), 0);
	assert_int_equal(push(&conn, lost, 0), 0);
	assert_int_equal(push(&client, lost, 0), 204); /* of another device of one's own */
	revoke(lost);
	assert_int_equal(push(&client, lost, 0), 201);
	assert_int_equal(push(&client, &ph->all[0], 0), 0);
	req_kit_audit(&kit, rows, 24);
	struct req_record r;
	req_record_make(&r, &kit, &(struct req_record_opts){.by = kit.who.client, .did = lost->did});
	req_conn_send_push(&conn, (const struct req_record *const[]){&r}, 1);
	assert_int_equal(req_conn_read(&conn), 201);
	req_record_free(&r);
}

/* A push and a revocation side by side: what came first is stored, what came after is refused, whatever is durable yet.
 */
static void a_push_races_with_the_revocation(void **state)
{
	struct req_record before, after;
	struct msg_push_reply reply;
	(void)state;
	struct phone *lost = add();
	assert_int_equal(hello(&conn, lost->pub.tls), 0);
	req_record_make(&before, &kit, &(struct req_record_opts){.by = kit.who.client, .did = lost->did});
	req_record_make(&after, &kit, &(struct req_record_opts){.by = kit.who.client, .did = lost->did});
	sign_revoke(&ph->all[0], lost, &link_a);
	buf_reset(&link_b);
	phones_draw(&kit.pp, &ph->all[ph->n]);
	assert_int_equal(phones_sign_add(ph, lost, &ph->all[ph->n], &link_b), 0);
	req_kit_hold(&kit);
	req_conn_send_push(&conn, (const struct req_record *const[]){&before}, 1);
	send_put(&client, chain(), &link_a);
	req_conn_send_push(&conn, (const struct req_record *const[]){&after}, 1);
	assert_int_equal(req_conn_read(&conn), 201);
	assert_int_equal(conn.end, ERR_REVOKED);
	send_put(&conn, chain(), &link_b);
	assert_int_equal(req_conn_read(&conn), 201);
	req_kit_release(&kit);
	assert_int_equal(req_conn_read(&client), 0);
	agree(2);
	assert_int_equal(req_conn_read(&conn), 0);
	assert_int_equal(msg_get_push_reply(&conn.reply.body, &reply), 0);
	assert_int_equal(reply.accepted, 1);
	assert_int_equal(store_record_get(kit.store, before.rid, NULL, NULL, NULL), 0);
	assert_int_equal(store_record_get(kit.store, after.rid, NULL, NULL, NULL), ERR_NOT_FOUND);
	req_record_free(&before);
	req_record_free(&after);
}

/* Two devices that put each other out at the same time: the first one wins, whole. */
static void two_put_each_other_out(void **state)
{
	(void)state;
	struct phone *second = add();
	assert_int_equal(hello(&conn, second->pub.tls), 0);
	sign_revoke(&ph->all[0], second, &link_a);
	sign_revoke(second, &ph->all[0], &link_b);
	req_kit_hold(&kit);
	send_put(&conn, chain(), &link_b);
	send_put(&client, chain(), &link_a);
	assert_int_equal(req_conn_read(&client), 201);
	req_kit_release(&kit);
	assert_int_equal(req_conn_read(&conn), 0);
	is_known_as(ph->all[0].pub.tls, ERR_REVOKED);
	is_member(second->pub.tls, false, second->did);
	agree(2);
}

static void wraps_of_an_old_epoch(void **state)
{
	struct req_record r;
	struct req_push_result result;
	const struct req_record_opts o = {.by = kit.who.client,
	                                  .class = RECORD_SHARED,
	                                  .to = (const struct person *const[]){kit.who.therapist},
	                                  .n_to = 1};
	(void)state;
	req_record_make(&r, &kit, &o);
	req_conn_push(&client, (const struct req_record *const[]){&r}, 1, &result);
	assert_int_equal(result.accepted, 1);
	struct phones *of_therapist = phones_new(&kit.pp, kit.who.therapist);
	assert_int_equal(phones_sign_rotate(of_therapist, &of_therapist->all[0], &link_a), 0);
	assert_int_equal(req_conn_chain_put(&therapist, kit.who.therapist->genesis, &link_a), 0);
	req_kit_audit(&kit, rows, 24);
	assert_int_equal(push(&client, &ph->all[0], 1), 300);
	assert_int_equal(req_kit_audit(&kit, rows, 24), 0);
	assert_int_equal(push(&client, &ph->all[0], 3), 300);
	/* what is stored is accepted again as it was */
	req_conn_push(&client, (const struct req_record *const[]){&r}, 1, &result);
	assert_int_equal(result.accepted, 1);
	assert_int_equal(result.stop, 0);
	req_record_free(&r);
	assert_int_equal(phones_apply(of_therapist, &link_a), 0);
	assert_int_equal(push(&client, &ph->all[0], 0), 0); /* sealed anew: 1 for oneself, 2 for the therapist */
	phones_free(of_therapist);
	/* one's own epoch is no exception */
	buf_reset(&link_b);
	assert_int_equal(phones_sign_rotate(ph, &ph->all[0], &link_b), 0);
	assert_int_equal(put(&client, &link_b), 0);
	assert_int_equal(req_conn_push_one(&client, &(struct req_record_opts){.by = kit.who.client}, NULL), 300);
	assert_int_equal(phones_apply(ph, &link_b), 0);
	assert_int_equal(req_conn_push_one(&client, &(struct req_record_opts){.by = kit.who.client}, NULL), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(a_device_is_let_in),
	    T(let_in_while_connected),
	    T(who_may_not),
	    T(a_wrong_signature),
	    T(who_is_behind_hears_the_head),
	    T(a_device_of_somebody_else),
	    T(no_more_than_sixteen),
	    T(no_more_epochs_than_there_may_be),
	    T(a_device_is_put_out),
	    T(the_clinic_head_must_be_the_last),
	    T(what_paper_may),
	    T(paper_is_replaced),
	    T(a_lost_commit_takes_the_device_back),
	    T(a_reload_keeps_what_is_under_way),
	    T(what_a_link_rests_on_must_be_there),
	    T(records_of_a_device_that_is_out),
	    T(a_push_races_with_the_revocation),
	    T(two_put_each_other_out),
	    T(wraps_of_an_old_epoch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
