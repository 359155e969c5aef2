/* book_bin: what is in the bin, from what one's devices said about it, and what is deleted altogether; see
 * book_internal.h. Depends on the set of revisions alone. */
#include <string.h>

#include "proto/mp.h"

#include "book_internal.h"

/* --- deleted --- */

static void set_deleted(struct book *b, struct book_full *full)
{
	full->item.deleted = full->n > 0;
	for (uint32_t i = 0; i < full->n; i++) {
		const struct book_node *node = &b->nodes[b->sorted[full->first + i]];
		full->item.deleted = full->item.deleted && node->revision.deleted;
		if (node->deleted_ms > full->item.deleted_ms)
			full->item.deleted_ms = node->deleted_ms;
	}
}

/* --- the bin --- */

/* Does this bin record name the revision? */
static bool names(const struct book *b, const struct content *said, const struct book_revision *revision)
{
	struct mp_doc *doc;
	struct mp_cur versions;
	uint8_t ref[32];
	bool found = false;
	if (content_open(said, CONTENT_BIN_VERSIONS, &doc, &versions))
		return false;
	while (!found && mp_left(&versions)) {
		mp_fixed(&versions, ref, sizeof(ref));
		const struct book_node *node = mp_err(&versions) ? NULL : book_graph_find(b, ref);
		found = node && node->final == revision;
	}
	mp_close(doc);
	return found;
}

/* When it ends; 0 when it is not in the bin: somebody took it out, or something was written that who put it there did
 * not know of. */
static uint64_t until(const struct book *b, const struct book_item *item, const struct book_item *bin)
{
	uint64_t last = 0;
	for (size_t i = 0; i < bin->n_heads; i++) {
		const struct content *said = bin->heads[i]->content;
		uint64_t ms = said ? content_u64(said, CONTENT_BIN_UNTIL, 0) : 0;
		if (!ms)
			return 0;
		last = ms > last ? ms : last;
	}
	for (size_t i = 0; i < item->n_heads; i++) {
		bool named = false;
		for (size_t k = 0; !named && k < bin->n_heads; k++)
			named = names(b, bin->heads[k]->content, item->heads[i]);
		if (!named)
			return 0;
	}
	return last;
}

void book_bin_apply(struct book *b)
{
	for (size_t i = 0; i < b->n_items; i++)
		if (b->items[i].item.kind != CONTENT_BIN)
			set_deleted(b, &b->items[i]);
	for (size_t i = 0; i < b->n_items; i++) {
		const struct book_item *bin = &b->items[i].item;
		const struct book_item *found = bin->kind == CONTENT_BIN ? book_by_id(b, bin->author->pid, bin->id) : NULL;
		if (!found || found->kind == CONTENT_BIN || !bin->author->is_self)
			continue;
		struct book_item *item = &b->items[(const struct book_full *)(const void *)found - b->items].item;
		item->bin = bin;
		item->bin_until_ms = item->deleted ? 0 : until(b, item, bin);
	}
}
