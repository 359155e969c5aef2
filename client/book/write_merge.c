/* write_merge: the revision that joins versions of an item; see write.h. */
#include <string.h>

#include "proto/content.h"
#include "proto/err.h"
#include "proto/record.h"

#include "book.h"
#include "ledger.h"
#include "people.h"
#include "write_internal.h"

#include "write.h"

static bool can_read(const struct book_revision *r, const struct person *person)
{
	for (size_t i = 0; i < r->n_access; i++)
		if (r->access[i].person == person && !r->access[i].withdrawn)
			return true;
	return false;
}

size_t write_merge_readers(const struct book_item *item, size_t heads, const struct person **out)
{
	const struct book_revision *first = item->heads[0];
	size_t n = 0;
	for (size_t i = 0; i < first->n_access; i++) {
		bool all = !first->access[i].withdrawn;
		for (size_t k = 1; all && k < heads; k++)
			all = can_read(item->heads[k], first->access[i].person);
		if (all)
			out[n++] = first->access[i].person;
	}
	return n;
}

int write_merge(const struct write_ctx *ctx, const struct book_item *item, size_t heads, const struct content *content)
{
	struct ledger_pending p = {.record_class = RECORD_PRIVATE, .op = RECORD_CONTENT};
	const struct person *readers[RECORD_AUDIENCE];
	if (!item->author->is_self)
		return ERR_NOT_AUTHOR;
	if (item->kind != CONTENT_JOURNAL || heads < 2 || heads > item->n_heads || heads > CONTENT_PARENTS)
		return ERR_ARG;
	size_t n = write_rests(ctx) ? 0 : write_merge_readers(item, heads, readers);
	int err = 0;
	if (n)
		p.record_class = RECORD_SHARED;
	for (size_t i = 0; !err && i < n; i++)
		err = write_add(&p, readers[i]);
	struct content_head head = *content_peek_head(content);
	head.made_ms = ctx->now_ms;
	head.n_parents = (uint32_t)heads;
	for (size_t i = 0; i < heads; i++)
		memcpy(head.parents[i], item->heads[i]->ref, LEDGER_REF);
	struct content *c = err ? NULL : content_copy(content, &head);
	if (c && content_has(c, CONTENT_GIVEN))
		err = content_drop(c, CONTENT_GIVEN);
	if (!err)
		err = write_put(ctx, c, &p, NULL);
	content_free(c);
	return err;
}
