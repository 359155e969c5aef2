/* summary: one screen about a client before a follow-up: what is decided, what is open, measures, sessions, supply and
 * medicines. Shows what the record has; says nothing of what it may mean. */
#include <stdio.h>
#include <string.h>

#include "client/book/gate.h"
#include "client/book/stock.h"
#include "client/care/clearance.h"
#include "client/care/flag.h"
#include "client/care/measure.h"
#include "client/care/med.h"
#include "client/care/order.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"

#include "desk.h"
#include "client/cmd/prepare/order_view.h"
#include "show_care.h"
#include "subject.h"
#include "summary_sessions.h"

#define SESSIONS_SHOWN 6
#define FLAGS_SHOWN 5
#define MEASURES 16
#define NAME_BYTES 100
#define TEXT_SHOWN 44

/* --- clearance, order, hold, consent --- */

static const char *state_word(const struct gate *gate)
{
	static const char *const words[] = {
	    [GATE_OPEN] = "valid",          [GATE_MISSING] = "none",    [GATE_EXPIRED] = "expired",
	    [GATE_DECIDED] = "not cleared", [GATE_USED_UP] = "used up", [GATE_UNACKNOWLEDGED] = "not acknowledged",
	    [GATE_TOO_SOON] = "too soon",   [GATE_HELD] = "held",       [GATE_WITHDRAWN] = "taken back",
	};
	return words[gate->state];
}

static void show_gate(struct desk *d, const char *id, const char *label, const struct gate *gate)
{
	struct out *out = d->kap->out;
	char day[WHEN_TEXT], text[160];
	struct when until = {(int64_t)gate->day * 86400, 0};
	int n = snprintf(text, sizeof(text), "%s", state_word(gate));
	if (gate->revision && n > 0)
		n += snprintf(text + n, sizeof(text) - (size_t)n, ", r%zu", gate->revision);
	if (gate->day && n > 0)
		n += snprintf(text + n, sizeof(text) - (size_t)n, ", until %s", when_date(&until, &d->now, day));
	if (gate->allowed && n > 0)
		snprintf(text + n, sizeof(text) - (size_t)n, ", %llu of %llu sessions used", (unsigned long long)gate->used,
		         (unsigned long long)gate->allowed);
	if (out_form_of(out) == OUT_HUMAN) {
		out_str(out, id, label, text);
		return;
	}
	out_object(out, id, NULL);
	out_str(out, "state", NULL, state_word(gate));
	out_int(out, "revision", NULL, (int64_t)gate->revision);
	out_str(out, "until", NULL, gate->day ? when_iso(&until, day) : NULL);
	out_int(out, "allowed", NULL, (int64_t)gate->allowed);
	out_int(out, "used", NULL, (int64_t)gate->used);
	out_end(out);
}

/* A hold that is none is good; its word is another than that of what must be there. */
static void show_decided(struct desk *d, const struct chart *chart)
{
	uint32_t today = gate_today((uint64_t)d->now.s * 1000, d->now.offset_min);
	struct gate clearance = gate_clearance(chart, today), hold = gate_hold(chart, today);
	struct gate order = gate_order(chart, people_self(d->people), today), consent = gate_consent(chart, today);
	const struct book_item *item = chart_newest(chart, ORDER_KIND);
	hold.state = hold.state == GATE_OPEN ? GATE_MISSING : hold.state;
	show_gate(d, "clearance", "Clearance", &clearance);
	show_gate(d, "order", "Order", &order);
	if (item)
		order_view_lines(d, chart_content(item), NULL);
	show_gate(d, "hold", "Hold", &hold);
	show_gate(d, "consent", "Consent", &consent);
}

/* --- flags --- */

struct flags {
	struct desk *d;
	struct chart everybody;
	size_t n;
};

