/* session: see session.h. */
#include "session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/care/event.h"
#include "client/care/flag.h"
#include "client/care/order.h"
#include "client/care/session.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/role.h"

#include "book.h"
#include "people.h"

#define MINUTE_MS 60000

/* --- which session --- */

struct search {
	unsigned states; /* bits */
	const struct book_item *found;
	uint64_t found_ms;
};

static int keep_newest(void *arg, const struct book_item *item)
{
	struct search *s = arg;
	const struct content *c = chart_content(item);
	uint64_t state = content_u64(c, SESSION_STATE, SESSION_PLANNED), at = content_u64(c, SESSION_OPENED_AT, 0);
	if (!(s->states & 1u << state))
		return 0;
	at = at ? at : content_peek_head(c)->at_ms;
	if (!s->found || at >= s->found_ms) {
		s->found = item;
		s->found_ms = at;
	}
	return 0;
}

static const struct book_item *newest_in(const struct chart *chart, unsigned states)
{
	struct search s = {.states = states};
	(void)chart_each(chart, SESSION_KIND, keep_newest, &s);
	return s.found;
}

const struct book_item *session_open(const struct chart *chart)
{
	return newest_in(chart, 1u << SESSION_OPEN);
}

const struct book_item *session_newest(const struct chart *chart)
{
	return newest_in(chart, 1u << SESSION_OPEN | 1u << SESSION_CLOSED);
}

struct highest {
	unsigned type;
	uint64_t no;
};

static int note_no(void *arg, const struct book_item *item)
{
	struct highest *h = arg;
	const struct content *c = chart_content(item);
	uint64_t no = content_u64(c, SESSION_NO, 0), state = content_u64(c, SESSION_STATE, SESSION_PLANNED);
	bool held = state == SESSION_OPEN || state == SESSION_CLOSED;
	if (held && content_u64(c, SESSION_TYPE, SESSION_MEDICINE) == h->type && no > h->no)
		h->no = no;
	return 0;
}

uint64_t session_next_no(const struct chart *chart, unsigned type)
{
	struct highest h = {.type = type};
	(void)chart_each(chart, SESSION_KIND, note_no, &h);
	return h.no + 1;
}

/* --- reading one --- */

static int take_event(void *arg, const struct book_item *item)
{
	struct session *s = arg;
	const struct content *c = chart_content(item);
	if (chart_ref(&s->chart, c, EVENT_SESSION) != s->item)
		return 0;
	struct session_event *more = realloc(s->events, (s->n_events + 1) * sizeof(*more));
	if (!more)
		return ERR_NOMEM;
	s->events = more;
	more[s->n_events++] = (struct session_event){.item = item,
	                                             .content = c,
	                                             .what = (unsigned)content_u64(c, EVENT_WHAT, EVENT_NOTE),
	                                             .at_ms = content_peek_head(c)->at_ms,
	                                             .struck = content_bool(c, EVENT_STRUCK, false)};
	return 0;
}

/* In place and stable; a session has some dozens of events, and most come in order. */
static void sort(struct session *s)
{
	for (size_t i = 1; i < s->n_events; i++) {
		struct session_event e = s->events[i];
		size_t at = i;
		for (; at && s->events[at - 1].at_ms > e.at_ms; at--)
			s->events[at] = s->events[at - 1];
		s->events[at] = e;
	}
}

static void count_doses(struct session *s)
{
	for (size_t i = 0; i < s->n_events; i++) {
		const struct session_event *e = &s->events[i];
		if (e->struck || (e->what != EVENT_DOSE && e->what != EVENT_BOOSTER))
			continue;
		s->first_dose_ms = s->doses++ ? s->first_dose_ms : e->at_ms;
		s->last_dose_ms = e->at_ms;
		s->mg += content_u64(e->content, EVENT_MG, 0);
	}
}

/* What the order says now; if it was taken back since, what it said when the session began. */
static void find_order(struct session *s)
{
	uint64_t rev = content_u64(s->content, SESSION_ORDER_REV, 0);
	s->order = chart_ref(&s->chart, s->content, SESSION_ORDER);
	if (!s->order)
		return;
	s->ordered = chart_content(s->order);
	s->order_rev = chart_revision(s->order);
	if (s->ordered || !rev || rev > s->order->n_revisions)
		return;
	s->ordered = s->order->revisions[rev - 1].content;
	s->order_rev = (size_t)rev;
}

int session_read(const struct chart *chart, const struct book_item *item, struct session **out)
{
	const struct content *c = item->kind == SESSION_KIND ? chart_content(item) : NULL;
	struct session *s = c ? calloc(1, sizeof(*s)) : NULL;
	*out = s;
	if (!s)
		return c ? ERR_NOMEM : ERR_ARG;
	s->chart = *chart;
	s->chart.client = chart_subject(chart, item);
	s->item = item;
	s->content = c;
	s->opened_ms = content_u64(c, SESSION_OPENED_AT, 0);
	s->closed_ms = content_u64(c, SESSION_CLOSED_AT, 0);
	find_order(s);
	int err = chart_each(&s->chart, EVENT_KIND, take_event, s);
	if (err) {
		session_free(s);
		*out = NULL;
		return err;
	}
	sort(s);
	count_doses(s);
	return 0;
}

void session_free(struct session *s)
{
	if (s)
		free(s->events);
	free(s);
}

/* --- times --- */

const struct session_event *session_last(const struct session *s, unsigned what, uint64_t until_ms)
{
	for (size_t i = s->n_events; i > 0; i--) {
		const struct session_event *e = &s->events[i - 1];
		if (e->what == what && !e->struck && (!until_ms || e->at_ms <= until_ms))
			return e;
	}
	return NULL;
}

