/* test_link_write: links become part of the chain or leave nothing behind: what is told to whoever asked, what the
 * roster and the store hold afterwards, when the commit fails, when two writes are under way, when one comes again. */
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

#define MAP ((uint64_t)8 << 20)

static struct req_kit kit;
static struct req_conn admin, therapist;
static struct buf link_a, link_b;

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	req_kit_new(&kit, &(struct req_kit_opts){.map_size = MAP});
	req_conn_open(&admin, &kit, kit.who.admin);
	req_conn_open(&therapist, &kit, kit.who.therapist);
	buf_init(&link_a, 0);
	buf_init(&link_b, 0);
	return err;
}

static int teardown(void **state)
{
	(void)state;
	req_conn_end(&admin);
	req_conn_end(&therapist);
	req_kit_free(&kit);
	buf_wipe(&link_a);
	buf_wipe(&link_b);
	return 0;
}

/* A policy that says how many days an invitation may live. */
static void sign_policy(uint64_t days, struct buf *out)
{
	people_sign(
	    &kit.pp, kit.who.admin,
	    &(struct clinic_body){.type = CLINIC_POLICY, .n_policy = 1, .policy = {{CLINIC_POLICY_INVITE_DAYS, days}}},
	    out);
}

static uint64_t days(void)
{
	return clinic_policy(roster_clinic(kit.roster), CLINIC_POLICY_INVITE_DAYS);
}

static void send_put(struct req_conn *c, const struct buf *link)
{
	struct buf b;
	buf_init(&b, 0);
	assert_int_equal(
	    msg_put_chain_put(&b, ++c->id,
	                      &(struct msg_chain_put){.chain = clinic_id(kit.pp.clinic), .link = {link->data, link->len}}),
	    0);
	req_conn_send(c, &b);
}

/* The head that the last answer names is this link's. */
static void says_head(struct req_conn *c, const struct buf *link)
{
	struct msg_head head;
	struct link l;
	assert_int_equal(link_parse(link->data, link->len, &l), 0);
	assert_int_equal(msg_get_head(&c->reply.body, &head), 0);
	assert_int_equal(head.seq, l.seq);
	assert_memory_equal(head.hash, l.hash, 32);
}

/* Roster and store end with the same link. */
static void agree(uint64_t seq)
{
	struct clinic_head head;
	uint64_t stored;
	uint8_t hash[32];
	assert_true(clinic_head(roster_clinic(kit.roster), &head));
	assert_int_equal(store_chain_head(kit.store, clinic_id(kit.pp.clinic), &stored, hash), 0);
	assert_int_equal(head.seq, stored);
	assert_int_equal(stored, seq);
	assert_memory_equal(head.hash, hash, 32);
}

static void appends_and_answers(void **state)
{
	(void)state;
	uint64_t seq = kit.pp.n_links;
	sign_policy(9, &link_a);
	assert_int_equal(req_conn_chain_put(&admin, clinic_id(kit.pp.clinic), &link_a), 0);
	says_head(&admin, &link_a);
	agree(seq);
	assert_int_equal(days(), 9);
	req_kit_one_row(&kit, MSG_OP_CHAIN_PUT, 0);
}

static void again_is_answered_and_changes_nothing(void **state)
{
	struct audit_row row;
	(void)state;
	uint64_t seq = kit.pp.n_links;
	sign_policy(9, &link_a);
	assert_int_equal(req_conn_chain_put(&admin, clinic_id(kit.pp.clinic), &link_a), 0);
	req_kit_one_row(&kit, MSG_OP_CHAIN_PUT, 0);
	assert_int_equal(req_conn_chain_put(&admin, clinic_id(kit.pp.clinic), &link_a), 0);
	says_head(&admin, &link_a);
	agree(seq);
	assert_int_equal(req_kit_audit(&kit, &row, 1), 0);
}

static void a_lost_commit_takes_the_roster_back(void **state)
{
	(void)state;
	uint64_t seq = kit.pp.n_links - 1;
	sign_policy(9, &link_a);
	req_kit_hold(&kit);
	send_put(&admin, &link_a);
	assert_int_equal(days(), 9);
	req_kit_spoil(&kit);
	req_kit_release(&kit);
	assert_int_equal(req_conn_read(&admin), 501);
	assert_int_equal(days(), 14);
	agree(seq);
	/* the store lives, and the very same request succeeds */
	assert_int_equal(req_conn_chain_put(&admin, clinic_id(kit.pp.clinic), &link_a), 0);
	agree(seq + 1);
	req_kit_one_row(&kit, MSG_OP_CHAIN_PUT, 0);
}

