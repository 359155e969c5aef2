/* fhir: what one can read about a client as an HL7 FHIR R4 bundle, for another program to take over: measures, vitals,
 * doses, messages, consents. The client is a pseudonym unless the name is asked for; journal entries and notes are in
 * it in no case. Knows the chart; no command, no file. Nothing here diagnoses: a total is a number. */
#ifndef KAP_CLIENT_LEAVE_FHIR_H
#define KAP_CLIENT_LEAVE_FHIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct chart;

struct fhir_opts {
	const struct chart *chart; /* of one client */
	uint64_t now_ms;
	bool with_name;
};

struct fhir_result {
	size_t resources;
	size_t measures, vitals, doses, messages, consents;
};

/* Appends the bundle as JSON with a newline at its end. The same record gives the same ids every time, on every device.
 * ERR_NOMEM, ERR_TOO_BIG. */
int fhir_put(const struct fhir_opts *opts, struct buf *out, struct fhir_result *result);

#endif
