/* share: gives entries to people of the care team. Says first what that means and what cannot be undone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "proto/err.h"
#include "proto/role.h"

#include "desk.h"
#include "pick.h"
#include "resting.h"

static const struct cmd_option options[] = {
    {"with", 'w', "NAME,...", "who is to read it, from your care team"},
    {0},
};

struct share {
	const struct pick *pick;
	const struct person *with[PICK_PEOPLE];
	size_t n;
	size_t given;
};

static int share_all(struct write_ctx *ctx, void *arg)
{
	struct share *s = arg;
	for (size_t i = 0; i < s->pick->n; i++) {
		int err = write_share(ctx, s->pick->items[i], s->with, s->n);
		if (err == ERR_EXISTS)
			continue;
		if (err)
			return err;
		s->given++;
	}
	return s->given ? 0 : ERR_EXISTS;
}

/* 1 yes, 0 no, or an exit code below zero after saying that nobody can be asked. */
static int confirm(struct desk *d, const struct share *s)
{
	char question[512];
	bool one = s->pick->n == 1;
	for (size_t i = 0; i < s->n; i++)
		out_line(d->kap->out, "  %s (%s) will be able to READ %s until you unshare %s.", s->with[i]->name,
		         role_name((enum role)s->with[i]->role), one ? "this entry" : "these entries", one ? "it" : "them");
	out_line(d->kap->out, "  Nothing is copied into your clinic record. They may remember or chart");
	out_line(d->kap->out, "  what they read.");
	out_show(d->kap->out);
	if (one)
		snprintf(question, sizeof(question), "  Share it with %s%s?", s->with[0]->name, s->n > 1 ? " and others" : "");
	else
		snprintf(question, sizeof(question), "  Share %zu entries with %s%s?", s->pick->n, s->with[0]->name,
		         s->n > 1 ? " and others" : "");
	return prompt_yes(d->kap->prompt, question);
}

static int share_picked(struct desk *d, struct share *s)
{
	int yes = confirm(d, s);
	if (yes < 0)
		return kap_fail(d->kap, KAP_INVALID,
		                "Sharing needs your yes. Run it at a terminal, or say --yes. Nothing was shared.");
	if (!yes) {
		out_say(d->kap->out, "Nothing was shared.");
		return KAP_OK;
	}
	int err = desk_write(d, share_all, s);
	if (err)
		return desk_refused(d, err, "Nothing was shared.");
	int exit_code = desk_send(d);
	if (exit_code == KAP_NOT_ALLOWED)
		return exit_code;
	out_int(d->kap->out, "shared", NULL, (int64_t)s->given);
	out_say(d->kap->out, "Shared. They will be told \"%zu new item%s\", with no words from %s.", s->given,
	        s->given == 1 ? "" : "s", s->given == 1 ? "it" : "them");
	return exit_code;
}

/* A person who is known but may not be given an entry gets the table's sentence. */
static int find_people(struct desk *d, const char *typed, struct share *s)
{
	int exit_code = desk_people(d, typed, NULL, "someone you can share with", s->with, PICK_PEOPLE, &s->n);
	for (size_t i = 0; !exit_code && i < s->n; i++)
		if (!people_cares(d->people, people_self(d->people)->pid, s->with[i]->pid))
			exit_code =
			    kap_fail(d->kap, KAP_NOT_ALLOWED,
			             "%s is not on your care team, so they cannot be given a key. Ask the clinic to add them. "
			             "Nothing was shared.",
			             s->with[i]->name);
	return exit_code;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct pick pick;
	struct share s = {.pick = &pick};
	struct desk d;
	const char *with = cmd_opt(kap, "with");
	if (!with)
		return kap_fail(kap, KAP_USAGE, "With whom? %s share %s --with NAME. Nothing was shared.", kap->title, argv[0]);
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = resting_session(&d, "sharing", "Nothing was shared.");
	if (!exit_code)
		exit_code = pick_own(&d, argc, argv, &pick);
	if (!exit_code)
		exit_code = resting_entries(&d, pick.items, pick.n, "Nothing was shared.");
	if (!exit_code)
		exit_code = find_people(&d, with, &s);
	if (!exit_code)
		exit_code = share_picked(&d, &s);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_share = {
    .name = "share",
    .args = "NUMBER[,NUMBER...]",
    .summary = "let someone on your care team read entries",
    .about =
        "They can read the entry and its later versions until you unshare it. What they have read they may remember. "
        "What you write within 24 hours of medicine can be shared from the next morning on.",
    .example = "kap share 2,3 --with Ana",
    .options = options,
    .roles = CMD_CLIENT,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
