/* A small record as a FHIR bundle: which resource each thing becomes, codes and units, references that resolve, ids
 * that stay, and names only where they are asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <jansson.h>

#include "client/book/chart.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/book/write_care.h"
#include "client/care/consent.h"
#include "client/care/event.h"
#include "client/care/form.h"
#include "client/care/measure.h"
#include "client/care/order.h"
#include "client/care/session.h"
#include "client/leave/fhir.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "tests/unit/support/circle.h"
#include "tests/unit/support/circle_words.h"

#define T0 UINT64_C(1772546640000) /* 3 Mar 2026, 14:04 UTC */

static struct circle *c;
static json_t *bundle;
static struct fhir_result result;

static int setup(void **state)
{
	(void)state;
	c = circle_new();
	circle_vault(c, CIRCLE_JO);
	circle_vault(c, CIRCLE_ANA);
	circle_vault(c, CIRCLE_OSEI);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	json_decref(bundle);
	bundle = NULL;
	circle_free(c);
	return 0;
}

static struct content *blank(uint32_t kind)
{
	struct content *made = content_new(&(struct content_head){.kind = kind});
	assert_non_null(made);
	return made;
}

static void set(struct content *to, uint32_t key, uint64_t value)
{
	assert_int_equal(content_set_u64(to, key, value), 0);
}

static void put(enum circle_who who, const struct care_kind *kind, struct content *fields)
{
	struct write_ctx *ctx = circle_write(c, who);
	struct write_care w = {.kind = kind, .fields = fields, .at_ms = T0};
	w.about = who == CIRCLE_JO ? NULL : circle_person(c, who, CIRCLE_JO);
	assert_int_equal(write_care(ctx, &w, NULL), 0);
	content_free(fields);
	circle_send(c, who);
}

/* The bundle that `who` makes about Jo; the text is the caller's. */
static char *make(enum circle_who who, bool with_name)
{
	const struct write_ctx *ctx = circle_write(c, who);
	struct chart chart = {ctx->book, ctx->people, people_by_pid(ctx->people, circle_genesis(c, CIRCLE_JO))};
	struct fhir_opts opts = {&chart, T0, with_name};
	struct buf out;
	buf_init(&out, 0);
	assert_int_equal(fhir_put(&opts, &out, &result), 0);
	assert_int_equal(buf_put_u8(&out, 0), 0);
	char *text = strdup((const char *)out.data);
	buf_wipe(&out);
	json_decref(bundle);
	bundle = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(bundle);
	assert_int_equal(json_array_size(json_object_get(bundle, "entry")), result.resources);
	return text;
}

/* The nth resource of a type; NULL beyond the last. */
static const json_t *resource(const char *type, size_t n)
{
	const json_t *entries = json_object_get(bundle, "entry");
	for (size_t i = 0; i < json_array_size(entries); i++) {
		const json_t *r = json_object_get(json_array_get(entries, i), "resource");
		if (strcmp(json_string_value(json_object_get(r, "resourceType")), type) == 0 && n-- == 0)
			return r;
	}
	return NULL;
}

/* What stands at a path such as "code.coding.0.code". */
static const json_t *at(const json_t *value, const char *path)
{
	char word[40];
	while (value && *path) {
		size_t len = strcspn(path, ".");
		assert_true(len < sizeof(word));
		memcpy(word, path, len);
		word[len] = '\0';
		value = json_is_array(value) ? json_array_get(value, (size_t)strtoul(word, NULL, 10))
		                             : json_object_get(value, word);
		path += len + (path[len] == '.');
	}
	return value;
}

static void is(const json_t *value, const char *path, const char *wanted)
{
	const json_t *found = at(value, path);
	if (!json_is_string(found) || strcmp(json_string_value(found), wanted) != 0)
		fail_msg("%s: %s, not %s", path, json_is_string(found) ? json_string_value(found) : "(no text)", wanted);
}

static void check_references(const json_t *value)
{
	const char *key;
	json_t *inner;
	size_t i;
	if (json_is_array(value))
		json_array_foreach(value, i, inner) check_references(inner);
	if (!json_is_object(value))
		return;
	json_object_foreach((json_t *)(uintptr_t)value, key, inner)
	{
		bool found = strcmp(key, "reference") != 0;
		const json_t *entries = json_object_get(bundle, "entry");
		for (i = 0; !found && i < json_array_size(entries); i++)
			found = json_equal(inner, json_object_get(json_array_get(entries, i), "fullUrl"));
		if (!found)
			fail_msg("%s is not in the bundle", json_string_value(inner));
		check_references(inner);
	}
}

