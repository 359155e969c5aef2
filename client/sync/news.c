/* news: see news.h. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/book/chart.h"
#include "client/book/checked.h"
#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/book/oncall.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/book/write_care.h"
#include "client/care/contact.h"
#include "client/care/kinds.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/record.h"
#include "proto/role.h"

#include "news.h"

#define DELIVERED 1
#define PROFILES_A_WRITE 31
#define FACT_PROFILE "profile-sent"

struct arrival {
	uint8_t author[16], rid[32];
};

struct news {
	struct arrival *rows;
	size_t n, room;
	int err;
};

int news_new(struct news **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : ERR_NOMEM;
}

void news_free(struct news *n)
{
	if (n)
		free(n->rows);
	free(n);
}

void news_add(struct news *n, const uint8_t author[16], const uint8_t rid[32])
{
	if (n->n == n->room && !n->err) {
		size_t room = n->room ? 2 * n->room : 64;
		struct arrival *more = realloc(n->rows, room * sizeof(*more));
		if (!more)
			n->err = ERR_NOMEM;
		else
			n->rows = more;
		n->room = more ? room : n->room;
	}
	if (n->err)
		return;
	memcpy(n->rows[n->n].author, author, 16);
	memcpy(n->rows[n->n++].rid, rid, 32);
}

static int by_author(const void *a, const void *b)
{
	return memcmp(((const struct arrival *)a)->author, ((const struct arrival *)b)->author, 16);
}

/* Only what a person wrote for another is receipted. */
static bool wants_receipt(struct vault_txn *txn, const uint8_t rid[32])
{
	struct ledger_record row;
	struct record record;
	struct buf hold;
	buf_init(&hold, 0);
	int err = ledger_record_get(txn, rid, &hold, &row);
	if (!err)
		err = record_parse(row.record, row.record_len, &record);
	bool yes = !err && record.class != RECORD_CONTROL && (record.op == RECORD_CONTENT || record.op == RECORD_SHARE);
	buf_wipe(&hold);
	return yes;
}

