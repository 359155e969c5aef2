/* Adding to the clinic chain and joining: retries, refusals, and a server that says yes and does something else. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/enrol/join.h"
#include "client/sync/statement.h"
#include "client/vault.h"
#include "proto/clinic.h"
#include "proto/clinic_body.h"
#include "proto/code.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/frame.h"
#include "proto/invite.h"
#include "tests/unit/support/sync_server.h"

#define TRIES 8

static struct sync_cast cast;
static struct sync_device device; /* the admin's */
static struct sync_server server;

static int setup(void **state)
{
	(void)state;
	sync_cast_begin(&cast, ((uint64_t)time(NULL) - 3600) * 1000);
	sync_device_open(&device, &cast, cast.admin, true);
	sync_server_start(&server, &cast, cast.admin, NULL);
	sync_device_port(&device, server.port);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sync_server_stop(&server);
	sync_device_close(&device);
	sync_cast_end(&cast);
	return 0;
}

static struct clinic_body lund_becomes(enum role role)
{
	struct clinic_body body = {.type = CLINIC_ROLE, .role = role};
	memcpy(body.genesis, cast.lund->genesis, 32);
	return body;
}

static enum role lund_is(void)
{
	struct fold *fold = sync_device_fold(&device);
	enum role role = clinic_role(fold_clinic(fold), cast.lund->genesis);
	fold_free(fold);
	return role;
}

/* --- statements --- */

static void test_put(void **state)
{
	struct clinic_body body = lund_becomes(ROLE_MEDICAL);
	(void)state;
	assert_int_equal(statement_put(device.at.vault, &body), 0);
	assert_int_equal(lund_is(), ROLE_MEDICAL);
	assert_int_equal(server.asked[MSG_OP_CHAIN_PUT], 1);
}

static void test_behind(void **state)
{
	struct clinic_body body = lund_becomes(ROLE_MEDICAL);
	(void)state;
	server.behind = TRIES - 1;
	assert_int_equal(statement_put(device.at.vault, &body), 0);
	assert_int_equal(lund_is(), ROLE_MEDICAL);
	assert_int_equal(server.asked[MSG_OP_CHAIN_PUT], TRIES);
	body.role = ROLE_THERAPIST;
	sync_server_honest(&server);
	server.behind = 1000;
	assert_int_equal(statement_put(device.at.vault, &body), ERR_CHAIN_BEHIND);
	assert_int_equal(server.asked[MSG_OP_CHAIN_PUT], TRIES);
	assert_int_equal(lund_is(), ROLE_MEDICAL);
}

/* What would not be accepted is not sent. */
static void test_not_sent(void **state)
{
	struct clinic_body body = lund_becomes(ROLE_CLIENT);
	uint8_t before[32], after[32];
	(void)state;
	sync_device_print(&device, before);
	assert_true(statement_put(device.at.vault, &body) < 0);
	memset(body.genesis, 7, 32);
	body.role = ROLE_MEDICAL;
	assert_true(statement_put(device.at.vault, &body) < 0);
	assert_int_equal(server.asked[MSG_OP_CHAIN_PUT], 0);
	sync_device_print(&device, after);
	assert_memory_equal(before, after, 32);
}

static void as_guest(void *arg, struct msg_hello_reply *r)
{
	(void)arg;
	r->pid = NULL;
	r->role = 0;
}

static void test_guest(void **state)
{
	struct clinic_body body = lund_becomes(ROLE_MEDICAL);
	(void)state;
	server.twist.hello = as_guest;
	assert_int_equal(statement_put(device.at.vault, &body), ERR_GUEST);
	server.twist.hello = NULL;
	device.id->joined = false;
	sync_device_port(&device, server.port);
	assert_int_equal(statement_put(device.at.vault, &body), ERR_GUEST);
	device.id->joined = true;
	sync_device_port(&device, server.port);
	assert_int_equal(statement_put(device.at.vault, &body), 0);
}

/* Says yes and forgets it: a removal that did not happen must not look done. */
static bool yes_and_forget(void *arg, const struct msg_request *m, struct buf *out, bool *end)
{
	struct clinic_head head;
	(void)arg;
	(void)end;
	if (m->row->op != MSG_OP_CHAIN_PUT && m->row->op != MSG_OP_INVITE_PUT)
		return false;
	clinic_head(cast.pp.clinic, &head);
	size_t at = frame_begin(out);
	msg_put_chain_put_reply(out, m->id, &(struct msg_head){head.seq + 1, head.hash});
	frame_end(out, at, FRAME_MAX);
	return true;
}

