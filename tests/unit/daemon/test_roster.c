/* test_roster: who is who, from an empty store, a founded one and a larger one; how two people stand to each other; and
 * that what the store does not have is gone after a reload. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/authz.h"
#include "daemon/roster.h"
#include "daemon/store_batch.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/req_kit.h"

#define MANY 70 /* more than one read of chain ids */

static struct req_kit kit;
static struct person *medical, *auditor, *other_client, *removed, *gone_client, *many[MANY];

static void more(struct people *pp, const struct people_cast *who)
{
	medical = people_staff(pp, who->admin, ROLE_MEDICAL);
	auditor = people_staff(pp, who->admin, ROLE_AUDITOR);
	removed = people_staff(pp, who->admin, ROLE_THERAPIST);
	struct people_invite o = {
	    .by = who->admin, .role = ROLE_CLIENT, .team = (struct person *[]){medical, removed}, .n_team = 2};
	other_client = people_join(pp, &o);
	gone_client = people_join(pp, &o);
	people_remove(pp, who->admin, removed);
	people_remove(pp, who->admin, gone_client);
}

static void many_more(struct people *pp, const struct people_cast *who)
{
	for (size_t i = 0; i < MANY; i++)
		many[i] = people_staff(pp, who->admin, ROLE_MEDICAL);
}

static void begin(const struct req_kit_opts *o)
{
	assert_int_equal(crypto_init(), 0);
	req_kit_new(&kit, o);
}

static int teardown(void **state)
{
	(void)state;
	req_kit_free(&kit);
	return 0;
}

static void is_role(const struct person *p, enum role role)
{
	struct roster_who who;
	assert_int_equal(roster_who(kit.roster, p->pub.tls, &who), 0);
	assert_int_equal(who.role, role);
	assert_false(who.paper);
	assert_memory_equal(who.genesis, p->genesis, 32);
	assert_memory_equal(who.pid, p->genesis, 16);
	assert_memory_equal(who.did, p->did, 16);
}

static void is_nobody(const uint8_t tls[32], int err)
{
	struct roster_who who, none = {0};
	memset(&who, 0xff, sizeof(who));
	assert_int_equal(roster_who(kit.roster, tls, &who), err);
	assert_memory_equal(&who, &none, sizeof(who));
}

static void is_paper(const struct person *p, enum role role)
{
	struct roster_who who;
	assert_int_equal(roster_who(kit.roster, p->recovery_pub.tls, &who), 0);
	assert_true(who.paper);
	assert_int_equal(who.role, role);
	assert_memory_equal(who.genesis, p->genesis, 32);
	assert_memory_equal(who.did, p->recovery_did, 16);
}

static void of_an_empty_store(void **state)
{
	struct clinic_head head;
	(void)state;
	begin(&(struct req_kit_opts){.unfounded = true});
	assert_non_null(roster_clinic(kit.roster));
	assert_false(clinic_head(roster_clinic(kit.roster), &head));
	is_nobody(kit.who.admin->pub.tls, 0);
	assert_null(roster_keychain(kit.roster, kit.who.admin->genesis));
}

static void who_is_who(void **state)
{
	(void)state;
	begin(&(struct req_kit_opts){.more = more});
	is_role(kit.who.admin, ROLE_ADMIN);
	is_role(kit.who.therapist, ROLE_THERAPIST);
	is_role(kit.who.client, ROLE_CLIENT);
	is_role(auditor, ROLE_AUDITOR);
	is_nobody(removed->pub.tls, ERR_REVOKED);
	is_nobody(gone_client->pub.tls, ERR_REVOKED);
	is_paper(kit.who.admin, ROLE_ADMIN);
	is_paper(kit.who.client, ROLE_CLIENT);
	is_nobody(gone_client->recovery_pub.tls, ERR_REVOKED);
	is_nobody(kit.who.admin->pub.sign, 0);
	assert_non_null(roster_keychain(kit.roster, removed->genesis));
}

static void relations(void **state)
{
	(void)state;
	begin(&(struct req_kit_opts){.more = more});
	const struct people_cast *w = &kit.who;
	const struct {
		const struct person *a, *b;
		unsigned relation;
	} rows[] = {
	    {w->client, w->client, 0},
	    {w->client, w->therapist, AUTHZ_CARE},
	    {w->client, w->prescriber, AUTHZ_CARE},
	    {w->client, medical, AUTHZ_STRANGER},
	    {w->client, other_client, AUTHZ_STRANGER},
	    {w->client, w->admin, AUTHZ_OFFICE},
	    {w->client, auditor, AUTHZ_STRANGER},
	    {w->therapist, w->prescriber, AUTHZ_TEAMMATE},
	    {w->therapist, medical, AUTHZ_CLINICIAN},
	    {w->therapist, w->admin, AUTHZ_OFFICE},
	    {w->therapist, auditor, AUTHZ_OFFICE},
	    {w->therapist, removed, AUTHZ_STRANGER},
	    {medical, other_client, AUTHZ_CARE},
	    {medical, gone_client, AUTHZ_STRANGER},
	    {removed, other_client, AUTHZ_STRANGER},
	    {w->admin, auditor, AUTHZ_OFFICE},
	    {w->admin, gone_client, AUTHZ_STRANGER},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(roster_relation(kit.roster, rows[i].a->genesis, rows[i].b->genesis), rows[i].relation);
		assert_int_equal(roster_relation(kit.roster, rows[i].b->genesis, rows[i].a->genesis), rows[i].relation);
	}
	static const uint8_t nobody[16];
	assert_int_equal(roster_relation(kit.roster, w->admin->genesis, nobody), AUTHZ_STRANGER);
}

