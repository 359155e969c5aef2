/* test_req_chain: which links, and which parts of them, each kind of reader is served; what chain_put takes and from
 * whom; and that who is removed is sent away. */
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

#define CLIENT_INVITE 7 /* the places of people_cast's confined links */
#define CLIENT_JOIN 8

static struct req_kit kit;
static struct person *medical, *other_client;
static struct req_conn admin, therapist, client, conn;
static struct msg_chain_get_reply reply;

static void more(struct people *pp, const struct people_cast *who)
{
	medical = people_staff(pp, who->admin, ROLE_MEDICAL);
	other_client =
	    people_join(pp, &(struct people_invite){
	                        .by = who->admin, .role = ROLE_CLIENT, .team = (struct person *[]){medical}, .n_team = 1});
}

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	req_kit_new(&kit, &(struct req_kit_opts){.more = more});
	req_conn_open(&admin, &kit, kit.who.admin);
	req_conn_open(&therapist, &kit, kit.who.therapist);
	req_conn_open(&client, &kit, kit.who.client);
	return err;
}

static int teardown(void **state)
{
	(void)state;
	req_conn_end(&admin);
	req_conn_end(&therapist);
	req_conn_end(&client);
	req_kit_free(&kit);
	return 0;
}

static unsigned get(struct req_conn *c, const uint8_t *chain, uint64_t from, uint64_t count)
{
	struct buf b;
	buf_init(&b, 0);
	assert_int_equal(
	    msg_put_chain_get(&b, ++c->id, &(struct msg_chain_get){.chain = chain, .from = from, .count = count}), 0);
	unsigned status = req_conn_ask(c, &b);
	if (status == 0)
		assert_int_equal(msg_get_chain_get_reply(&c->reply.body, &reply), 0);
	return status;
}

static void parse(uint32_t i, struct link *link)
{
	assert_true(i < reply.n);
	assert_int_equal(link_parse(reply.links[i].data, reply.links[i].len, link), 0);
}

/* --- chain_get --- */