static int show_flag(void *arg, const struct book_item *item)
{
	struct flags *f = arg;
	struct out *out = f->d->kap->out;
	const struct content *c = chart_content(item);
	const struct book_ack *ack = chart_ack(item, NULL);
	struct buf text;
	char number[16];
	if (chart_closing(&f->everybody, item) || (f->n++ >= FLAGS_SHOWN && out_form_of(out) == OUT_HUMAN))
		return 0;
	buf_init(&text, 0);
	show_care_brief(f->d, item, &text);
	buf_put_u8(&text, 0);
	snprintf(number, sizeof(number), "F%u", item->number);
	uint64_t severity = content_u64(c, FLAG_SEVERITY, FLAG_INFO);
	out_item(out);
	out_str(out, "number", "Flag", number);
	out_str(out, "severity", "", flag_severities[severity <= FLAG_URGENT ? severity : FLAG_INFO]);
	out_excerpt(out, "text", "", buf_err(&text) ? "" : (const char *)text.data, TEXT_SHOWN - 8);
	out_str(out, "acknowledged-by", "Acknowledged", ack ? ack->person->name : "no");
	buf_wipe(&text);
	return 0;
}

static void show_flags(struct desk *d, const struct chart *chart)
{
	struct flags f = {.d = d, .everybody = subject_everybody(d)};
	out_list(d->kap->out, "flags", "No open flags.");
	(void)chart_each(chart, FLAG_KIND, show_flag, &f);
	out_end(d->kap->out);
	if (f.n > FLAGS_SHOWN && out_form_of(d->kap->out) == OUT_HUMAN)
		out_line(d->kap->out, "%zu more: %s flags", f.n - FLAGS_SHOWN, d->kap->title);
}

/* --- measures: the last and the one before, by instrument --- */

struct series {
	const char *name;
	size_t len;
	const struct book_item *last, *before;
};
struct measures {
	struct series rows[MEASURES];
	size_t n;
};

static uint64_t at_of(const struct book_item *item)
{
	return content_peek_head(chart_content(item))->at_ms;
}

static void put_into(struct series *s, const struct book_item *item)
{
	if (!s->last || at_of(item) >= at_of(s->last)) {
		s->before = s->last;
		s->last = item;
	} else if (!s->before || at_of(item) >= at_of(s->before)) {
		s->before = item;
	}
}

static const char *measure_name(const struct content *c, size_t *len)
{
	const char *name = content_str(c, MEASURE_INSTRUMENT, len);
	return name ? name : content_str(c, MEASURE_EXT_NAME, len);
}

static bool measure_total(const struct content *c, uint64_t *total)
{
	uint32_t key = content_has(c, MEASURE_TOTAL) ? MEASURE_TOTAL : MEASURE_EXT_TOTAL;
	*total = content_u64(c, key, 0);
	return content_has(c, key);
}

static int add_measure(void *arg, const struct book_item *item)
{
	struct measures *m = arg;
	size_t len = 0, i = 0;
	uint64_t total;
	const char *name = measure_name(chart_content(item), &len);
	if (!name || !measure_total(chart_content(item), &total))
		return 0;
	while (i < m->n && (m->rows[i].len != len || memcmp(m->rows[i].name, name, len) != 0))
		i++;
	if (i == MEASURES)
		return 0;
	if (i == m->n)
		m->rows[m->n++] = (struct series){.name = name, .len = len};
	put_into(&m->rows[i], item);
	return 0;
}

static void show_series(struct desk *d, const struct series *s)
{
	struct out *out = d->kap->out;
	struct when at = desk_when(at_of(s->last)), before_at = s->before ? desk_when(at_of(s->before)) : at;
	char name[NAME_BYTES], day[WHEN_TEXT], total[24] = "-";
	uint64_t now = 0, before = 0;
	(void)measure_total(chart_content(s->last), &now);
	bool two = s->before && measure_total(chart_content(s->before), &before);
	snprintf(name, sizeof(name), "%.*s", (int)s->len, s->name);
	if (two)
		snprintf(total, sizeof(total), "%llu", (unsigned long long)before);
	out_item(out);
	out_str(out, "measure", "Measure", name);
	out_int(out, "total", "Total", (int64_t)now);
	if (out_form_of(out) == OUT_HUMAN) {
		out_str(out, "day", "When", when_date(&at, &d->now, day));
		out_str(out, "before", "Before", total);
		out_str(out, "before-day", "When", two ? when_date(&before_at, &d->now, day) : "");
		return;
	}
	out_when(out, "at", NULL, &at);
	out_str(out, "before", NULL, two ? total : NULL);
	out_when(out, "before-at", NULL, two ? &before_at : NULL);
}

