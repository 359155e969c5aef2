/* session_start: opens a session. Before medicine the gate is looked at, and the same questions are asked each time;
 * what is red keeps it closed until a prescriber has acknowledged it or a reason is recorded. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/book/write_care.h"
#include "client/care/event.h"
#include "client/care/flag.h"
#include "client/care/kinds.h"
#include "client/care/limits.h"
#include "client/care/look.h"
#include "client/care/session.h"
#include "client/cmd.h"
#include "client/sync/sync.h"
#include "client/ui/out.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"

#include "client/cmd/form.h"
#include "session.h"
#include "session_gate.h"
#include "session_precheck.h"
#include "client/cmd/subject.h"
#include "vitals.h"

#define FRESH_TIMEOUT_S 5

static const struct cmd_option options[] = {
    {"type", 'T', "WORD", "prep, medicine (if not given), integration or follow-up"},
    {"reason", 'R', "WHY", "why it opens although an answer is red"},
    {"intention", 'i', "NUMBER", "the entry of the client's that holds the intention"},
    VITALS_OPTIONS,
    FORM_OPTIONS,
    {0},
};

struct starting {
	struct session_desk sd;
	struct form answers, vitals;
	const struct book_item *order, *clearance, *last;
	const struct book_item *planned; /* the try that this one goes on with; NULL */
	const struct book_ack *ack;      /* a prescriber's, of what is red; NULL */
	unsigned type, red;
	bool opens;
	uint64_t now_ms;
	struct session_write flags;
	uint64_t no;
};

/* The order may have changed since: what the server has comes first, if it can be reached. */
static void freshen(struct kap *kap)
{
	struct sync_result result;
	struct sync_opts opts = {.vault = kap->vault, .timeout_s = FRESH_TIMEOUT_S, .send_delivered = true};
	int err = sync_run(&opts, &result);
	out_bool(kap->out, "fresh", NULL, !err);
	if (err == ERR_UNREACHABLE || err == ERR_TIMEOUT || err == ERR_CLOSED || err_is_retryable(err))
		out_say(kap->out, "(The server cannot be reached: order and clearance are as this device last knew them.)");
}

static int check_not_open(struct starting *s)
{
	const struct book_item *open = session_open(&s->sd.chart);
	char clock[WHEN_TEXT];
	if (!open)
		return KAP_OK;
	return kap_fail(s->sd.d.kap, KAP_INVALID,
	                "Session %" PRIu64 " is open since %s (%s). End it first. Nothing was opened.",
	                content_u64(chart_content(open), SESSION_NO, 0),
	                desk_time(&s->sd.d, content_u64(chart_content(open), SESSION_OPENED_AT, 0), clock),
	                open->author->is_self ? "by you" : open->author->name);
}

/* --- what is asked --- */

static int read_intention(struct starting *s, char *client)
{
	char *words[2] = {client, (char *)(uintptr_t)cmd_opt(s->sd.d.kap, "intention")};
	const struct book_item *entry;
	if (!words[1])
		return KAP_OK;
	int exit_code = desk_entry(&s->sd.d, 2, words, &entry);
	int err = exit_code ? 0 : chart_set_ref(s->answers.content, SESSION_INTENTION, entry);
	return err ? kap_fail_err(s->sd.d.kap, err, s->answers.lost) : exit_code;
}

static int begin_form(struct starting *s, char *client)
{
	struct kap *kap = s->sd.d.kap;
	const char *type = cmd_opt(kap, "type"), *reason = cmd_opt(kap, "reason");
	int exit_code = form_init(&s->answers, kap, &care_session, NULL);
	if (!exit_code)
		exit_code = form_init(&s->vitals, kap, &care_event, NULL);
	s->answers.lost = s->vitals.lost = "Nothing was opened.";
	if (!exit_code)
		exit_code = form_options(&s->answers);
	if (!exit_code && type)
		exit_code = form_set(&s->answers, SESSION_TYPE, type);
	if (!exit_code && reason)
		exit_code = form_set(&s->answers, SESSION_RED_REASON, reason);
	if (!exit_code)
		exit_code = vitals_read(&s->vitals, 0, NULL);
	if (!exit_code)
		exit_code = read_intention(s, client);
	if (!exit_code)
		s->type = (unsigned)content_u64(s->answers.content, SESSION_TYPE, SESSION_MEDICINE);
	return exit_code;
}

/* --- what is red --- */

/* A try that stopped before: of today, one's own, and what was red then covers what is red now. One that a prescriber
 * has acknowledged goes before the others. */