static void inner_parts(void **state)
{
	struct link link;
	(void)state;
	const struct {
		const struct person *reader;
		bool sees;
	} rows[] = {
	    {kit.who.admin, true},  {kit.who.therapist, true}, {kit.who.prescriber, true},
	    {kit.who.client, true}, {medical, false},          {other_client, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		req_conn_open(&conn, &kit, rows[i].reader);
		assert_int_equal(get(&conn, clinic_id(kit.pp.clinic), 0, 256), 0);
		assert_int_equal(reply.n, kit.pp.n_links);
		assert_int_equal(reply.head.seq, kit.pp.n_links - 1);
		for (uint32_t k = 0; k < reply.n; k++) {
			struct link signed_one;
			bool about_client = k == CLIENT_INVITE || k == CLIENT_JOIN, confined;
			parse(k, &link);
			people_link(&kit.pp, k, &signed_one);
			confined = clinic_body_is_confined(signed_one.type);
			assert_memory_equal(link.hash, signed_one.hash, 32);
			if (!confined || about_client)
				assert_int_equal(link.inner != NULL, !confined || rows[i].sees);
		}
		assert_memory_equal(reply.head.hash, link.hash, 32);
		req_conn_end(&conn);
	}
}

static void key_chains(void **state)
{
	struct link link;
	struct audit_row row;
	static const uint8_t none[32] = {3};
	(void)state;
	const struct {
		const struct person *reader, *owner;
		unsigned status;
		bool boxes;
	} rows[] = {
	    {kit.who.client, kit.who.client, 0, true},
	    {kit.who.client, kit.who.therapist, 0, false},
	    {kit.who.client, medical, 0, false},
	    {kit.who.client, kit.who.admin, 0, false},
	    {kit.who.client, other_client, 404, false},
	    {kit.who.therapist, kit.who.client, 0, false},
	    {kit.who.therapist, other_client, 404, false},
	    {medical, kit.who.client, 404, false},
	    {medical, other_client, 0, false},
	    {kit.who.admin, other_client, 0, false},
	    {kit.who.admin, kit.who.admin, 0, true},
	    {medical, medical, 0, true},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		req_conn_open(&conn, &kit, rows[i].reader);
		assert_int_equal(get(&conn, rows[i].owner->genesis, 0, 9), rows[i].status);
		if (rows[i].status == 0) {
			assert_int_equal(reply.n, 1);
			parse(0, &link);
			assert_memory_equal(link.hash, rows[i].owner->genesis, 32);
			assert_non_null(link.inner);
			assert_int_equal(link.boxes != NULL, rows[i].boxes);
		}
		req_conn_end(&conn);
	}
	req_kit_audit(&kit, &row, 1);
	while (req_kit_audit(&kit, &row, 1))
		;
	/* what does not exist is answered like what may not be seen, and both leave a row */
	assert_int_equal(get(&client, none, 0, 1), 404);
	req_kit_one_row(&kit, MSG_OP_CHAIN_GET, ERR_NOT_FOUND);
	assert_int_equal(get(&client, other_client->genesis, 0, 1), 404);
	req_kit_one_row(&kit, MSG_OP_CHAIN_GET, ERR_NOT_FOUND);
}

static void pages(void **state)
{
	struct link link;
	(void)state;
	uint64_t seq = 0;
	do {
		assert_int_equal(get(&admin, clinic_id(kit.pp.clinic), seq, 5), 0);
		for (uint32_t i = 0; i < reply.n; i++) {
			parse(i, &link);
			assert_int_equal(link.seq, seq++);
		}
	} while (reply.n == 5);
	assert_int_equal(seq, kit.pp.n_links);
	assert_int_equal(get(&admin, clinic_id(kit.pp.clinic), seq, 5), 0);
	assert_int_equal(reply.n, 0);
	assert_int_equal(get(&admin, clinic_id(kit.pp.clinic), MP_NUMBER_MAX, 256), 0);
	assert_int_equal(reply.n, 0);
}

/* --- chain_put --- */

static struct buf link_bytes;

static const struct buf *sign(const struct person *by, const struct clinic_body *body)
{
	buf_wipe(&link_bytes);
	buf_init(&link_bytes, 0);
	people_sign(&kit.pp, by, body, &link_bytes);
	return &link_bytes;
}

static struct clinic_body about(uint8_t type, const struct person *who)
{
	struct clinic_body body = {.type = type};
	memcpy(body.genesis, who->genesis, 32);
	return body;
}

static unsigned put(struct req_conn *c, const struct buf *link)
{
	return req_conn_chain_put(c, clinic_id(kit.pp.clinic), link);
}

static void only_types_of_its_own(void **state)
{
	struct invite_keys code;
	(void)state;
	people_code(&kit.pp, &code);
	struct clinic_body body = {.type = CLINIC_INVITE, .role = ROLE_MEDICAL, .expires_ms = kit.pp.now_ms + 1000};
	memcpy(body.key, code.public, 32);
	assert_int_equal(put(&admin, sign(kit.who.admin, &body)), 303);
	req_kit_one_row(&kit, MSG_OP_CHAIN_PUT, ERR_LINK);
	assert_int_equal(put(&admin, &kit.who.admin->link), 303); /* a key chain's first link */
	assert_int_equal(put(&admin, &kit.pp.links[0]), 303);     /* in place, and still none of its types */
	assert_int_equal(put(&admin, &kit.pp.links[4]), 303);     /* a join */
	body = about(CLINIC_ROLE, medical);
	body.role = ROLE_PRESCRIBER;
	assert_int_equal(put(&admin, sign(kit.who.admin, &body)), 0);
	buf_wipe(&link_bytes);
}

/* --- chain_list --- */

static struct msg_chain_list_reply listed;

static void list(struct req_conn *c, const uint8_t *after)
{
	struct buf b;
	buf_init(&b, 0);
	assert_int_equal(msg_put_chain_list(&b, ++c->id, &(struct msg_chain_list){after}), 0);
	assert_int_equal(req_conn_ask(c, &b), 0);
	assert_int_equal(msg_get_chain_list_reply(&c->reply.body, &listed), 0);
	for (uint32_t i = 1; i < listed.n; i++)
		assert_true(memcmp(listed.chains[i - 1].chain, listed.chains[i].chain, 32) < 0);
}

static bool lists(const struct person *p)
{
	for (uint32_t i = 0; i < listed.n; i++)
		if (memcmp(listed.chains[i].chain, p->genesis, 32) == 0) {
			assert_int_equal(listed.chains[i].seq, 0);
			assert_memory_equal(listed.chains[i].hash, p->genesis, 32);
			return true;
		}
	return false;
}

/* The same chains that chain_get serves, no more and no less. */
static void lists_what_one_may_see(void **state)
{
	struct person *all[] = {kit.who.admin,  kit.who.therapist, kit.who.prescriber,
	                        kit.who.client, medical,           other_client};
	struct req_conn *conns[] = {&admin, &therapist, &client};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		uint32_t n = 0;
		for (size_t k = 0; k < 6; k++) {
			bool served = get(conns[i], all[k]->genesis, 0, 1) == 0;
			list(conns[i], NULL);
			assert_false(listed.more);
			assert_int_equal(lists(all[k]), served);
			n += served;
		}
		assert_int_equal(listed.n, n);
	}
	list(&client, NULL);
	assert_false(lists(other_client));
	assert_true(lists(kit.who.client));
	uint8_t third[32], last[32];
	list(&admin, NULL);
	assert_int_equal(listed.n, 6);
	memcpy(third, listed.chains[2].chain, 32);
	memcpy(last, listed.chains[5].chain, 32);
	list(&admin, third);
	assert_int_equal(listed.n, 3);
	assert_memory_equal(listed.chains[2].chain, last, 32);
	third[31] ^= 1; /* one that is no chain */
	list(&admin, third);
	assert_in_range(listed.n, 3, 4);
	list(&admin, last);
	assert_int_equal(listed.n, 0);
	assert_false(listed.more);
}

