/* test_clinic_succession: one person in the place of another, and servers that were restored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/people.h"

static struct people pp;
static struct people_cast who;

static int begin(void **state)
{
	(void)state;
	people_begin(&pp, 1);
	people_cast(&pp, &who);
	return 0;
}

static int end(void **state)
{
	(void)state;
	people_end(&pp);
	return 0;
}

static struct clinic_body in_place_of(const struct person *old, const struct person *new)
{
	struct clinic_body b = {.type = CLINIC_SUCCESSION};

	memcpy(b.old, old->genesis, KEYCHAIN_GENESIS);
	memcpy(b.genesis, new->genesis, KEYCHAIN_GENESIS);
	return b;
}

static int apply(struct buf *b)
{
	int err = people_apply(&pp, b->data, b->len);

	buf_wipe(b);
	return err;
}

static int say(const struct person *by, const struct clinic_body *body)
{
	struct buf b;

	buf_init(&b, 0);
	people_sign(&pp, by, body, &b);
	return apply(&b);
}

static int say_exactly(const struct person *by, const struct clinic_body *body)
{
	struct buf b;

	buf_init(&b, 0);
	people_sign_exactly(&pp, by, body, &b);
	return apply(&b);
}

static int succeed(const struct person *by, const struct person *old, const struct person *new)
{
	struct clinic_body b = in_place_of(old, new);

	return say(by, &b);
}

static struct person *client_of(struct person *const *team, size_t n)
{
	return people_join(&pp, &(struct people_invite){.by = who.admin, .role = ROLE_CLIENT, .team = team, .n_team = n});
}

static void staff_in_the_place_of_staff(void **state)
{
	struct person *next = people_staff(&pp, who.admin, ROLE_THERAPIST);
	const struct clinic_member *m;
	struct link link;

	(void)state;
	assert_null(clinic_successor(pp.clinic, who.therapist->genesis));
	assert_null(clinic_predecessor(pp.clinic, next->genesis));
	assert_int_equal(succeed(who.admin, who.therapist, next), 0);
	people_link(&pp, pp.n_links - 1, &link);
	assert_int_equal(link.type, CLINIC_SUCCESSION);
	m = clinic_member(pp.clinic, who.therapist->genesis);
	assert_false(m->active);
	assert_int_equal(m->removed_seq, pp.n_links - 1);
	assert_ptr_equal(clinic_predecessor(pp.clinic, next->genesis), m);
	assert_memory_equal(clinic_predecessor_genesis(pp.clinic, next->genesis), m->genesis, KEYCHAIN_GENESIS);
	assert_ptr_equal(clinic_successor(pp.clinic, who.therapist->genesis), clinic_member(pp.clinic, next->genesis));
	assert_null(clinic_successor(pp.clinic, next->genesis));
	assert_null(clinic_predecessor_genesis(pp.clinic, who.therapist->genesis));
	/* off every team, and the new one on none of them by itself */
	assert_false(clinic_on_team(pp.clinic, who.therapist->genesis, who.client->genesis));
	assert_false(clinic_on_team(pp.clinic, next->genesis, who.client->genesis));
	assert_true(clinic_on_team(pp.clinic, who.prescriber->genesis, who.client->genesis));
	assert_int_equal(clinic_role(pp.clinic, who.therapist->genesis), ROLE_GUEST);
}

static void client_in_the_place_of_client(void **state)
{
	struct person *next = client_of((struct person *[]){who.therapist}, 1);
	uint64_t seq, about;
	struct link link;
	struct clinic_body b;

	(void)state;
	assert_int_equal(clinic_about(pp.clinic, next->genesis, &about), 0);
	assert_int_equal(succeed(who.admin, who.client, next), 0);
	seq = pp.n_links - 1;
	people_link(&pp, seq, &link);
	assert_int_equal(link.type, CLINIC_SUCCESSION | CLINIC_CONFINED);
	assert_int_equal(clinic_body_parse(&link, &b), 0);
	assert_true(b.has_about && b.about == about);
	assert_int_equal(clinic_about(pp.clinic, next->genesis, &about), 0);
	assert_int_equal(about, seq);
	assert_false(clinic_member(pp.clinic, who.client->genesis)->active);
	assert_false(clinic_on_team(pp.clinic, who.therapist->genesis, who.client->genesis));
	assert_true(clinic_on_team(pp.clinic, who.therapist->genesis, next->genesis));
	/* the story goes on */
	people_set_team(&pp, who.admin, next, (struct person *[]){who.prescriber}, 1);
}

