/* plot: in a terminal; see plot.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/buf.h"

#include "text.h"
#include "when.h"

#include "plot.h"

#define LEFT 6 /* columns of the scale, the axis included */
#define WIDTH 66
#define HEIGHT 11
#define ROOM (WIDTH + 4) /* a number may stand behind the last point */

enum { EMPTY = 0, LINE = 1, POINT = 2 }; /* others stand for themselves */

struct canvas {
	const struct plot *p;
	char cells[HEIGHT][ROOM];
};

static int column_of(const struct plot *p, int64_t s)
{
	int64_t span = p->to_s - p->from_s;
	int64_t at = span > 0 ? ((s - p->from_s) * (WIDTH - 1) * 2 + span) / (2 * span) : 0;
	return at < 0 ? 0 : at >= WIDTH ? WIDTH - 1 : (int)at;
}

static int row_of(const struct plot *p, int value)
{
	int span = p->most - p->least, up = value < p->least ? 0 : value > p->most ? span : value - p->least;
	return HEIGHT - 1 - (up * (HEIGHT - 1) * 2 + span) / (2 * span);
}

static void put(struct canvas *c, int row, int column, char what)
{
	if (row >= 0 && row < HEIGHT && column >= 0 && column < ROOM && c->cells[row][column] < what)
		c->cells[row][column] = what;
}

/* From one point to the next, a dot in each column. */
static void draw_line(struct canvas *c, int r1, int c1, int r2, int c2)
{
	for (int x = c1 + 1; x < c2; x++) {
		int moved = (r2 - r1) * (x - c1) * 2, span = c2 - c1;
		put(c, r1 + (moved + (moved < 0 ? -span : span)) / (2 * span), x, LINE);
	}
}

static bool is_free(const struct canvas *c, int row, int column, int len)
{
	if (row < 0 || row >= HEIGHT || column < 0 || column + len > ROOM)
		return false;
	for (int i = 0; i < len; i++)
		if (c->cells[row][column + i] != EMPTY)
			return false;
	/* two numbers do not touch */
	return (!column || c->cells[row][column - 1] <= POINT) &&
	       (column + len >= ROOM || c->cells[row][column + len] <= POINT);
}

/* The number of a point, above, below or behind it: where there is room, or nowhere. */
static void draw_number(struct canvas *c, const struct plot_point *point)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", point->value);
	int row = row_of(c->p, point->value), column = column_of(c->p, point->s), middle = column - (len - 1) / 2;
	const int places[][2] = {{row - 1, middle},     {row + 1, middle},     {row, column + 1},
	                         {row - 1, column + 1}, {row + 1, column + 1}, {row, column - len}};
	if (middle < 0)
		middle = 0;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (is_free(c, places[i][0], places[i][1], len)) {
			memcpy(&c->cells[places[i][0]][places[i][1]], text, (size_t)len);
			return;
		}
}

static bool is_same_place(const struct plot *p, const struct plot_point *a, const struct plot_point *b)
{
	return column_of(p, a->s) == column_of(p, b->s) && row_of(p, a->value) == row_of(p, b->value);
}

static void draw(struct canvas *c)
{
	const struct plot *p = c->p;
	for (size_t i = 0; i + 1 < p->n; i++)
		draw_line(c, row_of(p, p->points[i].value), column_of(p, p->points[i].s), row_of(p, p->points[i + 1].value),
		          column_of(p, p->points[i + 1].s));
	for (size_t i = 0; i < p->n; i++)
		put(c, row_of(p, p->points[i].value), column_of(p, p->points[i].s), POINT);
	/* the newest first: it is the one that is looked for; points in one place have one number */
	for (size_t i = p->n; i-- > 0;)
		if (i + 1 == p->n || !is_same_place(p, &p->points[i], &p->points[i + 1]))
			draw_number(c, &p->points[i]);
}

static void put_str(struct buf *out, const char *text)
{
	buf_put(out, text, strlen(text));
}

static void put_scale(const struct plot *p, int row, bool ascii, struct buf *out)
{
	char label[16] = "";
	bool tick = row == 0 || row == HEIGHT - 1 || row == HEIGHT / 2;
	int value = row == 0 ? p->most : row == HEIGHT - 1 ? p->least : p->least + (p->most - p->least) / 2;
	/* the middle is labelled where it stands on the middle row */
	if (tick && row_of(p, value) == row)
		snprintf(label, sizeof(label), "%d", value);
	char text[32];
	snprintf(text, sizeof(text), "%*s ", LEFT - 2, label);
	put_str(out, text);
	put_str(out, ascii ? (*label ? "+" : "|") : *label ? "\xe2\x94\xa4" : "\xe2\x94\x82");
}

static void put_row(const struct canvas *c, int row, bool ascii, struct buf *out)
{
	int end = ROOM;
	while (end > 0 && c->cells[row][end - 1] == EMPTY)
		end--;
	put_scale(c->p, row, ascii, out);
	for (int x = 0; x < end; x++) {
		char cell = c->cells[row][x];
		if (cell == EMPTY)
			buf_put_u8(out, ' ');
		else if (cell == LINE)
			put_str(out, ascii ? "." : "\xc2\xb7");
		else if (cell == POINT)
			put_str(out, ascii ? "*" : "\xe2\x97\x8f");
		else
			buf_put_u8(out, (uint8_t)cell);
	}
	buf_put_u8(out, '\n');
}

/* The days at both ends; one where they are the same. */
static void put_days(const struct plot *p, bool ascii, struct buf *out)
{
	struct when first = {p->from_s, p->points[0].offset_min}, last = {p->to_s, p->points[p->n - 1].offset_min};
	char from[WHEN_TEXT], to[WHEN_TEXT], text[2 * WHEN_TEXT + TEXT_COLUMNS];
	when_date(&first, NULL, from);
	when_date(&last, NULL, to);
	snprintf(text, sizeof(text), "%*s", LEFT - 1, "");
	put_str(out, text);
	put_str(out, ascii ? "+" : "\xe2\x94\x94");
	for (int i = 0; i < WIDTH; i++)
		put_str(out, ascii ? "-" : "\xe2\x94\x80");
	buf_put_u8(out, '\n');
	if (strcmp(from, to) == 0)
		snprintf(text, sizeof(text), "%*s%s\n", LEFT, "", from);
	else
		snprintf(text, sizeof(text), "%*s%s%*s\n", LEFT, "", from, WIDTH - (int)strlen(from), to);
	put_str(out, text);
}

int plot_text(const struct plot *p, bool ascii, struct buf *out)
{
	struct canvas c = {.p = p};
	draw(&c);
	for (int row = 0; row < HEIGHT; row++)
		put_row(&c, row, ascii, out);
	put_days(p, ascii, out);
	return buf_err(out);
}
