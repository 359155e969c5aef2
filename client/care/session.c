/* session: see session.h. */
#include "session.h"

#include "proto/err.h"
#include "proto/record.h"

#include "look.h"

static const char *const types[] = {"prep", "medicine", "integration", "follow-up", NULL};
static const char *const modes[] = {"in-person", "remote", "group", NULL};
static const char *const states[] = {"planned", "open", "closed", "cancelled", NULL};
static const char *const thoughts[] = {"no", "passive", "active-no-plan", "plan", "declined", NULL};
static const uint8_t thoughts_typed[] = {0, 1, 2, 3, 9};
static const char *const pregnancy[] = {"yes", "no", "na", "declined", NULL};

static const struct content_rule fields[] = {
    LOOK_NUMBER(SESSION_NO, "no", 1, 10000, "Session"),
    LOOK_ONE_OF(SESSION_TYPE, "type", 3, types, "Type"),
    LOOK_ONE_OF(SESSION_MODE, "mode", 2, modes, "Mode"),
    LOOK_WORDS(SESSION_PLACE, "place", 1, 80, "Place"),
    LOOK_ONE_OF(SESSION_STATE, "state", 3, states, "State"),
    LOOK_ITEM(SESSION_ORDER, "order", "Order"),
    LOOK_NUMBER(SESSION_ORDER_REV, "order-rev", 1, 100000, "Order revision"),
    LOOK_ITEM(SESSION_CLEARANCE, "clearance", "Clearance"),
    LOOK_TIME(SESSION_OPENED_AT, "opened-at", "Opened"),
    LOOK_TIME(SESSION_CLOSED_AT, "closed-at", "Closed"),
    LOOK_YES_NO(SESSION_NEW_MEDS, "new-meds", "New medicines", .ask = "New medicines since the last session?"),
    LOOK_YES_NO(SESSION_ALCOHOL, "alcohol", "Alcohol in 24 h", .ask = "Alcohol in the last 24 hours?"),
    LOOK_YES_NO(SESSION_CANNABIS, "cannabis", "Cannabis in 24 h", .ask = "Cannabis in the last 24 hours?"),
    LOOK_NUMBER(SESSION_SLEEP, "sleep", 0, 2400, "Slept", .ask = "Hours slept", .unit = "h", .decimals = 2),
    LOOK_NUMBER(SESSION_FOOD, "food", 0, 7200, "Last food", .ask = "Hours since food", .unit = "h", .decimals = 2),
    LOOK_ONE_OF(SESSION_SI, "si", 4, thoughts, "Thoughts of suicide",
                .ask = "Thoughts of suicide today? 0 no, 1 passive, 2 active no plan, 3 plan or intent, 9 declined",
                .typed = thoughts_typed),
    LOOK_YES_NO(SESSION_ELEVATED, "elevated", "Elevated mood signs",
                .ask = "Much more energy, less sleep, racing thoughts, grand plans (any)?"),
    LOOK_YES_NO(SESSION_PSYCHOSIS, "psychosis", "Psychosis signs",
                .ask = "Hearing or seeing things, being watched (any, not expected)?"),
    LOOK_YES_NO(SESSION_URINARY, "urinary", "Urinary symptoms", .ask = "Burning or frequent urination?"),
    LOOK_ONE_OF(SESSION_PREGNANT, "pregnant", 3, pregnancy, "Pregnancy possible",
                .ask = "Pregnancy possible? yes, no, na or declined"),
    LOOK_YES_NO(SESSION_CONSENT, "consent", "Consent still given", .ask = "Consent still given?"),
    LOOK_WORDS(SESSION_RED_REASON, "reason", 3, 500, "Reason to go on"),
    LOOK_WORDS(SESSION_CHAPERONE, "chaperone", 1, 80, "Chaperone"),
    LOOK_WORDS(SESSION_CHAPERONE_PHONE, "chaperone-phone", 1, 40, "Chaperone's phone"),
    LOOK_WORDS(SESSION_CHAPERONE_ROLE, "chaperone-role", 1, 40, "Chaperone is"),
    LOOK_YES_NO(SESSION_CHAPERONE_OK, "chaperone-confirmed", "Chaperone confirmed"),
    LOOK_WORDS(SESSION_RIDE, "ride", 1, 80, "Ride"),
    LOOK_YES_NO(SESSION_RIDE_OK, "ride-confirmed", "Ride confirmed"),
    LOOK_ITEM(SESSION_INTENTION, "intention", "Intention"),
    LOOK_NUMBER(SESSION_RESPONSE, "response", 0, 10, "Response", .ask = "Observed response (0 to 10)"),
    LOOK_NUMBER(SESSION_DISTANCE, "distance", 0, 10, "Distance", .ask = "How far away (0 to 10)"),
    LOOK_NUMBER(SESSION_DISTRESS, "distress", 0, 10, "Distress", .ask = "Distress at its highest (0 to 10)"),
    LOOK_WORDS(SESSION_TEXT, "text", 1, 8192, "In words", .ask = "What you saw, in words (no process notes)"),
    LOOK_YES_NO(SESSION_VITALS_OK, "vitals-ok", "Vitals acceptable", .ask = "Vitals near baseline?"),
    LOOK_YES_NO(SESSION_ORIENTED, "oriented", "Oriented"),
    LOOK_YES_NO(SESSION_STEADY, "steady", "Steady"),
    LOOK_YES_NO(SESSION_NAUSEA_OK, "nausea-ok", "Nausea gone or small", .ask = "Nausea gone or small?"),
    LOOK_ONE_OF(SESSION_SI_AGAIN, "si-again", 4, thoughts, "Thoughts of suicide now",
                .ask = "Thoughts of suicide now? 0 no, 1 passive, 2 active no plan, 3 plan or intent, 9 declined",
                .typed = thoughts_typed),
    LOOK_YES_NO(SESSION_ESCORT, "escort", "Escort here"),
    LOOK_YES_NO(SESSION_NO_DRIVE, "no-drive", "No driving told", .ask = "No driving until tomorrow: told?"),
    LOOK_YES_NO(SESSION_INSTRUCTIONS, "instructions", "Instructions given", .ask = "Written instructions given?"),
    LOOK_YES_NO(SESSION_NO_SIGNING, "no-signing", "No signing told", .ask = "No signing until tomorrow morning: told?"),
    LOOK_NUMBER(SESSION_OBSERVED, "observed", 0, 2880, "Observed", .unit = "min"),
    LOOK_WORDS(SESSION_EARLY_REASON, "early-reason", 3, 500, "Reason to end early"),
    LOOK_TIME(SESSION_LEFT_AT, "left-at", "Left"),
    LOOK_WORDS(SESSION_NO_DOSE, "no-dose", 3, 500, "No dose given because"),
    LOOK_WORDS(SESSION_NO_VITALS, "no-vitals", 3, 500, "No vitals at the end because"),
};

const struct care_kind care_session = {
    .content =
        {
            .kind = SESSION_KIND,
            .name = "session",
            .ops = 1u << RECORD_CONTENT,
            .classes = 1u << RECORD_CLINICAL,
            .fields = fields,
            .n_fields = sizeof(fields) / sizeof(fields[0]),
        },
    .letter = 'S',
    .title = "Session",
    .authors = KINDS_T | KINDS_M | KINDS_P,
    .readers = KINDS_CLINICIANS,
    .staff_class = RECORD_CLINICAL,
    .brief = {SESSION_NO, SESSION_TYPE, SESSION_STATE},
};
