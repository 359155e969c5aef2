/* The graph of revisions: whatever the order in which they arrive, and whichever are missing, the same revisions give
 * the same heads, and parents stand before children. Graphs come from a number, so every run is the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/book.h"
#include "client/book/ledger.h"
#include "client/book/people.h"
#include "client/care/kinds.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/record.h"
#include "tests/unit/support/circle.h"

#define NODES 14
#define GRAPHS 40
#define ARRIVALS 12

struct row {
	struct ledger_record r;
	struct buf record, content;
};

struct graph {
	uint32_t n;
	uint32_t parents[NODES][3], n_parents[NODES];
	struct row rows[NODES];
};

static struct circle *c;
static uint64_t chance;

static uint32_t below(uint32_t n)
{
	chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(chance >> 33) % n;
}

static int setup(void **state)
{
	(void)state;
	c = circle_new();
	circle_vault(c, CIRCLE_JO);
	circle_vault(c, CIRCLE_ANA);
	chance = 42;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	circle_free(c);
	return 0;
}

/* --- making a graph: Jo writes it, offline, to Ana --- */

static void lid_of(uint32_t graph, uint32_t node, uint8_t lid[32])
{
	memset(lid, 0, 32);
	lid[0] = (uint8_t)(graph + 1);
	lid[1] = (uint8_t)(node + 1);
	lid[31] = 0xff;
}

static void write_node(const struct graph *g, uint32_t graph, uint32_t node)
{
	struct ledger_pending p = {.record_class = RECORD_SHARED, .op = RECORD_CONTENT, .n_audience = 1};
	struct content_head head = {.kind = CONTENT_JOURNAL, .at_ms = 1, .made_ms = 1};
	struct buf bytes;
	buf_init(&bytes, 0);
	memset(head.item, (int)graph + 1, sizeof(head.item));
	for (uint32_t i = 0; i < g->n_parents[node]; i++)
		lid_of(graph, g->parents[node][i], head.parents[head.n_parents++]);
	struct content *content = content_new(&head);
	assert_int_equal(content_set_str(content, CONTENT_BODY, "x", 1), 0);
	assert_int_equal(content_encode(content, &care_kinds, &bytes), 0);
	content_free(content);
	lid_of(graph, node, p.lid);
	memcpy(p.audience[0], circle_genesis(c, CIRCLE_ANA), 16);
	p.content = bytes.data;
	p.content_len = bytes.len;
	assert_int_equal(ledger_pending_add(circle_vault(c, CIRCLE_JO)->txn, &p), 0);
	buf_wipe(&bytes);
}

static void plan(struct graph *g, uint32_t graph)
{
	g->n = 2 + below(NODES - 1);
	for (uint32_t i = 0; i < g->n; i++) {
		g->n_parents[i] = i ? below(4) : 0;
		for (uint32_t k = 0; k < g->n_parents[i]; k++)
			g->parents[i][k] = below(i); /* the same one twice does no harm */
		write_node(g, graph, i);
	}
}

static void collect(struct graph *g, uint32_t graph)
{
	struct vault_txn *txn = circle_vault(c, CIRCLE_JO)->txn;
	for (uint32_t i = 0; i < g->n; i++) {
		struct row *row = &g->rows[i];
		struct ledger_record r;
		struct buf hold;
		uint8_t lid[32], rid[32];
		buf_init(&hold, 0);
		lid_of(graph, i, lid);
		assert_int_equal(ledger_sealed_get(txn, lid, rid), 0);
		assert_int_equal(ledger_record_get(txn, rid, &hold, &r), 0);
		buf_init(&row->record, 0);
		buf_init(&row->content, 0);
		assert_int_equal(buf_put(&row->record, r.record, r.record_len), 0);
		assert_int_equal(buf_put(&row->content, r.content, r.content_len), 0);
		row->r = (struct ledger_record){.state = LEDGER_STORED, .seen_ms = 1};
		row->r.record = row->record.data;
		row->r.record_len = row->record.len;
		row->r.content = row->content.data;
		row->r.content_len = row->content.len;
		memcpy(row->r.rid, rid, 32);
		buf_wipe(&hold);
	}
}

static void unmake(struct graph *g)
{
	for (uint32_t i = 0; i < g->n; i++) {
		buf_wipe(&g->rows[i].record);
		buf_wipe(&g->rows[i].content);
	}
}

/* --- what must come out --- */

/* Bit i: node i is here. */
static bool is_head(const struct graph *g, uint32_t here, uint32_t node)
{
	for (uint32_t i = 0; i < g->n; i++)
		for (uint32_t k = 0; (here >> i & 1) && k < g->n_parents[i]; k++)
			if (g->parents[i][k] == node)
				return false;
	return here >> node & 1;
}

static uint32_t node_of(const struct graph *g, const struct book_revision *r)
{
	for (uint32_t i = 0; i < g->n; i++)
		if (memcmp(g->rows[i].r.rid, r->ref, 32) == 0)
			return i;
	fail_msg("a revision that was not written");
	return 0;
}

