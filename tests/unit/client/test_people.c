/* Who is who on a device, what they are called, and what a typed name means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/identity.h"
#include "client/book/people.h"
#include "client/book/people_match.h"
#include "proto/clinic.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/role.h"
#include "tests/unit/support/circle.h"

static struct circle *c;

static int setup(void **state)
{
	(void)state;
	c = circle_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	circle_free(c);
	return 0;
}

/* --- loading --- */

static void test_who_is_seen(void **state)
{
	const struct people *p;
	(void)state;
	p = circle_people(c, CIRCLE_JO);
	assert_int_equal(people_count(p), 6); /* all staff and oneself, not the other client */
	assert_null(people_by_pid(p, circle_genesis(c, CIRCLE_KIM)));
	const struct person *ana = people_by_pid(p, circle_genesis(c, CIRCLE_ANA));
	assert_memory_equal(ana->genesis, circle_genesis(c, CIRCLE_ANA), 32);
	assert_memory_equal(ana->pid, circle_genesis(c, CIRCLE_ANA), 16);
	assert_string_equal(ana->name, "Ana Reyes");
	assert_string_equal(ana->pronouns, "");
	assert_int_equal(ana->role, ROLE_THERAPIST);
	assert_true(ana->named && ana->active && !ana->is_self);
	assert_true(people_self(p)->is_self);
	assert_string_equal(people_self(p)->name, "Jo M.");
	assert_non_null(people_keychain(p, ana->pid));
	assert_int_equal(clinic_role(people_clinic(p), ana->pid), ROLE_THERAPIST);
	assert_int_equal(people_count(circle_people(c, CIRCLE_ADMIN)), CIRCLE_PEOPLE);
	assert_int_equal(people_count(circle_people(c, CIRCLE_MED)), 5);
}

static void test_order(void **state)
{
	static const char *const names[] = {"Jo M.", "Joan Kim", "Ana Reyes", "Ms. Lund", "Dr. Osei", NULL, "Mo Ortiz"};
	(void)state;
	const struct people *p = circle_people(c, CIRCLE_ADMIN);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i])
			assert_string_equal(people_at(p, i)->name, names[i]);
	assert_null(people_at(p, people_count(p)));
	circle_remove(c, CIRCLE_JO);
	circle_refresh(c, CIRCLE_ADMIN);
	p = circle_people(c, CIRCLE_ADMIN);
	assert_string_equal(people_at(p, 0)->name, "Joan Kim");
	assert_string_equal(people_at(p, 6)->name, "Jo M.");
	assert_false(people_at(p, 6)->active);
}

static void test_placeholder(void **state)
{
	char want[32];
	(void)state;
	const struct person *med = circle_person(c, CIRCLE_ANA, CIRCLE_MED);
	assert_false(med->named);
	snprintf(want, sizeof(want), "medical %02X%02X", med->pid[0], med->pid[1]);
	assert_string_equal(med->name, want);
	const struct person *found;
	assert_int_equal(people_find(circle_people(c, CIRCLE_ANA), "medical", NULL, NULL, &found), 0);
	assert_memory_equal(found->pid, circle_genesis(c, CIRCLE_MED), 16);
}

static void test_before_joining(void **state)
{
	struct scratch_vault s;
	struct people *p = (struct people *)1;
	(void)state;
	scratch_vault_open(&s);
	assert_int_equal(people_load(s.txn, circle_genesis(c, CIRCLE_JO), &p), ERR_NOT_FOUND);
	assert_null(p);
	struct identity *id = identity_new();
	id->n_epochs = 1;
	id->epochs[0].epoch = 1;
	assert_int_equal(identity_save(s.txn, id), 0);
	assert_int_equal(people_load(s.txn, circle_genesis(c, CIRCLE_JO), &p), ERR_NOT_FOUND);
	identity_free(id);
	scratch_vault_close(&s);
	/* the chain is here, but it does not name us */
	uint8_t stranger[32] = {1};
	struct scratch_vault *jo = circle_vault(c, CIRCLE_JO);
	assert_int_equal(people_load(jo->txn, stranger, &p), ERR_NOT_FOUND);
	assert_int_equal(people_load(jo->txn, circle_genesis(c, CIRCLE_JO), &p), 0);
	people_free(p);
	people_free(NULL);
}

