/* morning: see morning.h. */
#include <time.h>

#include "morning.h"

uint64_t morning_after(uint64_t ms)
{
	time_t at = (time_t)(ms / 1000), morning = 0;
	struct tm tm;
	tzset();
	if (!localtime_r(&at, &tm))
		return ms;
	for (int days = 0; days < 3; days++) {
		struct tm six = {.tm_year = tm.tm_year,
		                 .tm_mon = tm.tm_mon,
		                 .tm_mday = tm.tm_mday + days,
		                 .tm_hour = MORNING_HOUR,
		                 .tm_isdst = -1};
		morning = mktime(&six);
		if (morning > at)
			break;
	}
	return (uint64_t)morning * 1000;
}
