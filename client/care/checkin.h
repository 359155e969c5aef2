/* checkin: a short look at how a day is: scales of 0 to 10, sleep, safety. Private, unless it was assigned. */
#ifndef KAP_CLIENT_CARE_CHECKIN_H
#define KAP_CLIENT_CARE_CHECKIN_H

#include "kinds.h"

#define CHECKIN_KIND 64

enum {
	CHECKIN_MOOD = 100,
	CHECKIN_ANXIETY = 101,
	CHECKIN_ENERGY = 102,
	CHECKIN_CONNECTION = 103,
	CHECKIN_HOPE = 104,
	CHECKIN_SLEEP = 105,
	CHECKIN_SAFE = 106,
	CHECKIN_URINARY = 107,
	CHECKIN_ALCOHOL = 108,
	CHECKIN_CANNABIS = 109,
	CHECKIN_OTHER = 110,
	CHECKIN_NEW_MEDS = 111,
	CHECKIN_ASSIGNMENT = 112,
};

#define CHECKIN_SAFE_NO 1

extern const struct care_kind care_checkin;

#endif
