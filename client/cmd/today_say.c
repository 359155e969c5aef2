/* today_say: see today_say.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/book/agenda.h"
#include "client/care/flag.h"
#include "client/care/form.h"
#include "client/care/kinds.h"
#include "client/care/session.h"
#include "client/ui/text.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/role.h"

#include "asking.h"
#include "desk.h"

#include "today_say.h"

#define DAY_S INT64_C(86400)
#define HOUR_MS UINT64_C(3600000)
#define EXCERPT 40

__attribute__((format(printf, 2, 3))) static void put(struct buf *out, const char *fmt, ...)
{
	char line[256];
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (n > 0)
		buf_put(out, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

static void put_field(const struct book_item *item, uint32_t key, struct buf *out)
{
	size_t len = 0;
	const char *text = content_str(chart_content(item), key, &len);
	if (text)
		text_put_safe(out, text, len, false);
}

static const char *day_of(const struct desk *d, uint32_t day, char out[WHEN_TEXT])
{
	return when_date(&(struct when){(int64_t)day * DAY_S, 0}, &d->now, out);
}

/* --- what it is --- */

typedef void say(struct desk *d, const struct agenda_row *row, struct buf *out);

static void say_flag(struct desk *d, const struct agenda_row *row, struct buf *out)
{
	(void)d;
	put_field(row->item, FLAG_TEXT, out);
}

static void say_message(struct desk *d, const struct agenda_row *row, struct buf *out)
{
	size_t len = 0;
	const char *body = content_str(chart_content(row->item), CONTENT_BODY, &len);
	(void)d;
	put_field(row->item, CONTENT_MESSAGE_TYPE, out);
	if (body && out->len)
		put(out, ": ");
	if (body)
		text_put_excerpt(out, body, len, EXCERPT);
}

static void say_timer(struct desk *d, const struct agenda_row *row, struct buf *out)
{
	char when[WHEN_TEXT];
	put(out, "session %llu open since %s", (unsigned long long)content_u64(chart_content(row->item), SESSION_NO, 0),
	    desk_time(d, row->at_ms, when));
}

static void say_order(struct desk *d, const struct agenda_row *row, struct buf *out)
{
	(void)d;
	put(out, "order r%llu not acknowledged", (unsigned long long)row->revision);
}

static void say_supply(struct desk *d, const struct agenda_row *row, struct buf *out)
{
	char unit[TEXT_NUMBER];
	(void)d;
	put(out, "%s mg units: %lld expected, %zu counted", text_number((int64_t)row->unit_mg, 1, unit),
	    (long long)row->expected, row->count);
}

static void say_unread(struct desk *d, const struct agenda_row *row, struct buf *out)
{
	put(out, d->kap->role == ROLE_CLIENT ? "new" : "not opened");
	if (row->soon)
		put(out, " (%zu soon)", row->soon);
}

static void say_shared(struct desk *d, const struct agenda_row *row, struct buf *out)
{
	(void)d;
	put(out, "%zu entr%s", row->count, row->count == 1 ? "y" : "ies");
}

static unsigned long long hours_since(const struct desk *d, uint64_t ms)
{
	uint64_t now = (uint64_t)d->now.s * 1000;
	return now > ms ? (now - ms) / HOUR_MS : 0;
}

static void say_report(struct desk *d, const struct agenda_row *row, struct buf *out)
{
	put(out, "medicine session %llu closed, report not sent (%llu h)",
	    (unsigned long long)content_u64(chart_content(row->item), SESSION_NO, 0), hours_since(d, row->at_ms));
}

static void say_follow_up(struct desk *d, const struct agenda_row *row, struct buf *out)
{
	static const char *const words[] = {
	    [AGENDA_CLEARANCE_ENDS] = "clearance ends",
	    [AGENDA_CLEARANCE_ENDED] = "clearance ended",
	    [AGENDA_ORDER_ENDS] = "order ends",
	    [AGENDA_ORDER_ENDED] = "order ended",
	};
	char day[WHEN_TEXT];
	if (row->detail == AGENDA_NO_REPORT) {
		say_report(d, row, out);
		return;
	}
	put(out, "%s", words[row->detail]);
	if (row->day)
		put(out, " %s", day_of(d, row->day, day));
	else
		put(out, ": all its sessions were held");
}

static void say_asked(struct desk *d, const struct agenda_row *row, struct buf *out)
{
	struct buf text;
	(void)d;
	buf_init(&text, 0);
	const char *words = asking_text(chart_content(row->item), &text);
	text_put_safe(out, words, strlen(words), false);
	buf_wipe(&text);
}

static void say_form(struct desk *d, const struct agenda_row *row, struct buf *out)
{
	(void)d;
	put_field(row->item, FORM_TITLE, out);
}

static void say_plan(struct desk *d, const struct agenda_row *row, struct buf *out)
{
	(void)row;
	put(out, "your safety plan: %s plan", d->kap->title);
}

