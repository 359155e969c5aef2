/* write_message: messages and acknowledgements; see write.h. */
#include <string.h>

#include "client/care/flag.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"
#include "proto/role.h"

#include "book.h"
#include "ledger.h"
#include "people.h"
#include "write_internal.h"

#include "write.h"

enum priority { ROUTINE, SOON, URGENT, NEEDS_ATTENTION };

/* What is worked out before the content is made. */
struct draft {
	struct ledger_pending p;
	struct content_head head;
	uint8_t thread[16];
	const uint8_t *reply_to; /* ref, NULL */
	bool clinicians_only;
};

static void set_subject(const uint8_t pid[16], struct content_head *head)
{
	head->has_subject = true;
	memcpy(head->subject, pid, sizeof(head->subject));
}

/* --- a new thread --- */

static int care_thread(const struct write_ctx *ctx, const struct write_message *m, struct draft *d)
{
	const struct person *self = people_self(ctx->people);
	if (!write_is_clinician(self))
		return ERR_ROLE;
	if (m->about && (m->about->role != ROLE_CLIENT || !people_cares(ctx->people, self->pid, m->about->pid)))
		return ERR_NO_GRANT;
	for (size_t i = 0; i < m->n_to; i++) {
		if (!write_is_clinician(m->to[i]) || !write_may_give(ctx, RECORD_CLINICAL, m->to[i]))
			return ERR_NO_GRANT;
		if (m->about && !people_cares(ctx->people, m->to[i]->pid, m->about->pid))
			return ERR_NO_GRANT;
	}
	if (m->about)
		set_subject(m->about->pid, &d->head);
	d->p.record_class = RECORD_CLINICAL;
	return 0;
}

/* The one client of a thread that is not a care thread; NULL when there is none, or several. */
static const struct person *client_of(const struct person *self, const struct write_message *m)
{
	const struct person *client = self->role == ROLE_CLIENT ? self : NULL;
	for (size_t i = 0; i < m->n_to; i++) {
		if (m->to[i]->role != ROLE_CLIENT || m->to[i] == client)
			continue;
		if (client)
			return NULL;
		client = m->to[i];
	}
	return client;
}

static int client_thread(const struct write_ctx *ctx, const struct write_message *m, struct draft *d)
{
	const struct person *self = people_self(ctx->people), *client = client_of(self, m);
	if (!client || (m->about && m->about != client))
		return ERR_NO_GRANT;
	if (self != client && !people_cares(ctx->people, self->pid, client->pid))
		return ERR_NO_GRANT;
	for (size_t i = 0; i < m->n_to; i++) {
		if (m->to[i] != client && !people_cares(ctx->people, m->to[i]->pid, client->pid))
			return ERR_NO_GRANT;
		if (!write_may_give(ctx, RECORD_SHARED, m->to[i]))
			return ERR_NO_GRANT;
	}
	set_subject(client->pid, &d->head);
	d->p.record_class = RECORD_SHARED;
	return 0;
}

static int new_thread(const struct write_ctx *ctx, const struct write_message *m, struct draft *d)
{
	if (!m->n_to)
		return ERR_ARG;
	int err = m->care ? care_thread(ctx, m, d) : client_thread(ctx, m, d);
	for (size_t i = 0; !err && i < m->n_to; i++)
		err = write_add(&d->p, m->to[i]);
	d->clinicians_only = m->care;
	return err ? err : crypto_random(d->thread, sizeof(d->thread));
}

/* --- a reply --- */

static bool among_clinicians(const struct write_ctx *ctx, const struct book_item *item, const struct book_revision *r)
{
	bool only = write_is_clinician(item->author) && write_is_clinician(people_self(ctx->people));
	for (size_t i = 0; only && i < r->n_access; i++)
		only = write_is_clinician(r->access[i].person);
	return only;
}

static int reply(const struct write_ctx *ctx, const struct book_item *to, struct draft *d)
{
	const struct book_revision *r = book_head(to);
	if (to->kind != CONTENT_MESSAGE || !r->content ||
	    (r->record_class != RECORD_SHARED && r->record_class != RECORD_CLINICAL))
		return ERR_TARGET;
	const struct content_head *head = content_peek_head(r->content);
	d->p.record_class = r->record_class;
	/* only clinicians write clinical records: a client who was told one answers in their own thread */
	if (d->p.record_class == RECORD_CLINICAL && !write_is_clinician(people_self(ctx->people)))
		d->p.record_class = RECORD_SHARED;
	int err = write_add_readers(ctx, to, r, &d->p);
	if (!err && d->p.n_audience == 0)
		err = ERR_NO_GRANT;
	if (head->has_subject)
		set_subject(head->subject, &d->head);
	memcpy(d->thread, r->thread, sizeof(d->thread));
	d->reply_to = r->ref;
	d->clinicians_only = among_clinicians(ctx, to, r);
	return err;
}

/* --- both --- */

static int set_pairs(struct content *c, const struct write_message *m)
{
	struct buf list;
	buf_init(&list, 0);
	mp_put_array(&list, (uint32_t)m->n_fields);
	for (size_t i = 0; i < m->n_fields; i++) {
		mp_put_array(&list, 2);
		mp_put_cstr(&list, m->fields[i].name);
		mp_put_cstr(&list, m->fields[i].value);
	}
	int err = buf_err(&list);
	if (!err)
		err = content_set_array(c, CONTENT_MESSAGE_FIELDS, list.data, list.len);
	buf_wipe(&list);
	return err;
}

