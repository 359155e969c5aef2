/* test_devices_apart: three devices of one person write, edit, join, share, take back and delete for a long time
 * without hearing of each other, and are brought together in any order: then all of them have every revision, the same
 * versions of everything, and the same bin; and the versions are what anybody would say who only looks at which
 * revision names which. With ATTACK=all it is long; APART=SEED,EDITS,ITEMS runs one case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/book.h"
#include "client/book/ledger.h"
#include "client/book/merge.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/care/kinds.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/record.h"
#include "tests/unit/support/circle.h"

#define DEVICES 3
#define LINES 12

static const enum circle_who mine[DEVICES] = {CIRCLE_JO, CIRCLE_JO_PHONE, CIRCLE_JO_TABLET};

struct apart {
	struct circle *c;
	uint64_t seed;
	unsigned items, made[6];
};

static uint32_t below(struct apart *a, uint32_t n)
{
	a->seed ^= a->seed << 13;
	a->seed ^= a->seed >> 7;
	a->seed ^= a->seed << 17;
	return (uint32_t)((a->seed >> 11) % n);
}

/* --- one thing that a person does --- */

/* A text of some lines, one of them changed. */
static void change(struct apart *a, const char *old, size_t len, char out[2048])
{
	unsigned at = below(a, LINES), n = 0;
	char *to = out;
	const char *from = old;
	for (; n < LINES; n++) {
		const char *end = from && from < old + len ? memchr(from, '\n', (size_t)(old + len - from)) : NULL;
		size_t line = from && from < old + len ? (size_t)((end ? end : old + len) - from) : 0;
		if (n == at)
			to += sprintf(to, "%llx", (unsigned long long)a->seed);
		else
			to += sprintf(to, "%.*s", (int)(line < 100 ? line : 100), line ? from : "");
		*to++ = '\n';
		from = end ? end + 1 : NULL;
	}
	*to = '\0';
}

static void write_one(struct apart *a, const struct write_ctx *ctx, const struct book_item *item)
{
	struct write_entry e = {.mood = below(a, 4) ? -1 : (int)below(a, 11), .phase = -1};
	char text[2048];
	size_t len = 0;
	const char *old = item ? content_str(book_head(item)->content, CONTENT_BODY, &len) : NULL;
	change(a, old, len, text);
	e.body = text;
	e.body_len = strlen(text);
	assert_int_equal(item ? write_edit(ctx, item, &e) : write_entry(ctx, &e, NULL), 0);
	a->made[item ? 1 : 0]++;
}

static void join(struct apart *a, const struct write_ctx *ctx, const struct book_item *item)
{
	struct merge m;
	char text[2048];
	size_t len;
	assert_int_equal(merge_heads(ctx->book, item, &m), 0);
	for (size_t i = 0; i < m.n_choices; i++)
		assert_int_equal(merge_choose(&m, item, i, below(a, (uint32_t)m.heads)), 0);
	const char *marked = content_str(m.content, CONTENT_BODY, &len);
	assert_int_equal(m.conflicts > 0, merge_has_marks(marked, len));
	if (m.conflicts) {
		change(a, NULL, 0, text);
		assert_int_equal(merge_set_text(&m, text, strlen(text)), 0);
	}
	assert_int_equal(write_merge(ctx, item, m.heads, m.content), 0);
	merge_wipe(&m);
	a->made[2]++;
}

struct choice {
	struct apart *a;
	const struct book_item *item;
	uint32_t seen;
};

static int choose(void *arg, const struct book_item *item)
{
	struct choice *c = arg;
	if (below(c->a, ++c->seen) == 0)
		c->item = item;
	return 0;
}

static void share_or_take_back(struct apart *a, const struct write_ctx *ctx, const struct book_item *item,
                               enum circle_who device)
{
	const struct person *ana = circle_person(a->c, device, CIRCLE_ANA);
	int err = book_is_shared(item) ? write_unshare(ctx, item, &ana, 1) : write_share(ctx, item, &ana, 1);
	assert_true(err == 0 || err == ERR_NOT_FOUND);
	a->made[3]++;
}

static void act(struct apart *a, enum circle_who device)
{
	const struct write_ctx *ctx = circle_write(a->c, device);
	struct choice live = {.a = a}, binned = {.a = a};
	uint32_t what = below(a, 100);
	(void)book_each(ctx->book, CONTENT_JOURNAL, people_self(ctx->people), choose, &live);
	(void)book_each_in_bin(ctx->book, choose, &binned);
	if (!live.item || (live.seen < a->items && what < 10)) {
		write_one(a, ctx, NULL);
	} else if (binned.item && what < 14) {
		assert_int_equal(write_unbin(ctx, binned.item), 0);
	} else if (binned.item && what < 16) {
		assert_int_equal(write_delete(ctx, binned.item, NULL), 0);
		a->made[5]++;
	} else if (what < 19) {
		assert_int_equal(write_bin(ctx, live.item, ctx->now_ms + 1000), live.item->n_heads > 64 ? ERR_RANGE : 0);
		a->made[4]++;
	} else if (what < 20) {
		assert_int_equal(write_delete(ctx, live.item, NULL), 0);
		a->made[5]++;
	} else if (what < 24) {
		share_or_take_back(a, ctx, live.item, device);
	} else if (live.item->n_heads > 1 && what < 70) {
		join(a, ctx, live.item);
	} else {
		write_one(a, ctx, live.item);
	}
}

