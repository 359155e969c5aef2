/* session_precheck: see session_precheck.h. */
#include "session_precheck.h"

#include <stdio.h>
#include <string.h>

#include "client/care/event.h"
#include "client/care/limits.h"
#include "client/care/order.h"
#include "client/care/session.h"
#include "proto/buf.h"
#include "proto/content.h"

#include "client/cmd/form.h"
#include "vitals.h"

#define QUESTION_MAX 320
#define FIRST_FIELD 3 /* bits below it are those of the header */

/* Answers that are red, each one bit from FIRST_FIELD on. */
static const struct red {
	uint32_t key;
	uint64_t from, to; /* values that are red; a yes or no is 1 or 0 */
	bool urgent;
	const char *said;
} reds[] = {
    {SESSION_NEW_MEDS, 1, 1, false, "new medicines"},
    {SESSION_ALCOHOL, 1, 1, false, "alcohol in 24 h"},
    {SESSION_CANNABIS, 1, 1, false, "cannabis in 24 h"},
    {SESSION_SI, SESSION_SI_PASSIVE, SESSION_SI_PASSIVE, false, "passive thoughts of suicide"},
    {SESSION_SI, SESSION_SI_ACTIVE, SESSION_SI_ACTIVE, true, "thoughts of suicide, no plan"},
    {SESSION_SI, SESSION_SI_DECLINED, SESSION_SI_DECLINED, false, "thoughts of suicide: declined to say"},
    {SESSION_ELEVATED, 1, 1, true, "signs of elevated mood"},
    {SESSION_PSYCHOSIS, 1, 1, true, "signs of psychosis"},
    {SESSION_URINARY, 1, 1, false, "urinary symptoms"},
    {SESSION_PREGNANT, 0, 0, false, "pregnancy possible"},
};
#define REDS (sizeof(reds) / sizeof(reds[0]))
#define RED_FOOD (1u << (FIRST_FIELD + REDS))

static bool is_red(const struct red *row, const struct content *c)
{
	if (!content_has(c, row->key))
		return false;
	uint64_t value = content_u64(c, row->key, content_bool(c, row->key, false));
	return value >= row->from && value <= row->to;
}

/* The order's hours without food. */
static bool ate_late(const struct content *answers, const struct content *ordered)
{
	return content_has(answers, SESSION_FOOD) && ordered && content_has(ordered, ORDER_FASTING) &&
	       content_u64(answers, SESSION_FOOD, 0) < content_u64(ordered, ORDER_FASTING, 0) * 100;
}

/* The limits for starting; where the order has none of them, those to act at count before as well. */
static struct limits before_start(const struct content *vitals, const struct content *ordered)
{
	struct limits l = limits_start(vitals, ordered);
	return l.state == EVENT_WITHIN ? limits_during(vitals, ordered) : l;
}

unsigned session_precheck_red(const struct content *answers, const struct content *vitals,
                              const struct content *ordered)
{
	unsigned red = 0;
	if (content_u64(answers, SESSION_SI, SESSION_SI_NO) == SESSION_SI_PLAN)
		red |= SESSION_RED_PLAN;
	if (!vitals || !vitals_any(vitals))
		red |= SESSION_RED_UNREAD;
	else if (ordered && before_start(vitals, ordered).state != EVENT_WITHIN)
		red |= SESSION_RED_VITALS;
	for (size_t i = 0; i < REDS; i++)
		if (is_red(&reds[i], answers))
			red |= 1u << (FIRST_FIELD + i);
	return red | (ate_late(answers, ordered) ? RED_FOOD : 0);
}

static void add(struct buf *out, const char *said)
{
	session_put(out, "%s%s", out->len ? ", " : "", said);
}

