/* supply: see supply.h. */
#include "supply.h"

#include "proto/err.h"
#include "proto/record.h"

#include "look.h"

const char *const supply_types[] = {"dispensed", "wasted", "returned", "lost", "count", NULL};

static int check(const struct content *c)
{
	return content_has(c, SUPPLY_TYPE) && content_has(c, SUPPLY_UNITS) ? 0 : ERR_SCHEMA;
}

static const struct content_rule fields[] = {
    LOOK_ONE_OF(SUPPLY_TYPE, "type", 4, supply_types, "What"),
    LOOK_NUMBER(SUPPLY_UNITS, "units", 0, 10000, "Units"),
    LOOK_NUMBER(SUPPLY_UNIT_MG, "unit-mg", 1, 10000, "Unit", .unit = "mg", .decimals = 1),
    LOOK_WORDS(SUPPLY_NOTE, "note", 1, 500, "Note"),
};

const struct care_kind care_supply = {
    .content =
        {
            .kind = SUPPLY_KIND,
            .name = "supply",
            .ops = 1u << RECORD_CONTENT,
            .classes = 1u << RECORD_SHARED | 1u << RECORD_CLINICAL,
            .fields = fields,
            .n_fields = sizeof(fields) / sizeof(fields[0]),
            .check = check,
        },
    .title = "Supply",
    .authors = KINDS_C | KINDS_P | KINDS_M,
    .readers = KINDS_C | KINDS_CLINICIANS,
    .staff_class = RECORD_CLINICAL,
    .brief = {SUPPLY_TYPE, SUPPLY_UNITS, SUPPLY_UNIT_MG},
};
