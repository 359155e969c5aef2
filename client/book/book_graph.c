/* book_graph: nodes to items: which belong together, in which order, and which are heads; see book_internal.h. What
 * comes out depends on the set of revisions alone, but for the order among those that do not know each other. */
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"

#include "book_internal.h"

/* --- references --- */

static int by_ref(const void *a, const void *b)
{
	return memcmp(((const struct book_ref *)a)->ref, ((const struct book_ref *)b)->ref, 32);
}

static void add_ref(struct book *b, const uint8_t ref[32], size_t node)
{
	memcpy(b->refs[b->n_refs].ref, ref, 32);
	b->refs[b->n_refs++].node = (uint32_t)node;
}

/* What was written here is known under its lid too. */
int book_graph_index(struct book *b)
{
	static const uint8_t none[32];
	b->refs = calloc(2 * b->n + 1, sizeof(*b->refs));
	if (!b->refs)
		return ERR_NOMEM;
	for (size_t i = 0; i < b->n; i++) {
		add_ref(b, b->nodes[i].revision.ref, i);
		if (memcmp(b->nodes[i].lid, none, sizeof(none)) != 0)
			add_ref(b, b->nodes[i].lid, i);
	}
	qsort(b->refs, b->n_refs, sizeof(*b->refs), by_ref);
	return 0;
}

struct book_node *book_graph_find(const struct book *b, const uint8_t ref[32])
{
	struct book_ref key;
	memcpy(key.ref, ref, sizeof(key.ref));
	const struct book_ref *found = b->n_refs ? bsearch(&key, b->refs, b->n_refs, sizeof(key), by_ref) : NULL;
	return found ? &b->nodes[found->node] : NULL;
}

/* --- items --- */

static int compare_items(const struct book_node *x, const struct book_node *y)
{
	int order = memcmp(x->author->pid, y->author->pid, sizeof(x->author->pid));
	if (!order)
		order = memcmp(x->id, y->id, sizeof(x->id));
	return order ? order : (x->kind > y->kind) - (x->kind < y->kind);
}

/* Nodes lie in order of arrival, so their addresses tell it. */
static int by_item(const void *a, const void *b, void *arg)
{
	const struct book_node *nodes = arg;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int order = compare_items(&nodes[x], &nodes[y]);
	return order ? order : (x > y) - (x < y);
}

static int by_arrival(const void *a, const void *b)
{
	const struct book_full *x = a, *y = b;
	return (x->arrived > y->arrived) - (x->arrived < y->arrived);
}

static int by_id(const void *a, const void *b)
{
	const struct book_full *x = *(const struct book_full *const *)a, *y = *(const struct book_full *const *)b;
	int order = memcmp(x->item.author->pid, y->item.author->pid, sizeof(x->item.author->pid));
	if (!order)
		order = memcmp(x->item.id, y->item.id, sizeof(x->item.id));
	if (!order) /* what is said about an item comes behind it */
		order = (x->item.kind == CONTENT_BIN) - (y->item.kind == CONTENT_BIN);
	return order ? order : by_arrival(x, y);
}

static int make_items(struct book *b)
{
	b->sorted = calloc(b->n + 1, sizeof(*b->sorted));
	b->items = calloc(b->n + 1, sizeof(*b->items));
	b->by_id = calloc(b->n + 1, sizeof(struct book_full *));
	if (!b->sorted || !b->items || !b->by_id)
		return ERR_NOMEM;
	for (size_t i = 0; i < b->n; i++)
		if (b->nodes[i].placed)
			b->sorted[b->n_sorted++] = (uint32_t)i;
	qsort_r(b->sorted, b->n_sorted, sizeof(*b->sorted), by_item, b->nodes);
	for (size_t i = 0; i < b->n_sorted; i++) {
		const struct book_node *node = &b->nodes[b->sorted[i]];
		if (i == 0 || compare_items(&b->nodes[b->sorted[i - 1]], node) != 0) {
			struct book_full *full = &b->items[b->n_items++];
			full->first = (uint32_t)i;
			full->arrived = node->revision.arrived;
			full->item.author = node->author;
			full->item.kind = node->kind;
			memcpy(full->item.id, node->id, sizeof(full->item.id));
		}
		b->items[b->n_items - 1].n++;
	}
	qsort(b->items, b->n_items, sizeof(*b->items), by_arrival);
	for (size_t i = 0; i < b->n_items; i++) {
		b->by_id[i] = &b->items[i];
		for (uint32_t k = 0; k < b->items[i].n; k++)
			b->nodes[b->sorted[b->items[i].first + k]].item = (uint32_t)i;
	}
	qsort(b->by_id, b->n_items, sizeof(struct book_full *), by_id);
	return 0;
}

