/* pad: see pad.h. */
#include "pad.h"

#include <stdint.h>
#include <string.h>

#include "buf.h"
#include "err.h"

static unsigned log2_floor(size_t v)
{
	unsigned e = 0;

	while (v >>= 1)
		e++;
	return e;
}

size_t pad_size(size_t len)
{
	size_t size = len + 1, mask;
	unsigned e;

	if (size <= PAD_MIN)
		return PAD_MIN;
	e = log2_floor(size);
	mask = ((size_t)1 << (e - (log2_floor(e) + 1))) - 1;
	return (size + mask) & ~mask;
}

int pad_put(struct buf *b)
{
	size_t more = pad_size(b->len) - b->len;
	uint8_t *to = buf_reserve(b, more);

	if (!to)
		return buf_err(b);
	memset(to, 0, more);
	to[0] = 0x80;
	return 0;
}

int pad_strip(const void *padded, size_t len, size_t *content_len)
{
	const uint8_t *p = padded;
	size_t n = len;

	*content_len = 0;
	while (n > 0 && p[n - 1] == 0)
		n--;
	if (n == 0 || p[n - 1] != 0x80 || pad_size(n - 1) != len)
		return ERR_PADDING;
	*content_len = n - 1;
	return 0;
}
