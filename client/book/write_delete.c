/* write_delete: the bin and what is for good: see write.h. */
#include <stdlib.h>
#include <string.h>

#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"

#include "book.h"
#include "ledger.h"
#include "people.h"
#include "write_internal.h"

#include "write.h"

#define OTHERS (RECORD_AUDIENCE - 1)
#define DAY_MS ((uint64_t)86400000)

static int check_own(const struct book_item *item)
{
	if (!item->author->is_self || book_giver(item, false))
		return ERR_NOT_AUTHOR;
	return item->deleted ? ERR_ARG : 0;
}

/* --- the bin --- */

static int take_from_all(const struct write_ctx *ctx, const struct book_item *item)
{
	const struct person *from[OTHERS];
	size_t n = 0;
	int err = 0;
	for (size_t i = 0; !err && i < item->n_readers; i++) {
		if (!item->readers[i].withdrawn)
			from[n++] = item->readers[i].person;
		if (n == OTHERS || (n && i + 1 == item->n_readers)) {
			err = write_unshare(ctx, item, from, n);
			n = 0;
		}
	}
	return err;
}

/* What was said before is superseded; what took the item out counts most, so it must be. */
static void set_parents(const struct book_item *bin, struct content_head *head)
{
	for (unsigned pass = 0; bin && pass < 2; pass++)
		for (size_t i = 0; i < bin->n_heads && head->n_parents < CONTENT_PARENTS; i++) {
			const struct content *said = bin->heads[i]->content;
			bool in = said && content_u64(said, CONTENT_BIN_UNTIL, 0) != 0;
			if (in == (pass == 1))
				memcpy(head->parents[head->n_parents++], bin->heads[i]->ref, LEDGER_REF);
		}
}

static int set_versions(struct content *c, const struct book_item *item, uint64_t until_ms)
{
	struct buf list;
	buf_init(&list, 0);
	mp_put_array(&list, until_ms ? (uint32_t)item->n_heads : 0);
	for (size_t i = 0; until_ms && i < item->n_heads; i++)
		mp_put_bin(&list, item->heads[i]->ref, LEDGER_REF);
	int err = buf_err(&list);
	if (!err)
		err = content_set_array(c, CONTENT_BIN_VERSIONS, list.data, list.len);
	buf_wipe(&list);
	return err;
}

static int say(const struct write_ctx *ctx, const struct book_item *item, uint64_t until_ms)
{
	struct ledger_pending p = {.record_class = RECORD_PRIVATE, .op = RECORD_CONTENT};
	struct content_head head;
	int err = write_head(ctx, CONTENT_BIN, &head);
	memcpy(head.item, item->id, sizeof(head.item));
	set_parents(item->bin, &head);
	struct content *c = err ? NULL : content_new(&head);
	if (c)
		err = content_set_bin(c, CONTENT_DELETED_ITEM, item->id, sizeof(item->id));
	if (c && !err)
		err = set_versions(c, item, until_ms);
	if (c && !err)
		err = content_set_u64(c, CONTENT_BIN_UNTIL, until_ms);
	if (!err)
		err = write_put(ctx, c, &p, NULL);
	content_free(c);
	return err;
}

int write_bin(const struct write_ctx *ctx, const struct book_item *item, uint64_t until_ms)
{
	int err = check_own(item);
	if (!err && (item->kind != CONTENT_JOURNAL || !until_ms))
		err = ERR_ARG;
	if (!err && item->bin_until_ms)
		err = ERR_EXISTS;
	if (!err && item->n_heads > CONTENT_BIN_VERSIONS_MAX)
		err = ERR_RANGE;
	if (!err)
		err = take_from_all(ctx, item);
	if (!err)
		err = ledger_fact_put(ctx->txn, LEDGER_FACT_BINNED, NULL, 0, NULL, 0);
	return err ? err : say(ctx, item, until_ms);
}

int write_unbin(const struct write_ctx *ctx, const struct book_item *item)
{
	return item->bin_until_ms ? say(ctx, item, 0) : ERR_NOT_FOUND;
}

/* --- for good --- */

struct deleting {
	const struct write_ctx *ctx;
	const struct book_item *item;
	struct ledger_pending *stones; /* one for each class and audience, and for every 64 revisions of these */
	size_t n;
	uint64_t *unsealed; /* rows of pending */
	size_t n_unsealed;
	uint32_t kept_until;
};

