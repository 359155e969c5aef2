/* plot: numbers over time as a picture: in a terminal of 76 columns, in ASCII alone if need be, and as an SVG file.
 * Knows points and words; nothing of what they are about. */
#ifndef KAP_CLIENT_UI_PLOT_H
#define KAP_CLIENT_UI_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

struct plot_point {
	int64_t s; /* UTC seconds */
	int16_t offset_min;
	int value;
};

struct plot {
	const char *title, *note; /* "PHQ-9", "0 to 27"; made safe by the one who shows them */
	int least, most;          /* most > least; a value beyond stands at the edge */
	const struct plot_point *points;
	size_t n;             /* at least 1, oldest first */
	int64_t from_s, to_s; /* the time that the whole width stands for */
};

/* Appends lines of at most 76 columns, each ended by \n. Errors of `out`. */
int plot_text(const struct plot *p, bool ascii, struct buf *out);
/* Appends a whole SVG document: one picture under the other, with everything labelled. Errors of `out`. */
int plot_svg(const char *title, const struct plot *plots, size_t n, struct buf *out);

#endif
