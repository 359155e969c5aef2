/* contact: see contact.h. */
#include "contact.h"

#include "proto/err.h"
#include "proto/record.h"

#include "look.h"

/* Somebody on call: from Monday 0 to Sunday 6 as bits, from a minute of the local day to another (over midnight if it
 * is the smaller one), in a zone of the tz database. */
static const struct content_rule turn_parts[] = {
    {.name = "person", .type = CONTENT_BYTES, .min = 16, .max = 16, .required = true},
    {.name = "days", .type = CONTENT_UINT, .min = 1, .max = 127, .required = true},
    {.name = "from", .type = CONTENT_UINT, .max = 1439, .required = true},
    {.name = "to", .type = CONTENT_UINT, .max = 1439, .required = true},
    {.name = "zone", .type = CONTENT_TEXT, .min = 1, .max = 64, .required = true},
    /* for those who do not know the person, such as clients of others */
    {.name = "name", .type = CONTENT_TEXT, .min = 1, .max = 80, .unit = CONTENT_IN_CHARACTERS},
};

/* The same for when the clinic is open. */
static const struct content_rule open_parts[] = {
    {.name = "days", .type = CONTENT_UINT, .min = 1, .max = 127, .required = true},
    {.name = "from", .type = CONTENT_UINT, .max = 1439, .required = true},
    {.name = "to", .type = CONTENT_UINT, .max = 1439, .required = true},
    {.name = "zone", .type = CONTENT_TEXT, .min = 1, .max = 64, .required = true},
};

static const struct content_rule fields[] = {
    LOOK_WORDS(CONTACT_PHONE, "phone", 1, 40, "Clinic phone"),
    LOOK_WORDS(CONTACT_HOURS, "hours", 1, 80, "Hours"),
    LOOK_WORDS(CONTACT_AFTER_HOURS, "after-hours", 1, 40, "After hours"),
    LOOK_WORDS(CONTACT_LOOKS, "looks", 1, 120, "Read"),
    LOOK_FIELD(CONTACT_ON_CALL, "on-call", CONTENT_TUPLE, 0, 0, LOOK(.label = "On call"), .list_max = 32,
               .parts = turn_parts, .n_parts = sizeof(turn_parts) / sizeof(turn_parts[0])),
    LOOK_FIELD(CONTACT_OPEN, "open", CONTENT_TUPLE, 0, 0, LOOK(.label = "Open", .as = LOOK_HIDDEN), .list_max = 8,
               .parts = open_parts, .n_parts = sizeof(open_parts) / sizeof(open_parts[0])),
};

const struct care_kind care_contact = {
    .content =
        {
            .kind = CONTACT_KIND,
            .name = "contact",
            .ops = 1u << RECORD_CONTENT,
            .classes = 1u << RECORD_CONTROL,
            .fields = fields,
            .n_fields = sizeof(fields) / sizeof(fields[0]),
        },
    .title = "Clinic contact",
    .authors = KINDS_A,
    .readers = 0,
    .staff_class = RECORD_CONTROL,
    .brief = {CONTACT_PHONE, CONTACT_HOURS},
};
