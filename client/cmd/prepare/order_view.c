/* order_view: see order_view.h. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "client/book/chart.h"
#include "client/care/look.h"
#include "client/care/order.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "client/ui/value.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/mp.h"

#include "client/cmd/desk.h"

#include "order_view.h"

/* A piece of a line. */
struct piece {
	void (*put)(const struct desk *d, const struct content *c, struct buf *out);
	const char *lead, *tail; /* what stands before and behind the value */
	const char *was;         /* before the old value */
	const char *bare;        /* in the place of an empty `lead` when there is no value any more */
	bool joined;             /* stands behind the piece before it without a dot between */
	bool ends;               /* the line ends behind it */
};

static void put(struct buf *out, const char *text)
{
	buf_put(out, text, strlen(text));
}

static void put_field(const struct desk *d, const struct content *c, uint32_t key, struct buf *out)
{
	value_put(c, look_by_key(&care_order.content, key), &d->now, out);
}

static void put_what(const struct desk *d, const struct content *c, struct buf *out)
{
	const char *route = order_routes[content_u64(c, ORDER_ROUTE, 0)];
	for (; *route; route++)
		buf_put_u8(out, (uint8_t)toupper((unsigned char)*route));
	buf_put_u8(out, ' ');
	if (content_u64(c, ORDER_DRUG, ORDER_KETAMINE) != ORDER_KETAMINE) {
		put_field(d, c, ORDER_DRUG, out);
		buf_put_u8(out, ' ');
	}
	put_field(d, c, ORDER_UNIT_MG, out);
}

static void put_units(const struct desk *d, const struct content *c, struct buf *out)
{
	put_field(d, c, ORDER_UNITS, out);
}

static void put_most(const struct desk *d, const struct content *c, struct buf *out)
{
	put_field(d, c, ORDER_MAX_MG, out);
}

static void put_booster(const struct desk *d, const struct content *c, struct buf *out)
{
	char times[64];
	uint64_t from = content_u64(c, ORDER_BOOSTER_FROM, 0), to = content_u64(c, ORDER_BOOSTER_TO, 0);
	if (!content_has(c, ORDER_BOOSTER_UNITS)) {
		put(out, "none");
		return;
	}
	put(out, "x ");
	put_field(d, c, ORDER_BOOSTER_UNITS, out);
	if (content_has(c, ORDER_BOOSTER_TO))
		snprintf(times, sizeof(times), ", %llu to %llu min", (unsigned long long)from, (unsigned long long)to);
	else
		snprintf(times, sizeof(times), ", from %llu min", (unsigned long long)from);
	if (content_has(c, ORDER_BOOSTER_FROM) || content_has(c, ORDER_BOOSTER_TO))
		put(out, times);
}

/* "140/90, HR 100": of three fields those that are there. */
static void put_limits(const struct content *c, uint32_t sys, uint32_t dia, uint32_t hr, struct buf *out)
{
	char text[48];
	bool pressure = content_has(c, sys) || content_has(c, dia);
	if (content_has(c, sys) && content_has(c, dia))
		snprintf(text, sizeof(text), "%llu/%llu", (unsigned long long)content_u64(c, sys, 0),
		         (unsigned long long)content_u64(c, dia, 0));
	else if (pressure)
		snprintf(text, sizeof(text), "%s number %llu", content_has(c, sys) ? "top" : "bottom",
		         (unsigned long long)content_u64(c, content_has(c, sys) ? sys : dia, 0));
	if (pressure)
		put(out, text);
	if (!content_has(c, hr))
		return;
	snprintf(text, sizeof(text), "%sHR %llu", pressure ? ", " : "", (unsigned long long)content_u64(c, hr, 0));
	put(out, text);
}

static void put_start(const struct desk *d, const struct content *c, struct buf *out)
{
	(void)d;
	put_limits(c, ORDER_PRE_SYS, ORDER_PRE_DIA, ORDER_PRE_HR, out);
}

static void put_floor(const struct desk *d, const struct content *c, struct buf *out)
{
	(void)d;
	put_limits(c, ORDER_PRE_SYS_MIN, ORDER_PRE_DIA_MIN, ORDER_PRE_HR_MIN, out);
}

static void put_act(const struct desk *d, const struct content *c, struct buf *out)
{
	size_t before = out->len;
	put_limits(c, ORDER_ACT_SYS, ORDER_ACT_DIA, ORDER_ACT_HR, out);
	if (content_has(c, ORDER_ACT_SPO2)) {
		put(out, out->len > before ? ", oxygen below " : "oxygen below ");
		put_field(d, c, ORDER_ACT_SPO2, out);
	}
}

/* "pre, +40, end": the end of a session always asks for vitals. */
static void put_schedule(const struct desk *d, const struct content *c, struct buf *out)
{
	struct mp_doc *doc = NULL;
	struct mp_cur list;
	char text[24];
	(void)d;
	if (content_open(c, ORDER_SCHEDULE, &doc, &list))
		return;
	while (mp_left(&list) > 0) {
		int64_t at = mp_i64(&list, -60, 600);
		snprintf(text, sizeof(text), at == 0 ? "pre, " : "%+lld, ", (long long)at);
		put(out, text);
	}
	put(out, "end");
	mp_close(doc);
}

