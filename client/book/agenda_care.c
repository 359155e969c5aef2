/* agenda_care: what waits for clinicians; see agenda.h. */
#include <stdlib.h>
#include <string.h>

#include "client/care/flag.h"
#include "client/care/order.h"
#include "client/care/session.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/role.h"

#include "agenda_internal.h"
#include "gate.h"
#include "people.h"
#include "session.h"
#include "stock.h"
#include "unanswered.h"

#define WEEK_DAYS 7
#define URGENT 2 /* of a message */

/* --- flags --- */

/* A prescriber is told who took a flag on, until it is closed; the others see what nobody has taken on. */
static int add_flag(void *arg, const struct book_item *item)
{
	struct agenda *a = arg;
	const struct content *c = chart_content(item);
	struct unanswered open = {0};
	struct agenda_row row = {.what = AGENDA_FLAG, .item = item, .count = 1, .ack = chart_ack(item, NULL)};
	if (chart_closing(&a->everybody, item) || (row.ack && a->self->role != ROLE_PRESCRIBER))
		return 0;
	if (unanswered_is(&a->everybody, item, a->at.now_ms, &open)) {
		row.due_ms = open.due_ms;
		row.overdue = open.overdue;
	}
	row.about = chart_subject(&a->everybody, item);
	row.at_ms = content_peek_head(c)->made_ms;
	row.urgent = content_u64(c, FLAG_SEVERITY, FLAG_INFO) == FLAG_URGENT;
	return agenda_add(a, &row);
}

int agenda_flags(struct agenda *a)
{
	return chart_each(&a->everybody, FLAG_KIND, add_flag, a);
}

/* --- messages that ask to be acknowledged --- */

/* Of a changed medicine only a prescriber's word counts, and those have a section for it. */
static bool is_med_change(const struct content *c)
{
	size_t len = 0;
	const char *type = content_str(c, CONTENT_MESSAGE_TYPE, &len);
	return type && len == strlen(GATE_MED_CHANGE) && memcmp(type, GATE_MED_CHANGE, len) == 0;
}

static int add_take_on(void *arg, const struct book_item *item)
{
	struct agenda *a = arg;
	const struct content *c = chart_content(item);
	struct unanswered open;
	if (!unanswered_is(&a->everybody, item, a->at.now_ms, &open) ||
	    (a->self->role == ROLE_PRESCRIBER && is_med_change(c)))
		return 0;
	if (!open.mine && !(item->author->is_self && book_head(item)->answer_by_s))
		return 0;
	struct agenda_row row = {.what = open.mine ? AGENDA_TAKE_ON : AGENDA_WAITING, .item = item, .count = 1};
	row.about = chart_subject(&a->everybody, item);
	row.at_ms = item->at_ms;
	row.due_ms = open.due_ms;
	row.overdue = open.overdue;
	row.urgent = content_u64(c, CONTENT_PRIORITY, 0) == URGENT && item->author->role != ROLE_CLIENT;
	return agenda_add(a, &row);
}

int agenda_take_on(struct agenda *a)
{
	return chart_each(&a->everybody, CONTENT_MESSAGE, add_take_on, a);
}

static int meds_of(struct agenda *a, const struct chart *chart)
{
	struct gate gate = gate_med_change(chart);
	if (gate.state != GATE_UNACKNOWLEDGED)
		return 0;
	struct agenda_row row = {.what = AGENDA_MED, .item = gate.item, .about = chart->client, .count = 1};
	row.at_ms = gate.item->at_ms;
	return agenda_add(a, &row);
}

int agenda_meds(struct agenda *a)
{
	return agenda_each_client(a, meds_of);
}

/* --- sessions --- */

static void add_earliest(struct agenda_row *row, uint64_t due_ms, enum agenda_detail detail)
{
	if (!due_ms || (row->due_ms && row->due_ms <= due_ms))
		return;
	row->due_ms = due_ms;
	row->detail = detail;
}

static int timers_of(struct agenda *a, const struct chart *chart)
{
	const struct book_item *item = session_open(chart);
	struct session *s = NULL;
	if (!item)
		return 0;
	int err = session_read(chart, item, &s);
	if (!err) {
		struct agenda_row row = {.what = AGENDA_TIMER, .item = item, .about = chart->client, .count = 1};
		row.at_ms = s->opened_ms;
		add_earliest(&row, session_check_due(s), AGENDA_CHECK);
		add_earliest(&row, session_vitals_due(s), AGENDA_VITALS);
		add_earliest(&row, session_observe_until(s), AGENDA_OBSERVE);
		row.overdue = row.due_ms && row.due_ms <= a->at.now_ms && row.detail != AGENDA_OBSERVE;
		err = agenda_add(a, &row);
	}
	session_free(s);
	return err;
}

int agenda_timers(struct agenda *a)
{
	return agenda_each_client(a, timers_of);
}

struct reports {
	struct agenda *a;
	const struct chart *chart;
	enum agenda_what what;
};

