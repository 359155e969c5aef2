/* hold: see hold.h. */
#include "hold.h"

#include "proto/err.h"
#include "proto/record.h"

#include "look.h"

static const struct content_rule fields[] = {
    LOOK_WORDS(HOLD_REASON, "reason", 3, 500, "Reason"),
    LOOK_DATE(HOLD_UNTIL, "until", "Until"),
};

const struct care_kind care_hold = {
    .content =
        {
            .kind = HOLD_KIND,
            .name = "hold",
            .ops = 1u << RECORD_CONTENT,
            .classes = 1u << RECORD_CLINICAL,
            .fields = fields,
            .n_fields = sizeof(fields) / sizeof(fields[0]),
        },
    .letter = 'H',
    .title = "Hold",
    .authors = KINDS_T | KINDS_P,
    .readers = KINDS_CLINICIANS,
    .staff_class = RECORD_CLINICAL,
    .brief = {HOLD_REASON, HOLD_UNTIL},
};
