/* why: puts a sentence where it fits. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/ui/why.h"

/* Takes a last character away that lost its end. */
static void cut(char *text)
{
	size_t len = strlen(text), at = len, whole;
	unsigned char lead;

	while (at > 1 && ((unsigned char)text[at - 1] & 0xC0) == 0x80)
		at--;
	if (!at)
		return;
	lead = (unsigned char)text[--at];
	whole = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
	if (len - at < whole)
		text[at] = 0;
}

int why_set(struct why *why, int err, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(why->text, sizeof why->text, fmt, args);
	va_end(args);
	if (n < 0)
		why->text[0] = 0;
	if (n >= (int)sizeof why->text)
		cut(why->text);
	return err;
}