/* The writer takes no more: the roster is back at once. */
static void a_busy_writer_takes_the_roster_back(void **state)
{
	(void)state;
	teardown(NULL);
	req_kit_new(&kit, &(struct req_kit_opts){.max_jobs = 1});
	req_conn_open(&admin, &kit, kit.who.admin);
	req_conn_open(&therapist, &kit, kit.who.therapist);
	sign_policy(9, &link_a);
	req_kit_hold(&kit);
	assert_int_equal(req_conn_chain_put(&admin, clinic_id(kit.pp.clinic), &link_a), 104);
	assert_int_equal(days(), 14);
	req_kit_release(&kit);
	req_kit_settle(&kit);
	assert_int_equal(req_conn_chain_put(&admin, clinic_id(kit.pp.clinic), &link_a), 0);
	agree(kit.pp.n_links);
}

static void two_in_flight(void **state)
{
	(void)state;
	uint64_t seq = kit.pp.n_links;
	sign_policy(9, &link_a);
	req_kit_hold(&kit);
	send_put(&admin, &link_a);
	assert_int_equal(people_apply(&kit.pp, link_a.data, link_a.len), 0);
	sign_policy(8, &link_b);
	send_put(&admin, &link_b);
	assert_int_equal(days(), 8);
	req_kit_release(&kit);
	assert_int_equal(req_conn_read(&admin), 0);
	assert_int_equal(req_conn_read(&admin), 0);
	says_head(&admin, &link_b);
	agree(seq + 1);
	assert_int_equal(days(), 8);
}

static void two_in_flight_are_lost(void **state)
{
	(void)state;
	uint64_t seq = kit.pp.n_links - 1;
	sign_policy(9, &link_a);
	req_kit_hold(&kit);
	send_put(&admin, &link_a);
	assert_int_equal(people_apply(&kit.pp, link_a.data, link_a.len), 0);
	sign_policy(8, &link_b);
	send_put(&admin, &link_b);
	req_kit_spoil(&kit);
	req_kit_release(&kit);
	assert_int_equal(req_conn_read(&admin), 501);
	assert_int_equal(req_conn_read(&admin), 501);
	assert_int_equal(days(), 14);
	agree(seq);
}

/* The first is lost when the second, which stands on it, is judged already: who signed the second hears where the chain
 * is. */
static void the_second_stands_on_one_that_is_lost(void **state)
{
	struct clinic_head head;
	struct msg_head said;
	(void)state;
	uint64_t seq = kit.pp.n_links - 1;
	assert_true(clinic_head(kit.pp.clinic, &head));
	sign_policy(9, &link_a);
	req_kit_hold(&kit);
	send_put(&admin, &link_a);
	req_kit_spoil(&kit);
	req_kit_let_finish(&kit); /* lost, and the loop does not know yet */
	assert_int_equal(people_apply(&kit.pp, link_a.data, link_a.len), 0);
	sign_policy(8, &link_b);
	send_put(&admin, &link_b);
	assert_int_equal(req_conn_read(&admin), 501);
	assert_int_equal(req_conn_read(&admin), 300);
	assert_int_equal(msg_get_head(&admin.reply.body, &said), 0);
	assert_int_equal(said.seq, head.seq);
	assert_memory_equal(said.hash, head.hash, 32);
	assert_int_equal(days(), 14);
	agree(seq);
}

/* Sent again while the first is lost without anybody knowing: it is in place when success is answered. */
static void again_while_the_first_is_lost(void **state)
{
	(void)state;
	uint64_t seq = kit.pp.n_links;
	sign_policy(9, &link_a);
	req_kit_hold(&kit);
	send_put(&admin, &link_a);
	req_kit_spoil(&kit);
	req_kit_let_finish(&kit);
	send_put(&admin, &link_a);
	assert_int_equal(req_conn_read(&admin), 501);
	assert_int_equal(req_conn_read(&admin), 0);
	says_head(&admin, &link_a);
	agree(seq);
	assert_int_equal(days(), 9);
	req_kit_one_row(&kit, MSG_OP_CHAIN_PUT, 0);
}

/* Another request fails after it was applied, and so the roster is read again: what is on its way to the store is not
 * forgotten, and a link for the same place comes too late. */
