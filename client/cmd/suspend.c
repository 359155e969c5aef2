/* suspend: an admin ends somebody's membership, after hearing what follows and who is left without whom. */
#include <stdio.h>
#include <string.h>

#include "client/cmd.h"
#include "client/sync/statement.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "proto/clinic_body.h"
#include "proto/err.h"
#include "proto/role.h"

#include "desk.h"

static bool is_member(const struct person *person, void *arg)
{
	(void)arg;
	return person->active;
}

/* True if this person is on the client's team and nobody else there has the role. */
static bool leaves_without(struct desk *d, const struct person *client, const struct person *who)
{
	const struct person *team[CLINIC_TEAM_MAX];
	size_t n = people_team(d->people, client->pid, team, CLINIC_TEAM_MAX);
	bool on_it = false, another = false;
	for (size_t i = 0; i < n; i++) {
		on_it = on_it || team[i] == who;
		another = another || (team[i] != who && team[i]->role == who->role);
	}
	return on_it && !another;
}

static void say_left(struct desk *d, const struct person *who)
{
	struct out *out = d->kap->out;
	const char *role = role_name((enum role)who->role);
	size_t n = 0;
	for (size_t i = 0; i < people_count(d->people); i++)
		n += leaves_without(d, people_at(d->people, i), who);
	if (n)
		out_line(out, "  %zu client%s will have no %s:", n, n == 1 ? "" : "s", role);
	out_list(out, "left-without", NULL);
	for (size_t i = 0; i < people_count(d->people); i++) {
		const struct person *client = people_at(d->people, i);
		if (!leaves_without(d, client, who))
			continue;
		out_item(out);
		out_str(out, "client", "", client->name);
		out_str(out, "role", NULL, role);
	}
	out_end(out);
}

static void say_what_follows(struct desk *d, const struct person *who)
{
	struct out *out = d->kap->out;
	out_line(out, "  %s (%s) will have no access from now on, with any device. The", who->name,
	         role_name((enum role)who->role));
	out_line(out, "  server refuses them at once, and everybody's kap stops giving them new");
	out_line(out, "  keys with its next sync. What they have read they may remember, and what");
	out_line(out, "  is on their devices stays there. Their name stays on what they wrote.");
	out_line(out, "  To come back they need a new invitation.");
	if (role_is_staff((enum role)who->role))
		say_left(d, who);
	out_show(out);
}

static int end_membership(struct desk *d, const struct person *who)
{
	struct clinic_body body = {.type = CLINIC_REMOVE};
	memcpy(body.genesis, who->genesis, sizeof(body.genesis));
	int err = statement_put(d->kap->vault, &body);
	if (err == ERR_LINK)
		return kap_fail(d->kap, KAP_NOT_ALLOWED,
		                "%s is the only admin left, and a clinic cannot be without one. Nothing was changed.",
		                who->name);
	if (err == ERR_ROLE)
		return kap_fail(d->kap, KAP_NOT_ALLOWED, "Only an admin can do that. Nothing was changed.");
	if (err == ERR_UNREACHABLE || err == ERR_TIMEOUT || err == ERR_CLOSED)
		return kap_fail(
		    d->kap, KAP_SAVED_LOCALLY,
		    "The clinic's server cannot be reached, and this needs it. Nothing was changed; try again later.");
	if (err)
		return desk_refused_statement(d, err, "Nothing was changed.");
	out_str(d->kap->out, "suspended", NULL, who->name);
	out_say(d->kap->out, "Suspended. %s has no access any more.", who->name);
	return KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	const struct person *who;
	char question[512];
	struct desk d;
	(void)argc;
	int exit_code = desk_open_people(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = desk_person(&d, argv[0], is_member, "a member of the clinic", &who);
	if (!exit_code) {
		say_what_follows(&d, who);
		snprintf(question, sizeof(question), "  End %s membership?", who->is_self ? "your own" : "this");
		int yes = prompt_yes(kap->prompt, question);
		if (yes < 0)
			exit_code = kap_fail(kap, KAP_INVALID,
			                     "This needs your yes. Run it at a terminal, or say --yes. Nothing was changed.");
		else if (!yes)
			out_say(kap->out, "Nothing was changed.");
		else
			exit_code = end_membership(&d, who);
	}
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_suspend = {
    .name = "suspend",
    .args = "NAME",
    .summary = "end somebody's membership of the clinic",
    .about = "Says first what follows: who loses access to what, and which clients are left without a therapist or "
             "prescriber. It cannot be undone; who comes back needs a new invitation.",
    .example = "kap suspend lund",
    .roles = CMD_ADMIN,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
