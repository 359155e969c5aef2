/* assignment: see assignment.h. */
#include "assignment.h"

#include "proto/err.h"
#include "proto/record.h"

#include "look.h"

static const char *const repeats[] = {"none", "daily", "weekly", NULL};
static const char *const states[] = {"open", "withdrawn", NULL};

/* Exactly one thing is asked for. */
static int check(const struct content *c)
{
	int asked = content_has(c, ASSIGNMENT_PROMPT) + content_has(c, ASSIGNMENT_TEXT) +
	            content_has(c, ASSIGNMENT_MEASURE) + content_bool(c, ASSIGNMENT_CHECKIN, false);
	return asked == 1 ? 0 : ERR_SCHEMA;
}

static const struct content_rule fields[] = {
    LOOK_WORDS(ASSIGNMENT_PROMPT, "prompt", 1, 32, "Prompt"),
    LOOK_WORDS(ASSIGNMENT_TEXT, "text", 3, 2000, "Question"),
    LOOK_WORDS(ASSIGNMENT_MEASURE, "measure", 1, 32, "Measure"),
    LOOK_YES_NO(ASSIGNMENT_CHECKIN, "checkin", "Check-in"),
    LOOK_DATE(ASSIGNMENT_DUE, "due", "For"),
    LOOK_ONE_OF(ASSIGNMENT_REPEAT, "repeat", 2, repeats, "Repeat"),
    LOOK_NUMBER(ASSIGNMENT_TIMES, "times", 1, 12, "Times"),
    LOOK_ONE_OF(ASSIGNMENT_STATE, "state", 1, states, "State"),
};

const struct care_kind care_assignment = {
    .content =
        {
            .kind = ASSIGNMENT_KIND,
            .name = "assignment",
            .ops = 1u << RECORD_CONTENT,
            .classes = 1u << RECORD_SHARED,
            .fields = fields,
            .n_fields = sizeof(fields) / sizeof(fields[0]),
            .check = check,
        },
    .letter = 'A',
    .title = "Assignment",
    .authors = KINDS_CLINICIANS,
    .readers = KINDS_C | KINDS_T,
    .staff_class = RECORD_SHARED,
    .brief = {ASSIGNMENT_PROMPT, ASSIGNMENT_TEXT, ASSIGNMENT_MEASURE, ASSIGNMENT_DUE, ASSIGNMENT_STATE},
};
