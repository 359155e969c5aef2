/* med: one medicine that a client takes, took, or takes as needed. */
#ifndef KAP_CLIENT_CARE_MED_H
#define KAP_CLIENT_CARE_MED_H

#include "kinds.h"

#define MED_KIND 71

enum {
	MED_NAME = 100,
	MED_DOSE = 101,
	MED_SINCE = 102,
	MED_STATE = 103,
	MED_SOURCE = 104,
	MED_CHANGED = 105,
};

enum { MED_TAKING, MED_STOPPED, MED_AS_NEEDED };
extern const char *const med_states[];

extern const struct care_kind care_med;

#endif
