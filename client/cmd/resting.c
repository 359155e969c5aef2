/* resting: see resting.h. */
#include <stdio.h>
#include <time.h>

#include "client/book/chart.h"
#include "client/book/dosing.h"
#include "client/ui/out.h"
#include "proto/role.h"

#include "desk.h"

#include "resting.h"

/* Not when the desk was opened: writing takes a while. */
static uint64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static struct chart own(const struct desk *d)
{
	return (struct chart){d->book, d->people, people_self(d->people)};
}

static bool is_client(const struct desk *d)
{
	return people_self(d->people)->role == ROLE_CLIENT;
}

static int64_t day_of(const struct when *w)
{
	return (w->s + 60 * (int64_t)w->offset_min) / 86400;
}

const char *resting_time(const struct desk *d, uint64_t ms, char out[RESTING_TEXT])
{
	static const char *const days[] = {"today ", "tomorrow "};
	struct when at = desk_when(ms);
	int64_t ahead = day_of(&at) - day_of(&d->now);
	char text[WHEN_TEXT];
	if (ahead == 0 || ahead == 1)
		snprintf(out, RESTING_TEXT, "%s%s", days[ahead], when_clock(&at, text));
	else
		snprintf(out, RESTING_TEXT, "%s", when_human(&at, &d->now, text));
	return out;
}

int resting_session(struct desk *d, const char *what, const char *then)
{
	struct chart chart = own(d);
	if (!is_client(d) || !dosing_is_open(&chart, now_ms()))
		return KAP_OK;
	return kap_fail(d->kap, KAP_NOT_ALLOWED,
	                "Your medicine session is still open: %s waits until it has ended. Writing always works: `%s "
	                "quick`. %s",
	                what, d->kap->title, then);
}

static uint64_t item_until(const struct desk *d, const struct book_item *item)
{
	struct chart chart = own(d);
	return is_client(d) ? dosing_item_until(&chart, item, now_ms()) : 0;
}

int resting_entries(struct desk *d, const struct book_item *const *items, size_t n, const char *then)
{
	char time[RESTING_TEXT];
	size_t waiting = 0;
	for (size_t i = 0; i < n; i++)
		waiting += item_until(d, items[i]) > 0;
	if (!waiting)
		return KAP_OK;
	if (n == 1)
		return kap_fail(d->kap, KAP_NOT_ALLOWED,
		                "It was written within 24 hours of medicine, so sharing waits until %s. %s",
		                resting_time(d, item_until(d, items[0]), time), then);
	for (size_t i = 0; i < n; i++)
		if (item_until(d, items[i]))
			out_say(d->kap->out, "Entry %u was written within 24 hours of medicine, so sharing it waits until %s.",
			        items[i]->number, resting_time(d, item_until(d, items[i]), time));
	return kap_fail(d->kap, KAP_NOT_ALLOWED, "%zu of these %zu entries %s. %s", waiting, n,
	                waiting == 1 ? "waits" : "wait", then);
}

/* Until when what happened at `at_ms` and is written now waits. */
static uint64_t until_of(const struct desk *d, uint64_t at_ms)
{
	struct chart chart = own(d);
	if (!is_client(d))
		return 0;
	uint64_t written = dosing_hold_until(&chart, now_ms(), now_ms());
	uint64_t happened = at_ms ? dosing_hold_until(&chart, at_ms, now_ms()) : 0;
	return written > happened ? written : happened;
}

uint64_t resting_until(const struct desk *d)
{
	return until_of(d, 0);
}

bool resting_say(struct desk *d, uint64_t at_ms)
{
	char time[RESTING_TEXT];
	uint64_t until = until_of(d, at_ms);
	struct when at = desk_when(until);
	if (!until)
		return false;
	out_when(d->kap->out, "rests-until", NULL, &at);
	out_say(d->kap->out, "It was written within 24 hours of medicine, so sharing waits until %s.",
	        resting_time(d, until, time));
	return true;
}