static void test_forgotten(void **state)
{
	struct clinic_body body = {.type = CLINIC_REMOVE};
	const struct statement_invite invite = {.role = ROLE_THERAPIST, .name = "New", .days = 7};
	static const struct code wiped;
	struct code code;
	uint8_t id[16];
	(void)state;
	memcpy(body.genesis, cast.lund->genesis, 32);
	server.twist.raw = yes_and_forget;
	assert_int_equal(statement_put(device.at.vault, &body), ERR_ROLLBACK);
	assert_int_equal(lund_is(), ROLE_THERAPIST);
	assert_int_equal(statement_invite(device.at.vault, &invite, &code, id), ERR_ROLLBACK);
	assert_memory_equal(&code, &wiped, sizeof(code));
	server.twist.raw = NULL;
	assert_int_equal(statement_put(device.at.vault, &body), 0);
	assert_int_equal(lund_is(), ROLE_GUEST);
}

static void test_invite_refused(void **state)
{
	static const struct invite_person team[INVITE_TEAM_MAX + 1];
	static const struct code wiped;
	struct statement_invite invite = {.role = ROLE_THERAPIST, .name = "New", .days = 15}; /* the policy says 14 */
	struct code code;
	uint8_t id[16];
	(void)state;
	assert_true(statement_invite(device.at.vault, &invite, &code, id) < 0);
	assert_memory_equal(&code, &wiped, sizeof(code));
	invite = (struct statement_invite){ROLE_CLIENT, "New", 7, INVITE_TEAM_MAX + 1, team};
	assert_int_equal(statement_invite(device.at.vault, &invite, &code, id), ERR_RANGE);
	assert_int_equal(server.asked[MSG_OP_INVITE_PUT], 0);
	invite = (struct statement_invite){.role = ROLE_THERAPIST, .name = "New", .days = 7};
	server.refuse[MSG_OP_INVITE_PUT] = ERR_EXISTS;
	assert_int_equal(statement_invite(device.at.vault, &invite, &code, id), ERR_EXISTS);
	assert_memory_equal(&code, &wiped, sizeof(code));
}

/* --- joining --- */

static void invited(struct code *code)
{
	const struct statement_invite invite = {.role = ROLE_THERAPIST, .name = "New Person", .days = 7};
	uint8_t id[16];
	assert_int_equal(statement_invite(device.at.vault, &invite, code, id), 0);
	server.member = NULL;
}

static int connect_with(const struct code *code, struct join **j)
{
	struct join_opts o = {.host = "127.0.0.1", .port = server.port, .code = code, .timeout_s = 5};
	return join_connect(&o, j);
}

/* A vault with a prepared attempt. */
static struct join *prepared(const struct code *code, struct scratch_vault *at)
{
	struct join *j;
	struct code recovery;
	assert_int_equal(connect_with(code, &j), 0);
	assert_string_equal(join_packet(j)->invitee_name, "New Person");
	scratch_vault_open(at);
	vault_abort(at->txn);
	at->txn = NULL;
	assert_int_equal(join_prepare(j, at->vault, "New Person", &recovery), 0);
	code_wipe(&recovery);
	return j;
}

static struct identity *identity_in(struct scratch_vault *at)
{
	struct vault_txn *txn;
	struct identity *id;
	assert_int_equal(vault_begin(at->vault, false, &txn), 0);
	assert_int_equal(identity_load(txn, &id), 0);
	vault_abort(txn);
	return id;
}

static bool has_joined(struct scratch_vault *at)
{
	struct identity *id = identity_in(at);
	bool joined = id->joined;
	identity_free(id);
	return joined;
}

static void test_join(void **state)
{
	static const struct {
		unsigned behind;
		int err;
	} cases[] = {{0, 0}, {TRIES - 1, 0}, {1000, ERR_CHAIN_BEHIND}};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scratch_vault at;
		struct code code;
		server.member = cast.admin;
		invited(&code);
		struct join *j = prepared(&code, &at);
		assert_false(has_joined(&at));
		server.asked[MSG_OP_JOIN] = 0;
		server.behind = cases[i].behind;
		assert_int_equal(join_commit(j, at.vault), cases[i].err);
		assert_int_equal(has_joined(&at), cases[i].err == 0);
		assert_true(server.asked[MSG_OP_JOIN] <= TRIES);
		server.behind = 0;
		join_free(j);
		scratch_vault_close(&at);
		code_wipe(&code);
	}
}

