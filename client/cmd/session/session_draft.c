/* session_draft: see session_draft.h. */
#include "session_draft.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/care/event.h"
#include "client/care/look.h"
#include "client/care/order.h"
#include "client/care/session.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/text.h"
#include "client/ui/value.h"
#include "client/ui/why.h"
#include "proto/buf.h"
#include "proto/content.h"

#include "session.h"
#include "session_precheck.h"

#define DRAFT_FIELDS 12

struct session_draft {
	struct buf line; /* "300 mg, BP 122/79 -> 124/80, distance 6/10, distress 2/10, AE none" */
	struct buf body; /* the line, and each field in a line of its own, for people */
	const char *labels[DRAFT_FIELDS];
	struct buf values[DRAFT_FIELDS];
	struct write_field fields[DRAFT_FIELDS];
	size_t n;
	bool red; /* something in it is a red flag: the message is urgent */
};

#define PEOPLE 16
#define SEVERE 3
#define VALUE_MAX 900 /* of each field; they stand in the message once more, together */

/* --- pieces --- */

/* The value of the next field; its text ends with session_draft's own end. */
static struct buf *field(struct session_draft *d, const char *name, const char *label)
{
	d->fields[d->n].name = name;
	d->labels[d->n] = label;
	return &d->values[d->n++];
}

static bool is_dose(const struct session_event *e)
{
	return !e->struck && (e->what == EVENT_DOSE || e->what == EVENT_BOOSTER);
}

static void put_text(const struct content *c, uint32_t key, struct buf *out)
{
	size_t len = 0;
	const char *text = content_str(c, key, &len);
	if (text)
		buf_put(out, text, len);
}

static void put_dose(const struct session *s, struct session_draft *d)
{
	struct buf *value = field(d, "dose", "Dose taken");
	char mg[48];
	if (!s->doses) {
		session_put(value, "none");
		if (content_has(s->content, SESSION_NO_DOSE))
			session_put(value, ": ");
		put_text(s->content, SESSION_NO_DOSE, value);
		session_put(&d->line, "no dose");
		return;
	}
	for (size_t i = 0; i < s->n_events; i++) {
		const struct content *c = s->events[i].content;
		if (is_dose(&s->events[i]))
			session_put(value, "%s%s %s", value->len ? ", " : "", session_mg(content_u64(c, EVENT_MG, 0), mg),
			            order_routes[content_u64(c, EVENT_ROUTE, ORDER_SL)]);
	}
	session_put(&d->line, "%s", session_mg(s->mg, mg));
	if (s->ordered && s->mg > content_u64(s->ordered, ORDER_MAX_MG, UINT64_MAX)) {
		session_put(value, ", over the order (r%zu)", s->order_rev);
		session_put(&d->line, " (over the order)");
		d->red = true;
	}
}

static void put_pressures(const struct session *s, struct session_draft *d)
{
	bool any = false;
	for (size_t i = 0; i < s->n_events; i++) {
		const struct session_event *e = &s->events[i];
		if (e->what != EVENT_VITALS || e->struck)
			continue;
		d->red = d->red || content_u64(e->content, EVENT_LIMIT, EVENT_WITHIN) != EVENT_WITHIN;
		if (!content_has(e->content, EVENT_SYS))
			continue;
		session_put(&d->line, "%s%" PRIu64 "/%" PRIu64, any ? " -> " : ", BP ", content_u64(e->content, EVENT_SYS, 0),
		            content_u64(e->content, EVENT_DIA, 0));
		any = true;
	}
}

/* The last reading before the first dose; where the dose was written down late, the one that the session opened with.
 */
static const struct session_event *pre_vitals(const struct session *s)
{
	if (s->first_dose_ms > s->opened_ms)
		return session_last(s, EVENT_VITALS, s->first_dose_ms);
	for (size_t i = 0; i < s->n_events; i++)
		if (s->events[i].what == EVENT_VITALS && !s->events[i].struck && s->events[i].at_ms >= s->opened_ms)
			return &s->events[i];
	return NULL;
}

static void put_vitals(const struct session *s, struct session_draft *d)
{
	const struct session_event *pre = pre_vitals(s);
	const struct session_event *post = session_last(s, EVENT_VITALS, 0);
	struct buf *value = field(d, "vitals", "Vitals");
	session_put(value, "before: ");
	if (pre)
		session_put_vitals(pre->content, value);
	else
		session_put(value, "none");
	session_put(value, "; after: ");
	if (post && post != pre && post->at_ms >= s->last_dose_ms) {
		session_put_vitals(post->content, value);
	} else {
		session_put(value, "none");
		if (content_has(s->content, SESSION_NO_VITALS))
			session_put(value, ", ");
		put_text(s->content, SESSION_NO_VITALS, value);
	}
}