static void a_reload_overtakes_a_write(void **state)
{
	(void)state;
	uint64_t seq = kit.pp.n_links;
	sign_policy(9, &link_a);
	sign_policy(8, &link_b);
	req_kit_hold(&kit);
	send_put(&admin, &link_a);
	assert_int_equal(roster_reload(kit.roster), 0);
	assert_int_equal(days(), 9);
	send_put(&admin, &link_b);
	assert_true(req_conn_is_silent(&admin)); /* what the answer tells must be there for who reads it then */
	req_kit_release(&kit);
	assert_int_equal(req_conn_read(&admin), 0);
	says_head(&admin, &link_a);
	assert_int_equal(req_conn_read(&admin), 300);
	says_head(&admin, &link_a);
	assert_int_equal(days(), 9);
	agree(seq);
}

static int apply_no_link(struct store_batch *b, struct writer_job *job)
{
	static const uint8_t zero[32], chain[32] = {1}, bytes[] = "this is not a link";
	bool known;
	(void)job;
	return store_append_link(
	    b, &(struct store_link){.chain = chain, .prev = zero, .hash = chain, .bytes = bytes, .len = sizeof(bytes)},
	    &known);
}

static void no_link_done(struct writer_job *job, int err)
{
	(void)job;
	assert_int_equal(err, 0);
}

/* A commit is lost, and the store does not read any more: nobody is taken for a guest, the process ends. */
static void a_reload_that_fails_is_the_end(void **state)
{
	struct writer_job job = {.apply = apply_no_link, .done = no_link_done};
	struct roster_who who;
	(void)state;
	assert_int_equal(writer_submit(kit.writer, &job), 0);
	req_kit_settle(&kit);
	assert_false(writer_failed(kit.writer));
	sign_policy(9, &link_a);
	req_kit_hold(&kit);
	send_put(&admin, &link_a);
	req_kit_spoil(&kit);
	req_kit_release(&kit);
	assert_int_equal(req_conn_read(&admin), 501);
	assert_true(writer_failed(kit.writer));
	assert_int_equal(roster_who(kit.roster, kit.who.admin->pub.tls, &who), ERR_STORE_FATAL);
	send_put(&admin, &link_a);
	assert_true(admin.dropped); /* and no answer */
	assert_int_equal(admin.end, ERR_STORE_FATAL);
	req_conn_end(&admin);
	req_conn_end(&therapist);
	req_kit_drop(&kit);
	buf_wipe(&link_a);
	buf_wipe(&link_b);
}

static void who_is_behind_hears_the_head(void **state)
{
	(void)state;
	sign_policy(9, &link_a);
	sign_policy(8, &link_b);
	assert_int_equal(req_conn_chain_put(&admin, clinic_id(kit.pp.clinic), &link_a), 0);
	req_kit_one_row(&kit, MSG_OP_CHAIN_PUT, 0);
	assert_int_equal(req_conn_chain_put(&admin, clinic_id(kit.pp.clinic), &link_b), 300);
	says_head(&admin, &link_a);
	assert_int_equal(days(), 9);
}

/* --- invitations that were used: kit.who.client's */

static unsigned get_invite(struct req_conn *c, const uint8_t id[16])
{
	struct buf b;
	buf_init(&b, 0);
	assert_int_equal(msg_put_invite_get(&b, ++c->id, &(struct msg_invite_get){.invite = id}), 0);
	return req_conn_ask(c, &b);
}

static void second_use_counts_once(void **state)
{
	struct store_invite invite;
	struct audit_row row;
	(void)state;
	const uint8_t *id = kit.who.admin->invite.id;
	for (uint64_t i = 1; i <= 3; i++) {
		assert_int_equal(get_invite(&therapist, id), 311);
		assert_int_equal(store_invite_get(kit.store, id, &invite, NULL), 0);
		assert_int_equal(invite.refusals, i);
		assert_memory_equal(invite.used_by, kit.who.admin->genesis, 16);
		assert_int_equal(req_kit_audit(&kit, &row, 1), 1);
		assert_int_equal(row.status, 311);
		assert_int_equal(row.object_kind, AUDIT_INVITE);
		assert_memory_equal(row.object, id, 16);
	}
	agree(kit.pp.n_links - 1);
}

/* Enough for any mistake; after that nothing is written for it any more. */
static void second_use_without_end(void **state)
{
	struct store_invite invite;
	struct audit_row many[100];
	unsigned used = 0, rate = 0;
	(void)state;
	const uint8_t *id = kit.who.admin->invite.id;
	for (unsigned i = 0; i < 80; i++) {
		unsigned got = get_invite(&therapist, id);
		used += got == 311;
		rate += got == 401;
	}
	assert_int_equal(used, 64);
	assert_int_equal(rate, 16);
	assert_int_equal(store_invite_get(kit.store, id, &invite, NULL), 0);
	assert_int_equal(invite.refusals, used);
	assert_int_equal(req_kit_audit(&kit, many, 100), used);
	kit.pp.now_ms += 1000;
	assert_int_equal(get_invite(&therapist, id), 311);
}

