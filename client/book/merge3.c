/* merge3: see merge3.h. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/buf.h"
#include "proto/err.h"

#include "merge3.h"

#define NONE UINT32_MAX

struct line {
	const char *at;
	size_t len; /* without the newline */
	uint64_t hash;
};

/* "a\nb" is two lines, "a\nb\n" three, the last one empty: joined by newlines they are the text again. */
struct lines {
	struct line *at;
	uint32_t n;
};

/* --- lines --- */

static uint64_t hash_of(const char *at, size_t len)
{
	uint64_t h = 1469598103934665603u; /* FNV-1a: only to compare faster */
	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)at[i]) * 1099511628211u;
	return h;
}

static int split(const struct merge3_text *text, struct lines *out)
{
	uint32_t n = 1;
	for (size_t i = 0; i < text->len; i++)
		n += text->text[i] == '\n';
	out->at = calloc(n, sizeof(*out->at));
	if (!out->at)
		return ERR_NOMEM;
	const char *at = text->text, *end = text->text + text->len;
	for (out->n = 0; out->n < n; out->n++) {
		const char *newline = out->n + 1 < n ? memchr(at, '\n', (size_t)(end - at)) : end;
		size_t len = (size_t)(newline - at);
		out->at[out->n] = (struct line){at, len, hash_of(at, len)};
		at = newline + (newline < end);
	}
	return 0;
}

static bool same(const struct line *x, const struct line *y)
{
	return x->hash == y->hash && x->len == y->len && memcmp(x->at, y->at, x->len) == 0;
}

/* --- differences: which line of `to` each line of `from` became, NONE for those that went --- */

struct diff {
	const struct line *from, *to; /* behind what both begin with */
	uint32_t n_from, n_to;        /* without what both end with */
	uint32_t skipped;             /* what both begin with */
	uint32_t *match;              /* of the whole `from` */
};

/* How far along `from` diagonal k (x - y) gets with the d-th edit, before lines that are the same: from diagonal k - 1
 * by leaving a line of `from` out (*out), or from k + 1 by taking one of `to` in. `before` holds the ends after d - 1
 * edits, those of diagonals 1 - d, 3 - d .. d - 1, NONE where a diagonal cannot be reached. NONE likewise. */
static uint32_t step(const struct diff *df, const uint32_t *before, int64_t d, int64_t k, bool *out)
{
	uint32_t right = k > -d ? before[(k + d) / 2 - 1] : NONE, down = k < d ? before[(k + d) / 2] : NONE;
	right = right == NONE || right == df->n_from ? NONE : right + 1;
	if (down != NONE && down - k > df->n_to)
		down = NONE;
	*out = right != NONE && (down == NONE || right > down);
	return *out ? right : down;
}

static uint32_t slide(const struct diff *df, uint32_t x, int64_t k)
{
	while (x < df->n_from && x - k < df->n_to && same(&df->from[x], &df->to[x - k]))
		x++;
	return x;
}

static void walk_back(struct diff *df, uint32_t *const *trace, int64_t d)
{
	int64_t x = df->n_from, y = df->n_to;
	for (; d >= 0; d--) {
		bool out = false;
		uint32_t begin = d ? step(df, trace[d - 1], d, x - y, &out) : 0;
		for (; x > begin; x--, y--)
			df->match[df->skipped + x - 1] = df->skipped + (uint32_t)y - 1;
		if (out)
			x--;
		else
			y--;
	}
}

/* Myers: the fewest edits. After MERGE3_EDITS of them nothing in between is a match. */
static int find_edits(struct diff *df)
{
	uint32_t **trace = calloc(MERGE3_EDITS + 1, sizeof(*trace));
	int err = trace ? 0 : ERR_NOMEM;
	bool found = false;
	for (int64_t d = 0; !err && !found && d <= MERGE3_EDITS; d++) {
		trace[d] = malloc((size_t)(d + 1) * sizeof(**trace));
		if (!trace[d]) {
			err = ERR_NOMEM;
			break;
		}
		for (int64_t k = -d; k <= d && !found; k += 2) {
			bool out;
			uint32_t x = d ? step(df, trace[d - 1], d, k, &out) : 0;
			trace[d][(k + d) / 2] = x = x == NONE ? NONE : slide(df, x, k);
			found = x == df->n_from && x - k == df->n_to;
		}
		if (found)
			walk_back(df, trace, d);
	}
	for (size_t d = 0; trace && d <= MERGE3_EDITS; d++)
		free(trace[d]);
	free(trace);
	return err;
}