static void put_times(const struct session *s, struct session_draft *d)
{
	struct buf *value = field(d, "times", "Times");
	struct when opened = desk_when(s->opened_ms);
	char text[WHEN_TEXT];
	session_put(value, "opened %s", when_human(&opened, NULL, text));
	if (s->first_dose_ms)
		session_put(value, ", first dose %s", session_clock(s->first_dose_ms, text));
	if (s->last_dose_ms != s->first_dose_ms)
		session_put(value, ", last dose %s", session_clock(s->last_dose_ms, text));
	if (s->closed_ms)
		session_put(value, ", ended %s", session_clock(s->closed_ms, text));
	if (!s->first_dose_ms)
		return;
	session_put(value, "; observed %" PRIu64 " min",
	            content_u64(s->content, SESSION_OBSERVED, session_observed(s, s->closed_ms)));
	if (s->ordered && content_has(s->ordered, ORDER_OBSERVE))
		session_put(value, " (order %" PRIu64 ")", content_u64(s->ordered, ORDER_OBSERVE, 0));
	if (content_has(s->content, SESSION_EARLY_REASON))
		session_put(value, ": ");
	put_text(s->content, SESSION_EARLY_REASON, value);
}

static void put_scales(const struct session *s, struct session_draft *d)
{
	static const struct {
		uint32_t key;
		const char *said;
		bool in_line;
	} rows[] = {{SESSION_RESPONSE, "response", false},
	            {SESSION_DISTANCE, "distance", true},
	            {SESSION_DISTRESS, "distress", true}};
	struct buf *value = field(d, "response", "Response");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t v = content_u64(s->content, rows[i].key, 0);
		if (!content_has(s->content, rows[i].key))
			continue;
		session_put(value, "%s%s %" PRIu64 "/10", value->len ? ", " : "", rows[i].said, v);
		if (rows[i].in_line)
			session_put(&d->line, ", %s %" PRIu64 "/10", rows[i].said, v);
	}
	if (!value->len)
		session_put(value, "not recorded");
}

static void put_adverse(const struct session *s, struct session_draft *d)
{
	struct buf *value = field(d, "adverse", "Adverse events");
	for (size_t i = 0; i < s->n_events; i++) {
		const struct session_event *e = &s->events[i];
		if (e->struck)
			continue;
		if (e->what == EVENT_CHECK && !content_bool(e->content, EVENT_RESPONDING, true)) {
			session_put(value, "%snot responding at a check", value->len ? ", " : "");
			d->red = true;
		}
		if (e->what != EVENT_AE)
			continue;
		uint64_t severity = content_u64(e->content, EVENT_SEVERITY, 1);
		session_put(value, "%s%s (%" PRIu64 " of 4)", value->len ? ", " : "",
		            event_ae_terms[content_u64(e->content, EVENT_AE_TERM, 0)], severity);
		d->red = d->red || severity >= SEVERE;
	}
	if (!value->len)
		session_put(value, "none");
	session_put(&d->line, ", AE ");
	buf_put(&d->line, value->data, value->len);
}

static void put_discharge(const struct session *s, struct session_draft *d)
{
	static const uint32_t keys[] = {SESSION_VITALS_OK, SESSION_ORIENTED,     SESSION_STEADY,     SESSION_NAUSEA_OK,
	                                SESSION_ESCORT,    SESSION_INSTRUCTIONS, SESSION_NO_SIGNING, SESSION_NO_DRIVE};
	struct buf *value = field(d, "discharge", "Discharge");
	uint64_t si = content_u64(s->content, SESSION_SI_AGAIN, SESSION_SI_NO);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!content_bool(s->content, keys[i], false))
			session_put(value, "%s%s: no", value->len ? ", " : "",
			            look_by_key(&care_session.content, keys[i])->look->label);
	if (si != SESSION_SI_NO)
		session_put(value, "%sthoughts of suicide: %s", value->len ? ", " : "",
		            look_word(look_by_key(&care_session.content, SESSION_SI_AGAIN), si));
	if (value->len)
		d->red = true;
	else
		session_put(value, "as planned");
}

static void put_concerns(const struct session *s, struct session_draft *d)
{
	struct buf *value = field(d, "concerns", "Concerns");
	const struct session_event *pre = pre_vitals(s);
	const struct content *ordered = s->ordered, *vitals = pre ? pre->content : NULL;
	unsigned red = session_precheck_red(s->content, vitals, ordered);
	if (red) {
		d->red = true;
		session_put(value, "before: ");
		session_precheck_put(red, vitals, ordered, value);
		if (content_has(s->content, SESSION_RED_REASON))
			session_put(value, "; opened because: ");
		put_text(s->content, SESSION_RED_REASON, value);
	} else {
		session_put(value, "none in the pre-check");
	}
}

/* --- the whole --- */

/* A field of a message has its limit; what is beyond it stands in the timeline. */
static void cut(struct buf *value)
{
	size_t len = VALUE_MAX;
	if (value->len <= VALUE_MAX)
		return;
	while (len && (value->data[len] & 0xc0) == 0x80)
		len--;
	buf_truncate(value, len);
}