static void test_spoiled(void **state)
{
	struct scratch_vault *jo = circle_vault(c, CIRCLE_JO);
	struct people *p = NULL;
	(void)state;
	scratch_vault_spoil(jo, VAULT_NAME, circle_genesis(c, CIRCLE_ANA), 16);
	assert_int_equal(people_load(jo->txn, circle_genesis(c, CIRCLE_JO), &p), ERR_CORRUPT);
	assert_int_equal(people_name_put(jo->txn, circle_genesis(c, CIRCLE_ANA), "A", "", true), ERR_CORRUPT);
	assert_null(p);
}

/* --- teams --- */

static void test_teams(void **state)
{
	const struct person *team[8];
	(void)state;
	const struct people *p = circle_people(c, CIRCLE_ANA);
	const uint8_t *jo = circle_genesis(c, CIRCLE_JO), *kim = circle_genesis(c, CIRCLE_KIM);
	const uint8_t *ana = circle_genesis(c, CIRCLE_ANA), *lund = circle_genesis(c, CIRCLE_LUND);
	assert_int_equal(people_team(p, jo, team, 8), 2);
	assert_true(memcmp(team[0]->pid, team[1]->pid, 16) != 0);
	for (size_t i = 0; i < 2; i++)
		assert_true(memcmp(team[i]->pid, ana, 16) == 0 ||
		            memcmp(team[i]->pid, circle_genesis(c, CIRCLE_OSEI), 16) == 0);
	assert_int_equal(people_team(p, jo, team, 1), 2);
	assert_int_equal(people_team(p, ana, team, 8), 0);
	assert_true(people_cares(p, ana, jo));
	assert_true(people_cares(p, jo, ana));
	assert_true(people_cares(p, ana, kim));
	assert_false(people_cares(p, lund, jo));
	assert_false(people_cares(p, jo, kim));
	assert_false(people_cares(p, ana, lund));
	circle_leave_team(c, CIRCLE_JO, CIRCLE_OSEI);
	circle_refresh(c, CIRCLE_ANA);
	assert_int_equal(people_team(circle_people(c, CIRCLE_ANA), jo, team, 8), 1);
}

/* --- names --- */

static void put(enum circle_who who, const char *name, const char *pronouns, bool from_profile)
{
	assert_int_equal(
	    people_name_put(circle_vault(c, CIRCLE_JO)->txn, circle_genesis(c, who), name, pronouns, from_profile), 0);
}

static const struct person *seen_by_jo(enum circle_who who)
{
	circle_people(c, CIRCLE_JO);
	return circle_person(c, CIRCLE_JO, who);
}

static void test_names(void **state)
{
	(void)state;
	put(CIRCLE_MED, "from the invitation", "", false);
	assert_string_equal(seen_by_jo(CIRCLE_MED)->name, "from the invitation");
	put(CIRCLE_MED, "of a later invitation", "", false);
	assert_string_equal(seen_by_jo(CIRCLE_MED)->name, "of a later invitation");
	put(CIRCLE_MED, "Sam", "they/them", true);
	assert_string_equal(seen_by_jo(CIRCLE_MED)->name, "Sam");
	assert_string_equal(seen_by_jo(CIRCLE_MED)->pronouns, "they/them");
	put(CIRCLE_MED, "of yet another", "", false);
	assert_string_equal(seen_by_jo(CIRCLE_MED)->name, "Sam");
	put(CIRCLE_MED, "Samira", "", true);
	assert_string_equal(seen_by_jo(CIRCLE_MED)->name, "Samira");
	assert_string_equal(seen_by_jo(CIRCLE_MED)->pronouns, "");
	/* one's own name is the one that was chosen here; pronouns come along */
	put(CIRCLE_JO, "somebody else", "she/her", true);
	assert_string_equal(seen_by_jo(CIRCLE_JO)->name, "Jo M.");
	assert_string_equal(seen_by_jo(CIRCLE_JO)->pronouns, "she/her");
	/* somebody unknown does no harm */
	assert_int_equal(
	    people_name_put(circle_vault(c, CIRCLE_JO)->txn, (const uint8_t *)"0123456789abcdef", "X", "", true), 0);
	put(CIRCLE_MED, "two\nlines\tand more", "", true);
	assert_string_equal(seen_by_jo(CIRCLE_MED)->name, "two lines and more");
	put(CIRCLE_MED, " \n ", "", true);
	assert_false(seen_by_jo(CIRCLE_MED)->named);
}

