/* session_gate: see session_gate.h. */
#include "session_gate.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/book/gate.h"
#include "client/care/clearance.h"
#include "client/care/hold.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "proto/buf.h"
#include "proto/content.h"

#include "session.h"

#define DAY_S 86400
#define REASON_COLUMNS 60

/* Everything that was asked, and what is said of it. */
struct asking {
	struct desk *d;
	const char *typed;
	struct gate clearance, order, hold, consent, med;
	struct buf said;
};

/* "5 Jun": without the day of the week, in the middle of a sentence. */
static const char *day(const struct asking *a, uint32_t days, char out[WHEN_TEXT])
{
	struct when at = {(int64_t)days * DAY_S, 0};
	const char *date = strchr(when_date(&at, &a->d->now, out), ' ');
	return date ? date + 1 : out;
}

/* The first sentence says what that means, the others are added to it. */
__attribute__((format(printf, 3, 4))) static void put(struct asking *a, const char *how, const char *fmt, ...)
{
	char what[640];
	va_list args;
	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	session_put(&a->said, a->said.len ? "\n%s %s" : "%s Session cannot start. %s", what, how);
}

static void look_at_clearance(struct asking *a)
{
	const struct gate *g = &a->clearance;
	char how[160], date[WHEN_TEXT];
	snprintf(how, sizeof(how), "Ask the prescriber: %s msg care --type clearance %.60s", a->d->kap->title, a->typed);
	switch (g->state) {
	case GATE_OPEN:
		break;
	case GATE_EXPIRED:
		put(a, how, "Clearance expired %s.", day(a, g->day, date));
		break;
	case GATE_DECIDED:
		put(a, how, "The clearance says: %s.",
		    clearance_decisions[content_u64(chart_content(g->item), CLEARANCE_DECISION, CLEARANCE_PENDING)]);
		break;
	case GATE_USED_UP:
		put(a, how, "The clearance was for %" PRIu64 " sessions, and %" PRIu64 " were held.", g->allowed, g->used);
		break;
	default:
		put(a, how, "There is no clearance.");
	}
}

static void look_at_order(struct asking *a)
{
	const struct gate *g = &a->order;
	char how[160], date[WHEN_TEXT];
	snprintf(how, sizeof(how), "Ask the prescriber: %s msg care --type order %.60s", a->d->kap->title, a->typed);
	switch (g->state) {
	case GATE_OPEN:
		break;
	case GATE_EXPIRED:
		put(a, how, "Order r%zu expired %s.", g->revision, day(a, g->day, date));
		break;
	case GATE_USED_UP:
		put(a, how, "Order r%zu allows %" PRIu64 " sessions, and %" PRIu64 " were held.", g->revision, g->allowed,
		    g->used);
		break;
	case GATE_UNACKNOWLEDGED:
		snprintf(how, sizeof(how), "Read it, then: %s order ack %.60s", a->d->kap->title, a->typed);
		put(a, how, "You have not acknowledged order r%zu.", g->revision);
		break;
	case GATE_TOO_SOON:
		put(a, how, "By order r%zu the next session is not before %s.", g->revision, day(a, g->day, date));
		break;
	default:
		put(a, how, "There is no order.");
	}
}

static void look_at_rest(struct asking *a)
{
	char how[160];
	if (a->hold.state == GATE_HELD) {
		size_t len = 0;
		const char *reason = content_str(chart_content(a->hold.item), HOLD_REASON, &len);
		struct buf why;
		buf_init(&why, 0);
		len -= reason && len && reason[len - 1] == '.';
		text_put_excerpt(&why, reason ? reason : "", len, REASON_COLUMNS);
		buf_put_u8(&why, 0);
		snprintf(how, sizeof(how), "%s holds %.60s shows it.", a->d->kap->title, a->typed);
		put(a, how, "Hold H%u by %s stands: %s.", a->hold.item->number, a->hold.item->author->name,
		    buf_err(&why) ? "" : (const char *)why.data);
		buf_wipe(&why);
	}
	if (a->consent.state != GATE_OPEN)
		put(a, "The client signs it on their own device, on another day than a medicine day.", "%s",
		    a->consent.state == GATE_WITHDRAWN ? "The client took the consent to treatment back."
		    : a->consent.state == GATE_EXPIRED ? "The consent to treatment has expired."
		                                       : "No consent to treatment is on file.");
	if (a->med.state == GATE_UNACKNOWLEDGED)
		put(a, "Ask them to acknowledge it.", "No prescriber has acknowledged the change of medicines in message %u.",
		    a->med.item->number);
}

static void say_open(struct asking *a)
{
	char date[WHEN_TEXT];
	session_put(&a->said, "Order r%zu acknowledged yes \xc2\xb7 clearance valid", a->order.revision);
	if (a->clearance.day)
		session_put(&a->said, " to %s", day(a, a->clearance.day, date));
	session_put(&a->said, " yes \xc2\xb7 consent on file yes");
	buf_put_u8(&a->said, 0);
	out_say(a->d->kap->out, "%s", buf_err(&a->said) ? "" : (const char *)a->said.data);
}

int session_gate(struct desk *d, const struct chart *chart, const char *typed, const struct book_item **order,
                 const struct book_item **clearance)
{
	uint32_t today = gate_today((uint64_t)d->now.s * 1000, d->now.offset_min);
	struct asking a = {.d = d, .typed = typed};
	int exit_code = KAP_OK;
	buf_init(&a.said, 0);
	a.clearance = gate_clearance(chart, today);
	a.order = gate_order(chart, people_self(d->people), today);
	a.hold = gate_hold(chart, today);
	a.consent = gate_consent(chart, today);
	a.med = gate_med_change(chart);
	look_at_clearance(&a);
	look_at_order(&a);
	look_at_rest(&a);
	if (a.said.len) {
		buf_put_u8(&a.said, 0);
		exit_code = kap_fail(d->kap, KAP_NOT_ALLOWED, "%s", buf_err(&a.said) ? "" : (const char *)a.said.data);
	} else {
		say_open(&a);
	}
	buf_wipe(&a.said);
	*order = a.order.item;
	*clearance = a.clearance.item;
	return exit_code;
}
