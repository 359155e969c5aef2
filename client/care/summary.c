/* summary: see summary.h. */
#include "summary.h"

#include "proto/err.h"
#include "proto/record.h"

#include "look.h"
#include "order.h"

static const struct content_rule fields[] = {
    LOOK_ITEM(SUMMARY_SESSION, "session", "Session"),
    LOOK_NUMBER(SUMMARY_NO, "no", 1, 10000, "Session"),
    LOOK_ONE_OF(SUMMARY_ROUTE, "route", 5, order_routes, "Route"),
    LOOK_NUMBER(SUMMARY_MG, "mg", 0, 200000, "Dose", .unit = "mg", .decimals = 1),
    LOOK_TIME(SUMMARY_FIRST_DOSE, "first-dose", "First dose"),
    LOOK_TIME(SUMMARY_LAST_DOSE, "last-dose", "Last dose"),
    LOOK_TIME(SUMMARY_CLOSED_AT, "closed-at", "Ended"),
    LOOK_YES_NO(SUMMARY_DISCHARGED, "discharged", "Went home as planned"),
};

const struct care_kind care_summary = {
    .content =
        {
            .kind = SUMMARY_KIND,
            .name = "summary",
            .ops = 1u << RECORD_CONTENT,
            .classes = 1u << RECORD_CLINICAL,
            .fields = fields,
            .n_fields = sizeof(fields) / sizeof(fields[0]),
        },
    .title = "Session summary",
    .authors = KINDS_CLINICIANS,
    .readers = KINDS_C | KINDS_CLINICIANS,
    .staff_class = RECORD_CLINICAL,
    .brief = {SUMMARY_NO, SUMMARY_MG, SUMMARY_FIRST_DOSE, SUMMARY_CLOSED_AT},
};
