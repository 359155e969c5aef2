/* flag: see flag.h. */
#include "flag.h"

#include "proto/err.h"
#include "proto/record.h"

#include "look.h"

const char *const flag_causes[] = {"item-9", "not-safe", "limits", "adverse-event", "pre-check", "over-order",
                                   "supply", "other",    NULL};
const char *const flag_severities[] = {"info", "soon", "urgent", NULL};

static const struct content_rule fields[] = {
    LOOK_ONE_OF(FLAG_CAUSE, "cause", 7, flag_causes, "Cause"),
    LOOK_ONE_OF(FLAG_SEVERITY, "severity", 2, flag_severities, "Severity"),
    LOOK_WORDS(FLAG_TEXT, "text", 1, 500, "What"),
    LOOK_ITEM(FLAG_SOURCE, "source", "From"),
};

const struct care_kind care_flag = {
    .content =
        {
            .kind = FLAG_KIND,
            .name = "flag",
            .ops = 1u << RECORD_CONTENT,
            .classes = 1u << RECORD_SHARED | 1u << RECORD_CLINICAL,
            .fields = fields,
            .n_fields = sizeof(fields) / sizeof(fields[0]),
        },
    .letter = 'F',
    .title = "Flag",
    .authors = KINDS_C | KINDS_CLINICIANS,
    .readers = KINDS_CLINICIANS,
    .staff_class = RECORD_CLINICAL,
    .brief = {FLAG_TEXT},
};
