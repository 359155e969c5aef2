/* clearance: see clearance.h. */
#include "clearance.h"

#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"

#include "look.h"

static const char *const decisions[] = {"pending", "needs-info",  "cleared", "cleared-with-conditions",
                                        "hold",    "not-cleared", NULL};
static const char *const answers[] = {"yes", "no", "unknown", "na", NULL};
static const struct content_rule item_parts[] = {
    {.name = "code", .type = CONTENT_TEXT, .min = 1, .max = 40, .required = true},
    {.name = "answer",
     .type = CONTENT_UINT,
     .max = 3,
     .required = true,
     .look = LOOK(.as = LOOK_CHOICE, .words = answers)},
    {.name = "must", .type = CONTENT_BOOL, .required = true},
    {.name = "note", .type = CONTENT_TEXT, .max = 500},
};

/* An unknown answer to what must be known clears nobody. */
static bool has_open_must(const struct content *c)
{
	struct mp_doc *doc = NULL;
	struct mp_cur list;
	bool open = false;
	if (content_open(c, CLEARANCE_ITEMS, &doc, &list))
		return false;
	while (mp_left(&list) > 0) {
		struct mp_cur item = mp_enter(&list, 4, 4);
		mp_skip(&item);
		uint64_t answer = mp_u64(&item, 0, 3);
		bool must = mp_bool(&item);
		open = open || (must && answer == CLEARANCE_UNKNOWN);
		mp_skip(&item);
		mp_leave(&list, &item);
	}
	mp_close(doc);
	return open;
}

static int check(const struct content *c)
{
	uint64_t decision = content_u64(c, CLEARANCE_DECISION, CLEARANCE_DECISIONS);
	bool cleared = decision == CLEARANCE_CLEARED || decision == CLEARANCE_CONDITIONAL;
	if (decision == CLEARANCE_DECISIONS || (decision == CLEARANCE_CLEARED && has_open_must(c)))
		return ERR_SCHEMA;
	if (decision == CLEARANCE_CONDITIONAL && !content_has(c, CLEARANCE_CONDITIONS))
		return ERR_SCHEMA;
	return cleared && !content_has(c, CLEARANCE_VALID_UNTIL) && !content_has(c, CLEARANCE_SESSIONS) ? ERR_SCHEMA : 0;
}

static const struct content_rule fields[] = {
    LOOK_FIELD(CLEARANCE_ITEMS, "items", CONTENT_TUPLE, 0, 0, LOOK(.label = "Screening"), .list_max = 48,
               .parts = item_parts, .n_parts = 4),
    LOOK_ONE_OF(CLEARANCE_DECISION, "decision", 5, decisions, "Decision"),
    LOOK_WORDS(CLEARANCE_CONDITIONS, "conditions", 1, 2000, "Conditions"),
    LOOK_WORDS(CLEARANCE_REASONS, "reasons", 3, 2000, "Reasons"),
    LOOK_DATE(CLEARANCE_VALID_UNTIL, "valid-until", "Valid until"),
    LOOK_NUMBER(CLEARANCE_SESSIONS, "sessions", 1, 12, "Sessions allowed"),
    LOOK_WORDS(CLEARANCE_BASIS, "basis", 1, 200, "Based on", .ask = "Based on (interview, labs, EKG, records)"),
};

const struct care_kind care_clearance = {
    .content =
        {
            .kind = CLEARANCE_KIND,
            .name = "clearance",
            .ops = 1u << RECORD_CONTENT,
            .classes = 1u << RECORD_CLINICAL,
            .fields = fields,
            .n_fields = sizeof(fields) / sizeof(fields[0]),
            .check = check,
        },
    .title = "Clearance",
    .authors = KINDS_P,
    .readers = KINDS_C | KINDS_CLINICIANS,
    .staff_class = RECORD_CLINICAL,
    .brief = {CLEARANCE_DECISION, CLEARANCE_VALID_UNTIL, CLEARANCE_SESSIONS, CLEARANCE_CONDITIONS},
};
