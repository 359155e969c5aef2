/* session_end: ends a session: vitals once more, the discharge, what was observed; then offers the report. What is
 * missing needs a reason. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/care/event.h"
#include "client/care/flag.h"
#include "client/care/kinds.h"
#include "client/care/look.h"
#include "client/care/order.h"
#include "client/care/session.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/buf.h"
#include "proto/content.h"

#include "client/cmd/form.h"
#include "session.h"
#include "session_draft.h"
#include "session_limit.h"
#include "vitals.h"

static const struct cmd_option options[] = {
    VITALS_OPTIONS,
    {"line", 'l', "TEXT", "the client's own line, if they want it told in the report"},
    FORM_OPTIONS,
    {0},
};

struct ending {
	struct session_desk sd;
	struct form answers, vitals;
	struct session_write w;
	struct session_limit limit;
	uint64_t now_ms, observed, wanted;
};

static int check_author(struct ending *e)
{
	const struct person *author = e->sd.s->item->author;
	if (author->is_self)
		return KAP_OK;
	return kap_fail(e->sd.d.kap, KAP_NOT_ALLOWED,
	                "%s opened this session, and ends it. You can add events, notes and vitals. Not saved.",
	                author->name);
}

static bool is_medicine(const struct ending *e)
{
	return content_u64(e->sd.s->content, SESSION_TYPE, SESSION_MEDICINE) == SESSION_MEDICINE;
}

/* One field that is missing only with a reason. */
static int need_reason(struct ending *e, uint32_t key, const char *question, const char *what)
{
	int exit_code = form_ask_as(&e->answers, key, question);
	if (exit_code || content_has(e->answers.content, key))
		return exit_code;
	return kap_fail(e->sd.d.kap, KAP_INVALID, "%s (--set %s=\"why\"). Not saved.", what,
	                look_by_key(&care_session.content, key)->name);
}

static int ask_dose(struct ending *e)
{
	if (e->sd.s->doses)
		return KAP_OK;
	return need_reason(e, SESSION_NO_DOSE, "No dose was recorded. Why was none given? > ",
	                   "No dose is recorded: record it, or say why none was given");
}

static int ask_vitals(struct ending *e)
{
	const struct session *s = e->sd.s;
	const struct session_event *last = session_last(s, EVENT_VITALS, 0);
	if (!session_spans(s, e->now_ms)) {
		if (!vitals_any(e->vitals.content))
			return need_reason(e, SESSION_NO_VITALS, "No vitals at the end. Why? > ",
			                   "It is too late for vitals at the end: say why there are none");
		return kap_fail(e->sd.d.kap, KAP_INVALID,
		                "More than 24 hours have passed since the first dose: vitals of now are none of this session. "
		                "Leave them out. Not saved.");
	}
	int exit_code = vitals_ask(&e->vitals, "Post vitals > ");
	if (!exit_code)
		exit_code = vitals_check(&e->vitals);
	bool read = vitals_any(e->vitals.content) || (last && s->last_dose_ms && last->at_ms > s->last_dose_ms);
	if (exit_code || read)
		return exit_code;
	return need_reason(e, SESSION_NO_VITALS, "No vitals after the dose. Why? > ",
	                   "No vitals were read after the dose: read them, or say why not");
}

static int ask_observed(struct ending *e)
{
	char what[200];
	if (!e->sd.s->doses)
		return KAP_OK;
	if (e->wanted)
		out_say(e->sd.d.kap->out, "Observed %" PRIu64 " min (order %" PRIu64 ").", e->observed, e->wanted);
	else
		out_say(e->sd.d.kap->out, "Observed %" PRIu64 " min.", e->observed);
	if (e->observed >= e->wanted)
		return KAP_OK;
	snprintf(what, sizeof(what), "Observed %" PRIu64 " min, and the order asks for %" PRIu64 ". To end now, say why",
	         e->observed, e->wanted);
	return need_reason(e, SESSION_EARLY_REASON, "Reason to end early > ", what);
}

static int ask_discharge(struct form *f)
{
	static const struct {
		uint32_t key;
		const char *question;
	} rows[] = {
	    {SESSION_ORIENTED, "Discharge: oriented? "},
	    {SESSION_STEADY, "steady? "},
	    {SESSION_NAUSEA_OK, "nausea gone or small? "},
	    {SESSION_VITALS_OK, "vitals near baseline? "},
	    {SESSION_SI_AGAIN, "thoughts of suicide now? 0 no 1 passive 2 active,no plan 3 plan/intent 9 declined > "},
	    {SESSION_ESCORT, "escort here? "},
	    {SESSION_NO_DRIVE, "no driving until tomorrow told? "},
	    {SESSION_NO_SIGNING, "no signing until 6 am told? "},
	    {SESSION_INSTRUCTIONS, "written instructions given? "},
	};
	static const uint32_t needed[] = {
	    SESSION_ORIENTED, SESSION_STEADY,   SESSION_NAUSEA_OK,  SESSION_VITALS_OK,    SESSION_SI_AGAIN,
	    SESSION_ESCORT,   SESSION_NO_DRIVE, SESSION_NO_SIGNING, SESSION_INSTRUCTIONS, 0,
	};
	static const uint32_t observed[] = {SESSION_RESPONSE, SESSION_DISTANCE, SESSION_DISTRESS, SESSION_TEXT, 0};
	int exit_code = KAP_OK;
	for (size_t i = 0; !exit_code && i < sizeof(rows) / sizeof(rows[0]); i++)
		exit_code = form_ask_as(f, rows[i].key, rows[i].question);
	if (!exit_code)
		exit_code = form_ask(f, observed);
	return exit_code ? exit_code : form_need(f, needed);
}