static uint64_t origin(const struct session *s)
{
	return s->first_dose_ms ? s->first_dose_ms : s->opened_ms;
}

int64_t session_minute(const struct session *s, uint64_t at_ms)
{
	int64_t ms = (int64_t)at_ms - (int64_t)origin(s);
	return ms >= 0 ? ms / MINUTE_MS : -((-ms + MINUTE_MS - 1) / MINUTE_MS);
}

bool session_spans(const struct session *s, uint64_t at_ms)
{
	int64_t minute = session_minute(s, at_ms);
	return minute >= SESSION_EARLIEST_MIN && minute <= SESSION_LATEST_MIN;
}

uint64_t session_observed(const struct session *s, uint64_t until_ms)
{
	return s->first_dose_ms && until_ms > s->first_dose_ms ? (until_ms - s->first_dose_ms) / MINUTE_MS : 0;
}

static uint64_t last_at(const struct session *s, unsigned what)
{
	const struct session_event *e = session_last(s, what, 0);
	return e ? e->at_ms : 0;
}

uint64_t session_check_due(const struct session *s)
{
	uint64_t every = s->ordered ? content_u64(s->ordered, ORDER_CHECK_EVERY, 0) : 0;
	uint64_t looked = last_at(s, EVENT_CHECK), vitals = last_at(s, EVENT_VITALS), from = origin(s);
	from = looked > from ? looked : from;
	from = vitals > from ? vitals : from;
	return every ? from + every * MINUTE_MS : 0;
}

uint64_t session_vitals_due(const struct session *s)
{
	uint64_t read = last_at(s, EVENT_VITALS), due = 0;
	struct mp_doc *doc = NULL;
	struct mp_cur list;
	if (!s->ordered || content_open(s->ordered, ORDER_SCHEDULE, &doc, &list))
		return 0;
	while (!due && mp_left(&list) > 0 && !mp_err(&list)) {
		int64_t minute = mp_i64(&list, INT16_MIN, INT16_MAX);
		uint64_t at = minute > 0 ? origin(s) + (uint64_t)minute * MINUTE_MS : 0;
		due = at > read ? at : 0;
	}
	mp_close(doc);
	return due;
}

uint64_t session_observe_until(const struct session *s)
{
	uint64_t minutes = s->ordered ? content_u64(s->ordered, ORDER_OBSERVE, 0) : 0;
	return minutes ? origin(s) + minutes * MINUTE_MS : 0;
}

/* --- flags --- */

struct ack_search {
	const struct chart *chart;
	const struct book_item *session;
	const struct book_ack *found;
};

static int find_ack(void *arg, const struct book_item *flag)
{
	struct ack_search *a = arg;
	if (chart_ref(a->chart, chart_content(flag), FLAG_SOURCE) != a->session)
		return 0;
	for (size_t i = 0; i < flag->n_acks; i++)
		if (flag->acks[i].person->role == ROLE_PRESCRIBER)
			a->found = &flag->acks[i];
	return 0;
}

const struct book_ack *session_acknowledged(const struct chart *chart, const struct book_item *session)
{
	struct ack_search a = {chart, session, NULL};
	(void)chart_each(chart, FLAG_KIND, find_ack, &a);
	return a.found;
}

/* --- the report --- */

const char *session_key(const struct session *s, char out[SESSION_KEY])
{
	time_t at = (time_t)(s->opened_ms / 1000);
	struct tm tm;
	char when[32] = "";
	if (gmtime_r(&at, &tm))
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%MZ", &tm);
	snprintf(out, SESSION_KEY, "%" PRIu64 ", opened %s", content_u64(s->content, SESSION_NO, 0), when);
	return out;
}

struct report_search {
	const struct session *session;
	char key[SESSION_KEY];
	const struct book_item *found;
};

/* A message of the type with this value in its field "session". */
static bool names_session(const struct content *c, const char *key)
{
	struct mp_doc *doc = NULL;
	struct mp_cur list;
	size_t len = 0, name_len, value_len;
	bool found = false;
	const char *type = content_str(c, CONTENT_MESSAGE_TYPE, &len);
	if (!type || len != strlen(SESSION_REPORT_TYPE) || memcmp(type, SESSION_REPORT_TYPE, len) != 0 ||
	    content_open(c, CONTENT_MESSAGE_FIELDS, &doc, &list))
		return false;
	while (mp_left(&list) > 0 && !mp_err(&list)) {
		struct mp_cur pair = mp_enter(&list, 2, 2);
		const char *name = mp_str(&pair, 0, SIZE_MAX, &name_len);
		const char *value = mp_str(&pair, 0, SIZE_MAX, &value_len);
		found = found || (name && value && name_len == 7 && memcmp(name, "session", 7) == 0 &&
		                  value_len == strlen(key) && memcmp(value, key, value_len) == 0);
		mp_leave(&list, &pair);
	}
	mp_close(doc);
	return found;
}

static int find_report(void *arg, const struct book_item *item)
{
	struct report_search *r = arg;
	const struct content *c = chart_content(item);
	if (!c || content_bool(c, CONTENT_WITHDRAWN, false) ||
	    chart_subject(&r->session->chart, item) != r->session->chart.client || !names_session(c, r->key))
		return 0;
	r->found = item;
	return 1;
}

const struct book_item *session_reported(const struct session *s)
{
	struct report_search r = {.session = s};
	session_key(s, r.key);
	(void)book_each(s->chart.book, CONTENT_MESSAGE, NULL, find_report, &r);
	return r.found;
}
