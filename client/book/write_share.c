/* write_share: giving an entry to people, and taking it back; see write.h. */
#include <stdlib.h>
#include <string.h>

#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"

#include "book.h"
#include "gift.h"
#include "ledger.h"
#include "people.h"
#include "write_internal.h"

#include "write.h"

static int check_own_entry(const struct book_item *item, size_t n)
{
	if (!item->author->is_self)
		return ERR_NOT_AUTHOR;
	return item->kind == CONTENT_JOURNAL && n ? 0 : ERR_ARG;
}

/* --- giving --- */

/* Words that are there already, as a revision behind `parent`. */
struct repeat {
	const struct book_revision *words;
	const uint8_t *parent;
	bool given; /* it gives them to the record; else it does not, whatever the one before it said */
};

static int put_again(const struct write_ctx *ctx, const struct repeat *r, struct ledger_pending *p, uint8_t *ref)
{
	struct content_head head = *content_peek_head(r->words->content);
	head.made_ms = ctx->now_ms;
	head.n_parents = 1;
	memcpy(head.parents[0], r->parent, LEDGER_REF);
	struct content *c = content_copy(r->words->content, &head);
	int err = c ? 0 : ERR_NOMEM;
	if (!err && r->given)
		err = content_set_bool(c, CONTENT_GIVEN, true);
	else if (!err && content_has(c, CONTENT_GIVEN))
		err = content_drop(c, CONTENT_GIVEN);
	if (!err)
		err = write_put(ctx, c, p, ref);
	content_free(c);
	return err;
}

static int share_head(const struct write_ctx *ctx, const struct book_revision *parent, const struct ledger_pending *to)
{
	struct ledger_pending p = *to;
	return put_again(ctx, &(struct repeat){parent, parent->ref, false}, &p, NULL);
}

int write_share(const struct write_ctx *ctx, const struct book_item *item, const struct person *const *with, size_t n)
{
	struct ledger_pending p = {.record_class = RECORD_SHARED, .op = RECORD_SHARE};
	const struct person *readers[RECORD_AUDIENCE];
	size_t had = book_current_readers(item, readers, RECORD_AUDIENCE);
	int err = check_own_entry(item, n);
	for (size_t i = 0; !err && i < n; i++)
		if (!with[i]->is_self && !write_may_give(ctx, RECORD_SHARED, with[i]))
			err = ERR_NO_GRANT;
	for (size_t i = 0; !err && i < had && i < RECORD_AUDIENCE; i++)
		err = write_add(&p, readers[i]);
	for (size_t i = 0; !err && i < n; i++)
		err = write_add(&p, with[i]);
	if (!err && p.n_audience == had)
		err = ERR_EXISTS;
	for (size_t i = 0; !err && i < item->n_heads; i++)
		err = share_head(ctx, item->heads[i], &p);
	return err;
}

/* --- giving to the record --- */

static int check_gift(const struct write_ctx *ctx, const struct book_item *item, const struct person *const *with,
                      size_t n)
{
	size_t had = 0;
	int err = check_own_entry(item, n);
	if (!err && (item->n_heads > 1 || !book_head(item)->content))
		err = ERR_ARG;
	for (size_t i = 0; !err && i < n; i++) {
		if (with[i]->is_self || !write_may_give(ctx, RECORD_SHARED, with[i]))
			err = ERR_NO_GRANT;
		else
			had += gift_is_current(item, with[i]);
	}
	return !err && had == n ? ERR_EXISTS : err;
}