static void fill_ctx(struct write_ctx *ctx, struct vault_txn *txn, const struct people *people)
{
	struct timespec t;
	struct tm local;
	clock_gettime(CLOCK_REALTIME, &t);
	localtime_r(&t.tv_sec, &local);
	*ctx = (struct write_ctx){.txn = txn, .people = people, .offset = (int16_t)(local.tm_gmtoff / 60)};
	ctx->now_ms = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* The receipts for one author: rows [from, to). */
static int write_for(const struct write_ctx *ctx, const struct news *n, size_t from, size_t to)
{
	const struct person *author = people_by_pid(ctx->people, n->rows[from].author);
	uint8_t rids[RECORD_TARGETS][32];
	size_t count = 0;
	int err = 0;
	for (size_t i = from; !err && author && i < to; i++) {
		if (wants_receipt(ctx->txn, n->rows[i].rid))
			memcpy(rids[count++], n->rows[i].rid, 32);
		if (count == RECORD_TARGETS || (count && i + 1 == to)) {
			err = write_receipt(ctx, author, (const uint8_t(*)[32])rids, count, DELIVERED);
			count = 0;
		}
	}
	return err;
}

int news_write_delivered(struct news *n, struct vault *vault, const struct identity *id)
{
	struct vault_txn *txn = NULL;
	struct people *people = NULL;
	struct write_ctx ctx;
	if (n->err || n->n == 0)
		return n->err;
	qsort(n->rows, n->n, sizeof(*n->rows), by_author);
	int err = vault_begin(vault, true, &txn);
	if (!err)
		err = people_load(txn, id->genesis, &people);
	fill_ctx(&ctx, txn, people);
	for (size_t from = 0, to; !err && from < n->n; from = to) {
		for (to = from + 1; to < n->n && by_author(&n->rows[from], &n->rows[to]) == 0; to++)
			;
		err = write_for(&ctx, n, from, to);
	}
	if (err)
		vault_abort(txn);
	else
		err = vault_commit(txn);
	people_free(people);
	return err;
}

/* Names go to nobody whose keys are in question. */
static bool is_in_question(struct vault_txn *txn, const struct people *people, const struct person *person)
{
	const struct keychain *k = people_keychain(people, person->pid);
	struct checked_person checked;
	return k && (checked_get(txn, people_clinic(people), k, &checked) || checked_stops(checked.state));
}

/* Those who are related and have not been told, for one record: staff together, at most `max`; else one client alone,
 * because everybody in an audience sees who else is. */
static size_t untold(struct vault_txn *txn, const struct people *people, const struct person **out, size_t max)
{
	const uint8_t *self = people_self(people)->pid;
	const struct person *client = NULL;
	size_t n = 0;
	struct buf value;
	buf_init(&value, 0);
	for (size_t i = 0; i < people_count(people) && n < max; i++) {
		const struct person *person = people_at(people, i);
		if (person->is_self || !clinic_related(people_clinic(people), self, person->pid) ||
		    ledger_fact_get(txn, FACT_PROFILE, person->pid, sizeof(person->pid), &value) != ERR_NOT_FOUND ||
		    is_in_question(txn, people, person))
			continue;
		if (person->role == ROLE_CLIENT)
			client = person;
		else
			out[n++] = person;
	}
	buf_wipe(&value);
	if (!n && client)
		out[n++] = client;
	return n;
}

/* One profile record; *n how many it is for. */
static int write_one_profile(const struct write_ctx *ctx, const char *name, size_t *n)
{
	const struct person *to[PROFILES_A_WRITE];
	*n = untold(ctx->txn, ctx->people, to, PROFILES_A_WRITE);
	int err = *n ? write_profile(ctx, name, "", to, *n) : 0;
	for (size_t i = 0; !err && i < *n; i++)
		err = ledger_fact_put(ctx->txn, FACT_PROFILE, to[i]->pid, sizeof(to[i]->pid), "1", 1);
	return err;
}

int news_write_profile(struct vault *vault, const struct identity *id)
{
	struct vault_txn *txn = NULL;
	struct people *people = NULL;
	struct write_ctx ctx;
	size_t n = 1, written = 0;
	int err = vault_begin(vault, true, &txn);
	if (!err)
		err = people_load(txn, id->genesis, &people);
	fill_ctx(&ctx, txn, people);
	while (!err && n) {
		err = write_one_profile(&ctx, id->name, &n);
		written += n;
	}
	if (err || !written)
		vault_abort(txn);
	else
		err = vault_commit(txn);
	people_free(people);
	return err;
}

/* --- how the clinic can be reached --- */

struct word {
	const struct people *people;
	const struct book_item *contact;
	const uint8_t *pid;
};

/* A copy of this word of ours that went to them, or waits to. */
static int went_to(void *arg, const struct book_item *item)
{
	const struct word *w = arg;
	const struct book_revision *head = book_head(item);
	bool same = content_peek_head(head->content)->at_ms == content_peek_head(chart_content(w->contact))->at_ms;
	for (size_t i = 0; same && i < head->n_access; i++)
		if (memcmp(head->access[i].person->pid, w->pid, 16) == 0)
			return 1;
	return 0;
}

/* As of names: staff together, a client alone. */
static size_t untold_of(const struct write_ctx *ctx, const struct book_item *contact, size_t *next,
                        const struct person **out)
{
	const uint8_t *self = people_self(ctx->people)->pid;
	size_t n = 0;
	for (; *next < people_count(ctx->people) && n < PROFILES_A_WRITE; ++*next) {
		const struct person *person = people_at(ctx->people, *next);
		struct chart everybody = {ctx->book, ctx->people, NULL};
		struct word w = {ctx->people, contact, person->pid};
		if (person->is_self || !clinic_related(people_clinic(ctx->people), self, person->pid) ||
		    !people_keychain(ctx->people, person->pid) || is_in_question(ctx->txn, ctx->people, person) ||
		    chart_each(&everybody, CONTACT_KIND, went_to, &w))
			continue;
		if (person->role == ROLE_CLIENT && n)
			break;
		out[n++] = person;
		if (person->role == ROLE_CLIENT) {
			++*next;
			break;
		}
	}
	return n;
}

static int write_word(const struct write_ctx *ctx, const struct book_item *contact, size_t *written)
{
	const struct content *c = chart_content(contact);
	const struct person *to[PROFILES_A_WRITE];
	size_t next = 0, n;
	int err = 0;
	while (!err && (n = untold_of(ctx, contact, &next, to))) {
		struct write_care w = {.kind = &care_contact, .fields = c, .to = to, .n_to = n};
		w.at_ms = content_peek_head(c)->at_ms;
		w.at_offset = content_peek_head(c)->offset;
		err = write_care(ctx, &w, NULL);
		*written += n;
	}
	return err;
}

int news_write_contact(struct vault *vault, const struct identity *id)
{
	struct vault_txn *txn = NULL;
	struct people *people = NULL;
	struct book *book = NULL;
	struct write_ctx ctx;
	size_t written = 0;
	if (id->role != ROLE_ADMIN)
		return 0;
	int err = vault_begin(vault, true, &txn);
	if (!err)
		err = people_load(txn, id->genesis, &people);
	if (!err)
		err = book_load(txn, people, false, &book);
	const struct book_item *contact = err ? NULL : oncall_contact(book, people);
	fill_ctx(&ctx, txn, people);
	ctx.book = book;
	if (contact && contact->author->is_self)
		err = write_word(&ctx, contact, &written);
	if (err || !written)
		vault_abort(txn);
	else
		err = vault_commit(txn);
	book_free(book);
	people_free(people);
	return err;
}

bool news_waiting(struct vault *vault, size_t held)
{
	struct vault_txn *txn = NULL;
	if (vault_begin(vault, false, &txn))
		return false;
	bool waiting = ledger_pending_count(txn) > held || ledger_outbox_count(txn);
	vault_abort(txn);
	return waiting;
}
