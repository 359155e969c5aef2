/* order: what a prescriber orders for a client's sessions, and reading it. An edit shows what it changes, must add up,
 * and is unacknowledged by everybody. */
#include <stdio.h>
#include <string.h>

#include "client/book/write_care.h"
#include "client/book/gate.h"
#include "client/care/look.h"
#include "client/care/order.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/text.h"
#include "proto/content.h"
#include "proto/err.h"

#include "client/cmd/desk.h"
#include "client/cmd/form.h"
#include "order_view.h"
#include "client/cmd/subject.h"
#include "tell.h"

#define DAY_S 86400

static const struct cmd_option options[] = {
    {"edit", 'e', NULL, "write the next revision (prescribers)"},
    FORM_OPTIONS,
    {0},
};

static const uint32_t asked[] = {ORDER_DRUG,          ORDER_ROUTE,        ORDER_UNIT_MG,     ORDER_UNITS,
                                 ORDER_BOOSTER_UNITS, ORDER_BOOSTER_FROM, ORDER_BOOSTER_TO,  ORDER_MAX_MG,
                                 ORDER_SESSIONS,      ORDER_MIN_DAYS,     ORDER_PRE_SYS,     ORDER_PRE_DIA,
                                 ORDER_PRE_HR,        ORDER_PRE_SYS_MIN,  ORDER_PRE_DIA_MIN, ORDER_PRE_HR_MIN,
                                 ORDER_ACT_SYS,       ORDER_ACT_DIA,      ORDER_ACT_HR,      ORDER_ACT_SPO2,
                                 ORDER_RETAKE,        ORDER_CHECK_EVERY,  ORDER_SCHEDULE,    ORDER_OBSERVE,
                                 ORDER_FASTING,       ORDER_HOLDS,        ORDER_VALID_UNTIL, 0};

/* --- what does not add up, in words --- */

static int say_over(struct form *f)
{
	const struct content *c = f->content;
	char unit[TEXT_NUMBER], total[TEXT_NUMBER], most[TEXT_NUMBER], booster[48] = "";
	unsigned long long extra = content_u64(c, ORDER_BOOSTER_UNITS, 0), units = content_u64(c, ORDER_UNITS, 0);
	if (extra)
		snprintf(booster, sizeof(booster), " and a booster of %llu", extra);
	return kap_fail(f->kap, KAP_INVALID, "%llu x %s mg%s make %s mg, more than the most in a session (%s mg). %s",
	                units, text_number(content_i64(c, ORDER_UNIT_MG, 0), 1, unit), booster,
	                text_number((int64_t)order_total(c), 1, total),
	                text_number(content_i64(c, ORDER_MAX_MG, 0), 1, most), f->lost);
}

static int say_no_spray(struct form *f)
{
	const struct content *c = f->content;
	char unit[TEXT_NUMBER], mg[TEXT_NUMBER];
	uint64_t units = content_u64(c, ORDER_UNITS, 0), unit_mg = content_u64(c, ORDER_UNIT_MG, 0);
	return kap_fail(
	    f->kap, KAP_INVALID,
	    "Esketamine is 28, 56 or 84 mg in a session; %llu x %s mg make %s mg. For anything else the medicine "
	    "is \"other\". %s",
	    (unsigned long long)units, text_number((int64_t)unit_mg, 1, unit),
	    text_number((int64_t)(units * unit_mg), 1, mg), f->lost);
}

static int say_fault(struct form *f, enum order_fault fault)
{
	unsigned long long from = content_u64(f->content, ORDER_BOOSTER_FROM, 0);
	unsigned long long to = content_u64(f->content, ORDER_BOOSTER_TO, 0);
	switch (fault) {
	case ORDER_FITS:
		return KAP_OK;
	case ORDER_LACKS:
		return form_need(f, order_needed);
	case ORDER_OVER_MAX:
		return say_over(f);
	case ORDER_NO_SPRAY:
		return say_no_spray(f);
	case ORDER_NO_BOOSTER:
		return kap_fail(f->kap, KAP_INVALID, "There are times for a booster, but no booster units. %s", f->lost);
	case ORDER_BOOSTER_ENDS_FIRST:
		return kap_fail(f->kap, KAP_INVALID, "The booster ends (%llu min) before it begins (%llu min). %s", to, from,
		                f->lost);
	case ORDER_LIMITS_CROSS:
		return kap_fail(f->kap, KAP_INVALID,
		                "No value can be below the upper and above the lower limit for starting. %s", f->lost);
	default:
		return kap_fail(f->kap, KAP_INVALID, "The minutes of vitals go up, each once, like 0,40,120. %s", f->lost);
	}
}