static void test_packet(void **state)
{
	struct code code, other;
	struct join *j;
	(void)state;
	invited(&code);
	assert_int_equal(connect_with(&code, &j), 0);
	join_free(j);
	join_free(NULL);
	server.packet.data[server.packet.len - 1] ^= 1;
	assert_int_equal(connect_with(&code, &j), ERR_OPEN);
	assert_null(j);
	server.packet.data[server.packet.len - 1] ^= 1;
	assert_int_equal(code_new(CODE_INVITATION, &other), 0);
	assert_int_equal(connect_with(&other, &j), ERR_OPEN);
	static const int refusals[] = {ERR_CODE_UNKNOWN, ERR_CODE_USED, ERR_CODE_EXPIRED};
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		server.refuse[MSG_OP_INVITE_GET] = refusals[i];
		assert_int_equal(connect_with(&code, &j), refusals[i]);
		assert_null(j);
	}
	assert_int_equal(server.asked[MSG_OP_JOIN], 0);
}

/* Another machine answers with the packet that the server had. */
static void test_other_machine(void **state)
{
	static const uint8_t key[32] = {4};
	struct code code;
	struct join *j;
	struct buf packet;
	(void)state;
	invited(&code);
	packet = server.packet;
	buf_init(&server.packet, 0);
	sync_server_stop(&server);
	sync_server_start(&server, &cast, NULL, key);
	buf_wipe(&server.packet);
	server.packet = packet;
	assert_int_equal(connect_with(&code, &j), ERR_PIN);
	assert_null(j);
	assert_int_equal(server.asked[MSG_OP_JOIN], 0);
}

/* It says that this device does not expire for ever: it does, by the device's own clock. */
static void test_expired(void **state)
{
	struct invite_packet *p = calloc(1, sizeof(*p));
	struct invite_keys keys;
	struct code code;
	struct join *j;
	(void)state;
	invited(&code);
	assert_int_equal(invite_derive(code.symbols, CODE_SYMBOLS, &keys), 0);
	assert_int_equal(invite_open(&keys, server.packet.data, server.packet.len, p), 0);
	p->expires_ms = ((uint64_t)time(NULL) - 10) * 1000;
	buf_reset(&server.packet);
	assert_int_equal(invite_seal(&keys, p, &server.packet), 0);
	assert_int_equal(connect_with(&code, &j), ERR_CODE_EXPIRED);
	free(p);
}

static void short_chain(void *arg, struct sync_links *l)
{
	(void)arg;
	if (memcmp(l->asked->chain, clinic_id(cast.pp.clinic), 32) == 0 && l->reply.n > 3) {
		l->reply.n = 3; /* before anybody was invited */
		l->reply.head.seq = 2;
	}
}

static void test_after_the_join(void **state)
{
	struct scratch_vault at;
	struct code code;
	(void)state;
	invited(&code);
	struct join *j = prepared(&code, &at);
	/* it is accepted, and then the chain is shown without it */
	server.twist.links = short_chain;
	assert_int_equal(join_commit(j, at.vault), ERR_REVOKED);
	assert_false(has_joined(&at));
	join_free(j);
	/* the answer is lost: it can be finished, once the server is what it was */
	struct identity *id = identity_in(&at);
	server.twist.links = NULL;
	server.twist.hello = as_guest;
	assert_int_equal(join_resume(at.vault, id, 5), ERR_GUEST);
	server.twist.hello = NULL;
	server.refuse[MSG_OP_CHAIN_GET] = ERR_BUSY;
	assert_int_equal(join_resume(at.vault, id, 5), ERR_BUSY);
	assert_false(has_joined(&at));
	server.refuse[MSG_OP_CHAIN_GET] = 0;
	assert_int_equal(join_resume(at.vault, id, 5), 0);
	assert_true(has_joined(&at));
	identity_free(id);
	scratch_vault_close(&at);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_put),       TEST(test_behind),         TEST(test_not_sent),       TEST(test_guest),
	    TEST(test_forgotten), TEST(test_invite_refused), TEST(test_join),           TEST(test_packet),
	    TEST(test_expired),   TEST(test_other_machine),  TEST(test_after_the_join),
	};
	signal(SIGPIPE, SIG_IGN);
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
