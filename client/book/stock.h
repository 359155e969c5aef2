/* stock: the units of a medicine that a client was given, row by row: what came, what went, what was taken in sessions,
 * and what must be left. Doses are read from the sessions and are written nowhere twice. One strength at a time. A
 * clinical aid; no record for any authority. Knows no terminal. */
#ifndef KAP_CLIENT_BOOK_STOCK_H
#define KAP_CLIENT_BOOK_STOCK_H

#include <stddef.h>
#include <stdint.h>

struct book_item;
struct chart;

enum stock_what {
	STOCK_DISPENSED, /* the first five as SUPPLY_DISPENSED and so on (client/care/supply.h) */
	STOCK_WASTED,
	STOCK_RETURNED,
	STOCK_LOST,
	STOCK_COUNTED,
	STOCK_TAKEN, /* in a session, boosters too */
	STOCK_WHATS
};

struct stock_row {
	const struct book_item *item;
	enum stock_what what;
	uint64_t at_ms, units;
	int64_t left; /* behind this row, by the rows so far */
};

struct stock {
	struct stock_row *rows; /* by the time they are about */
	size_t n;
	uint64_t sums[STOCK_WHATS]; /* of counts: the last */
	int64_t left;
	size_t without_units;               /* doses that say milligrams alone, of any strength: they are in no sum */
	const struct stock_row *last_count; /* NULL: nobody counted */
};

#define STOCK_STRENGTHS 8

/* The strengths that were dispensed, counted and so on, in tenths of a milligram, at most STOCK_STRENGTHS; returns how
 * many. */
size_t stock_strengths(const struct chart *chart, uint64_t out[STOCK_STRENGTHS]);
/* All of one strength about chart->client. ERR_NOMEM. stock_free is legal after an error. */
int stock_load(const struct chart *chart, uint64_t unit_mg, struct stock *out);
void stock_free(struct stock *s);
/* What would be left after this; a count changes nothing. */
int64_t stock_after(const struct stock *s, enum stock_what what, uint64_t units);
/* The last count if it is another number than what must have been left then; NULL. */
const struct stock_row *stock_mismatch(const struct stock *s);

#endif
