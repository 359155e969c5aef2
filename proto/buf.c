/* buf: see buf.h. Growing allocates, copies and wipes; realloc would leave the old bytes behind. */
#include "buf.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"

#define BUF_FIRST 64

static size_t buf_limit(const struct buf *b)
{
	return b->max != 0 ? b->max : BUF_MAX_DEFAULT;
}

static int buf_fail(struct buf *b, int err)
{
	b->err = err;
	return err;
}

/* Makes room for `len` more bytes; afterwards data is never NULL. */
static int buf_grow(struct buf *b, size_t len)
{
	size_t max = buf_limit(b);
	size_t need, cap;
	uint8_t *data;

	if (b->err != 0)
		return b->err;
	if (len > max - b->len)
		return buf_fail(b, ERR_TOO_BIG);
	need = b->len + len;
	if (b->data != NULL && need <= b->cap)
		return 0;
	cap = b->cap > max / 2 ? max : b->cap * 2;
	if (cap < BUF_FIRST)
		cap = BUF_FIRST < max ? BUF_FIRST : max;
	if (cap < need)
		cap = need;
	data = malloc(cap);
	if (data == NULL)
		return buf_fail(b, ERR_NOMEM);
	if (b->len > 0)
		memcpy(data, b->data, b->len);
	buf_free_bytes(b->data, b->len);
	b->data = data;
	b->cap = cap;
	return 0;
}

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max != 0 ? max : BUF_MAX_DEFAULT};
}

void buf_wipe(struct buf *b)
{
	buf_free_bytes(b->data, b->len);
	buf_init(b, b->max);
}

void buf_reset(struct buf *b)
{
	buf_truncate(b, 0);
	b->err = 0;
}

int buf_put(struct buf *b, const void *bytes, size_t len)
{
	uint8_t *to = buf_reserve(b, len);

	if (to == NULL)
		return b->err;
	if (len > 0)
		memcpy(to, bytes, len);
	return 0;
}

int buf_put_u8(struct buf *b, uint8_t v)
{
	return buf_put(b, &v, 1);
}

int buf_put_u16(struct buf *b, uint16_t v)
{
	uint8_t bytes[2] = {(uint8_t)(v >> 8), (uint8_t)v};

	return buf_put(b, bytes, sizeof bytes);
}

int buf_put_u32(struct buf *b, uint32_t v)
{
	uint8_t bytes[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};

	return buf_put(b, bytes, sizeof bytes);
}

int buf_put_u64(struct buf *b, uint64_t v)
{
	uint8_t bytes[8];

	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(v >> (56 - 8 * i));
	return buf_put(b, bytes, sizeof bytes);
}

uint8_t *buf_reserve(struct buf *b, size_t len)
{
	uint8_t *start;

	if (buf_grow(b, len) != 0)
		return NULL;
	start = b->data + b->len;
	b->len += len;
	return start;
}

void buf_truncate(struct buf *b, size_t len)
{
	if (len >= b->len)
		return;
	explicit_bzero(b->data + len, b->len - len);
	b->len = len;
}

void buf_consume(struct buf *b, size_t len)
{
	size_t rest;

	if (len > b->len)
		len = b->len;
	rest = b->len - len;
	if (len > 0 && rest > 0)
		memmove(b->data, b->data + len, rest);
	buf_truncate(b, rest);
}

int buf_err(const struct buf *b)
{
	return b->err;
}

int buf_take(struct buf *b, uint8_t **data, size_t *len)
{
	*data = NULL;
	*len = 0;
	if (b->err != 0)
		return b->err;
	if (b->len > 0) {
		*data = b->data;
		*len = b->len;
		b->data = NULL;
		b->len = 0;
	}
	buf_wipe(b);
	return 0;
}

void buf_free_bytes(uint8_t *data, size_t len)
{
	if (data == NULL)
		return;
	if (len > 0)
		explicit_bzero(data, len);
	free(data);
}
