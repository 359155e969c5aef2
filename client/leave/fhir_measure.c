/* fhir_measure: measures: the answers as a QuestionnaireResponse, the total as an Observation; see fhir.h. The codes of
 * LOINC stand here for the instruments that have them; the words of no instrument do. */
#include <stdio.h>
#include <string.h>

#include "client/care/measure.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/mp.h"

#include "fhir_internal.h"

#define ANSWERS "answers"
#define TOTAL "total"
#define NAME_MAX_BYTES 400

struct instrument {
	const char *name;
	struct fhir_code total;
	const char *panel;
	const char *items[10];
};

static const struct instrument instruments[] = {
    {"phq9",
     {FHIR_LOINC, "44261-6", "Patient Health Questionnaire 9 item (PHQ-9) total score [Reported]"},
     "44249-1",
     {"44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3", "44260-8", NULL}},
    {"gad7",
     {FHIR_LOINC, "70274-6", "Generalized anxiety disorder 7 item (GAD-7) total score [Reported.PHQ]"},
     "69737-5",
     {"69725-0", "68509-9", "69733-4", "69734-2", "69735-9", "69689-8", "69736-7", NULL}},
};

static const struct instrument *find(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(instruments) / sizeof(instruments[0]); i++)
		if (strlen(instruments[i].name) == len && memcmp(instruments[i].name, name, len) == 0)
			return &instruments[i];
	return NULL;
}

/* A question without an answer is an item without one. */
static json_t *items_of(struct fhir *f, const struct instrument *known, const struct content *c)
{
	json_t *items = json_array();
	struct mp_doc *doc = NULL;
	struct mp_cur list;
	char number[24];
	size_t n = 0;
	bool coded = known != NULL;
	if (content_open(c, MEASURE_ANSWERS, &doc, &list))
		return items;
	while (mp_left(&list) > 0 && !mp_err(&list)) {
		int64_t answer = mp_i64(&list, MEASURE_MISSING, 100);
		json_t *item = json_object(), *value = json_object();
		coded = coded && known->items[n];
		if (coded)
			snprintf(number, sizeof(number), "/%s", known->items[n]);
		else
			snprintf(number, sizeof(number), "%zu", n + 1);
		n++;
		fhir_set(f, item, "linkId", json_string(number));
		if (answer == MEASURE_MISSING) {
			json_decref(value);
		} else {
			fhir_set(f, value, "valueInteger", json_integer(answer));
			fhir_set(f, item, "answer", fhir_list(f, value));
		}
		fhir_push(f, items, item);
	}
	mp_close(doc);
	return items;
}

static void add_answers(struct fhir *f, const struct book_item *item, const struct instrument *known)
{
	const struct content *c = chart_content(item);
	json_t *r = fhir_resource(f, "QuestionnaireResponse", item, ANSWERS), *identifier = json_object();
	json_t *items = items_of(f, known, c);
	size_t len = 0;
	const char *name = content_str(c, MEASURE_INSTRUMENT, &len);
	fhir_set(f, identifier, "system", json_string("urn:kap:instrument"));
	fhir_set(f, identifier, "value",
	         json_sprintf("%.*s:%u", (int)len, name, (unsigned)content_u64(c, MEASURE_VERSION, 1)));
	fhir_set(f, r, "identifier", identifier);
	if (known)
		fhir_set(f, r, "questionnaire", json_sprintf("http://loinc.org/q/%s", known->panel));
	fhir_set(f, r, "status", json_string(content_bool(c, MEASURE_COMPLETE, false) ? "completed" : "in-progress"));
	fhir_set(f, r, "subject", fhir_to_client(f));
	fhir_set(f, r, "authored", fhir_moment(content_peek_head(c)->at_ms, item->offset));
	fhir_set(f, r, "source", fhir_to_person(f, item->author));
	if (json_array_size(items))
		fhir_set(f, r, "item", items);
	else
		json_decref(items);
	fhir_add(f, r);
}

static void add_total(struct fhir *f, const struct book_item *item, const struct instrument *known)
{
	const struct content *c = chart_content(item);
	const struct fhir_about about = {item, TOTAL, "survey", content_peek_head(c)->at_ms, false};
	char text[NAME_MAX_BYTES];
	size_t len = 0;
	const char *name = content_str(c, MEASURE_INSTRUMENT, &len);
	snprintf(text, sizeof(text), "%.*s total", (int)len, name);
	json_t *o = fhir_observation(f, &about, fhir_concept(f, known ? &known->total : NULL, text));
	fhir_set(f, o, "valueQuantity", fhir_quantity(f, content_i64(c, MEASURE_TOTAL, 0), 0, "{score}"));
	fhir_set(f, o, "derivedFrom", fhir_list(f, fhir_to_item(f, item, ANSWERS)));
	fhir_add(f, o);
}

/* A total from elsewhere: the clinic's own word for it, no code. */
static void add_external(struct fhir *f, const struct book_item *item)
{
	const struct content *c = chart_content(item);
	const struct fhir_about about = {item, "external", "survey", content_peek_head(c)->at_ms, false};
	char text[NAME_MAX_BYTES], note[NAME_MAX_BYTES];
	size_t len = 0, by_len = 0;
	const char *name = content_str(c, MEASURE_EXT_NAME, &len), *by = content_str(c, MEASURE_EXT_BY, &by_len);
	json_t *said = json_object();
	snprintf(text, sizeof(text), "%.*s", (int)len, name);
	json_t *o = fhir_observation(f, &about, fhir_concept(f, NULL, text));
	fhir_set(f, o, "valueQuantity", fhir_quantity(f, content_i64(c, MEASURE_EXT_TOTAL, 0), 0, "{score}"));
	snprintf(note, sizeof(note), "Highest possible: %u. Filled in by: %.*s.",
	         (unsigned)content_u64(c, MEASURE_EXT_MAX, 0), by ? (int)by_len : 3, by ? by : "not");
	fhir_set(f, said, "text", json_string(note));
	fhir_set(f, o, "note", fhir_list(f, said));
	fhir_add(f, o);
}

static int add_measure(void *arg, const struct book_item *item)
{
	struct fhir *f = arg;
	const struct content *c = chart_content(item);
	size_t len = 0;
	const char *name = content_str(c, MEASURE_INSTRUMENT, &len);
	const struct instrument *known = name ? find(name, len) : NULL;
	if (name && content_has(c, MEASURE_ANSWERS))
		add_answers(f, item, known);
	if (name && content_has(c, MEASURE_ANSWERS) && content_has(c, MEASURE_TOTAL))
		add_total(f, item, known);
	if (content_has(c, MEASURE_EXT_NAME) && content_has(c, MEASURE_EXT_TOTAL))
		add_external(f, item);
	f->result->measures++;
	return f->err;
}

void fhir_measures(struct fhir *f)
{
	(void)chart_each(f->o->chart, MEASURE_KIND, add_measure, f);
}