static int ask(struct ending *e)
{
	static const uint32_t text[] = {SESSION_TEXT, 0};
	struct form *f = &e->answers;
	int exit_code = form_options(f);
	if (!exit_code)
		exit_code = vitals_read(&e->vitals, 0, NULL);
	if (exit_code)
		return exit_code;
	if (!is_medicine(e))
		return form_ask(f, text);
	exit_code = ask_dose(e);
	if (!exit_code)
		exit_code = ask_observed(e);
	if (!exit_code)
		exit_code = ask_vitals(e);
	return exit_code ? exit_code : ask_discharge(f);
}

static void flag_thoughts(struct ending *e)
{
	uint64_t si = content_u64(e->answers.content, SESSION_SI_AGAIN, SESSION_SI_NO);
	if (si == SESSION_SI_NO || si == SESSION_SI_DECLINED)
		return;
	session_flag(&e->w, FLAG_NOT_SAFE, si == SESSION_SI_PASSIVE ? FLAG_SOON : FLAG_URGENT,
	             "Thoughts of suicide at the end of the session: %s",
	             look_word(look_by_key(&care_session.content, SESSION_SI_AGAIN), si));
}

static int fill(struct ending *e)
{
	struct content *c = e->answers.content;
	int err = content_set_u64(c, SESSION_STATE, SESSION_CLOSED);
	if (!err)
		err = content_set_u64(c, SESSION_CLOSED_AT, e->now_ms);
	if (!err && !content_has(c, SESSION_LEFT_AT))
		err = content_set_u64(c, SESSION_LEFT_AT, e->now_ms);
	if (!err && e->sd.s->doses)
		err = content_set_u64(c, SESSION_OBSERVED, e->observed < 2880 ? e->observed : 2880);
	e->w.session = c;
	e->w.at_ms = e->now_ms;
	e->w.offset = e->sd.d.now.offset_min;
	e->w.summary = is_medicine(e);
	if (err)
		return kap_fail_err(e->sd.d.kap, err, e->answers.lost);
	flag_thoughts(e);
	if (!vitals_any(e->vitals.content))
		return KAP_OK;
	e->w.event = e->vitals.content;
	return session_limit_set(&e->sd, &e->vitals, &e->w, &e->limit);
}

/* The report needs the timeline as it is now. *wrote: there is something to send. */
static int report(struct kap *kap, const char *client, bool *wrote)
{
	struct session_desk again;
	int exit_code = session_begin_any(kap, client, &again);
	if (exit_code)
		return exit_code;
	exit_code = session_draft_offer(&again, wrote);
	session_finish(&again);
	return exit_code;
}

static void say_end(struct ending *e, int sent)
{
	char clock[WHEN_TEXT];
	struct buf line;
	buf_init(&line, 0);
	session_put(&line, "Session %" PRIu64 " ended %s.", content_u64(e->sd.s->content, SESSION_NO, 0),
	            session_clock(e->now_ms, clock));
	if (e->w.n_flags)
		session_put_told(&e->sd, sent, "told", &line);
	session_say(&e->sd, &line);
	out_str(e->sd.d.kap->out, "state", NULL, "closed");
	if (e->w.event)
		session_limit_say(&e->sd, &e->w, &e->limit, sent);
}

static int end(struct ending *e, const char *client)
{
	struct kap *kap = e->sd.d.kap;
	e->now_ms = (uint64_t)e->sd.d.now.s * 1000;
	e->observed = session_observed(e->sd.s, e->now_ms);
	e->wanted = e->sd.s->ordered ? content_u64(e->sd.s->ordered, ORDER_OBSERVE, 0) : 0;
	int exit_code = check_author(e);
	if (!exit_code)
		exit_code = form_init(&e->answers, kap, &care_session, e->sd.s->item);
	if (!exit_code)
		exit_code = form_init(&e->vitals, kap, &care_event, NULL);
	if (!exit_code)
		exit_code = ask(e);
	if (!exit_code)
		exit_code = fill(e);
	if (!exit_code)
		exit_code = session_save(&e->sd, &e->w, e->answers.lost);
	if (exit_code)
		return exit_code;
	/* what is urgent goes out before anybody is asked */
	int sent = desk_send(&e->sd.d), told = KAP_OK;
	bool wrote = false;
	say_end(e, sent);
	if (is_medicine(e))
		told = report(kap, client, &wrote);
	if (wrote && !sent)
		sent = desk_send(&e->sd.d);
	return sent ? sent : told;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct ending e = {0};
	(void)argc;
	int exit_code = session_begin(kap, argv[0], &e.sd);
	if (exit_code)
		return exit_code;
	exit_code = end(&e, argv[0]);
	form_wipe(&e.answers);
	form_wipe(&e.vitals);
	session_finish(&e.sd);
	return exit_code;
}

const struct cmd cmd_session_end = {
    .name = "session end",
    .args = "CLIENT",
    .summary = "end a session: vitals, discharge, and its report",
    .example = "kap session end jo",
    .options = options,
    .roles = CMD_THERAPIST | CMD_MEDICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