void session_precheck_put(unsigned red, const struct content *vitals, const struct content *ordered, struct buf *out)
{
	struct buf list;
	buf_init(&list, 0);
	if (red & SESSION_RED_PLAN)
		add(&list, "a plan or intent of suicide");
	for (size_t i = 0; i < REDS; i++)
		if (red & 1u << (FIRST_FIELD + i))
			add(&list, reds[i].said);
	if (red & RED_FOOD)
		add(&list, "food later than the order's fasting");
	if (red & SESSION_RED_UNREAD)
		add(&list, "no vitals");
	if (red & SESSION_RED_VITALS) {
		struct limits l = before_start(vitals, ordered);
		add(&list, l.state == EVENT_ABOVE ? "vitals not below " : "vitals not above ");
		session_put(&list, "%s", l.text);
	}
	buf_put(out, list.data, list.len);
	buf_wipe(&list);
}

bool session_precheck_urgent(unsigned red)
{
	bool urgent = red & SESSION_RED_PLAN;
	for (size_t i = 0; i < REDS; i++)
		urgent = urgent || (reds[i].urgent && red & 1u << (FIRST_FIELD + i));
	return urgent;
}

/* --- asking --- */

static void put_field(const struct content *c, uint32_t key, const char *before, const char *after, struct buf *out)
{
	size_t len = 0;
	const char *text = content_str(c, key, &len);
	if (text)
		session_put(out, "%s%.*s%s", before, (int)len, text, after);
}

static int copy(struct form *f, const struct content *from, uint32_t key)
{
	size_t len = 0;
	const char *text = content_str(from, key, &len);
	int err = text ? content_set_str(f->content, key, text, len) : 0;
	return err ? kap_fail_err(f->kap, err, f->lost) : KAP_OK;
}

/* "Chaperone Maya (sister) 555-0182 confirmed?": the one of the session before, or another. */
static int ask_same(struct form *f, const struct content *last)
{
	static const uint32_t keys[] = {SESSION_CHAPERONE, SESSION_CHAPERONE_ROLE, SESSION_CHAPERONE_PHONE};
	struct buf question;
	buf_init(&question, 0);
	put_field(last, SESSION_CHAPERONE, "Chaperone ", "", &question);
	put_field(last, SESSION_CHAPERONE_ROLE, " (", ")", &question);
	put_field(last, SESSION_CHAPERONE_PHONE, " ", "", &question);
	session_put(&question, " confirmed? ");
	buf_put_u8(&question, 0);
	int exit_code = form_ask_as(f, SESSION_CHAPERONE_OK, (const char *)question.data);
	for (size_t i = 0; !exit_code && content_bool(f->content, SESSION_CHAPERONE_OK, false) && i < 3; i++)
		exit_code = copy(f, last, keys[i]);
	if (!exit_code && !content_has(f->content, SESSION_CHAPERONE))
		content_drop(f->content, SESSION_CHAPERONE_OK);
	buf_wipe(&question);
	return exit_code;
}

static int ask_chaperone(struct form *f, const struct content *last)
{
	int exit_code = KAP_OK;
	if (last && content_has(last, SESSION_CHAPERONE) && !content_has(f->content, SESSION_CHAPERONE))
		exit_code = ask_same(f, last);
	if (exit_code || content_has(f->content, SESSION_CHAPERONE_OK))
		return exit_code;
	exit_code = form_ask_as(f, SESSION_CHAPERONE, "Chaperone's name (Enter: none)? ");
	if (exit_code || !content_has(f->content, SESSION_CHAPERONE))
		return exit_code;
	exit_code = form_ask_as(f, SESSION_CHAPERONE_ROLE, "Chaperone is (such as sister)? ");
	if (!exit_code)
		exit_code = form_ask_as(f, SESSION_CHAPERONE_PHONE, "Chaperone's phone? ");
	return exit_code ? exit_code : form_ask_as(f, SESSION_CHAPERONE_OK, "Chaperone confirmed? ");
}

