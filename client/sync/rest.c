/* rest: see rest.h. */
#include <time.h>

#include "client/book/chart.h"
#include "client/book/dosing.h"
#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/vault.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/role.h"

#include "rest.h"

struct resting {
	const struct write_ctx *ctx;
	struct chart chart;
	size_t n;
};

static int look(void *arg, const struct book_item *item)
{
	struct resting *r = arg;
	size_t n = 0;
	if (!dosing_item_until(&r->chart, item, r->ctx->now_ms))
		return 0;
	int err = write_hold_back(r->ctx, item, &n);
	r->n += n > 0;
	return err;
}

int rest_pending_in(const struct write_ctx *ctx, size_t *n)
{
	const struct person *self = people_self(ctx->people);
	struct resting r = {.ctx = ctx, .chart = {ctx->book, ctx->people, self}};
	int err = dosing_last(&r.chart) ? book_each(ctx->book, CONTENT_JOURNAL, self, look, &r) : 0;
	*n = r.n;
	return err;
}

static int rest_all(struct write_ctx *ctx, const struct identity *id, size_t *n)
{
	struct people *people = NULL;
	struct book *book = NULL;
	int err = people_load(ctx->txn, id->genesis, &people);
	if (!err)
		err = book_load(ctx->txn, people, false, &book);
	ctx->people = people;
	ctx->book = book;
	if (!err)
		err = rest_pending_in(ctx, n);
	book_free(book);
	people_free(people);
	return err;
}

int rest_pending(struct vault *vault, const struct identity *id, size_t *n)
{
	struct write_ctx ctx = {.book = NULL};
	struct timespec t;
	*n = 0;
	if (id->role != ROLE_CLIENT)
		return 0;
	clock_gettime(CLOCK_REALTIME, &t);
	ctx.now_ms = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
	int err = vault_begin(vault, true, &ctx.txn);
	if (!err && ledger_pending_count(ctx.txn))
		err = rest_all(&ctx, id, n);
	if (err || !*n)
		vault_abort(ctx.txn);
	else
		err = vault_commit(ctx.txn);
	return err;
}
