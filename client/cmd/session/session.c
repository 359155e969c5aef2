/* session: see session.h. */
#include "session.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/book/write_care.h"
#include "client/care/event.h"
#include "client/care/flag.h"
#include "client/care/kinds.h"
#include "client/care/look.h"
#include "client/care/session.h"
#include "client/care/summary.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "client/ui/why.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/role.h"

#include "client/cmd/form.h"
#include "client/cmd/subject.h"

#define TEAM_MAX 32

/* --- beginning and ending --- */

static int read_session(struct session_desk *sd, const struct book_item *item)
{
	int err = session_read(&sd->chart, item, &sd->s);
	if (!err)
		sd->chart = sd->s->chart;
	return err ? kap_fail_err(sd->d.kap, err, "Nothing was saved.") : KAP_OK;
}

static int no_session(struct session_desk *sd, const char *what)
{
	return kap_fail(sd->d.kap, KAP_INVALID,
	                "No session of %s is %s. `%s session start \"%s\"` opens one. Nothing was saved.",
	                sd->chart.client->name, what, sd->d.kap->title, sd->chart.client->name);
}

static int begin(struct kap *kap, const char *typed, bool any, struct session_desk *sd)
{
	const struct book_item *item = NULL;
	*sd = (struct session_desk){0};
	int exit_code = desk_open(kap, &sd->d);
	if (exit_code)
		return exit_code;
	if (any && subject_is_item(typed)) {
		sd->chart = subject_everybody(&sd->d);
		exit_code = subject_item(&sd->d, typed, SESSION_KIND, &item);
	} else {
		exit_code = subject_client(&sd->d, typed, &sd->chart);
		if (!exit_code)
			item = any ? session_newest(&sd->chart) : session_open(&sd->chart);
		if (!exit_code && !item)
			exit_code = no_session(sd, any ? "here" : "open");
	}
	if (!exit_code)
		exit_code = read_session(sd, item);
	if (exit_code)
		session_finish(sd);
	return exit_code;
}

int session_begin(struct kap *kap, const char *client, struct session_desk *sd)
{
	return begin(kap, client, false, sd);
}

int session_begin_any(struct kap *kap, const char *typed, struct session_desk *sd)
{
	return begin(kap, typed, true, sd);
}

void session_finish(struct session_desk *sd)
{
	session_free(sd->s);
	sd->s = NULL;
	desk_close(&sd->d);
}

/* --- when --- */

static int refuse_span(struct session_desk *sd, int64_t minute)
{
	int64_t apart = minute < 0 ? -minute : minute;
	return kap_fail(sd->d.kap, KAP_INVALID,
	                "That is %" PRId64 " h %" PRId64 " min %s the %s. Events lie between 4 hours before and 24 hours "
	                "after the first dose. Check the time. Not saved.",
	                apart / 60, apart % 60, minute < 0 ? "before" : "after",
	                sd->s->first_dose_ms ? "first dose" : "opening");
}

int session_when(struct session_desk *sd, uint64_t *at_ms, int16_t *offset)
{
	struct when at = sd->d.now;
	const char *typed = cmd_opt(sd->d.kap, "at");
	struct why why = {""};
	int err = typed ? when_parse(typed, &sd->d.now, &at, &why) : 0;
	if (err)
		return kap_fail_why(sd->d.kap, err, &why, "Not saved.");
	*at_ms = (uint64_t)at.s * 1000;
	*offset = at.offset_min;
	if (sd->s && !session_spans(sd->s, *at_ms))
		return refuse_span(sd, session_minute(sd->s, *at_ms));
	return KAP_OK;
}

/* --- who is told --- */

size_t session_prescribers(const struct session_desk *sd, const struct person **out, size_t max)
{
	const struct person *team[TEAM_MAX];
	size_t n = people_team(sd->d.people, sd->chart.client->pid, team, TEAM_MAX), found = 0;
	for (size_t i = 0; i < n && i < TEAM_MAX && found < max; i++)
		if (team[i]->role == ROLE_PRESCRIBER && team[i]->active && !team[i]->is_self)
			out[found++] = team[i];
	return found;
}

