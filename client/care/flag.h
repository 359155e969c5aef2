/* flag: something that somebody must take on: raised by a device for one cause, or by a clinician. Acknowledged by an
 * acknowledgement, resolved by a closing. */
#ifndef KAP_CLIENT_CARE_FLAG_H
#define KAP_CLIENT_CARE_FLAG_H

#include "kinds.h"

#define FLAG_KIND 80

enum {
	FLAG_CAUSE = 100,
	FLAG_SEVERITY = 101,
	FLAG_TEXT = 102,
	FLAG_SOURCE = 103,
};

enum {
	FLAG_ITEM_9,
	FLAG_NOT_SAFE,
	FLAG_LIMITS,
	FLAG_ADVERSE_EVENT,
	FLAG_PRE_CHECK,
	FLAG_OVER_ORDER,
	FLAG_SUPPLY,
	FLAG_OTHER
};
enum { FLAG_INFO, FLAG_SOON, FLAG_URGENT };
extern const char *const flag_causes[], *const flag_severities[];

extern const struct care_kind care_flag;

#endif
