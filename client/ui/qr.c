/* qr: two modules of the code in one character; see qr.h. */
#include <string.h>

#include <qrencode.h>

#include "out.h"

#include "qr.h"

#define QUIET 2        /* modules of margin */
#define LINE_BYTES 512 /* the largest code has 177 modules, three bytes each at most */

static int dark(const QRcode *code, int x, int y)
{
	if (x < 0 || y < 0 || x >= code->width || y >= code->width)
		return 0;
	return code->data[y * code->width + x] & 1;
}

/* Light modules are drawn, dark ones left out: right on a dark terminal, and readers take both. */
static void show_line(struct out *out, const QRcode *code, int y)
{
	static const char *const blocks[] = {"\u2588", "\u2580", "\u2584", " "}; /* full, upper, lower, none */
	char line[LINE_BYTES * 2];
	size_t at = 0;
	for (int x = -QUIET; x < code->width + QUIET; x++) {
		const char *block = blocks[dark(code, x, y) * 2 + dark(code, x, y + 1)];
		size_t n = strlen(block);
		if (at + n >= sizeof(line))
			return;
		memcpy(line + at, block, n);
		at += n;
	}
	line[at] = '\0';
	out_line(out, "  %s", line);
}

void qr_show(struct out *out, const char *text)
{
	QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
	if (!code)
		return;
	for (int y = -QUIET; y < code->width + QUIET; y += 2)
		show_line(out, code, y);
	QRcode_free(code);
}