const struct person *session_prescriber(const struct session_desk *sd)
{
	const struct person *team[TEAM_MAX];
	size_t n = session_prescribers(sd, team, TEAM_MAX);
	for (size_t i = 0; sd->s && sd->s->order && i < n; i++)
		if (team[i] == sd->s->order->author)
			return team[i];
	return n ? team[0] : NULL;
}

void session_flag(struct session_write *w, unsigned cause, unsigned severity, const char *fmt, ...)
{
	va_list args;
	if (w->n_flags == SESSION_FLAGS)
		return;
	struct session_flag *flag = &w->flags[w->n_flags++];
	flag->cause = cause;
	flag->severity = severity;
	va_start(args, fmt);
	vsnprintf(flag->text, sizeof(flag->text), fmt, args);
	va_end(args);
}

/* --- writing --- */

static uint64_t answer_by(const struct write_ctx *ctx, const struct session_flag *flag)
{
	return flag->severity == FLAG_URGENT ? ctx->now_ms / 1000 + SESSION_ANSWER_S : 0;
}

int session_put_flags(const struct write_ctx *ctx, const struct chart *chart, const struct book_item *source,
                      const struct session_write *w)
{
	int err = 0;
	for (size_t i = 0; !err && i < w->n_flags; i++) {
		err = write_flag(ctx, &(struct write_flag){.about = chart->client,
		                                           .cause = w->flags[i].cause,
		                                           .severity = w->flags[i].severity,
		                                           .text = w->flags[i].text,
		                                           .source = source,
		                                           .answer_by_s = answer_by(ctx, &w->flags[i])});
		if (err == ERR_EXISTS)
			err = 0;
	}
	return err;
}

/* True if nothing at the end of the session spoke against going home. */
static bool went_home(const struct content *c)
{
	static const uint32_t keys[] = {SESSION_VITALS_OK, SESSION_ORIENTED, SESSION_STEADY, SESSION_NAUSEA_OK,
	                                SESSION_ESCORT};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!content_bool(c, keys[i], false))
			return false;
	return true;
}

/* One's own summary of a session. */
struct own {
	const struct chart *chart;
	const struct book_item *session, *found;
};

static int is_own(void *arg, const struct book_item *item)
{
	struct own *o = arg;
	if (!item->author->is_self || chart_ref(o->chart, chart_content(item), SUMMARY_SESSION) != o->session)
		return 0;
	o->found = item;
	return 1;
}

static int fill_summary(const struct session *s, struct content *c)
{
	const struct session_event *dose = session_last(s, EVENT_DOSE, 0);
	int err = chart_set_ref(c, SUMMARY_SESSION, s->item);
	if (!err && content_has(s->content, SESSION_NO))
		err = content_set_u64(c, SUMMARY_NO, content_u64(s->content, SESSION_NO, 1));
	if (!err)
		err = content_set_u64(c, SUMMARY_MG, s->mg);
	if (!err && dose)
		err = content_set_u64(c, SUMMARY_ROUTE, content_u64(dose->content, EVENT_ROUTE, 0));
	if (!err && s->first_dose_ms)
		err = content_set_u64(c, SUMMARY_FIRST_DOSE, s->first_dose_ms);
	if (!err && s->last_dose_ms)
		err = content_set_u64(c, SUMMARY_LAST_DOSE, s->last_dose_ms);
	if (!err && s->closed_ms)
		err = content_set_u64(c, SUMMARY_CLOSED_AT, s->closed_ms);
	if (!err && s->closed_ms)
		err = content_set_bool(c, SUMMARY_DISCHARGED, went_home(s->content));
	return err;
}

/* The client's summary of `session` as the book in `ctx` has it. */
static int put_summary(const struct write_ctx *ctx, const struct chart *chart, const struct book_item *session)
{
	struct own own = {.chart = chart, .session = session};
	struct write_care w = {.kind = &care_summary, .about = chart->client};
	struct content_head head = {.kind = SUMMARY_KIND};
	struct session *s = NULL;
	int err = session_read(chart, session, &s);
	struct content *c = err ? NULL : content_new(&head);
	(void)chart_each(chart, SUMMARY_KIND, is_own, &own);
	if (c && (s->doses || own.found)) {
		err = fill_summary(s, c);
		w.fields = c;
		w.revises = own.found;
		if (!err)
			err = write_care(ctx, &w, NULL);
	}
	content_free(c);
	session_free(s);
	return err;
}

