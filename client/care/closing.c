/* closing: see closing.h. */
#include "closing.h"

#include "proto/err.h"
#include "proto/record.h"

#include "look.h"

static const struct content_rule fields[] = {
    LOOK_ITEM(CLOSING_ON, "on", "About"),
    LOOK_WORDS(CLOSING_HOW, "how", 3, 500, "How"),
};

const struct care_kind care_closing = {
    .content =
        {
            .kind = CLOSING_KIND,
            .name = "closing",
            .ops = 1u << RECORD_CONTENT,
            .classes = 1u << RECORD_CLINICAL | 1u << RECORD_SHARED,
            .fields = fields,
            .n_fields = sizeof(fields) / sizeof(fields[0]),
        },
    .title = "Closing",
    .authors = KINDS_CLINICIANS,
    .readers = KINDS_CLINICIANS,
    .staff_class = RECORD_CLINICAL,
    .brief = {CLOSING_HOW},
};
