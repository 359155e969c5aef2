/* write_care: clinical kinds: whom they are for, in which class they travel; see write.h. */
#include <string.h>

#include "client/care/kinds.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/record.h"
#include "proto/role.h"

#include "book.h"
#include "ledger.h"
#include "people.h"
#include "write_internal.h"

#include "write.h"
#include "write_care.h"

#define TEAM_MAX 32

static int add_named(const struct write_ctx *ctx, const struct write_care *w, struct ledger_pending *p)
{
	int err = 0;
	for (size_t i = 0; !err && i < w->n_to; i++)
		err = write_may_give(ctx, p->record_class, w->to[i]) ? write_add(p, w->to[i]) : ERR_NO_GRANT;
	return err;
}

static const struct person *about_of(const struct write_care *w, const struct person *self)
{
	return w->about ? w->about : self->role == ROLE_CLIENT ? self : NULL;
}

/* Of the client and the client's team those whom the kind is for; who cannot be given it now is passed over. */
static int add_team(const struct write_ctx *ctx, const struct write_care *w, const struct person *about,
                    struct ledger_pending *p)
{
	const struct person *team[TEAM_MAX];
	size_t n = people_team(ctx->people, about->pid, team, TEAM_MAX);
	int err = 0;
	if (w->kind->readers & 1u << about->role && write_may_give(ctx, p->record_class, about))
		err = write_add(p, about);
	for (size_t i = 0; !err && i < n && i < TEAM_MAX; i++)
		if (w->kind->readers & 1u << team[i]->role && write_may_give(ctx, p->record_class, team[i]))
			err = write_add(p, team[i]);
	return err;
}

/* Everybody who reads a revision now, and who would be given a new item: a team may have grown. */
static int add_audience(const struct write_ctx *ctx, const struct write_care *w, struct ledger_pending *p)
{
	if (w->only_me || p->record_class == RECORD_PRIVATE)
		return w->n_to ? ERR_CLASS : 0;
	if (w->n_to)
		return add_named(ctx, w, p);
	const struct person *about = about_of(w, people_self(ctx->people));
	int err = about ? add_team(ctx, w, about, p) : 0;
	if (!err && w->revises && !w->revises->author->is_self)
		err = ERR_NOT_AUTHOR;
	return err;
}

static bool may_be(const struct write_care *w, unsigned record_class)
{
	return w->kind->content.classes & 1u << record_class;
}

/* What a client writes is shared, what a clinician writes as the kind says; for nobody else it is private where it can
 * be. */
static unsigned class_of(const struct write_care *w, const struct person *self)
{
	if (w->only_me)
		return RECORD_PRIVATE;
	return self->role == ROLE_CLIENT ? RECORD_SHARED : w->kind->staff_class;
}

static void set_head(const struct write_care *w, const struct person *self, struct content_head *head)
{
	const struct person *about = w->about ? w->about : self;
	if (w->at_ms) {
		head->at_ms = w->at_ms;
		head->offset = w->at_offset;
	}
	head->has_subject = about->role == ROLE_CLIENT;
	if (head->has_subject)
		memcpy(head->subject, about->pid, sizeof(head->subject));
	if (!w->revises)
		return;
	memcpy(head->item, w->revises->id, sizeof(head->item));
	for (size_t i = 0; i < w->revises->n_heads && head->n_parents < CONTENT_PARENTS; i++)
		memcpy(head->parents[head->n_parents++], w->revises->heads[i]->ref, LEDGER_REF);
}

int write_care(const struct write_ctx *ctx, const struct write_care *w, uint8_t ref[32])
{
	struct ledger_pending p = {.op = RECORD_CONTENT, .answer_by_s = w->answer_by_s};
	const struct person *self = people_self(ctx->people);
	struct content *c = NULL;
	struct content_head head;
	if (!kinds_may_write(w->kind->content.kind, self->role))
		return ERR_ROLE;
	if (w->revises && !w->revises->author->is_self)
		return ERR_NOT_AUTHOR;
	if (!w->about && self->role != ROLE_CLIENT && w->kind->staff_class != RECORD_CONTROL)
		return ERR_ARG;
	if (w->about && w->about != self && !people_cares(ctx->people, self->pid, w->about->pid))
		return ERR_NO_GRANT;
	p.record_class = (uint8_t)class_of(w, self);
	int err = may_be(w, p.record_class) ? 0 : ERR_CLASS;
	if (!err)
		err = add_audience(ctx, w, &p);
	if (!err && p.record_class == RECORD_SHARED && !p.n_audience && may_be(w, RECORD_PRIVATE))
		p.record_class = RECORD_PRIVATE;
	if (!err)
		err = write_head(ctx, w->kind->content.kind, &head);
	if (!err) {
		set_head(w, self, &head);
		c = content_copy(w->fields, &head);
		err = write_put(ctx, c, &p, ref);
	}
	content_free(c);
	return err;
}