/* --- the graph of one item --- */

/* Only revisions of the same item can be parents; others are passed over. What is deleted has none, whether its words
 * are still here or not. */
static void link_parents(struct book *b, struct book_node *node)
{
	const struct content_head *head = node->revision.content ? content_peek_head(node->content) : NULL;
	for (uint32_t i = 0; head && i < head->n_parents; i++) {
		struct book_node *parent = book_graph_find(b, head->parents[i]);
		if (!parent || parent == node || parent->item != node->item)
			continue;
		parent->revision.superseded = true;
		node->parents[node->n_parents++] = (uint32_t)(parent - b->nodes);
	}
}

/* Puts `start` behind all that it stands on. `stack` has room for every node of the item. */
static uint32_t put_in_order(struct book *b, uint32_t start, uint32_t *stack, uint32_t *order)
{
	uint32_t depth = 0, n = 0;
	stack[depth++] = start;
	while (depth) {
		struct book_node *node = &b->nodes[stack[depth - 1]];
		uint32_t next = BOOK_NONE;
		node->mark = BOOK_ENTERED;
		for (uint32_t i = 0; i < node->n_parents && next == BOOK_NONE; i++)
			if (b->nodes[node->parents[i]].mark == BOOK_FRESH)
				next = node->parents[i];
		if (next != BOOK_NONE) {
			stack[depth++] = next;
			continue;
		}
		node->mark = BOOK_DONE;
		order[n++] = stack[--depth];
	}
	return n;
}

/* Heads are what nobody supersedes. What was taken back is one only when there is nothing left to read: what it
 * superseded, or what superseded it, may be gone with it. */
static void set_heads(struct book *b, struct book_full *full)
{
	const struct book_revision **heads = b->heads + full->first, *last = NULL;
	for (uint32_t i = 0; i < full->n; i++) {
		const struct book_revision *r = b->nodes[b->sorted[full->first + i]].final;
		if (r->content && !r->superseded)
			heads[full->item.n_heads++] = r;
		if (!last || r->withdrawn || !last->withdrawn)
			last = r;
	}
	if (!full->item.n_heads)
		heads[full->item.n_heads++] = last;
	full->item.heads = heads;
}

static void set_time(const struct book *b, struct book_full *full)
{
	const struct book_revision *first = full->item.revisions;
	full->item.at_ms = b->nodes[b->sorted[full->first]].seen_ms;
	if (!first->content)
		return;
	full->item.at_ms = content_peek_head(first->content)->at_ms;
	full->item.offset = content_peek_head(first->content)->offset;
}

static void build_item(struct book *b, struct book_full *full, uint32_t *stack, uint32_t *order)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < full->n; i++)
		link_parents(b, &b->nodes[b->sorted[full->first + i]]);
	for (uint32_t i = 0; i < full->n; i++)
		if (b->nodes[b->sorted[full->first + i]].mark == BOOK_FRESH)
			n += put_in_order(b, b->sorted[full->first + i], stack, order + n);
	full->item.revisions = b->revisions + full->first;
	full->item.n_revisions = n;
	for (uint32_t i = 0; i < n; i++) {
		struct book_node *node = &b->nodes[order[i]];
		node->final = b->revisions + full->first + i;
		*node->final = node->revision;
	}
	set_heads(b, full);
	set_time(b, full);
}

int book_graph_build(struct book *b)
{
	int err = make_items(b);
	uint32_t *stack = calloc(b->n_sorted + 1, sizeof(*stack)), *order = calloc(b->n_sorted + 1, sizeof(*order));
	b->revisions = calloc(b->n_sorted + 1, sizeof(*b->revisions));
	b->heads = calloc(b->n_sorted + 1, sizeof(struct book_revision *));
	if (!stack || !order || !b->revisions || !b->heads)
		err = ERR_NOMEM;
	for (size_t i = 0; !err && i < b->n_items; i++)
		build_item(b, &b->items[i], stack, order);
	free(stack);
	free(order);
	return err;
}