/* A group that starts over because another job spoiled it counts a use once. */
static int apply_bad(struct store_batch *b, struct writer_job *job)
{
	static const struct audit_row row;
	(void)job;
	int err = audit_append(b, &row);
	return err ? err : ERR_ARG;
}

static void bad_done(struct writer_job *job, int err)
{
	(void)job;
	assert_int_equal(err, ERR_ARG);
}

static void applied_twice_counts_once(void **state)
{
	struct writer_job bad = {.apply = apply_bad, .done = bad_done};
	struct store_invite invite;
	struct buf b;
	(void)state;
	uint64_t seq = kit.pp.n_links;
	const uint8_t *id = kit.who.admin->invite.id;
	buf_init(&b, 0);
	sign_policy(9, &link_a);
	req_kit_hold(&kit);
	assert_int_equal(msg_put_invite_get(&b, ++therapist.id, &(struct msg_invite_get){.invite = id}), 0);
	req_conn_send(&therapist, &b);
	send_put(&admin, &link_a);
	assert_int_equal(writer_submit(kit.writer, &bad), 0);
	req_kit_release(&kit);
	assert_int_equal(req_conn_read(&therapist), 311);
	assert_int_equal(req_conn_read(&admin), 0);
	says_head(&admin, &link_a);
	agree(seq);
	assert_int_equal(store_invite_get(kit.store, id, &invite, NULL), 0);
	assert_int_equal(invite.refusals, 1);
	struct audit_row rows[4];
	assert_int_equal(req_kit_audit(&kit, rows, 4), 2);
}

/* Nobody is there for the answer. */
static void a_connection_that_is_gone(void **state)
{
	(void)state;
	uint64_t seq = kit.pp.n_links;
	sign_policy(9, &link_a);
	req_kit_hold(&kit);
	send_put(&admin, &link_a);
	req_conn_end(&admin);
	req_kit_release(&kit);
	req_kit_settle(&kit);
	agree(seq);
	assert_int_equal(days(), 9);
	req_kit_one_row(&kit, MSG_OP_CHAIN_PUT, 0);
}

/* Who watches is told of what is durable, and not of what is still on its way. */
static void watchers_hear_what_is_durable(void **state)
{
	struct buf b;
	struct link l;
	(void)state;
	buf_init(&b, 0);
	assert_int_equal(msg_put_watch(&b, ++therapist.id, &(struct msg_watch){0}), 0);
	assert_int_equal(req_conn_ask(&therapist, &b), 0);
	sign_policy(9, &link_a);
	req_kit_hold(&kit);
	send_put(&admin, &link_a);
	req_kit_let_finish(&kit);
	assert_int_equal(people_apply(&kit.pp, link_a.data, link_a.len), 0);
	assert_int_equal(therapist.woken, 0);
	req_kit_hold(&kit);
	sign_policy(8, &link_b);
	send_put(&admin, &link_b);
	assert_int_equal(req_conn_read(&admin), 0);
	says_head(&admin, &link_a);
	assert_int_equal(link_parse(link_a.data, link_a.len, &l), 0);
	assert_int_equal(therapist.woken, 1);
	assert_int_equal(therapist.sub.chain.seq, l.seq);
	assert_memory_equal(therapist.sub.chain.head, l.hash, 32);
	req_kit_release(&kit);
	assert_int_equal(req_conn_read(&admin), 0);
	assert_int_equal(therapist.sub.chain.seq, l.seq + 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(appends_and_answers),
	    T(again_is_answered_and_changes_nothing),
	    T(a_lost_commit_takes_the_roster_back),
	    T(a_busy_writer_takes_the_roster_back),
	    T(two_in_flight),
	    T(two_in_flight_are_lost),
	    T(the_second_stands_on_one_that_is_lost),
	    T(again_while_the_first_is_lost),
	    T(a_reload_overtakes_a_write),
	    T(who_is_behind_hears_the_head),
	    T(second_use_counts_once),
	    T(applied_twice_counts_once),
	    T(second_use_without_end),
	    cmocka_unit_test_setup(a_reload_that_fails_is_the_end, setup),
	    T(a_connection_that_is_gone),
	    T(watchers_hear_what_is_durable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
