/* Every table of fields, every bound of every field: one below, the least, the most, one above; who writes a kind and
 * whom it is for; and what kinds demand of their fields together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/care/clearance.h"
#include "client/care/consent.h"
#include "client/care/event.h"
#include "client/care/form.h"
#include "client/care/kinds.h"
#include "client/care/look.h"
#include "client/care/med.h"
#include "client/care/order.h"
#include "client/care/psynote.h"
#include "client/care/psynote_guard.h"
#include "client/care/screening.h"
#include "client/care/supply.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "tests/unit/support/circle_care.h"

/* --- one value at, or just outside, its bounds --- */

enum bound { BELOW, LEAST, MOST, ABOVE };

static int64_t number_at(const struct content_rule *rule, enum bound at)
{
	return at == BELOW ? rule->min - 1 : at == LEAST ? rule->min : at == MOST ? rule->max : rule->max + 1;
}

/* Is there such a value at all? A text cannot be shorter than nothing, a yes or no has no bounds. */
static bool has_bound(const struct content_rule *rule, enum bound at)
{
	if (rule->type == CONTENT_BOOL)
		return at == LEAST || at == MOST;
	return rule->type == CONTENT_INT || at != BELOW || rule->min > 0;
}

static void put_text(const struct content_rule *rule, enum bound at, struct buf *out)
{
	size_t n = (size_t)number_at(rule, at), wide = rule->unit == CONTENT_IN_CHARACTERS ? 2 : 1;
	char *text = malloc(wide * n + 1);
	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		memcpy(text + wide * i, wide == 2 ? "\xc3\xa9" : "x", wide);
	if (rule->type == CONTENT_TEXT)
		mp_put_str(out, text, wide * n);
	else
		mp_put_bin(out, text, wide * n);
	free(text);
}

static void put_scalar(const struct content_rule *rule, enum bound at, struct buf *out)
{
	if (rule->type == CONTENT_BOOL)
		mp_put_bool(out, at == MOST);
	else if (rule->type == CONTENT_UINT || rule->type == CONTENT_INT)
		mp_put_i64(out, number_at(rule, at));
	else
		put_text(rule, at, out);
}

/* A tuple with one part at a bound and the others at their least; NOBODY: all at their least. */
#define NOBODY UINT16_MAX

static void put_tuple(const struct content_rule *rule, uint16_t part, enum bound at, struct buf *out)
{
	mp_put_array(out, rule->n_parts);
	for (uint16_t i = 0; i < rule->n_parts; i++)
		put_scalar(&rule->parts[i], i == part ? at : LEAST, out);
}

static void put_one(const struct content_rule *rule, enum bound at, struct buf *out)
{
	if (rule->type == CONTENT_TUPLE)
		put_tuple(rule, NOBODY, at, out);
	else
		put_scalar(rule, at, out);
}

/* --- one field alone: the kind's rule between fields is left out --- */

static int encode_alone(const struct content_kind *kind, const struct content *c)
{
	struct content_kind copy = *kind;
	const struct content_kind *const rows[] = {&copy};
	struct buf out;
	copy.check = NULL;
	buf_init(&out, 0);
	int err = content_encode(c, &(struct content_kinds){rows, 1}, &out);
	buf_wipe(&out);
	return err;
}

static int set_from(struct content *c, const struct content_rule *rule, const struct buf *value)
{
	struct mp_doc *doc = NULL;
	struct mp_cur root;
	struct buf array;
	size_t len;
	const char *text;
	const uint8_t *bytes;
	if (value->data[0] >> 4 == 9 || value->data[0] == 0xdc)
		return content_set_array(c, rule->key, value->data, value->len);
	buf_init(&array, 0);
	mp_put_array(&array, 1);
	buf_put(&array, value->data, value->len);
	assert_int_equal(mp_open(array.data, array.len, &doc, &root), 0);
	int err;
	switch (mp_peek(&root)) {
	case 'b':
		err = content_set_bool(c, rule->key, mp_bool(&root));
		break;
	case 's':
		text = mp_str(&root, 0, SIZE_MAX, &len);
		err = content_set_str(c, rule->key, text, len);
		break;
	case 'x':
		bytes = mp_bin(&root, 0, SIZE_MAX, &len);
		err = content_set_bin(c, rule->key, bytes, len);
		break;
	default:
		err = content_set_i64(c, rule->key, mp_i64(&root, INT64_MIN, INT64_MAX));
	}
	mp_close(doc);
	buf_wipe(&array);
	return err;
}

