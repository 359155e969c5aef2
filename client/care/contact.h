/* contact: how the clinic can be reached, when its team reads, and who is on call after whom; said by an admin to
 * everybody. */
#ifndef KAP_CLIENT_CARE_CONTACT_H
#define KAP_CLIENT_CARE_CONTACT_H

#include "kinds.h"

#define CONTACT_KIND 81

enum {
	CONTACT_PHONE = 100,
	CONTACT_HOURS = 101,
	CONTACT_AFTER_HOURS = 102,
	CONTACT_LOOKS = 103,
	CONTACT_ON_CALL = 104, /* turns, in the order in which people are to be asked */
	CONTACT_OPEN = 105,    /* CONTACT_HOURS again, as far as a program can read it */
};

#define CONTACT_TURNS 32
#define CONTACT_SPANS 8

extern const struct care_kind care_contact;

#endif
