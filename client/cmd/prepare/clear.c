/* clear: a prescriber's decision about a client. Asks, checks that it fits together, and stores it as decided: nothing
 * is computed from the answers. */
#include <stdio.h>
#include <string.h>

#include "client/book/write_care.h"
#include "client/book/gate.h"
#include "client/care/clearance.h"
#include "client/care/look.h"
#include "client/care/screening.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/value.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/mp.h"

#include "client/cmd/desk.h"
#include "client/cmd/form.h"
#include "client/cmd/subject.h"

#define ANSWER_MAX 600
#define SUGGESTED_DAYS 90
#define DAY_S 86400

static const struct cmd_option options[] = {
    FORM_OPTIONS,
    {"screening", 0, NULL, "ask all questions of the screening again"},
    {0},
};

static uint32_t today_of(const struct desk *d)
{
	return gate_today((uint64_t)d->now.s * 1000, d->now.offset_min);
}

static const char *day_text(uint64_t day, char out[WHEN_TEXT])
{
	return when_date(&(struct when){(int64_t)day * DAY_S, 0}, NULL, out);
}

/* --- the screening --- */

/* "yes", "no since May": the first word and what follows it. Puts [code, answer, must, note]. */
static int put_answer(struct form *f, const struct screening *q, const char *typed, struct buf *list)
{
	size_t word = strcspn(typed, " ");
	const char *note = typed + word + strspn(typed + word, " ");
	for (unsigned i = 0; clearance_answers[i]; i++) {
		if (strlen(clearance_answers[i]) < word || strncmp(clearance_answers[i], typed, word) != 0)
			continue;
		mp_put_array(list, 4);
		mp_put_cstr(list, q->code);
		mp_put_u64(list, i);
		mp_put_bool(list, q->must);
		if (*note)
			mp_put_cstr(list, note);
		else
			mp_put_nil(list);
		return KAP_OK;
	}
	return kap_fail(f->kap, KAP_INVALID,
	                "Answer yes, no, unknown or na, and a note behind it if you like; not \"%.40s\". %s", typed,
	                f->lost);
}

/* 1: an answer was put; 0: left out; 2: the questions end; or an exit code below zero. */
static int ask_one(struct form *f, const struct screening *q, struct buf *list)
{
	char question[160];
	struct buf line;
	int exit_code, done = 0;
	snprintf(question, sizeof(question), "%s > ", q->question);
	buf_init(&line, 0);
	do {
		int err = prompt_line(f->kap->prompt, question, ANSWER_MAX, &line);
		exit_code = err ? form_no_line(f, err) : KAP_OK;
		if (err || !line.len)
			break;
		done = strcmp((const char *)line.data, "q") == 0 ? 2 : 1;
		if (done == 1)
			exit_code = put_answer(f, q, (const char *)line.data, list);
	} while (exit_code == KAP_INVALID && prompt_interactive(f->kap->prompt));
	buf_wipe(&line);
	return exit_code ? -exit_code : done;
}

static int ask_screening(struct form *f)
{
	struct buf answers, list;
	uint32_t n = 0;
	int done = 0, err = 0;
	if (!form_asks(f) || content_has(f->content, CLEARANCE_ITEMS))
		return KAP_OK;
	out_line(f->kap->out, "Screening: yes, no, unknown or na; a note may follow. Enter leaves one out,");
	out_line(f->kap->out, "q ends the questions. No answer decides anything.");
	out_show(f->kap->out);
	buf_init(&answers, 0);
	buf_init(&list, 0);
	for (size_t i = 0; screening_at(i) && done >= 0 && done != 2; i++) {
		done = ask_one(f, screening_at(i), &answers);
		n += done == 1;
	}
	mp_put_array(&list, n);
	buf_put(&list, answers.data, answers.len);
	if (done >= 0 && n)
		err = buf_err(&answers) ? ERR_NOMEM : content_set_array(f->content, CLEARANCE_ITEMS, list.data, list.len);
	buf_wipe(&answers);
	buf_wipe(&list);
	return done < 0 ? -done : err ? kap_fail_err(f->kap, err, f->lost) : KAP_OK;
}

