/* write: the way into the ledger, and what devices tell each other: receipts and profiles. Entries and comments are in
 * write_entry.c, sharing in write_share.c, messages in write_message.c. */
#include <string.h>

#include "client/care/kinds.h"
#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/record.h"
#include "proto/role.h"

#include "book.h"
#include "ledger.h"
#include "people.h"
#include "write_internal.h"

#include "write.h"

#define OTHERS (RECORD_AUDIENCE - 1)
#define OPENED 2
/* A sealed record may wait for the network; the server asks for the policy's days from the day it arrives. */
#define SPARE_DAYS 30

/* --- who may be given what --- */

bool write_is_clinician(const struct person *person)
{
	return person->role == ROLE_THERAPIST || person->role == ROLE_PRESCRIBER || person->role == ROLE_MEDICAL;
}

/* Both clinicians, together on a team. */
static bool share_a_client(const struct write_ctx *ctx, const struct person *to)
{
	const struct clinic *clinic = people_clinic(ctx->people);
	const struct clinic_member *client;
	size_t at = 0;
	while ((client = clinic_client_of(clinic, people_self(ctx->people)->pid, &at)))
		if (clinic_on_team(clinic, to->pid, client->genesis))
			return true;
	return false;
}

bool write_may_give(const struct write_ctx *ctx, unsigned record_class, const struct person *to)
{
	const struct person *self = people_self(ctx->people);
	bool clinicians = write_is_clinician(self) && write_is_clinician(to);
	if (to->is_self || !to->active || !people_keychain(ctx->people, to->pid))
		return false;
	switch (record_class) {
	case RECORD_SHARED:
		return people_cares(ctx->people, self->pid, to->pid) || (clinicians && share_a_client(ctx, to));
	case RECORD_CLINICAL:
		return clinicians || (write_is_clinician(self) && people_cares(ctx->people, self->pid, to->pid));
	case RECORD_CONTROL:
		return clinic_related(people_clinic(ctx->people), self->pid, to->pid);
	default:
		return false;
	}
}

int write_add(struct ledger_pending *p, const struct person *person)
{
	if (person->is_self)
		return 0;
	for (uint32_t i = 0; i < p->n_audience; i++)
		if (memcmp(p->audience[i], person->pid, sizeof(p->audience[i])) == 0)
			return 0;
	if (p->n_audience == OTHERS)
		return ERR_AUDIENCE;
	memcpy(p->audience[p->n_audience++], person->pid, sizeof(person->pid));
	return 0;
}

/* What is about a client goes to the client and to who is on their team now, not to who was. */
static bool may_hear_of(const struct write_ctx *ctx, const struct book_revision *about, const struct person *to)
{
	const struct content_head *head = content_peek_head(about->content);
	return !head->has_subject || people_by_pid(ctx->people, head->subject) == to ||
	       people_cares(ctx->people, to->pid, head->subject);
}

bool write_may_answer(const struct write_ctx *ctx, const struct book_revision *about, unsigned record_class,
                      const struct person *to)
{
	return write_may_give(ctx, record_class, to) && may_hear_of(ctx, about, to);
}

int write_add_readers(const struct write_ctx *ctx, const struct book_item *item, const struct book_revision *revision,
                      struct ledger_pending *p)
{
	int err = write_may_answer(ctx, revision, p->record_class, item->author) ? write_add(p, item->author) : 0;
	for (size_t i = 0; !err && i < revision->n_access; i++) {
		const struct person *person = revision->access[i].person;
		if (!revision->access[i].withdrawn && write_may_answer(ctx, revision, p->record_class, person))
			err = write_add(p, person);
	}
	return err;
}

/* --- into the ledger --- */

int write_head(const struct write_ctx *ctx, uint32_t kind, struct content_head *head)
{
	memset(head, 0, sizeof(*head));
	head->kind = kind;
	head->at_ms = head->made_ms = ctx->now_ms;
	head->offset = ctx->offset;
	return crypto_random(head->item, sizeof(head->item));
}