struct versions {
	const struct book_item *item;
};

static int find_versions(void *arg, const struct book_item *item)
{
	if (item->n_heads > 1)
		((struct versions *)arg)->item = item;
	return 0;
}

static void join_all(struct apart *a, enum circle_who device)
{
	for (;;) {
		const struct write_ctx *ctx = circle_write(a->c, device);
		struct versions v = {NULL};
		(void)book_each(ctx->book, CONTENT_JOURNAL, people_self(ctx->people), find_versions, &v);
		if (!v.item)
			return;
		join(a, ctx, v.item);
	}
}

/* --- what a device has, as a sum --- */

struct sum {
	uint8_t hash[32];
	size_t items, versions, deleted, binned;
};

static void add(struct sum *s, const void *bytes, size_t len)
{
	struct crypto_bytes parts[] = {{s->hash, 32}, {bytes, len}};
	assert_int_equal(crypto_sha256(parts, 2, s->hash), 0);
}

static int by_ref(const void *a, const void *b)
{
	return memcmp(*(const struct book_revision *const *)a, *(const struct book_revision *const *)b, 32);
}

static int by_id(const void *a, const void *b)
{
	return memcmp((*(const struct book_item *const *)a)->id, (*(const struct book_item *const *)b)->id, 16);
}

static void add_item(struct sum *s, const struct book_item *item)
{
	const struct book_revision *heads[512];
	uint64_t state[] = {item->n_heads, item->deleted, item->bin_until_ms};
	add(s, item->id, sizeof(item->id));
	add(s, state, sizeof(state));
	s->items++;
	s->deleted += item->deleted;
	s->binned += item->bin_until_ms != 0;
	if (item->deleted)
		return; /* which of the stubs stands for it says nothing */
	assert_true(item->n_heads <= 512);
	memcpy(heads, item->heads, item->n_heads * sizeof(heads[0]));
	qsort(heads, item->n_heads, sizeof(heads[0]), by_ref);
	for (size_t i = 0; i < item->n_heads; i++) {
		size_t len;
		const char *body = content_str(heads[i]->content, CONTENT_BODY, &len);
		add(s, heads[i]->ref, 32);
		add(s, body, len);
		s->versions++;
	}
}

/* What was shared, and what the server was given, by item. */
struct all {
	const struct book *book;
	const struct book_item *items[4096];
	size_t n;
	const struct person *self;
};

static void note_record(void *arg, const struct record *r)
{
	struct all *all = arg;
	const struct book_item *item = book_by_ref(all->book, r->rid);
	if (!item || item->kind != CONTENT_JOURNAL)
		return;
	for (size_t i = 0; i < all->n; i++)
		if (all->items[i] == item)
			return;
	assert_true(all->n < 4096);
	all->items[all->n++] = item;
}

static struct sum sum_of(struct apart *a, enum circle_who device)
{
	struct all all = {.book = circle_book(a->c, device)};
	struct sum s = {.items = 0};
	circle_each(a->c, note_record, &all);
	qsort(all.items, all.n, sizeof(all.items[0]), by_id);
	for (size_t i = 0; i < all.n; i++)
		add_item(&s, all.items[i]);
	return s;
}

/* --- nothing is lost, and versions are what they must be --- */

struct audit {
	struct scratch_vault *vault;
	const struct book *book;
	struct node {
		uint8_t rid[32], item[16], parents[CONTENT_PARENTS][32];
		uint32_t n_parents;
	} * nodes;
	size_t n, erased;
};

static void check_record(void *arg, const struct record *r)
{
	struct audit *au = arg;
	struct ledger_record row;
	struct content *c = NULL;
	struct buf hold;
	buf_init(&hold, 0);
	assert_int_equal(ledger_record_get(au->vault->txn, r->rid, &hold, &row), 0);
	bool gone = !r->wraps[r->author_at].present;
	assert_int_equal(gone, row.content_len == 0);
	au->erased += gone;
	if (!gone)
		assert_int_equal(content_decode(row.content, row.content_len, &care_kinds, &c), 0);
	if (c && content_peek_head(c)->kind == CONTENT_JOURNAL) {
		const struct content_head *head = content_peek_head(c);
		au->nodes = realloc(au->nodes, (au->n + 1) * sizeof(*au->nodes));
		assert_non_null(au->nodes);
		struct node *node = &au->nodes[au->n++];
		memcpy(node->rid, r->rid, 32);
		memcpy(node->item, head->item, 16);
		memcpy(node->parents, head->parents, sizeof(node->parents));
		node->n_parents = head->n_parents;
	}
	content_free(c);
	buf_wipe(&hold);
}