static void expect(const struct content_kind *kind, const struct content_rule *rule, const struct buf *value, bool fits)
{
	struct content_head head = {.kind = kind->kind, .at_ms = 1800000000000, .made_ms = 1800000000000};
	struct content *c = content_new(&head);
	assert_non_null(c);
	int err = set_from(c, rule, value);
	if (!err)
		err = encode_alone(kind, c);
	if ((err == 0) != fits || (err && err != ERR_SCHEMA))
		fail_msg("%s.%s: error %d, expected %s", kind->name, rule->name, err, fits ? "none" : "ERR_SCHEMA");
	content_free(c);
}

static void try_value(const struct content_kind *kind, const struct content_rule *rule, enum bound at)
{
	struct buf value;
	buf_init(&value, 0);
	if (rule->list_max)
		mp_put_array(&value, 1);
	put_one(rule, at, &value);
	assert_int_equal(buf_err(&value), 0);
	expect(kind, rule, &value, at == LEAST || at == MOST);
	buf_wipe(&value);
}

static void try_list(const struct content_kind *kind, const struct content_rule *rule, uint32_t n, bool fits)
{
	struct buf value;
	buf_init(&value, 0);
	mp_put_array(&value, n);
	for (uint32_t i = 0; i < n; i++)
		put_one(rule, LEAST, &value);
	expect(kind, rule, &value, fits);
	buf_wipe(&value);
}

static void try_part(const struct content_kind *kind, const struct content_rule *rule, uint16_t part, enum bound at)
{
	struct buf value;
	buf_init(&value, 0);
	if (rule->list_max)
		mp_put_array(&value, 1);
	put_tuple(rule, part, at, &value);
	expect(kind, rule, &value, at == LEAST || at == MOST);
	buf_wipe(&value);
}

static size_t try_field(const struct content_kind *kind, const struct content_rule *rule)
{
	size_t tried = 0;
	for (int at = BELOW; at <= ABOVE; at++) {
		for (uint16_t i = 0; i < rule->n_parts; i++)
			if (has_bound(&rule->parts[i], (enum bound)at)) {
				try_part(kind, rule, i, (enum bound)at);
				tried++;
			}
		if (rule->type != CONTENT_TUPLE && has_bound(rule, (enum bound)at)) {
			try_value(kind, rule, (enum bound)at);
			tried++;
		}
	}
	if (rule->list_max) {
		try_list(kind, rule, rule->list_max, true);
		try_list(kind, rule, rule->list_max + 1u, false);
		tried += 2;
	}
	return tried;
}

static void test_bounds(void **state)
{
	size_t n, tried = 0;
	const struct care_kind *const *all = kinds_all_care(&n);
	(void)state;
	for (size_t k = 0; k < n; k++)
		for (uint16_t i = 0; i < all[k]->content.n_fields; i++)
			tried += try_field(&all[k]->content, &all[k]->content.fields[i]);
	assert_true(n >= 19 && tried > 600);
}

/* --- the tables themselves --- */

static void check_look(const struct content_kind *kind, const struct content_rule *rule)
{
	uint64_t words = 0;
	if (!rule->look || !rule->look->label)
		fail_msg("%s.%s has no label", kind->name, rule->name);
	while (rule->look->words && rule->look->words[words])
		words++;
	if (rule->look->words && (int64_t)words != rule->max + 1)
		fail_msg("%s.%s: %d words up to %d", kind->name, rule->name, (int)words, (int)rule->max);
}