static void of_a_larger_store(void **state)
{
	(void)state;
	begin(&(struct req_kit_opts){.more = many_more});
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < MANY; i++) {
			is_role(many[i], ROLE_MEDICAL);
			assert_memory_equal(keychain_genesis(roster_keychain(kit.roster, many[i]->genesis)), many[i]->genesis, 32);
		}
		is_role(kit.who.client, ROLE_CLIENT);
		assert_int_equal(roster_reload(kit.roster), 0);
	}
}

static void added(void **state)
{
	struct invite_keys code;
	uint8_t genesis[32];
	(void)state;
	begin(NULL);
	people_code(&kit.pp, &code);
	struct person *p = people_new(&kit.pp, &code);
	assert_int_equal(roster_add(kit.roster, p->link.data, p->link.len, genesis), 0);
	assert_memory_equal(genesis, p->genesis, 32);
	is_nobody(p->pub.tls, 0); /* a guest until the clinic chain says otherwise */
	assert_int_equal(roster_add(kit.roster, p->link.data, p->link.len, genesis), ERR_EXISTS);
	/* another person with the same tls key */
	struct person *twin = people_new(&kit.pp, &code);
	memcpy(twin->device.tls, kit.who.therapist->device.tls, 32);
	people_remake(&kit.pp, twin);
	assert_int_equal(roster_add(kit.roster, twin->link.data, twin->link.len, genesis), ERR_EXISTS);
	assert_null(roster_keychain(kit.roster, twin->genesis));
	is_role(kit.who.therapist, ROLE_THERAPIST);
	/* and one that does not verify */
	struct person *bad = people_new(&kit.pp, &code);
	bad->link.data[bad->link.len / 2] ^= 1;
	assert_int_not_equal(roster_add(kit.roster, bad->link.data, bad->link.len, genesis), 0);
	assert_int_equal(roster_add(kit.roster, p->link.data, 0, genesis) < 0, true);
	/* what the store does not have is gone */
	assert_int_equal(roster_reload(kit.roster), 0);
	assert_null(roster_keychain(kit.roster, p->genesis));
	is_role(kit.who.client, ROLE_CLIENT);
}

static void applied_and_taken_back(void **state)
{
	struct clinic_body body = {.type = CLINIC_REMOVE};
	struct link link;
	struct buf b;
	(void)state;
	begin(NULL);
	memcpy(body.genesis, kit.who.therapist->genesis, 32);
	buf_init(&b, 0);
	people_sign(&kit.pp, kit.who.admin, &body, &b);
	assert_int_equal(link_parse(b.data, b.len, &link), 0);
	assert_int_equal(roster_apply(kit.roster, &link), 0);
	is_nobody(kit.who.therapist->pub.tls, ERR_REVOKED);
	assert_int_equal(roster_relation(kit.roster, kit.who.client->genesis, kit.who.therapist->genesis), AUTHZ_STRANGER);
	assert_int_equal(roster_apply(kit.roster, &link), ERR_LINK);
	assert_int_equal(roster_reload(kit.roster), 0);
	is_role(kit.who.therapist, ROLE_THERAPIST);
	assert_int_equal(roster_relation(kit.roster, kit.who.client->genesis, kit.who.therapist->genesis), AUTHZ_CARE);
	assert_int_equal(roster_apply(kit.roster, &link), 0); /* its place is free again */
	buf_wipe(&b);
}

/* A link in the store that no fold can follow: nobody is anybody, and the clinic is still one to ask. */
static void a_store_that_does_not_fold(void **state)
{
	static const uint8_t bytes[] = "this is not a link";
	struct store_batch *b;
	struct clinic_head head;
	uint8_t hash[32] = {5};
	bool known;
	(void)state;
	begin(NULL);
	assert_true(clinic_head(roster_clinic(kit.roster), &head));
	assert_int_equal(store_batch_begin(kit.store, &b), 0);
	assert_int_equal(store_append_link(b,
	                                   &(struct store_link){.chain = clinic_id(kit.pp.clinic),
	                                                        .prev = head.hash,
	                                                        .hash = hash,
	                                                        .seq = head.seq + 1,
	                                                        .bytes = bytes,
	                                                        .len = sizeof(bytes)},
	                                   &known),
	                 0);
	assert_int_equal(store_batch_commit(b), 0);
	assert_int_not_equal(roster_reload(kit.roster), 0);
	is_nobody(kit.who.admin->pub.tls, ERR_STORE_FATAL);
	is_nobody(kit.who.client->pub.tls, ERR_STORE_FATAL);
	assert_non_null(roster_clinic(kit.roster));
	assert_null(clinic_id(roster_clinic(kit.roster)));
	struct roster *another;
	assert_int_not_equal(roster_new(kit.store, &another), 0);
	assert_null(another);
	req_kit_drop(&kit);
}

#define T(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(of_an_empty_store),
	    T(who_is_who),
	    T(relations),
	    T(of_a_larger_store),
	    T(added),
	    T(applied_and_taken_back),
	    cmocka_unit_test(a_store_that_does_not_fold),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
