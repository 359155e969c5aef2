/* why: puts a sentence where it fits. */
#include <stdarg.h>
#include <stdio.h>

#include "client/ui/why.h"

int why_set(struct why *why, int err, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(why->text, sizeof why->text, fmt, args);
	va_end(args);
	if (n < 0)
		why->text[0] = 0;
	if (n >= (int)sizeof why->text) {
		size_t len = sizeof why->text - 1;

		while (len > 0 && ((unsigned char)why->text[len] & 0xC0) == 0x80)
			len--;
		/* the byte at len starts a character that may have lost its end */
		if (((unsigned char)why->text[len] & 0xC0) == 0xC0)
			why->text[len] = 0;
	}
	return err;
}
