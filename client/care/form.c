/* form: see form.h. */
#include "form.h"

#include "proto/err.h"
#include "proto/record.h"

#include "look.h"

const char *const form_scopes[] = {"treatment", "recording", "messaging", "release", "psychotherapy-note-release",
                                   "part2",     NULL};

static int check(const struct content *c)
{
	return content_has(c, FORM_TITLE) && content_has(c, FORM_TEXT) && content_has(c, FORM_SCOPE) ? 0 : ERR_SCHEMA;
}

static const struct content_rule fields[] = {
    LOOK_WORDS(FORM_TITLE, "title", 1, 120, "Title"),
    LOOK_FIELD(FORM_TEXT, "text", CONTENT_TEXT, 1, 65536, LOOK(.label = "Text")),
    LOOK_ONE_OF(FORM_SCOPE, "scope", 5, form_scopes, "Scope",
                .ask = "Scope (treatment, recording, messaging, release, psychotherapy-note-release, part2)"),
    LOOK_NUMBER(FORM_VERSION, "version", 1, 10000, "Version"),
    LOOK_WORDS(FORM_TEMPLATE, "template", 1, 40, "Form"),
};

const struct care_kind care_form = {
    .content =
        {
            .kind = FORM_KIND,
            .name = "form",
            .ops = 1u << RECORD_CONTENT,
            .classes = 1u << RECORD_CLINICAL,
            .fields = fields,
            .n_fields = sizeof(fields) / sizeof(fields[0]),
            .check = check,
        },
    .letter = 'D',
    .title = "Consent form",
    .authors = KINDS_CLINICIANS,
    .readers = KINDS_C | KINDS_CLINICIANS,
    .staff_class = RECORD_CLINICAL,
    .brief = {FORM_TITLE, FORM_SCOPE, FORM_VERSION},
};
