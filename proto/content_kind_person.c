/* content_kind_person: the kinds about who somebody is: what was given back to a person who lost everything, and the
 * outcome of a check (PROTOCOL.md section 7). */
#include "content.h"

#include "err.h"
#include "record.h"

#define OP(op) (1u << (op))
#define IN(record_class) (1u << (record_class))
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define GIVEN_MAX 1000000 /* bytes of an encoded content: with the record around it, it still fits a payload */

static const struct content_rule regiven_fields[] = {
    {.key = CONTENT_GIVEN_RECORD,
     .name = "record",
     .type = CONTENT_BYTES,
     .min = 1,
     .max = RECORD_MAX,
     .required = true},
    {.key = CONTENT_GIVEN_KEY, .name = "key", .type = CONTENT_BYTES, .min = 32, .max = 32, .required = true},
    {.key = CONTENT_GIVEN_SALT, .name = "salt", .type = CONTENT_BYTES, .min = 24, .max = 24, .required = true},
    {.key = CONTENT_GIVEN_CONTENT,
     .name = "content",
     .type = CONTENT_BYTES,
     .min = 1,
     .max = GIVEN_MAX,
     .required = true},
};
const struct content_kind content_regiven = {
    .kind = CONTENT_REGIVEN,
    .name = "regiven",
    .ops = OP(RECORD_CONTENT),
    .classes = IN(RECORD_PRIVATE) | IN(RECORD_SHARED),
    .fields = regiven_fields,
    .n_fields = COUNT(regiven_fields),
};

static const struct content_rule check_fields[] = {
    {.key = CONTENT_CHECKED, .name = "genesis", .type = CONTENT_BYTES, .min = 32, .max = 32, .required = true},
    {.key = CONTENT_CHECKED_HEAD, .name = "chain-head", .type = CONTENT_BYTES, .min = 32, .max = 32, .required = true},
    {.key = CONTENT_CHECK_STATE, .name = "state", .type = CONTENT_UINT, .min = 1, .max = 3, .required = true},
};
const struct content_kind content_check_note = {
    .kind = CONTENT_CHECK,
    .name = "check",
    .ops = OP(RECORD_CONTENT),
    .classes = IN(RECORD_PRIVATE),
    .fields = check_fields,
    .n_fields = COUNT(check_fields),
};