static void who_may_be_in_a_succession(void **state)
{
	struct person *a = people_staff(&pp, who.admin, ROLE_THERAPIST), *b = people_staff(&pp, who.admin, ROLE_THERAPIST);
	struct person *client = client_of((struct person *[]){a}, 1), *stranger;
	struct invite_keys code;
	struct clinic_body body;

	(void)state;
	people_code(&pp, &code);
	stranger = people_new(&pp, &code);
	/* by whom */
	assert_int_equal(succeed(who.therapist, a, b), ERR_ROLE);
	assert_int_equal(succeed(who.therapist, who.client, client), ERR_ROLE);
	assert_int_equal(succeed(who.client, who.client, client), ERR_ROLE);
	/* other roles, nobody, oneself */
	assert_int_equal(succeed(who.admin, who.prescriber, a), ERR_LINK);
	assert_int_equal(succeed(who.admin, who.client, a), ERR_LINK);
	assert_int_equal(succeed(who.admin, a, client), ERR_LINK);
	assert_int_equal(succeed(who.admin, stranger, a), ERR_LINK);
	assert_int_equal(succeed(who.admin, stranger, client), ERR_LINK);
	body = in_place_of(a, stranger);
	assert_int_equal(say_exactly(who.admin, &body), ERR_LINK);
	/* a new one who is gone */
	people_remove(&pp, who.admin, b);
	assert_int_equal(succeed(who.admin, a, b), ERR_LINK);
	/* an old one who is */
	assert_int_equal(succeed(who.admin, b, a), 0);
	assert_ptr_equal(clinic_predecessor(pp.clinic, a->genesis), clinic_member(pp.clinic, b->genesis));
}

static void once_in_each_place(void **state)
{
	struct person *a = people_staff(&pp, who.admin, ROLE_THERAPIST), *b = people_staff(&pp, who.admin, ROLE_THERAPIST);
	struct person *c = people_staff(&pp, who.admin, ROLE_THERAPIST);

	(void)state;
	assert_int_equal(succeed(who.admin, who.therapist, a), 0);
	assert_int_equal(succeed(who.admin, who.therapist, b), ERR_LINK);
	assert_int_equal(succeed(who.admin, b, a), ERR_LINK);
	assert_int_equal(succeed(who.admin, a, who.therapist), ERR_LINK);
	/* but the new one may become an old one */
	assert_int_equal(succeed(who.admin, a, c), 0);
	assert_memory_equal(clinic_successor(pp.clinic, who.therapist->genesis)->genesis, a->genesis, KEYCHAIN_GENESIS);
	assert_memory_equal(clinic_successor(pp.clinic, a->genesis)->genesis, c->genesis, KEYCHAIN_GENESIS);
	assert_int_equal(succeed(who.admin, b, c), ERR_LINK);
}

static void form_of_a_succession(void **state)
{
	struct person *next = client_of((struct person *[]){who.therapist}, 1);
	struct person *a = people_staff(&pp, who.admin, ROLE_THERAPIST);
	struct clinic_body b = in_place_of(who.client, next);
	struct buf out;
	uint64_t about;

	(void)state;
	assert_int_equal(clinic_about(pp.clinic, next->genesis, &about), 0);
	/* confined, about the new one's story */
	b.confined = false;
	assert_int_equal(say_exactly(who.admin, &b), ERR_LINK);
	b.confined = b.has_about = true;
	b.about = about - 1;
	assert_int_equal(say_exactly(who.admin, &b), ERR_LINK);
	assert_int_equal(clinic_about(pp.clinic, who.client->genesis, &b.about), 0);
	assert_int_equal(say_exactly(who.admin, &b), ERR_LINK);
	/* of staff it is not confined */
	b = in_place_of(who.therapist, a);
	b.confined = b.has_about = true;
	b.about = about;
	assert_int_equal(say_exactly(who.admin, &b), ERR_LINK);
	b = in_place_of(a, a);
	buf_init(&out, 0);
	assert_int_equal(clinic_body_put(&b, (const uint8_t[LINK_SALT]){0}, &out), ERR_ARG);
	buf_wipe(&out);
	b = in_place_of(who.client, next);
	b.confined = b.has_about = true;
	b.about = about;
	assert_int_equal(say_exactly(who.admin, &b), 0);
}

static void the_last_admin_has_a_successor(void **state)
{
	struct person *next = people_staff(&pp, who.admin, ROLE_ADMIN);
	struct clinic_body b = {.type = CLINIC_REMOVE};

	(void)state;
	assert_int_equal(succeed(next, who.admin, next), 0);
	memcpy(b.genesis, next->genesis, KEYCHAIN_GENESIS);
	assert_int_equal(say(next, &b), ERR_LINK);
	assert_int_equal(succeed(who.admin, who.therapist, who.prescriber), ERR_ROLE);
}