/* "Ride: same? y", or who it is. */
static int ask_ride(struct form *f)
{
	size_t len = 0;
	bool has_chaperone = content_has(f->content, SESSION_CHAPERONE);
	int exit_code =
	    form_ask_as(f, SESSION_RIDE, has_chaperone ? "Ride: same? " : "Ride home with (Enter: not known)? ");
	const char *typed = content_str(f->content, SESSION_RIDE, &len);
	if (exit_code || !typed || !form_asks(f))
		return exit_code;
	bool same = has_chaperone && len <= 3 && (*typed == 'y' || *typed == 'Y');
	bool none = len <= 2 && (*typed == 'n' || *typed == 'N');
	if (none) {
		content_drop(f->content, SESSION_RIDE);
		return form_ask_as(f, SESSION_RIDE, "Ride home with (Enter: not known)? ");
	}
	if (same) {
		const char *name = content_str(f->content, SESSION_CHAPERONE, &len);
		char ride[324];
		snprintf(ride, sizeof(ride), "%.*s", (int)len, name ? name : "");
		exit_code = form_set(f, SESSION_RIDE, ride);
	}
	int err = exit_code ? 0 : content_set_bool(f->content, SESSION_RIDE_OK, true);
	return err ? kap_fail_err(f->kap, err, f->lost) : exit_code;
}

/* One question for both; a yes is taken apart. */
static int ask_substances(struct form *f)
{
	if (content_has(f->content, SESSION_ALCOHOL) || content_has(f->content, SESSION_CANNABIS))
		return KAP_OK;
	int exit_code = form_ask_as(f, SESSION_ALCOHOL, "alcohol/cannabis 24 h? ");
	if (exit_code || !content_has(f->content, SESSION_ALCOHOL))
		return exit_code;
	if (content_bool(f->content, SESSION_ALCOHOL, false)) {
		content_drop(f->content, SESSION_ALCOHOL);
		exit_code = form_ask_as(f, SESSION_ALCOHOL, "alcohol? ");
		return exit_code ? exit_code : form_ask_as(f, SESSION_CANNABIS, "cannabis? ");
	}
	int err = content_set_bool(f->content, SESSION_CANNABIS, false);
	return err ? kap_fail_err(f->kap, err, f->lost) : KAP_OK;
}

static int ask_questions(struct form *f, struct desk *d, const struct content *last)
{
	static const struct {
		uint32_t key;
		const char *question;
	} rest[] = {
	    {SESSION_SLEEP, "slept h? "},
	    {SESSION_FOOD, "food h? "},
	    {SESSION_SI, "thoughts of suicide today? 0 no 1 passive 2 active,no plan 3 plan/intent 9 declined > "},
	    {SESSION_ELEVATED, "much more energy, less sleep, racing thoughts, grand plans (any)? "},
	    {SESSION_PSYCHOSIS, "hearing or seeing things, being watched (any, not expected)? "},
	    {SESSION_URINARY, "burning or frequent urination? "},
	    {SESSION_PREGNANT, "pregnancy possible (yes, no, na, declined)? "},
	    {SESSION_CONSENT, "consent still given? "},
	};
	char question[QUESTION_MAX], date[WHEN_TEXT], *day = NULL;
	uint64_t opened = last ? content_u64(last, SESSION_OPENED_AT, 0) : 0;
	struct when at = desk_when(opened);
	if (opened)
		day = strchr(when_date(&at, &d->now, date), ' ');
	snprintf(question, sizeof(question), "Pre-check  new medicines since %s? ", day ? day + 1 : "the last session");
	int exit_code = form_ask_as(f, SESSION_NEW_MEDS, question);
	if (!exit_code)
		exit_code = ask_substances(f);
	for (size_t i = 0; !exit_code && i < sizeof(rest) / sizeof(rest[0]); i++)
		exit_code = form_ask_as(f, rest[i].key, rest[i].question);
	return exit_code;
}

int session_precheck_ask(struct form *f, struct desk *d, const struct book_item *last)
{
	static const uint32_t needed[] = {
	    SESSION_NEW_MEDS,  SESSION_ALCOHOL, SESSION_CANNABIS, SESSION_SI, SESSION_ELEVATED,
	    SESSION_PSYCHOSIS, SESSION_URINARY, SESSION_CONSENT,  0,
	};
	const struct content *before = last ? chart_content(last) : NULL;
	int exit_code = ask_chaperone(f, before);
	if (!exit_code)
		exit_code = ask_ride(f);
	if (!exit_code)
		exit_code = ask_questions(f, d, before);
	return exit_code ? exit_code : form_need(f, needed);
}