int write_give(const struct write_ctx *ctx, const struct book_item *item, const struct person *const *with, size_t n)
{
	struct ledger_pending p = {.record_class = RECORD_SHARED, .op = RECORD_SHARE}, all = p;
	const struct book_revision *head = book_head(item);
	const struct person *readers[RECORD_AUDIENCE];
	uint8_t ref[LEDGER_REF];
	int err = check_gift(ctx, item, with, n);
	size_t had = err ? 0 : book_current_readers(item, readers, RECORD_AUDIENCE);
	for (size_t i = 0; !err && i < n; i++) {
		err = write_add(&p, with[i]);
		if (!err)
			err = write_add(&all, with[i]);
	}
	for (size_t i = 0; !err && i < had && i < RECORD_AUDIENCE; i++)
		err = write_add(&all, readers[i]);
	if (!err)
		err = put_again(ctx, &(struct repeat){head, head->ref, true}, &p, ref);
	/* whoever was shown it keeps it, and is told nothing of what was given to others */
	if (!err && all.n_audience > p.n_audience)
		err = put_again(ctx, &(struct repeat){head, ref, false}, &all, NULL);
	return err;
}

/* --- taking back --- */

struct taking {
	const struct book_item *item;
	const struct person *const *from;
	size_t n;
	struct ledger_pending *rows; /* pending ones, each with its own copy of the content */
	size_t n_rows;
};

static bool loses(const struct taking *t, const struct person *person)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->from[i] == person)
			return true;
	return false;
}

/* What was given back is theirs: it was written under keys that are lost, so nobody can take it back. */
static bool can_read(const struct book_revision *r, const struct person *person)
{
	for (size_t i = 0; !r->given_by && i < r->n_access; i++)
		if (r->access[i].person == person && !r->access[i].withdrawn)
			return true;
	return false;
}

static bool is_given(const struct taking *t, const struct book_revision *r)
{
	for (size_t i = 0; i < t->n; i++)
		if (can_read(r, t->from[i]))
			return true;
	return false;
}

/* Everybody who is to lose it must have it. */
static int check_readers(const struct taking *t)
{
	for (size_t i = 0; i < t->n; i++) {
		bool found = false;
		for (size_t k = 0; !found && k < t->item->n_revisions; k++)
			found = can_read(&t->item->revisions[k], t->from[i]);
		if (!found)
			return ERR_NOT_FOUND;
	}
	return 0;
}

/* What waits to be sealed is narrowed where it lies. */

static bool is_wanted(const struct taking *t, const uint8_t lid[LEDGER_REF])
{
	for (size_t i = 0; i < t->item->n_revisions; i++) {
		const struct book_revision *r = &t->item->revisions[i];
		if (r->pending && memcmp(r->ref, lid, LEDGER_REF) == 0)
			return is_given(t, r);
	}
	return false;
}

static int collect(void *arg, const struct ledger_pending *p)
{
	struct taking *t = arg;
	if (!is_wanted(t, p->lid))
		return 0;
	struct ledger_pending *more = realloc(t->rows, (t->n_rows + 1) * sizeof(*more));
	if (!more)
		return ERR_NOMEM;
	t->rows = more;
	uint8_t *content = malloc(p->content_len);
	if (!content)
		return ERR_NOMEM;
	memcpy(content, p->content, p->content_len);
	more[t->n_rows] = *p;
	more[t->n_rows++].content = content;
	return 0;
}

static int narrow(const struct write_ctx *ctx, const struct taking *t, struct ledger_pending *p)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < p->n_audience; i++)
		if (!loses(t, people_by_pid(ctx->people, p->audience[i])))
			memmove(p->audience[kept++], p->audience[i], sizeof(p->audience[0]));
	p->n_audience = kept;
	if (!kept) {
		p->record_class = RECORD_PRIVATE;
		p->op = RECORD_CONTENT;
	}
	return ledger_pending_replace(ctx->txn, p);
}

static int take_pending(const struct write_ctx *ctx, struct taking *t)
{
	int err = ledger_pending_each(ctx->txn, collect, t);
	for (size_t i = 0; !err && i < t->n_rows; i++)
		err = narrow(ctx, t, &t->rows[i]);
	for (size_t i = 0; i < t->n_rows; i++)
		buf_free_bytes((uint8_t *)(uintptr_t)t->rows[i].content, t->rows[i].content_len);
	free(t->rows);
	t->rows = NULL;
	return err;
}