static void say_unchecked(struct desk *d, const struct agenda_row *row, struct buf *out)
{
	(void)d;
	put(out, "colleague%s with whom you compared no words", row->count == 1 ? "" : "s");
}

static void say_stopped(struct desk *d, const struct agenda_row *row, struct buf *out)
{
	(void)d;
	put(out, "%s: keys were replaced, or words differed", row->about->name);
}

static void say_team(struct desk *d, const struct agenda_row *row, struct buf *out)
{
	(void)d;
	put(out, "%s has no %s now", row->about->name, role_name((enum role)row->role));
}

static void say_unsent(struct desk *d, const struct agenda_row *row, struct buf *out)
{
	(void)d;
	put(out, "record%s the server has not taken for days", row->count == 1 ? "" : "s");
}

static say *const says[] = {
    [AGENDA_FLAG] = say_flag,       [AGENDA_TAKE_ON] = say_message,     [AGENDA_WAITING] = say_message,
    [AGENDA_TIMER] = say_timer,     [AGENDA_ORDER] = say_order,         [AGENDA_MED] = say_message,
    [AGENDA_SUPPLY] = say_supply,   [AGENDA_MESSAGES] = say_unread,     [AGENDA_SHARED] = say_shared,
    [AGENDA_REPORT] = say_report,   [AGENDA_FOLLOW_UP] = say_follow_up, [AGENDA_ASSIGNMENT] = say_asked,
    [AGENDA_FORM] = say_form,       [AGENDA_PLAN] = say_plan,           [AGENDA_UNCHECKED] = say_unchecked,
    [AGENDA_STOPPED] = say_stopped, [AGENDA_TEAM] = say_team,           [AGENDA_UNSENT] = say_unsent,
};

void today_say_text(struct desk *d, const struct agenda_row *row, struct buf *out)
{
	says[row->what](d, row, out);
}

/* --- how it stands --- */

static void put_number(const struct agenda_row *row, struct buf *out)
{
	const struct care_kind *kind = row->item ? kinds_care(row->item->kind) : NULL;
	if (row->item && row->item->kind == CONTENT_MESSAGE)
		put(out, "inbox %u", row->item->number);
	else if (kind && kind->letter)
		put(out, "%c%u", kind->letter, row->item->number);
}

static void put_ack(struct desk *d, const struct agenda_row *row, struct buf *out)
{
	char when[WHEN_TEXT];
	put(out, " \xc2\xb7 %s", desk_time(d, row->at_ms, when));
	if (row->ack) {
		put(out, " \xc2\xb7 acknowledged by %s %s", row->ack->person->is_self ? "you" : row->ack->person->name,
		    desk_time(d, row->ack->at_ms, when));
		return;
	}
	put(out, " \xc2\xb7 not acknowledged");
	if (row->due_ms)
		put(out, " \xc2\xb7 due %s%s", desk_time(d, row->due_ms, when), row->overdue ? " (past)" : "");
}

static void put_timer(struct desk *d, const struct agenda_row *row, struct buf *out)
{
	static const char *const words[] = {
	    [AGENDA_CHECK] = "check due", [AGENDA_VITALS] = "vitals due", [AGENDA_OBSERVE] = "observe to"};
	char when[WHEN_TEXT];
	if (row->due_ms)
		put(out, " \xc2\xb7 %s %s%s", words[row->detail], desk_time(d, row->due_ms, when),
		    row->overdue ? " (past)" : "");
}

static void put_form(struct desk *d, const struct agenda_row *row, struct buf *out)
{
	char when[WHEN_TEXT];
	if (row->due_ms)
		put(out, "can be signed after %s", desk_time(d, row->due_ms, when));
	else
		put(out, "to read, and to sign if you agree: %s consents", d->kap->title);
}

void today_say_state(struct desk *d, const struct agenda_row *row, struct buf *out)
{
	if (row->what != AGENDA_ORDER && row->what != AGENDA_FORM && row->what != AGENDA_PLAN &&
	    row->what != AGENDA_SUPPLY && row->what != AGENDA_FOLLOW_UP)
		put_number(row, out);
	switch (row->what) {
	case AGENDA_FLAG:
	case AGENDA_TAKE_ON:
	case AGENDA_WAITING:
	case AGENDA_MED:
		put_ack(d, row, out);
		break;
	case AGENDA_TIMER:
		put_timer(d, row, out);
		break;
	case AGENDA_ORDER:
		put(out, "no session can open before: %s order ack CLIENT", d->kap->title);
		break;
	case AGENDA_ASSIGNMENT:
		put(out, " \xc2\xb7 from %s: %s answer %c%u", row->item->author->name, d->kap->title,
		    kinds_care(row->item->kind)->letter, row->item->number);
		break;
	case AGENDA_FORM:
		put_form(d, row, out);
		break;
	case AGENDA_STOPPED:
		put(out, "nothing new is sealed for them before: %s check NAME", d->kap->title);
		break;
	default:
		break;
	}
}
