/* measure: the answers to a questionnaire, by the number of the question, and the total that the author's device
 * computed, which every reader's device computes again. What they mean is in measures.h. Private, unless it was
 * assigned or somebody is named. */
#ifndef KAP_CLIENT_CARE_MEASURE_H
#define KAP_CLIENT_CARE_MEASURE_H

#include <stddef.h>

#include "kinds.h"

struct measures_instrument;

#define MEASURE_KIND 66

enum {
	MEASURE_INSTRUMENT = 100,
	MEASURE_VERSION = 101,
	MEASURE_ANSWERS = 102,
	MEASURE_TOTAL = 103,
	MEASURE_COMPLETE = 104,
	MEASURE_CONTEXT = 105,
	MEASURE_DIFFICULTY = 106,
	MEASURE_PRORATED = 107,
	MEASURE_EXT_NAME = 110,
	MEASURE_EXT_TOTAL = 111,
	MEASURE_EXT_MAX = 112,
	MEASURE_EXT_BY = 113,
	MEASURE_ASSIGNMENT = 120,
};

#define MEASURE_MISSING (-1) /* a question without an answer */

#define MEASURE_ANSWER_MAX 100
#define MEASURE_ID_MAX 32

/* The answers in it, at most `max`; returns how many there are. */
size_t measure_answers(const struct content *c, int *out, size_t max);
/* The instrument that is built in, in the version it was filled in; NULL: another one. */
const struct measures_instrument *measure_known(const struct content *c);

extern const struct care_kind care_measure;

#endif
