/* desk: see desk.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/sync/sync.h"
#include "client/ui/out.h"
#include "client/vault.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/role.h"

#include "desk.h"
#include "late.h"

#define SEND_TIMEOUT_S 5
#define TYPED_MAX 512

static uint64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* --- opening and closing --- */

static int read_all(struct desk *d, bool with_book)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(d->kap->vault, with_book, &txn);
	if (!err)
		err = identity_load(txn, &d->id);
	if (!err && !d->id->joined)
		err = ERR_GUEST;
	if (!err)
		err = people_load(txn, d->id->genesis, &d->people);
	if (!err && with_book)
		err = book_load(txn, d->people, true, &d->book);
	if (err)
		vault_abort(txn);
	else
		err = vault_commit(txn);
	return err;
}

static int open_desk(struct kap *kap, struct desk *d, bool with_book)
{
	*d = (struct desk){.kap = kap, .now = when_now()};
	int err = read_all(d, with_book);
	if (!err)
		return KAP_OK;
	desk_close(d);
	if (err == ERR_NOT_FOUND || err == ERR_GUEST)
		return kap_fail(kap, KAP_NOT_ENROLLED,
		                "This device has not joined a clinic yet. Join with the code you were given: %s join CODE@HOST",
		                kap->title);
	return kap_fail_err(kap, err, "Nothing was changed.");
}

int desk_open(struct kap *kap, struct desk *d)
{
	return open_desk(kap, d, true);
}

int desk_open_people(struct kap *kap, struct desk *d)
{
	return open_desk(kap, d, false);
}

void desk_close(struct desk *d)
{
	book_free(d->book);
	people_free(d->people);
	identity_free(d->id);
	d->book = NULL;
	d->people = NULL;
	d->id = NULL;
}

/* --- writing --- */

int desk_write(struct desk *d, desk_fn *fn, void *arg)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(d->kap->vault, true, &txn);
	struct write_ctx ctx = {.txn = txn, .people = d->people, .book = d->book, .now_ms = now_ms()};
	ctx.offset = when_now().offset_min;
	if (!err)
		err = fn(&ctx, arg);
	if (err)
		vault_abort(txn);
	else
		err = vault_commit(txn);
	return err;
}

static const struct refusal {
	int err;
	enum fail_exit exit;
	const char *sentence;
} refusals[] = {
    {ERR_NOT_AUTHOR, KAP_NOT_ALLOWED, "Only the person who wrote it can do that."},
    {ERR_NO_GRANT, KAP_NOT_ALLOWED,
     "They are not on the care team, so they cannot be given a key. Ask the clinic to add them."},
    {ERR_ROLE, KAP_NOT_ALLOWED, "Your role at the clinic does not allow that."},
    {ERR_EXISTS, KAP_INVALID, "They can read it already."},
    {ERR_NOT_FOUND, KAP_INVALID, "They cannot read it anyway."},
    {ERR_TARGET, KAP_NOT_ALLOWED, "That cannot be acknowledged: it is your own, or not a message to you."},
};

int desk_refused(struct desk *d, int err, const char *then)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].err == err)
			return kap_fail(d->kap, refusals[i].exit, "%s %s", refusals[i].sentence, then);
	return kap_fail_err(d->kap, err, then);
}

/* --- people --- */

bool desk_is_staff(const struct person *person, void *arg)
{
	(void)arg;
	return person->active && !person->is_self && role_is_staff((enum role)person->role);
}

bool desk_is_client(const struct person *person, void *arg)
{
	(void)arg;
	return person->active && !person->is_self && person->role == ROLE_CLIENT;
}

bool desk_is_clinician(const struct person *person, void *arg)
{
	return desk_is_staff(person, arg) && person->role != ROLE_ADMIN && person->role != ROLE_AUDITOR;
}

static bool is_other(const struct person *person, void *arg)
{
	(void)arg;
	return person->active && !person->is_self;
}

static bool has_left(const struct person *person, void *arg)
{
	(void)arg;
	return !person->active;
}

static void list_names(const struct person *const *people, size_t n, char *out, size_t max)
{
	size_t at = 0;
	out[0] = '\0';
	for (size_t i = 0; i < n && at < max; i++) {
		int wrote = snprintf(out + at, max - at, "%s%s", i ? ", " : "", people[i]->name);
		at += wrote > 0 ? (size_t)wrote : 0;
	}
}

