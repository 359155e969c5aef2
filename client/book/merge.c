/* merge: see merge.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/buf.h"
#include "proto/content_field.h"
#include "proto/err.h"

#include "book.h"
#include "merge3.h"

#include "merge.h"

#define BASES 8
#define MARK_MAX 64

/* --- how fields merge: those that no row names are taken whole --- */

enum how { WHOLE, LINES, SET };

static const struct rule {
	uint32_t kind, key;
	enum how how;
} rules[] = {
    {CONTENT_JOURNAL, CONTENT_BODY, LINES},      {CONTENT_JOURNAL, CONTENT_TAGS, SET},
    {CONTENT_JOURNAL, CONTENT_ATTACHMENTS, SET}, {CONTENT_COMMENT, CONTENT_BODY, LINES},
    {CONTENT_MESSAGE, CONTENT_BODY, LINES},
};

static enum how how_of(uint32_t kind, uint32_t key)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].kind == kind && rules[i].key == key)
			return rules[i].how;
	return WHOLE;
}

/* --- what versions come from --- */

struct ancestry {
	const struct book *b;
	const struct book_item *item;
	uint8_t *left, *right, *covered; /* one for each revision of the item */
};

static size_t place_of(const struct ancestry *an, const struct book_revision *r)
{
	const struct book_revision *first = an->item->revisions;
	return r && r >= first && r < first + an->item->n_revisions ? (size_t)(r - first) : SIZE_MAX;
}

/* Sets `mark` for the parents of revision `at`. Parents stand before their children. */
static void mark_parents(const struct ancestry *an, size_t at, uint8_t *mark)
{
	const struct content *c = an->item->revisions[at].content;
	const struct content_head *head = c ? content_peek_head(c) : NULL;
	for (uint32_t i = 0; head && i < head->n_parents; i++) {
		size_t parent = place_of(an, book_revision_by_ref(an->b, head->parents[i]));
		if (parent < at)
			mark[parent] = 1;
	}
}

static void mark_ancestors(const struct ancestry *an, uint8_t *mark)
{
	for (size_t i = an->item->n_revisions; i-- > 0;)
		if (mark[i])
			mark_parents(an, i, mark);
}

/* The newest revisions that both sides come from; how many, at most BASES. */
static size_t find_bases(const struct ancestry *an, const struct content **bases)
{
	size_t n = 0;
	mark_ancestors(an, an->left);
	mark_ancestors(an, an->right);
	memset(an->covered, 0, an->item->n_revisions);
	for (size_t i = an->item->n_revisions; i-- > 0;) {
		bool common = an->left[i] && an->right[i];
		if (common && !an->covered[i] && n < BASES && an->item->revisions[i].content)
			bases[n++] = an->item->revisions[i].content;
		if (common || an->covered[i])
			mark_parents(an, i, an->covered);
	}
	return n;
}

/* --- two into one --- */

struct joining {
	const struct content *base, *a, *b; /* base NULL: nothing in common */
	size_t at;                          /* b is this version */
	struct merge *m;                    /* its content becomes the merge */
};

static int add_choice(struct joining *j, uint32_t key)
{
	struct merge *m = j->m;
	for (size_t i = 0; i < m->n_choices; i++)
		if (m->choices[i].key == key)
			return 0;
	if (m->n_choices == CONTENT_FIELDS)
		return ERR_RANGE;
	m->choices[m->n_choices++] = (struct merge_choice){key, j->at};
	return 0;
}

static int join_whole(struct joining *j, uint32_t key)
{
	if (content_field_same(j->a, j->b, key) || (j->base && content_field_same(j->b, j->base, key)))
		return 0; /* as a has it */
	if (j->base && content_field_same(j->a, j->base, key))
		return content_field_copy(j->m->content, j->b, key);
	/* without anything in common, what one of them does not have is no choice */
	if (!j->base && !content_has(j->a, key))
		return content_field_copy(j->m->content, j->b, key);
	if (!j->base && !content_has(j->b, key))
		return 0;
	return add_choice(j, key);
}

static struct merge3_text text_of(const struct content *c, uint32_t key)
{
	struct merge3_text t = {"", 0};
	size_t len = 0;
	const char *text = c ? content_str(c, key, &len) : NULL;
	if (text)
		t = (struct merge3_text){text, len};
	return t;
}

static int join_lines(struct joining *j, uint32_t key)
{
	char first[MARK_MAX], second[MARK_MAX];
	struct merge3_texts texts = {text_of(j->base, key), text_of(j->a, key), text_of(j->b, key)};
	struct buf text;
	size_t conflicts = 0;
	snprintf(first, sizeof(first), j->at == 1 ? MERGE_MARK "version 1" : MERGE_MARK "versions 1 to %zu", j->at);
	snprintf(second, sizeof(second), MERGE_MARK "version %zu", j->at + 1);
	buf_init(&text, 0);
	int err = merge3(&texts, &(struct merge3_marks){first, second, MERGE_MARK "end"}, &text, &conflicts);
	if (!err)
		err = content_set_str(j->m->content, key, text.data ? (const char *)text.data : "", text.len);
	j->m->conflicts += conflicts;
	buf_wipe(&text);
	return err;
}

static int join_field(struct joining *j, uint32_t key)
{
	switch (how_of(content_peek_head(j->a)->kind, key)) {
	case LINES:
		return join_lines(j, key);
	case SET:
		return content_field_join(j->m->content, j->base, j->a, j->b, key);
	default:
		return join_whole(j, key);
	}
}