static void check(const struct graph *g, uint32_t here, const struct book_item *item)
{
	uint32_t place[NODES], heads = 0, want = 0;
	uint64_t last = 0;
	for (uint32_t i = 0; i < g->n; i++)
		want += here >> i & 1;
	assert_int_equal(item->n_revisions, want);
	memset(place, 0xff, sizeof(place));
	for (uint32_t i = 0; i < item->n_revisions; i++)
		place[node_of(g, &item->revisions[i])] = i;
	for (uint32_t i = 0; i < g->n; i++)
		for (uint32_t k = 0; (here >> i & 1) && k < g->n_parents[i]; k++)
			if (here >> g->parents[i][k] & 1)
				assert_true(place[g->parents[i][k]] < place[i]);
	for (uint32_t i = 0; i < item->n_heads; i++) {
		assert_true(is_head(g, here, node_of(g, item->heads[i])));
		assert_true(item->heads[i]->arrived > last);
		last = item->heads[i]->arrived;
	}
	for (uint32_t i = 0; i < g->n; i++) {
		heads += is_head(g, here, i);
		if (here >> i & 1)
			assert_int_equal(item->revisions[place[i]].superseded, !is_head(g, here, i));
	}
	assert_int_equal(item->n_heads, heads);
	assert_true(book_head(item)->arrived == last);
}

/* Some of the revisions, in any order, on Ana's device, which then forgets them. */
static void arrive(struct graph *g, const struct people *people, uint32_t here)
{
	struct scratch_vault *v = circle_vault(c, CIRCLE_ANA);
	uint32_t order[NODES];
	struct book *b = NULL;
	for (uint32_t i = 0; i < g->n; i++) {
		uint32_t at = below(i + 1);
		order[i] = order[at];
		order[at] = i;
	}
	for (uint32_t i = 0; i < g->n; i++)
		if (here >> order[i] & 1)
			assert_int_equal(ledger_record_put(v->txn, &g->rows[order[i]].r), 0);
	assert_int_equal(book_load(v->txn, people, true, &b), 0);
	const struct book_item *item = book_by_number(b, NULL, CONTENT_JOURNAL, 1);
	assert_non_null(item);
	assert_null(book_by_number(b, NULL, CONTENT_JOURNAL, 2));
	check(g, here, item);
	book_free(b);
	scratch_vault_abort(v);
}

static void test_any_order(void **state)
{
	const struct people *people = circle_people(c, CIRCLE_ANA);
	(void)state;
	struct graph *all = calloc(GRAPHS, sizeof(*all));
	assert_non_null(all);
	for (uint32_t graph = 0; graph < GRAPHS; graph++)
		plan(&all[graph], graph);
	assert_true(circle_seal(c, CIRCLE_JO) > GRAPHS);
	for (uint32_t graph = 0; graph < GRAPHS; graph++) {
		struct graph *g = &all[graph];
		uint32_t whole = (UINT32_C(1) << g->n) - 1;
		collect(g, graph);
		for (int i = 0; i < ARRIVALS; i++) {
			uint32_t some = i % 2 ? whole & below(UINT32_MAX) : whole;
			arrive(g, people, some ? some : 1);
		}
		unmake(g);
	}
	free(all);
}

/* As pending rows, which name each other by lid. */
static void test_pending_graph(void **state)
{
	(void)state;
	for (uint32_t graph = 0; graph < 5; graph++) {
		struct graph g = {0};
		plan(&g, graph);
		for (uint32_t i = 0; i < g.n; i++)
			lid_of(graph, i, g.rows[i].r.rid);
		const struct book *b = circle_book(c, CIRCLE_JO);
		check(&g, (UINT32_C(1) << g.n) - 1, book_by_ref(b, g.rows[0].r.rid));
	}
}

#define CHAIN 3000

/* A long story that arrives backwards. */
static void test_backwards(void **state)
{
	struct scratch_vault *v = circle_vault(c, CIRCLE_JO);
	struct ledger_pending p = {.record_class = RECORD_PRIVATE, .op = RECORD_CONTENT};
	struct content_head head = {.kind = CONTENT_JOURNAL, .at_ms = 1, .made_ms = 1, .n_parents = 1};
	(void)state;
	for (uint32_t i = CHAIN; i-- > 0;) {
		struct buf bytes;
		buf_init(&bytes, 0);
		for (int k = 0; k < 4; k++)
			p.lid[k] = (uint8_t)((i + 1) >> 8 * k);
		for (int k = 0; k < 4; k++)
			head.parents[0][k] = (uint8_t)(i >> 8 * k); /* the first one's is not at hand */
		struct content *content = content_new(&head);
		assert_int_equal(content_set_str(content, CONTENT_BODY, "x", 1), 0);
		assert_int_equal(content_encode(content, &care_kinds, &bytes), 0);
		content_free(content);
		p.content = bytes.data;
		p.content_len = bytes.len;
		assert_int_equal(ledger_pending_add(v->txn, &p), 0);
		buf_wipe(&bytes);
	}
	const struct book_item *item = book_by_number(circle_book(c, CIRCLE_JO), NULL, CONTENT_JOURNAL, 1);
	assert_int_equal(item->n_revisions, CHAIN);
	assert_int_equal(item->n_heads, 1);
	for (uint32_t i = 0; i < CHAIN; i++)
		assert_int_equal(item->revisions[i].ref[0] | item->revisions[i].ref[1] << 8, i + 1);
}

/* Two that name each other, which hashes do not allow but lids would: both are there, and one stands for the item. */
static void test_circle(void **state)
{
	struct graph g = {.n = 2, .parents = {{1}, {0}}, .n_parents = {1, 1}};
	uint8_t lid[32];
	(void)state;
	write_node(&g, 0, 0);
	write_node(&g, 0, 1);
	lid_of(0, 0, lid);
	const struct book_item *item = book_by_ref(circle_book(c, CIRCLE_JO), lid);
	assert_int_equal(item->n_revisions, 2);
	assert_int_equal(item->n_heads, 1);
	lid_of(0, 1, lid);
	assert_memory_equal(book_head(item)->ref, lid, 32);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_any_order),
	    TEST(test_pending_graph),
	    TEST(test_backwards),
	    TEST(test_circle),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
