/* clearance: see clearance.h. */
#include "clearance.h"

#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"

#include "look.h"

const char *const clearance_decisions[] = {"pending", "needs-info",  "cleared", "cleared-with-conditions",
                                           "hold",    "not-cleared", NULL};
const char *const clearance_answers[] = {"yes", "no", "unknown", "na", NULL};
static const struct content_rule item_parts[] = {
    {.name = "code", .type = CONTENT_TEXT, .min = 1, .max = 40, .required = true},
    {.name = "answer",
     .type = CONTENT_UINT,
     .max = 3,
     .required = true,
     .look = LOOK(.as = LOOK_CHOICE, .words = clearance_answers)},
    {.name = "must", .type = CONTENT_BOOL, .required = true, .look = LOOK(.label = "Must be known", .as = LOOK_HIDDEN)},
    {.name = "note", .type = CONTENT_TEXT, .max = 500},
};

/* An unknown answer to what must be known clears nobody. */
static bool has_open_must(const struct content *c)
{
	struct mp_doc *doc = NULL;
	struct mp_cur list;
	struct clearance_item item;
	bool open = false;
	if (content_open(c, CLEARANCE_ITEMS, &doc, &list))
		return false;
	while (clearance_next(&list, &item))
		open = open || (item.must && item.answer == CLEARANCE_UNKNOWN);
	mp_close(doc);
	return open;
}

bool clearance_next(struct mp_cur *list, struct clearance_item *out)
{
	if (!mp_left(list))
		return false;
	struct mp_cur item = mp_enter(list, 4, 4);
	*out = (struct clearance_item){0};
	out->code = mp_str(&item, 1, 160, &out->code_len);
	out->answer = mp_u64(&item, 0, CLEARANCE_NA);
	out->must = mp_bool(&item);
	if (!mp_nil(&item))
		out->note = mp_str(&item, 0, SIZE_MAX, &out->note_len);
	mp_leave(list, &item);
	return !mp_err(list);
}

/* A year and a day after it was written: the day of a zone may be another than that of UTC. */
static bool is_too_long(const struct content *c)
{
	uint64_t written = content_peek_head(c)->at_ms / 86400000;
	uint64_t until = content_u64(c, CLEARANCE_VALID_UNTIL, 0);
	return until > written && until - written > CLEARANCE_DAYS_MAX + 1;
}

enum clearance_fault clearance_find_fault(const struct content *c)
{
	uint64_t decision = content_u64(c, CLEARANCE_DECISION, CLEARANCE_DECISIONS);
	bool cleared = decision == CLEARANCE_CLEARED || decision == CLEARANCE_CONDITIONAL;
	if (decision == CLEARANCE_DECISIONS)
		return CLEARANCE_LACKS_DECISION;
	if (decision == CLEARANCE_CLEARED && has_open_must(c))
		return CLEARANCE_OPEN_MUST;
	if (decision == CLEARANCE_CONDITIONAL && !content_has(c, CLEARANCE_CONDITIONS))
		return CLEARANCE_LACKS_CONDITIONS;
	if (cleared && !content_has(c, CLEARANCE_VALID_UNTIL) && !content_has(c, CLEARANCE_SESSIONS))
		return CLEARANCE_LACKS_END;
	return is_too_long(c) ? CLEARANCE_TOO_LONG : CLEARANCE_FITS;
}

static int check(const struct content *c)
{
	return clearance_find_fault(c) == CLEARANCE_FITS ? 0 : ERR_SCHEMA;
}

static const struct content_rule fields[] = {
    LOOK_FIELD(CLEARANCE_ITEMS, "items", CONTENT_TUPLE, 0, 0, LOOK(.label = "Screening"), .list_max = 48,
               .parts = item_parts, .n_parts = 4),
    LOOK_ONE_OF(CLEARANCE_DECISION, "decision", 5, clearance_decisions, "Decision",
                .ask = "Decision (pending, needs-info, cleared, cleared-with-conditions, hold, not-cleared)"),
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
    .letter = 'L',
    .title = "Clearance",
    .authors = KINDS_P,
    .readers = KINDS_C | KINDS_CLINICIANS,
    .staff_class = RECORD_CLINICAL,
    .brief = {CLEARANCE_DECISION, CLEARANCE_VALID_UNTIL, CLEARANCE_SESSIONS, CLEARANCE_CONDITIONS},
};
