/* session_dose: a dose as it was taken: how much, by which route, in how many units. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/care/event.h"
#include "client/care/kinds.h"
#include "client/care/order.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "proto/buf.h"
#include "proto/content.h"

#include "client/cmd/form.h"
#include "session.h"
#include "session_doubt.h"

static const struct cmd_option options[] = {
    {"hold", 'H', "MIN", "minutes it was held in the mouth"},
    {"units", 'u', "N", "how many units it was"},
    {"route", 'r', "ROUTE", "sl, oral, im, in, sc or iv, if not the order's"},
    {"booster", 'b', NULL, "it is the order's booster"},
    SESSION_CONFIRM,
    SESSION_AT,
    FORM_OPTIONS,
    {0},
};

struct typed {
	char amount[24], unit[8];
	const char *route;
};

static bool is_route(const char *word)
{
	for (size_t i = 0; order_routes[i]; i++)
		if (strcmp(order_routes[i], word) == 0)
			return true;
	return false;
}

/* "300mg", "300 mg", "4 g": the number and the letters behind it, wherever the space is. */
static int split(struct kap *kap, int argc, char **argv, struct typed *t)
{
	size_t digits = strspn(argv[0], "-0123456789.,");
	const char *unit = argv[0] + digits;
	int at = 1;
	if (!*unit && argc > 1 && !is_route(argv[1]) && strlen(argv[1]) < sizeof(t->unit) && argc > at)
		unit = argv[at++];
	snprintf(t->amount, sizeof(t->amount), "%.*s", (int)digits, argv[0]);
	snprintf(t->unit, sizeof(t->unit), "%s", unit);
	t->route = at < argc ? argv[at++] : cmd_opt(kap, "route");
	if (t->route && !is_route(t->route))
		return kap_fail(kap, KAP_INVALID, "\"%.20s\" is no route: sl, oral, im, in, sc or iv. Not saved.", t->route);
	if (at < argc || !digits || digits >= sizeof(t->amount) || strlen(unit) >= sizeof(t->unit))
		return kap_fail(kap, KAP_INVALID,
		                "Dose is milligrams and a route, such as `%s session dose jo 300mg sl`. Not saved.",
		                kap->title);
	return KAP_OK;
}

/* Grams and micrograms are never converted in silence. */
static int check_unit(struct kap *kap, const struct typed *t)
{
	char mg[32], *end;
	if (!*t->unit || strcasecmp(t->unit, "mg") == 0)
		return KAP_OK;
	double grams = strtod(t->amount, &end);
	if (strcasecmp(t->unit, "g") != 0 || *end)
		return kap_fail(kap, KAP_INVALID,
		                "Dose is in milligrams, not \"%s %s\". Type the milligrams, e.g. 400. Not saved.", t->amount,
		                t->unit);
	snprintf(mg, sizeof(mg), "%.10g", grams * 1000);
	return kap_fail(kap, KAP_INVALID,
	                "Dose is in milligrams. \"%s %s\" = %s mg%s. Type the milligrams, e.g. %s. Not saved.", t->amount,
	                t->unit, mg, grams > 1 ? " is above 1000 mg" : "", grams > 1 ? "400" : mg);
}

/* Units as they were typed, or as the order's unit makes them. */
static int set_units(struct session_desk *sd, struct form *f)
{
	uint64_t mg = content_u64(f->content, EVENT_MG, 0);
	uint64_t unit = sd->s->ordered ? content_u64(sd->s->ordered, ORDER_UNIT_MG, 0) : 0;
	uint64_t units = content_u64(f->content, EVENT_UNITS, 0);
	char text[48];
	if (!units && (!unit || mg % unit || mg / unit > 20))
		return KAP_OK;
	units = units ? units : mg / unit;
	unit = mg / units;
	if (mg % units)
		return kap_fail(f->kap, KAP_INVALID, "%s cannot be %" PRIu64 " equal units. %s", session_mg(mg, text), units,
		                f->lost);
	int err = content_set_u64(f->content, EVENT_UNITS, units);
	if (!err)
		err = content_set_u64(f->content, EVENT_UNIT_MG, unit);
	return err ? kap_fail_err(f->kap, err, f->lost) : KAP_OK;
}

static int set_route(struct session_desk *sd, struct form *f, const struct typed *t)
{
	const struct content *ordered = sd->s->ordered;
	int err = 0;
	if (t->route)
		return form_set(f, EVENT_ROUTE, t->route);
	if (content_has(f->content, EVENT_ROUTE))
		return KAP_OK;
	if (!ordered)
		return kap_fail(f->kap, KAP_INVALID, "By which route: sl, oral, im, in, sc or iv? Not saved.");
	err = content_set_u64(f->content, EVENT_ROUTE, content_u64(ordered, ORDER_ROUTE, ORDER_SL));
	return err ? kap_fail_err(f->kap, err, f->lost) : KAP_OK;
}