int desk_person(struct desk *d, const char *typed, people_allow *allow, const char *what, const struct person **out)
{
	const struct person *found[8];
	char names[TYPED_MAX];
	if (!allow)
		allow = is_other;
	int err = people_find(d->people, typed, allow, NULL, out);
	if (!err)
		return KAP_OK;
	if (err == ERR_AMBIGUOUS) {
		size_t n = people_matches(d->people, typed, allow, NULL, found, 8);
		list_names(found, n < 8 ? n : 8, names, sizeof(names));
		return kap_fail(d->kap, KAP_CHOICE, "\"%s\" fits more than one person: %s. Type more of the name.", typed,
		                names);
	}
	if (err != ERR_NOT_FOUND)
		return kap_fail_err(d->kap, err, "Nothing was changed.");
	if (!people_find(d->people, typed, NULL, NULL, out))
		return kap_fail(d->kap, KAP_NOT_ALLOWED, "%s is not %s. Nothing was changed.", (*out)->name, what);
	if (!people_find(d->people, typed, has_left, NULL, out))
		return kap_fail(d->kap, KAP_NOT_ALLOWED, "%s has left the clinic. Nothing was changed.", (*out)->name);
	return kap_fail(d->kap, KAP_INVALID, "Nobody you know here is called \"%s\". `%s team` lists who there is.", typed,
	                d->kap->title);
}

int desk_people(struct desk *d, const char *typed, people_allow *allow, const char *what, const struct person **out,
                size_t max, size_t *n)
{
	char copy[TYPED_MAX], *rest = copy, *word;
	*n = 0;
	if ((size_t)snprintf(copy, sizeof(copy), "%s", typed) >= sizeof(copy))
		return kap_fail(d->kap, KAP_INVALID, "That list of names is too long.");
	while ((word = strsep(&rest, ","))) {
		word += strspn(word, " ");
		if (!*word)
			continue;
		if (*n == max)
			return kap_fail(d->kap, KAP_INVALID, "That is more than %zu people.", max);
		int exit_code = desk_person(d, word, allow, what, &out[*n]);
		if (exit_code)
			return exit_code;
		(*n)++;
	}
	return *n ? KAP_OK : kap_fail(d->kap, KAP_INVALID, "No name was given.");
}

/* --- entries and messages --- */

static bool parse_number(const char *text, uint32_t *number)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);
	*number = (uint32_t)v;
	return *text >= '0' && *text <= '9' && !*end && v > 0 && v <= UINT32_MAX;
}

int desk_any_entry(struct desk *d, int argc, char **argv, const struct book_item **out)
{
	const struct person *author = people_self(d->people);
	uint32_t number;
	if (argc == 2) {
		int exit_code = desk_person(d, argv[0], NULL, "someone you can read", &author);
		if (exit_code)
			return exit_code;
	}
	if (!parse_number(argv[argc - 1], &number))
		return kap_fail(d->kap, KAP_INVALID, "\"%s\" is not the number of an entry. `%s list` shows the numbers.",
		                argv[argc - 1], d->kap->title);
	*out = book_by_number(d->book, author, CONTENT_JOURNAL, number);
	if (*out)
		return KAP_OK;
	return kap_fail(d->kap, KAP_INVALID, "There is no entry %u%s%s here.", number, argc == 2 ? " by " : "",
	                argc == 2 ? author->name : "");
}

/* Own ones that are out of sight are named as what they are. */
static int check_there(struct desk *d, const struct book_item *item, const char *what)
{
	char date[WHEN_TEXT];
	if (!item->author->is_self || (!item->deleted && !item->bin_until_ms))
		return KAP_OK;
	struct when at = desk_when(item->deleted ? item->deleted_ms : item->bin_until_ms);
	when_date(&at, &d->now, date);
	if (item->deleted)
		return kap_fail(d->kap, KAP_INVALID, "You deleted %s %u on %s.", what, item->number, date);
	return kap_fail(d->kap, KAP_INVALID, "Entry %u is in the bin until %s. `%s undelete %u` brings it back.",
	                item->number, date, d->kap->title, item->number);
}

int desk_entry(struct desk *d, int argc, char **argv, const struct book_item **out)
{
	int exit_code = desk_any_entry(d, argc, argv, out);
	return exit_code ? exit_code : check_there(d, *out, "entry");
}

int desk_one_version(struct desk *d, const struct book_item *item)
{
	if (item->n_heads < 2)
		return KAP_OK;
	return kap_fail(d->kap, KAP_CHOICE,
	                "Entry %u has %zu versions, written apart. Join them first: %s merge %u. Nothing was changed.",
	                item->number, item->n_heads, d->kap->title, item->number);
}

int desk_message(struct desk *d, int argc, char **argv, const struct book_item **out)
{
	uint32_t number;
	const char *word = argv[argc - 1];
	if (!parse_number(word, &number) || (argc == 2 && strcmp(argv[0], "inbox") != 0))
		return kap_fail(d->kap, KAP_INVALID, "\"%s\" is not the number of a message. `%s inbox` shows the numbers.",
		                word, d->kap->title);
	*out = book_by_number(d->book, NULL, CONTENT_MESSAGE, number);
	if (!*out)
		return kap_fail(d->kap, KAP_INVALID, "There is no message %u in your inbox.", number);
	return check_there(d, *out, "message");
}

