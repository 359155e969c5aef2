/* zone: the local time somewhere else, by the name of its zone in the tz database ("America/New_York"), with its summer
 * time. Asks the C library, which knows one zone at a time: TZ is another one for the length of the call, so no other
 * thread may look at local times meanwhile. */
#ifndef KAP_CLIENT_ZONE_H
#define KAP_CLIENT_ZONE_H

#include <stdint.h>

#define ZONE_NAME 65 /* bytes, with the NUL */

struct zone_time {
	unsigned day;    /* Monday 0 to Sunday 6 */
	unsigned minute; /* of the day, 0..1439 */
};

/* ERR_NOT_FOUND: this machine does not know such a zone. */
int zone_local(const char *zone, int64_t utc_s, struct zone_time *out);
/* The name of this machine's own zone: TZ if it names one, else what /etc/localtime points to, else "UTC". */
const char *zone_here(char out[ZONE_NAME]);

#endif