/* --- the decision --- */

static int ask_decision(const struct desk *d, struct form *f)
{
	static const uint32_t first[] = {CLEARANCE_DECISION, 0}, last[] = {CLEARANCE_SESSIONS, CLEARANCE_BASIS, 0};
	char day[WHEN_TEXT];
	int exit_code = form_ask(f, first);
	uint64_t decision = content_u64(f->content, CLEARANCE_DECISION, CLEARANCE_PENDING);
	if (!exit_code && decision == CLEARANCE_CONDITIONAL)
		exit_code = form_ask_one(f, CLEARANCE_CONDITIONS);
	if (!exit_code)
		exit_code = form_ask_one(f, CLEARANCE_REASONS);
	if (exit_code || (decision != CLEARANCE_CLEARED && decision != CLEARANCE_CONDITIONAL))
		return exit_code ? exit_code : form_ask_one(f, CLEARANCE_BASIS);
	if (form_asks(f))
		out_line(d->kap->out, "%d days from today is %s. 365 days is the most.", SUGGESTED_DAYS,
		         day_text(today_of(d) + SUGGESTED_DAYS, day));
	exit_code = form_ask_one(f, CLEARANCE_VALID_UNTIL);
	return exit_code ? exit_code : form_ask(f, last);
}

/* The codes that are not known and must be. */
static void list_open(const struct content *c, char *out, size_t max)
{
	struct mp_doc *doc = NULL;
	struct mp_cur list;
	struct clearance_item item;
	size_t at = 0;
	out[0] = '\0';
	if (content_open(c, CLEARANCE_ITEMS, &doc, &list))
		return;
	while (clearance_next(&list, &item) && at < max)
		if (item.must && item.answer == CLEARANCE_UNKNOWN)
			at += (size_t)snprintf(out + at, max - at, "%s%.*s", at ? ", " : "", (int)item.code_len, item.code);
	mp_close(doc);
}

static int say_open(struct form *f)
{
	char codes[300];
	list_open(f->content, codes, sizeof(codes));
	return kap_fail(f->kap, KAP_INVALID,
	                "Nobody can be cleared while something that must be known is unknown: %s. Answer yes, no or na, or "
	                "decide otherwise. %s",
	                codes, f->lost);
}

static int check_days(const struct desk *d, struct form *f)
{
	uint64_t until = content_u64(f->content, CLEARANCE_VALID_UNTIL, 0);
	uint32_t today = today_of(d);
	char day[WHEN_TEXT];
	if (until && until < today)
		return kap_fail(d->kap, KAP_INVALID, "Valid until %s lies in the past. %s", day_text(until, day), f->lost);
	if (until && until > today + CLEARANCE_DAYS_MAX)
		return kap_fail(d->kap, KAP_INVALID, "A clearance is valid for %d days at most: until %s. %s",
		                CLEARANCE_DAYS_MAX, day_text(today + CLEARANCE_DAYS_MAX, day), f->lost);
	return KAP_OK;
}

static int check(const struct desk *d, struct form *f)
{
	uint64_t decision = content_u64(f->content, CLEARANCE_DECISION, CLEARANCE_PENDING);
	bool refuses = decision == CLEARANCE_NEEDS_INFO || decision == CLEARANCE_HOLD || decision == CLEARANCE_NOT;
	int exit_code = check_days(d, f);
	if (exit_code)
		return exit_code;
	switch (clearance_find_fault(f->content)) {
	case CLEARANCE_LACKS_DECISION:
		return form_need(f, (const uint32_t[]){CLEARANCE_DECISION, 0});
	case CLEARANCE_OPEN_MUST:
		return say_open(f);
	case CLEARANCE_LACKS_CONDITIONS:
		return kap_fail(d->kap, KAP_INVALID, "Cleared with conditions: which ones? (--set conditions=...) %s", f->lost);
	case CLEARANCE_LACKS_END:
		return kap_fail(d->kap, KAP_INVALID,
		                "Say until when it is valid (--set valid-until=...), or for how many sessions (--set "
		                "sessions=...). %s",
		                f->lost);
	default:
		break;
	}
	if (refuses && !content_has(f->content, CLEARANCE_REASONS))
		return kap_fail(d->kap, KAP_INVALID, "This decision needs its reasons (--set reasons=...). %s", f->lost);
	return KAP_OK;
}

