/* supply: units of a medicine that came, went or were counted, and whether they add up with what was taken in sessions.
 * Nothing is written that would leave less than nothing. */
#include <stdio.h>
#include <string.h>

#include "client/book/dosing.h"
#include "client/book/stock.h"
#include "client/care/look.h"
#include "client/care/order.h"
#include "client/care/supply.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "proto/content.h"
#include "proto/err.h"

#include "client/cmd/desk.h"
#include "client/cmd/form.h"
#include "client/cmd/subject.h"
#include "supply_view.h"

static const struct cmd_option options[] = {
    {"unit-mg", 'm', "MG", "how strong one unit is; the order's unit if you leave it out"},
    {"note", 'n', "TEXT", "a note; stands in the shell's history"},
    {0},
};

/* --- what was typed --- */

static int may_write(struct kap *kap, const struct form *f)
{
	bool count = content_u64(f->content, SUPPLY_TYPE, SUPPLY_COUNT) == SUPPLY_COUNT;
	if (kap->role == ROLE_THERAPIST)
		return kap_fail(kap, KAP_NOT_ALLOWED,
		                "A therapist reads the supply; the prescriber and medical staff write it. Not saved.");
	if (kap->role == ROLE_CLIENT && !count)
		return kap_fail(kap, KAP_NOT_ALLOWED,
		                "You can count what you have (%s supply count UNITS). The clinic writes the rest. Not saved.",
		                kap->title);
	return KAP_OK;
}

/* The order's unit, or the only one there is. */
static int find_strength(struct desk *d, const struct chart *chart, struct form *f)
{
	const char *typed = cmd_opt(d->kap, "unit-mg");
	const struct book_item *order = chart_newest(chart, ORDER_KIND);
	uint64_t known[STOCK_STRENGTHS];
	uint64_t mg = order ? content_u64(chart_content(order), ORDER_UNIT_MG, 0) : 0;
	if (typed)
		return form_set(f, SUPPLY_UNIT_MG, typed);
	if (!mg && stock_strengths(chart, known) == 1)
		mg = known[0];
	if (!mg)
		return kap_fail(d->kap, KAP_INVALID, "How strong is one unit? Say --unit-mg. Not saved.");
	int err = content_set_u64(f->content, SUPPLY_UNIT_MG, mg);
	return err ? kap_fail_err(d->kap, err, f->lost) : KAP_OK;
}

static int fill(struct desk *d, const struct chart *chart, struct form *f, char **words)
{
	const char *note = cmd_opt(d->kap, "note");
	int exit_code = form_set(f, SUPPLY_TYPE, words[0]);
	if (!exit_code)
		exit_code = may_write(d->kap, f);
	if (!exit_code)
		exit_code = form_set(f, SUPPLY_UNITS, words[1]);
	if (!exit_code && note)
		exit_code = form_set(f, SUPPLY_NOTE, note);
	return exit_code ? exit_code : find_strength(d, chart, f);
}

/* --- that nothing is left over or missing --- */

static int check_left(struct desk *d, const struct form *f, const struct stock *s)
{
	uint64_t type = content_u64(f->content, SUPPLY_TYPE, SUPPLY_COUNT);
	int64_t after = stock_after(s, (enum stock_what)type, content_u64(f->content, SUPPLY_UNITS, 0));
	const uint64_t *sums = s->sums;
	if (after >= 0 || after >= s->left)
		return KAP_OK;
	return kap_fail(
	    d->kap, KAP_INVALID,
	    "That would leave %lld. There are %lld: %llu dispensed, %llu wasted, %llu returned, %llu lost, %llu "
	    "taken in sessions. Not saved.",
	    (long long)after, (long long)s->left, (unsigned long long)sums[STOCK_DISPENSED],
	    (unsigned long long)sums[STOCK_WASTED], (unsigned long long)sums[STOCK_RETURNED],
	    (unsigned long long)sums[STOCK_LOST], (unsigned long long)sums[STOCK_TAKEN]);
}

