/* supply_view: see supply_view.h. */
#include <stdio.h>

#include "client/book/write_care.h"
#include "client/book/stock.h"
#include "client/care/flag.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "proto/err.h"

#include "client/cmd/desk.h"
#include "client/cmd/subject.h"

#include "supply_view.h"

static const char *const ids[] = {"dispensed", "wasted", "returned", "lost", "counted", "taken"};
static const char *const labels[] = {"Dispensed", "Wasted", "Returned", "Lost", "Counted", "Taken"};

struct strength {
	uint64_t unit_mg;
	struct stock stock;
	bool flagged;
};

static int load_all(const struct chart *chart, struct strength out[STOCK_STRENGTHS], size_t *n)
{
	uint64_t units[STOCK_STRENGTHS];
	int err = 0;
	*n = stock_strengths(chart, units);
	for (size_t i = 0; i < *n; i++) {
		out[i].unit_mg = units[i];
		int failed = stock_load(chart, units[i], &out[i].stock);
		err = err ? err : failed;
	}
	return err;
}

/* --- a count that differs --- */

static int save_flag(struct write_ctx *ctx, void *arg)
{
	return write_flag(ctx, arg);
}

static void flag_mismatch(struct desk *d, const struct chart *chart, struct strength *s)
{
	const struct stock_row *count = stock_mismatch(&s->stock);
	char text[160], unit[TEXT_NUMBER];
	if (!count || d->kap->role == ROLE_CLIENT)
		return;
	snprintf(text, sizeof(text), "Supply of %s mg units: %lld expected, %llu counted.",
	         text_number((int64_t)s->unit_mg, 1, unit), (long long)count->left, (unsigned long long)count->units);
	struct write_flag flag = {
	    .about = chart->client, .cause = FLAG_SUPPLY, .severity = FLAG_SOON, .text = text, .source = count->item};
	s->flagged = desk_write(d, save_flag, &flag) == 0;
}

static void say_mismatch(struct desk *d, const struct strength *s)
{
	const struct stock_row *count = stock_mismatch(&s->stock);
	char unit[TEXT_NUMBER];
	if (!count || d->kap->role == ROLE_CLIENT)
		return;
	out_say(d->kap->out, "The last count of %s mg units differs: %lld expected, %llu counted.%s",
	        text_number((int64_t)s->unit_mg, 1, unit), (long long)count->left, (unsigned long long)count->units,
	        s->flagged ? " A flag tells the team." : "");
}

/* --- rows and sums --- */

static void show_sums(struct desk *d, const struct strength *s)
{
	static const enum stock_what order[] = {STOCK_DISPENSED, STOCK_WASTED, STOCK_RETURNED, STOCK_LOST, STOCK_TAKEN};
	struct out *out = d->kap->out;
	const struct stock_row *count = s->stock.last_count;
	out_item(out);
	out_number(out, "unit-mg", "Unit", &(struct out_amount){(int64_t)s->unit_mg, 1, "mg"});
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		out_int(out, ids[order[i]], labels[order[i]], (int64_t)s->stock.sums[order[i]]);
	out_int(out, "left", "Left", s->stock.left);
	if (!count)
		return;
	out_int(out, "counted", NULL, (int64_t)count->units);
	out_int(out, "expected", NULL, count->left);
}

static void show_rows(struct desk *d, const struct strength *s)
{
	struct out *out = d->kap->out;
	for (size_t i = 0; i < s->stock.n; i++) {
		const struct stock_row *row = &s->stock.rows[i];
		struct when at = desk_when(row->at_ms);
		out_item(out);
		out_when(out, "at", "When", &at);
		out_number(out, "unit-mg", "Unit", &(struct out_amount){(int64_t)s->unit_mg, 1, "mg"});
		out_str(out, "what", "What", ids[row->what]);
		out_int(out, "units", "Units", (int64_t)row->units);
		if (d->kap->role != ROLE_CLIENT)
			out_int(out, "left", "Left", row->left);
		out_str(out, "author", "By", row->item->author->is_self ? "you" : row->item->author->name);
	}
}

static void say_odd(struct desk *d, const struct strength *s)
{
	char unit[TEXT_NUMBER];
	if (s->stock.left < 0)
		out_say(d->kap->out, "More %s mg units went than came: something is not written down here.",
		        text_number((int64_t)s->unit_mg, 1, unit));
	say_mismatch(d, s);
}

static void show_all(struct desk *d, const struct strength *all, size_t n)
{
	struct out *out = d->kap->out;
	size_t without = n ? all[0].stock.without_units : 0;
	out_list(out, "ledger", "Nothing was dispensed or counted.");
	for (size_t i = 0; i < n; i++)
		show_rows(d, &all[i]);
	out_end(out);
	if (n && d->kap->role != ROLE_CLIENT) {
		out_line(out, "%s", "");
		out_list(out, "sums", NULL);
		for (size_t i = 0; i < n; i++)
			show_sums(d, &all[i]);
		out_end(out);
		out_line(out, "Left is what was dispensed, less all the rest.");
	}
	if (without)
		out_say(out, "%zu %s no units; %s in no sum.", without, without == 1 ? "dose says" : "doses say",
		        without == 1 ? "it is" : "they are");
	out_say(out, SUPPLY_VIEW_NO_RECORD);
}

static int look(struct desk *d, const struct chart *chart, unsigned *flagged, bool whole)
{
	struct strength all[STOCK_STRENGTHS] = {0};
	size_t n;
	int err = load_all(chart, all, &n);
	*flagged = 0;
	for (size_t i = 0; !err && i < n; i++) {
		flag_mismatch(d, chart, &all[i]);
		*flagged += all[i].flagged;
	}
	if (!err && whole)
		show_all(d, all, n);
	for (size_t i = 0; !err && i < n; i++)
		say_odd(d, &all[i]);
	for (size_t i = 0; i < n; i++)
		stock_free(&all[i].stock);
	return err ? kap_fail_err(d->kap, err, NULL) : KAP_OK;
}

int supply_view_show(struct desk *d, const struct chart *chart, unsigned *flagged)
{
	return look(d, chart, flagged, true);
}

int supply_view_compare(struct desk *d, const struct chart *chart, unsigned *flagged)
{
	return look(d, chart, flagged, false);
}
