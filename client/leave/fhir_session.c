/* fhir_session: what happened in sessions: vitals as Observations, doses as MedicationAdministrations; see fhir.h. A
 * client's own device knows the summaries alone, and tells of the doses by them. */
#include "client/book/session.h"
#include "client/care/event.h"
#include "client/care/order.h"
#include "client/care/session.h"
#include "client/care/summary.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/role.h"

#include "client/book/people.h"

#include "fhir_internal.h"

#define VITALS "vital-signs"
#define DOSE "dose"

/* --- vitals --- */

static const struct vital {
	uint32_t key;
	const char *part;
	struct fhir_code code;
	const char *unit;
	unsigned decimals;
} vitals[] = {
    {EVENT_HR, "hr", {FHIR_LOINC, "8867-4", "Heart rate"}, "/min", 0},
    {EVENT_SPO2, "spo2", {FHIR_LOINC, "59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry"}, "%", 0},
    {EVENT_RR, "rr", {FHIR_LOINC, "9279-1", "Respiratory rate"}, "/min", 0},
    {EVENT_TEMP, "temp", {FHIR_LOINC, "8310-5", "Body temperature"}, "Cel", 1},
};
static const struct fhir_code pressure = {FHIR_LOINC, "85354-9", "Blood pressure panel with all children optional"};
static const struct fhir_code oxygen = {FHIR_LOINC, "2708-6", "Oxygen saturation in Arterial blood"};
static const struct vital pressures[] = {
    {EVENT_SYS, "sys", {FHIR_LOINC, "8480-6", "Systolic blood pressure"}, "mm[Hg]", 0},
    {EVENT_DIA, "dia", {FHIR_LOINC, "8462-4", "Diastolic blood pressure"}, "mm[Hg]", 0},
};

static json_t *value_of(struct fhir *f, const struct vital *v, const struct content *c)
{
	return fhir_quantity(f, content_i64(c, v->key, 0), v->decimals, v->unit);
}

static void add_pressure(struct fhir *f, const struct session_event *e)
{
	const struct fhir_about about = {e->item, "bp", VITALS, e->at_ms, e->struck};
	json_t *o = fhir_observation(f, &about, fhir_concept(f, &pressure, NULL)), *components = json_array();
	for (size_t i = 0; i < 2; i++) {
		json_t *component = json_object();
		fhir_set(f, component, "code", fhir_concept(f, &pressures[i].code, NULL));
		fhir_set(f, component, "valueQuantity", value_of(f, &pressures[i], e->content));
		fhir_push(f, components, component);
	}
	fhir_set(f, o, "component", components);
	fhir_add(f, o);
}

/* The profile of vital signs has the general code of oxygen, beside the one that says how it was taken. */
static json_t *code_of(struct fhir *f, const struct vital *v)
{
	json_t *concept = fhir_concept(f, &v->code, NULL), *general;
	if (v->key != EVENT_SPO2)
	return concept;
	general = fhir_concept(f, &oxygen, NULL);
	if (json_array_extend(json_object_get(concept, "coding"), json_object_get(general, "coding")))
		f->err = ERR_NOMEM;
	json_decref(general);
	return concept;
}

static void add_vitals(struct fhir *f, const struct session_event *e)
{
	if (content_has(e->content, EVENT_SYS) && content_has(e->content, EVENT_DIA))
		add_pressure(f, e);
	for (size_t i = 0; i < sizeof(vitals) / sizeof(vitals[0]); i++) {
		const struct fhir_about about = {e->item, vitals[i].part, VITALS, e->at_ms, e->struck};
		if (!content_has(e->content, vitals[i].key))
			continue;
		json_t *o = fhir_observation(f, &about, code_of(f, &vitals[i]));
		fhir_set(f, o, "valueQuantity", value_of(f, &vitals[i], e->content));
		fhir_add(f, o);
	}
	f->result->vitals++;
}

/* --- doses --- */

