/* plan: see plan.h. */
#include "plan.h"

#include "proto/err.h"
#include "proto/record.h"

#include "look.h"

static const struct content_rule fields[] = {
    LOOK_FIELD(PLAN_STARTS, "starts", CONTENT_TEXT, 1, 500, LOOK(.label = "What it feels like when it starts"),
               .list_max = 16, .unit = CONTENT_IN_CHARACTERS),
    LOOK_FIELD(PLAN_ALONE, "alone", CONTENT_TEXT, 1, 500, LOOK(.label = "Things I do alone"), .list_max = 16,
               .unit = CONTENT_IN_CHARACTERS),
    LOOK_FIELD(PLAN_PLACES, "places", CONTENT_TEXT, 1, 500, LOOK(.label = "Places and people that distract me"),
               .list_max = 16, .unit = CONTENT_IN_CHARACTERS),
    LOOK_FIELD(PLAN_PEOPLE, "people", CONTENT_TEXT, 1, 500, LOOK(.label = "People I can ask"), .list_max = 16,
               .unit = CONTENT_IN_CHARACTERS),
    LOOK_FIELD(PLAN_PROFESSIONALS, "professionals", CONTENT_TEXT, 1, 500, LOOK(.label = "Professionals"),
               .list_max = 16, .unit = CONTENT_IN_CHARACTERS),
    LOOK_FIELD(PLAN_SAFER, "safer", CONTENT_TEXT, 1, 500, LOOK(.label = "Making my place safer"), .list_max = 16,
               .unit = CONTENT_IN_CHARACTERS),
    LOOK_FIELD(PLAN_REASONS, "reasons", CONTENT_TEXT, 1, 500, LOOK(.label = "My reasons"), .list_max = 16,
               .unit = CONTENT_IN_CHARACTERS),
};

const struct care_kind care_plan = {
    .content =
        {
            .kind = PLAN_KIND,
            .name = "plan",
            .ops = 1u << RECORD_CONTENT,
            .classes = 1u << RECORD_PRIVATE | 1u << RECORD_SHARED,
            .fields = fields,
            .n_fields = sizeof(fields) / sizeof(fields[0]),
        },
    .title = "Safety plan",
    .authors = KINDS_C | KINDS_T,
    .readers = KINDS_C | KINDS_CLINICIANS,
    .staff_class = RECORD_SHARED,
    .brief = {PLAN_STARTS},
};
