/* dosing: see dosing.h. */
#include <stddef.h>

#include "client/care/morning.h"
#include "client/care/summary.h"
#include "proto/content.h"
#include "proto/record.h"

#include "chart.h"

#include "dosing.h"

/* The dose nearest before a moment, the newest of all, and one that is ahead of this device's clock. */
struct doses {
	uint64_t before_ms, now_ms;
	uint64_t nearest, last, last_closed, ahead;
};

static int note_dose(void *arg, const struct book_item *item)
{
	struct doses *d = arg;
	const struct content *c = chart_content(item);
	uint64_t first = content_u64(c, SUMMARY_FIRST_DOSE, 0), last = content_u64(c, SUMMARY_LAST_DOSE, first);
	uint64_t latest = d->now_ms + DOSING_HOLD_MS;
	if (!first || first > latest)
		return 0;
	last = last > latest ? first : last;
	if (first <= d->before_ms) {
		uint64_t near = last <= d->before_ms ? last : first;
		d->nearest = near > d->nearest ? near : d->nearest;
	}
	if (first > d->now_ms && first > d->ahead)
		d->ahead = first;
	uint64_t closed = content_u64(c, SUMMARY_CLOSED_AT, 0);
	if (last > d->last || (last == d->last && closed > d->last_closed)) { /* several people write of one session */
		d->last = last;
		d->last_closed = closed;
	}
	return 0;
}

static struct doses find_doses(const struct chart *chart, uint64_t before_ms, uint64_t now_ms)
{
	struct doses d = {.before_ms = before_ms, .now_ms = now_ms};
	(void)chart_each(chart, SUMMARY_KIND, note_dose, &d);
	return d;
}

uint64_t dosing_last(const struct chart *chart)
{
	return find_doses(chart, 0, UINT64_MAX - DOSING_HOLD_MS).last;
}

bool dosing_is_open(const struct chart *chart, uint64_t now_ms)
{
	struct doses d = find_doses(chart, now_ms, now_ms);
	return d.last && !d.last_closed && now_ms < d.last + DOSING_HOLD_MS;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

uint64_t dosing_hold_until(const struct chart *chart, uint64_t written_ms, uint64_t now_ms)
{
	struct doses d = find_doses(chart, written_ms, now_ms);
	uint64_t until = 0;
	if (d.nearest && written_ms - d.nearest < DOSING_HOLD_MS)
		until = morning_after(written_ms);
	if (d.ahead && written_ms + DOSING_HOLD_MS > now_ms)
		until = later(until, morning_after(d.ahead));
	return until > now_ms ? until : 0;
}

uint64_t dosing_item_until(const struct chart *chart, const struct book_item *item, uint64_t now_ms)
{
	uint64_t until = 0;
	for (size_t i = 0; i < item->n_revisions; i++) {
		const struct book_revision *r = &item->revisions[i];
		if (!r->content || r->op == RECORD_SHARE)
			continue;
		const struct content_head *head = content_peek_head(r->content);
		until = later(until, dosing_hold_until(chart, head->made_ms, now_ms));
		until = later(until, dosing_hold_until(chart, head->at_ms, now_ms));
	}
	return until;
}

uint64_t dosing_no_sign_until(const struct chart *chart, uint64_t now_ms)
{
	struct doses d = find_doses(chart, now_ms, now_ms);
	uint64_t until = d.last ? morning_after(d.last) : 0;
	return until > now_ms ? until : 0;
}