/* --- saving --- */

static int say_saved(struct desk *d, const struct form *f, size_t revision, const struct person *client)
{
	struct out *out = d->kap->out;
	struct buf decision;
	char day[WHEN_TEXT];
	uint64_t until = content_u64(f->content, CLEARANCE_VALID_UNTIL, 0);
	uint64_t sessions = content_u64(f->content, CLEARANCE_SESSIONS, 0);
	char end[96] = "";
	size_t at = 0;
	if (until)
		at = (size_t)snprintf(end, sizeof(end), ", valid until %s", day_text(until, day));
	if (sessions)
		snprintf(end + at, sizeof(end) - at, ", for %llu sessions", (unsigned long long)sessions);
	buf_init(&decision, 0);
	value_put(f->content, look_by_key(&care_clearance.content, CLEARANCE_DECISION), &d->now, &decision);
	out_int(out, "revision", NULL, (int64_t)revision);
	out_strn(out, "decision", NULL, (const char *)decision.data, decision.len);
	out_say(out, "Saved as clearance r%zu: %.*s%s. The care team and %s can read it.", revision, (int)decision.len,
	        (const char *)decision.data, end, client->name);
	buf_wipe(&decision);
	return desk_send(d);
}

static int save(struct desk *d, struct form *f, const struct chart *chart, const struct book_item *mine)
{
	int exit_code = subject_write(d, f, chart, &(struct write_care){.revises = mine});
	if (exit_code)
		return exit_code;
	return say_saved(d, f, mine ? chart_revision(mine) + 1 : 1, chart->client);
}

static int keep_mine(void *arg, const struct book_item *item)
{
	const struct book_item **mine = arg;
	if (item->author->is_self)
		*mine = item;
	return 0;
}

/* A decision is made anew each time; what was asked and on what it rests is kept. */
static int start(struct kap *kap, struct form *f, const struct book_item *mine)
{
	static const uint32_t anew[] = {CLEARANCE_DECISION,    CLEARANCE_CONDITIONS, CLEARANCE_REASONS,
	                                CLEARANCE_VALID_UNTIL, CLEARANCE_SESSIONS,   0};
	int exit_code = form_init(f, kap, &care_clearance, mine);
	for (const uint32_t *key = anew; !exit_code && *key; key++)
		content_drop(f->content, *key);
	if (!exit_code && cmd_flag(kap, "screening"))
		content_drop(f->content, CLEARANCE_ITEMS);
	return exit_code ? exit_code : form_options(f);
}

static int run(struct kap *kap, int argc, char **argv)
{
	const struct book_item *mine = NULL;
	struct chart chart;
	struct form f = {0};
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = subject_client(&d, argc ? argv[0] : NULL, &chart);
	if (!exit_code) {
		(void)chart_each(&chart, CLEARANCE_KIND, keep_mine, &mine);
		exit_code = start(kap, &f, mine);
	}
	if (!exit_code)
		exit_code = ask_screening(&f);
	if (!exit_code)
		exit_code = ask_decision(&d, &f);
	if (!exit_code)
		exit_code = check(&d, &f);
	if (!exit_code)
		exit_code = save(&d, &f, &chart, mine);
	form_wipe(&f);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_clear = {
    .name = "clear",
    .args = "CLIENT",
    .summary = "decide about a client's medicine sessions",
    .about =
        "Stored as you decide it, with your reasons. A clearance ends by a day, at most a year away, or by a number "
        "of sessions. The next one is a revision of yours. `kap clearance CLIENT` shows them.",
    .example = "kap clear jo --set decision=cleared --set valid-until=\"5 Jun 2027\" --set basis=interview,labs",
    .options = options,
    .roles = CMD_PRESCRIBER,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