static bool is_superseded(const struct audit *au, const struct node *node)
{
	for (size_t i = 0; i < au->n; i++)
		for (uint32_t k = 0; k < au->nodes[i].n_parents; k++)
			if (memcmp(au->nodes[i].parents[k], node->rid, 32) == 0 && memcmp(au->nodes[i].item, node->item, 16) == 0)
				return true;
	return false;
}

static void check_heads(struct apart *a, enum circle_who device)
{
	struct audit au = {.vault = circle_vault(a->c, device), .book = circle_book(a->c, device)};
	circle_each(a->c, check_record, &au);
	for (size_t i = 0; i < au.n; i++) {
		const struct book_item *item = book_by_ref(au.book, au.nodes[i].rid);
		bool head = false;
		assert_non_null(item);
		assert_memory_equal(item->id, au.nodes[i].item, 16);
		for (size_t k = 0; k < item->n_heads; k++)
			head = head || memcmp(item->heads[k]->ref, au.nodes[i].rid, 32) == 0;
		assert_int_equal(head, !is_superseded(&au, &au.nodes[i]));
	}
	free(au.nodes);
}

/* --- the whole --- */

/* In any order, until a whole round brings nothing new. */
static void bring_together(struct apart *a)
{
	size_t sent = 1;
	for (unsigned i = below(a, 2 * DEVICES); i > 0; i--)
		circle_exchange(a->c, mine[below(a, DEVICES)]);
	while (sent) {
		sent = 0;
		for (unsigned i = 0, first = below(a, DEVICES); i < DEVICES; i++)
			sent += circle_exchange(a->c, mine[(first + i) % DEVICES]);
	}
}

static void run(uint64_t seed, unsigned edits, unsigned items)
{
	struct apart a = {.c = circle_new(), .seed = seed * 0x9e3779b97f4a7c15u + 1, .items = items};
	unsigned left[DEVICES], all = DEVICES * edits, often = below(&a, 3) ? 4 + below(&a, 30) : 0;
	circle_add_devices(a.c);
	for (unsigned i = 0; i < DEVICES; i++) {
		left[i] = edits;
		circle_vault(a.c, mine[i]);
	}
	/* something to begin with that all of them have */
	for (unsigned i = 0; i < items / 2; i++)
		act(&a, mine[0]);
	bring_together(&a);
	while (all) {
		unsigned at = below(&a, DEVICES);
		if (!left[at])
			continue;
		act(&a, mine[at]);
		left[at]--;
		all--;
		/* now and then one of them is on the network for a moment */
		if (often && below(&a, often) == 0)
			circle_exchange(a.c, mine[below(&a, DEVICES)]);
	}
	bring_together(&a);
	/* then somebody joins what is there, everywhere at once, and they meet again */
	for (unsigned i = 0; i < DEVICES; i++)
		join_all(&a, mine[i]);
	bring_together(&a);
	struct sum first = sum_of(&a, mine[0]);
	for (unsigned i = 0; i < DEVICES; i++) {
		struct sum s = sum_of(&a, mine[i]);
		assert_int_equal(circle_refused(a.c, mine[i]), 0);
		assert_memory_equal(&s, &first, sizeof(s));
		check_heads(&a, mine[i]);
	}
	print_message(
	    "seed %llu: %zu entries, %zu versions, %zu deleted, %zu in the bin; written %u, edited %u, joined %u, "
	    "shared or taken back %u, into the bin %u, deleted %u\n",
	    (unsigned long long)seed, first.items, first.versions, first.deleted, first.binned, a.made[0], a.made[1],
	    a.made[2], a.made[3], a.made[4], a.made[5]);
	circle_free(a.c);
}

static void devices_apart(void **state)
{
	const char *one = getenv("APART"), *attack = getenv("ATTACK");
	unsigned seed = 1, edits = 40, items = 6;
	(void)state;
	if (one) {
		assert_true(sscanf(one, "%u,%u,%u", &seed, &edits, &items) >= 1);
		run(seed, edits, items);
		return;
	}
	bool long_one = attack && strcmp(attack, "all") == 0;
	for (seed = 1; seed <= (long_one ? 3 : 4); seed++)
		run(seed, long_one ? 500 : 10 * seed, long_one ? 20 : 2 * seed);
}

static int setup(void **state)
{
	(void)state;
	return crypto_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(devices_apart)};
	return cmocka_run_group_tests(tests, setup, NULL);
}