static int check(struct desk *d, const struct chart *chart, const struct form *f, int64_t *left)
{
	struct stock s;
	int err = stock_load(chart, content_u64(f->content, SUPPLY_UNIT_MG, 0), &s);
	int exit_code = err ? kap_fail_err(d->kap, err, f->lost) : KAP_OK;
	/* a client's device knows no dose, and a client only counts */
	if (!err && d->kap->role != ROLE_CLIENT)
		exit_code = check_left(d, f, &s);
	*left = stock_after(&s, (enum stock_what)content_u64(f->content, SUPPLY_TYPE, SUPPLY_COUNT),
	                    content_u64(f->content, SUPPLY_UNITS, 0));
	stock_free(&s);
	return exit_code;
}

/* What was just written is compared with the rest: by a fresh look at everything. */
static int compare(struct desk *d, const char *client)
{
	struct kap *kap = d->kap;
	struct chart chart;
	unsigned flagged;
	desk_close(d);
	int exit_code = desk_open(kap, d);
	if (!exit_code)
		exit_code = subject_client(d, client, &chart);
	return exit_code ? exit_code : supply_view_compare(d, &chart, &flagged);
}

static int save(struct desk *d, const struct chart *chart, struct form *f, const char *client)
{
	char unit[TEXT_NUMBER];
	int64_t left;
	int exit_code = check(d, chart, f, &left);
	if (!exit_code)
		exit_code = subject_write(d, f, chart, NULL);
	if (exit_code)
		return exit_code;
	text_number(content_i64(f->content, SUPPLY_UNIT_MG, 0), 1, unit);
	if (d->kap->role == ROLE_CLIENT) {
		out_say(d->kap->out, "Saved. Your care team can read your count.");
	} else {
		out_int(d->kap->out, "left", NULL, left);
		out_say(d->kap->out, "Saved. %lld units of %s mg are left. %s", (long long)left, unit, SUPPLY_VIEW_NO_RECORD);
	}
	exit_code = compare(d, client);
	return exit_code ? exit_code : desk_send(d);
}

/* --- the command --- */

static int write_one(struct desk *d, const struct chart *chart, char **words, const char *client)
{
	struct form f;
	if (d->kap->role == ROLE_CLIENT && dosing_is_open(chart, (uint64_t)d->now.s * 1000))
		return kap_fail(d->kap, KAP_NOT_ALLOWED, "A session is open. Count afterwards. Not saved.");
	int exit_code = form_init(&f, d->kap, &care_supply, NULL);
	if (!exit_code)
		exit_code = fill(d, chart, &f, words);
	if (!exit_code)
		exit_code = save(d, chart, &f, client);
	form_wipe(&f);
	return exit_code;
}

static int show(struct desk *d, const struct chart *chart)
{
	unsigned flagged;
	int exit_code = supply_view_show(d, chart, &flagged);
	return exit_code || !flagged ? exit_code : desk_send(d);
}

static int run(struct kap *kap, int argc, char **argv)
{
	bool named = kap->role != ROLE_CLIENT;
	struct chart chart;
	struct desk d;
	if (argc != named && argc != named + 2)
		return kap_fail(kap, KAP_USAGE,
		                named ? "It is: %s supply CLIENT [WHAT UNITS]" : "It is: %s supply [count UNITS]", kap->title);
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = subject_client(&d, named ? argv[0] : NULL, &chart);
	if (!exit_code)
		exit_code = argc > named ? write_one(&d, &chart, argv + named, named ? argv[0] : NULL) : show(&d, &chart);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_supply = {
    .name = "supply",
    .args = "[CLIENT] [dispensed|wasted|returned|lost|count UNITS]",
    .summary = "units of a medicine that came, went or were counted",
    .about = "What was taken is read from the sessions and never typed twice. A client writes counts only. "
             "A clinical aid, not a DEA record.",
    .example = "kap supply jo dispensed 12",
    .options = options,
    .roles = CMD_CLIENT | CMD_CLINICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .max_args = 3,
    .run = run,
};
