/* gate: see gate.h. */
#include <string.h>

#include "client/care/clearance.h"
#include "client/care/consent.h"
#include "client/care/form.h"
#include "client/care/hold.h"
#include "client/care/order.h"
#include "client/care/session.h"
#include "proto/content.h"
#include "proto/role.h"

#include "chart.h"
#include "people.h"

#include "gate.h"

#define DAY_MS UINT64_C(86400000)

uint32_t gate_today(uint64_t now_ms, int16_t offset_min)
{
	return (uint32_t)((int64_t)(now_ms + (uint64_t)((int64_t)offset_min * 60000)) / (int64_t)DAY_MS);
}

static struct gate about(enum gate_state state, const struct book_item *item)
{
	return (struct gate){.state = state, .item = item, .revision = item ? chart_revision(item) : 0};
}

/* --- sessions that were held --- */

struct held {
	uint64_t since_ms;
	uint64_t n;
	uint64_t last_day; /* 0: none */
};

/* A medicine session in which nothing was given is none. */
static int count_held(void *arg, const struct book_item *item)
{
	struct held *h = arg;
	const struct content *c = chart_content(item);
	uint64_t state = content_u64(c, SESSION_STATE, SESSION_PLANNED);
	uint64_t opened = content_u64(c, SESSION_OPENED_AT, 0);
	if (content_u64(c, SESSION_TYPE, SESSION_PREP) != SESSION_MEDICINE || content_has(c, SESSION_NO_DOSE) ||
	    (state != SESSION_OPEN && state != SESSION_CLOSED) || !opened)
		return 0;
	uint64_t day = gate_today(opened, content_peek_head(c)->offset);
	h->n += opened >= h->since_ms;
	h->last_day = day > h->last_day ? day : h->last_day;
	return 0;
}

/* Counted from the revision that says how many: each one is a decision of its own. */
static struct held sessions_since(const struct chart *chart, const struct book_item *item)
{
	struct held h = {.since_ms = content_peek_head(chart_content(item))->at_ms};
	(void)chart_each(chart, SESSION_KIND, count_held, &h);
	return h;
}

/* --- clearance and order --- */

static void check_day(struct gate *g, uint32_t key, uint32_t today)
{
	g->day = (uint32_t)content_u64(chart_content(g->item), key, 0);
	if (g->state == GATE_OPEN && g->day && today > g->day)
		g->state = GATE_EXPIRED;
}

static void check_count(struct gate *g, uint32_t key, const struct held *h)
{
	g->allowed = content_u64(chart_content(g->item), key, 0);
	g->used = h->n;
	if (g->state == GATE_OPEN && g->allowed && g->used >= g->allowed)
		g->state = GATE_USED_UP;
}

struct gate gate_clearance(const struct chart *chart, uint32_t today)
{
	const struct book_item *item = chart_newest(chart, CLEARANCE_KIND);
	if (!item)
		return about(GATE_MISSING, NULL);
	struct gate g = about(GATE_OPEN, item);
	struct held h = sessions_since(chart, item);
	uint64_t decision = content_u64(chart_content(item), CLEARANCE_DECISION, CLEARANCE_NOT);
	if (decision != CLEARANCE_CLEARED && decision != CLEARANCE_CONDITIONAL)
		g.state = GATE_DECIDED;
	check_day(&g, CLEARANCE_VALID_UNTIL, today);
	check_count(&g, CLEARANCE_SESSIONS, &h);
	return g;
}

struct gate gate_order(const struct chart *chart, const struct person *opens, uint32_t today)
{
	const struct book_item *item = chart_newest(chart, ORDER_KIND);
	if (!item)
		return about(GATE_MISSING, NULL);
	struct gate g = about(GATE_OPEN, item);
	struct held h = sessions_since(chart, item);
	uint64_t apart = content_u64(chart_content(item), ORDER_MIN_DAYS, 0);
	if (item->author != opens && !chart_ack(item, opens))
		g.state = GATE_UNACKNOWLEDGED;
	check_day(&g, ORDER_VALID_UNTIL, today);
	check_count(&g, ORDER_SESSIONS, &h);
	if (g.state == GATE_OPEN && h.last_day && today < h.last_day + apart) {
		g.state = GATE_TOO_SOON;
		g.day = (uint32_t)(h.last_day + apart);
	}
	return g;
}

/* --- holds, consent, medicines --- */

struct search {
	const struct chart *chart;
	uint32_t today;
	struct gate found;
};

static int is_held(void *arg, const struct book_item *item)
{
	struct search *s = arg;
	uint32_t until = (uint32_t)content_u64(chart_content(item), HOLD_UNTIL, 0);
	if ((until && s->today > until) || chart_closing(s->chart, item))
		return 0;
	s->found = about(GATE_HELD, item);
	s->found.day = until;
	return 1;
}

struct gate gate_hold(const struct chart *chart, uint32_t today)
{
	struct search s = {chart, today, {.state = GATE_OPEN}};
	(void)chart_each(chart, HOLD_KIND, is_held, &s);
	return s.found;
}

/* One that is good ends the search; of the others the last is remembered. */
static int is_consent(void *arg, const struct book_item *item)
{
	struct search *s = arg;
	const struct content *c = chart_content(item);
	if (content_u64(c, CONSENT_SCOPE, FORM_PART2) != FORM_TREATMENT)
		return 0;
	s->found = about(content_has(c, CONSENT_WITHDRAWN_AT) ? GATE_WITHDRAWN : GATE_OPEN, item);
	check_day(&s->found, CONSENT_UNTIL, s->today);
	return s->found.state == GATE_OPEN;
}

struct gate gate_consent(const struct chart *chart, uint32_t today)
{
	struct search s = {chart, today, {.state = GATE_MISSING}};
	(void)chart_each(chart, CONSENT_KIND, is_consent, &s);
	return s.found;
}

static bool prescriber_knows(const struct book_item *message)
{
	bool knows = message->author->role == ROLE_PRESCRIBER;
	for (size_t i = 0; i < message->n_acks; i++)
		knows = knows || message->acks[i].person->role == ROLE_PRESCRIBER;
	return knows;
}

static int is_news(void *arg, const struct book_item *message)
{
	struct search *s = arg;
	size_t len = 0;
	const char *type = content_str(chart_content(message), CONTENT_MESSAGE_TYPE, &len);
	if (!type || len != strlen(GATE_MED_CHANGE) || memcmp(type, GATE_MED_CHANGE, len) != 0 || prescriber_knows(message))
		return 0;
	s->found = about(GATE_UNACKNOWLEDGED, message);
	return 1;
}

struct gate gate_med_change(const struct chart *chart)
{
	struct search s = {.chart = chart};
	(void)chart_each(chart, CONTENT_MESSAGE, is_news, &s);
	return s.found;
}