static int encode(const struct write_ctx *ctx, const struct content *c, const struct ledger_pending *p, struct buf *out)
{
	int err = content_check_place(c, &care_kinds, p->record_class, p->op);
	if (!err)
		err = content_encode(c, &care_kinds, out);
	if (err == ERR_SCHEMA && ctx->fault)
		*ctx->fault = content_find_fault(c, &care_kinds);
	return !err && out->len > RECORD_CONTENT_MAX ? ERR_TOO_BIG : err;
}

int write_put(const struct write_ctx *ctx, const struct content *c, struct ledger_pending *p, uint8_t *ref)
{
	struct buf bytes;
	if (!c)
		return ERR_NOMEM;
	if (ctx->fault)
		*ctx->fault = NULL;
	buf_init(&bytes, 0);
	if (p->record_class == RECORD_CLINICAL)
		p->retain_days = (uint32_t)clinic_policy(people_clinic(ctx->people), CLINIC_POLICY_RETAIN_DAYS) + SPARE_DAYS;
	int err = encode(ctx, c, p, &bytes);
	if (!err)
		err = crypto_random(p->lid, sizeof(p->lid));
	p->content = bytes.data;
	p->content_len = bytes.len;
	if (!err)
		err = ledger_pending_add(ctx->txn, p);
	if (!err && ref)
		memcpy(ref, p->lid, sizeof(p->lid));
	p->content = NULL;
	buf_wipe(&bytes);
	return err;
}

/* --- receipts --- */

static int put_receipt(const struct write_ctx *ctx, struct ledger_pending *p, unsigned state)
{
	struct content_head head;
	int err = write_head(ctx, CONTENT_RECEIPT, &head);
	struct content *c = err ? NULL : content_new(&head);
	if (c)
		err = content_set_u64(c, CONTENT_STATE, state);
	if (!err)
		err = write_put(ctx, c, p, NULL);
	content_free(c);
	return err;
}

int write_receipt(const struct write_ctx *ctx, const struct person *author, const uint8_t (*rids)[32], size_t n,
                  unsigned state)
{
	int err = author->is_self ? ERR_TARGET : 0;
	for (size_t done = 0; !err && done < n;) {
		struct ledger_pending p = {.record_class = RECORD_CONTROL, .op = RECORD_RECEIPT};
		while (p.n_targets < RECORD_TARGETS && done < n)
			memcpy(p.targets[p.n_targets++], rids[done++], 32);
		err = write_add(&p, author);
		if (!err)
			err = put_receipt(ctx, &p, state);
	}
	for (size_t i = 0; !err && state == OPENED && i < n; i++)
		err = ledger_fact_put(ctx->txn, "opened", rids[i], 32, NULL, 0);
	return err;
}

/* --- profiles --- */

static int put_profile(const struct write_ctx *ctx, struct ledger_pending *p, const char *name, const char *pronouns)
{
	struct content_head head;
	int err = write_head(ctx, CONTENT_PROFILE, &head);
	struct content *c = err ? NULL : content_new(&head);
	if (c)
		err = content_set_str(c, CONTENT_NAME, name, strlen(name));
	if (c && !err && *pronouns)
		err = content_set_str(c, CONTENT_PRONOUNS, pronouns, strlen(pronouns));
	if (!err)
		err = write_put(ctx, c, p, NULL);
	content_free(c);
	return err;
}

int write_profile(const struct write_ctx *ctx, const char *name, const char *pronouns, const struct person *const *to,
                  size_t n)
{
	int err = 0;
	for (size_t i = 0; i < n; i++)
		if (!write_may_give(ctx, RECORD_CONTROL, to[i]))
			return ERR_NO_GRANT;
	for (size_t done = 0; !err && done < n;) {
		struct ledger_pending p = {.record_class = RECORD_CONTROL, .op = RECORD_CONTENT};
		while (!err && p.n_audience < OTHERS && done < n)
			err = write_add(&p, to[done++]);
		if (!err)
			err = put_profile(ctx, &p, name, pronouns);
	}
	return err;
}
