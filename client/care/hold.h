/* hold: a reason not to hold a session. A prescriber lifts any, a therapist their own. */
#ifndef KAP_CLIENT_CARE_HOLD_H
#define KAP_CLIENT_CARE_HOLD_H

#include "kinds.h"

#define HOLD_KIND 69

enum {
	HOLD_REASON = 100,
	HOLD_UNTIL = 101,
};

extern const struct care_kind care_hold;

#endif