static int look_at_planned(void *arg, const struct book_item *item)
{
	struct starting *s = arg;
	const struct content *c = chart_content(item);
	struct session *old = NULL;
	if (content_u64(c, SESSION_STATE, SESSION_PLANNED) != SESSION_PLANNED || !item->author->is_self ||
	    content_peek_head(c)->at_ms + SESSION_LATE_MS < s->now_ms)
		return 0;
	int err = session_read(&s->sd.chart, item, &old);
	if (err)
		return err;
	const struct session_event *vitals = session_last(old, EVENT_VITALS, 0);
	unsigned red = session_precheck_red(old->content, vitals ? vitals->content : NULL, chart_content(s->order));
	const struct book_ack *ack = session_acknowledged(&s->sd.chart, item);
	if (!(s->red & ~red) && (ack || !s->ack)) {
		s->planned = item;
		s->ack = ack;
	}
	session_free(old);
	return 0;
}

static int set_reason(struct starting *s, const char *fmt, const char *name)
{
	char reason[400];
	snprintf(reason, sizeof(reason), fmt, name);
	return form_set(&s->answers, SESSION_RED_REASON, reason);
}

/* Red answers open with a reason, or with a prescriber's acknowledgement of the same; a plan never does. */
static int weigh(struct starting *s)
{
	struct buf said;
	s->red = session_precheck_red(s->answers.content, s->vitals.content, chart_content(s->order));
	s->opens = !s->red;
	if (!s->red)
		return KAP_OK;
	if (!(s->red & SESSION_RED_PLAN)) /* that is a case of its own each time */
		(void)chart_each(&s->sd.chart, SESSION_KIND, look_at_planned, s);
	buf_init(&said, 0);
	session_precheck_put(s->red, s->vitals.content, chart_content(s->order), &said);
	buf_put_u8(&said, 0);
	out_say(s->sd.d.kap->out, "RED: %s.", buf_err(&said) ? "" : (const char *)said.data);
	int exit_code = KAP_OK;
	if (s->ack) {
		out_say(s->sd.d.kap->out, "%s has acknowledged it.", s->ack->person->name);
		exit_code = set_reason(s, "acknowledged by %s", s->ack->person->name);
	} else if (!(s->red & SESSION_RED_PLAN)) {
		exit_code = form_ask_as(&s->answers, SESSION_RED_REASON, "Reason to go on (Enter: ask the prescriber) > ");
	}
	s->opens = !(s->red & SESSION_RED_PLAN) && content_has(s->answers.content, SESSION_RED_REASON);
	if (!s->ack)
		session_flag(&s->flags, FLAG_PRE_CHECK, session_precheck_urgent(s->red) ? FLAG_URGENT : FLAG_SOON,
		             "Pre-check: %s. Session %s.", (const char *)said.data,
		             s->opens ? "opened, with a reason" : "not opened");
	buf_wipe(&said);
	return exit_code;
}

/* --- writing --- */

static int fill(struct starting *s)
{
	struct content *c = s->answers.content;
	int err = content_set_u64(c, SESSION_STATE, s->opens ? SESSION_OPEN : SESSION_PLANNED);
	s->no = session_next_no(&s->sd.chart, s->type);
	if (!err)
		err = content_set_u64(c, SESSION_TYPE, s->type);
	if (!err)
		err = content_set_u64(c, SESSION_NO, s->no);
	if (!err && s->opens)
		err = content_set_u64(c, SESSION_OPENED_AT, s->now_ms);
	if (!err && s->order)
		err = chart_set_ref(c, SESSION_ORDER, s->order);
	if (!err && s->order)
		err = content_set_u64(c, SESSION_ORDER_REV, chart_revision(s->order));
	if (!err && s->clearance)
		err = chart_set_ref(c, SESSION_CLEARANCE, s->clearance);
	return err;
}

static int put_vitals(const struct write_ctx *ctx, struct starting *s, const struct book_item *session)
{
	struct content *c = s->vitals.content;
	struct write_care w = {.kind = &care_event, .fields = c, .about = s->sd.chart.client, .at_ms = s->now_ms};
	const struct content *ordered = s->order ? chart_content(s->order) : NULL;
	if (!vitals_any(c))
		return 0;
	w.at_offset = s->sd.d.now.offset_min;
	int err = content_set_u64(c, EVENT_WHAT, EVENT_VITALS);
	if (!err && ordered) {
		struct limits l = limits_during(c, ordered);
		err = content_set_u64(c, EVENT_ORDER_REV, chart_revision(s->order));
		if (!err && l.any)
			err = content_set_u64(c, EVENT_LIMIT, l.state);
	}
	if (!err)
		err = chart_set_ref(c, EVENT_SESSION, session);
	return err ? err : write_care(ctx, &w, NULL);
}

