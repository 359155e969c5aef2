/* session_correct: corrects an event of one's own by a revision, or strikes out one that was entered by mistake. What
 * was written before stays. Limits and doubts are looked at again. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/care/event.h"
#include "client/care/kinds.h"
#include "client/cmd.h"
#include "proto/buf.h"
#include "proto/content.h"

#include "client/cmd/form.h"
#include "session.h"
#include "session_doubt.h"
#include "session_limit.h"
#include "client/cmd/subject.h"
#include "vitals.h"

static const struct cmd_option options[] = {
    {"strike", 'x', "WHY", "it was entered by mistake: it counts nowhere, and stays to be seen"},
    SESSION_CONFIRM,
    SESSION_AT,
    VITALS_OPTIONS,
    FORM_OPTIONS,
    {0},
};

struct correcting {
	struct session_desk sd;
	const struct book_item *item;
	const struct session_event *event;
	struct form form;
	struct session_write w;
	struct session_limit limit;
};

static int find(struct correcting *c, const char *typed)
{
	struct session_desk *sd = &c->sd;
	struct chart everybody = subject_everybody(&sd->d);
	int exit_code = subject_item(&sd->d, typed, EVENT_KIND, &c->item);
	if (exit_code)
		return exit_code;
	if (!c->item->author->is_self)
		return kap_fail(sd->d.kap, KAP_NOT_ALLOWED, "%s wrote %s and can correct it. Not saved.", c->item->author->name,
		                typed);
	const struct content *now = chart_content(c->item);
	const struct book_item *session = now ? chart_ref(&everybody, now, EVENT_SESSION) : NULL;
	int err = session ? session_read(&everybody, session, &sd->s) : 0;
	if (err)
		return kap_fail_err(sd->d.kap, err, "Not saved.");
	for (size_t i = 0; sd->s && i < sd->s->n_events; i++)
		if (sd->s->events[i].item == c->item)
			c->event = &sd->s->events[i];
	if (!c->event)
		return kap_fail(sd->d.kap, KAP_INVALID, "The session of %s is not on this device. Not saved.", typed);
	sd->chart = sd->s->chart;
	return KAP_OK;
}

/* The time stays unless another one is given. */
static int set_time(struct correcting *c)
{
	const struct content_head *head = content_peek_head(c->event->content);
	c->w.at_ms = head->at_ms;
	c->w.offset = head->offset;
	return cmd_opt(c->sd.d.kap, "at") ? session_when(&c->sd, &c->w.at_ms, &c->w.offset) : KAP_OK;
}

static int strike(struct correcting *c, const char *why)
{
	int exit_code = form_set(&c->form, EVENT_REASON, why);
	int err = exit_code ? 0 : content_set_bool(c->form.content, EVENT_STRUCK, true);
	return err ? kap_fail_err(c->sd.d.kap, err, c->form.lost) : exit_code;
}

/* What was typed once more stands beside the order as a new event would. */
static int weigh(struct correcting *c)
{
	struct form *f = &c->form;
	int err = content_set_u64(f->content, EVENT_WHAT, c->event->what);
	if (err)
		return kap_fail_err(c->sd.d.kap, err, f->lost);
	if (c->event->what == EVENT_DOSE || c->event->what == EVENT_BOOSTER) {
		c->w.summary = true;
		return content_bool(f->content, EVENT_STRUCK, false) ? KAP_OK
		                                                     : session_doubt(&c->sd, f, c->event, c->w.at_ms, &c->w);
	}
	if (c->event->what != EVENT_VITALS || content_bool(f->content, EVENT_STRUCK, false))
		return KAP_OK;
	int exit_code = vitals_read(f, 0, NULL);
	if (!exit_code)
		exit_code = vitals_check(f);
	return exit_code ? exit_code : session_limit_set(&c->sd, f, &c->w, &c->limit);
}

static bool gave_nothing(struct kap *kap)
{
	static const char *const names[] = {"set", "strike", "at", "bp", "hr", "spo2", "rr", "temp"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (cmd_opt(kap, names[i]))
			return false;
	return true;
}

/* Units that no longer make the dose are left out, unless they were given. */
static void drop_units(struct correcting *c)
{
	struct content *now = c->form.content;
	uint64_t units = content_u64(now, EVENT_UNITS, 0), unit = content_u64(now, EVENT_UNIT_MG, 0);
	if (units && unit && units * unit != content_u64(now, EVENT_MG, 0) &&
	    content_u64(c->event->content, EVENT_UNITS, 0) == units) {
		content_drop(now, EVENT_UNITS);
		content_drop(now, EVENT_UNIT_MG);
	}
}

static int correct(struct correcting *c, const char *typed)
{
	struct kap *kap = c->sd.d.kap;
	const char *why = cmd_opt(kap, "strike");
	int exit_code = find(c, typed);
	if (!exit_code && gave_nothing(kap))
		exit_code = kap_fail(kap, KAP_USAGE,
		                     "What was wrong? Such as --set mg=200, --bp 122/79 or --strike \"entered "
		                     "twice\". Nothing was changed.");
	if (!exit_code)
		exit_code = form_init(&c->form, kap, &care_event, c->item);
	c->form.lost = "The event stays as it was.";
	c->w.event = c->form.content;
	c->w.revises = c->item;
	if (!exit_code)
		exit_code = form_options(&c->form);
	if (!exit_code)
		exit_code = set_time(c);
	if (!exit_code && why)
		exit_code = strike(c, why);
	if (!exit_code)
		drop_units(c);
	if (!exit_code)
		exit_code = weigh(c);
	return exit_code ? exit_code : session_save(&c->sd, &c->w, c->form.lost);
}

static void say(struct correcting *c, const char *typed, int sent)
{
	struct buf line;
	buf_init(&line, 0);
	session_put(&line, "%s %s. Revision %zu; what it said before stays in the record.", typed,
	            cmd_opt(c->sd.d.kap, "strike") ? "struck out" : "corrected", c->item->n_revisions + 1);
	if (c->w.n_flags)
		session_put_told(&c->sd, sent, "told", &line);
	session_say(&c->sd, &line);
	if (c->event->what == EVENT_VITALS && c->limit.now.any)
		session_limit_say(&c->sd, &c->w, &c->limit, sent);
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct correcting c = {0};
	(void)argc;
	int exit_code = desk_open(kap, &c.sd.d);
	if (exit_code)
		return exit_code;
	exit_code = correct(&c, argv[0]);
	if (!exit_code) {
		exit_code = desk_send(&c.sd.d);
		say(&c, argv[0], exit_code);
	}
	form_wipe(&c.form);
	session_finish(&c.sd);
	return exit_code;
}

const struct cmd cmd_session_correct = {
    .name = "session correct",
    .args = "EVENT",
    .summary = "correct an event of yours, or strike it out",
    .about = "The number is that of `kap session show`. A dose that is over the order needs --confirm here, too.",
    .example = "kap session correct E5 --set mg=200",
    .options = options,
    .roles = CMD_THERAPIST | CMD_MEDICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