/* A medicine session that is over; one that gave nothing needs no report of a dose. */
static int add_report(void *arg, const struct book_item *item)
{
	const struct reports *r = arg;
	const struct content *c = chart_content(item);
	struct session *s = NULL;
	if (content_u64(c, SESSION_TYPE, SESSION_PREP) != SESSION_MEDICINE ||
	    content_u64(c, SESSION_STATE, SESSION_PLANNED) != SESSION_CLOSED)
		return 0;
	int err = session_read(r->chart, item, &s);
	if (!err && s->doses && !session_reported(s)) {
		struct agenda_row row = {.what = r->what, .item = item, .about = r->chart->client, .count = 1};
		row.at_ms = s->closed_ms;
		row.detail = AGENDA_NO_REPORT;
		err = agenda_add(r->a, &row);
	}
	session_free(s);
	return err;
}

static int reports_of(struct agenda *a, const struct chart *chart)
{
	return chart_each(chart, SESSION_KIND, add_report, &(struct reports){a, chart, AGENDA_REPORT});
}

int agenda_reports(struct agenda *a)
{
	return agenda_each_client(a, reports_of);
}

/* --- orders --- */

static int orders_of(struct agenda *a, const struct chart *chart)
{
	const struct book_item *order = chart_newest(chart, ORDER_KIND);
	if (!order || order->author->is_self || chart_ack(order, a->self))
		return 0;
	struct agenda_row row = {.what = AGENDA_ORDER, .item = order, .about = chart->client, .count = 1};
	row.revision = chart_revision(order);
	row.at_ms = content_peek_head(chart_content(order))->made_ms;
	return agenda_add(a, &row);
}

int agenda_orders(struct agenda *a)
{
	return agenda_each_client(a, orders_of);
}

/* --- what a prescriber follows up this week --- */

static int add_end(struct agenda *a, const struct chart *chart, const struct gate *gate, enum agenda_detail ends)
{
	uint32_t today = gate_today(a->at.now_ms, a->at.offset);
	struct agenda_row row = {.what = AGENDA_FOLLOW_UP, .item = gate->item, .about = chart->client, .count = 1};
	bool over = gate->state == GATE_EXPIRED || gate->state == GATE_USED_UP;
	if (!gate->item || (!over && (!gate->day || gate->day > today + WEEK_DAYS)))
		return 0;
	row.detail = over ? ends + 1 : ends;
	row.day = gate->state == GATE_USED_UP ? 0 : gate->day;
	return agenda_add(a, &row);
}

static int follow_ups_of(struct agenda *a, const struct chart *chart)
{
	uint32_t today = gate_today(a->at.now_ms, a->at.offset);
	struct gate clearance = gate_clearance(chart, today), order = gate_order(chart, a->self, today);
	int err = add_end(a, chart, &clearance, AGENDA_CLEARANCE_ENDS);
	if (!err)
		err = add_end(a, chart, &order, AGENDA_ORDER_ENDS);
	return err ? err : chart_each(chart, SESSION_KIND, add_report, &(struct reports){a, chart, AGENDA_FOLLOW_UP});
}

int agenda_follow_ups(struct agenda *a)
{
	return agenda_each_client(a, follow_ups_of);
}

static int supplies_of(struct agenda *a, const struct chart *chart)
{
	uint64_t units[STOCK_STRENGTHS];
	size_t n = stock_strengths(chart, units);
	int err = 0;
	for (size_t i = 0; !err && i < n && i < STOCK_STRENGTHS; i++) {
		struct stock stock;
		err = stock_load(chart, units[i], &stock);
		const struct stock_row *count = err ? NULL : stock_mismatch(&stock);
		struct agenda_row row = {.what = AGENDA_SUPPLY, .about = chart->client, .unit_mg = units[i]};
		if (count) {
			row.item = count->item;
			row.count = (size_t)count->units;
			row.expected = count->left;
			row.at_ms = count->at_ms;
			err = agenda_add(a, &row);
		}
		stock_free(&stock);
	}
	return err;
}

int agenda_supplies(struct agenda *a)
{
	return agenda_each_client(a, supplies_of);
}

/* --- what clients gave to read --- */

static int count_unread(void *arg, const struct book_item *item)
{
	struct agenda_row *row = arg;
	if (item->opened_here || book_head(item)->withdrawn)
		return 0;
	row->count++;
	row->at_ms = item->at_ms > row->at_ms ? item->at_ms : row->at_ms;
	return 0;
}

static int shared_by(struct agenda *a, const struct chart *chart)
{
	struct agenda_row row = {.what = AGENDA_SHARED, .about = chart->client};
	(void)book_each(chart->book, CONTENT_JOURNAL, chart->client, count_unread, &row);
	return row.count ? agenda_add(a, &row) : 0;
}

int agenda_shared(struct agenda *a)
{
	return agenda_each_client(a, shared_by);
}
