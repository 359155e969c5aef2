/* event: see event.h. */
#include "event.h"

#include "proto/err.h"
#include "proto/record.h"

#include "look.h"
#include "order.h"

static const char *const whats[] = {"vitals", "dose", "check", "ae", "note", "booster", "med", NULL};
static const char *const limits[] = {"within", "above", "below", NULL};
const char *const event_ae_terms[] = {"nausea",
                                      "vomiting",
                                      "dizziness",
                                      "headache",
                                      "double-vision",
                                      "high-bp",
                                      "fast-pulse",
                                      "chest-pain",
                                      "short-of-breath",
                                      "over-sedated",
                                      "distressing-dissociation",
                                      "panic",
                                      "agitation",
                                      "confusion",
                                      "late-hallucination",
                                      "mania-signs",
                                      "psychosis-signs",
                                      "suicidal-thoughts",
                                      "fall",
                                      "allergic",
                                      "urinary",
                                      "misuse",
                                      "other",
                                      NULL};

static bool has_any_vital(const struct content *c)
{
	for (uint32_t key = EVENT_SYS; key <= EVENT_TEMP; key++)
		if (content_has(c, key))
			return true;
	return false;
}

static int check_vitals(const struct content *c)
{
	if (!has_any_vital(c) || content_has(c, EVENT_SYS) != content_has(c, EVENT_DIA))
		return ERR_SCHEMA;
	return content_u64(c, EVENT_DIA, 0) < content_u64(c, EVENT_SYS, 1) ? 0 : ERR_SCHEMA;
}

/* Units times their strength is the dose. */
static int check_dose(const struct content *c)
{
	uint64_t mg = content_u64(c, EVENT_MG, 0), units = content_u64(c, EVENT_UNITS, 0);
	uint64_t unit_mg = content_u64(c, EVENT_UNIT_MG, 0);
	if (!mg || !content_has(c, EVENT_ROUTE))
		return ERR_SCHEMA;
	return units && unit_mg && units * unit_mg != mg ? ERR_SCHEMA : 0;
}

static int check(const struct content *c)
{
	if (!content_has(c, EVENT_SESSION) || !content_has(c, EVENT_WHAT))
		return ERR_SCHEMA;
	if (content_bool(c, EVENT_STRUCK, false) && !content_has(c, EVENT_REASON))
		return ERR_SCHEMA;
	switch (content_u64(c, EVENT_WHAT, EVENT_NOTE)) {
	case EVENT_VITALS:
		return check_vitals(c);
	case EVENT_DOSE:
	case EVENT_BOOSTER:
		return check_dose(c);
	case EVENT_CHECK:
		return content_has(c, EVENT_RESPONDING) ? 0 : ERR_SCHEMA;
	case EVENT_AE:
		return content_has(c, EVENT_AE_TERM) && content_has(c, EVENT_SEVERITY) ? 0 : ERR_SCHEMA;
	default:
		return content_has(c, EVENT_TEXT) ? 0 : ERR_SCHEMA;
	}
}

static const struct content_rule fields[] = {
    LOOK_WORDS(EVENT_TEXT, "text", 1, 4096, "Note"),
    LOOK_ITEM(EVENT_SESSION, "session", "Session"),
    LOOK_ONE_OF(EVENT_WHAT, "what", 6, whats, "What"),
    LOOK_YES_NO(EVENT_STRUCK, "struck", "Struck out"),
    LOOK_ONE_OF(EVENT_DRUG, "drug", 2, order_drugs, "Medicine"),
    LOOK_ONE_OF(EVENT_ROUTE, "route", 5, order_routes, "Route"),
    LOOK_NUMBER(EVENT_MG, "mg", 1, 10000, "Dose", .unit = "mg", .decimals = 1),
    LOOK_NUMBER(EVENT_UNITS, "units", 1, 20, "Units"),
    LOOK_NUMBER(EVENT_UNIT_MG, "unit-mg", 1, 10000, "Unit", .unit = "mg", .decimals = 1),
    LOOK_NUMBER(EVENT_HOLD_MIN, "hold", 0, 60, "Held", .unit = "min"),
    LOOK_YES_NO(EVENT_SWALLOWED, "swallowed", "Swallowed"),
    LOOK_WORDS(EVENT_LOT, "lot", 1, 40, "Lot"),
    LOOK_WORDS(EVENT_GIVEN_BY, "given-by", 1, 80, "Given by"),
    LOOK_WORDS(EVENT_REASON, "reason", 3, 500, "Reason"),
    LOOK_NUMBER(EVENT_SYS, "sys", 40, 300, "Systolic", .unit = "mmHg"),
    LOOK_NUMBER(EVENT_DIA, "dia", 20, 200, "Diastolic", .unit = "mmHg"),
    LOOK_NUMBER(EVENT_HR, "hr", 20, 260, "Heart rate", .unit = "bpm"),
    LOOK_NUMBER(EVENT_SPO2, "spo2", 40, 100, "Oxygen", .unit = "%"),
    LOOK_NUMBER(EVENT_RR, "rr", 3, 60, "Breaths", .unit = "/min"),
    LOOK_NUMBER(EVENT_TEMP, "temp", 300, 430, "Temperature", .unit = "C", .decimals = 1, .as = LOOK_DEGREES),
    LOOK_WORDS(EVENT_SITE, "site", 1, 20, "Site"),
    LOOK_WORDS(EVENT_DEVICE, "device", 1, 40, "Device"),
    LOOK_WORDS(EVENT_WHO, "who", 1, 80, "Taken by"),
    LOOK_ONE_OF(EVENT_LIMIT, "limit", 2, limits, "Limits"),
    LOOK_NUMBER(EVENT_ORDER_REV, "order-rev", 1, 100000, "Order revision"),
    LOOK_WORDS(EVENT_BY, "by", 1, 80, "Looked by"),
    LOOK_YES_NO(EVENT_RESPONDING, "responding", "Awake or responding"),
    LOOK_NUMBER(EVENT_COMFORT, "comfort", 0, 10, "Comfort"),
    LOOK_ONE_OF(EVENT_AE_TERM, "term", 22, event_ae_terms, "Adverse event"),
    LOOK_WORDS(EVENT_AE_OTHER, "other", 1, 200, "In other words"),
    LOOK_NUMBER(EVENT_SEVERITY, "severity", 1, 4, "Severity",
                .ask = "Severity: 1 mild, 2 moderate, 3 severe, 4 life-threatening"),
    LOOK_FIELD(EVENT_ONSET, "onset", CONTENT_INT, -240, 1440, LOOK(.label = "Onset", .unit = "min")),
    LOOK_WORDS(EVENT_ACTION, "action", 1, 500, "Action"),
    LOOK_WORDS(EVENT_OUTCOME, "outcome", 1, 500, "Outcome"),
    LOOK_TIME(EVENT_TOLD_AT, "told-at", "Prescriber told"),
};

const struct care_kind care_event = {
    .content =
        {
            .kind = EVENT_KIND,
            .name = "event",
            .ops = 1u << RECORD_CONTENT,
            .classes = 1u << RECORD_CLINICAL,
            .fields = fields,
            .n_fields = sizeof(fields) / sizeof(fields[0]),
            .check = check,
        },
    .letter = 'E',
    .title = "Event",
    .authors = KINDS_CLINICIANS,
    .readers = KINDS_CLINICIANS,
    .staff_class = RECORD_CLINICAL,
    .brief = {EVENT_WHAT, EVENT_MG, EVENT_SYS, EVENT_DIA, EVENT_HR, EVENT_SPO2, EVENT_AE_TERM},
};
