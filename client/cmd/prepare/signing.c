/* signing: see signing.h. */
#include <stdint.h>

#include "client/book/dosing.h"
#include "client/ui/when.h"
#include "client/ui/why.h"
#include "proto/err.h"

#include "signing.h"

#define DAY_S 86400

static int64_t day_of(const struct when *w)
{
	return (w->s + 60 * (int64_t)w->offset_min) / DAY_S;
}

int signing_check(const struct chart *chart, const struct when *now, struct why *why)
{
	uint64_t until = dosing_no_sign_until(chart, (uint64_t)now->s * 1000);
	char clock[WHEN_TEXT], date[WHEN_TEXT];
	if (!until && dosing_is_open(chart, (uint64_t)now->s * 1000))
		return why_set(why, ERR_ROLE,
		               "This can be signed after the session has ended. Medicine days are not signing days.");
	if (!until)
		return 0;
	struct when w = when_local((int64_t)(until / 1000));
	int64_t days = day_of(&w) - day_of(now);
	return why_set(why, ERR_ROLE, "This can be signed after %s %s. Medicine days are not signing days.",
	               when_clock(&w, clock),
	               days == 0   ? "today"
	               : days == 1 ? "tomorrow"
	                           : when_date(&w, now, date));
}
