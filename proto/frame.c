/* frame: where the next frame ends, from bytes that arrived. Knows the length field and its limits, and deliberately
 * neither what is inside a frame nor where the bytes come from. */
#include "buf.h"
#include "err.h"

#include "frame.h"

int frame_peek(const uint8_t *bytes, size_t len, size_t max, size_t *body_len)
{
	size_t n;

	*body_len = 0;
	if (len < FRAME_HEADER)
		return ERR_MORE;
	n = (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
	if (n < FRAME_MIN)
		return ERR_PROTO;
	if (max < FRAME_HEADER || n > max - FRAME_HEADER)
		return ERR_TOO_BIG;
	*body_len = n;
	return len - FRAME_HEADER < n ? ERR_MORE : 0;
}

size_t frame_begin(struct buf *out)
{
	size_t start = out->len;

	buf_put_u32(out, 0);
	return start;
}

int frame_end(struct buf *out, size_t start, size_t max)
{
	int err = buf_err(out);
	size_t n;

	if (err)
		goto out;
	err = ERR_RANGE;
	if (start > out->len || out->len - start < FRAME_HEADER + FRAME_MIN)
		goto out;
	err = ERR_TOO_BIG;
	n = out->len - start - FRAME_HEADER;
	if (max < FRAME_HEADER || n > max - FRAME_HEADER || n > UINT32_MAX)
		goto out;
	out->data[start] = (uint8_t)(n >> 24);
	out->data[start + 1] = (uint8_t)(n >> 16);
	out->data[start + 2] = (uint8_t)(n >> 8);
	out->data[start + 3] = (uint8_t)n;
	return 0;
out:
	buf_truncate(out, start);
	return err;
}
