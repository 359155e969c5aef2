/* closing: says that something is over and how: a hold is lifted, a flag resolved, a message dealt with. The thing
 * itself stays as it was written. */
#ifndef KAP_CLIENT_CARE_CLOSING_H
#define KAP_CLIENT_CARE_CLOSING_H

#include "kinds.h"

#define CLOSING_KIND 70

enum {
	CLOSING_ON = 100,
	CLOSING_HOW = 101,
};

extern const struct care_kind care_closing;

#endif