static void test_name_limits(void **state)
{
	char name[322], pronouns[162];
	struct vault_txn *txn = circle_vault(c, CIRCLE_JO)->txn;
	const uint8_t *pid = circle_genesis(c, CIRCLE_MED);
	(void)state;
	for (size_t i = 0; i < 80; i++)
		memcpy(name + 4 * i, "\xf0\x9f\x8c\x8a", 4);
	memcpy(name + 320, "", 1);
	for (size_t i = 0; i < 40; i++)
		memcpy(pronouns + 4 * i, "\xf0\x9f\x8c\x8a", 4);
	memcpy(pronouns + 160, "", 1);
	assert_int_equal(people_name_put(txn, pid, name, pronouns, true), 0);
	assert_string_equal(seen_by_jo(CIRCLE_MED)->name, name);
	assert_string_equal(seen_by_jo(CIRCLE_MED)->pronouns, pronouns);
	assert_int_equal(people_name_put(txn, pid, "", "", true), ERR_SCHEMA);
	assert_int_equal(people_name_put(txn, pid, "a\x01", "", true), ERR_SCHEMA);
	assert_int_equal(people_name_put(txn, pid, "\xff", "", true), ERR_SCHEMA);
	memcpy(name + 320, "x", 2);
	assert_int_equal(people_name_put(txn, pid, name, "", true), ERR_SCHEMA);
	memcpy(pronouns + 160, "x", 2);
	assert_int_equal(people_name_put(txn, pid, "A", pronouns, true), ERR_SCHEMA);
	assert_int_equal(people_name_put(txn, pid, "A", "", true), 0);
}

/* --- typed names --- */

static enum people_match match(const char *name, const char *typed)
{
	uint8_t *n = people_match_words(name), *t = people_match_words(typed);
	assert_non_null(n);
	assert_non_null(t);
	enum people_match how = people_match_of(n, t);
	free(n);
	free(t);
	return how;
}

