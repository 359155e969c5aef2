/* screening: the questions that are offered at a clearance, by their codes. Knows no answer and decides nothing. */
#ifndef KAP_CLIENT_CARE_SCREENING_H
#define KAP_CLIENT_CARE_SCREENING_H

#include <stdbool.h>
#include <stddef.h>

struct screening {
	const char *code;
	bool must; /* whoever is to be cleared, this is to be known */
	const char *question;
};

/* NULL beyond the last. */
const struct screening *screening_at(size_t i);
/* The question of a code, NULL when there is none: a prescriber may have asked something else. */
const struct screening *screening_find(const char *code, size_t len);

#endif
