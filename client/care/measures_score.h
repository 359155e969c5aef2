/* measures_score: what answers make: the total, and what clinicians read in it. There is a total only when every
 * question was answered; a safety item counts whatever is missing. The author's device computes and the reader's
 * computes again. Knows no record; says nothing about change over time and nothing to clients. */
#ifndef KAP_CLIENT_CARE_MEASURES_SCORE_H
#define KAP_CLIENT_CARE_MEASURES_SCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measures.h"

#define MEASURES_MISSING (-1) /* a question without an answer */

enum measures_count {
	MEASURES_COUNT_UNKNOWN, /* not of this instrument, or not all answered */
	MEASURES_COUNT_NEITHER,
	MEASURES_COUNT_OTHER,
	MEASURES_COUNT_MAJOR,
};

struct measures_score {
	int answered;
	bool complete;
	int sum;        /* of what was answered: for "if you checked off any problems" */
	bool has_total; /* complete, and of an instrument that has one */
	int total;
	bool can_prorate; /* few enough are missing: then `prorated` is a total from the mean of what was answered */
	int prorated;
	bool safety; /* the safety item was answered with its lowest answer that counts, or a higher one */
	int safety_answer;
	enum measures_count count;
	int parts[MEASURES_PARTS];    /* the sum of each part that is answered whole, else MEASURES_MISSING */
	int endorsed[MEASURES_PARTS]; /* how many of its answers count in a pattern */
	bool has_pattern, pattern;    /* there is one and every question was answered; it is met */
};

/* `n` answers in order of the questions. ERR_SHAPE: not as many as there are questions. ERR_RANGE: one that is neither
 * within the instrument's range nor missing. */
int measures_score(const struct measures_instrument *m, const int *answers, size_t n, struct measures_score *out);
/* What clinicians call such a total; NULL: there are no words for it. */
const char *measures_band(const struct measures_instrument *m, int total);

#endif
