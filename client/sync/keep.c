/* keep: see keep.h. */
#include <string.h>
#include <time.h>

#include "client/book/chart.h"
#include "client/book/gift.h"
#include "client/book/identity.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/book/write_care.h"
#include "client/care/given.h"
#include "client/vault.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/role.h"

#include "keep.h"

struct keeping {
	const struct write_ctx *ctx;
	const struct person *self;
	size_t n;
};

/* --- is it kept already? --- */

static int is_copy(void *arg, const struct book_item *copy)
{
	const struct book_revision *given = arg;
	size_t len = 0;
	const uint8_t *rid = content_bin(chart_content(copy), GIVEN_RID, &len);
	return rid && len == sizeof(given->ref) && memcmp(rid, given->ref, len) == 0;
}

static bool is_kept(const struct keeping *k, const struct book_revision *given)
{
	struct chart chart = {k->ctx->book, k->ctx->people, NULL};
	return chart_each(&chart, GIVEN_KIND, is_copy, (void *)(uintptr_t)given) != 0;
}

/* Therapists read each other's copies. Somebody else copies only what no therapist was given. */
static bool is_mine_to_keep(const struct keeping *k, const struct book_revision *given)
{
	bool named = false, therapist = false;
	for (size_t i = 0; i < given->n_access; i++) {
		named = named || given->access[i].person == k->self;
		therapist = therapist || given->access[i].person->role == ROLE_THERAPIST;
	}
	return named && (k->self->role == ROLE_THERAPIST || !therapist);
}

/* --- copying --- */

static int copy_text(const struct content *from, uint32_t key, struct content *to, uint32_t to_key)
{
	size_t len = 0;
	const char *text = content_str(from, key, &len);
	return text ? content_set_str(to, to_key, text, len) : 0;
}

static int fill(struct content *c, const struct book_item *item, const struct book_revision *given)
{
	const struct content *words = given->content;
	int err = copy_text(words, CONTENT_TITLE, c, GIVEN_TITLE);
	if (!err)
		err = copy_text(words, CONTENT_BODY, c, GIVEN_TEXT);
	if (!err)
		err = chart_set_ref(c, GIVEN_ENTRY, item);
	if (!err)
		err = content_set_bin(c, GIVEN_RID, given->ref, sizeof(given->ref));
	return err ? err : content_set_u64(c, GIVEN_AT, content_peek_head(words)->made_ms);
}

static int copy(struct keeping *k, const struct book_item *item, const struct book_revision *given)
{
	struct content_head head = {.kind = GIVEN_KIND};
	struct write_care w = {.kind = &care_given, .about = item->author};
	struct content *c = content_new(&head);
	int err = c ? fill(c, item, given) : ERR_NOMEM;
	w.fields = c;
	w.at_ms = item->at_ms;
	w.at_offset = item->offset;
	if (!err)
		err = write_care(k->ctx, &w, NULL);
	content_free(c);
	k->n += !err;
	return err == ERR_NO_GRANT ? 0 : err; /* the client is in others' care by now */
}

static int look(void *arg, const struct book_item *item)
{
	struct keeping *k = arg;
	int err = 0;
	if (item->author->role != ROLE_CLIENT || !gift_last(item))
		return 0;
	for (size_t i = 0; !err && i < item->n_revisions; i++) {
		const struct book_revision *given = &item->revisions[i];
		if (gift_is(given) && is_mine_to_keep(k, given) && !is_kept(k, given))
			err = copy(k, item, given);
	}
	return err;
}

int keep_given_in(const struct write_ctx *ctx, size_t *n)
{
	struct keeping k = {.ctx = ctx, .self = people_self(ctx->people)};
	int err = book_each(ctx->book, CONTENT_JOURNAL, NULL, look, &k);
	*n = k.n;
	return err;
}

static bool is_clinician(unsigned role)
{
	return role == ROLE_THERAPIST || role == ROLE_PRESCRIBER || role == ROLE_MEDICAL;
}

int keep_given(struct vault *vault, const struct identity *id, size_t *n)
{
	struct write_ctx ctx = {.book = NULL};
	struct people *people = NULL;
	struct book *book = NULL;
	struct timespec t;
	struct tm local;
	*n = 0;
	if (!is_clinician(id->role))
		return 0;
	clock_gettime(CLOCK_REALTIME, &t);
	localtime_r(&t.tv_sec, &local);
	ctx.now_ms = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
	ctx.offset = (int16_t)(local.tm_gmtoff / 60);
	int err = vault_begin(vault, true, &ctx.txn);
	if (!err)
		err = people_load(ctx.txn, id->genesis, &people);
	if (!err)
		err = book_load(ctx.txn, people, false, &book);
	ctx.people = people;
	ctx.book = book;
	if (!err)
		err = keep_given_in(&ctx, n);
	if (err || !*n)
		vault_abort(ctx.txn);
	else
		err = vault_commit(ctx.txn);
	book_free(book);
	people_free(people);
	return err;
}