static const struct fhir_code routes[] = {
    [ORDER_SL] = {FHIR_SNOMED, "37839007", "Sublingual route"},
    [ORDER_ORAL] = {FHIR_SNOMED, "26643006", "Oral route"},
    [ORDER_IM] = {FHIR_SNOMED, "78421000", "Intramuscular route"},
    [ORDER_IN] = {FHIR_SNOMED, "46713006", "Nasal route"},
    [ORDER_SC] = {FHIR_SNOMED, "34206005", "Subcutaneous route"},
    [ORDER_IV] = {FHIR_SNOMED, "47625008", "Intravenous route"},
};

struct dose {
	const struct book_item *item;
	uint64_t drug, route, mg, from_ms, to_ms; /* to 0: one moment */
	bool struck;
	const struct person *by; /* who wrote it down; NULL: not to be said */
};

static void add_dose(struct fhir *f, const struct dose *dose)
{
	json_t *m = fhir_resource(f, "MedicationAdministration", dose->item, DOSE), *dosage = json_object();
	fhir_set(f, m, "status", json_string(dose->struck ? "entered-in-error" : "completed"));
	fhir_set(f, m, "medicationCodeableConcept",
	         fhir_concept(f, NULL, order_drugs[dose->drug <= ORDER_OTHER ? dose->drug : ORDER_OTHER]));
	fhir_set(f, m, "subject", fhir_to_client(f));
	if (dose->to_ms > dose->from_ms) {
		json_t *period = json_object();
		fhir_set(f, period, "start", fhir_moment(dose->from_ms, dose->item->offset));
		fhir_set(f, period, "end", fhir_moment(dose->to_ms, dose->item->offset));
		fhir_set(f, m, "effectivePeriod", period);
	} else {
		fhir_set(f, m, "effectiveDateTime", fhir_moment(dose->from_ms, dose->item->offset));
	}
	if (dose->by) {
		json_t *performer = json_object();
		fhir_set(f, performer, "actor", fhir_to_person(f, dose->by));
		fhir_set(f, m, "performer", fhir_list(f, performer));
	}
	if (dose->route <= ORDER_IV)
		fhir_set(f, dosage, "route", fhir_concept(f, &routes[dose->route], order_routes[dose->route]));
	fhir_set(f, dosage, "dose", fhir_quantity(f, (int64_t)dose->mg, 1, "mg"));
	fhir_set(f, m, "dosage", dosage);
	fhir_add(f, m);
	f->result->doses++;
}

static void add_event(struct fhir *f, const struct session_event *e)
{
	struct dose dose = {.item = e->item, .from_ms = e->at_ms, .struck = e->struck, .by = e->item->author};
	if (e->what == EVENT_VITALS)
		add_vitals(f, e);
	if (e->what != EVENT_DOSE && e->what != EVENT_BOOSTER)
		return;
	dose.drug = content_u64(e->content, EVENT_DRUG, ORDER_KETAMINE);
	dose.route = content_u64(e->content, EVENT_ROUTE, ORDER_IV + 1);
	dose.mg = content_u64(e->content, EVENT_MG, 0);
	add_dose(f, &dose);
}

static int add_session(void *arg, const struct book_item *item)
{
	struct fhir *f = arg;
	struct session *s = NULL;
	int err = session_read(f->o->chart, item, &s);
	for (size_t i = 0; !err && i < s->n_events; i++)
		add_event(f, &s->events[i]);
	session_free(s);
	if (err)
		f->err = err;
	return f->err;
}

static int add_summary(void *arg, const struct book_item *item)
{
	struct fhir *f = arg;
	const struct content *c = chart_content(item);
	struct dose dose = {.item = item, .drug = ORDER_KETAMINE, .mg = content_u64(c, SUMMARY_MG, 0)};
	dose.route = content_u64(c, SUMMARY_ROUTE, ORDER_IV + 1);
	dose.from_ms = content_u64(c, SUMMARY_FIRST_DOSE, 0);
	dose.to_ms = content_u64(c, SUMMARY_LAST_DOSE, 0);
	if (dose.mg && dose.from_ms)
		add_dose(f, &dose);
	return f->err;
}

void fhir_sessions(struct fhir *f)
{
	if (people_self(f->o->chart->people)->role == ROLE_CLIENT)
		(void)chart_each(f->o->chart, SUMMARY_KIND, add_summary, f);
	else
		(void)chart_each(f->o->chart, SESSION_KIND, add_session, f);
}