/* --- measures --- */

/* Every answer is its number from 0, modulo 4; `skips`: the first has none. */
static struct content *measure(const char *name, size_t n, bool skips, uint64_t total)
{
	struct content *m = blank(MEASURE_KIND);
	struct buf answers;
	buf_init(&answers, 0);
	mp_put_array(&answers, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		mp_put_i64(&answers, i || !skips ? (int64_t)(i % 4) : MEASURE_MISSING);
	assert_int_equal(content_set_array(m, MEASURE_ANSWERS, answers.data, answers.len), 0);
	buf_wipe(&answers);
	assert_int_equal(content_set_str(m, MEASURE_INSTRUMENT, name, strlen(name)), 0);
	set(m, MEASURE_TOTAL, total);
	assert_int_equal(content_set_bool(m, MEASURE_COMPLETE, true), 0);
	return m;
}

static void test_measures(void **state)
{
	static const struct {
		const char *name;
		size_t n;
		uint64_t total;
		const char *code, *first, *last;
	} rows[] = {{"phq9", 9, 12, "44261-6", "/44250-9", "/44260-8"},
	            {"gad7", 7, 9, "70274-6", "/69725-0", "/69736-7"},
	            {"other", 3, 11, NULL, "1", "3"}};
	(void)state;
	for (size_t i = 0; i < 3; i++)
		put(CIRCLE_JO, &care_measure, measure(rows[i].name, rows[i].n, !rows[i].code, rows[i].total));
	free(make(CIRCLE_ANA, false));
	assert_int_equal(result.measures, 3);
	for (size_t i = 0; i < 3; i++) {
		const json_t *answers = resource("QuestionnaireResponse", i), *total = resource("Observation", i);
		is(answers, "status", "completed");
		is(answers, "item.0.linkId", rows[i].first);
		assert_int_equal(at(answers, "item.0.answer") != NULL, rows[i].code != NULL);
		assert_int_equal(json_array_size(at(answers, "item")), rows[i].n);
		is(at(answers, "item"), rows[i].n == 9 ? "8.linkId" : rows[i].n == 7 ? "6.linkId" : "2.linkId", rows[i].last);
		assert_int_equal(json_integer_value(at(answers, "item.1.answer.0.valueInteger")), 1);
		if (rows[i].code)
			is(total, "code.coding.0.code", rows[i].code);
		else
			assert_null(at(total, "code.coding"));
		assert_int_equal(json_integer_value(at(total, "valueQuantity.value")), rows[i].total);
		is(total, "valueQuantity.code", "{score}");
		is(total, "effectiveDateTime", "2026-03-03T14:04:00+00:00");
	}
	check_references(bundle);
}

static void test_external(void **state)
{
	struct content *m = blank(MEASURE_KIND);
	(void)state;
	assert_int_equal(content_set_str(m, MEASURE_EXT_NAME, "Another scale", 13), 0);
	set(m, MEASURE_EXT_TOTAL, 20);
	set(m, MEASURE_EXT_MAX, 60);
	put(CIRCLE_ANA, &care_measure, m);
	free(make(CIRCLE_ANA, false));
	is(resource("Observation", 0), "code.text", "Another scale");
	is(resource("Observation", 0), "note.0.text", "Highest possible: 60. Filled in by: not.");
	assert_null(resource("QuestionnaireResponse", 0));
}

/* --- a session --- */

static void put_event(struct content *e)
{
	const struct write_ctx *ctx = circle_write(c, CIRCLE_ANA);
	const struct book_item *session = circle_last(ctx, c, SESSION_KIND, CIRCLE_ANA);
	assert_non_null(session);
	assert_int_equal(chart_set_ref(e, EVENT_SESSION, session), 0);
	put(CIRCLE_ANA, &care_event, e);
}

static void test_session(void **state)
{
	struct content *s = blank(SESSION_KIND), *dose = blank(EVENT_KIND), *vitals = blank(EVENT_KIND);
	(void)state;
	set(s, SESSION_NO, 1);
	set(s, SESSION_TYPE, SESSION_MEDICINE);
	set(s, SESSION_STATE, SESSION_OPEN);
	set(s, SESSION_OPENED_AT, T0);
	put(CIRCLE_ANA, &care_session, s);
	set(dose, EVENT_WHAT, EVENT_DOSE);
	set(dose, EVENT_ROUTE, ORDER_IM);
	set(dose, EVENT_MG, 625);
	put_event(dose);
	set(vitals, EVENT_WHAT, EVENT_VITALS);
	set(vitals, EVENT_SYS, 151);
	set(vitals, EVENT_DIA, 92);
	set(vitals, EVENT_TEMP, 372);
	put_event(vitals);
	free(make(CIRCLE_OSEI, false));
	const json_t *m = resource("MedicationAdministration", 0);
	is(m, "medicationCodeableConcept.text", "ketamine");
	is(m, "dosage.route.coding.0.code", "78421000");
	assert_true(json_real_value(at(m, "dosage.dose.value")) == 62.5);
	is(m, "dosage.dose.code", "mg");
	const json_t *bp = resource("Observation", 0), *temp = resource("Observation", 1);
	is(bp, "code.coding.0.code", "85354-9");
	is(bp, "component.0.code.coding.0.code", "8480-6");
	assert_int_equal(json_integer_value(at(bp, "component.1.valueQuantity.value")), 92);
	is(bp, "component.1.valueQuantity.code", "mm[Hg]");
	is(temp, "code.coding.0.code", "8310-5");
	assert_true(json_real_value(at(temp, "valueQuantity.value")) == 37.2);
	assert_null(resource("Observation", 2));
	check_references(bundle);
	/* a client's device knows no event */
	free(make(CIRCLE_JO, false));
	assert_int_equal(result.doses + result.vitals, 0);
}

/* --- words --- */

static void put_messages(void)
{
	struct write_ctx *ctx = circle_write(c, CIRCLE_ANA);
	const struct person *osei = circle_person(c, CIRCLE_ANA, CIRCLE_OSEI), *ana;
	struct write_message m = {
	    .to = &osei, .n_to = 1, .care = true, .type = "admin", .body = "between us", .body_len = 10};
	m.about = circle_person(c, CIRCLE_ANA, CIRCLE_JO);
	m.priority = 2;
	assert_int_equal(write_message(ctx, &m, NULL), 0);
	circle_send(c, CIRCLE_ANA);
	ctx = circle_write(c, CIRCLE_JO);
	ana = circle_person(c, CIRCLE_JO, CIRCLE_ANA);
	m = (struct write_message){.to = &ana, .n_to = 1, .body = "thank you", .body_len = 9};
	assert_int_equal(write_message(ctx, &m, NULL), 0);
	circle_send(c, CIRCLE_JO);
}

static void test_words(void **state)
{
	struct content *k = blank(CONSENT_KIND);
	(void)state;
	put_messages();
	assert_int_equal(content_set_str(k, CONSENT_NAME, "Jo M.", 5), 0);
	assert_int_equal(content_set_bin(k, CONSENT_TEXT_HASH, (const uint8_t[32]){0xab}, 32), 0);
	set(k, CONSENT_SCOPE, FORM_TREATMENT);
	set(k, CONSENT_UNTIL, 20000);
	put(CIRCLE_JO, &care_consent, k);
	free(make(CIRCLE_ANA, false));
	assert_int_equal(result.messages, 2);
	is(resource("Communication", 0), "priority", "urgent");
	is(resource("Communication", 0), "topic.text", "admin");
	is(resource("Communication", 0), "payload.0.contentString", "between us");
	is(resource("Communication", 1), "payload.0.contentString", "thank you");
	const json_t *consent = resource("Consent", 0);
	is(consent, "status", "active");
	is(consent, "scope.coding.0.code", "treatment");
	is(consent, "provision.period.end", "2024-10-04");
	assert_non_null(strstr(json_string_value(at(consent, "policyRule.text")), "ab000000"));
	check_references(bundle);
	free(make(CIRCLE_JO, false));
	assert_int_equal(result.messages, 1);
}

/* --- who it is --- */

static void test_names_and_ids(void **state)
{
	(void)state;
	put_messages();
	char *bare = make(CIRCLE_ANA, false), *again = make(CIRCLE_ANA, false);
	assert_string_equal(bare, again);
	assert_null(strstr(bare, "Jo M."));
	assert_null(strstr(bare, "Reyes"));
	char *named = make(CIRCLE_ANA, true);
	is(resource("Patient", 0), "name.0.text", "Jo M.");
	assert_non_null(strstr(named, "Ana Reyes"));
	char *theirs = make(CIRCLE_OSEI, false);
	const char *id = json_string_value(at(resource("Patient", 0), "id"));
	assert_int_equal(strlen(id), 36);
	assert_int_equal(id[14], '8');
	assert_non_null(strstr(bare, id));
	is(bundle, "type", "collection");
	free(bare);
	free(again);
	free(named);
	free(theirs);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_measures), TEST(test_external), TEST(test_session), TEST(test_words), TEST(test_names_and_ids),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
