/* plot_svg: the same as an SVG document; see plot.h. Sizes are in its own units, which a viewer makes as large as it
 * likes; colours are dark on white, and nothing depends on them. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/buf.h"

#include "when.h"

#include "plot.h"

#define WIDTH 760
#define HEAD 56     /* the title of the whole */
#define PICTURE 236 /* one plot, with its title and its days */
#define LEFT 56
#define RIGHT 28
#define TOP 44    /* within a plot, above its highest value */
#define BOTTOM 40 /* below its lowest */
#define INNER_W (WIDTH - LEFT - RIGHT)
#define INNER_H (PICTURE - TOP - BOTTOM)
#define LEVELS_MAX 9
#define LABELS_MAX 24 /* more points than that have no numbers beside them */

__attribute__((format(printf, 2, 3))) static void put(struct buf *out, const char *fmt, ...)
{
	char text[512];
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (n > 0)
		buf_put(out, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

/* Characters that XML has another use for, or none at all. */
static void put_words(struct buf *out, const char *words)
{
	for (; *words; words++) {
		if (*words == '<')
			put(out, "&lt;");
		else if (*words == '>')
			put(out, "&gt;");
		else if (*words == '&')
			put(out, "&amp;");
		else if (*words == '"')
			put(out, "&quot;");
		else if ((unsigned char)*words < 0x20)
			buf_put_u8(out, ' ');
		else
			buf_put_u8(out, (uint8_t)*words);
	}
}

static double x_of(const struct plot *p, int64_t s)
{
	double span = (double)(p->to_s - p->from_s);
	return span > 0 ? LEFT + (double)(s - p->from_s) / span * INNER_W : LEFT;
}

static double y_of(const struct plot *p, int value)
{
	int v = value < p->least ? p->least : value > p->most ? p->most : value;
	return TOP + INNER_H - (double)(v - p->least) / (double)(p->most - p->least) * INNER_H;
}

/* The smallest round step with few lines that meets the top; where none does, one that comes near. */
static int step_of(const struct plot *p)
{
	static const int steps[] = {1, 2, 3, 4, 5, 10, 20, 25, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000};
	int span = p->most - p->least;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (span % steps[i] == 0 && span / steps[i] <= LEVELS_MAX)
			return steps[i];
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (span / steps[i] <= LEVELS_MAX)
			return steps[i];
	return span;
}

static void put_level(const struct plot *p, int value, struct buf *out)
{
	put(out, "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#d5d9de\"/>\n", LEFT, y_of(p, value),
	    WIDTH - RIGHT, y_of(p, value));
	put(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"#555b63\">%d</text>\n", LEFT - 10,
	    y_of(p, value) + 4, value);
}

static void put_levels(const struct plot *p, struct buf *out)
{
	int step = step_of(p), last = p->least;
	for (int v = p->least; v <= p->most; v += step)
		put_level(p, last = v, out);
	/* the highest stands by itself if the one below leaves it room */
	if (last != p->most && y_of(p, last) - y_of(p, p->most) > 12)
		put_level(p, p->most, out);
}

static void put_days(const struct plot *p, struct buf *out)
{
	struct when first = {p->from_s, p->points[0].offset_min}, last = {p->to_s, p->points[p->n - 1].offset_min};
	char from[WHEN_TEXT], to[WHEN_TEXT];
	when_date(&first, NULL, from);
	when_date(&last, NULL, to);
	put(out, "<text x=\"%d\" y=\"%d\" fill=\"#555b63\">%s</text>\n", LEFT, TOP + INNER_H + 22, from);
	if (strcmp(from, to))
		put(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#555b63\">%s</text>\n", WIDTH - RIGHT,
		    TOP + INNER_H + 22, to);
}

/* Numbers beside the points, from the newest back; with many points the newest alone, and none on top of another. */
static void put_numbers(const struct plot *p, struct buf *out)
{
	double last_x = -100, last_y = -100;
	for (size_t i = p->n; i-- > 0;) {
		double x = x_of(p, p->points[i].s), y = y_of(p, p->points[i].value) - 9;
		bool newest = i + 1 == p->n;
		if (!newest && (p->n > LABELS_MAX || (last_x - x < 14 && last_y - y < 12 && y - last_y < 12)))
			continue;
		put(out,
		    "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" fill=\"#1c2126\" stroke=\"#ffffff\" "
		    "stroke-width=\"3\" paint-order=\"stroke\">%d</text>\n",
		    x, y, p->points[i].value);
		last_x = x;
		last_y = y;
	}
}

static void put_points(const struct plot *p, struct buf *out)
{
	put(out, "<polyline fill=\"none\" stroke=\"#2f5d8a\" stroke-width=\"1.8\" points=\"");
	for (size_t i = 0; i < p->n; i++)
		put(out, "%s%.1f,%.1f", i ? " " : "", x_of(p, p->points[i].s), y_of(p, p->points[i].value));
	put(out, "\"/>\n");
	for (size_t i = 0; i < p->n; i++) {
		struct when at = {p->points[i].s, p->points[i].offset_min};
		char when[WHEN_TEXT];
		put(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"#2f5d8a\"><title>%s: %d</title></circle>\n",
		    x_of(p, p->points[i].s), y_of(p, p->points[i].value), when_human(&at, NULL, when), p->points[i].value);
	}
	put_numbers(p, out);
}

static void put_plot(const struct plot *p, size_t at, struct buf *out)
{
	put(out,
	    "<g transform=\"translate(0,%d)\">\n<text x=\"%d\" y=\"20\" font-size=\"16\" font-weight=\"bold\" "
	    "fill=\"#1c2126\">",
	    (int)(HEAD + at * PICTURE), LEFT);
	put_words(out, p->title);
	put(out, "</text>\n");
	if (p->note) {
		put(out, "<text x=\"%d\" y=\"20\" text-anchor=\"end\" fill=\"#555b63\">", WIDTH - RIGHT);
		put_words(out, p->note);
		put(out, "</text>\n");
	}
	put_levels(p, out);
	put_points(p, out);
	put_days(p, out);
	put(out, "</g>\n");
}

int plot_svg(const char *title, const struct plot *plots, size_t n, struct buf *out)
{
	int height = (int)(HEAD + n * PICTURE);
	put(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	put(out,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" "
	    "font-family=\"sans-serif\" font-size=\"12\">\n<title>",
	    WIDTH, height, WIDTH, height);
	put_words(out, title);
	put(out, "</title>\n<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", WIDTH, height);
	put(out, "<text x=\"%d\" y=\"34\" font-size=\"20\" fill=\"#1c2126\">", LEFT);
	put_words(out, title);
	put(out, "</text>\n");
	for (size_t i = 0; i < n; i++)
		put_plot(&plots[i], i, out);
	put(out, "</svg>\n");
	return buf_err(out);
}