static void test_match(void **state)
{
	static const struct {
		const char *name, *typed;
		enum people_match how;
	} rows[] = {
	    {"Jo M.", "jo m", PEOPLE_WHOLE},
	    {"Jo M.", "JO-M", PEOPLE_WHOLE},
	    {"Jo M.", "jo", PEOPLE_WORDS},
	    {"Jo M.", "m", PEOPLE_WORDS},
	    {"Joan Kim", "jo", PEOPLE_BEGINNING},
	    {"Joan Kim", "kim", PEOPLE_WORDS},
	    {"Joan Kim", "kim joan", PEOPLE_NO_MATCH},
	    {"Joan Kim", "oan", PEOPLE_NO_MATCH},
	    {"Joan Kim", "jo ki", PEOPLE_BEGINNING},
	    {"Joan Kim", "joan kim lee", PEOPLE_NO_MATCH},
	    {"Ana Maria Reyes", "maria reyes", PEOPLE_WORDS},
	    {"Ana Maria Reyes", "ana reyes", PEOPLE_NO_MATCH},
	    {"Ana Ana Reyes", "ana r", PEOPLE_BEGINNING},
	    {"Dr. Osei", "dr osei", PEOPLE_WHOLE},
	    {"Dr. Osei", "os", PEOPLE_BEGINNING},
	    {"O'Hara", "ohara", PEOPLE_WHOLE},
	    {"O\xe2\x80\x99Hara", "O'Hara", PEOPLE_WHOLE},
	    {"\xc3\x89lodie", "\xc3\xa9lodie", PEOPLE_WHOLE},
	    {"E\xcc\x81lodie", "\xc3\xa9lodie", PEOPLE_WHOLE},
	    {"Stra\xc3\x9f"
	     "e",
	     "STRASSE", PEOPLE_WHOLE},
	    {"\xe6\x9d\x8e \xe5\xa8\x9c", "\xe5\xa8\x9c", PEOPLE_WORDS},
	    {"medical 3F9A", "3f9a", PEOPLE_WORDS},
	    {"Jo M.", "", PEOPLE_NO_MATCH},
	    {"Jo M.", " .-", PEOPLE_NO_MATCH},
	    {"...", ".", PEOPLE_NO_MATCH},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (match(rows[i].name, rows[i].typed) != rows[i].how)
			fail_msg("%s / %s", rows[i].name, rows[i].typed);
	assert_null(people_match_words("\xff"));
}

static bool is_client(const struct person *person, void *arg)
{
	(void)arg;
	return person->role == ROLE_CLIENT;
}

static bool is_not(const struct person *person, void *arg)
{
	return person != arg;
}

static void assert_finds(const struct people *p, const char *typed, const char *name)
{
	const struct person *found;
	assert_int_equal(people_find(p, typed, NULL, NULL, &found), 0);
	assert_string_equal(found->name, name);
}

static void test_find(void **state)
{
	const struct person *found, *all[4];
	(void)state;
	const struct people *p = circle_people(c, CIRCLE_ADMIN);
	assert_finds(p, "jo", "Jo M.");
	assert_finds(p, "JO M.", "Jo M.");
	assert_finds(p, "joa", "Joan Kim");
	assert_finds(p, "osei", "Dr. Osei");
	assert_finds(p, "rey", "Ana Reyes");
	assert_int_equal(people_find(p, "nobody", NULL, NULL, &found), ERR_NOT_FOUND);
	assert_null(found);
	assert_int_equal(people_find(p, "", NULL, NULL, &found), ERR_NOT_FOUND);
	assert_int_equal(people_find(p, "\xff", NULL, NULL, &found), ERR_NOT_FOUND);
	/* m: the word of "Jo M." goes before the beginnings of "Mo", "Ms." and "medical" */
	assert_finds(p, "m", "Jo M.");
	const struct person *jo = people_by_pid(p, circle_genesis(c, CIRCLE_JO));
	assert_int_equal(people_find(p, "m", is_not, (void *)(uintptr_t)jo, &found), ERR_AMBIGUOUS);
	assert_string_equal(found->name, "Ms. Lund");
	assert_int_equal(people_matches(p, "m", is_not, (void *)(uintptr_t)jo, all, 4), 3);
	assert_string_equal(all[0]->name, "Ms. Lund");
	assert_string_equal(all[2]->name, "Mo Ortiz");
	assert_int_equal(people_matches(p, "m", is_not, (void *)(uintptr_t)jo, all, 1), 3);
	assert_int_equal(people_find(p, "ana", is_client, NULL, &found), ERR_NOT_FOUND);
	assert_int_equal(people_find(p, "j", is_client, NULL, &found), ERR_AMBIGUOUS);
}

static void test_find_inactive(void **state)
{
	const struct person *found;
	(void)state;
	circle_remove(c, CIRCLE_JO);
	const struct people *p = circle_people(c, CIRCLE_ADMIN);
	assert_finds(p, "jo", "Joan Kim");
	assert_int_equal(people_find(p, "jo", is_client, NULL, &found), 0);
	assert_string_equal(found->name, "Jo M.");
}

static void test_same_name(void **state)
{
	const struct person *found;
	(void)state;
	put(CIRCLE_MED, "Ana Reyes", "", true);
	assert_int_equal(people_find(circle_people(c, CIRCLE_JO), "ana reyes", NULL, NULL, &found), ERR_AMBIGUOUS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_who_is_seen), TEST(test_order), TEST(test_placeholder),   TEST(test_before_joining),
	    TEST(test_spoiled),     TEST(test_teams), TEST(test_names),         TEST(test_name_limits),
	    TEST(test_match),       TEST(test_find),  TEST(test_find_inactive), TEST(test_same_name),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