#define CHAINS_A_LIST 256 /* what one answer holds */
#define MANY (CHAINS_A_LIST + 3)

static void many_more(struct people *pp, const struct people_cast *who)
{
	for (size_t i = 0; i < MANY; i++)
		people_staff(pp, who->admin, ROLE_MEDICAL);
}

static void a_list_of_two_parts(void **state)
{
	uint8_t last[32];
	(void)state;
	assert_int_equal(crypto_init(), 0);
	req_kit_new(&kit, &(struct req_kit_opts){.more = many_more});
	req_conn_open(&admin, &kit, kit.who.admin);
	list(&admin, NULL);
	assert_int_equal(listed.n, CHAINS_A_LIST);
	assert_true(listed.more);
	memcpy(last, listed.chains[CHAINS_A_LIST - 1].chain, 32);
	list(&admin, last);
	assert_int_equal(listed.n, MANY + 4 - CHAINS_A_LIST);
	assert_false(listed.more);
	assert_true(memcmp(last, listed.chains[0].chain, 32) < 0);
	req_conn_end(&admin);
	req_kit_free(&kit);
}

static void the_signer_is_who_asks(void **state)
{
	struct audit_row rows[8];
	(void)state;
	struct clinic_body body = about(CLINIC_REMOVE, medical);
	assert_int_equal(put(&therapist, sign(kit.who.admin, &body)), 204);
	assert_int_equal(put(&therapist, sign(kit.who.therapist, &body)), 203);
	assert_int_equal(put(&client, sign(kit.who.client, &body)), 203);
	assert_int_equal(req_conn_chain_put(&admin, kit.who.admin->genesis, sign(kit.who.admin, &body)), 303);
	assert_int_equal(req_kit_audit(&kit, rows, 8), 4);
	link_bytes.data[link_bytes.len / 2] ^= 1;
	assert_int_not_equal(put(&admin, &link_bytes), 0);
	assert_int_equal(kit.expelled, 0);
	assert_int_equal(put(&admin, sign(kit.who.admin, &body)), 0);
	buf_wipe(&link_bytes);
}

/* A confined link may be served without its inner part, and never be put so: nobody else has it. */
static void without_its_inner_part(void **state)
{
	struct link link;
	struct buf bare;
	(void)state;
	struct clinic_body body = about(CLINIC_TEAM, kit.who.client);
	body.n_list = 1;
	memcpy(body.list[0], kit.who.therapist->genesis, 32);
	sign(kit.who.therapist, &body);
	assert_int_equal(link_parse(link_bytes.data, link_bytes.len, &link), 0);
	buf_init(&bare, 0);
	assert_int_equal(link_put(&link, LINK_WITHOUT_INNER, &bare), 0);
	assert_int_equal(put(&therapist, &bare), 303);
	req_kit_one_row(&kit, MSG_OP_CHAIN_PUT, ERR_LINK);
	assert_int_equal(put(&therapist, &link_bytes), 0);
	assert_int_equal(put(&therapist, &bare), 303); /* nor when the link is there */
	buf_wipe(&bare);
	buf_wipe(&link_bytes);
}

static void who_is_removed_is_sent_away(void **state)
{
	struct msg_status_reply status;
	(void)state;
	struct clinic_body body = about(CLINIC_REMOVE, kit.who.client);
	assert_int_equal(req_conn_status(&client, &status), 0);
	assert_int_equal(put(&admin, sign(kit.who.admin, &body)), 0);
	assert_int_equal(kit.expelled, 1);
	assert_memory_equal(kit.expelled_pid, kit.who.client->genesis, 16);
	assert_int_equal(req_conn_status(&client, &status), 201);
	assert_int_equal(client.end, ERR_REVOKED);
	/* the same link again changes nothing more */
	assert_int_equal(put(&admin, &link_bytes), 0);
	assert_int_equal(kit.expelled, 1);
	buf_wipe(&link_bytes);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(inner_parts),
	    T(key_chains),
	    T(pages),
	    T(only_types_of_its_own),
	    T(lists_what_one_may_see),
	    cmocka_unit_test(a_list_of_two_parts),
	    T(the_signer_is_who_asks),
	    T(without_its_inner_part),
	    T(who_is_removed_is_sent_away),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