/* The tombstone for a record of this class and audience. NULL without memory. */
static struct ledger_pending *stone_for(struct deleting *d, const struct record *r)
{
	struct ledger_pending want = {.record_class = r->class, .op = RECORD_TOMBSTONE};
	for (uint32_t i = 0; i < r->audience; i++)
		if (i != r->author_at)
			memcpy(want.audience[want.n_audience++], r->wraps[i].pid, RECORD_PID);
	for (size_t i = 0; i < d->n; i++)
		if (d->stones[i].record_class == want.record_class && d->stones[i].n_audience == want.n_audience &&
		    memcmp(d->stones[i].audience, want.audience, want.n_audience * sizeof(want.audience[0])) == 0 &&
		    d->stones[i].n_targets < RECORD_TARGETS)
			return &d->stones[i];
	struct ledger_pending *more = realloc(d->stones, (d->n + 1) * sizeof(*more));
	if (!more)
		return NULL;
	d->stones = more;
	d->stones[d->n] = want;
	return &d->stones[d->n++];
}

static int add_target(struct deleting *d, const uint8_t rid[32])
{
	struct ledger_pending *stone;
	struct ledger_record row;
	struct record r;
	struct buf hold;
	buf_init(&hold, 0);
	int err = ledger_record_get(d->ctx->txn, rid, &hold, &row);
	if (!err)
		err = record_parse(row.record, row.record_len, &r) ? ERR_CORRUPT : 0;
	if (!err && r.retain_day > d->ctx->now_ms / DAY_MS) {
		d->kept_until = r.retain_day;
		err = ERR_RETAINED;
	}
	if (!err) {
		stone = stone_for(d, &r);
		err = stone ? 0 : ERR_NOMEM;
	}
	if (!err)
		memcpy(stone->targets[stone->n_targets++], rid, 32);
	buf_wipe(&hold);
	return err;
}

static bool is_unsealed(const struct book_item *item, const uint8_t lid[LEDGER_REF])
{
	for (size_t i = 0; item && i < item->n_revisions; i++)
		if (item->revisions[i].pending && memcmp(item->revisions[i].ref, lid, LEDGER_REF) == 0)
			return true;
	return false;
}

static int collect(void *arg, const struct ledger_pending *p)
{
	struct deleting *d = arg;
	if (!is_unsealed(d->item, p->lid) && !is_unsealed(d->item->bin, p->lid))
		return 0;
	uint64_t *more = realloc(d->unsealed, (d->n_unsealed + 1) * sizeof(*more));
	if (!more)
		return ERR_NOMEM;
	d->unsealed = more;
	d->unsealed[d->n_unsealed++] = p->seq;
	return 0;
}

static int put_stone(const struct deleting *d, struct ledger_pending *stone)
{
	struct content_head head;
	int err = write_head(d->ctx, CONTENT_TOMBSTONE, &head);
	struct content *c = err ? NULL : content_new(&head);
	if (c)
		err = content_set_bin(c, CONTENT_DELETED_ITEM, d->item->id, sizeof(d->item->id));
	if (c && !err)
		err = content_set_u64(c, CONTENT_DELETED_KIND, d->item->kind);
	if (!err)
		err = write_put(d->ctx, c, stone, NULL);
	content_free(c);
	return err;
}

static int delete_item(const struct write_ctx *ctx, const struct book_item *item, uint32_t *kept_until)
{
	struct deleting d = {.ctx = ctx, .item = item};
	int err = check_own(item);
	for (size_t i = 0; !err && i < item->n_revisions; i++)
		if (!item->revisions[i].pending && !item->revisions[i].deleted)
			err = add_target(&d, item->revisions[i].ref);
	if (!err)
		err = ledger_pending_each(ctx->txn, collect, &d);
	for (size_t i = 0; !err && i < d.n_unsealed; i++)
		err = ledger_pending_remove(ctx->txn, d.unsealed[i]);
	for (size_t i = 0; !err && i < d.n; i++)
		err = put_stone(&d, &d.stones[i]);
	if (kept_until)
		*kept_until = d.kept_until;
	free(d.stones);
	free(d.unsealed);
	return err;
}

int write_delete(const struct write_ctx *ctx, const struct book_item *item, uint32_t *kept_until)
{
	int err = delete_item(ctx, item, kept_until);
	for (size_t i = 0; !err && i < item->n_comments; i++)
		if (item->comments[i]->author->is_self)
			err = delete_item(ctx, item->comments[i], NULL);
	return err;
}
