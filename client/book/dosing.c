/* dosing: see dosing.h. */
#include <stddef.h>

#include "client/care/morning.h"
#include "client/care/summary.h"
#include "proto/content.h"

#include "chart.h"

#include "dosing.h"

/* The dose nearest before a moment, and the newest of all. */
struct doses {
	uint64_t before_ms, nearest, last, last_closed;
};

static int note_dose(void *arg, const struct book_item *item)
{
	struct doses *d = arg;
	const struct content *c = chart_content(item);
	uint64_t first = content_u64(c, SUMMARY_FIRST_DOSE, 0), last = content_u64(c, SUMMARY_LAST_DOSE, first);
	if (first && first <= d->before_ms) {
		uint64_t near = last <= d->before_ms ? last : first;
		d->nearest = near > d->nearest ? near : d->nearest;
	}
	uint64_t closed = content_u64(c, SUMMARY_CLOSED_AT, 0);
	if (last > d->last || (last == d->last && closed > d->last_closed)) { /* several people write of one session */
		d->last = last;
		d->last_closed = closed;
	}
	return 0;
}

static struct doses find_doses(const struct chart *chart, uint64_t before_ms)
{
	struct doses d = {.before_ms = before_ms};
	(void)chart_each(chart, SUMMARY_KIND, note_dose, &d);
	return d;
}

uint64_t dosing_last(const struct chart *chart)
{
	return find_doses(chart, 0).last;
}

bool dosing_is_open(const struct chart *chart, uint64_t now_ms)
{
	struct doses d = find_doses(chart, now_ms);
	return d.last && !d.last_closed && now_ms < d.last + DOSING_HOLD_MS;
}

uint64_t dosing_hold_until(const struct chart *chart, uint64_t written_ms, uint64_t now_ms)
{
	struct doses d = find_doses(chart, written_ms);
	if (!d.nearest || written_ms - d.nearest >= DOSING_HOLD_MS)
		return 0;
	uint64_t until = morning_after(written_ms);
	return until > now_ms ? until : 0;
}

uint64_t dosing_no_sign_until(const struct chart *chart, uint64_t now_ms)
{
	struct doses d = find_doses(chart, now_ms);
	uint64_t until = d.last ? morning_after(d.last) : 0;
	return until > now_ms ? until : 0;
}
