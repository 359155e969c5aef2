/* summary_sessions: see summary_sessions.h. What was entered by mistake counts nowhere. */
#include <stdio.h>
#include <stdlib.h>

#include "client/book/session.h"
#include "client/care/event.h"
#include "client/care/order.h"
#include "client/care/session.h"
#include "client/ui/out.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"

#include "desk.h"

#include "summary_sessions.h"

#define ADVERSE_COLUMNS 24
#define SESSIONS_MAX 256

struct peaks {
	uint64_t sys, dia, hr, spo2; /* 0: not measured; sys and dia are of one reading, spo2 is the lowest */
	uint64_t route;
	size_t above;
};

static void note_vitals(struct peaks *p, const struct content *c)
{
	uint64_t sys = content_u64(c, EVENT_SYS, 0), hr = content_u64(c, EVENT_HR, 0), spo2 = content_u64(c, EVENT_SPO2, 0);
	if (sys > p->sys) {
		p->sys = sys;
		p->dia = content_u64(c, EVENT_DIA, 0);
	}
	p->hr = hr > p->hr ? hr : p->hr;
	p->spo2 = spo2 && (!p->spo2 || spo2 < p->spo2) ? spo2 : p->spo2;
	p->above += content_u64(c, EVENT_LIMIT, EVENT_WITHIN) == EVENT_ABOVE;
}

static struct peaks peaks_of(const struct session *s)
{
	struct peaks p = {.route = ORDER_IV + 1};
	for (size_t i = 0; i < s->n_events; i++) {
		const struct session_event *e = &s->events[i];
		if (e->struck)
			continue;
		if (e->what == EVENT_VITALS)
			note_vitals(&p, e->content);
		if (e->what == EVENT_DOSE || e->what == EVENT_BOOSTER)
			p.route = content_u64(e->content, EVENT_ROUTE, p.route);
	}
	return p;
}

static const char *term_of(const struct content *c)
{
	uint64_t term = content_u64(c, EVENT_AE_TERM, 0);
	for (uint64_t i = 0; event_ae_terms[i]; i++)
		if (i == term)
			return event_ae_terms[i];
	return "other";
}

/* "nausea 1, panic 2": with how severe it was. */
static void put_adverse(const struct session *s, struct buf *out)
{
	char one[64];
	for (size_t i = 0; i < s->n_events; i++) {
		const struct session_event *e = &s->events[i];
		if (e->struck || e->what != EVENT_AE)
			continue;
		int n = snprintf(one, sizeof(one), "%s%s %u", out->len ? ", " : "", term_of(e->content),
		                 (unsigned)content_u64(e->content, EVENT_SEVERITY, 0));
		buf_put(out, one, n > 0 ? (size_t)n : 0);
	}
	if (!out->len)
		buf_put(out, "none", 4);
	buf_put_u8(out, 0);
}

static void show_session(struct desk *d, const struct session *s)
{
	struct out *out = d->kap->out;
	struct peaks p = peaks_of(s);
	struct when at = desk_when(s->first_dose_ms ? s->first_dose_ms : s->opened_ms);
	char day[WHEN_TEXT], pressure[32] = "-";
	struct buf adverse;
	buf_init(&adverse, 0);
	put_adverse(s, &adverse);
	if (p.sys)
		snprintf(pressure, sizeof(pressure), "%u/%u%s", (unsigned)p.sys, (unsigned)p.dia, p.above ? " above" : "");
	out_item(out);
	out_int(out, "session", "No", (int64_t)content_u64(s->content, SESSION_NO, 0));
	if (out_form_of(out) == OUT_HUMAN)
		out_str(out, "day", "When", when_date(&at, &d->now, day));
	else
		out_when(out, "at", NULL, &at);
	out_number(out, "mg", "Dose", &(struct out_amount){(int64_t)s->mg, 1, "mg"});
	out_str(out, "route", "Route", p.route <= ORDER_IV ? order_routes[p.route] : NULL);
	out_str(out, "bp-max", "BP max", pressure);
	out_int(out, "hr-max", "HR max", (int64_t)p.hr);
	out_int(out, "spo2-min", "SpO2 min", (int64_t)p.spo2);
	out_excerpt(out, "adverse", "Adverse", buf_err(&adverse) ? "" : (const char *)adverse.data, ADVERSE_COLUMNS);
	out_bool(out, "reported", NULL, session_reported(s) != NULL);
	buf_wipe(&adverse);
}

struct found {
	const struct book_item *items[SESSIONS_MAX];
	size_t n;
};

static int keep(void *arg, const struct book_item *item)
{
	struct found *f = arg;
	const struct content *c = chart_content(item);
	uint64_t state = content_u64(c, SESSION_STATE, SESSION_PLANNED);
	if (content_u64(c, SESSION_TYPE, SESSION_PREP) == SESSION_MEDICINE &&
	    (state == SESSION_OPEN || state == SESSION_CLOSED) && f->n < SESSIONS_MAX)
		f->items[f->n++] = item;
	return 0;
}

static int is_newer(const void *a, const void *b)
{
	const struct book_item *const *x = a, *const *y = b;
	return ((*x)->at_ms < (*y)->at_ms) - ((*x)->at_ms > (*y)->at_ms);
}

int summary_sessions(struct desk *d, const struct chart *chart, unsigned most)
{
	struct found f = {.n = 0};
	int err = 0;
	bool human = out_form_of(d->kap->out) == OUT_HUMAN;
	(void)chart_each(chart, SESSION_KIND, keep, &f);
	qsort(f.items, f.n, sizeof(f.items[0]), is_newer);
	out_list(d->kap->out, "sessions", "No medicine sessions.");
	for (size_t i = 0; !err && i < f.n && (!human || i < most); i++) {
		struct session *s = NULL;
		err = session_read(chart, f.items[i], &s);
		if (!err)
			show_session(d, s);
		session_free(s);
	}
	out_end(d->kap->out);
	if (human && f.n > most)
		out_line(d->kap->out, "%zu earlier ones are not shown; --json has them all.", f.n - most);
	return err;
}
