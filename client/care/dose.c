/* dose: see dose.h. */
#include "dose.h"

#include "order.h"

uint64_t dose_plausible(unsigned route)
{
	static const uint64_t most[] = {
	    [ORDER_SL] = 6000, [ORDER_ORAL] = 6000, [ORDER_IM] = 3000,
	    [ORDER_IN] = 3000, [ORDER_SC] = 3000,   [ORDER_IV] = 3000,
	};
	return route < sizeof(most) / sizeof(most[0]) ? most[route] : 0;
}

bool dose_is_sprays(uint64_t mg)
{
	return mg == 280 || mg == 560 || mg == 840;
}
