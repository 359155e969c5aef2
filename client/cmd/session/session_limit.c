/* session_limit: see session_limit.h. */
#include "session_limit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/care/event.h"
#include "client/care/flag.h"
#include "client/care/order.h"
#include "client/ui/out.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"

#include "client/cmd/form.h"

#define MINUTE_MS 60000

static const char *const beyond[] = {[EVENT_WITHIN] = "within", [EVENT_ABOVE] = "above", [EVENT_BELOW] = "below"};

static void put_flag(struct session_desk *sd, const struct content *c, struct session_write *w,
                     const struct session_limit *l)
{
	char clock[WHEN_TEXT];
	struct buf vitals;
	buf_init(&vitals, 0);
	session_put_vitals(c, &vitals);
	buf_put_u8(&vitals, 0);
	session_flag(w, FLAG_LIMITS, FLAG_URGENT, "%s %s act-at limit %s (order r%zu), %s", (const char *)vitals.data,
	             beyond[l->now.state], l->now.text, sd->s->order_rev, session_clock(w->at_ms, clock));
	buf_wipe(&vitals);
}

static void put_message(struct session_desk *sd, const struct content *c, struct session_write *w,
                        struct session_limit *l)
{
	struct buf vitals;
	buf_init(&vitals, 0);
	session_put_vitals(c, &vitals);
	buf_put_u8(&vitals, 0);
	snprintf(l->reading, sizeof(l->reading), "%s", (const char *)vitals.data);
	session_clock(w->at_ms, l->time);
	snprintf(l->message, sizeof(l->message), "Back %s act-at limit (order r%zu): %s, %s.",
	         l->before.state == EVENT_ABOVE ? "below" : "above", sd->s->order_rev, l->reading, l->time);
	l->fields[0] = (struct write_field){"reading", l->reading};
	l->fields[1] = (struct write_field){"limit", l->before.text};
	l->fields[2] = (struct write_field){"time", l->time};
	w->message = l->message;
	w->fields = l->fields;
	w->n_fields = 3;
	buf_wipe(&vitals);
}

static int take(struct content *known, const struct content *reading)
{
	int err = 0;
	for (uint32_t key = EVENT_SYS; !err && key <= EVENT_TEMP; key++)
		if (content_has(reading, key))
			err = content_set_u64(known, key, content_u64(reading, key, 0));
	return err;
}

/* Not what is corrected just now, nor what came later. */
static bool counts(const struct session_event *e, const struct session_write *w)
{
	return e->what == EVENT_VITALS && !e->struck && e->at_ms <= w->at_ms && e->item != w->revises;
}

/* What is known of each of the vitals at a time, of several readings: a pulse alone says nothing of the pressure that
 * was high before. */
static int compare(const struct session *s, const struct content *now, const struct session_write *w,
                   struct session_limit *l)
{
	struct content_head head = {.kind = EVENT_KIND};
	struct content *known = content_new(&head);
	int err = known ? 0 : ERR_NOMEM;
	for (size_t i = 0; !err && i < s->n_events; i++)
		if (counts(&s->events[i], w))
			err = take(known, s->events[i].content);
	if (!err)
		l->before = limits_during(known, s->ordered);
	if (!err)
		err = take(known, now);
	if (!err)
		l->after = limits_during(known, s->ordered);
	l->now = limits_during(now, s->ordered);
	content_free(known);
	return err;
}

static bool is_out(const struct limits *l)
{
	return l->any && l->state != EVENT_WITHIN;
}

int session_limit_set(struct session_desk *sd, struct form *form, struct session_write *w, struct session_limit *l)
{
	struct content *c = form->content;
	*l = (struct session_limit){.message = ""};
	content_drop(c, EVENT_LIMIT);
	int err = content_set_u64(c, EVENT_WHAT, EVENT_VITALS);
	if (!err && sd->s->ordered)
		err = compare(sd->s, c, w, l);
	if (!err && sd->s->ordered)
		err = content_set_u64(c, EVENT_ORDER_REV, sd->s->order_rev);
	if (!err && l->now.any)
		err = content_set_u64(c, EVENT_LIMIT, l->now.state);
	if (err)
		return kap_fail_err(sd->d.kap, err, form->lost);
	if (is_out(&l->now))
		put_flag(sd, c, w, l);
	else if (is_out(&l->before) && !is_out(&l->after))
		put_message(sd, c, w, l);
	return KAP_OK;
}

/* "2:58": the clock alone, as one reads it beside another time. */
static void put_retake(struct session_desk *sd, const struct session_write *w, struct buf *line)
{
	uint64_t minutes = content_u64(sd->s->ordered, ORDER_RETAKE, 0);
	char clock[WHEN_TEXT];
	if (!minutes)
		return;
	session_clock(w->at_ms + minutes * MINUTE_MS, clock);
	clock[strcspn(clock, " ")] = '\0';
	session_put(line, " Retake by %s.", clock);
}

void session_limit_say(struct session_desk *sd, const struct session_write *w, const struct session_limit *l, int sent)
{
	char clock[WHEN_TEXT];
	struct buf line;
	buf_init(&line, 0);
	if (is_out(&l->now)) {
		session_put(&line, "%s act-at limit %s (order r%zu).", l->now.state == EVENT_ABOVE ? "ABOVE" : "BELOW",
		            l->now.text, sd->s->order_rev);
		session_put_told(sd, sent, "notified", &line);
		put_retake(sd, w, &line);
	} else if (is_out(&l->before) && !is_out(&l->after)) {
		session_put(&line, "Back %s act-at limit.", l->before.state == EVENT_ABOVE ? "below" : "above");
		session_put_told(sd, sent, "told", &line);
	} else {
		session_put(&line, "%s \xc2\xb7 ", session_clock(w->at_ms, clock));
		session_put_vitals(w->event, &line);
		if (is_out(&l->after))
			session_put(&line, " \xc2\xb7 before, still %s act-at limit %s", beyond[l->after.state], l->after.text);
		else if (l->now.any)
			session_put(&line, " \xc2\xb7 within order r%zu", sd->s->order_rev);
		session_put(&line, ". Recorded.");
	}
	if (l->now.any)
		out_str(sd->d.kap->out, "limit", NULL, beyond[l->now.state]);
	session_say(sd, &line);
}
