/* fhir_internal: what the files of fhir.h share: the bundle as it grows, and the small parts that every resource has.
 * Nobody else includes this. */
#ifndef KAP_CLIENT_LEAVE_FHIR_INTERNAL_H
#define KAP_CLIENT_LEAVE_FHIR_INTERNAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/book/chart.h"

#include "fhir.h"

#define FHIR_ID 37 /* of a UUID and its end */
#define FHIR_LOINC "http://loinc.org"
#define FHIR_SNOMED "http://snomed.info/sct"
#define FHIR_UCUM "http://unitsofmeasure.org"
#define FHIR_CATEGORY "http://terminology.hl7.org/CodeSystem/observation-category"
#define FHIR_PEOPLE 64

struct fhir {
	const struct fhir_opts *o;
	struct fhir_result *result;
	json_t *entries;
	const struct person *staff[FHIR_PEOPLE]; /* those who were named so far */
	size_t n_staff;
	int err; /* jansson answers -1 for what it could not add, NULL included; the first error stays */
};

/* Members and elements that `value` is given away to. */
void fhir_set(struct fhir *f, json_t *object, const char *key, json_t *value);
void fhir_push(struct fhir *f, json_t *array, json_t *value);
/* [value] */
json_t *fhir_list(struct fhir *f, json_t *value);
json_t *fhir_text(const char *text, size_t len);
json_t *fhir_moment(uint64_t ms, int16_t offset);
json_t *fhir_day(uint32_t day);

/* {"coding": [...], "text": ...}; code NULL: words alone. */
struct fhir_code {
	const char *system, *code, *display;
};
json_t *fhir_concept(struct fhir *f, const struct fhir_code *code, const char *text);
/* `value` kept with `decimals`; in UCUM. */
json_t *fhir_quantity(struct fhir *f, int64_t value, unsigned decimals, const char *unit);

/* {"reference": "urn:uuid:..."} to the resource made of an item, or of `part` of it, to the client, to somebody of the
 * clinic. */
json_t *fhir_to_item(struct fhir *f, const struct book_item *item, const char *part);
json_t *fhir_to_client(struct fhir *f);
json_t *fhir_to_person(struct fhir *f, const struct person *person);

/* A resource of this type, not yet in the bundle: with its id. fhir_add puts it there. */
json_t *fhir_resource(struct fhir *f, const char *type, const struct book_item *item, const char *part);
void fhir_add(struct fhir *f, json_t *resource);
/* An Observation that is final, of the category and code, about the client, at that time. */
struct fhir_about {
	const struct book_item *item;
	const char *part, *category;
	uint64_t at_ms;
	bool struck; /* entered by mistake */
};
json_t *fhir_observation(struct fhir *f, const struct fhir_about *about, json_t *code);

void fhir_measures(struct fhir *f); /* fhir_measure.c */
void fhir_sessions(struct fhir *f); /* fhir_session.c */
void fhir_words(struct fhir *f);    /* fhir_words.c */

#endif
