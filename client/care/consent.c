/* consent: see consent.h. */
#include "consent.h"

#include "proto/err.h"
#include "proto/record.h"

#include "form.h"
#include "look.h"

bool consent_is_release(uint64_t scope)
{
	return scope == FORM_RELEASE || scope == FORM_NOTE_RELEASE;
}

/* A year and a day after it was signed: the day of a zone may be another than that of UTC. Taking it back is later. */
static bool is_too_long(const struct content *c)
{
	uint64_t signed_on = content_peek_head(c)->at_ms / 86400000;
	uint64_t until = content_u64(c, CONSENT_UNTIL, 0);
	return until > signed_on && until - signed_on > CONSENT_DAYS_MAX + 1;
}

/* A release names who, what and until when. */
static int check(const struct content *c)
{
	uint64_t scope = content_u64(c, CONSENT_SCOPE, FORM_PART2 + 1);
	if (!content_has(c, CONSENT_NAME) || !content_has(c, CONSENT_TEXT_HASH) || scope > FORM_PART2)
		return ERR_SCHEMA;
	if (!consent_is_release(scope))
		return 0;
	if (!content_has(c, CONSENT_TO) || !content_has(c, CONSENT_WHAT) || !content_has(c, CONSENT_UNTIL))
		return ERR_SCHEMA;
	return is_too_long(c) ? ERR_SCHEMA : 0;
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
    LOOK_WORDS(CONSENT_TO, "to", 1, 200, "To", .ask = "To whom may it be given"),
    LOOK_WORDS(CONSENT_WHAT, "what", 1, 500, "What", .ask = "What may be given"),
    LOOK_DATE(CONSENT_UNTIL, "until", "Until", .ask = "Until which day (a year at most)"),
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
