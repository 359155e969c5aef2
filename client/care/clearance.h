/* clearance: a prescriber's decision about a client, with its reasons: stored as decided, never computed. */
#ifndef KAP_CLIENT_CARE_CLEARANCE_H
#define KAP_CLIENT_CARE_CLEARANCE_H

#include "kinds.h"

struct mp_cur;

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

extern const char *const clearance_decisions[], *const clearance_answers[];

/* One answer of the screening. */
struct clearance_item {
	const char *code, *note; /* not NUL-terminated; note NULL for none */
	size_t code_len, note_len;
	uint64_t answer;
	bool must; /* it must be known */
};
/* The next of an open list of CLEARANCE_ITEMS; false at its end. Borrowed from the list. */
bool clearance_next(struct mp_cur *list, struct clearance_item *out);

#define CLEARANCE_DAYS_MAX 365

/* What of a clearance does not fit together, the first of it. */
enum clearance_fault {
	CLEARANCE_FITS,
	CLEARANCE_LACKS_DECISION,
	CLEARANCE_OPEN_MUST, /* cleared, and something that must be known is not */
	CLEARANCE_LACKS_CONDITIONS,
	CLEARANCE_LACKS_END, /* cleared for ever */
	CLEARANCE_TOO_LONG,  /* valid longer than CLEARANCE_DAYS_MAX */
};
enum clearance_fault clearance_find_fault(const struct content *c);

extern const struct care_kind care_clearance;

#endif
