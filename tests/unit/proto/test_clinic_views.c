/* test_clinic_views: long made-up histories of a clinic, and what each member knows of them: one who reads the chain
 * now from its start, and one who was there all along and read every link when it came. Both must agree with the whole
 * truth on all that concerns them, know nothing of what does not, and need no key chain they may not have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/clinic.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/link.h"
#include "tests/unit/support/people.h"

#define STEPS 70
#define STAFF 7
#define CLIENTS 7

static struct people pp;
static struct person *members[STEPS + 16];
static size_t n_members;
static uint64_t dice;

static size_t roll(size_t n)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (size_t)(dice % n);
}

/* --- one reader --- */

struct reader {
	const struct person *self;
	struct clinic *view;
	bool had[STEPS + 16];   /* inner parts that were served, by seq */
	bool known[STEPS + 16]; /* key chains that were served, by place in `members` */
	size_t served, refolded;
};

/* What a reader holds: their own chain, those served before, and those they may be served now. */
static const struct keychain *find(void *arg, const uint8_t genesis[KEYCHAIN_GENESIS])
{
	struct reader *r = arg;

	for (size_t i = 0; i < n_members; i++)
		if (memcmp(members[i]->genesis, genesis, KEYCHAIN_GENESIS) == 0) {
			r->known[i] |= members[i] == r->self || clinic_may_see_chain(pp.clinic, r->self->genesis, genesis);
			return r->known[i] ? members[i]->chain : NULL;
		}
	return NULL;
}

static void serve(struct reader *r, uint64_t seq)
{
	struct link l;

	people_link(&pp, seq, &l);
	r->had[seq] |= clinic_may_see_inner(pp.clinic, seq, r->self->genesis);
	if (!r->had[seq])
		l.inner = NULL;
	assert_int_equal(clinic_apply(r->view, &l), 0);
	r->served = seq + 1;
}

static void start(struct reader *r)
{
	size_t upto = r->served;

	clinic_free(r->view);
	assert_int_equal(clinic_new(&(struct clinic_lookup){find, r}, &r->view), 0);
	for (uint64_t seq = 0; seq < upto; seq++)
		serve(r, seq);
}

/* Reads what is new, then asks for what turned out to be missing until nothing more is given. */
static void sync(struct reader *r)
{
	uint64_t seq = 0;

	while (r->served < pp.n_links)
		serve(r, r->served);
	while (clinic_missing(r->view, r->self->genesis, seq, &seq) == 0) {
		if (!clinic_may_see_inner(pp.clinic, seq, r->self->genesis)) {
			seq++;
			continue;
		}
		r->refolded++;
		start(r);
		seq = 0;
	}
}

/* --- what must agree --- */

static bool concerns(const struct person *reader, const struct clinic_member *client)
{
	return clinic_role(pp.clinic, reader->genesis) == ROLE_ADMIN ||
	       memcmp(reader->genesis, client->genesis, KEYCHAIN_GENESIS) == 0 ||
	       clinic_on_team(pp.clinic, reader->genesis, client->genesis);
}

static void check_team(const struct reader *r, const struct clinic_member *client)
{
	const struct clinic_member *true_team[CLINIC_TEAM_MAX], *seen[CLINIC_TEAM_MAX];
	size_t n = clinic_team(pp.clinic, client->genesis, true_team);
	uint64_t about, seen_about;

	assert_int_equal(clinic_team(r->view, client->genesis, seen), n);
	for (size_t i = 0; i < n; i++)
		assert_memory_equal(seen[i]->genesis, true_team[i]->genesis, KEYCHAIN_GENESIS);
	assert_int_equal(clinic_about(pp.clinic, client->genesis, &about), 0);
	assert_int_equal(clinic_about(r->view, client->genesis, &seen_about), 0);
	assert_int_equal(about, seen_about);
}

