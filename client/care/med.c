/* med: see med.h. */
#include "med.h"

#include "proto/err.h"
#include "proto/record.h"

#include "look.h"

const char *const med_states[] = {"taking", "stopped", "as-needed", NULL};

static int check(const struct content *c)
{
	return content_has(c, MED_NAME) && content_has(c, MED_STATE) ? 0 : ERR_SCHEMA;
}

static const struct content_rule fields[] = {
    LOOK_WORDS(MED_NAME, "name", 1, 80, "Medicine"),
    LOOK_WORDS(MED_DOSE, "dose", 1, 80, "Dose"),
    LOOK_DATE(MED_SINCE, "since", "Since", .ask = "Since which day (Enter: unknown)"),
    LOOK_ONE_OF(MED_STATE, "state", 2, med_states, "State", .ask = "State (taking, stopped, as-needed)"),
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
            .check = check,
        },
    .letter = 'R',
    .title = "Medicine",
    .authors = KINDS_C | KINDS_CLINICIANS,
    .readers = KINDS_C | KINDS_CLINICIANS,
    .staff_class = RECORD_CLINICAL,
    .brief = {MED_NAME, MED_DOSE, MED_STATE, MED_SINCE},
};
