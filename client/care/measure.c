/* measure: see measure.h. */
#include "measure.h"

#include "proto/err.h"
#include "proto/record.h"

#include "look.h"

static const char *const contexts[] = {"baseline", "pre", "post", "weekly", "monthly", "discharge", NULL};

static const struct content_rule fields[] = {
    LOOK_WORDS(MEASURE_INSTRUMENT, "instrument", 1, 32, "Measure"),
    LOOK_NUMBER(MEASURE_VERSION, "version", 1, 1000, "Version", .as = LOOK_HIDDEN),
    LOOK_FIELD(MEASURE_ANSWERS, "answers", CONTENT_INT, MEASURE_MISSING, 100, LOOK(.label = "Answers"), .list_max = 64),
    LOOK_NUMBER(MEASURE_TOTAL, "total", 0, 10000, "Total"),
    LOOK_YES_NO(MEASURE_COMPLETE, "complete", "Complete"),
    LOOK_ONE_OF(MEASURE_CONTEXT, "context", 5, contexts, "When"),
    LOOK_NUMBER(MEASURE_DIFFICULTY, "difficulty", 0, 3, "Difficulty"),
    LOOK_YES_NO(MEASURE_PRORATED, "prorated", "Prorated"),
    LOOK_WORDS(MEASURE_EXT_NAME, "external", 1, 80, "Name"),
    LOOK_NUMBER(MEASURE_EXT_TOTAL, "external-total", 0, 100000, "Total elsewhere"),
    LOOK_NUMBER(MEASURE_EXT_MAX, "external-max", 1, 100000, "Highest possible"),
    LOOK_WORDS(MEASURE_EXT_BY, "external-by", 1, 80, "Filled in by"),
    LOOK_ITEM(MEASURE_ASSIGNMENT, "assignment", "Assignment"),
};

const struct care_kind care_measure = {
    .content =
        {
            .kind = MEASURE_KIND,
            .name = "measure",
            .ops = 1u << RECORD_CONTENT,
            .classes = 1u << RECORD_PRIVATE | 1u << RECORD_SHARED | 1u << RECORD_CLINICAL,
            .fields = fields,
            .n_fields = sizeof(fields) / sizeof(fields[0]),
        },
    .letter = 'M',
    .title = "Measure",
    .authors = KINDS_C | KINDS_CLINICIANS,
    .readers = KINDS_T | KINDS_P,
    .staff_class = RECORD_CLINICAL,
    .brief = {MEASURE_INSTRUMENT, MEASURE_TOTAL, MEASURE_COMPLETE, MEASURE_EXT_NAME, MEASURE_EXT_TOTAL},
};
