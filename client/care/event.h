/* event: one moment of a session: a dose, vitals, a check, something adverse, a note. A wrong one is corrected by a
 * revision. */
#ifndef KAP_CLIENT_CARE_EVENT_H
#define KAP_CLIENT_CARE_EVENT_H

#include "kinds.h"

#define EVENT_KIND 74

enum {
	EVENT_TEXT = 2,
	EVENT_SESSION = 100,
	EVENT_WHAT = 101,
	EVENT_STRUCK = 103, /* entered by mistake: counts nowhere, stays to be seen */
	EVENT_DRUG = 110,
	EVENT_ROUTE = 111,
	EVENT_MG = 112,
	EVENT_UNITS = 113,
	EVENT_UNIT_MG = 114,
	EVENT_HOLD_MIN = 115,
	EVENT_SWALLOWED = 116,
	EVENT_LOT = 117,
	EVENT_GIVEN_BY = 118,
	EVENT_REASON = 119,
	EVENT_SYS = 130,
	EVENT_DIA = 131,
	EVENT_HR = 132,
	EVENT_SPO2 = 133,
	EVENT_RR = 134,
	EVENT_TEMP = 135,
	EVENT_SITE = 136,
	EVENT_DEVICE = 137,
	EVENT_WHO = 138,
	EVENT_LIMIT = 139,
	EVENT_ORDER_REV = 140,
	EVENT_BY = 150,
	EVENT_RESPONDING = 151,
	EVENT_COMFORT = 152,
	EVENT_AE_TERM = 160,
	EVENT_AE_OTHER = 161,
	EVENT_SEVERITY = 162,
	EVENT_ONSET = 163,
	EVENT_ACTION = 164,
	EVENT_OUTCOME = 165,
	EVENT_TOLD_AT = 166,
};

enum { EVENT_VITALS, EVENT_DOSE, EVENT_CHECK, EVENT_AE, EVENT_NOTE, EVENT_BOOSTER, EVENT_MED };
enum { EVENT_WITHIN, EVENT_ABOVE, EVENT_BELOW };
extern const char *const event_ae_terms[];

extern const struct care_kind care_event;

#endif
