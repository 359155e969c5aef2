/* deadline: see deadline.h. */
#include "deadline.h"

#include "client/care/session.h"
#include "proto/content.h"

#include "chart.h"
#include "dosing.h"
#include "oncall.h"

/* One that nobody has closed in a day was forgotten. */
struct open {
	uint64_t now_ms;
};

static int is_open(void *arg, const struct book_item *item)
{
	const struct open *o = arg;
	const struct content *c = chart_content(item);
	uint64_t opened = content_u64(c, SESSION_OPENED_AT, content_peek_head(c)->at_ms);
	return content_u64(c, SESSION_TYPE, SESSION_PREP) == SESSION_MEDICINE &&
	       content_u64(c, SESSION_STATE, SESSION_CLOSED) == SESSION_OPEN && opened <= o->now_ms &&
	       o->now_ms < opened + DOSING_HOLD_MS;
}

bool deadline_in_session(const struct chart *about, uint64_t now_ms)
{
	struct open o = {now_ms};
	return about->client && (chart_each(about, SESSION_KIND, is_open, &o) || dosing_is_open(about, now_ms));
}

uint64_t deadline_urgent_ms(const struct chart *about, uint64_t made_ms)
{
	const struct book_item *contact = oncall_contact(about->book, about->people);
	if (deadline_in_session(about, made_ms))
		return made_ms + DEADLINE_IN_SESSION_MS;
	bool closed = contact && oncall_is_open(chart_content(contact), (int64_t)(made_ms / 1000)) == 0;
	return made_ms + (closed ? DEADLINE_CLOSED_MS : DEADLINE_OPEN_MS);
}