static void check(const struct reader *r)
{
	struct clinic_head head, seen;

	assert_true(clinic_head(pp.clinic, &head));
	assert_true(clinic_head(r->view, &seen));
	assert_memory_equal(&head, &seen, sizeof head);
	for (size_t i = 0; i < clinic_members(pp.clinic); i++) {
		const struct clinic_member *m = clinic_member_at(pp.clinic, i), *s = clinic_member(r->view, m->genesis);

		if (role_is_staff(m->role) || concerns(r->self, m)) {
			assert_non_null(s);
			assert_int_equal(s->role, m->role);
			assert_int_equal(s->active, m->active);
		}
		if (m->role == ROLE_CLIENT && m->active && concerns(r->self, m))
			check_team(r, m);
		/* Nobody believes to be on a team, or related, when they are not. */
		assert_int_equal(clinic_on_team(r->view, r->self->genesis, m->genesis),
		                 clinic_on_team(pp.clinic, r->self->genesis, m->genesis));
		assert_int_equal(clinic_related(r->view, r->self->genesis, m->genesis),
		                 clinic_related(pp.clinic, r->self->genesis, m->genesis));
	}
	assert_memory_equal(clinic_pins(r->view), clinic_pins(pp.clinic), sizeof(struct clinic_pins));
}

/* --- histories --- */

static struct person *any(bool staff, enum role role)
{
	for (int tries = 0; tries < 50; tries++) {
		struct person *p = members[roll(n_members)];
		enum role r = clinic_role(pp.clinic, p->genesis);

		if (r != ROLE_GUEST && role_is_staff(r) == staff && (role == ROLE_GUEST || r == role))
			return p;
	}
	return NULL;
}

static size_t count(bool staff)
{
	size_t n = 0;

	for (size_t i = 0; i < clinic_members(pp.clinic); i++)
		n += clinic_member_at(pp.clinic, i)->active && role_is_staff(clinic_member_at(pp.clinic, i)->role) == staff;
	return n;
}

static size_t some_staff(struct person *team[CLINIC_TEAM_MAX])
{
	size_t n = 0, want = 1 + roll(3);

	while (n < want) {
		struct person *p = any(true, ROLE_GUEST);
		bool twice = false;

		for (size_t i = 0; i < n; i++)
			twice |= team[i] == p;
		if (!twice)
			team[n++] = p;
		else
			want--;
	}
	return n;
}

static void step(const struct person *admin)
{
	struct person *team[CLINIC_TEAM_MAX], *client = any(false, ROLE_CLIENT), *staff = any(true, ROLE_GUEST);
	size_t what = roll(10);

	if (what < 2 && count(true) < STAFF)
		members[n_members++] = people_staff(&pp, admin, (enum role)(ROLE_THERAPIST + roll(5)));
	else if (what < 4 && count(false) < CLIENTS) {
		size_t n = some_staff(team);

		members[n_members++] = people_join(&pp, &(struct people_invite){admin, ROLE_CLIENT, team, n});
	} else if (what < 7 && client != NULL)
		people_set_team(&pp, admin, client, team, some_staff(team));
	else if (what == 7 && staff != admin)
		people_role(&pp, admin, staff, (enum role)(ROLE_THERAPIST + roll(5)));
	else if (what == 8 && roll(2) == 0 && staff != admin)
		people_remove(&pp, admin, staff);
	else if (what == 9 && client != NULL && roll(3) == 0)
		people_remove(&pp, admin, client);
}

static void history(uint64_t number)
{
	static struct reader online[STEPS + 16];
	size_t refolded = 0;
	struct person *admin;

	memset(online, 0, sizeof online);
	dice = number * UINT64_C(0x9e3779b97f4a7c15) + 1;
	n_members = 0;
	people_begin(&pp, number);
	admin = members[n_members++] = people_found(&pp);
	for (int i = 0; i < STEPS && pp.n_links < STEPS; i++) {
		step(admin);
		for (size_t j = 0; j < n_members; j++) {
			struct reader fresh = {.self = members[j]};

			if (clinic_role(pp.clinic, members[j]->genesis) == ROLE_GUEST)
				continue;
			online[j].self = members[j];
			if (online[j].view == NULL)
				start(&online[j]);
			sync(&online[j]);
			check(&online[j]);
			if (i % 12 != 11)
				continue;
			start(&fresh);
			sync(&fresh);
			assert_int_equal(fresh.refolded, 0);
			check(&fresh);
			clinic_free(fresh.view);
		}
	}
	for (size_t j = 0; j < n_members; j++) {
		refolded += online[j].refolded;
		clinic_free(online[j].view);
	}
	assert_true(pp.n_links > STEPS / 2);
	assert_true(refolded > 0); /* or the history was too tame to test it */
	people_end(&pp);
}

static void histories(void **state)
{
	(void)state;
	for (uint64_t number = 1; number <= 3; number++)
		history(number);
}

static int set_up(void **state)
{
	(void)state;
	return crypto_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(histories)};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
