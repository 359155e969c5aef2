/* Who is given what, kind by kind and author by author: the table of default visibility, as sealing sees it. For every
 * clinical kind and every role: the audience that writing computes, or ERR_ROLE. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/book.h"
#include "client/book/chart.h"
#include "client/book/ledger.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/book/write_care.h"
#include "client/care/kinds.h"
#include "client/care/look.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"
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

/* Jo's team is Ana and Osei. Lund is a therapist on another team, Med on none, and so is the admin. */
#define J (1u << CIRCLE_JO)
#define A (1u << CIRCLE_ANA)
#define O (1u << CIRCLE_OSEI)
#define NO UINT32_MAX /* this role may not write it */

/* Written about Jo by Jo, Ana, Osei and the admin: who gets it besides the author. */
static const struct row {
	const char *kind;
	uint32_t by_jo, by_ana, by_osei, by_admin;
} rows[] = {
    /* name           Jo      Ana        Osei       admin */
    {"checkin", A, NO, NO, NO},       {"assignment", NO, J, J | A, NO}, {"measure", A | O, O, A, NO},
    {"clearance", NO, NO, J | A, NO}, {"order", NO, NO, J | A, NO},     {"hold", NO, O, A, NO},
    {"closing", NO, O, A, NO},        {"med", A | O, J | O, J | A, NO}, {"supply", A | O, NO, J | A, NO},
    {"session", NO, O, A, NO},        {"event", NO, O, A, NO},          {"summary", NO, J | O, J | A, NO},
    {"form", NO, J | O, J | A, NO},   {"consent", A | O, NO, NO, NO},   {"plan", A | O, J | O, NO, NO},
    {"psynote", NO, 0, NO, NO},       {"flag", A | O, O, A, NO},        {"contact", NO, NO, NO, 0},
    {"given", NO, 0, A, NO},
};

/* Enough of each kind that its own rules are content; `given` is what the record of a gift holds. */
static void fill(struct content *content, const struct care_kind *kind, const struct book_item *other)
{
	for (uint16_t i = 0; i < kind->content.n_fields; i++) {
		const struct content_rule *rule = &kind->content.fields[i];
		uint64_t least = rule->min > 0 ? (uint64_t)rule->min : 0;
		if (rule->list_max || (rule->look && rule->look->as == LOOK_REF && !other))
			continue;
		if (rule->look && rule->look->as == LOOK_REF)
			assert_int_equal(chart_set_ref(content, rule->key, other), 0);
		else if (rule->type == CONTENT_UINT)
			assert_int_equal(content_set_u64(content, rule->key, least), 0);
		else if (rule->type == CONTENT_TEXT)
			assert_int_equal(content_set_str(content, rule->key, "some words", 10), 0);
		else if (rule->type == CONTENT_BYTES)
			assert_int_equal(content_set_bin(content, rule->key, (const uint8_t[32]){0}, (size_t)rule->max), 0);
	}
}

/* What the rules between the fields of some kinds want otherwise. */
static const struct {
	const char *kind, *field;
	uint64_t value; /* UINT64_MAX: leave it out */
} otherwise[] = {
    {"assignment", "text", UINT64_MAX},
    {"assignment", "measure", UINT64_MAX},
    {"measure", "instrument", UINT64_MAX},
    {"measure", "total", UINT64_MAX},
    {"measure", "difficulty", UINT64_MAX},
    {"order", "max-mg", 200000},
    {"order", "booster-units", UINT64_MAX},
    {"order", "booster-from", UINT64_MAX},
    {"order", "booster-to", UINT64_MAX},
    {"order", "pre-sys-min", UINT64_MAX},
    {"order", "pre-dia-min", UINT64_MAX},
    {"order", "pre-hr-min", UINT64_MAX},
    {"event", "what", 4},
    {"event", "dia", UINT64_MAX},
    {"event", "sys", UINT64_MAX},
};

static void adjust(struct content *content, const struct care_kind *kind)
{
	for (size_t i = 0; i < sizeof(otherwise) / sizeof(otherwise[0]); i++) {
		if (strcmp(otherwise[i].kind, kind->content.name) != 0)
			continue;
		const struct content_rule *rule = look_find(&kind->content, otherwise[i].field);
		if (!rule)
			continue;
		if (otherwise[i].value == UINT64_MAX)
			(void)content_drop(content, rule->key);
		else
			assert_int_equal(content_set_u64(content, rule->key, otherwise[i].value), 0);
	}
}

static const struct book_item *an_item(const struct write_ctx *ctx)
{
	const struct book_item *found = NULL;
	struct chart all = {ctx->book, ctx->people, NULL};
	found = chart_newest(&all, 69);
	return found;
}

