/* stock: see stock.h. */
#include <stdbool.h>
#include <stdlib.h>

#include "client/care/event.h"
#include "client/care/supply.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/role.h"

#include "chart.h"
#include "people.h"

#include "stock.h"

struct loading {
	struct stock *stock;
	uint64_t unit_mg;
	size_t room;
};

static int add_row(struct loading *l, const struct stock_row *row)
{
	struct stock *s = l->stock;
	if (s->n == l->room) {
		size_t room = l->room ? 2 * l->room : 32;
		struct stock_row *rows = realloc(s->rows, room * sizeof(*rows));
		if (!rows)
			return ERR_NOMEM;
		s->rows = rows;
		l->room = room;
	}
	s->rows[s->n++] = *row;
	return 0;
}

static int add_supply(void *arg, const struct book_item *item)
{
	struct loading *l = arg;
	const struct content *c = chart_content(item);
	bool count = content_u64(c, SUPPLY_TYPE, SUPPLY_COUNT) == SUPPLY_COUNT;
	/* a client counts; what came and went the clinic says */
	if (content_u64(c, SUPPLY_UNIT_MG, 0) != l->unit_mg || (item->author->role == ROLE_CLIENT && !count))
		return 0;
	return add_row(l, &(struct stock_row){.item = item,
	                                      .what = (enum stock_what)content_u64(c, SUPPLY_TYPE, SUPPLY_COUNT),
	                                      .at_ms = content_peek_head(c)->at_ms,
	                                      .units = content_u64(c, SUPPLY_UNITS, 0)});
}

/* Where the strength is not said it is the dose divided by the units. */
static uint64_t strength_of(const struct content *c)
{
	uint64_t units = content_u64(c, EVENT_UNITS, 0), mg = content_u64(c, EVENT_MG, 0);
	return content_u64(c, EVENT_UNIT_MG, units && mg % units == 0 ? mg / units : 0);
}

static int add_dose(void *arg, const struct book_item *item)
{
	struct loading *l = arg;
	const struct content *c = chart_content(item);
	uint64_t what = content_u64(c, EVENT_WHAT, EVENT_NOTE);
	if (what != EVENT_DOSE && what != EVENT_BOOSTER)
		return 0;
	l->stock->without_units += !content_has(c, EVENT_UNITS);
	if (!content_has(c, EVENT_UNITS) || strength_of(c) != l->unit_mg)
		return 0;
	return add_row(l, &(struct stock_row){.item = item,
	                                      .what = STOCK_TAKEN,
	                                      .at_ms = content_peek_head(c)->at_ms,
	                                      .units = content_u64(c, EVENT_UNITS, 0)});
}

/* At one time, what came goes before what went, and a count comes last. */
static int by_time(const void *a, const void *b)
{
	static const int order[] = {[STOCK_DISPENSED] = 0, [STOCK_WASTED] = 2,  [STOCK_RETURNED] = 2,
	                            [STOCK_LOST] = 2,      [STOCK_COUNTED] = 3, [STOCK_TAKEN] = 1};
	const struct stock_row *one = a, *two = b;
	if (one->at_ms != two->at_ms)
		return one->at_ms < two->at_ms ? -1 : 1;
	return order[one->what] - order[two->what];
}

int64_t stock_after(const struct stock *s, enum stock_what what, uint64_t units)
{
	if (what == STOCK_COUNTED)
		return s->left;
	return what == STOCK_DISPENSED ? s->left + (int64_t)units : s->left - (int64_t)units;
}

static void add_up(struct stock *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct stock_row *row = &s->rows[i];
		s->left = stock_after(s, row->what, row->units);
		row->left = s->left;
		s->sums[row->what] = row->what == STOCK_COUNTED ? row->units : s->sums[row->what] + row->units;
		if (row->what == STOCK_COUNTED)
			s->last_count = row;
	}
}

int stock_load(const struct chart *chart, uint64_t unit_mg, struct stock *out)
{
	struct loading l = {.stock = out, .unit_mg = unit_mg};
	*out = (struct stock){0};
	int err = chart_each(chart, SUPPLY_KIND, add_supply, &l);
	if (!err)
		err = chart_each(chart, EVENT_KIND, add_dose, &l);
	if (err)
		return err;
	if (out->n)
		qsort(out->rows, out->n, sizeof(*out->rows), by_time);
	add_up(out);
	return 0;
}

void stock_free(struct stock *s)
{
	free(s->rows);
	*s = (struct stock){0};
}

const struct stock_row *stock_mismatch(const struct stock *s)
{
	return s->last_count && (int64_t)s->last_count->units != s->last_count->left ? s->last_count : NULL;
}

struct strengths {
	uint64_t *out;
	size_t n;
};

static int note_strength(void *arg, const struct book_item *item)
{
	struct strengths *s = arg;
	uint64_t mg = content_u64(chart_content(item), SUPPLY_UNIT_MG, 0);
	bool known = false;
	for (size_t i = 0; i < s->n; i++)
		known = known || s->out[i] == mg;
	if (!known && s->n < STOCK_STRENGTHS)
		s->out[s->n++] = mg;
	return 0;
}

size_t stock_strengths(const struct chart *chart, uint64_t out[STOCK_STRENGTHS])
{
	struct strengths s = {out, 0};
	(void)chart_each(chart, SUPPLY_KIND, note_strength, &s);
	return s.n;
}