/* The session, then what refers to it: both or neither. */
static int save(struct write_ctx *ctx, void *arg)
{
	struct starting *s = arg;
	struct write_care w = {.kind = &care_session, .fields = s->answers.content, .about = s->sd.chart.client};
	struct write_ctx next = *ctx;
	struct chart chart = s->sd.chart;
	struct book *again = NULL;
	uint8_t ref[32];
	w.revises = s->planned;
	int err = write_care(ctx, &w, ref);
	if (!err)
		err = book_load(ctx->txn, ctx->people, true, &again);
	if (err)
		return err;
	next.book = chart.book = again;
	const struct book_item *session = book_by_ref(again, ref);
	err = session ? put_vitals(&next, s, session) : ERR_NOT_FOUND;
	if (!err)
		err = session_put_flags(&next, &chart, session, &s->flags);
	book_free(again);
	return err;
}

/* --- what is said --- */

static void say_open(struct starting *s, int sent)
{
	const struct content *ordered = s->order ? chart_content(s->order) : NULL;
	struct session opened = {.ordered = ordered, .opened_ms = s->now_ms};
	char clock[WHEN_TEXT];
	struct buf line;
	buf_init(&line, 0);
	if (ordered && !(s->red & (SESSION_RED_VITALS | SESSION_RED_UNREAD)))
		session_put(&line, "Within order r%zu. ", chart_revision(s->order));
	else if (s->red & SESSION_RED_VITALS)
		session_put(&line, "NOT within order r%zu. ", chart_revision(s->order));
	session_put(&line, "Session %" PRIu64 " open %s.", s->no, session_clock(s->now_ms, clock));
	session_put_timers(&opened, &line);
	if (s->red && !s->ack)
		session_put_told(&s->sd, sent, "told", &line);
	session_say(&s->sd, &line);
}

static void say_closed(struct starting *s, int sent)
{
	struct buf line;
	buf_init(&line, 0);
	session_put(&line, "The session was NOT opened. The answers are saved.");
	if (s->planned)
		session_put(&line, " It was flagged before, and no prescriber has acknowledged it yet.");
	else
		session_put_told(&s->sd, sent, "notified", &line);
	if (s->red & SESSION_RED_PLAN)
		session_put(&line, " kapd cannot telephone anyone. If someone may be in danger, call 911 now.");
	else
		session_put(&line, " Once it is acknowledged, start again.");
	session_say(&s->sd, &line);
}

static int finish(struct starting *s)
{
	s->now_ms = (uint64_t)when_now().s * 1000; /* the questions took their time */
	int err = fill(s);
	if (!err)
		err = desk_write(&s->sd.d, save, s);
	if (err)
		return desk_refused(&s->sd.d, err, s->answers.lost);
	int sent = desk_send(&s->sd.d);
	out_int(s->sd.d.kap->out, "session", NULL, (int64_t)s->no);
	out_str(s->sd.d.kap->out, "state", NULL, s->opens ? "open" : "planned");
	if (s->opens) {
		say_open(s, sent);
		return sent;
	}
	say_closed(s, sent);
	return KAP_NOT_ALLOWED;
}

static int start_medicine(struct starting *s, const char *typed)
{
	int exit_code = session_gate(&s->sd.d, &s->sd.chart, typed, &s->order, &s->clearance);
	if (!exit_code)
		exit_code = session_precheck_ask(&s->answers, &s->sd.d, s->last);
	if (!exit_code && !content_bool(s->answers.content, SESSION_CONSENT, false))
		return kap_fail(s->sd.d.kap, KAP_NOT_ALLOWED,
		                "Consent is not given today. Session cannot start. Nothing was opened.");
	if (!exit_code)
		exit_code = vitals_ask(&s->vitals, "Vitals > ");
	if (!exit_code)
		exit_code = vitals_check(&s->vitals);
	return exit_code ? exit_code : weigh(s);
}

static int start(struct starting *s, char *typed)
{
	int exit_code = subject_client(&s->sd.d, typed, &s->sd.chart);
	if (!exit_code)
		exit_code = check_not_open(s);
	if (!exit_code)
		exit_code = begin_form(s, typed);
	if (exit_code)
		return exit_code;
	s->last = session_newest(&s->sd.chart);
	s->opens = true;
	s->now_ms = (uint64_t)s->sd.d.now.s * 1000;
	if (s->type == SESSION_MEDICINE)
		exit_code = start_medicine(s, typed);
	return exit_code ? exit_code : finish(s);
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct starting s = {0};
	(void)argc;
	freshen(kap);
	int exit_code = desk_open(kap, &s.sd.d);
	if (exit_code)
		return exit_code;
	exit_code = start(&s, argv[0]);
	form_wipe(&s.answers);
	form_wipe(&s.vitals);
	session_finish(&s.sd);
	return exit_code;
}

const struct cmd cmd_session_start = {
    .name = "session start",
    .args = "CLIENT",
    .summary = "open a session: the gate, then the pre-check",
    .about =
        "A medicine session needs a clearance, an order that you acknowledged and a consent. The pre-check is asked "
        "every time; a red answer needs a prescriber's acknowledgement or a reason.",
    .example = "kap session start jo",
    .options = options,
    .roles = CMD_THERAPIST | CMD_MEDICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