static int write_as(enum circle_who who, const struct care_kind *kind)
{
	struct write_ctx *ctx = circle_write(c, who);
	struct content_head head = {.kind = kind->content.kind};
	struct content *content = content_new(&head);
	struct write_care w = {.kind = kind, .fields = content};
	bool team = who == CIRCLE_JO || who == CIRCLE_ANA || who == CIRCLE_OSEI;
	w.about = team && who != CIRCLE_JO ? circle_person(c, who, CIRCLE_JO) : NULL;
	fill(content, kind, an_item(ctx));
	adjust(content, kind);
	int err = write_care(ctx, &w, NULL);
	content_free(content);
	return err;
}

static struct ledger_pending last;

static int keep_last(void *arg, const struct ledger_pending *p)
{
	(void)arg;
	last = *p;
	return 0;
}

static uint32_t audience_of(enum circle_who who)
{
	uint32_t bits = 0, known = 0;
	assert_int_equal(ledger_pending_each(circle_vault(c, who)->txn, keep_last, NULL), 0);
	for (enum circle_who p = 0; p < CIRCLE_PEOPLE; p++)
		for (uint32_t i = 0; i < last.n_audience; i++)
			if (memcmp(last.audience[i], circle_genesis(c, p), 16) == 0) {
				bits |= 1u << p;
				known++;
			}
	assert_int_equal(known, last.n_audience);
	return bits & ~(1u << who);
}

/* An item that the references of the others can name: a hold, which has no reference itself. */
static void begin(enum circle_who who)
{
	if (who == CIRCLE_ANA || who == CIRCLE_OSEI)
		assert_int_equal(write_as(who, kinds_by_name("hold")), 0);
}

static void compare(const struct care_kind *kind, enum circle_who who, uint32_t wanted)
{
	size_t before = ledger_pending_count(circle_vault(c, who)->txn);
	int err = write_as(who, kind);
	size_t wrote = ledger_pending_count(circle_vault(c, who)->txn) - before;
	if (wanted == NO) {
		if (err != ERR_ROLE || wrote)
			fail_msg("%s by %d: %s, %zu written", kind->content.name, (int)who, err_name(err), wrote);
		return;
	}
	if (err || wrote != 1)
		fail_msg("%s by %d: %s, %zu written", kind->content.name, (int)who, err_name(err), wrote);
	uint32_t got = audience_of(who);
	if (got != wanted)
		fail_msg("%s by %d: for %02x, not %02x", kind->content.name, (int)who, got, wanted);
}

static void test_matrix(void **state)
{
	size_t n;
	(void)state;
	(void)kinds_all_care(&n);
	assert_int_equal(n, sizeof(rows) / sizeof(rows[0]));
	begin(CIRCLE_ANA);
	begin(CIRCLE_OSEI);
	circle_send(c, CIRCLE_ANA);
	circle_vault(c, CIRCLE_JO);
	for (size_t i = 0; i < n; i++) {
		const struct care_kind *kind = kinds_by_name(rows[i].kind);
		assert_non_null(kind);
		compare(kind, CIRCLE_JO, rows[i].by_jo);
		compare(kind, CIRCLE_ANA, rows[i].by_ana);
		compare(kind, CIRCLE_OSEI, rows[i].by_osei);
		compare(kind, CIRCLE_ADMIN, rows[i].by_admin);
	}
}

/* Once off the team: every kind that a prescriber may write is refused, and nothing is kept. A therapist of another
 * team does not even know the client. */
static void test_another_team(void **state)
{
	size_t n;
	const struct care_kind *const *all = kinds_all_care(&n);
	const struct person *jo = circle_person(c, CIRCLE_OSEI, CIRCLE_JO);
	(void)state;
	assert_non_null(jo);
	circle_write(c, CIRCLE_LUND);
	assert_null(circle_person(c, CIRCLE_LUND, CIRCLE_JO));
	circle_leave_team(c, CIRCLE_JO, CIRCLE_OSEI);
	circle_refresh(c, CIRCLE_OSEI);
	for (size_t i = 0; i < n; i++) {
		struct write_ctx *ctx = circle_write(c, CIRCLE_OSEI);
		struct content_head head = {.kind = all[i]->content.kind};
		struct content *content = content_new(&head);
		struct write_care w = {.kind = all[i], .fields = content, .about = circle_person(c, CIRCLE_OSEI, CIRCLE_JO)};
		assert_non_null(w.about);
		int err = write_care(ctx, &w, NULL), wanted = all[i]->authors & KINDS_P ? ERR_NO_GRANT : ERR_ROLE;
		content_free(content);
		if (err != wanted)
			fail_msg("%s: %s", all[i]->content.name, err_name(err));
	}
	assert_int_equal(ledger_pending_count(circle_vault(c, CIRCLE_OSEI)->txn), 0);
}

/* The admin is in no audience, however the teams stand. */
static void test_admin_on_a_team(void **state)
{
	(void)state;
	assert_int_equal(write_as(CIRCLE_OSEI, kinds_by_name("order")), 0);
	assert_false(audience_of(CIRCLE_OSEI) & 1u << CIRCLE_ADMIN);
	assert_false(audience_of(CIRCLE_OSEI) & 1u << CIRCLE_LUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_matrix, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_another_team, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_admin_on_a_team, setup, teardown),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