static int put_message(const struct write_ctx *ctx, const struct session_desk *sd, const struct session_write *w)
{
	const struct person *to[TEAM_MAX];
	struct write_message m = {.to = to, .about = sd->chart.client, .care = true, .type = "limits-exceeded"};
	m.n_to = session_prescribers(sd, to, TEAM_MAX);
	m.body = w->message;
	m.body_len = strlen(w->message);
	m.fields = w->fields;
	m.n_fields = w->n_fields;
	return m.n_to ? write_message(ctx, &m, NULL) : 0;
}

struct saving {
	struct session_desk *sd;
	const struct session_write *w;
};

/* What refers to what was just written needs the book with it. */
static int put_followers(struct write_ctx *ctx, const struct saving *s, const uint8_t ref[32])
{
	const struct book_item *session = s->sd->s->item, *source;
	struct book *again = NULL;
	struct write_ctx next = *ctx;
	struct chart chart = s->sd->chart;
	int err = book_load(ctx->txn, ctx->people, true, &again);
	if (err)
		return err;
	next.book = chart.book = again;
	session = book_by_id(again, session->author->pid, session->id);
	source = s->w->event ? book_by_ref(again, ref) : session;
	err = session && source ? session_put_flags(&next, &chart, source, s->w) : ERR_NOT_FOUND;
	if (!err && s->w->summary)
		err = put_summary(&next, &chart, session);
	book_free(again);
	return err;
}

static int save_all(struct write_ctx *ctx, void *arg)
{
	const struct saving *s = arg;
	const struct session_write *w = s->w;
	struct write_care care = {.about = s->sd->chart.client, .at_ms = w->at_ms, .at_offset = w->offset};
	uint8_t ref[32] = {0};
	int err = 0;
	if (w->event) {
		care.kind = &care_event;
		care.fields = w->event;
		care.revises = w->revises;
		err = write_care(ctx, &care, ref);
	}
	if (!err && w->session) {
		care = (struct write_care){.kind = &care_session, .fields = w->session, .about = s->sd->chart.client};
		care.revises = s->sd->s->item;
		err = write_care(ctx, &care, NULL);
	}
	if (!err && (w->n_flags || w->summary))
		err = put_followers(ctx, s, ref);
	return err || !w->message ? err : put_message(ctx, s->sd, w);
}

static int refused(struct session_desk *sd, const struct session_write *w, int err, const char *lost)
{
	const struct content_rule *fault = NULL;
	if (err != ERR_SCHEMA)
		return desk_refused(&sd->d, err, lost);
	if (w->event)
		fault = content_find_fault(w->event, &care_kinds);
	if (!fault && w->session)
		fault = content_find_fault(w->session, &care_kinds);
	if (fault && fault->look)
		return kap_fail(sd->d.kap, KAP_INVALID, "%s is not as it must be. %s", fault->look->label, lost);
	return kap_fail(sd->d.kap, KAP_INVALID, "Something is missing, or two of the values do not fit together. %s", lost);
}

int session_save(struct session_desk *sd, const struct session_write *w, const char *lost)
{
	struct saving s = {sd, w};
	int err = w->event ? chart_set_ref(w->event, EVENT_SESSION, sd->s->item) : 0;
	if (!err)
		err = desk_write(&sd->d, save_all, &s);
	return err ? refused(sd, w, err, lost) : KAP_OK;
}

int session_event(struct kap *kap, int argc, char **argv, session_fill *fill, session_record *record)
{
	struct session_desk sd;
	struct form f;
	int exit_code = session_begin(kap, argv[0], &sd);
	if (exit_code)
		return exit_code;
	exit_code = form_init(&f, kap, &care_event, NULL);
	if (!exit_code)
		exit_code = fill(&sd, &f, argc - 1, argv + 1);
	if (!exit_code)
		exit_code = record(&sd, &f);
	form_wipe(&f);
	session_finish(&sd);
	return exit_code;
}
