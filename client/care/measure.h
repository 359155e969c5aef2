/* measure: the answers to a questionnaire, by the number of the question, and the total that the author's device
 * computed. What they mean is in measures.h. Private, unless it was assigned or somebody is named. */
#ifndef KAP_CLIENT_CARE_MEASURE_H
#define KAP_CLIENT_CARE_MEASURE_H

#include "kinds.h"

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

extern const struct care_kind care_measure;

#endif
