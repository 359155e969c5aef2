/* watch: stays connected and says at once when something arrives. Ends with Ctrl-C. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/book/chart.h"
#include "client/book/unanswered.h"
#include "client/care/flag.h"
#include "client/care/kinds.h"
#include "client/cmd.h"
#include "client/idle.h"
#include "client/profile.h"
#include "client/sync/sync.h"
#include "client/ui/out.h"
#include "proto/content.h"

#include "desk.h"
#include "show.h"
#include "show_care.h"
#include "client/cmd/message/show_flag.h"
#include "subject.h"

#define LATE_MAX 64

static const struct cmd_option options[] = {
    {"for", 0, "SECONDS", "end after so many seconds"},
    {"until-news", 0, NULL, "end as soon as something has arrived"},
    {0},
};

struct watching {
	struct kap *kap;
	sigset_t set; /* signals that end it: blocked meanwhile, and asked for by stop */
	time_t end;
	uint64_t last; /* order of arrival of what was shown last */
	bool until_news, seen;
	struct idle idle;
	bool locked;
	uint64_t late_ms, next_due_ms; /* what was due until then was said; the next that is, 0: nothing */
};

static uint64_t clock_ms(void)
{
	return (uint64_t)time(NULL) * 1000;
}

/* Moves those that became late since the last time to the front; returns how many, and notes what is due next. */
static size_t find_late(struct watching *w, struct desk *d, struct unanswered *rows)
{
	struct chart everybody = subject_everybody(d);
	uint64_t now = clock_ms();
	size_t n = unanswered_list(&everybody, now, rows, LATE_MAX), late = 0;
	w->next_due_ms = 0;
	for (size_t i = 0; i < n && i < LATE_MAX; i++) {
		if (rows[i].due_ms > now && (!w->next_due_ms || rows[i].due_ms < w->next_due_ms))
			w->next_due_ms = rows[i].due_ms;
		if (rows[i].overdue && rows[i].due_ms > w->late_ms)
			rows[late++] = rows[i];
	}
	w->late_ms = now;
	return late;
}

/* Nobody has taken it on: said at once when its time has passed, whatever the server does. */
static void tell_late(struct watching *w)
{
	struct unanswered rows[LATE_MAX];
	struct desk d;
	if (desk_open(w->kap, &d))
		return;
	size_t n = find_late(w, &d, rows);
	if (n)
		out_list(w->kap->out, "late", NULL);
	for (size_t i = 0; i < n; i++) {
		if (rows[i].item->kind == CONTENT_MESSAGE)
			show_message_row(&d, rows[i].item);
		else
			show_flag_row(&d, rows[i].item);
	}
	if (n) {
		out_end(w->kap->out);
		(void)out_finish(w->kap->out);
	}
	desk_close(&d);
}

static bool stop(void *arg)
{
	struct watching *w = arg;
	struct timespec none = {0, 0};
	if (sigtimedwait(&w->set, NULL, &none) > 0)
		return true;
	w->locked = idle_locked(&w->idle);
	if (w->locked)
		return true;
	if (w->next_due_ms && clock_ms() >= w->next_due_ms)
		tell_late(w);
	return (w->end && time(NULL) >= w->end) || (w->until_news && w->seen);
}

static uint64_t newest(const struct book_item *item)
{
	uint64_t last = 0;
	for (size_t i = 0; i < item->n_revisions; i++)
		last = item->revisions[i].arrived > last ? item->revisions[i].arrived : last;
	return last;
}

struct tell {
	struct watching *w;
	struct desk *d;
	uint64_t last;
};

static int tell_item(void *arg, const struct book_item *item)
{
	struct tell *t = arg;
	uint64_t arrived = newest(item);
	if (item->author->is_self || arrived <= t->w->last)
		return 0;
	if (item->kind == FLAG_KIND)
		show_flag_row(t->d, item);
	else if (kinds_care(item->kind))
		show_care_row(t->d, item);
	else if (item->kind == CONTENT_MESSAGE)
		show_message_row(t->d, item);
	else
		show_row(t->d, item, true);
	t->last = arrived > t->last ? arrived : t->last;
	return 0;
}

/* Shows what is newer than what was shown before. */
static void tell_news(struct watching *w, bool show)
{
	struct desk d;
	struct tell t = {w, &d, w->last};
	size_t n;
	const struct care_kind *const *care = kinds_all_care(&n);
	if (desk_open(w->kap, &d))
		return;
	if (show) {
		out_list(w->kap->out, "news", NULL);
		(void)book_each(d.book, CONTENT_MESSAGE, NULL, tell_item, &t);
		(void)book_each(d.book, CONTENT_JOURNAL, NULL, tell_item, &t);
		for (size_t i = 0; i < n; i++)
			(void)book_each(d.book, care[i]->content.kind, NULL, tell_item, &t);
		out_end(w->kap->out);
		(void)out_finish(w->kap->out);
	} else {
		w->last = book_newest(d.book);
	}
	if (t.last > w->last) {
		w->last = t.last;
		w->seen = true;
	}
	desk_close(&d);
	tell_late(w);
}

static void news(void *arg, const struct sync_result *result)
{
	struct watching *w = arg;
	if (result->pulled || result->withdrawn)
		tell_news(w, true);
	if (result->aside)
		out_say(w->kap->out, "%zu kept aside and not shown: it failed a check. `%s sync` says more.", result->aside,
		        w->kap->title);
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct watching w = {.kap = kap, .until_news = cmd_flag(kap, "until-news")};
	struct watch_opts opts = {.news = news, .stop = stop, .keep_trying = true};
	struct sync_result none = {0};
	const char *seconds = cmd_opt(kap, "for");
	sigset_t before;
	(void)argc;
	(void)argv;
	if (seconds)
		w.end = time(NULL) + strtol(seconds, NULL, 10);
	idle_begin(&w.idle, profile_peek_dir(kap->profile), seconds ? 0 : kap_idle_seconds(kap));
	tell_news(&w, false);
	opts.sync = (struct sync_opts){.vault = kap->vault, .arg = &w, .send_delivered = true};
	sigemptyset(&w.set);
	sigaddset(&w.set, SIGINT);
	sigaddset(&w.set, SIGTERM);
	sigprocmask(SIG_BLOCK, &w.set, &before);
	out_line(kap->out, "Watching. Ctrl-C ends it.");
	out_show(kap->out);
	int err = sync_watch(&opts);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (w.locked && !err)
		return kap_fail(kap, KAP_LOCKED, "Locked, so watching has ended. Nothing was lost.");
	return desk_say_sync(kap, err, &none, true);
}

const struct cmd cmd_watch = {
    .name = "watch",
    .args = "",
    .summary = "stay connected and show what arrives",
    .about =
        "Shows new messages, flags and shared entries within a second of their arrival, and sends what you write in "
        "another window. Says at once when an urgent one was not acknowledged in time. Tries again by itself when the "
        "connection is lost.",
    .example = "kap watch",
    .options = options,
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .run = run,
};
