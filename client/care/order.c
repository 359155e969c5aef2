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
const uint32_t order_needed[] = {
    ORDER_ROUTE, ORDER_UNIT_MG, ORDER_UNITS, ORDER_MAX_MG, ORDER_SESSIONS, ORDER_VALID_UNTIL, 0};

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

uint64_t order_total(const struct content *c)
{
	uint64_t units = content_u64(c, ORDER_UNITS, 0) + content_u64(c, ORDER_BOOSTER_UNITS, 0);
	return content_u64(c, ORDER_UNIT_MG, 0) * units;
}

/* A spray holds 28 mg. */
static bool is_spray(const struct content *c)
{
	uint64_t mg = content_u64(c, ORDER_UNIT_MG, 0) * content_u64(c, ORDER_UNITS, 0);
	return mg == 280 || mg == 560 || mg == 840;
}

/* Both limits are there and the lower one does not lie below the upper one. */
static bool leaves_nothing(const struct content *c, uint32_t above, uint32_t below)
{
	return content_has(c, above) && content_has(c, below) && content_u64(c, above, 0) >= content_u64(c, below, 0);
}

enum order_fault order_find_fault(const struct content *c)
{
	for (size_t i = 0; order_needed[i]; i++)
		if (!content_has(c, order_needed[i]))
			return ORDER_LACKS;
	if (content_u64(c, ORDER_MAX_MG, 0) < order_total(c))
		return ORDER_OVER_MAX;
	if (content_u64(c, ORDER_DRUG, ORDER_KETAMINE) == ORDER_ESKETAMINE && !is_spray(c))
		return ORDER_NO_SPRAY;
	if (!content_has(c, ORDER_BOOSTER_UNITS) &&
	    (content_has(c, ORDER_BOOSTER_FROM) || content_has(c, ORDER_BOOSTER_TO)))
		return ORDER_NO_BOOSTER;
	if (content_u64(c, ORDER_BOOSTER_TO, UINT64_MAX) < content_u64(c, ORDER_BOOSTER_FROM, 0))
		return ORDER_BOOSTER_ENDS_FIRST;
	if (leaves_nothing(c, ORDER_PRE_SYS_MIN, ORDER_PRE_SYS) || leaves_nothing(c, ORDER_PRE_DIA_MIN, ORDER_PRE_DIA) ||
	    leaves_nothing(c, ORDER_PRE_HR_MIN, ORDER_PRE_HR))
		return ORDER_LIMITS_CROSS;
	return is_ascending(c) ? ORDER_FITS : ORDER_SCHEDULE_MIXED;
}

static int check(const struct content *c)
{
	return order_find_fault(c) == ORDER_FITS ? 0 : ERR_SCHEMA;
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
    .letter = 'O',
    .title = "Order",
    .authors = KINDS_P,
    .readers = KINDS_C | KINDS_CLINICIANS,
    .staff_class = RECORD_CLINICAL,
    .brief = {ORDER_ROUTE, ORDER_UNIT_MG, ORDER_UNITS, ORDER_MAX_MG, ORDER_VALID_UNTIL},
};
