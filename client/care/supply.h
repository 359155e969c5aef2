/* supply: units of a medicine that came, went or were counted. What was taken is in the sessions and is not written
 * twice. */
#ifndef KAP_CLIENT_CARE_SUPPLY_H
#define KAP_CLIENT_CARE_SUPPLY_H

#include "kinds.h"

#define SUPPLY_KIND 72

enum {
	SUPPLY_TYPE = 100,
	SUPPLY_UNITS = 101,
	SUPPLY_UNIT_MG = 102,
	SUPPLY_NOTE = 103,
};

enum { SUPPLY_DISPENSED, SUPPLY_WASTED, SUPPLY_RETURNED, SUPPLY_LOST, SUPPLY_COUNT };
extern const char *const supply_types[];

extern const struct care_kind care_supply;

#endif