int write_hold_back(const struct write_ctx *ctx, const struct book_item *item, size_t *n)
{
	const struct person *readers[RECORD_AUDIENCE];
	struct taking t = {.item = item, .from = readers};
	*n = 0;
	for (size_t i = 0; i < item->n_revisions; i++) {
		const struct book_revision *r = &item->revisions[i];
		for (size_t k = 0; r->pending && k < r->n_access && t.n < RECORD_AUDIENCE; k++)
			if (!loses(&t, r->access[k].person))
				readers[t.n++] = r->access[k].person;
	}
	int err = t.n ? take_pending(ctx, &t) : 0;
	*n = t.n_rows;
	return err;
}

/* What is sealed is taken back by a record. */

static int set_from(struct content *c, const struct ledger_pending *p)
{
	struct buf list;
	buf_init(&list, 0);
	mp_put_array(&list, p->n_audience);
	for (uint32_t i = 0; i < p->n_audience; i++)
		mp_put_bin(&list, p->audience[i], sizeof(p->audience[i]));
	int err = buf_err(&list);
	if (!err)
		err = content_set_array(c, CONTENT_UNSHARED_FROM, list.data, list.len);
	buf_wipe(&list);
	return err;
}

static int put_unshare(const struct write_ctx *ctx, const struct book_item *item, struct ledger_pending *p)
{
	struct content_head head;
	int err = write_head(ctx, CONTENT_UNSHARE, &head);
	struct content *c = err ? NULL : content_new(&head);
	if (c)
		err = content_set_bin(c, CONTENT_UNSHARED_ITEM, item->id, sizeof(item->id));
	if (c && !err)
		err = set_from(c, p);
	if (!err)
		err = write_put(ctx, c, p, NULL);
	content_free(c);
	return err;
}

static int take_sealed(const struct write_ctx *ctx, const struct taking *t)
{
	const struct book_revision *sealed = t->item->revisions;
	size_t at = 0, n = t->item->n_revisions;
	int err = 0;
	while (!err && at < n) {
		struct ledger_pending p = {.record_class = RECORD_SHARED, .op = RECORD_UNSHARE};
		for (; at < n && p.n_targets < RECORD_TARGETS; at++) {
			if (sealed[at].pending || !is_given(t, &sealed[at]))
				continue;
			memcpy(p.targets[p.n_targets++], sealed[at].ref, LEDGER_REF);
			for (size_t i = 0; !err && i < t->n; i++)
				if (can_read(&sealed[at], t->from[i]))
					err = write_add(&p, t->from[i]);
		}
		if (!err && p.n_targets)
			err = put_unshare(ctx, t->item, &p);
	}
	return err;
}

/* Those who keep it get a fresh revision: the one they have lists readers who are none any more, and only what is
 * sealed to them can tell them better. */
static int tell_others(const struct write_ctx *ctx, const struct taking *t, const struct book_revision *head)
{
	struct ledger_pending p = {.record_class = RECORD_SHARED, .op = RECORD_CONTENT};
	int err = 0;
	if (head->pending || !head->content || !is_given(t, head))
		return 0;
	for (size_t i = 0; !err && i < head->n_access; i++) {
		const struct person *reader = head->access[i].person;
		if (!head->access[i].withdrawn && !loses(t, reader) && write_may_give(ctx, RECORD_SHARED, reader))
			err = write_add(&p, reader);
	}
	return err || !p.n_audience ? err : share_head(ctx, head, &p);
}

int write_unshare(const struct write_ctx *ctx, const struct book_item *item, const struct person *const *from, size_t n)
{
	struct taking t = {.item = item, .from = from, .n = n};
	int err = check_own_entry(item, n);
	if (!err)
		err = check_readers(&t);
	if (!err)
		err = take_pending(ctx, &t);
	if (!err)
		err = take_sealed(ctx, &t);
	for (size_t i = 0; !err && i < item->n_heads; i++)
		err = tell_others(ctx, &t, item->heads[i]);
	return err;
}