int desk_is_ones_own(struct desk *d, const struct book_item *item, bool head)
{
	const struct person *giver = item->author->is_self ? book_giver(item, head) : NULL;
	if (!giver)
		return KAP_OK;
	return kap_fail(d->kap, KAP_NOT_ALLOWED,
	                "That was given back to you by %s. It cannot be taken back or deleted any more: that needs the "
	                "keys you lost. Nothing was changed.",
	                giver->name);
}

/* --- sending --- */

static const struct alarm {
	int err;
	enum fail_exit exit;
	const char *sentence;
} alarms[] = {
    {ERR_PIN, KAP_NOT_ALLOWED,
     "ALARM: another machine answered in the place of the clinic's server. Nothing was sent to it. Tell the clinic."},
    {ERR_ROLLBACK, KAP_NOT_ALLOWED,
     "ALARM: the server shows an older or different history than this device has seen. Everything here is kept, "
     "nothing was sent and nothing was taken from it. Tell the clinic."},
    {ERR_GENERATION, KAP_NOT_ALLOWED,
     "ALARM: the server's store is another than before, and nobody of the clinic has said so. Nothing was sent. What "
     "you write is safe here and waits. Tell the clinic."},
    {ERR_FORGOTTEN, KAP_SAVED_LOCALLY,
     "The clinic's server does not know this device any more. It may have been put back from a copy that is older than "
     "this device. Wait until the clinic's admin has put it right; nothing is lost. What you write is safe here."},
    {ERR_RECEIPT, KAP_NOT_ALLOWED,
     "ALARM: the server's receipt does not prove that it stored your records. They are kept here and will be sent "
     "again. "
     "Tell the clinic."},
    {ERR_LINK, KAP_NOT_ALLOWED, "ALARM: the server shows a false statement about who is who. It was not used."},
    {ERR_SIGNATURE, KAP_NOT_ALLOWED, "ALARM: the server shows a statement with a false signature. It was not used."},
    {ERR_ANSWER, KAP_NOT_ALLOWED,
     "ALARM: the server answered with something that is no valid answer. Nothing was taken from it, and everything "
     "here "
     "is kept. Tell the clinic."},
    {ERR_REVOKED, KAP_NOT_ENROLLED,
     "This device no longer has access to the clinic. What is on it stays readable here. Ask the clinic."},
    {ERR_GUEST, KAP_NOT_ENROLLED, "The clinic's server does not know this device. What is on it stays readable here."},
    {ERR_ASIDE_FULL, KAP_NOT_ALLOWED,
     "Too many records failed a check and are kept aside: there is no room for more. What comes after them waits at "
     "the "
     "server. Everything you wrote is safe, and sending goes on. Tell the clinic."},
    {ERR_FULL, KAP_SAVED_LOCALLY,
     "Clinic server is out of space. Your words are safe on this device. The clinic was told."},
};

static const struct alarm *alarm_of(int err)
{
	for (size_t i = 0; i < sizeof(alarms) / sizeof(alarms[0]); i++)
		if (alarms[i].err == err)
			return &alarms[i];
	return NULL;
}

int desk_refused_statement(struct desk *d, int err, const char *then)
{
	/* these two may mean our own statement */
	const struct alarm *alarm = err == ERR_LINK || err == ERR_SIGNATURE ? NULL : alarm_of(err);
	return alarm ? kap_fail(d->kap, alarm->exit, "%s %s", alarm->sentence, then) : kap_fail_err(d->kap, err, then);
}

static const char *waiting_sentence(int err)
{
	if (err == ERR_UNREACHABLE || err == ERR_TIMEOUT || err == ERR_CLOSED)
		return "The clinic's server cannot be reached just now. Everything is safe on this device and will be sent "
		       "later.";
	return "The clinic's server is busy. Everything is safe on this device and will be sent later.";
}

static void say_result(struct kap *kap, const struct sync_result *r)
{
	struct out *out = kap->out;
	out_int(out, "sent", NULL, (int64_t)r->pushed);
	out_int(out, "received", NULL, (int64_t)r->pulled);
	if (r->pushed || r->pulled)
		out_line(out, "Sent %zu, received %zu.", r->pushed, r->pulled);
	else
		out_line(out, "Everything is in step. Nothing to send, nothing new.");
}