static void put_checks(const struct desk *d, const struct content *c, struct buf *out)
{
	put_field(d, c, ORDER_CHECK_EVERY, out);
}

static void put_retake(const struct desk *d, const struct content *c, struct buf *out)
{
	put_field(d, c, ORDER_RETAKE, out);
}

static void put_observe(const struct desk *d, const struct content *c, struct buf *out)
{
	put_field(d, c, ORDER_OBSERVE, out);
}

/* "clonazepam hold 24 h" */
static void put_holds(const struct desk *d, const struct content *c, struct buf *out)
{
	struct mp_doc *doc = NULL;
	struct mp_cur list;
	char hours[32];
	size_t len, n = 0;
	(void)d;
	if (content_open(c, ORDER_HOLDS, &doc, &list))
		return;
	for (; mp_left(&list) > 0; n++) {
		struct mp_cur one = mp_enter(&list, 3, 3);
		const char *medicine = mp_str(&one, 0, SIZE_MAX, &len);
		if (n)
			put(out, "; ");
		buf_put(out, medicine, medicine ? len : 0);
		snprintf(hours, sizeof(hours), " hold %llu h", (unsigned long long)mp_u64(&one, 0, 336));
		put(out, hours);
		const char *text = mp_nil(&one) ? NULL : mp_str(&one, 0, SIZE_MAX, &len);
		if (text) {
			put(out, " (");
			buf_put(out, text, len);
			put(out, ")");
		}
		mp_leave(&list, &one);
	}
	mp_close(doc);
}

static void put_until(const struct desk *d, const struct content *c, struct buf *out)
{
	put_field(d, c, ORDER_VALID_UNTIL, out);
}

static void put_sessions(const struct desk *d, const struct content *c, struct buf *out)
{
	put_field(d, c, ORDER_SESSIONS, out);
}

static void put_apart(const struct desk *d, const struct content *c, struct buf *out)
{
	put_field(d, c, ORDER_MIN_DAYS, out);
}

static void put_fasting(const struct desk *d, const struct content *c, struct buf *out)
{
	put_field(d, c, ORDER_FASTING, out);
}

static const struct piece pieces[] = {
    {.put = put_what, .lead = "", .tail = "", .was = ""},
    {.put = put_units, .lead = "x ", .tail = " units", .was = "x", .joined = true},
    {.put = put_most, .lead = "max ", .tail = "/session", .was = ""},
    {.put = put_booster, .lead = "booster ", .tail = "", .was = "", .ends = true},
    {.put = put_start, .lead = "start only below ", .tail = "", .was = ""},
    {.put = put_floor, .lead = "start only above ", .tail = "", .was = ""},
    {.put = put_act, .lead = "act at ", .tail = "", .was = ""},
    {.put = put_retake, .lead = "retake within ", .tail = "", .was = ""},
    {.put = put_schedule, .lead = "vitals ", .tail = "", .was = ""},
    {.put = put_checks, .lead = "check every ", .tail = "", .was = ""},
    {.put = put_observe, .lead = "observe ", .tail = "", .was = "", .ends = true},
    {.put = put_holds, .lead = "", .tail = "", .was = "", .bare = "medicines held "},
    {.put = put_fasting, .lead = "fasting ", .tail = "", .was = ""},
    {.put = put_until, .lead = "valid until ", .tail = "", .was = ""},
    {.put = put_sessions, .lead = "sessions allowed ", .tail = "", .was = ""},
    {.put = put_apart,
     .lead = "",
     .tail = " between sessions",
     .was = "",
     .bare = "days between sessions ",
     .ends = true},
};
#define PIECES (sizeof(pieces) / sizeof(pieces[0]))

static bool same_text(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && (!a->len || memcmp(a->data, b->data, a->len) == 0);
}

/* One unit, two units; nothing behind "none". */
static void put_tail(struct buf *line, const char *tail, const struct buf *value)
{
	size_t len = strlen(tail);
	bool one = value->len == 1 && value->data[0] == '1';
	if (value->len)
		buf_put(line, tail, one && len && tail[len - 1] == 's' ? len - 1 : len);
}

/* A line that is being made. */
struct line {
	const struct desk *desk;
	struct buf text;
	bool begun;
};

/* Appends one piece if there is anything to say. `old` NULL: nothing to compare with. */
static void put_piece(struct line *l, const struct piece *p, const struct content *c, const struct content *old)
{
	struct buf now, was;
	buf_init(&now, 0);
	buf_init(&was, 0);
	p->put(l->desk, c, &now);
	if (old)
		p->put(l->desk, old, &was);
	bool changed = old && !same_text(&now, &was), said = now.len || changed;
	if (said && l->begun)
		put(&l->text, p->joined ? " " : " \xc2\xb7 ");
	if (said) {
		put(&l->text, now.len || p->lead[0] ? p->lead : p->bare);
		buf_put(&l->text, now.len ? now.data : (const uint8_t *)"none", now.len ? now.len : 4);
		put_tail(&l->text, p->tail, &now);
	}
	if (changed) {
		put(&l->text, " (was ");
		put(&l->text, was.len ? p->was : "none");
		buf_put(&l->text, was.data, was.len);
		put(&l->text, ")");
	}
	l->begun = l->begun || said;
	buf_wipe(&now);
	buf_wipe(&was);
}

