/* text: checks and normalises what people wrote. What is shown of it is text_show.c. Unicode by libunistring. */
#include <stdlib.h>
#include <string.h>
#include <uninorm.h>
#include <unistr.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "client/ui/why.h"
#include "client/ui/text.h"

bool text_valid(const char *text, size_t len)
{
	return !memchr(text, 0, len) && !u8_check((const uint8_t *)text, len);
}

size_t text_chars(const char *text, size_t len)
{
	return u8_mbsnlen((const uint8_t *)text, len);
}

static int check_utf8(const uint8_t *in, size_t len, const struct text_limit *limit, struct why *why)
{
	const uint8_t *bad = u8_check(in, len), *nul = len ? memchr(in, 0, len) : NULL;

	if (nul && (!bad || nul < bad))
		bad = nul;
	if (!bad)
		return 0;
	return why_set(why, ERR_UTF8, "%s is not valid UTF-8 text (byte %zu). Convert it, or attach it as a file.",
	               limit->what, (size_t)(bad - in) + 1);
}

static bool refused(ucs4_t c, bool one_line)
{
	if (c == '\n' || c == '\t')
		return one_line;
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/* Valid UTF-8 with \n line ends. */
static int check_controls(const struct buf *b, const struct text_limit *limit, struct why *why)
{
	size_t line = 1, at = 1;
	ucs4_t c;

	for (size_t i = 0; i < b->len; at++) {
		i += (size_t)u8_mbtouc_unsafe(&c, b->data + i, b->len - i);
		if (limit->one_line && c == '\n')
			return why_set(why, ERR_SHAPE, "%s must be one line.", limit->what);
		if (refused(c, limit->one_line))
			return why_set(why, ERR_SHAPE,
			               "%s holds a control character (0x%02x) at line %zu, character %zu. "
			               "Remove it and try again.",
			               limit->what, (unsigned)c, line, at);
		if (c == '\n') {
			line++;
			at = 0;
		}
	}
	return 0;
}

static int put_lines(struct buf *out, const uint8_t *in, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (in[i] != '\r')
			buf_put_u8(out, in[i]);
		else if (i + 1 == len || in[i + 1] != '\n')
			buf_put_u8(out, '\n');
	}
	while (out->len && strchr(" \t\n", out->data[out->len - 1]))
		buf_truncate(out, out->len - 1);
	return buf_err(out);
}

static int check_length(const uint8_t *text, size_t len, const struct text_limit *limit, struct why *why)
{
	size_t chars = u8_mbsnlen(text, len);

	if (!chars && limit->min_chars)
		return why_set(why, ERR_SHAPE, "%s is empty.", limit->what);
	if (chars < limit->min_chars)
		return why_set(why, ERR_SHAPE, "%s has %zu characters; it needs at least %zu.", limit->what, chars,
		               limit->min_chars);
	if (limit->max_chars && chars > limit->max_chars)
		return why_set(why, ERR_TOO_BIG, "%s has %zu characters; at most %zu fit.", limit->what, chars,
		               limit->max_chars);
	if (limit->max_bytes && len > limit->max_bytes)
		return why_set(why, ERR_TOO_BIG, "%s is %zu KiB long; at most %zu KiB fit.", limit->what, (len + 1023) / 1024,
		               limit->max_bytes / 1024);
	return 0;
}

int text_normalise(const void *in, size_t len, const struct text_limit *limit, struct buf *out, struct why *why)
{
	static const uint8_t bom[3] = {0xEF, 0xBB, 0xBF};
	const uint8_t *bytes = in;
	uint8_t *composed = NULL;
	size_t composed_len = 0;
	struct buf lines;
	int rc;

	why->text[0] = 0;
	buf_init(&lines, len + 1);
	if ((rc = check_utf8(bytes, len, limit, why)))
		goto out;
	if (len >= sizeof bom && !memcmp(bytes, bom, sizeof bom)) {
		bytes += sizeof bom;
		len -= sizeof bom;
	}
	if ((rc = put_lines(&lines, bytes, len)) || (rc = check_controls(&lines, limit, why)))
		goto out;
	if (lines.len) {
		rc = ERR_NOMEM;
		composed = u8_normalize(UNINORM_NFC, lines.data, lines.len, NULL, &composed_len);
		if (!composed)
			goto out;
	}
	if ((rc = check_length(composed, composed_len, limit, why)))
		goto out;
	rc = buf_put(out, composed, composed_len);
out:
	buf_free_bytes(composed, composed_len);
	buf_wipe(&lines);
	return rc;
}

const char *text_number(int64_t value, unsigned decimals, char out[TEXT_NUMBER])
{
	uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	char digits[TEXT_NUMBER];
	size_t at = sizeof digits;
	bool begun = false;

	digits[--at] = '\0';
	for (unsigned i = 0; at > 2 && (i <= decimals || left); i++) {
		if (i && i == decimals && begun)
			digits[--at] = '.';
		begun = begun || left % 10 || i >= decimals;
		if (begun)
			digits[--at] = (char)('0' + left % 10);
		left /= 10;
	}
	if (value < 0)
		digits[--at] = '-';
	memcpy(out, digits + at, sizeof digits - at);
	return out;
}
