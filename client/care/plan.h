/* plan: a client's own safety plan, in their own words, made alone or with a therapist. */
#ifndef KAP_CLIENT_CARE_PLAN_H
#define KAP_CLIENT_CARE_PLAN_H

#include "kinds.h"

#define PLAN_KIND 78

enum {
	PLAN_STARTS = 100,
	PLAN_ALONE = 101,
	PLAN_PLACES = 102,
	PLAN_PEOPLE = 103,
	PLAN_PROFESSIONALS = 104,
	PLAN_SAFER = 105,
	PLAN_REASONS = 106,
};

extern const struct care_kind care_plan;

#endif