static void show_line(struct desk *d, const struct buf *line)
{
	struct buf wrapped;
	buf_init(&wrapped, 0);
	text_put_wrapped(&wrapped, (const char *)line->data, line->len, TEXT_COLUMNS, 2);
	if (wrapped.len && !buf_err(&wrapped))
		out_line(d->kap->out, "%.*s", (int)wrapped.len - 1, (const char *)wrapped.data);
	buf_wipe(&wrapped);
}

void order_view_lines(struct desk *d, const struct content *c, const struct content *old)
{
	struct line line = {.desk = d};
	buf_init(&line.text, 0);
	for (size_t i = 0; i < PIECES; i++) {
		put_piece(&line, &pieces[i], c, old);
		if (!pieces[i].ends)
			continue;
		if (line.begun)
			show_line(d, &line.text);
		buf_reset(&line.text);
		line.begun = false;
	}
	buf_wipe(&line.text);
}

bool order_view_same(const struct desk *d, const struct content *a, const struct content *b)
{
	struct buf one, two;
	bool same = true;
	for (size_t i = 0; i < PIECES && same; i++) {
		buf_init(&one, 0);
		buf_init(&two, 0);
		pieces[i].put(d, a, &one);
		pieces[i].put(d, b, &two);
		same = same_text(&one, &two);
		buf_wipe(&one);
		buf_wipe(&two);
	}
	return same;
}

/* --- to read --- */

/* For the client: what the medicine is and how it is taken, in words. */
static void show_plainly(struct desk *d, const struct book_item *order, const struct content *c)
{
	static const char *const how[] = {"held under the tongue",   "swallowed",
	                                  "injected into a muscle",  "sprayed into the nose",
	                                  "injected under the skin", "through a line in a vein"};
	struct out *out = d->kap->out;
	char text[96], unit[TEXT_NUMBER];
	uint64_t units = content_u64(c, ORDER_UNITS, 1);
	out_line(out, "What %s ordered for your medicine sessions:", order->author->name);
	snprintf(text, sizeof(text), "%s, %s", order_drugs[content_u64(c, ORDER_DRUG, ORDER_KETAMINE)],
	         how[content_u64(c, ORDER_ROUTE, 0)]);
	out_str(out, "taken", "Medicine", text);
	snprintf(text, sizeof(text), "%llu %s of %s mg", (unsigned long long)units, units == 1 ? "unit" : "units",
	         text_number(content_i64(c, ORDER_UNIT_MG, 0), 1, unit));
	out_str(out, "in-session", "In a session", text);
	for (uint16_t i = 0; i < care_order.content.n_fields; i++)
		if (care_order.content.fields[i].key > ORDER_UNITS)
			value_show(out, c, &care_order.content.fields[i], &d->now);
}

static void show_acks(struct desk *d, const struct book_item *order)
{
	struct out *out = d->kap->out;
	size_t n = 0;
	out_list(out, "acknowledged", NULL);
	for (size_t i = 0; i < order->n_acks; i++) {
		const struct book_ack *ack = &order->acks[i];
		struct when w = desk_when(ack->at_ms);
		if (ack->revision != book_head(order))
			continue;
		n++;
		out_item(out);
		out_str(out, "by", "Acknowledged by", ack->person->is_self ? "you" : ack->person->name);
		out_when(out, "at", "At", &w);
	}
	out_end(out);
	if (!n && d->kap->role != ROLE_CLIENT)
		out_say(out, "Nobody has acknowledged order r%zu yet.", chart_revision(order));
}

void order_view_show(struct desk *d, const struct book_item *order)
{
	struct out *out = d->kap->out;
	const struct content *c = chart_content(order);
	struct when at = desk_when(content_peek_head(c)->at_ms);
	char when[WHEN_TEXT];
	out_int(out, "revision", NULL, (int64_t)chart_revision(order));
	out_str(out, "author", NULL, order->author->name);
	out_when(out, "at", NULL, &at);
	if (out_form_of(out) != OUT_HUMAN) {
		for (uint16_t i = 0; i < care_order.content.n_fields; i++)
			value_show(out, c, &care_order.content.fields[i], &d->now);
	} else if (d->kap->role == ROLE_CLIENT) {
		show_plainly(d, order, c);
	} else {
		out_line(out, "Order r%zu by %s, %s", chart_revision(order),
		         order->author->is_self ? "you" : order->author->name, when_human(&at, &d->now, when));
		order_view_lines(d, c, NULL);
	}
	show_acks(d, order);
}
