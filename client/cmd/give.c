/* give: gives entries to the clinic's record: a copy stays there for good. Says so first, and wants it typed. */
#include <stdio.h>

#include "client/book/gift.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "proto/attachment.h"
#include "proto/err.h"
#include "proto/role.h"

#include "desk.h"
#include "pick.h"
#include "resting.h"

static const char nothing[] = "Nothing was given.";

static const struct cmd_option options[] = {
    {"with", 'w', "NAME,...", "who is to have it for the record, from your care team"},
    {0},
};

struct giving {
	struct pick pick;
	const struct person *with[PICK_PEOPLE];
	size_t n, given;
};

static int give_all(struct write_ctx *ctx, void *arg)
{
	struct giving *g = arg;
	g->given = 0;
	for (size_t i = 0; i < g->pick.n; i++) {
		int err = write_give(ctx, g->pick.items[i], g->with, g->n);
		if (err && err != ERR_EXISTS)
			return err;
		g->given += !err;
	}
	return g->given ? 0 : ERR_EXISTS;
}

static bool has_files(const struct giving *g)
{
	for (size_t i = 0; i < g->pick.n; i++)
		if (attachment_count(book_head(g->pick.items[i])->content))
			return true;
	return false;
}

/* 1 yes, 0 no, or an error when nobody can be asked. --yes does not answer it. */
static int confirm(struct desk *d, const struct giving *g)
{
	struct out *out = d->kap->out;
	bool one = g->pick.n == 1;
	char question[128];
	for (size_t i = 0; i < g->n; i++)
		out_line(out, "  %s (%s) will have %s for the clinic's record.", g->with[i]->name,
		         role_name((enum role)g->with[i]->role), one ? "this entry" : "these entries");
	out_line(out, "  A copy becomes part of your clinic record. The therapists on your team can");
	out_line(out, "  read it there. It cannot be taken back, and the clinic must keep it for years.");
	out_line(out, "  Later changes you make do not change that copy.");
	if (has_files(g))
		out_line(out, "  Attached files are shown, and not copied.");
	out_show(out);
	if (one)
		snprintf(question, sizeof(question), "  Give entry %u? Type give: ", g->pick.items[0]->number);
	else
		snprintf(question, sizeof(question), "  Give %zu entries? Type give: ", g->pick.n);
	return prompt_word(d->kap->prompt, question, "give");
}

static int give_picked(struct desk *d, struct giving *g)
{
	int yes = confirm(d, g);
	if (yes < 0)
		return kap_fail(d->kap, KAP_INVALID,
		                "Giving cannot be undone, so it needs the word \"give\" typed at a terminal. %s", nothing);
	if (!yes) {
		out_say(d->kap->out, "%s", nothing);
		return KAP_OK;
	}
	int err = desk_write(d, give_all, g);
	if (err == ERR_EXISTS)
		return kap_fail(d->kap, KAP_INVALID, "They were given these words before. %s", nothing);
	if (err)
		return desk_refused(d, err, nothing);
	int exit_code = desk_send(d);
	if (exit_code == KAP_NOT_ALLOWED)
		return exit_code;
	out_int(d->kap->out, "given", NULL, (int64_t)g->given);
	out_say(d->kap->out, "Given. The copy goes into the clinic's record when their device has received it.");
	return exit_code;
}

static int find_people(struct desk *d, const char *typed, struct giving *g)
{
	int exit_code =
	    desk_people(d, typed, desk_is_clinician, "someone you can give an entry to", g->with, PICK_PEOPLE, &g->n);
	for (size_t i = 0; !exit_code && i < g->n; i++)
		if (!people_cares(d->people, people_self(d->people)->pid, g->with[i]->pid))
			exit_code =
			    kap_fail(d->kap, KAP_NOT_ALLOWED,
			             "%s is not on your care team, so they cannot be given a key. Ask the clinic to add them. %s",
			             g->with[i]->name, nothing);
	return exit_code;
}

static int check_items(struct desk *d, const struct giving *g)
{
	int exit_code = resting_entries(d, g->pick.items, g->pick.n, nothing);
	for (size_t i = 0; !exit_code && i < g->pick.n; i++)
		exit_code = desk_one_version(d, g->pick.items[i]);
	return exit_code;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct giving g = {.n = 0};
	struct desk d;
	const char *with = cmd_opt(kap, "with");
	if (!with)
		return kap_fail(kap, KAP_USAGE, "To whom? %s give %s --with NAME. %s", kap->title, argv[0], nothing);
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = resting_session(&d, "giving", nothing);
	if (!exit_code)
		exit_code = pick_own(&d, argc, argv, &g.pick);
	if (!exit_code)
		exit_code = check_items(&d, &g);
	if (!exit_code)
		exit_code = find_people(&d, with, &g);
	if (!exit_code)
		exit_code = give_picked(&d, &g);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_give = {
    .name = "give",
    .args = "NUMBER[,NUMBER...]",
    .summary = "give entries to the clinic's record, for good",
    .about = "A copy of the entry as it is now becomes part of the clinic's record. It cannot be taken back. To let "
             "somebody read without a copy, use `kap share`.",
    .example = "kap give 3 --with Ana",
    .options = options,
    .roles = CMD_CLIENT,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