static int check(const struct desk *d, struct form *f)
{
	uint64_t until = content_u64(f->content, ORDER_VALID_UNTIL, UINT64_MAX);
	char day[WHEN_TEXT];
	if (until < gate_today((uint64_t)d->now.s * 1000, d->now.offset_min))
		return kap_fail(d->kap, KAP_INVALID, "Valid until %s lies in the past. %s",
		                when_date(&(struct when){(int64_t)until * DAY_S, 0}, NULL, day), f->lost);
	return say_fault(f, order_find_fault(f->content));
}

/* --- writing --- */

/* 1 yes, 0 no, below zero: nobody can be asked. What came by --set without a terminal was said on purpose. */
static int confirm(struct form *f, size_t revision)
{
	char question[64];
	if (!form_asks(f) && !prompt_interactive(f->kap->prompt))
		return 1;
	snprintf(question, sizeof(question), "  Save as order r%zu?", revision);
	return prompt_yes(f->kap->prompt, question);
}

static int say_saved(struct desk *d, const struct person *client, size_t revision)
{
	const struct person *team[TELL_MAX];
	char names[TELL_NAMES];
	size_t n = tell_team(d, client, KINDS_T, team);
	out_int(d->kap->out, "revision", NULL, (int64_t)revision);
	out_say(d->kap->out, "Saved. %s must acknowledge before the next session can open. %s can read it in plain words.",
	        tell_names(team, n, "Whoever opens a session", names), client->name);
	return desk_send(d);
}

static int save(struct desk *d, struct form *f, const struct chart *chart, const struct book_item *mine,
                const struct content *old)
{
	size_t revision = mine ? chart_revision(mine) + 1 : 1;
	if (old && order_view_same(d, f->content, old)) {
		out_say(d->kap->out, "Nothing is different. Nothing was saved.");
		return KAP_OK;
	}
	order_view_lines(d, f->content, old);
	out_show(d->kap->out);
	int yes = confirm(f, revision);
	if (yes < 0)
		return kap_fail(d->kap, KAP_INVALID, "An order needs your yes. Run it at a terminal, or say --yes. %s",
		                f->lost);
	if (!yes) {
		out_say(d->kap->out, "Not saved.");
		return KAP_OK;
	}
	int exit_code = subject_write(d, f, chart, &(struct write_care){.revises = mine});
	return exit_code ? exit_code : say_saved(d, chart->client, revision);
}

static int keep_mine(void *arg, const struct book_item *item)
{
	const struct book_item **mine = arg;
	if (item->author->is_self)
		*mine = item;
	return 0;
}

static int edit(struct desk *d, const struct chart *chart)
{
	const struct book_item *newest = chart_newest(chart, ORDER_KIND), *mine = NULL;
	struct form f;
	(void)chart_each(chart, ORDER_KIND, keep_mine, &mine);
	int exit_code = form_init(&f, d->kap, &care_order, newest);
	if (!exit_code)
		exit_code = form_options(&f);
	if (!exit_code)
		exit_code = form_change(&f, asked);
	if (!exit_code)
		exit_code = check(d, &f);
	if (!exit_code)
		exit_code = save(d, &f, chart, mine, newest ? chart_content(newest) : NULL);
	form_wipe(&f);
	return exit_code;
}

/* --- reading --- */

static int show(struct desk *d, const struct chart *chart)
{
	const struct book_item *order = chart_newest(chart, ORDER_KIND);
	if (order) {
		order_view_show(d, order);
		return KAP_OK;
	}
	if (d->kap->role == ROLE_PRESCRIBER)
		out_say(d->kap->out, "There is no order for %s yet. `%s order NAME --edit` writes one.", chart->client->name,
		        d->kap->title);
	else
		out_say(d->kap->out, "There is no order yet.");
	return KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct chart chart;
	struct desk d;
	bool writes = cmd_flag(kap, "edit") || cmd_flag(kap, "set");
	if (writes && kap->role != ROLE_PRESCRIBER)
		return kap_fail(kap, KAP_NOT_ALLOWED, "Only a prescriber writes orders. Nothing was saved.");
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = subject_client(&d, argc ? argv[0] : NULL, &chart);
	if (!exit_code)
		exit_code = writes ? edit(&d, &chart) : show(&d, &chart);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_order = {
    .name = "order",
    .args = "[CLIENT]",
    .summary = "the order for a client's medicine sessions",
    .about = "A prescriber writes it. Each revision must be acknowledged (`kap order ack CLIENT`) by whoever opens a "
             "session.",
    .example = "kap order jo --edit",
    .options = options,
    .roles = CMD_CLIENT | CMD_CLINICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .max_args = 1,
    .run = run,
};
