/* consent: see consent.h. */
#include "consent.h"

#include "proto/err.h"
#include "proto/record.h"

#include "form.h"
#include "look.h"

/* A release names who, what and until when. */
static int check(const struct content *c)
{
	uint64_t scope = content_u64(c, CONSENT_SCOPE, FORM_PART2 + 1);
	bool release = scope == FORM_RELEASE || scope == FORM_NOTE_RELEASE;
	if (!content_has(c, CONSENT_NAME) || !content_has(c, CONSENT_TEXT_HASH) || scope > FORM_PART2)
		return ERR_SCHEMA;
	if (!release)
		return 0;
	return content_has(c, CONSENT_TO) && content_has(c, CONSENT_WHAT) && content_has(c, CONSENT_UNTIL) ? 0 : ERR_SCHEMA;
}

static const struct content_rule fields[] = {
    LOOK_WORDS(CONSENT_TITLE, "title", 1, 120, "Title"),
    LOOK_ITEM(CONSENT_FORM, "form", "Form"),
    LOOK_WORDS(CONSENT_TEMPLATE, "template", 1, 40, "Form"),
    LOOK_NUMBER(CONSENT_VERSION, "version", 1, 10000, "Version"),
    LOOK_FIELD(CONSENT_TEXT_HASH, "text-sha256", CONTENT_BYTES, 32, 32,
               LOOK(.label = "SHA-256 of the text", .as = LOOK_HIDDEN)),
    LOOK_WORDS(CONSENT_NAME, "name", 1, 80, "Signed by"),
    LOOK_ONE_OF(CONSENT_SCOPE, "scope", 5, form_scopes, "Scope"),
    LOOK_WORDS(CONSENT_TO, "to", 1, 200, "To"),
    LOOK_WORDS(CONSENT_WHAT, "what", 1, 500, "What"),
    LOOK_DATE(CONSENT_UNTIL, "until", "Until"),
    LOOK_TIME(CONSENT_WITHDRAWN_AT, "withdrawn-at", "Taken back"),
};

const struct care_kind care_consent = {
    .content =
        {
            .kind = CONSENT_KIND,
            .name = "consent",
            .ops = 1u << RECORD_CONTENT,
            .classes = 1u << RECORD_SHARED,
            .fields = fields,
            .n_fields = sizeof(fields) / sizeof(fields[0]),
            .check = check,
        },
    .letter = 'K',
    .title = "Consent",
    .authors = KINDS_C,
    .readers = KINDS_CLINICIANS,
    .staff_class = RECORD_SHARED,
    .brief = {CONSENT_TITLE, CONSENT_SCOPE, CONSENT_UNTIL, CONSENT_WITHDRAWN_AT},
};
