/* fhir: the bundle, the people in it, and the parts that every resource has; see fhir.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/book/people.h"
#include "client/ui/when.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/role.h"

#include "fhir_internal.h"

#define DAY_S INT64_C(86400)
#define DIGITS 12 /* of a number with decimals */

/* --- small parts --- */

void fhir_set(struct fhir *f, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) && !f->err)
		f->err = ERR_NOMEM;
}

void fhir_push(struct fhir *f, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) && !f->err)
		f->err = ERR_NOMEM;
}

json_t *fhir_list(struct fhir *f, json_t *value)
{
	json_t *array = json_array();
	fhir_push(f, array, value);
	return array;
}

json_t *fhir_text(const char *text, size_t len)
{
	return json_stringn(text, len);
}

json_t *fhir_moment(uint64_t ms, int16_t offset)
{
	char text[WHEN_TEXT];
	return json_string(when_iso(&(struct when){(int64_t)(ms / 1000), offset}, text));
}

json_t *fhir_day(uint32_t day)
{
	char text[WHEN_TEXT];
	when_iso(&(struct when){(int64_t)day * DAY_S, 0}, text);
	return json_stringn(text, 10);
}

json_t *fhir_concept(struct fhir *f, const struct fhir_code *code, const char *text)
{
	json_t *concept = json_object();
	if (code && code->code) {
		json_t *coding = json_object();
		fhir_set(f, coding, "system", json_string(code->system));
		fhir_set(f, coding, "code", json_string(code->code));
		if (code->display)
			fhir_set(f, coding, "display", json_string(code->display));
		fhir_set(f, concept, "coding", fhir_list(f, coding));
	}
	if (text)
		fhir_set(f, concept, "text", json_string(text));
	return concept;
}

json_t *fhir_quantity(struct fhir *f, int64_t value, unsigned decimals, const char *unit)
{
	json_t *quantity = json_object();
	int64_t whole = 1;
	for (unsigned i = 0; i < decimals; i++)
		whole *= 10;
	fhir_set(f, quantity, "value",
	         value % whole ? json_real((double)value / (double)whole) : json_integer(value / whole));
	fhir_set(f, quantity, "unit", json_string(unit));
	fhir_set(f, quantity, "system", json_string(FHIR_UCUM));
	fhir_set(f, quantity, "code", json_string(unit));
	return quantity;
}

/* --- ids --- */

/* A UUID of version 8 (RFC 9562) made of a hash, so that the same thing has the same id on every device. */
static void uuid_of(const struct crypto_bytes *parts, size_t n, char out[FHIR_ID])
{
	uint8_t h[CRYPTO_HASH];
	if (crypto_sha256(parts, n, h))
		memset(h, 0, sizeof(h));
	h[6] = (uint8_t)((h[6] & 0x0f) | 0x80);
	h[8] = (uint8_t)((h[8] & 0x3f) | 0x80);
	snprintf(out, FHIR_ID, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", h[0], h[1], h[2],
	         h[3], h[4], h[5], h[6], h[7], h[8], h[9], h[10], h[11], h[12], h[13], h[14], h[15]);
}

/* The id of a resource made of an item, or of `part` of it. */
static void id_of(const struct book_item *item, const char *part, char out[FHIR_ID])
{
	const struct crypto_bytes parts[] = {{"fhir item", 9},
	                                     {item->author->root, sizeof(item->author->root)},
	                                     {item->id, sizeof(item->id)},
	                                     {part, strlen(part)}};
	uuid_of(parts, 4, out);
}

/* Of the identity they had first, hashed: who has the file alone cannot find the person at the clinic by it. */
static void person_id(const struct person *person, char out[FHIR_ID])
{
	const struct crypto_bytes parts[] = {{"fhir person", 11}, {person->root, sizeof(person->root)}};
	uuid_of(parts, 2, out);
}

static json_t *reference(struct fhir *f, const char *id)
{
	json_t *object = json_object();
	fhir_set(f, object, "reference", json_sprintf("urn:uuid:%s", id));
	return object;
}

json_t *fhir_to_item(struct fhir *f, const struct book_item *item, const char *part)
{
	char id[FHIR_ID];
	id_of(item, part, id);
	return reference(f, id);
}

json_t *fhir_to_client(struct fhir *f)
{
	return fhir_to_person(f, f->o->chart->client);
}

