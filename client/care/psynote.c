/* psynote: see psynote.h. */
#include "psynote.h"

#include "proto/err.h"
#include "proto/record.h"

#include "look.h"
#include "psynote_guard.h"

static int check(const struct content *c)
{
	size_t len;
	const char *text = content_str(c, PSYNOTE_TEXT, &len);
	return text && !psynote_guard_find(text, len) ? 0 : ERR_SCHEMA;
}

static const struct content_rule fields[] = {
    LOOK_FIELD(PSYNOTE_TEXT, "text", CONTENT_TEXT, 1, 65536, LOOK(.label = "Note")),
    LOOK_ITEM(PSYNOTE_SESSION, "session", "Session"),
};

const struct care_kind care_psynote = {
    .content =
        {
            .kind = PSYNOTE_KIND,
            .name = "psynote",
            .ops = 1u << RECORD_CONTENT,
            .classes = 1u << RECORD_PRIVATE,
            .fields = fields,
            .n_fields = sizeof(fields) / sizeof(fields[0]),
            .check = check,
        },
    .letter = 'N',
    .title = "Psychotherapy note",
    .authors = KINDS_T,
    .readers = 0,
    .staff_class = RECORD_PRIVATE,
    .brief = {PSYNOTE_TEXT},
};
