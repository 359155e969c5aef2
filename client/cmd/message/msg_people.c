/* msg_people: see msg_people.h. */
#include "msg_people.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "client/book/chart.h"
#include "client/book/left.h"
#include "client/book/oncall.h"
#include "client/setting.h"
#include "client/ui/out.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/role.h"

#include "client/cmd/desk.h"
#include "client/cmd/entry.h"

#define TYPED_MAX 512
#define WORDS_MAX 512

/* Calls `visit` for each word until it returns true. */
static bool each_name(const char *typed, bool (*visit)(void *arg, const char *word), void *arg)
{
	char copy[TYPED_MAX], *rest = copy, *word;
	bool done = false;
	if ((size_t)snprintf(copy, sizeof(copy), "%s", typed) >= sizeof(copy))
		return false;
	while (!done && (word = strsep(&rest, ","))) {
		word += strspn(word, " ");
		done = *word && visit(arg, word);
	}
	return done;
}

static bool means_everybody(void *arg, const char *word)
{
	static const char *const words[] = {"all",         "everyone",     "everybody", "clients",
	                                    "all clients", "every client", "team",      "staff"};
	(void)arg;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(word, words[i]) == 0)
			return true;
	return false;
}

int msg_people_check(struct desk *d, const char *typed)
{
	if (!each_name(typed, means_everybody, NULL))
		return KAP_OK;
	return kap_fail(d->kap, KAP_INVALID,
	                "A message goes to people by their names, never to everybody. `%s team` lists them. Nothing was "
	                "sent.",
	                d->kap->title);
}

int msg_people_check_office(struct desk *d, const struct person *const *to, size_t n)
{
	char reach[WORDS_MAX] = "";
	struct vault_txn *txn = NULL;
	struct buf phone;
	size_t i = 0;
	while (i < n && to[i]->role != ROLE_ADMIN && to[i]->role != ROLE_AUDITOR)
		i++;
	if (i == n)
		return KAP_OK;
	buf_init(&phone, 0);
	if (!vault_begin(d->kap->vault, false, &txn)) {
		if (!setting_get(txn, SETTING_CLINIC_PHONE, &phone))
			snprintf(reach, sizeof(reach), " Clinic phone: %.40s.", (const char *)phone.data);
		vault_abort(txn);
	}
	buf_wipe(&phone);
	return kap_fail(
	    d->kap, KAP_NOT_ALLOWED,
	    "%s is an admin or auditor of the clinic. Messages belong to the care of a client, and they have no "
	    "part in it.%s Nothing was sent.",
	    to[i]->name, reach);
}

struct search {
	struct desk *d;
	const struct person *found;
};

static bool is_active(const struct person *person, void *arg)
{
	(void)arg;
	return person->active && !person->is_self;
}

static bool is_paused(const struct person *person, void *arg)
{
	(void)arg;
	return !person->active;
}

static bool find_paused(void *arg, const char *word)
{
	struct search *s = arg;
	const struct person *person;
	if (people_matches(s->d->people, word, is_active, NULL, &person, 1))
		return false;
	return people_find(s->d->people, word, is_paused, NULL, &s->found) == 0;
}

const struct person *msg_people_paused(struct desk *d, const char *typed)
{
	struct search s = {.d = d};
	return each_name(typed, find_paused, &s) ? s.found : NULL;
}

static bool on_call(struct desk *d, struct oncall_turn *turn)
{
	const struct book_item *contact = oncall_contact(d->book, d->people);
	return contact && oncall_now(chart_content(contact), d->people, d->now.s, turn);
}

int msg_people_keep(struct desk *d, const struct person *paused, const struct buf *text)
{
	char words[WORDS_MAX], date[WHEN_TEXT];
	struct vault_txn *txn = NULL;
	struct oncall_turn turn;
	uint64_t at_ms = 0;
	size_t at = (size_t)snprintf(words, sizeof(words), "%.100s's account is paused", paused->name);
	if (!vault_begin(d->kap->vault, false, &txn)) {
		if (!left_at(txn, d->people, paused, &at_ms)) {
			struct when since = desk_when(at_ms);
			const char *day = when_date(&since, &d->now, date), *space = strchr(day, ' ');
			at += (size_t)snprintf(words + at, sizeof(words) - at, " since %s", space ? space + 1 : day);
		}
		vault_abort(txn);
	}
	at += (size_t)snprintf(words + at, sizeof(words) - at, ". Your message was kept as a draft.");
	if (on_call(d, &turn))
		snprintf(words + at, sizeof(words) - at, " On call now: %.100s%s", turn.name,
		         turn.name[strlen(turn.name) - 1] == '.' ? "" : ".");
	entry_keep_words(d, text);
	return kap_fail(d->kap, KAP_NOT_ALLOWED, "%s", words);
}

void msg_people_on_call(struct desk *d)
{
	struct oncall_turn turn;
	if (!on_call(d, &turn))
		return;
	out_str(d->kap->out, "on-call", NULL, turn.name);
	out_line(d->kap->out, "On call now: %s.", turn.name);
}
