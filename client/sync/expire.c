/* expire: see expire.h. */
#include "client/book/book.h"
#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/err.h"

#include "expire.h"

struct expiring {
	struct write_ctx ctx;
	size_t n;
};

static int look(void *arg, const struct book_item *item)
{
	struct expiring *e = arg;
	if (!item->bin_until_ms || item->bin_until_ms > e->ctx.now_ms)
		return 0;
	int err = write_delete(&e->ctx, item, NULL);
	e->n += !err;
	return err;
}

int expire_bin(struct vault *vault, const struct identity *id, uint64_t now_ms, size_t *n)
{
	struct expiring e = {.ctx.now_ms = now_ms};
	struct people *people = NULL;
	struct book *book = NULL;
	struct buf never;
	*n = 0;
	buf_init(&never, 0);
	int err = vault_begin(vault, true, &e.ctx.txn);
	if (!err)
		err = ledger_fact_get(e.ctx.txn, LEDGER_FACT_BINNED, NULL, 0, &never);
	if (!err)
		err = people_load(e.ctx.txn, id->genesis, &people);
	if (!err)
		err = book_load(e.ctx.txn, people, false, &book);
	e.ctx.people = people;
	e.ctx.book = book;
	if (!err)
		err = book_each_in_bin(book, look, &e);
	if (err || !e.n)
		vault_abort(e.ctx.txn);
	else
		err = vault_commit(e.ctx.txn);
	if (!err)
		*n = e.n;
	buf_wipe(&never);
	book_free(book);
	people_free(people);
	return err == ERR_NOT_FOUND ? 0 : err;
}
