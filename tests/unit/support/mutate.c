/* mutate: see mutate.h. Each strategy is a row: how many variants it has of one position, how many positions, and how
 * it makes one of them. */
#include "mutate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes variant `m->variant` at position `m->at` in m->data, which has room for blob_len + 1. False: no such variant
 * here. */
typedef bool apply_fn(struct mutate *m);

static bool flip_bit(struct mutate *m)
{
	m->data[m->at] ^= (uint8_t)(1u << m->variant);
	return true;
}

static bool set_byte(struct mutate *m)
{
	uint8_t was = m->blob[m->at];
	uint8_t now[] = {(uint8_t)~was, 0x00, 0xff};

	m->data[m->at] = now[m->variant];
	return m->variant == 0 || (now[m->variant] != was && now[m->variant] != now[0]);
}

static bool cut_end(struct mutate *m)
{
	m->len = m->at;
	return true;
}

static bool cut_start(struct mutate *m)
{
	m->len = m->at;
	if (m->len > 0)
		memcpy(m->data, m->blob + (m->blob_len - m->len), m->len);
	return m->len > 0;
}

static bool grow(struct mutate *m)
{
	static const uint8_t more[] = {0x00, 0x01, 0x80, 0xff};
	bool front = m->variant >= sizeof more;

	m->len = m->blob_len + 1;
	if (front && m->blob_len > 0)
		memcpy(m->data + 1, m->blob, m->blob_len);
	m->data[front ? 0 : m->blob_len] = more[m->variant % sizeof more];
	return m->blob_len > 0 || !front;
}

static const struct {
	unsigned strategy;
	unsigned variants;
	bool once; /* one position only, not one for each byte */
	const char *what;
	apply_fn *apply;
} rows[] = {
    {MUTATE_BITS, 8, false, "bit flipped", flip_bit},
    {MUTATE_BYTES, 3, false, "byte replaced", set_byte},
    {MUTATE_CUT_END, 1, false, "end cut, length left", cut_end},
    {MUTATE_CUT_START, 1, false, "start cut, length left", cut_start},
    {MUTATE_GROW, 8, true, "one byte more", grow},
};

#define ROWS (sizeof rows / sizeof rows[0])

void mutate_begin(struct mutate *m, unsigned strategies, const void *blob, size_t len)
{
	*m = (struct mutate){.blob = blob, .blob_len = len, .stride = 1, .strategies = strategies};
}

void mutate_stride(struct mutate *m, size_t stride)
{
	m->stride = stride > 0 ? stride : 1;
}

/* A whole copy with room for one byte more, damaged. */
static bool fresh_copy(struct mutate *m)
{
	free(m->data);
	m->data = malloc(m->blob_len + 1);
	if (m->data == NULL)
		abort();
	if (m->blob_len > 0)
		memcpy(m->data, m->blob, m->blob_len);
	m->len = m->blob_len;
	return rows[m->row].apply(m);
}

static void exact_length(struct mutate *m)
{
	uint8_t *exact = malloc(m->len);

	if (exact == NULL)
		abort();
	if (m->len > 0)
		memcpy(exact, m->data, m->len);
	free(m->data);
	m->data = exact;
}

bool mutate_next(struct mutate *m)
{
	while (m->row < ROWS) {
		size_t positions = rows[m->row].once ? 1 : m->blob_len;
		unsigned variant = m->variant;
		size_t at = m->at;
		bool made;

		if ((m->strategies & rows[m->row].strategy) == 0 || at >= positions) {
			m->row++;
			m->at = 0;
			continue;
		}
		made = fresh_copy(m);
		if (made) {
			snprintf(m->what, sizeof m->what, "%s, at %zu of %zu, variant %u", rows[m->row].what, at, m->blob_len,
			         variant);
			exact_length(m);
			m->count++;
		}
		m->variant = (variant + 1) % rows[m->row].variants;
		if (m->variant == 0)
			m->at += m->stride;
		if (made)
			return true;
	}
	mutate_end(m);
	return false;
}

void mutate_end(struct mutate *m)
{
	free(m->data);
	m->data = NULL;
	m->len = 0;
	m->row = ROWS;
}

const char *mutate_what(const struct mutate *m)
{
	return m->what;
}