/* The client's own line, as it was typed. */
static int put_line(struct session_desk *sd, struct session_draft *d)
{
	static const struct text_limit limit = {.what = "The line", .min_chars = 1, .max_chars = 300, .one_line = true};
	const char *typed = cmd_opt(sd->d.kap, "line");
	struct why why = {""};
	int err = typed
	              ? text_normalise(typed, strlen(typed), &limit, field(d, "client-line", "In the client's words"), &why)
	              : 0;
	return err ? kap_fail_why(sd->d.kap, err, &why, "Not sent.") : KAP_OK;
}

static void end_values(struct session_draft *d)
{
	for (size_t i = 0; i < d->n; i++) {
		cut(&d->values[i]);
		buf_put_u8(&d->values[i], 0);
		d->fields[i].value = (const char *)d->values[i].data;
	}
	buf_put(&d->body, d->line.data, d->line.len);
	for (size_t i = 0; i < d->n; i++)
		session_put(&d->body, "\n%s: %s", d->labels[i], d->fields[i].value);
	buf_put_u8(&d->line, 0);
}

/* KAP_OK or an exit code after saying why not. Free with wipe, also then. */
static int make(struct session_desk *sd, struct session_draft *d)
{
	char key[SESSION_KEY];
	*d = (struct session_draft){.n = 0};
	buf_init(&d->line, 0);
	buf_init(&d->body, 0);
	for (size_t i = 0; i < DRAFT_FIELDS; i++)
		buf_init(&d->values[i], 0);
	if (!sd->s->closed_ms)
		return kap_fail(sd->d.kap, KAP_INVALID,
		                "The session is still open. End it first: %s session end \"%s\". Not sent.", sd->d.kap->title,
		                sd->chart.client->name);
	session_put(field(d, "session", "Session"), "%s", session_key(sd->s, key));
	put_dose(sd->s, d);
	put_pressures(sd->s, d);
	put_vitals(sd->s, d);
	put_times(sd->s, d);
	put_scales(sd->s, d);
	put_adverse(sd->s, d);
	put_discharge(sd->s, d);
	put_concerns(sd->s, d);
	int exit_code = put_line(sd, d);
	if (exit_code)
		return exit_code;
	end_values(d);
	int err = buf_err(&d->line) ? buf_err(&d->line) : buf_err(&d->body);
	for (size_t i = 0; !err && i < d->n; i++)
		err = buf_err(&d->values[i]);
	return err ? kap_fail_err(sd->d.kap, err, "Not sent.") : KAP_OK;
}

static void wipe(struct session_draft *d)
{
	for (size_t i = 0; i < DRAFT_FIELDS; i++)
		buf_wipe(&d->values[i]);
	buf_wipe(&d->line);
	buf_wipe(&d->body);
}

/* --- sending --- */

struct sending {
	struct write_message m;
	const struct person *to[PEOPLE];
};

static int send(struct write_ctx *ctx, void *arg)
{
	return write_message(ctx, &((struct sending *)arg)->m, NULL);
}

static int ask_and_write(struct session_desk *sd, struct session_draft *d, struct sending *s, bool *sent)
{
	struct kap *kap = sd->d.kap;
	if (d->red)
		out_say(kap->out, "Something in this session is a red flag: its report is URGENT.");
	out_say(kap->out, "Report to %s drafted: %s.", session_prescriber(sd)->name, (const char *)d->line.data);
	out_show(kap->out);
	int yes = prompt_yes(kap->prompt, "Send?");
	out_str(kap->out, "report", NULL, (const char *)d->line.data);
	out_bool(kap->out, "urgent", NULL, d->red);
	if (yes != 1) {
		out_say(kap->out, "The report was not sent. `%s session report \"%s\"` sends it.", kap->title,
		        sd->chart.client->name);
		return KAP_OK;
	}
	int err = desk_write(&sd->d, send, s);
	*sent = !err;
	return err ? desk_refused(&sd->d, err, "The report was not sent.") : KAP_OK;
}

int session_draft_offer(struct session_desk *sd, bool *sent)
{
	struct session_draft d;
	struct sending s = {.m = {.about = sd->chart.client, .care = true, .type = SESSION_REPORT_TYPE}};
	*sent = false;
	s.m.to = s.to;
	s.m.n_to = session_prescribers(sd, s.to, PEOPLE);
	int exit_code = make(sd, &d);
	if (!exit_code && !s.m.n_to)
		exit_code = kap_fail(sd->d.kap, KAP_NOT_ALLOWED, "No prescriber is on the team. The report was not sent.");
	if (!exit_code) {
		s.m.priority = d.red ? 2 : 0;
		s.m.body = (const char *)d.body.data;
		s.m.body_len = d.body.len;
		s.m.fields = d.fields;
		s.m.n_fields = d.n;
		exit_code = ask_and_write(sd, &d, &s, sent);
	}
	wipe(&d);
	return exit_code;
}