static bool same_time(const struct content *x, const struct content *y)
{
	const struct content_head *a = content_peek_head(x), *b = content_peek_head(y);
	return a->at_ms == b->at_ms && a->offset == b->offset;
}

static int set_time(struct merge *m, const struct content *from)
{
	struct content_head head = *content_peek_head(m->content);
	head.at_ms = content_peek_head(from)->at_ms;
	head.offset = content_peek_head(from)->offset;
	struct content *c = content_copy(m->content, &head);
	if (!c)
		return ERR_NOMEM;
	content_free(m->content);
	m->content = c;
	return 0;
}

static int join_time(struct joining *j)
{
	if (same_time(j->a, j->b) || (j->base && same_time(j->b, j->base)))
		return 0;
	if (j->base && same_time(j->a, j->base))
		return set_time(j->m, j->b);
	return add_choice(j, MERGE_TIME);
}

/* All fields that any of the two has; j->m->content is a copy of a to begin with. */
static int join(struct joining *j)
{
	uint32_t key;
	int err = join_time(j);
	for (size_t i = 0; !err && content_field_at(j->a, i, &key); i++)
		err = join_field(j, key);
	for (size_t i = 0; !err && content_field_at(j->b, i, &key); i++)
		if (!content_has(j->a, key))
			err = join_field(j, key);
	return err;
}

/* --- one version after the other --- */

static bool same_content(const struct content *x, const struct content *y)
{
	uint32_t key;
	bool same = same_time(x, y);
	for (size_t i = 0; same && content_field_at(x, i, &key); i++)
		same = content_field_same(x, y, key);
	for (size_t i = 0; same && content_field_at(y, i, &key); i++)
		same = content_has(x, key);
	return same;
}

/* The merge of what there is with version `at`, from one base. */
static int try_base(const struct merge *so_far, const struct content *base, const struct content *b, size_t at,
                    struct merge *out)
{
	*out = *so_far;
	out->content = content_copy(so_far->content, content_peek_head(so_far->content));
	struct joining j = {.base = base, .a = so_far->content, .b = b, .at = at, .m = out};
	return out->content ? join(&j) : ERR_NOMEM;
}

static bool asks(const struct merge *m)
{
	return m->conflicts || m->n_choices;
}

/* Several bases must lead to the same; else nothing is believed to be common. */
static int add_version(struct merge *m, const struct content *const *bases, size_t n, const struct content *b,
                       size_t at)
{
	struct merge next = {0}, other = {0};
	bool before = asks(m);
	int err = try_base(m, n ? bases[0] : NULL, b, at, &next);
	for (size_t i = 1; !err && i < n; i++) {
		err = try_base(m, bases[i], b, at, &other);
		bool agreed = !err && (before || asks(&next) == asks(&other)) && same_content(next.content, other.content);
		merge_wipe(&other);
		if (err || agreed)
			continue;
		merge_wipe(&next);
		err = try_base(m, NULL, b, at, &next);
		break;
	}
	if (err) {
		merge_wipe(&next);
		return err;
	}
	content_free(m->content);
	*m = next;
	return 0;
}

static int merge_all(struct ancestry *an, struct merge *out)
{
	const struct book_item *item = an->item;
	int err = 0;
	for (size_t at = 1; !err && at < out->heads; at++) {
		const struct content *bases[BASES];
		size_t head = place_of(an, item->heads[at]);
		memset(an->left, 0, item->n_revisions);
		memset(an->right, 0, item->n_revisions);
		for (size_t i = 0; i < at; i++)
			an->left[place_of(an, item->heads[i])] = 1;
		an->right[head] = 1;
		size_t n = find_bases(an, bases);
		err = add_version(out, bases, n, item->heads[at]->content, at);
	}
	return err;
}

static int check_heads(const struct ancestry *an, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!an->item->heads[i]->content || place_of(an, an->item->heads[i]) == SIZE_MAX)
			return ERR_ARG;
	return n > 1 ? 0 : ERR_ARG;
}

int merge_heads(const struct book *b, const struct book_item *item, struct merge *out)
{
	struct ancestry an = {.b = b, .item = item};
	*out = (struct merge){.heads = item->n_heads < MERGE_HEADS ? item->n_heads : MERGE_HEADS};
	int err = check_heads(&an, out->heads);
	if (err)
		return err;
	uint8_t *marks = calloc(3, item->n_revisions);
	out->content = content_copy(item->heads[0]->content, content_peek_head(item->heads[0]->content));
	an.left = marks;
	an.right = marks ? marks + item->n_revisions : NULL;
	an.covered = marks ? marks + 2 * item->n_revisions : NULL;
	err = marks && out->content ? merge_all(&an, out) : ERR_NOMEM;
	free(marks);
	return err;
}

void merge_wipe(struct merge *m)
{
	content_free(m->content);
	*m = (struct merge){0};
}

/* --- choosing --- */

int merge_choose(struct merge *m, const struct book_item *item, size_t choice, size_t head)
{
	const struct content *from = item->heads[head]->content;
	uint32_t key = m->choices[choice].key;
	return key == MERGE_TIME ? set_time(m, from) : content_field_copy(m->content, from, key);
}

int merge_set_text(struct merge *m, const char *text, size_t len)
{
	return content_set_str(m->content, CONTENT_BODY, text, len);
}

bool merge_has_marks(const char *text, size_t len)
{
	static const char *const words[] = {MERGE_MARK "version", MERGE_MARK "end"};
	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (len - at >= strlen(words[i]) && memcmp(text + at, words[i], strlen(words[i])) == 0)
				return true;
		at = end ? (size_t)(end - text) + 1 : len;
	}
	return false;
}
