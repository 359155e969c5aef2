/* text_show: the half of text.h that makes text fit to show: harmless, measured, cut, wrapped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unigbrk.h>
#include <unilbrk.h>
#include <unistr.h>
#include <uniwidth.h>

#include "proto/buf.h"
#include "client/ui/text.h"

/* What a terminal would obey, or what would show text in another order than it is written. */
static bool harmful(ucs4_t c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		return true;
	if ((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069)) /* embeddings, overrides, isolates */
		return true;
	return c == 0x2028 || c == 0x2029 || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb);
}

static void put_escape(struct buf *out, ucs4_t c)
{
	char text[16];
	int n = snprintf(text, sizeof text, c < 0x80 ? "\\x%02x" : "\\u{%x}", (unsigned)c);

	buf_put(out, text, (size_t)n);
}

void text_put_safe(struct buf *out, const char *text, size_t len, bool lines)
{
	const uint8_t *in = (const uint8_t *)text;
	ucs4_t c;
	int n;

	for (size_t i = 0; i < len; i += (size_t)n) {
		n = u8_mbtoucr(&c, in + i, len - i);
		if (n <= 0) {
			char bad[8];

			n = snprintf(bad, sizeof bad, "\\x%02x", in[i]);
			buf_put(out, bad, (size_t)n);
			n = 1;
		} else if (c == '\n' || c == '\t') {
			buf_put_u8(out, lines ? (uint8_t)c : ' ');
		} else if (harmful(c)) {
			put_escape(out, c);
		} else {
			buf_put(out, in + i, (size_t)n);
		}
	}
}

size_t text_width(const char *text, size_t len)
{
	return (size_t)u8_width((const uint8_t *)text, len, "UTF-8");
}

/* One line with single spaces between words. */
static void put_flat(struct buf *out, const char *text, size_t len)
{
	struct buf safe;
	bool space = true;

	buf_init(&safe, 0);
	text_put_safe(&safe, text, len, false);
	for (size_t i = 0; i < safe.len; i++) {
		if (safe.data[i] == ' ' && space)
			continue;
		space = safe.data[i] == ' ';
		buf_put_u8(out, safe.data[i]);
	}
	if (out->len && out->data[out->len - 1] == ' ')
		buf_truncate(out, out->len - 1);
	buf_wipe(&safe);
}

/* The longest beginning of whole characters-as-seen within `columns`, and the last place after a word in it. */
static size_t cut_at(const uint8_t *text, size_t len, size_t columns)
{
	const uint8_t *end = text + len, *at = text, *next;
	size_t width = 0, word = 0, fits = 0;

	while (at < end && (next = u8_grapheme_next(at, end))) {
		width += (size_t)u8_width(at, (size_t)(next - at), "UTF-8");
		if (width > columns)
			break;
		if (*at == ' ')
			word = (size_t)(at - text);
		at = next;
		fits = (size_t)(at - text);
	}
	if (fits < len && text[fits] == ' ')
		return fits;
	/* a very long first word is cut inside */
	return word * 2 >= fits ? word : fits;
}

void text_put_excerpt(struct buf *out, const char *text, size_t len, size_t columns)
{
	struct buf flat;
	size_t cut;

	buf_init(&flat, 0);
	/* much more than can be shown need not be looked at; cut between characters */
	if (len > columns * 64 + 64) {
		len = columns * 64 + 64;
		while (len && ((uint8_t)text[len] & 0xC0) == 0x80)
			len--;
	}
	put_flat(&flat, text, len);
	if (text_width((const char *)flat.data, flat.len) <= columns) {
		buf_put(out, flat.data, flat.len);
	} else {
		cut = cut_at(flat.data, flat.len, columns ? columns - 1 : 0);
		buf_put(out, flat.data, cut);
		buf_put(out, "…", strlen("…"));
	}
	buf_wipe(&flat);
}

static void put_line(struct buf *out, const uint8_t *line, size_t len, size_t indent)
{
	while (len && (line[len - 1] == ' ' || line[len - 1] == '\n'))
		len--;
	for (size_t i = 0; len && i < indent; i++)
		buf_put_u8(out, ' ');
	buf_put(out, line, len);
	buf_put_u8(out, '\n');
}

static void expand_tabs(struct buf *out, const struct buf *in)
{
	for (size_t i = 0; i < in->len; i++) {
		if (in->data[i] == '\t')
			buf_put(out, "    ", 4);
		else
			buf_put_u8(out, in->data[i]);
	}
}

void text_put_wrapped(struct buf *out, const char *text, size_t len, size_t columns, size_t indent)
{
	struct buf safe, flat;
	char *breaks = NULL;
	size_t start = 0;

	buf_init(&safe, 0);
	buf_init(&flat, 0);
	text_put_safe(&safe, text, len, true);
	expand_tabs(&flat, &safe);
	if (flat.len)
		breaks = malloc(flat.len);
	if (breaks) {
		u8_width_linebreaks(flat.data, flat.len, (int)(columns > indent ? columns - indent : 1), 0, 0, NULL, "UTF-8",
		                    breaks);
		for (size_t i = 0; i < flat.len; i++) {
			if (breaks[i] == UC_BREAK_MANDATORY) { /* the newline itself is the break */
				put_line(out, flat.data + start, i - start, indent);
				start = i + 1;
			} else if (breaks[i] == UC_BREAK_POSSIBLE && i > start) {
				put_line(out, flat.data + start, i - start, indent);
				start = i;
			}
		}
		if (start < flat.len)
			put_line(out, flat.data + start, flat.len - start, indent);
	}
	free(breaks);
	buf_wipe(&flat);
	buf_wipe(&safe);
}
