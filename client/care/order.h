/* order: what a prescriber ordered for a client's sessions: route, amounts, limits of vitals, times. A change is a new
 * revision, and r3 is the third. Every number in it is the prescriber's; none is the program's. */
#ifndef KAP_CLIENT_CARE_ORDER_H
#define KAP_CLIENT_CARE_ORDER_H

#include "kinds.h"

#define ORDER_KIND 68

enum {
	ORDER_DRUG = 100,
	ORDER_ROUTE = 101,
	ORDER_UNIT_MG = 102,
	ORDER_UNITS = 103,
	ORDER_BOOSTER_UNITS = 104,
	ORDER_BOOSTER_FROM = 105,
	ORDER_BOOSTER_TO = 106,
	ORDER_MAX_MG = 107,
	ORDER_SESSIONS = 108,
	ORDER_MIN_DAYS = 109,
	ORDER_PRE_SYS = 110,
	ORDER_PRE_DIA = 111,
	ORDER_PRE_HR = 112,
	ORDER_PRE_SYS_MIN = 113,
	ORDER_PRE_DIA_MIN = 114,
	ORDER_PRE_HR_MIN = 115,
	ORDER_ACT_SYS = 116,
	ORDER_ACT_DIA = 117,
	ORDER_ACT_HR = 118,
	ORDER_ACT_SPO2 = 119,
	ORDER_RETAKE = 120,
	ORDER_CHECK_EVERY = 121,
	ORDER_SCHEDULE = 122,
	ORDER_OBSERVE = 123,
	ORDER_FASTING = 124,
	ORDER_HOLDS = 125,
	ORDER_VALID_UNTIL = 126,
};

enum { ORDER_KETAMINE, ORDER_ESKETAMINE, ORDER_OTHER };
enum { ORDER_SL, ORDER_ORAL, ORDER_IM, ORDER_IN, ORDER_SC, ORDER_IV };
extern const char *const order_drugs[], *const order_routes[];
extern const uint32_t order_needed[]; /* fields without which there is no order; 0 at the end */

/* What of an order does not add up, the first of it. */
enum order_fault {
	ORDER_FITS,
	ORDER_LACKS,              /* one of order_needed */
	ORDER_OVER_MAX,           /* units and booster are more than the most in a session */
	ORDER_NO_SPRAY,           /* esketamine, and not 28, 56 or 84 mg */
	ORDER_NO_BOOSTER,         /* times of a booster, but no booster */
	ORDER_BOOSTER_ENDS_FIRST, /* until lies before from */
	ORDER_LIMITS_CROSS,       /* no value is above the lower and below the upper limit for starting */
	ORDER_SCHEDULE_MIXED,     /* the minutes do not ascend */
};
enum order_fault order_find_fault(const struct content *c);
/* What the units and the booster are together, in tenths of a milligram. */
uint64_t order_total(const struct content *c);

extern const struct care_kind care_order;

#endif
