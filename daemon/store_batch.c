/* store_batch: see the header. Today a batch is one LMDB write transaction, whose commit is two flushes. */
#include "proto/err.h"
#include "store_batch.h"
#include "store_inner.h"

/* Where records and invitations stop. */
static uint64_t mark_of(uint64_t capacity)
{
	return capacity - capacity / 10;
}

int store_room(struct store *s, struct store_room *out)
{
	*out = (struct store_room){0};
	int err = store_env_room(&s->env, true, &out->used, &out->capacity);
	out->full = !err && out->used >= mark_of(out->capacity);
	return err;
}

int store_batch_begin(struct store *s, struct store_batch **out)
{
	*out = NULL;
	if (s->failed)
		return ERR_STORE_FATAL;
	if (s->batch_open)
		return ERR_INTERNAL;
	uint64_t used, capacity;
	int err = store_env_room(&s->env, false, &used, &capacity);
	if (err)
		return err;
	s->batch = (struct store_batch){.store = s};
	if (used < mark_of(capacity))
		s->batch.pages_left = (size_t)((mark_of(capacity) - used) / s->env.page_size);
	err = store_txn_write(&s->env, &s->batch.txn);
	if (err) {
		s->failed = err == ERR_STORE_FATAL;
		return err;
	}
	s->batch_open = true;
	*out = &s->batch;
	return 0;
}

int store_batch_commit(struct store_batch *b)
{
	struct store *s = b->store;
	int err = store_txn_commit(&b->txn);
	s->batch_open = false;
	s->failed = err == ERR_STORE_FATAL;
	return err;
}

void store_batch_abort(struct store_batch *b)
{
	if (!b)
		return;
	store_txn_end(&b->txn);
	b->store->batch_open = false;
}

int store_batch_err(const struct store_batch *b)
{
	return b->txn.err;
}

uint64_t store_batch_writes(const struct store_batch *b)
{
	return b->txn.writes;
}

size_t store_batch_pages(const struct store_batch *b)
{
	return store_txn_pages(&b->txn);
}

int store_batch_has_room(const struct store_batch *b, size_t rows, size_t bytes)
{
	if (b->txn.err)
		return b->txn.err;
	size_t need = rows + bytes / b->store->env.page_size + 1;
	return store_txn_pages(&b->txn) + need < b->pages_left ? 0 : ERR_FULL;
}