json_t *fhir_to_person(struct fhir *f, const struct person *person)
{
	char id[FHIR_ID];
	bool known = person == f->o->chart->client;
	for (size_t i = 0; i < f->n_staff && !known; i++)
		known = f->staff[i] == person;
	if (!known && f->n_staff == FHIR_PEOPLE)
		f->err = ERR_TOO_BIG;
	else if (!known)
		f->staff[f->n_staff++] = person;
	person_id(person, id);
	return reference(f, id);
}

/* --- resources --- */

static json_t *resource(struct fhir *f, const char *type, const char *id)
{
	json_t *object = json_object();
	fhir_set(f, object, "resourceType", json_string(type));
	fhir_set(f, object, "id", json_string(id));
	return object;
}

json_t *fhir_resource(struct fhir *f, const char *type, const struct book_item *item, const char *part)
{
	char id[FHIR_ID];
	id_of(item, part, id);
	return resource(f, type, id);
}

static void add_at(struct fhir *f, json_t *entries, json_t *object)
{
	json_t *entry = json_object();
	fhir_set(f, entry, "fullUrl", json_sprintf("urn:uuid:%s", json_string_value(json_object_get(object, "id"))));
	fhir_set(f, entry, "resource", object);
	fhir_push(f, entries, entry);
	f->result->resources++;
}

void fhir_add(struct fhir *f, json_t *object)
{
	add_at(f, f->entries, object);
}

json_t *fhir_observation(struct fhir *f, const struct fhir_about *about, json_t *code)
{
	json_t *o = fhir_resource(f, "Observation", about->item, about->part);
	const struct fhir_code category = {FHIR_CATEGORY, about->category, NULL};
	fhir_set(f, o, "status", json_string(about->struck ? "entered-in-error" : "final"));
	fhir_set(f, o, "category", fhir_list(f, fhir_concept(f, &category, NULL)));
	fhir_set(f, o, "code", code);
	fhir_set(f, o, "subject", fhir_to_client(f));
	fhir_set(f, o, "effectiveDateTime", fhir_moment(about->at_ms, about->item->offset));
	return o;
}

/* --- people --- */

static void add_person(struct fhir *f, json_t *entries, const struct person *person, const char *type)
{
	char id[FHIR_ID];
	person_id(person, id);
	json_t *p = resource(f, type, id), *identifier = json_object();
	fhir_set(f, identifier, "system", json_string("urn:ietf:rfc:3986"));
	fhir_set(f, identifier, "value", json_sprintf("urn:uuid:%s", id));
	fhir_set(f, p, "identifier", fhir_list(f, identifier));
	if (f->o->with_name) {
		json_t *name = json_object();
		fhir_set(f, name, "text", json_string(person->name));
		fhir_set(f, p, "name", fhir_list(f, name));
	}
	add_at(f, entries, p);
}

/* --- the bundle --- */

static json_t *bundle_of(struct fhir *f)
{
	json_t *bundle = json_object(), *all = json_array();
	fhir_set(f, bundle, "resourceType", json_string("Bundle"));
	fhir_set(f, bundle, "type", json_string("collection"));
	fhir_set(f, bundle, "timestamp", fhir_moment(f->o->now_ms, 0));
	add_person(f, all, f->o->chart->client, "Patient");
	for (size_t i = 0; i < f->n_staff; i++)
		add_person(f, all, f->staff[i], f->staff[i]->role == ROLE_CLIENT ? "Patient" : "Practitioner");
	if (json_array_extend(all, f->entries))
		f->err = ERR_NOMEM;
	fhir_set(f, bundle, "entry", all);
	return bundle;
}

int fhir_put(const struct fhir_opts *opts, struct buf *out, struct fhir_result *result)
{
	struct fhir f = {.o = opts, .result = result, .entries = json_array()};
	char *text = NULL;
	*result = (struct fhir_result){0};
	fhir_measures(&f);
	fhir_sessions(&f);
	fhir_words(&f);
	json_t *bundle = bundle_of(&f);
	if (!f.err)
		text = json_dumps(bundle, JSON_INDENT(2) | JSON_REAL_PRECISION(DIGITS));
	if (!f.err && !text)
		f.err = ERR_NOMEM;
	if (!f.err && !buf_put(out, text, strlen(text)))
		buf_put_u8(out, '\n');
	if (text)
		crypto_wipe(text, strlen(text));
	free(text);
	json_decref(bundle);
	json_decref(f.entries);
	return f.err ? f.err : buf_err(out);
}