static int set_fields(struct content *c, const struct write_message *m, const struct draft *d)
{
	int err = content_set_str(c, CONTENT_BODY, m->body, m->body_len);
	if (!err)
		err = content_set_bin(c, CONTENT_THREAD, d->thread, sizeof(d->thread));
	if (!err)
		err = content_set_u64(c, CONTENT_PRIORITY, m->priority);
	if (!err && m->type)
		err = content_set_str(c, CONTENT_MESSAGE_TYPE, m->type, strlen(m->type));
	if (!err && m->n_fields)
		err = set_pairs(c, m);
	if (!err && d->reply_to)
		err = content_set_bin(c, CONTENT_REPLY_TO, d->reply_to, LEDGER_REF);
	return err;
}

/* Nobody is paged: an urgent message is one clinician's to another, who can take it on. */
static int set_priority(const struct write_ctx *ctx, const struct write_message *m, struct draft *d)
{
	bool client = people_self(ctx->people)->role == ROLE_CLIENT;
	if (client && (m->priority == SOON || m->priority == URGENT))
		return ERR_ROLE;
	if (m->priority == URGENT && !d->clinicians_only)
		return ERR_ROLE;
	if (m->priority == URGENT)
		d->p.answer_by_s = m->answer_by_s ? m->answer_by_s : ctx->now_ms / 1000 + WRITE_URGENT_S;
	return 0;
}

int write_message(const struct write_ctx *ctx, const struct write_message *message, uint8_t ref[32])
{
	struct draft d = {.p = {.op = RECORD_CONTENT}};
	struct content *c = NULL;
	int err = write_head(ctx, CONTENT_MESSAGE, &d.head);
	if (!err)
		err = message->reply_to ? reply(ctx, message->reply_to, &d) : new_thread(ctx, message, &d);
	if (!err)
		err = set_priority(ctx, message, &d);
	if (!err)
		c = content_new(&d.head);
	if (c)
		err = set_fields(c, message, &d);
	if (!err)
		err = write_put(ctx, c, &d.p, ref);
	content_free(c);
	return err;
}

/* --- withdrawing --- */

int write_withdraw(const struct write_ctx *ctx, const struct book_item *item)
{
	struct ledger_pending p = {.op = RECORD_CONTENT};
	const struct book_revision *r = book_head(item);
	struct content_head head;
	if (!item->author->is_self)
		return ERR_NOT_AUTHOR;
	if (item->kind != CONTENT_MESSAGE || !r->content)
		return ERR_TARGET;
	if (content_has(r->content, CONTENT_WITHDRAWN))
		return ERR_EXISTS;
	p.record_class = r->record_class;
	int err = write_head(ctx, CONTENT_MESSAGE, &head);
	memcpy(head.item, item->id, sizeof(head.item));
	for (size_t i = 0; i < item->n_heads && head.n_parents < CONTENT_PARENTS; i++)
		memcpy(head.parents[head.n_parents++], item->heads[i]->ref, LEDGER_REF);
	if (content_peek_head(r->content)->has_subject)
		set_subject(content_peek_head(r->content)->subject, &head);
	if (!err)
		err = write_add_readers(ctx, item, r, &p);
	struct content *c = err ? NULL : content_copy(r->content, &head);
	if (c)
		err = content_set_bool(c, CONTENT_WITHDRAWN, true);
	if (!err)
		err = write_put(ctx, c, &p, NULL);
	content_free(c);
	return err;
}

/* --- acknowledgements --- */

/* What clinicians note about a flag that a client's device raised is between them. */
static void keep_clinicians(const struct write_ctx *ctx, struct ledger_pending *p)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < p->n_audience; i++) {
		const struct person *person = people_by_pid(ctx->people, p->audience[i]);
		if (person && write_is_clinician(person))
			memmove(p->audience[kept++], p->audience[i], sizeof(p->audience[i]));
	}
	p->n_audience = kept;
}

int write_ack(const struct write_ctx *ctx, const struct book_item *item, const char *note, size_t note_len)
{
	struct ledger_pending p = {.op = RECORD_ACKNOWLEDGE, .n_targets = 1};
	const struct book_revision *r = book_head(item);
	struct content_head head;
	struct content *c = NULL;
	if (item->author->is_self || !r->content ||
	    (r->record_class != RECORD_SHARED && r->record_class != RECORD_CLINICAL))
		return ERR_TARGET;
	memcpy(p.targets[0], r->ref, LEDGER_REF);
	p.record_class = write_is_clinician(people_self(ctx->people)) ? r->record_class : RECORD_SHARED;
	if (item->kind == FLAG_KIND && write_is_clinician(people_self(ctx->people)))
		p.record_class = RECORD_CLINICAL;
	int err = write_add_readers(ctx, item, r, &p);
	if (item->kind == FLAG_KIND)
		keep_clinicians(ctx, &p);
	else if (!err && p.n_audience == 0)
		err = ERR_NO_GRANT;
	if (!err)
		err = write_head(ctx, CONTENT_ACKNOWLEDGEMENT, &head);
	if (!err && content_peek_head(r->content)->has_subject)
		set_subject(content_peek_head(r->content)->subject, &head);
	if (!err)
		c = content_new(&head);
	if (c && note_len)
		err = content_set_str(c, CONTENT_BODY, note, note_len);
	if (!err)
		err = write_put(ctx, c, &p, NULL);
	content_free(c);
	return err;
}