static void test_tables(void **state)
{
	size_t n;
	const struct care_kind *const *all = kinds_all_care(&n);
	(void)state;
	for (size_t k = 0; k < n; k++) {
		const struct content_kind *kind = &all[k]->content;
		assert_true(kind->kind >= CONTENT_KIND_NEWER);
		assert_true(k == 0 || kind->kind > all[k - 1]->content.kind);
		assert_ptr_equal(kinds_care(kind->kind), all[k]);
		assert_ptr_equal(kinds_by_name(kind->name), all[k]);
		if (all[k]->letter)
			assert_ptr_equal(kinds_by_letter(all[k]->letter), all[k]); /* no two have the same */
		assert_true(kind->classes & 1u << all[k]->staff_class || !(all[k]->authors & KINDS_CLINICIANS));
		for (uint16_t i = 0; i < kind->n_fields; i++) {
			assert_true(i == 0 || kind->fields[i].key > kind->fields[i - 1].key);
			assert_ptr_equal(look_find(kind, kind->fields[i].name), &kind->fields[i]);
			check_look(kind, &kind->fields[i]);
		}
		for (size_t i = 0; i < KINDS_BRIEF && all[k]->brief[i]; i++)
			assert_non_null(look_by_key(kind, all[k]->brief[i]));
	}
	assert_null(kinds_by_letter('\0'));
	assert_null(kinds_by_letter('Z'));
	assert_ptr_equal(kinds_by_letter('o'), &care_order);
}

