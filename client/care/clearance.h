/* clearance: a prescriber's decision about a client, with its reasons: stored as decided, never computed. */
#ifndef KAP_CLIENT_CARE_CLEARANCE_H
#define KAP_CLIENT_CARE_CLEARANCE_H

#include "kinds.h"

#define CLEARANCE_KIND 67

enum {
	CLEARANCE_ITEMS = 100,
	CLEARANCE_DECISION = 101,
	CLEARANCE_CONDITIONS = 102,
	CLEARANCE_REASONS = 103,
	CLEARANCE_VALID_UNTIL = 104,
	CLEARANCE_SESSIONS = 105,
	CLEARANCE_BASIS = 106,
};

enum {
	CLEARANCE_PENDING,
	CLEARANCE_NEEDS_INFO,
	CLEARANCE_CLEARED,
	CLEARANCE_CONDITIONAL,
	CLEARANCE_HOLD,
	CLEARANCE_NOT,
	CLEARANCE_DECISIONS
};
enum {
	CLEARANCE_YES,
	CLEARANCE_NO,
	CLEARANCE_UNKNOWN,
	CLEARANCE_NA
}; /* answers of items: [code, answer, must be known, note] */

extern const struct care_kind care_clearance;

#endif
