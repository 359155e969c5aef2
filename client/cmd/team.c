/* team: who is at the clinic as far as one may know, who cares for whom, and changing a client's team. */
#include <stdio.h>
#include <string.h>

#include "client/book/checked.h"
#include "client/cmd.h"
#include "client/sync/statement.h"
#include "client/ui/out.h"
#include "proto/clinic_body.h"
#include "proto/err.h"
#include "proto/role.h"

#include "desk.h"

static const struct cmd_option options[] = {
    {"set", 's', "NAME,...", "make these people the client's whole team"},
    {0},
};

static void team_names(struct desk *d, const struct person *client, char *out, size_t max)
{
	const struct person *team[CLINIC_TEAM_MAX];
	size_t n = people_team(d->people, client->pid, team, CLINIC_TEAM_MAX), at = 0;
	out[0] = '\0';
	for (size_t i = 0; i < n && at < max; i++)
		at += (size_t)snprintf(out + at, max - at, "%s%s", i ? ", " : "", team[i]->is_self ? "you" : team[i]->name);
}

static void show_checked(struct desk *d, const struct person *person)
{
	static const char *const words[] = {
	    [CHECKED_NEVER] = "never",         [CHECKED_EQUAL] = "equal",         [CHECKED_ACCEPTED] = "accepted",
	    [CHECKED_RECOVERED] = "recovered", [CHECKED_SUCCEEDED] = "succeeded", [CHECKED_DIFFERED] = "different",
	};
	struct out *out = d->kap->out;
	struct when at = desk_when(person->checked_ms);
	char text[WHEN_TEXT];
	out_str(out, "checked", NULL, words[person->checked]);
	if (person->checked == CHECKED_EQUAL)
		out_line(out, "     words compared %s", when_human(&at, &d->now, text));
	if (checked_stops((enum checked_state)person->checked) && person->active)
		out_line(out, "     NOT CHECKED: keys were replaced or differed; what you write to them waits");
}

static void row(struct desk *d, const struct person *person)
{
	struct out *out = d->kap->out;
	char names[512] = "";
	if (person->role == ROLE_CLIENT)
		team_names(d, person, names, sizeof(names));
	out_item(out);
	out_str(out, "name", "Name", person->is_self && out_form_of(out) == OUT_HUMAN ? "you" : person->name);
	out_str(out, "role", "Role", role_name((enum role)person->role));
	out_str(out, "team", "Cared for by", *names ? names : NULL);
	out_bool(out, "active", NULL, person->active);
	show_checked(d, person);
	if (!person->active)
		out_line(out, "     has left the clinic");
}

static void show_all(struct desk *d)
{
	out_list(d->kap->out, "people", "Nobody yet.");
	for (size_t i = 0; i < people_count(d->people); i++)
		row(d, people_at(d->people, i));
	out_end(d->kap->out);
}

static bool is_clinician(const struct person *person, void *arg)
{
	return (person->is_self && person->active) || desk_is_clinician(person, arg);
}

static int set_team(struct desk *d, const char *who, const char *typed)
{
	const struct person *client, *team[CLINIC_TEAM_MAX];
	struct clinic_body body = {.type = CLINIC_TEAM};
	size_t n;
	int exit_code = desk_person(d, who, desk_is_client, "a client here", &client);
	if (!exit_code)
		exit_code = desk_people(d, typed, is_clinician, "a clinician here", team, CLINIC_TEAM_MAX, &n);
	if (exit_code)
		return exit_code;
	memcpy(body.genesis, client->genesis, sizeof(body.genesis));
	for (size_t i = 0; i < n; i++)
		memcpy(body.list[body.n_list++], team[i]->genesis, sizeof(body.list[0]));
	int err = statement_put(d->kap->vault, &body);
	if (err == ERR_ROLE)
		return kap_fail(d->kap, KAP_NOT_ALLOWED,
		                "Only an admin, or a therapist on the team, can change it. Nothing was changed.");
	if (err == ERR_UNREACHABLE || err == ERR_TIMEOUT || err == ERR_CLOSED)
		return kap_fail(
		    d->kap, KAP_SAVED_LOCALLY,
		    "The clinic's server cannot be reached, and a team needs it. Nothing was changed; try again later.");
	if (err)
		return desk_refused_statement(d, err, "Nothing was changed.");
	out_say(d->kap->out, "Changed. %s and everybody concerned will see it with their next sync.", client->name);
	return KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	const char *set = cmd_opt(kap, "set");
	struct desk d;
	if ((set && !argc) || (argc && !set))
		return kap_fail(kap, KAP_USAGE, "It is `%s team`, or `%s team CLIENT --set NAME,NAME`.", kap->title,
		                kap->title);
	int exit_code = desk_open_people(kap, &d);
	if (exit_code)
		return exit_code;
	if (set)
		exit_code = set_team(&d, argv[0], set);
	else
		show_all(&d);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_team = {
    .name = "team",
    .args = "[CLIENT --set NAME,...]",
    .summary = "who is here, who cares for whom, and changing it",
    .example = "kap team jo --set ana,osei",
    .options = options,
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .max_args = 1,
    .run = run,
};
