/* session_show: a session as a timeline: who did what when, in order of time, and what is due. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/care/event.h"
#include "client/care/kinds.h"
#include "client/care/look.h"
#include "client/care/order.h"
#include "client/care/session.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "client/ui/value.h"
#include "proto/buf.h"
#include "proto/content.h"

#include "session.h"

#define TEXT_COLUMNS_OF_ROW 44

static void put_text(const struct content *c, uint32_t key, const char *before, struct buf *out)
{
	size_t len = 0;
	const char *text = content_str(c, key, &len);
	if (!text)
		return;
	session_put(out, "%s", before);
	buf_put(out, text, len);
}

static void put_dose(const struct content *c, struct buf *out)
{
	char mg[48], unit[TEXT_NUMBER];
	session_put(out, "%s %s", session_mg(content_u64(c, EVENT_MG, 0), mg),
	            order_routes[content_u64(c, EVENT_ROUTE, ORDER_SL)]);
	if (content_has(c, EVENT_UNITS) && content_has(c, EVENT_UNIT_MG))
		session_put(out, " (%" PRIu64 " x %s)", content_u64(c, EVENT_UNITS, 0),
		            text_number(content_i64(c, EVENT_UNIT_MG, 0), 1, unit));
	if (content_has(c, EVENT_HOLD_MIN))
		session_put(out, ", held %" PRIu64 " min", content_u64(c, EVENT_HOLD_MIN, 0));
}

static void put_event(const struct session_event *e, struct buf *out)
{
	const struct content *c = e->content;
	switch (e->what) {
	case EVENT_VITALS:
		session_put_vitals(c, out);
		if (content_u64(c, EVENT_LIMIT, EVENT_WITHIN) != EVENT_WITHIN)
			session_put(out, " %s r%" PRIu64, content_u64(c, EVENT_LIMIT, 0) == EVENT_ABOVE ? "ABOVE" : "BELOW",
			            content_u64(c, EVENT_ORDER_REV, 0));
		break;
	case EVENT_DOSE:
	case EVENT_BOOSTER:
		put_dose(c, out);
		break;
	case EVENT_CHECK:
		session_put(out, "%s", content_bool(c, EVENT_RESPONDING, false) ? "awake or responding" : "NOT RESPONDING");
		if (content_has(c, EVENT_COMFORT))
			session_put(out, ", comfort %" PRIu64, content_u64(c, EVENT_COMFORT, 0));
		break;
	case EVENT_AE:
		session_put(out, "%s, %" PRIu64 " of 4", event_ae_terms[content_u64(c, EVENT_AE_TERM, 0)],
		            content_u64(c, EVENT_SEVERITY, 0));
		put_text(c, EVENT_AE_OTHER, ": ", out);
		break;
	default:
		put_text(c, EVENT_TEXT, "", out);
	}
}

/* For programs the fields by themselves as well. */
static void show_fields(struct session_desk *sd, const struct content *c)
{
	if (out_form_of(sd->d.kap->out) == OUT_HUMAN)
		return;
	for (uint16_t i = 0; i < care_event.content.n_fields; i++)
		if (care_event.content.fields[i].key != EVENT_WHAT)
			value_show(sd->d.kap->out, c, &care_event.content.fields[i], &sd->d.now);
}

static void show_event(struct session_desk *sd, const struct session_event *e)
{
	struct out *out = sd->d.kap->out;
	struct when at = {(int64_t)(e->at_ms / 1000), e->item->offset};
	char number[16], clock[WHEN_TEXT];
	struct buf text;
	snprintf(number, sizeof(number), "E%u", e->item->number);
	buf_init(&text, 0);
	if (e->struck)
		put_text(e->content, EVENT_REASON, "STRUCK OUT: ", &text);
	else
		put_event(e, &text);
	buf_put_u8(&text, 0);
	out_item(out);
	out_str(out, "number", "#", number);
	if (out_form_of(out) == OUT_HUMAN)
		out_str(out, "at", "When", when_clock(&at, clock));
	else
		out_when(out, "at", NULL, &at);
	out_int(out, "minute", "Min", session_minute(sd->s, e->at_ms));
	out_str(out, "what", "What", look_word(look_by_key(&care_event.content, EVENT_WHAT), e->what));
	out_excerpt(out, "said", "", buf_err(&text) ? "" : (const char *)text.data, TEXT_COLUMNS_OF_ROW);
	out_str(out, "by", NULL, e->item->author->name);
	out_int(out, "revision", NULL, (int64_t)chart_revision(e->item));
	show_fields(sd, e->content);
	if (!e->item->author->is_self && e->item->author != sd->s->item->author)
		out_line(out, "     by %s", e->item->author->name);
	buf_wipe(&text);
}

