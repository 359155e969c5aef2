/* compare_view: see compare_view.h. Records are gathered as (direction, device, rid), sorted, and counted in runs. */
#include <stdlib.h>
#include <string.h>

#include "client/book/ledger.h"
#include "proto/check.h"
#include "proto/err.h"
#include "proto/record.h"

#include "compare.h"

#include "compare_view.h"

struct passed {
	uint8_t held; /* else sent */
	uint8_t did[16], rid[32];
};

struct gathering {
	const uint8_t *self, *other;
	struct passed *rows;
	size_t n, room;
};

static int add(struct gathering *g, bool held, const struct record *r)
{
	if (g->n == g->room) {
		size_t room = g->room ? 2 * g->room : 256;
		struct passed *more = realloc(g->rows, room * sizeof(*more));
		if (!more)
			return ERR_NOMEM;
		g->rows = more;
		g->room = room;
	}
	struct passed *row = &g->rows[g->n++];
	row->held = held;
	memcpy(row->did, r->did, sizeof(row->did));
	memcpy(row->rid, r->rid, sizeof(row->rid));
	return 0;
}

static int visit(void *arg, const struct ledger_record *row)
{
	struct gathering *g = arg;
	struct record r;
	if (row->state == LEDGER_WAITING)
		return 0;
	int err = record_parse(row->record, row->record_len, &r);
	if (err)
		return ERR_CORRUPT;
	if (r.class == RECORD_CONTROL)
		return 0;
	bool held = memcmp(r.author, g->other, RECORD_PID) == 0 && record_audience_has(&r, g->self, NULL);
	bool sent = memcmp(r.author, g->self, RECORD_PID) == 0 && record_audience_has(&r, g->other, NULL);
	return held || sent ? add(g, held, &r) : 0;
}

static int by_stream(const void *a, const void *b)
{
	const struct passed *x = a, *y = b;
	int order = (x->held > y->held) - (x->held < y->held);
	return order ? order : memcmp(x->did, y->did, sizeof(x->did));
}

/* One device's records: rows [from, to). */
static int count_run(const struct gathering *g, size_t from, size_t to, struct check_reveal *reveal)
{
	struct check_stream s = {.count = to - from};
	uint8_t(*rids)[32] = calloc(to - from, sizeof(*rids));
	if (!rids)
		return ERR_NOMEM;
	for (size_t i = from; i < to; i++)
		memcpy(rids[i - from], g->rows[i].rid, sizeof(*rids));
	memcpy(s.did, g->rows[from].did, sizeof(s.did));
	int err = check_stream_hash(rids, to - from, s.hash);
	if (!err)
		err = check_streams_add(g->rows[from].held ? &reveal->held : &reveal->sent, &s);
	free(rids);
	return err;
}

int compare_view_fill(struct vault_txn *txn, const uint8_t self[16], const uint8_t other[16],
                      struct check_reveal *reveal)
{
	struct gathering g = {.self = self, .other = other};
	reveal->sent.n = reveal->held.n = 0;
	int err = ledger_record_each(txn, visit, &g);
	if (!err && g.n)
		qsort(g.rows, g.n, sizeof(*g.rows), by_stream);
	for (size_t from = 0, to; !err && from < g.n; from = to) {
		for (to = from + 1; to < g.n && by_stream(&g.rows[from], &g.rows[to]) == 0; to++)
			;
		err = count_run(&g, from, to, reveal);
	}
	free(g.rows);
	return err;
}

/* --- differences --- */

/* Adds up what `a` has of each device beyond `b`. */
static uint64_t beyond(const struct check_streams *a, const struct check_streams *b)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < a->n; i++) {
		const struct check_stream *other = check_streams_find(b, a->at[i].did);
		uint64_t have = other ? other->count : 0;
		sum += a->at[i].count > have ? a->at[i].count - have : 0;
	}
	return sum;
}

static bool same_numbers_only(const struct check_streams *a, const struct check_streams *b)
{
	return !beyond(a, b) && !beyond(b, a) && !check_streams_equal(a, b);
}

void compare_view_differ(const struct check_reveal *mine, const struct check_reveal *theirs,
                         struct compare_difference *out)
{
	*out = (struct compare_difference){
	    .mine_not_there = beyond(&mine->sent, &theirs->held),
	    .theirs_not_here = beyond(&theirs->sent, &mine->held),
	    .mine_not_here = beyond(&theirs->held, &mine->sent),
	    .theirs_not_there = beyond(&mine->held, &theirs->sent),
	    .others = same_numbers_only(&mine->sent, &theirs->held) || same_numbers_only(&theirs->sent, &mine->held),
	    .keys_here = memcmp(mine->known, theirs->head, sizeof(mine->known)) != 0,
	    .keys_there = memcmp(theirs->known, mine->head, sizeof(theirs->known)) != 0,
	};
}
