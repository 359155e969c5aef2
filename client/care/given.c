/* given: see given.h. */
#include "given.h"

#include "proto/err.h"
#include "proto/record.h"

#include "look.h"

static const struct content_rule fields[] = {
    LOOK_WORDS(GIVEN_TITLE, "title", 0, 120, "Title"),
    LOOK_FIELD(GIVEN_TEXT, "text", CONTENT_TEXT, 0, 983040, LOOK(.label = "Entry")),
    LOOK_ITEM(GIVEN_ENTRY, "entry", "Entry"),
    LOOK_FIELD(GIVEN_RID, "record", CONTENT_BYTES, 32, 32, LOOK(.label = "Record", .as = LOOK_HIDDEN)),
    LOOK_TIME(GIVEN_AT, "given-at", "Given"),
};

const struct care_kind care_given = {
    .content =
        {
            .kind = GIVEN_KIND,
            .name = "given",
            .ops = 1u << RECORD_CONTENT,
            .classes = 1u << RECORD_CLINICAL,
            .fields = fields,
            .n_fields = sizeof(fields) / sizeof(fields[0]),
        },
    .letter = 'G',
    .title = "Given entry",
    .authors = KINDS_CLINICIANS,
    .readers = KINDS_T,
    .staff_class = RECORD_CLINICAL,
    .brief = {GIVEN_TITLE, GIVEN_TEXT},
};