/* The successors of removed admins are no help: the count of admins is right. */
static void a_removed_admin_counts_once(void **state)
{
	struct person *old = people_staff(&pp, who.admin, ROLE_ADMIN), *next = people_staff(&pp, who.admin, ROLE_ADMIN);
	struct clinic_body b = {.type = CLINIC_REMOVE};

	(void)state;
	people_remove(&pp, who.admin, old);
	assert_int_equal(succeed(who.admin, old, next), 0);
	people_remove(&pp, who.admin, next);
	memcpy(b.genesis, who.admin->genesis, KEYCHAIN_GENESIS);
	assert_int_equal(say(who.admin, &b), ERR_LINK);
}

/* --- who sees it --- */

static void who_sees_a_clients_succession(void **state)
{
	struct person *medical = people_staff(&pp, who.admin, ROLE_MEDICAL);
	struct person *next = client_of((struct person *[]){medical}, 1);
	struct person *outsider = people_staff(&pp, who.admin, ROLE_THERAPIST);
	struct person *later = people_staff(&pp, who.admin, ROLE_PRESCRIBER);
	uint64_t seq;

	(void)state;
	/* off the old client's team before */
	people_set_team(&pp, who.admin, who.client, (struct person *[]){who.therapist}, 1);
	assert_int_equal(succeed(who.admin, who.client, next), 0);
	seq = pp.n_links - 1;
	assert_true(clinic_may_see_inner(pp.clinic, seq, who.admin->genesis));
	assert_true(clinic_may_see_inner(pp.clinic, seq, next->genesis));
	assert_true(clinic_may_see_inner(pp.clinic, seq, medical->genesis));
	assert_true(clinic_may_see_inner(pp.clinic, seq, who.therapist->genesis));
	assert_false(clinic_may_see_inner(pp.clinic, seq, who.prescriber->genesis));
	assert_false(clinic_may_see_inner(pp.clinic, seq, outsider->genesis));
	assert_false(clinic_may_see_inner(pp.clinic, seq, who.client->genesis));
	people_set_team(&pp, who.admin, next, (struct person *[]){later}, 1);
	assert_true(clinic_may_see_inner(pp.clinic, seq, later->genesis));
	/* the old one's key chain, for what they wrote */
	assert_true(clinic_may_see_chain(pp.clinic, next->genesis, who.client->genesis));
	assert_true(clinic_may_see_chain(pp.clinic, medical->genesis, who.client->genesis));
	assert_true(clinic_may_see_chain(pp.clinic, later->genesis, who.client->genesis));
	assert_true(clinic_may_see_chain(pp.clinic, who.therapist->genesis, who.client->genesis));
	assert_false(clinic_may_see_chain(pp.clinic, outsider->genesis, who.client->genesis));
}

static void what_each_makes_of_it(void **state)
{
	struct person *medical = people_staff(&pp, who.admin, ROLE_MEDICAL);
	struct person *next = client_of((struct person *[]){medical}, 1);
	struct person *outsider = people_staff(&pp, who.admin, ROLE_AUDITOR);
	struct clinic *view;

	(void)state;
	assert_int_equal(succeed(who.admin, who.client, next), 0);
	people_set_team(&pp, who.admin, next, (struct person *[]){medical}, 1);
	/* the new one, and who is on their team alone: who the old one was, but not a member here */
	for (size_t i = 0; i < 2; i++) {
		view = people_view(&pp, i ? medical : next);
		assert_non_null(clinic_member(view, next->genesis));
		assert_null(clinic_member(view, who.client->genesis));
		assert_null(clinic_predecessor(view, next->genesis));
		assert_memory_equal(clinic_predecessor_genesis(view, next->genesis), who.client->genesis, KEYCHAIN_GENESIS);
		assert_true(clinic_on_team(view, medical->genesis, next->genesis));
		clinic_free(view);
	}
	/* who was on the old one's team alone: that they are gone */
	view = people_view(&pp, who.prescriber);
	assert_false(clinic_member(view, who.client->genesis)->active);
	assert_false(clinic_on_team(view, who.prescriber->genesis, who.client->genesis));
	assert_null(clinic_member(view, next->genesis));
	assert_null(clinic_successor(view, who.client->genesis));
	clinic_free(view);
	/* nobody else anything */
	view = people_view(&pp, outsider);
	assert_null(clinic_member(view, next->genesis));
	assert_null(clinic_member(view, who.client->genesis));
	clinic_free(view);
	view = people_view(&pp, who.admin);
	assert_memory_equal(clinic_successor(view, who.client->genesis)->genesis, next->genesis, KEYCHAIN_GENESIS);
	clinic_free(view);
}