static void say_aside(struct kap *kap, const struct sync_result *r)
{
	struct out *out = kap->out;
	if (r->aside)
		out_say(out, "%zu %s kept aside and not shown: %s", r->aside, r->aside == 1 ? "record was" : "records were",
		        err_text(r->aside_err));
	late_say_gone(kap, &r->gone);
	if (r->unended)
		out_say(out, "%zu written with a removed device %s until its owner says how far it counts.", r->unended,
		        r->unended == 1 ? "waits" : "wait");
	if (r->twin)
		out_say(
		    out,
		    "Another copy of this profile writes as this device. What it wrote was taken over, and nothing is lost. If "
		    "this is a backup put back, that is all. If two copies are in use, or you know of none: `kap device "
		    "revoke` removes this device from another of yours; then pair the copy anew as a device of its own.");
}

static void say_held(struct kap *kap, const struct sync_result *r)
{
	out_int(kap->out, "held", NULL, (int64_t)r->held);
	if (r->held)
		out_say(kap->out,
		        "%zu of what you wrote wait%s here, for somebody whose keys were replaced since you compared words, or "
		        "differed. `%s team` shows who. Compare again: `%s check NAME`.",
		        r->held, r->held == 1 ? "s" : "", kap->title, kap->title);
}

#define RESTING                                                                                                        \
	"%zu of your entries %s written within 24 hours of medicine, which this device did not know when you shared: "     \
	"only "                                                                                                            \
	"you can read %s. From the next morning on you can share again."

static void say_odd(struct kap *kap, const struct sync_result *r)
{
	struct out *out = kap->out;
	say_aside(kap, r);
	if (r->expired)
		out_say(out, "%zu from the bin: the 30 days are over, and %s deleted for good.", r->expired,
		        r->expired == 1 ? "it is" : "they are");
	if (r->withdrawn)
		out_say(out, "%zu taken back by %s.", r->withdrawn, r->withdrawn == 1 ? "its author" : "their authors");
	if (r->refused)
		out_say(out, "%zu could not be given to anyone any more and %s private to you now.", r->refused,
		        r->refused == 1 ? "is" : "are");
	say_held(kap, r);
	if (r->resting)
		out_say(out, RESTING, r->resting, r->resting == 1 ? "was" : "were", r->resting == 1 ? "it" : "them");
	late_say_overdue(kap, r->overdue);
	if (r->behind_clock)
		out_say(out, "This device's clock is %lld minutes %s the server's. Check the clock.",
		        (long long)(llabs(r->clock_ahead_ms) / 60000), r->clock_ahead_ms > 0 ? "ahead of" : "behind");
}

int desk_say_sync(struct kap *kap, int err, const struct sync_result *result, bool quiet)
{
	out_progress(kap->out, NULL, 0, 0);
	if (!quiet)
		say_odd(kap, result);
	const struct alarm *alarm = alarm_of(err);
	if (alarm)
		return kap_fail(kap, alarm->exit, "%s", alarm->sentence);
	if (err == ERR_UNREACHABLE || err == ERR_TIMEOUT || err == ERR_CLOSED || err_is_retryable(err))
		return kap_fail(kap, KAP_SAVED_LOCALLY, "%s", waiting_sentence(err));
	if (err)
		return kap_fail_err(kap, err, "Everything written is safe on this device.");
	if (quiet)
		return KAP_OK;
	say_result(kap, result);
	return result->aside || result->twin ? KAP_NOT_ALLOWED : KAP_OK;
}

int desk_send(struct desk *d)
{
	struct sync_result result;
	struct sync_opts opts = {.vault = d->kap->vault, .timeout_s = SEND_TIMEOUT_S, .send_delivered = true};
	int err = sync_run(&opts, &result);
	int exit_code = desk_say_sync(d->kap, err, &result, true);
	say_aside(d->kap, &result);
	if (result.held)
		say_held(d->kap, &result);
	if (!exit_code && result.resting)
		return kap_fail(d->kap, KAP_NOT_ALLOWED, RESTING, result.resting, result.resting == 1 ? "was" : "were",
		                result.resting == 1 ? "it" : "them");
	if (exit_code || !result.refused)
		return exit_code;
	return kap_fail(d->kap, KAP_NOT_ALLOWED,
	                "%zu could not be given to anyone any more and %s private to you now. "
	                "`%s team` shows who is on the team.",
	                result.refused, result.refused == 1 ? "is" : "are", d->kap->title);
}

/* --- times --- */

struct when desk_when(uint64_t ms)
{
	return when_local((int64_t)(ms / 1000));
}

const char *desk_time(const struct desk *d, uint64_t ms, char out[WHEN_TEXT])
{
	struct when w = desk_when(ms);
	int64_t day = (w.s + 60 * (int64_t)w.offset_min) / 86400;
	int64_t today = (d->now.s + 60 * (int64_t)d->now.offset_min) / 86400;
	return day == today ? when_clock(&w, out) : when_human(&w, &d->now, out);
}
