/* morning: the next local morning, when what had to rest after medicine may go on. Knows the local zone, and no record.
 */
#ifndef KAP_CLIENT_CARE_MORNING_H
#define KAP_CLIENT_CARE_MORNING_H

#include <stdint.h>

#define MORNING_HOUR 6

/* The first 6:00 of the local clock after `ms` (milliseconds since 1970), also over a change of the clock. */
uint64_t morning_after(uint64_t ms);

#endif
