/* prompts: the integration prompts that come with the program: a table of words, and how to find a row. Knows nothing
 * of schedules or of who answered what. Every prompt may be skipped; that is the caller's to offer. */
#ifndef KAP_CLIENT_CARE_PROMPTS_H
#define KAP_CLIENT_CARE_PROMPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct prompts_row {
	const char *id;  /* "first-03" */
	uint8_t minutes; /* about */
	uint8_t weight;  /* 1 light, 2 medium, 3 can be heavy: warn before showing it */
	const char *text;
};
struct prompts_phase {
	const char *name;  /* "first" */
	const char *title; /* "First hours" */
};

/* Exact id, NULL when there is none. */
const struct prompts_row *prompts_find(const char *id);
/* All rows in order; *n is their number. */
const struct prompts_row *prompts_all(size_t *n);
const struct prompts_phase *prompts_phases(size_t *n);
/* The phase of a prompt is its id's part before the dash. */
bool prompts_in(const struct prompts_row *row, const struct prompts_phase *phase);

/* What to say before a prompt of weight 3. */
#define PROMPTS_WARNING "This one can bring up hard things. Skip any time."

#endif