/* Withheld, only an admin may have signed it. */
static void withheld_by_another(void **state)
{
	struct person *outsider = people_staff(&pp, who.admin, ROLE_MEDICAL);
	struct person *next = client_of((struct person *[]){who.therapist}, 1);
	struct clinic_body b = in_place_of(who.client, next);
	struct clinic *view = people_view(&pp, outsider);
	const struct person *by[] = {who.therapist, who.admin};
	struct buf bytes;
	struct link link;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		buf_init(&bytes, 0);
		people_sign(&pp, by[i], &b, &bytes);
		assert_int_equal(link_parse(bytes.data, bytes.len, &link), 0);
		link.inner = NULL;
		link.inner_len = 0;
		assert_int_equal(clinic_apply(view, &link), i ? 0 : ERR_ROLE);
		buf_wipe(&bytes);
	}
	clinic_free(view);
}

/* --- restored servers --- */

static int notice(const struct person *by, uint8_t old, uint8_t new)
{
	struct clinic_body b = {.type = CLINIC_RESTORE_NOTICE};

	b.generation[0][0] = old;
	b.generation[1][0] = new;
	return say(by, &b);
}

static bool restored(uint8_t old, uint8_t new)
{
	const uint8_t a[CLINIC_GENERATION] = {old}, b[CLINIC_GENERATION] = {new};

	return clinic_restored(pp.clinic, a, b);
}

static void notices_lead_on(void **state)
{
	struct link link;

	(void)state;
	assert_false(restored(1, 2));
	assert_false(clinic_restored_to(pp.clinic, (const uint8_t[CLINIC_GENERATION]){2}));
	assert_int_equal(notice(who.admin, 1, 2), 0);
	assert_true(clinic_restored_to(pp.clinic, (const uint8_t[CLINIC_GENERATION]){2}));
	assert_false(clinic_restored_to(pp.clinic, (const uint8_t[CLINIC_GENERATION]){1}));
	people_link(&pp, pp.n_links - 1, &link);
	assert_int_equal(link.type, CLINIC_RESTORE_NOTICE);
	assert_true(restored(1, 2));
	assert_false(restored(2, 1));
	assert_false(restored(1, 1));
	assert_int_equal(notice(who.admin, 2, 3), 0);
	assert_int_equal(notice(who.admin, 1, 4), 0);
	assert_int_equal(notice(who.admin, 3, 5), 0);
	assert_true(restored(1, 5));
	assert_true(restored(2, 5));
	assert_true(restored(1, 4));
	assert_false(restored(4, 5));
	assert_false(restored(3, 4));
	assert_false(restored(9, 5));
	/* for everybody */
	assert_true(clinic_may_see_inner(pp.clinic, pp.n_links - 1, who.client->genesis));
}

static void notices_are_new(void **state)
{
	struct clinic_body b = {.type = CLINIC_RESTORE_NOTICE, .confined = true};
	struct buf out;

	(void)state;
	assert_int_equal(notice(who.therapist, 1, 2), ERR_ROLE);
	assert_int_equal(notice(who.client, 1, 2), ERR_ROLE);
	assert_int_equal(notice(who.admin, 1, 2), 0);
	assert_int_equal(notice(who.admin, 1, 2), ERR_LINK);
	assert_int_equal(notice(who.admin, 3, 2), ERR_LINK);
	assert_int_equal(notice(who.admin, 2, 1), ERR_LINK);
	assert_int_equal(notice(who.admin, 3, 1), ERR_LINK);
	buf_init(&out, 0);
	b.confined = false;
	assert_int_equal(clinic_sign(pp.clinic, &who.admin->device, 1, &b, &out), ERR_ARG); /* from zeroes to zeroes */
	b.generation[1][15] = 1;
	assert_int_equal(clinic_body_put(&b, (const uint8_t[LINK_SALT]){0}, &out), 0);
	b.confined = true;
	assert_int_equal(clinic_body_put(&b, (const uint8_t[LINK_SALT]){0}, &out), ERR_ARG);
	buf_wipe(&out);
}

static int set_up(void **state)
{
	(void)state;
	return crypto_init();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(staff_in_the_place_of_staff),
	    TEST(client_in_the_place_of_client),
	    TEST(who_may_be_in_a_succession),
	    TEST(once_in_each_place),
	    TEST(form_of_a_succession),
	    TEST(the_last_admin_has_a_successor),
	    TEST(a_removed_admin_counts_once),
	    TEST(who_sees_a_clients_succession),
	    TEST(what_each_makes_of_it),
	    TEST(withheld_by_another),
	    TEST(notices_lead_on),
	    TEST(notices_are_new),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
