/* fhir_words: messages about the client as Communications, consents as Consents; see fhir.h. */
#include <stdio.h>
#include <string.h>

#include "client/book/people.h"
#include "client/care/consent.h"
#include "client/care/form.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/mp.h"

#include "fhir_internal.h"

#define WORDS "words"
#define SCOPES "http://terminology.hl7.org/CodeSystem/consentscope"
#define LINE 4400

/* --- messages --- */

static void add_payload(struct fhir *f, json_t *payloads, const char *text, size_t len)
{
	json_t *payload = json_object();
	fhir_set(f, payload, "contentString", fhir_text(text, len));
	fhir_push(f, payloads, payload);
}

/* What its type asks for, one payload each: "saw: ..."; what the words of the message say already is not said twice. */
static void add_fields(struct fhir *f, json_t *payloads, const struct content *c)
{
	struct mp_doc *doc = NULL;
	struct mp_cur list;
	char line[LINE];
	size_t body_len = 0;
	const char *body = content_str(c, CONTENT_BODY, &body_len);
	if (content_open(c, CONTENT_MESSAGE_FIELDS, &doc, &list))
		return;
	while (mp_left(&list) > 0 && !mp_err(&list)) {
		struct mp_cur pair = mp_enter(&list, 2, 2);
		size_t name_len = 0, len = 0;
		const char *name = mp_str(&pair, 1, SIZE_MAX, &name_len), *value = mp_str(&pair, 1, SIZE_MAX, &len);
		bool said = body && value && memmem(body, body_len, value, len);
		if (name && value && !said && name_len < 64 && len < LINE - 80) {
			int n = snprintf(line, sizeof(line), "%.*s: %.*s", (int)name_len, name, (int)len, value);
			add_payload(f, payloads, line, n > 0 ? (size_t)n : 0);
		}
		mp_leave(&list, &pair);
	}
	mp_close(doc);
}

static const struct book_item *replies_to(const struct fhir *f, const struct content *c)
{
	size_t len = 0;
	const uint8_t *ref = content_bin(c, CONTENT_REPLY_TO, &len);
	const struct book_item *item = ref && len == 32 ? book_by_ref(f->o->chart->book, ref) : NULL;
	bool here = item && item->kind == CONTENT_MESSAGE && chart_stands(item) &&
	            chart_subject(f->o->chart, item) == f->o->chart->client;
	return here ? item : NULL;
}

static void put_people(struct fhir *f, json_t *m, const struct book_item *item)
{
	json_t *to = json_array();
	fhir_set(f, m, "sender", fhir_to_person(f, item->author));
	for (size_t i = 0; i < item->n_readers; i++)
		fhir_push(f, to, fhir_to_person(f, item->readers[i].person));
	if (json_array_size(to))
		fhir_set(f, m, "recipient", to);
	else
		json_decref(to);
}

static int add_message(void *arg, const struct book_item *item)
{
	static const char *const priorities[] = {"routine", "asap", "urgent", "asap"};
	struct fhir *f = arg;
	const struct content *c = chart_content(item);
	const struct book_item *before = replies_to(f, c);
	json_t *m = fhir_resource(f, "Communication", item, WORDS), *payloads = json_array();
	size_t len = 0;
	const char *text = content_str(c, CONTENT_MESSAGE_TYPE, &len);
	uint64_t priority = content_u64(c, CONTENT_PRIORITY, 0);
	if (before)
		fhir_set(f, m, "inResponseTo", fhir_list(f, fhir_to_item(f, before, WORDS)));
	fhir_set(f, m, "status", json_string(content_bool(c, CONTENT_WITHDRAWN, false) ? "entered-in-error" : "completed"));
	fhir_set(f, m, "priority", json_string(priorities[priority < 4 ? priority : 0]));
	fhir_set(f, m, "subject", fhir_to_client(f));
	if (text) {
		json_t *topic = json_object();
		fhir_set(f, topic, "text", fhir_text(text, len));
		fhir_set(f, m, "topic", topic);
	}
	fhir_set(f, m, "sent", fhir_moment(item->at_ms, item->offset));
	put_people(f, m, item);
	text = content_str(c, CONTENT_BODY, &len);
	if (text && len)
		add_payload(f, payloads, text, len);
	add_fields(f, payloads, c);
	if (json_array_size(payloads))
		fhir_set(f, m, "payload", payloads);
	else
		json_decref(payloads);
	fhir_add(f, m);
	f->result->messages++;
	return f->err;
}

/* --- consents --- */

static json_t *provision_of(struct fhir *f, const struct content *c)
{
	json_t *provision = json_object(), *period = json_object();
	fhir_set(f, provision, "type", json_string("permit"));
	fhir_set(f, period, "end", fhir_day((uint32_t)content_u64(c, CONSENT_UNTIL, 0)));
	fhir_set(f, provision, "period", period);
	return provision;
}

/* Which text was agreed to: its title, version and SHA-256. */
static json_t *policy_of(struct fhir *f, const struct content *c)
{
	char hex[65] = "", text[640];
	size_t len = 0, hash_len = 0;
	const char *title = content_str(c, CONSENT_TITLE, &len);
	const uint8_t *hash = content_bin(c, CONSENT_TEXT_HASH, &hash_len);
	for (size_t i = 0; hash && i < hash_len && i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	snprintf(text, sizeof(text), "%.*s, version %u, SHA-256 of the text %s", title ? (int)len : 4,
	         title ? title : "Form", (unsigned)content_u64(c, CONSENT_VERSION, 1), hex);
	return fhir_concept(f, NULL, text);
}

static int add_consent(void *arg, const struct book_item *item)
{
	static const struct fhir_code treatment = {SCOPES, "treatment", "Treatment"};
	static const struct fhir_code privacy = {SCOPES, "patient-privacy", "Privacy Consent"};
	static const struct fhir_code document = {FHIR_LOINC, "59284-0", "Consent Document"};
	struct fhir *f = arg;
	const struct content *c = chart_content(item);
	uint64_t scope = content_u64(c, CONSENT_SCOPE, FORM_PART2);
	json_t *r = fhir_resource(f, "Consent", item, WORDS);
	fhir_set(f, r, "status", json_string(content_has(c, CONSENT_WITHDRAWN_AT) ? "inactive" : "active"));
	fhir_set(f, r, "scope", fhir_concept(f, scope == FORM_TREATMENT ? &treatment : &privacy, NULL));
	fhir_set(f, r, "category",
	         fhir_list(f, fhir_concept(f, &document, form_scopes[scope <= FORM_PART2 ? scope : FORM_PART2])));
	fhir_set(f, r, "patient", fhir_to_client(f));
	fhir_set(f, r, "dateTime", fhir_moment(item->at_ms, item->offset));
	fhir_set(f, r, "performer", fhir_list(f, fhir_to_person(f, item->author)));
	fhir_set(f, r, "policyRule", policy_of(f, c));
	if (content_has(c, CONSENT_UNTIL))
		fhir_set(f, r, "provision", provision_of(f, c));
	fhir_add(f, r);
	f->result->consents++;
	return f->err;
}

void fhir_words(struct fhir *f)
{
	(void)chart_each(f->o->chart, CONTENT_MESSAGE, add_message, f);
	(void)chart_each(f->o->chart, CONSENT_KIND, add_consent, f);
}
