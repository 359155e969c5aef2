/* order: see order.h. */
#include "order.h"

#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"

#include "look.h"

const char *const order_drugs[] = {"ketamine", "esketamine", "other", NULL};
const char *const order_routes[] = {"sl", "oral", "im", "in", "sc", "iv", NULL};
static const struct content_rule hold_parts[] = {
    {.name = "medicine", .type = CONTENT_TEXT, .min = 1, .max = 80, .required = true},
    {.name = "hours", .type = CONTENT_UINT, .max = 336, .required = true, .look = LOOK(.unit = "h")},
    {.name = "text", .type = CONTENT_TEXT, .max = 200},
};
static const uint32_t needed[] = {ORDER_ROUTE,  ORDER_UNIT_MG,  ORDER_UNITS,
                                  ORDER_MAX_MG, ORDER_SESSIONS, ORDER_VALID_UNTIL};

static bool is_ascending(const struct content *c)
{
	struct mp_doc *doc = NULL;
	struct mp_cur list;
	int64_t last = INT64_MIN;
	bool ascending = true;
	if (content_open(c, ORDER_SCHEDULE, &doc, &list))
		return true;
	while (mp_left(&list) > 0 && !mp_err(&list)) {
		int64_t at = mp_i64(&list, -60, 600);
		ascending = ascending && at > last;
		last = at;
	}
	mp_close(doc);
	return ascending;
}

/* The most in a session holds what the order gives, the booster too; the times stand in order. */
static int check(const struct content *c)
{
	uint64_t units = content_u64(c, ORDER_UNITS, 0) + content_u64(c, ORDER_BOOSTER_UNITS, 0);
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!content_has(c, needed[i]))
			return ERR_SCHEMA;
	if (content_u64(c, ORDER_MAX_MG, 0) < content_u64(c, ORDER_UNIT_MG, 0) * units)
		return ERR_SCHEMA;
	if (content_u64(c, ORDER_BOOSTER_TO, UINT64_MAX) < content_u64(c, ORDER_BOOSTER_FROM, 0))
		return ERR_SCHEMA;
	return is_ascending(c) ? 0 : ERR_SCHEMA;
}

static const struct content_rule fields[] = {
    LOOK_ONE_OF(ORDER_DRUG, "drug", 2, order_drugs, "Medicine"),
    LOOK_ONE_OF(ORDER_ROUTE, "route", 5, order_routes, "Route"),
    LOOK_NUMBER(ORDER_UNIT_MG, "unit-mg", 1, 10000, "Unit", .unit = "mg", .decimals = 1),
    LOOK_NUMBER(ORDER_UNITS, "units", 1, 20, "Units in a session"),
    LOOK_NUMBER(ORDER_BOOSTER_UNITS, "booster-units", 1, 20, "Booster units"),
    LOOK_NUMBER(ORDER_BOOSTER_FROM, "booster-from", 0, 600, "Booster from", .unit = "min"),
    LOOK_NUMBER(ORDER_BOOSTER_TO, "booster-to", 0, 600, "Booster until", .unit = "min"),
    LOOK_NUMBER(ORDER_MAX_MG, "max-mg", 1, 200000, "Most in a session", .unit = "mg", .decimals = 1),
    LOOK_NUMBER(ORDER_SESSIONS, "sessions", 1, 12, "Sessions allowed"),
    LOOK_NUMBER(ORDER_MIN_DAYS, "min-days", 0, 60, "Days between sessions", .unit = "days"),
    LOOK_NUMBER(ORDER_PRE_SYS, "pre-sys", 40, 300, "Start below, top number", .unit = "mmHg"),
    LOOK_NUMBER(ORDER_PRE_DIA, "pre-dia", 20, 200, "Start below, bottom number", .unit = "mmHg"),
    LOOK_NUMBER(ORDER_PRE_HR, "pre-hr", 20, 260, "Start below, heart rate", .unit = "bpm"),
    LOOK_NUMBER(ORDER_PRE_SYS_MIN, "pre-sys-min", 40, 300, "Start above, top number", .unit = "mmHg"),
    LOOK_NUMBER(ORDER_PRE_DIA_MIN, "pre-dia-min", 20, 200, "Start above, bottom number", .unit = "mmHg"),
    LOOK_NUMBER(ORDER_PRE_HR_MIN, "pre-hr-min", 20, 260, "Start above, heart rate", .unit = "bpm"),
    LOOK_NUMBER(ORDER_ACT_SYS, "act-sys", 40, 300, "Act at, top number", .unit = "mmHg"),
    LOOK_NUMBER(ORDER_ACT_DIA, "act-dia", 20, 200, "Act at, bottom number", .unit = "mmHg"),
    LOOK_NUMBER(ORDER_ACT_HR, "act-hr", 20, 260, "Act at, heart rate", .unit = "bpm"),
    LOOK_NUMBER(ORDER_ACT_SPO2, "act-spo2", 40, 100, "Act below, oxygen", .unit = "%"),
    LOOK_NUMBER(ORDER_RETAKE, "retake", 1, 120, "Retake within", .unit = "min"),
    LOOK_NUMBER(ORDER_CHECK_EVERY, "check-every", 1, 240, "Check every", .unit = "min"),
    LOOK_FIELD(ORDER_SCHEDULE, "schedule", CONTENT_INT, -60, 600, LOOK(.label = "Vitals at", .unit = "min"),
               .list_max = 12),
    LOOK_NUMBER(ORDER_OBSERVE, "observe", 0, 480, "Observe at least", .unit = "min"),
    LOOK_NUMBER(ORDER_FASTING, "fasting", 0, 24, "Fasting", .unit = "h"),
    LOOK_FIELD(ORDER_HOLDS, "holds", CONTENT_TUPLE, 0, 0, LOOK(.label = "Medicines held"), .list_max = 16,
               .parts = hold_parts, .n_parts = 3),
    LOOK_DATE(ORDER_VALID_UNTIL, "valid-until", "Valid until"),
};

const struct care_kind care_order = {
    .content =
        {
            .kind = ORDER_KIND,
            .name = "order",
            .ops = 1u << RECORD_CONTENT,
            .classes = 1u << RECORD_CLINICAL,
            .fields = fields,
            .n_fields = sizeof(fields) / sizeof(fields[0]),
            .check = check,
        },
    .title = "Order",
    .authors = KINDS_P,
    .readers = KINDS_C | KINDS_CLINICIANS,
    .staff_class = RECORD_CLINICAL,
    .brief = {ORDER_ROUTE, ORDER_UNIT_MG, ORDER_UNITS, ORDER_MAX_MG, ORDER_VALID_UNTIL},
};
