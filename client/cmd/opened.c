/* opened: see opened.h. */
#include <stdint.h>

#include "client/book/ledger.h"
#include "proto/role.h"

#include "desk.h"

#include "opened.h"

#define OPENED 2

static int write_opened(struct write_ctx *ctx, void *arg)
{
	const struct book_item *item = arg;
	const struct book_revision *head = book_head(item);
	return write_receipt(ctx, item->author, (const uint8_t(*)[32])head->ref, 1, OPENED);
}

/* On this device alone. */
static int remember_opened(struct write_ctx *ctx, void *arg)
{
	const struct book_item *item = arg;
	return ledger_fact_put(ctx->txn, "opened", book_head(item)->ref, sizeof(book_head(item)->ref), NULL, 0);
}

int opened_mark(struct desk *d, const struct book_item *item)
{
	const struct person *self = people_self(d->people);
	if (item->author->is_self || item->opened_here || book_head(item)->withdrawn)
		return KAP_OK;
	desk_fn *mark = role_is_staff((enum role)self->role) ? write_opened : remember_opened;
	int err = desk_write(d, mark, (void *)(uintptr_t)item);
	return err ? kap_fail_err(d->kap, err, "It could not be noted that you have read this.") : KAP_OK;
}