/* Who writes what, and whom it is for unless somebody is named. */
static void test_roles(void **state)
{
	static const struct {
		const char *name;
		unsigned authors, readers;
	} rows[] = {
	    {"clearance", KINDS_P, KINDS_C | KINDS_CLINICIANS},
	    {"order", KINDS_P, KINDS_C | KINDS_CLINICIANS},
	    {"hold", KINDS_T | KINDS_P, KINDS_CLINICIANS},
	    {"closing", KINDS_CLINICIANS, KINDS_CLINICIANS},
	    {"med", KINDS_C | KINDS_CLINICIANS, KINDS_C | KINDS_CLINICIANS},
	    {"supply", KINDS_C | KINDS_P | KINDS_M, KINDS_C | KINDS_CLINICIANS},
	    {"form", KINDS_CLINICIANS, KINDS_C | KINDS_CLINICIANS},
	    {"consent", KINDS_C, KINDS_CLINICIANS},
	    {"plan", KINDS_C | KINDS_T, KINDS_C | KINDS_CLINICIANS},
	    {"psynote", KINDS_T, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct care_kind *kind = kinds_by_name(rows[i].name);
		assert_non_null(kind);
		assert_int_equal(kind->authors, rows[i].authors);
		assert_int_equal(kind->readers, rows[i].readers);
		for (unsigned role = 0; role < 8; role++)
			assert_int_equal(kinds_may_write(kind->content.kind, role), (rows[i].authors >> role) & 1);
	}
}

/* What the tables say is what was decided, in kept units (tenths of a milligram). */
static void test_ranges(void **state)
{
	static const struct {
		const char *kind, *field;
		int64_t min, max;
		uint16_t list_max;
	} rows[] = {
	    {"order", "unit-mg", 1, 10000, 0},   {"order", "units", 1, 20, 0},       {"order", "booster-units", 1, 20, 0},
	    {"order", "max-mg", 1, 200000, 0},   {"order", "sessions", 1, 12, 0},    {"order", "min-days", 0, 60, 0},
	    {"order", "schedule", -60, 600, 12}, {"order", "observe", 0, 480, 0},    {"order", "fasting", 0, 24, 0},
	    {"order", "pre-sys", 40, 300, 0},    {"order", "act-dia", 20, 200, 0},   {"order", "act-hr", 20, 260, 0},
	    {"order", "act-spo2", 40, 100, 0},   {"clearance", "decision", 0, 5, 0}, {"clearance", "reasons", 3, 2000, 0},
	    {"clearance", "sessions", 1, 12, 0}, {"hold", "reason", 3, 500, 0},      {"closing", "how", 3, 500, 0},
	    {"med", "name", 1, 80, 0},           {"med", "dose", 1, 80, 0},          {"med", "state", 0, 2, 0},
	    {"supply", "type", 0, 4, 0},         {"supply", "units", 0, 10000, 0},   {"form", "text", 1, 65536, 0},
	    {"form", "title", 1, 120, 0},        {"consent", "name", 1, 80, 0},      {"consent", "text-sha256", 32, 32, 0},
	    {"consent", "scope", 0, 5, 0},       {"plan", "starts", 1, 500, 16},     {"plan", "reasons", 1, 500, 16},
	    {"psynote", "text", 1, 65536, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct content_rule *rule = look_find(&kinds_by_name(rows[i].kind)->content, rows[i].field);
		assert_non_null(rule);
		if (rule->min != rows[i].min || rule->max != rows[i].max || rule->list_max != rows[i].list_max)
			fail_msg("%s.%s", rows[i].kind, rows[i].field);
	}
	const struct content_rule *holds = look_find(&care_order.content, "holds");
	assert_int_equal(holds->parts[1].max, 336);
	assert_int_equal(holds->list_max, 16);
}

/* --- rules between fields --- */

/* The result of encoding what is typed, with the kind's whole rule. */
static int encode(const struct care_kind *kind, const char *const *typed)
{
	struct content *c = circle_care_content(kind, typed);
	struct buf out;
	buf_init(&out, 0);
	if (kind == &care_consent)
		assert_int_equal(content_set_bin(c, CONSENT_TEXT_HASH, "0123456789abcdef0123456789abcdef", 32), 0);
	int err = content_encode(c, &care_kinds, &out);
	buf_wipe(&out);
	content_free(c);
	return err;
}

#define FITS(kind, ...) assert_int_equal(encode(&(kind), CIRCLE_CARE(__VA_ARGS__)), 0)
#define REFUSED(kind, ...) assert_int_equal(encode(&(kind), CIRCLE_CARE(__VA_ARGS__)), ERR_SCHEMA)

static enum order_fault order_fault(const char *const *typed)
{
	struct content *c = circle_care_content(&care_order, CIRCLE_CARE("route=sl", "unit-mg=100", "units=2", "max-mg=200",
	                                                                 "sessions=1", "valid-until=@20840"));
	circle_care_set(&care_order, c, typed);
	enum order_fault fault = order_find_fault(c);
	content_free(c);
	return fault;
}

static void test_order(void **state)
{
	static const struct {
		const char *typed[6];
		enum order_fault fault;
	} cases[] = {
	    {{"units=2"}, ORDER_FITS},
	    {{"units=3"}, ORDER_OVER_MAX},
	    {{"max-mg=199.9"}, ORDER_OVER_MAX},
	    {{"booster-units=1"}, ORDER_OVER_MAX},
	    {{"booster-units=1", "max-mg=300"}, ORDER_FITS},
	    {{"booster-units=1", "max-mg=300", "booster-from=60", "booster-to=59"}, ORDER_BOOSTER_ENDS_FIRST},
	    {{"booster-units=1", "max-mg=300", "booster-from=60", "booster-to=60"}, ORDER_FITS},
	    {{"booster-from=60"}, ORDER_NO_BOOSTER},
	    {{"booster-to=60"}, ORDER_NO_BOOSTER},
	    {{"drug=esketamine"}, ORDER_NO_SPRAY},
	    {{"drug=esketamine", "unit-mg=28", "units=1"}, ORDER_FITS},
	    {{"drug=esketamine", "unit-mg=28", "units=2"}, ORDER_FITS},
	    {{"drug=esketamine", "unit-mg=28", "units=3"}, ORDER_FITS},
	    {{"drug=esketamine", "unit-mg=28", "units=4"}, ORDER_NO_SPRAY},
	    {{"drug=esketamine", "unit-mg=84", "units=1"}, ORDER_FITS},
	    {{"drug=other"}, ORDER_FITS},
	    {{"schedule=0,40,120"}, ORDER_FITS},
	    {{"schedule=-30,0,40"}, ORDER_FITS},
	    {{"schedule=40,0"}, ORDER_SCHEDULE_MIXED},
	    {{"schedule=0,40,40"}, ORDER_SCHEDULE_MIXED},
	    {{"pre-sys=140", "pre-sys-min=139"}, ORDER_FITS},
	    {{"pre-sys=140", "pre-sys-min=140"}, ORDER_LIMITS_CROSS},
	    {{"pre-dia=90", "pre-dia-min=91"}, ORDER_LIMITS_CROSS},
	    {{"pre-hr=100", "pre-hr-min=100"}, ORDER_LIMITS_CROSS},
	    {{"route="}, ORDER_LACKS},
	    {{"unit-mg="}, ORDER_LACKS},
	    {{"units="}, ORDER_LACKS},
	    {{"max-mg="}, ORDER_LACKS},
	    {{"sessions="}, ORDER_LACKS},
	    {{"valid-until="}, ORDER_LACKS},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (order_fault(cases[i].typed) != cases[i].fault)
			fail_msg("%s: %d", cases[i].typed[0], (int)order_fault(cases[i].typed));
	FITS(care_order, "route=sl", "unit-mg=100", "units=2", "max-mg=200", "sessions=1", "valid-until=@20840");
	REFUSED(care_order, "route=sl", "unit-mg=100", "units=3", "max-mg=200", "sessions=1", "valid-until=@20840");
}

static void test_clearance(void **state)
{
	(void)state;
	FITS(care_clearance, "decision=cleared", "sessions=1");
	FITS(care_clearance, "decision=cleared", "valid-until=@20840");
	REFUSED(care_clearance, "decision=cleared");
	REFUSED(care_clearance, "sessions=1");
	FITS(care_clearance, "decision=pending");
	FITS(care_clearance, "decision=cleared", "sessions=1", "items=liver:unknown:no");
	REFUSED(care_clearance, "decision=cleared", "sessions=1", "items=liver:no:yes; heart:unknown:yes");
	FITS(care_clearance, "decision=cleared", "sessions=1", "items=liver:no:yes; heart:yes:yes; allergy:na:yes:none");
	FITS(care_clearance, "decision=needs-info", "items=heart:unknown:yes");
	REFUSED(care_clearance, "decision=cleared-with-conditions", "sessions=1");
	FITS(care_clearance, "decision=cleared-with-conditions", "sessions=1", "conditions=EKG first.");
	FITS(care_clearance, "decision=cleared", "valid-until=@21199"); /* 366 days after it was written, by UTC */
	REFUSED(care_clearance, "decision=cleared", "valid-until=@21200");
}

static void test_consent(void **state)
{
	(void)state;
	FITS(care_consent, "name=Jo", "scope=treatment");
	REFUSED(care_consent, "scope=treatment");
	REFUSED(care_consent, "name=Jo");
	FITS(care_consent, "name=Jo", "scope=release", "to=Dr. Lund", "what=dates", "until=@20840");
	REFUSED(care_consent, "name=Jo", "scope=release", "what=dates", "until=@20840");
	REFUSED(care_consent, "name=Jo", "scope=release", "to=Dr. Lund", "until=@20840");
	REFUSED(care_consent, "name=Jo", "scope=release", "to=Dr. Lund", "what=dates");
	REFUSED(care_consent, "name=Jo", "scope=psychotherapy-note-release", "to=Dr. Lund", "what=dates");
	FITS(care_consent, "name=Jo", "scope=release", "to=Dr. Lund", "what=dates", "until=@21199");
	REFUSED(care_consent, "name=Jo", "scope=release", "to=Dr. Lund", "what=dates", "until=@21200");
	FITS(care_consent, "name=Jo", "scope=treatment", "until=@21200");
	struct content *c = circle_care_content(&care_consent, CIRCLE_CARE("name=Jo", "scope=treatment"));
	struct buf out;
	buf_init(&out, 0);
	assert_int_equal(content_encode(c, &care_kinds, &out), ERR_SCHEMA); /* no hash of what was signed */
	buf_wipe(&out);
	content_free(c);
}

static void test_small_ones(void **state)
{
	(void)state;
	FITS(care_med, "name=sertraline", "state=taking");
	REFUSED(care_med, "name=sertraline");
	REFUSED(care_med, "state=taking");
	FITS(care_supply, "type=count", "units=0");
	REFUSED(care_supply, "type=count");
	REFUSED(care_supply, "units=1");
	FITS(care_form, "title=Treatment", "text=I agree.", "scope=treatment");
	REFUSED(care_form, "title=Treatment", "text=I agree.");
	REFUSED(care_form, "title=Treatment", "scope=treatment");
	REFUSED(care_form, "text=I agree.", "scope=treatment");
}

/* --- psychotherapy notes --- */

static void test_notes(void **state)
{
	static const char *const refused[] = {"dose: 300 mg", "Dose = 300",      "- dose: 3",    "well\n  DOSE : 3",
	                                      "BP: 120/80",   "Blood pressure:", "vitals: fine", "heart-rate: 80",
	                                      "SpO2: 98",     "PHQ-9: 11",       "phq9: 11",     "GAD-7: 3",
	                                      "PCL-5: 3",     "score: 3",        "Start: 2 pm",  "Start time: 2 pm",
	                                      "stop: 3 pm",   "end time: 3",     "* booster: 1", "session start: 2"};
	static const char *const kept[] = {"The dose frightened her.",
	                                   "She began: \"I was small.\"",
	                                   "a dose",
	                                   "",
	                                   "overdose: her word for it",
	                                   "dose\n: on its own",
	                                   "(dose: in brackets)",
	                                   "Caf\xc3\xa9: where they met"};
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (!psynote_guard_find(refused[i], strlen(refused[i])))
			fail_msg("%s", refused[i]);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (psynote_guard_find(kept[i], strlen(kept[i])))
			fail_msg("%s", kept[i]);
	assert_string_equal(psynote_guard_find("dose: 1", 7),
	                    "Doses belong in the session record, not in psychotherapy notes (45 CFR 164.501). Use: kap "
	                    "session dose \xe2\x80\xa6");
	assert_null(psynote_guard_find("dose: 1", 4)); /* it looks no further than the text goes */
	FITS(care_psynote, "text=She laughed.");
	REFUSED(care_psynote, "text=dose: 300 mg");
	REFUSED(care_psynote, "text=");
}

static void test_screening(void **state)
{
	size_t n = 0;
	(void)state;
	for (; screening_at(n); n++) {
		const struct screening *q = screening_at(n);
		assert_ptr_equal(screening_find(q->code, strlen(q->code)), q); /* no two have the same code */
		assert_true(strlen(q->code) <= 40 && q->question[strlen(q->question) - 1] == '?');
	}
	assert_true(n > 10);
	assert_null(screening_at(n));
	assert_null(screening_find("heartache", 9));
	assert_ptr_equal(screening_find("heart-rhythm", 5), screening_find("heart", 5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bounds),    cmocka_unit_test(test_tables),     cmocka_unit_test(test_roles),
	    cmocka_unit_test(test_ranges),    cmocka_unit_test(test_order),      cmocka_unit_test(test_clearance),
	    cmocka_unit_test(test_consent),   cmocka_unit_test(test_small_ones), cmocka_unit_test(test_notes),
	    cmocka_unit_test(test_screening),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