static void show_head(struct session_desk *sd)
{
	struct out *out = sd->d.kap->out;
	const struct session *s = sd->s;
	struct when opened = desk_when(s->opened_ms), closed = desk_when(s->closed_ms);
	char number[16];
	snprintf(number, sizeof(number), "S%u", s->item->number);
	out_str(out, "number", "Number", number);
	out_str(out, "client", "Client", sd->chart.client ? sd->chart.client->name : NULL);
	for (uint32_t key = SESSION_NO; key <= SESSION_STATE; key++)
		value_show(out, s->content, look_by_key(&care_session.content, key), &sd->d.now);
	if (s->opened_ms)
		out_when(out, "opened", "Opened", &opened);
	if (s->closed_ms)
		out_when(out, "closed", "Closed", &closed);
	out_str(out, "by", "Opened by", s->item->author->is_self ? "you" : s->item->author->name);
	if (s->order)
		out_int(out, "order-revision", "Order revision", (int64_t)s->order_rev);
	if (s->doses)
		out_number(out, "mg", "Given", &(struct out_amount){(int64_t)s->mg, 1, "mg"});
	if (s->doses)
		out_int(out, "observed", "Minutes observed",
		        (int64_t)session_observed(s, s->closed_ms ? s->closed_ms : (uint64_t)sd->d.now.s * 1000));
	out_bool(out, "reported", s->closed_ms ? "Report written" : NULL, session_reported(s) != NULL);
}

static void show_rest(struct session_desk *sd)
{
	struct out *out = sd->d.kap->out;
	out_object(out, "session", "Answers and discharge");
	for (uint16_t i = 0; i < care_session.content.n_fields; i++)
		if (care_session.content.fields[i].key >= SESSION_NEW_MEDS)
			value_show(out, sd->s->content, &care_session.content.fields[i], &sd->d.now);
	out_end(out);
}

static void show_due(struct session_desk *sd, const char *id, const char *label, uint64_t at_ms)
{
	struct when at = desk_when(at_ms);
	bool late = at_ms && at_ms < (uint64_t)sd->d.now.s * 1000;
	if (!at_ms)
		return;
	out_when(sd->d.kap->out, id, label, &at);
	if (late && strcmp(id, "observe-until") != 0)
		out_line(sd->d.kap->out, "  OVERDUE: it was due then.");
}

static void show(struct session_desk *sd)
{
	struct out *out = sd->d.kap->out;
	show_head(sd);
	out_list(out, "events", "Nothing was recorded yet.");
	for (size_t i = 0; i < sd->s->n_events; i++)
		show_event(sd, &sd->s->events[i]);
	out_end(out);
	if (!sd->s->closed_ms) {
		show_due(sd, "check-due", "Check due", session_check_due(sd->s));
		show_due(sd, "vitals-due", "Vitals due", session_vitals_due(sd->s));
		show_due(sd, "observe-until", "Observe until", session_observe_until(sd->s));
	}
	show_rest(sd);
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct session_desk sd;
	(void)argc;
	int exit_code = session_begin_any(kap, argv[0], &sd);
	if (exit_code)
		return exit_code;
	show(&sd);
	session_finish(&sd);
	return KAP_OK;
}

const struct cmd cmd_session_show = {
    .name = "session show",
    .args = "CLIENT|SESSION",
    .summary = "a session as a timeline",
    .about = "The newest session of the client, or the one with this number (S3). Minutes are counted from the first "
             "dose.",
    .example = "kap session show jo",
    .roles = CMD_CLINICAL,
    .needs = CMD_UNLOCKED,
    .options = NULL,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
