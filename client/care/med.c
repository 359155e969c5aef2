/* med: see med.h. */
#include "med.h"

#include "proto/err.h"
#include "proto/record.h"

#include "look.h"

static const char *const states[] = {"taking", "stopped", "as-needed", NULL};

static const struct content_rule fields[] = {
    LOOK_WORDS(MED_NAME, "name", 1, 80, "Medicine"),
    LOOK_WORDS(MED_DOSE, "dose", 1, 80, "Dose"),
    LOOK_DATE(MED_SINCE, "since", "Since"),
    LOOK_ONE_OF(MED_STATE, "state", 2, states, "State"),
    LOOK_WORDS(MED_SOURCE, "source", 1, 80, "Told by"),
    LOOK_DATE(MED_CHANGED, "changed", "Changed on"),
};

const struct care_kind care_med = {
    .content =
        {
            .kind = MED_KIND,
            .name = "med",
            .ops = 1u << RECORD_CONTENT,
            .classes = 1u << RECORD_PRIVATE | 1u << RECORD_SHARED | 1u << RECORD_CLINICAL,
            .fields = fields,
            .n_fields = sizeof(fields) / sizeof(fields[0]),
        },
    .letter = 'R',
    .title = "Medicine",
    .authors = KINDS_C | KINDS_CLINICIANS,
    .readers = KINDS_C | KINDS_CLINICIANS,
    .staff_class = RECORD_CLINICAL,
    .brief = {MED_NAME, MED_DOSE, MED_STATE, MED_SINCE},
};
