/* text: what people wrote, made fit to keep and fit to show. Checks and normalises input; cuts, measures and wraps by
 * what a terminal displays; makes control bytes of content visible instead of letting a terminal obey them. UTF-8
 * throughout. Knows no terminal and no file. */
#ifndef KAP_CLIENT_UI_TEXT_H
#define KAP_CLIENT_UI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct why;

#define TEXT_COLUMNS 76

struct text_limit {
	const char *what; /* how a sentence begins: "The file", "The title" */
	size_t max_bytes; /* after normalising; 0: no limit */
	size_t min_chars; /* code points after normalising and trimming */
	size_t max_chars; /* 0: no limit */
	bool one_line;    /* newline and tab are refused */
};

/* Appends to `out` the text in NFC with line ends made \n, trailing white space of the whole and a byte-order mark
 * removed. Refused, with the sentence in `why` and positions counted from 1: invalid UTF-8 and NUL (ERR_UTF8), other
 * control characters but newline and tab (ERR_SHAPE), too long (ERR_TOO_BIG), too short or empty (ERR_SHAPE). `out` is
 * unchanged then. */
int text_normalise(const void *in, size_t len, const struct text_limit *limit, struct buf *out, struct why *why);

/* True if `text` is valid UTF-8 without NUL. */
bool text_valid(const char *text, size_t len);
size_t text_chars(const char *text, size_t len); /* code points */
size_t text_width(const char *text, size_t len); /* terminal columns */

/* A number kept as so many tenths, hundredths..., without zeroes at its end: 650 with 2 decimals is "6.5". */
#define TEXT_NUMBER 32
const char *text_number(int64_t value, unsigned decimals, char out[TEXT_NUMBER]);

/* Appends the text so that a terminal shows it and does nothing else: C0, DEL, C1, bidi controls and line separators
 * come out as visible escapes (\x1b, \u{202e}), invalid bytes as \xNN. Newline and tab pass if `lines`, else they
 * become one space. */
void text_put_safe(struct buf *out, const char *text, size_t len, bool lines);

/* Appends a safe one-line beginning of at most `columns` columns, cut at a space where possible, with "…" if cut.
 * Combining marks and joined emoji stay whole. Quotes nothing. */
void text_put_excerpt(struct buf *out, const char *text, size_t len, size_t columns);

/* Appends the safe text wrapped at `columns` by Unicode line breaking, each line after `indent` spaces and ended by \n.
 */
void text_put_wrapped(struct buf *out, const char *text, size_t len, size_t columns, size_t indent);

#endif