static void show_measures(struct desk *d, const struct chart *chart)
{
	struct measures m = {.n = 0};
	(void)chart_each(chart, MEASURE_KIND, add_measure, &m);
	out_list(d->kap->out, "measures", "No measures.");
	for (size_t i = 0; i < m.n; i++)
		show_series(d, &m.rows[i]);
	out_end(d->kap->out);
}

/* --- supply and medicines --- */

static int show_supply(struct desk *d, const struct chart *chart)
{
	static const struct {
		enum stock_what what;
		const char *id, *label;
	} columns[] = {{STOCK_DISPENSED, "dispensed", "Dispensed"},
	               {STOCK_WASTED, "wasted", "Wasted"},
	               {STOCK_RETURNED, "returned", "Returned"},
	               {STOCK_LOST, "lost", "Lost"},
	               {STOCK_TAKEN, "taken", "Taken"}};
	struct out *out = d->kap->out;
	uint64_t units[STOCK_STRENGTHS];
	size_t n = stock_strengths(chart, units);
	int err = 0;
	out_list(out, "supply", "No supply is written down.");
	for (size_t i = 0; !err && i < n && i < STOCK_STRENGTHS; i++) {
		struct stock stock;
		err = stock_load(chart, units[i], &stock);
		if (!err) {
			out_item(out);
			out_number(out, "unit-mg", "Unit", &(struct out_amount){(int64_t)units[i], 1, "mg"});
			for (size_t k = 0; k < sizeof(columns) / sizeof(columns[0]); k++)
				out_int(out, columns[k].id, columns[k].label, (int64_t)stock.sums[columns[k].what]);
			out_int(out, "left", "Left", stock.left);
			out_str(out, "count", "Count", !stock.last_count ? "none" : stock_mismatch(&stock) ? "differs" : "agrees");
		}
		stock_free(&stock);
	}
	out_end(out);
	return err;
}

static int show_med(void *arg, const struct book_item *item)
{
	struct desk *d = arg;
	struct buf text;
	if (content_u64(chart_content(item), MED_STATE, MED_TAKING) == MED_STOPPED)
		return 0;
	buf_init(&text, 0);
	show_care_brief(d, item, &text);
	buf_put_u8(&text, 0);
	out_item(d->kap->out);
	out_excerpt(d->kap->out, "text", "Medicines", buf_err(&text) ? "" : (const char *)text.data, 70);
	buf_wipe(&text);
	return 0;
}

static int show_all(struct desk *d, const struct chart *chart)
{
	struct out *out = d->kap->out;
	out_str(out, "client", "Client", chart->client->name);
	show_decided(d, chart);
	out_line(out, "%s", "");
	show_flags(d, chart);
	out_line(out, "%s", "");
	show_measures(d, chart);
	out_line(out, "%s", "");
	int err = summary_sessions(d, chart, SESSIONS_SHOWN);
	out_line(out, "%s", "");
	if (!err)
		err = show_supply(d, chart);
	out_line(out, "%s", "");
	out_list(out, "medicines", "No medicines are written down.");
	(void)chart_each(chart, MED_KIND, show_med, d);
	out_end(out);
	return err;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct chart chart;
	struct desk d;
	(void)argc;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = subject_client(&d, argv[0], &chart);
	if (!exit_code) {
		int err = show_all(&d, &chart);
		exit_code = err ? kap_fail_err(kap, err, "Nothing was changed.") : KAP_OK;
	}
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_summary = {
    .name = "summary",
    .args = "CLIENT",
    .summary = "one screen about a client before a follow-up",
    .about = "What is decided and what is open, measures with the one before, sessions with dose, vitals and adverse "
             "events, supply, medicines. It is made of what you can read; journal entries are not in it.",
    .example = "kap summary jo",
    .roles = CMD_CLINICAL,
    .needs = CMD_UNLOCKED,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
