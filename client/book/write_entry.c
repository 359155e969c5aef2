/* write_entry: journal entries, their revisions, and comments; see write.h. */
#include <string.h>
#include <unistr.h>

#include "proto/attachment.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"
#include "proto/role.h"

#include "book.h"
#include "chart.h"
#include "dosing.h"
#include "ledger.h"
#include "parts.h"
#include "people.h"
#include "write_internal.h"

#include "write.h"

static void set_subject(const struct person *who, struct content_head *head)
{
	head->has_subject = who->role == ROLE_CLIENT;
	if (head->has_subject)
		memcpy(head->subject, who->pid, sizeof(head->subject));
}

/* --- entries --- */

static int set_tags(struct content *c, const char *const *tags, size_t n)
{
	struct buf list;
	buf_init(&list, 0);
	mp_put_array(&list, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		mp_put_cstr(&list, tags[i]);
	int err = buf_err(&list);
	if (!err)
		err = content_set_array(c, CONTENT_TAGS, list.data, list.len);
	buf_wipe(&list);
	return err == ERR_UTF8 ? ERR_SCHEMA : err;
}

/* What is absent stays as it is. */
static int set_fields(struct content *c, const struct write_entry *e)
{
	int err = 0;
	if (e->title)
		err = content_set_str(c, CONTENT_TITLE, e->title, e->title_len);
	if (!err && e->body)
		err = content_set_str(c, CONTENT_BODY, e->body, e->body_len);
	if (!err && e->n_tags)
		err = set_tags(c, e->tags, e->n_tags);
	if (!err && e->mood >= 0)
		err = content_set_u64(c, CONTENT_MOOD, (uint64_t)e->mood);
	if (!err && e->prompt)
		err = content_set_str(c, CONTENT_PROMPT, e->prompt, strlen(e->prompt));
	if (!err && e->phase >= 0)
		err = content_set_u64(c, CONTENT_PHASE, (uint64_t)e->phase);
	if (!err && e->assignment)
		err = chart_set_ref(c, CONTENT_ASSIGNMENT, e->assignment);
	return err;
}

struct attachments {
	struct attachment list[ATTACHMENT_MAX];
	uint32_t n;
};

/* What is there already is passed over. */
static int add_attachment(struct attachments *all, const struct attachment *a)
{
	for (uint32_t i = 0; i < all->n; i++)
		if (memcmp(all->list[i].id, a->id, BLOB_ID) == 0)
			return 0;
	if (all->n == ATTACHMENT_MAX)
		return ERR_RANGE;
	all->list[all->n++] = *a;
	return 0;
}

static int add_attachments_of(struct attachments *all, const struct content *c, const uint8_t *but)
{
	struct attachment a;
	int err = 0;
	for (uint32_t i = 0; !err && i < attachment_count(c); i++) {
		err = attachment_get(c, i, &a);
		if (!err && !(but && memcmp(a.id, but, BLOB_ID) == 0))
			err = add_attachment(all, &a);
	}
	crypto_wipe(&a, sizeof(a));
	return err;
}

/* Those of the head that is shown, then those of other heads, then the new one. `item` NULL: a new entry. */
static int set_attachments(const struct write_ctx *ctx, const struct book_item *item, const struct write_entry *e,
                           struct content *c)
{
	struct attachments all = {.n = 0};
	int err = item ? add_attachments_of(&all, book_head(item)->content, e->detach) : 0;
	for (size_t i = 0; !err && item && i < item->n_heads; i++)
		if (item->heads[i]->content)
			err = add_attachments_of(&all, item->heads[i]->content, e->detach);
	if (!err && e->attach)
		err = add_attachment(&all, e->attach);
	if (!err && e->attach)
		err = parts_keep(ctx->txn, e->attach->id);
	if (!err)
		err = attachment_set(c, all.list, all.n);
	crypto_wipe(&all, sizeof(all));
	return err;
}

static void set_time(const struct write_entry *e, struct content_head *head)
{
	if (!e->at_ms)
		return;
	head->at_ms = e->at_ms;
	head->offset = e->at_offset;
}

int write_entry(const struct write_ctx *ctx, const struct write_entry *entry, uint8_t ref[32])
{
	struct ledger_pending p = {.record_class = RECORD_PRIVATE, .op = RECORD_CONTENT};
	struct content_head head;
	int err = write_head(ctx, CONTENT_JOURNAL, &head);
	set_subject(people_self(ctx->people), &head);
	set_time(entry, &head);
	struct content *c = err ? NULL : content_new(&head);
	if (c)
		err = set_fields(c, entry);
	if (c && !err)
		err = set_attachments(ctx, NULL, entry, c);
	if (!err)
		err = write_put(ctx, c, &p, ref);
	content_free(c);
	return err;
}

/* --- edits --- */

/* The newest heads, as far as there is room for. */
static void set_parents(const struct book_item *item, struct content_head *head)
{
	size_t from = item->n_heads > CONTENT_PARENTS ? item->n_heads - CONTENT_PARENTS : 0;
	head->n_parents = 0;
	for (size_t i = from; i < item->n_heads; i++)
		memcpy(head->parents[head->n_parents++], item->heads[i]->ref, LEDGER_REF);
}

bool write_rests(const struct write_ctx *ctx)
{
	const struct person *self = people_self(ctx->people);
	struct chart chart = {ctx->book, ctx->people, self};
	return ctx->book && self->role == ROLE_CLIENT && dosing_hold_until(&chart, ctx->now_ms, ctx->now_ms);
}

int write_edit(const struct write_ctx *ctx, const struct book_item *item, const struct write_entry *entry)
{
	struct ledger_pending p = {.record_class = RECORD_PRIVATE, .op = RECORD_CONTENT};
	const struct person *readers[RECORD_AUDIENCE];
	const struct content *old = book_head(item)->content;
	size_t n = write_rests(ctx) ? 0 : book_current_readers(item, readers, RECORD_AUDIENCE);
	int err = 0;
	if (!item->author->is_self)
		return ERR_NOT_AUTHOR;
	if (item->kind != CONTENT_JOURNAL || !old)
		return ERR_ARG;
	if (n)
		p.record_class = RECORD_SHARED;
	for (size_t i = 0; !err && i < n; i++)
		err = i < RECORD_AUDIENCE ? write_add(&p, readers[i]) : ERR_AUDIENCE;
	struct content_head head = *content_peek_head(old);
	head.made_ms = ctx->now_ms;
	set_time(entry, &head);
	set_parents(item, &head);
	struct content *c = err ? NULL : content_copy(old, &head);
	if (c && content_has(c, CONTENT_GIVEN)) /* what was given is what was there then */
		err = content_drop(c, CONTENT_GIVEN);
	if (c && !err)
		err = set_fields(c, entry);
	if (c && !err)
		err = set_attachments(ctx, item, entry, c);
	if (!err)
		err = write_put(ctx, c, &p, NULL);
	content_free(c);
	return err;
}

/* --- comments --- */

static int set_on(struct content *c, const struct book_item *item)
{
	struct buf on;
	buf_init(&on, 0);
	mp_put_array(&on, 2);
	mp_put_bin(&on, item->author->pid, sizeof(item->author->pid));
	mp_put_bin(&on, item->id, sizeof(item->id));
	int err = buf_err(&on);
	if (!err)
		err = content_set_array(c, CONTENT_ON_ITEM, on.data, on.len);
	buf_wipe(&on);
	if (!err)
		err = content_set_bin(c, CONTENT_ON_RID, book_head(item)->ref, LEDGER_REF);
	return err;
}

static int set_anchor(struct content *c, const struct book_item *item, const struct write_comment *comment)
{
	struct buf anchor;
	size_t len;
	const char *body = content_str(book_head(item)->content, CONTENT_BODY, &len);
	size_t points = body ? u8_mbsnlen((const uint8_t *)body, len) : 0;
	if (comment->start > points || comment->length > points - comment->start)
		return ERR_RANGE;
	buf_init(&anchor, 0);
	mp_put_array(&anchor, 2);
	mp_put_u64(&anchor, comment->start);
	mp_put_u64(&anchor, comment->length);
	int err = buf_err(&anchor);
	if (!err)
		err = content_set_array(c, CONTENT_ANCHOR, anchor.data, anchor.len);
	buf_wipe(&anchor);
	return err;
}

/* Whom it is for: a comment on what nobody else can read is for oneself. */
static int set_audience(const struct write_ctx *ctx, const struct book_item *item, struct ledger_pending *p)
{
	const struct book_revision *head = book_head(item);
	p->record_class = head->record_class;
	int err = p->record_class == RECORD_PRIVATE ? 0 : write_add_readers(ctx, item, head, p);
	if (!err && !item->author->is_self && !write_may_answer(ctx, head, p->record_class, item->author))
		return ERR_NO_GRANT;
	if (!err && p->n_audience == 0)
		p->record_class = RECORD_PRIVATE;
	return err;
}

int write_comment(const struct write_ctx *ctx, const struct book_item *item, const struct write_comment *comment)
{
	struct ledger_pending p = {.op = RECORD_CONTENT};
	const struct book_revision *on = book_head(item);
	struct content_head head;
	if (!on->content || on->record_class == RECORD_CONTROL || item->kind == CONTENT_COMMENT)
		return ERR_TARGET;
	int err = set_audience(ctx, item, &p);
	if (!err)
		err = write_head(ctx, CONTENT_COMMENT, &head);
	struct content *c = NULL;
	if (!err) {
		head.has_subject = content_peek_head(on->content)->has_subject;
		memcpy(head.subject, content_peek_head(on->content)->subject, sizeof(head.subject));
		c = content_new(&head);
	}
	if (c)
		err = content_set_str(c, CONTENT_BODY, comment->body, comment->body_len);
	if (c && !err)
		err = set_on(c, item);
	if (c && !err && comment->anchored)
		err = set_anchor(c, item, comment);
	if (!err)
		err = write_put(ctx, c, &p, NULL);
	content_free(c);
	return err;
}
