/* given: the clinic's own copy of an entry that a client gave to the record: it stays there. The client's entry stays
 * the client's. */
#ifndef KAP_CLIENT_CARE_GIVEN_H
#define KAP_CLIENT_CARE_GIVEN_H

#include "kinds.h"

#define GIVEN_KIND 82

enum {
	GIVEN_TITLE = 1,
	GIVEN_TEXT = 2,
	GIVEN_ENTRY = 100,
	GIVEN_RID = 101,
	GIVEN_AT = 102,
};

extern const struct care_kind care_given;

#endif