static int fill(struct session_desk *sd, struct form *f, int argc, char **argv)
{
	static const uint32_t drug_default = ORDER_KETAMINE;
	struct kap *kap = sd->d.kap;
	struct typed t;
	int exit_code = split(kap, argc, argv, &t);
	if (!exit_code)
		exit_code = check_unit(kap, &t);
	if (!exit_code)
		exit_code = form_options(f);
	if (!exit_code)
		exit_code = form_set(f, EVENT_MG, t.amount);
	if (!exit_code)
		exit_code = set_route(sd, f, &t);
	if (!exit_code && cmd_opt(kap, "hold"))
		exit_code = form_set(f, EVENT_HOLD_MIN, cmd_opt(kap, "hold"));
	if (!exit_code && cmd_opt(kap, "units"))
		exit_code = form_set(f, EVENT_UNITS, cmd_opt(kap, "units"));
	if (!exit_code)
		exit_code = set_units(sd, f);
	if (exit_code)
		return exit_code;
	int err = content_set_u64(f->content, EVENT_WHAT, cmd_flag(kap, "booster") ? EVENT_BOOSTER : EVENT_DOSE);
	if (!err && !content_has(f->content, EVENT_DRUG))
		err = content_set_u64(f->content, EVENT_DRUG,
		                      sd->s->ordered ? content_u64(sd->s->ordered, ORDER_DRUG, drug_default) : drug_default);
	if (!err && sd->s->ordered)
		err = content_set_u64(f->content, EVENT_ORDER_REV, sd->s->order_rev);
	return err ? kap_fail_err(kap, err, f->lost) : KAP_OK;
}

static void put_route(const struct content *c, struct buf *out)
{
	for (const char *p = order_routes[content_u64(c, EVENT_ROUTE, ORDER_SL)]; *p; p++)
		buf_put_u8(out, (uint8_t)toupper((unsigned char)*p));
}

/* "2:07 pm · 300 mg SL (3 x 100) · order max 300. Recorded." */
static void say(struct session_desk *sd, const struct content *c, const struct session_write *w, int sent)
{
	uint64_t units = content_u64(c, EVENT_UNITS, 0);
	char text[TEXT_NUMBER], mg[48], clock[WHEN_TEXT];
	struct buf line;
	buf_init(&line, 0);
	session_put(&line, "%s \xc2\xb7 %s ", session_clock(w->at_ms, clock), session_mg(content_u64(c, EVENT_MG, 0), mg));
	put_route(c, &line);
	if (units)
		session_put(&line, " (%" PRIu64 " x %s)", units, text_number(content_i64(c, EVENT_UNIT_MG, 0), 1, text));
	if (sd->s->mg)
		session_put(&line, " \xc2\xb7 %s in all", session_mg(sd->s->mg + content_u64(c, EVENT_MG, 0), mg));
	if (sd->s->ordered)
		session_put(&line, " \xc2\xb7 %sorder max %s", w->n_flags ? "ABOVE " : "",
		            text_number(content_i64(sd->s->ordered, ORDER_MAX_MG, 0), 1, text));
	session_put(&line, ". Recorded.");
	out_number(sd->d.kap->out, "mg", NULL, &(struct out_amount){content_i64(c, EVENT_MG, 0), 1, NULL});
	out_number(sd->d.kap->out, "mg-in-session", NULL,
	           &(struct out_amount){(int64_t)sd->s->mg + content_i64(c, EVENT_MG, 0), 1, NULL});
	if (w->n_flags)
		session_put_told(sd, sent, "told", &line);
	if (!sd->s->doses) {
		sd->s->first_dose_ms = w->at_ms;
		session_put_timers(sd->s, &line);
	}
	session_say(sd, &line);
}

static int record(struct session_desk *sd, struct form *f)
{
	struct session_write w = {.event = f->content, .summary = true};
	int exit_code = session_when(sd, &w.at_ms, &w.offset);
	if (!exit_code)
		exit_code = session_doubt(sd, f, NULL, w.at_ms, &w);
	if (!exit_code)
		exit_code = session_save(sd, &w, f->lost);
	if (exit_code)
		return exit_code;
	exit_code = desk_send(&sd->d);
	say(sd, f->content, &w, exit_code);
	return exit_code;
}

static int run(struct kap *kap, int argc, char **argv)
{
	return session_event(kap, argc, argv, fill, record);
}

const struct cmd cmd_session_dose = {
    .name = "session dose",
    .args = "CLIENT MILLIGRAMS [ROUTE]",
    .summary = "record a dose that was taken",
    .about = "What is over the order, or is not plausible, is asked for once: with --confirm and the reason it is "
             "recorded, and the prescriber told.",
    .example = "kap session dose jo 300mg sl --hold 12",
    .options = options,
    .roles = CMD_THERAPIST | CMD_MEDICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 2,
    .max_args = 4,
    .run = run,
};
