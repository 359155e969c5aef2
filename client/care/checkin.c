/* checkin: see checkin.h. */
#include "checkin.h"

#include "proto/err.h"
#include "proto/record.h"

#include "look.h"

static const char *const urinary[] = {"none", "a-little", "a-lot", "skip", NULL};

static const struct content_rule fields[] = {
    LOOK_NUMBER(CHECKIN_MOOD, "mood", 0, LOOK_RATHER_NOT, "Mood", .ask = "Mood (0 to 10, or skip)"),
    LOOK_NUMBER(CHECKIN_ANXIETY, "anxiety", 0, LOOK_RATHER_NOT, "Anxiety", .ask = "Anxiety (0 to 10, or skip)"),
    LOOK_NUMBER(CHECKIN_ENERGY, "energy", 0, LOOK_RATHER_NOT, "Energy", .ask = "Energy (0 to 10, or skip)"),
    LOOK_NUMBER(CHECKIN_CONNECTION, "connection", 0, LOOK_RATHER_NOT, "Connection",
                .ask = "Feeling connected to others (0 to 10, or skip)"),
    LOOK_NUMBER(CHECKIN_HOPE, "hope", 0, LOOK_RATHER_NOT, "Hope", .ask = "Hopefulness (0 to 10, or skip)"),
    LOOK_NUMBER(CHECKIN_SLEEP, "sleep", 0, 2400, "Sleep", .ask = "Hours of sleep", .unit = "h", .decimals = 2,
                .step = 25),
    LOOK_ONE_OF(CHECKIN_SAFE, "safe", 2, look_yes_no_skip, "Feels safe",
                .ask = "Do you feel safe right now? yes, no or skip"),
    LOOK_ONE_OF(CHECKIN_URINARY, "urinary", 3, urinary, "Urinary",
                .ask = "Burning or frequent urination? none, a-little, a-lot or skip"),
    LOOK_ONE_OF(CHECKIN_ALCOHOL, "alcohol", 2, look_yes_no_skip, "Alcohol",
                .ask = "Alcohol since the last time? yes, no or skip"),
    LOOK_ONE_OF(CHECKIN_CANNABIS, "cannabis", 2, look_yes_no_skip, "Cannabis",
                .ask = "Cannabis since the last time? yes, no or skip"),
    LOOK_ONE_OF(CHECKIN_OTHER, "other", 2, look_yes_no_skip, "Other substances",
                .ask = "Anything else since the last time? yes, no or skip"),
    LOOK_WORDS(CHECKIN_NEW_MEDS, "new-meds", 1, 500, "New medicines", .ask = "New medicines, if any"),
    LOOK_ITEM(CHECKIN_ASSIGNMENT, "assignment", "Assignment"),
};

const struct care_kind care_checkin = {
    .content =
        {
            .kind = CHECKIN_KIND,
            .name = "checkin",
            .ops = 1u << RECORD_CONTENT,
            .classes = 1u << RECORD_PRIVATE | 1u << RECORD_SHARED,
            .fields = fields,
            .n_fields = sizeof(fields) / sizeof(fields[0]),
        },
    .letter = 'C',
    .title = "Check-in",
    .authors = KINDS_C,
    .readers = KINDS_T,
    .staff_class = RECORD_SHARED,
    .brief = {CHECKIN_MOOD, CHECKIN_ANXIETY, CHECKIN_ENERGY, CHECKIN_SLEEP, CHECKIN_SAFE},
};
