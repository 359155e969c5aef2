/* limits: what a reading of vitals is beside the limits of an order: within, above or below. Knows no client, no time
 * and no limit of its own: every number is the prescriber's. */
#ifndef KAP_CLIENT_CARE_LIMITS_H
#define KAP_CLIENT_CARE_LIMITS_H

#include <stdbool.h>

struct content;

#define LIMITS_TEXT 96

struct limits {
	bool any;               /* the order says something about what was read; else the rest means nothing */
	unsigned state;         /* EVENT_WITHIN, EVENT_ABOVE, EVENT_BELOW; above goes before below */
	char text[LIMITS_TEXT]; /* the limits that are not kept: "160/100", "HR 120, SpO2 92%"; "" within */
};

/* `vitals` has the fields of an event. Act at: reached is above; oxygen is below when it is less. */
struct limits limits_during(const struct content *vitals, const struct content *order);
/* The same for the limits within which a session may start. */
struct limits limits_start(const struct content *vitals, const struct content *order);

#endif
