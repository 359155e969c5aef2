/* team remove: takes one person off a client's team, or off all teams they are on. */
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

#define CLIENTS_MAX 512

struct removal {
	const struct person *who;
	const struct person *clients[CLIENTS_MAX];
	size_t n, done;
};

static bool may_be_on_a_team(const struct person *person, void *arg)
{
	(void)arg;
	return person->active && role_is_staff((enum role)person->role);
}

/* The team without this person. False if they are not on it. */
static bool without(struct desk *d, const struct person *client, const struct person *who, struct clinic_body *body)
{
	const struct person *team[CLINIC_TEAM_MAX];
	size_t n = people_team(d->people, client->pid, team, CLINIC_TEAM_MAX);
	bool on_it = false;
	*body = (struct clinic_body){.type = CLINIC_TEAM};
	memcpy(body->genesis, client->genesis, sizeof(body->genesis));
	for (size_t i = 0; i < n; i++) {
		on_it = on_it || team[i] == who;
		if (team[i] != who)
			memcpy(body->list[body->n_list++], team[i]->genesis, sizeof(body->list[0]));
	}
	return on_it;
}

static int find_clients(struct desk *d, const char *typed, struct removal *r)
{
	struct clinic_body body;
	int exit_code = typed ? desk_person(d, typed, desk_is_client, "a client here", &r->clients[0]) : KAP_OK;
	if (exit_code)
		return exit_code;
	r->n = typed ? 1 : 0;
	for (size_t i = 0; !typed && i < people_count(d->people) && r->n < CLIENTS_MAX; i++)
		if (without(d, people_at(d->people, i), r->who, &body))
			r->clients[r->n++] = people_at(d->people, i);
	char who_is[400];
	snprintf(who_is, sizeof(who_is), "%s %s", r->who->is_self ? "You" : r->who->name, r->who->is_self ? "are" : "is");
	if (!r->n || !without(d, r->clients[0], r->who, &body))
		return kap_fail(d->kap, KAP_INVALID, "%s not on %s%s. Nothing was changed.", who_is,
		                typed ? "the team of " : "any team", typed ? r->clients[0]->name : "");
	for (size_t i = 0; i < r->n; i++)
		if (without(d, r->clients[i], r->who, &body) && body.n_list == 0)
			return kap_fail(d->kap, KAP_INVALID,
			                "Nobody else is on the team of %s. Say who takes over first: `%s team CLIENT --set NAME`. "
			                "Nothing was changed.",
			                r->clients[i]->name, d->kap->title);
	return KAP_OK;
}

static void say_what_follows(struct desk *d, const struct removal *r)
{
	struct out *out = d->kap->out;
	out_list(out, "clients", NULL);
	for (size_t i = 0; i < r->n; i++) {
		out_item(out);
		out_str(out, "client", "", r->clients[i]->name);
	}
	out_end(out);
	out_line(out, "  %s will not care for %s any more and gets nothing", r->who->is_self ? "You" : r->who->name,
	         r->n == 1 ? "this client" : "these clients");
	out_line(out, "  new. What was shared stays readable to them until it is unshared, and");
	out_line(out, "  their name stays on what they wrote.");
	out_show(out);
}

static int change(struct desk *d, struct removal *r)
{
	int err = 0;
	for (; !err && r->done < r->n; r->done += !err) {
		struct clinic_body body;
		without(d, r->clients[r->done], r->who, &body);
		err = statement_put(d->kap->vault, &body);
	}
	char then[96];
	snprintf(then, sizeof(then),
	         r->done ? "%zu of %zu teams were changed; run it again for the rest." : "Nothing was changed.", r->done,
	         r->n);
	out_int(d->kap->out, "changed", NULL, (int64_t)r->done);
	if (err == ERR_ROLE)
		return kap_fail(d->kap, KAP_NOT_ALLOWED, "Only an admin, or a therapist on the team, can change it. %s", then);
	if (err == ERR_UNREACHABLE || err == ERR_TIMEOUT || err == ERR_CLOSED)
		return kap_fail(d->kap, KAP_SAVED_LOCALLY, "The clinic's server cannot be reached, and a team needs it. %s",
		                then);
	if (err)
		return desk_refused_statement(d, err, then);
	out_say(d->kap->out, "Changed. Everybody concerned will see it with their next sync.");
	return KAP_OK;
}

static int confirm(struct desk *d, struct removal *r)
{
	char question[96];
	say_what_follows(d, r);
	snprintf(question, sizeof(question), "  Change %zu team%s?", r->n, r->n == 1 ? "" : "s");
	int yes = prompt_yes(d->kap->prompt, question);
	if (yes < 0)
		return kap_fail(d->kap, KAP_INVALID,
		                "This needs your yes. Run it at a terminal, or say --yes. Nothing was changed.");
	if (yes)
		return change(d, r);
	out_say(d->kap->out, "Nothing was changed.");
	return KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct removal r = {0};
	struct desk d;
	if (argc == 2 || (argc == 3 && strcmp(argv[1], "from") != 0))
		return kap_fail(kap, KAP_USAGE, "It is `%s team remove NAME`, or `%s team remove NAME from CLIENT`.",
		                kap->title, kap->title);
	int exit_code = desk_open_people(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = desk_person(&d, argv[0], may_be_on_a_team, "on anybody's team", &r.who);
	if (!exit_code)
		exit_code = find_clients(&d, argc == 3 ? argv[2] : NULL, &r);
	if (!exit_code)
		exit_code = confirm(&d, &r);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_team_remove = {
    .name = "team remove",
    .args = "NAME [from CLIENT]",
    .summary = "take somebody off a client's team, or off all",
    .example = "kap team remove osei from jo",
    .roles = CMD_ADMIN | CMD_THERAPIST,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 3,
    .run = run,
};
