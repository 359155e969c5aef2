/* assignment: something a clinician asks a client to write or to fill in. The client may skip it without a word; done
 * is said by an acknowledgement. */
#ifndef KAP_CLIENT_CARE_ASSIGNMENT_H
#define KAP_CLIENT_CARE_ASSIGNMENT_H

#include "kinds.h"

#define ASSIGNMENT_KIND 65

enum {
	ASSIGNMENT_PROMPT = 100,
	ASSIGNMENT_TEXT = 101,
	ASSIGNMENT_MEASURE = 102,
	ASSIGNMENT_CHECKIN = 103,
	ASSIGNMENT_DUE = 104,
	ASSIGNMENT_REPEAT = 105,
	ASSIGNMENT_TIMES = 106,
	ASSIGNMENT_STATE = 107,
};

enum { ASSIGNMENT_NONE, ASSIGNMENT_DAILY, ASSIGNMENT_WEEKLY };
enum { ASSIGNMENT_OPEN, ASSIGNMENT_WITHDRAWN };

extern const struct care_kind care_assignment;

#endif