static int compare(const struct lines *from, const struct lines *to, uint32_t **match)
{
	uint32_t least = from->n < to->n ? from->n : to->n, first = 0, last = 0;
	*match = malloc(from->n * sizeof(**match));
	if (!*match)
		return ERR_NOMEM;
	memset(*match, 0xff, from->n * sizeof(**match));
	for (; first < least && same(&from->at[first], &to->at[first]); first++)
		(*match)[first] = first;
	for (; last < least - first && same(&from->at[from->n - 1 - last], &to->at[to->n - 1 - last]); last++)
		(*match)[from->n - 1 - last] = to->n - 1 - last;
	struct diff df = {from->at + first, to->at + first, from->n - first - last, to->n - first - last, first, *match};
	return df.n_from && df.n_to ? find_edits(&df) : 0;
}

/* --- the merge --- */

struct part {
	const struct line *at;
	uint32_t n;
};

struct merge {
	struct lines base, a, b;
	uint32_t *to_a, *to_b; /* of the lines of base */
	const struct merge3_marks *marks;
	struct buf *out;
	bool begun; /* a line is there: a newline comes before the next */
	size_t conflicts;
};

static void put_line(struct merge *m, const char *text, size_t len)
{
	if (m->begun)
		buf_put_u8(m->out, '\n');
	m->begun = true;
	if (len)
		buf_put(m->out, text, len);
}

static void put_part(struct merge *m, const struct part *p)
{
	for (uint32_t i = 0; i < p->n; i++)
		put_line(m, p->at[i].at, p->at[i].len);
}

static bool equal(const struct part *x, const struct part *y)
{
	bool same_lines = x->n == y->n;
	for (uint32_t i = 0; same_lines && i < x->n; i++)
		same_lines = same(&x->at[i], &y->at[i]);
	return same_lines;
}

static void put_conflict(struct merge *m, struct part a, struct part b)
{
	uint32_t least = a.n < b.n ? a.n : b.n, first = 0, last = 0;
	while (first < least && same(&a.at[first], &b.at[first]))
		first++;
	while (last < least - first && same(&a.at[a.n - 1 - last], &b.at[b.n - 1 - last]))
		last++;
	put_part(m, &(struct part){a.at, first});
	put_line(m, m->marks->first, strlen(m->marks->first));
	put_part(m, &(struct part){a.at + first, a.n - first - last});
	put_line(m, m->marks->second, strlen(m->marks->second));
	put_part(m, &(struct part){b.at + first, b.n - first - last});
	put_line(m, m->marks->end, strlen(m->marks->end));
	put_part(m, &(struct part){a.at + a.n - last, last});
	m->conflicts++;
}

static void put_changed(struct merge *m, const struct part *base, const struct part *a, const struct part *b)
{
	if (equal(a, base))
		put_part(m, b);
	else if (equal(b, base) || equal(a, b))
		put_part(m, a);
	else
		put_conflict(m, *a, *b);
}

/* Lines that both kept, in a row, end a changed place. */
static void put_all(struct merge *m)
{
	uint32_t o = 0, a = 0, b = 0;
	while (o < m->base.n || a < m->a.n || b < m->b.n) {
		uint32_t next = o;
		while (next < m->base.n && (m->to_a[next] == NONE || m->to_b[next] == NONE))
			next++;
		uint32_t next_a = next < m->base.n ? m->to_a[next] : m->a.n;
		uint32_t next_b = next < m->base.n ? m->to_b[next] : m->b.n;
		if (next > o || next_a > a || next_b > b)
			put_changed(m, &(struct part){m->base.at + o, next - o}, &(struct part){m->a.at + a, next_a - a},
			            &(struct part){m->b.at + b, next_b - b});
		if (next < m->base.n)
			put_line(m, m->base.at[next].at, m->base.at[next].len);
		o = next + (next < m->base.n);
		a = next_a + (next < m->base.n);
		b = next_b + (next < m->base.n);
	}
}

int merge3(const struct merge3_texts *texts, const struct merge3_marks *marks, struct buf *out, size_t *conflicts)
{
	struct merge m = {.marks = marks, .out = out};
	*conflicts = 0;
	int err = split(&texts->base, &m.base);
	if (!err)
		err = split(&texts->a, &m.a);
	if (!err)
		err = split(&texts->b, &m.b);
	if (!err)
		err = compare(&m.base, &m.a, &m.to_a);
	if (!err)
		err = compare(&m.base, &m.b, &m.to_b);
	if (!err) {
		put_all(&m);
		err = buf_err(out);
	}
	if (!err)
		*conflicts = m.conflicts;
	free(m.base.at);
	free(m.a.at);
	free(m.b.at);
	free(m.to_a);
	free(m.to_b);
	return err;
}
