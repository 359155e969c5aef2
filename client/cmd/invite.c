/* invite: makes a code for a newcomer: colleagues by an admin, clients by an admin or a therapist. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/book/ledger.h"
#include "client/cmd.h"
#include "client/sync/statement.h"
#include "client/ui/out.h"
#include "client/ui/qr.h"
#include "client/ui/text.h"
#include "client/ui/why.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/code.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/invite.h"

#include "desk.h"
#include "succession.h"

#define DAYS_DEFAULT 14
#define DAYS_MAX 90

static const struct cmd_option options[] = {
    {"role", 'r', "ROLE", "client, therapist, prescriber, medical, admin or auditor"},
    {"name", 'n', "NAME", "what you call them"},
    {"team", 't', "NAME,...", "for a client: who cares for them"},
    {"replaces", 0, "NAME", "somebody who lost every device: role, name and team are theirs"},
    {"days", 'd', "N", "how many days the code works, 1 to 90 (14)"},
    {"qr", 0, NULL, "show the code as a QR code too"},
    {0},
};

struct inviting {
	struct statement_invite invite;
	struct invite_person team[INVITE_TEAM_MAX];
	struct buf name;
	uint8_t id[16], public[32];
	const struct person *replaces; /* NULL: nobody */
};

static bool may_be_replaced(const struct person *person, void *arg)
{
	(void)arg;
	return !person->is_self;
}

static int read_replaces(struct desk *d, struct inviting *v)
{
	const char *typed = cmd_opt(d->kap, "replaces");
	int exit_code = typed ? desk_person(d, typed, may_be_replaced, "somebody else here", &v->replaces) : KAP_OK;
	if (!exit_code && v->replaces && cmd_opt(d->kap, "role"))
		return kap_fail(d->kap, KAP_USAGE, "The role is that of %s: leave --role out. Nobody was invited.",
		                v->replaces->name);
	return exit_code;
}

static int read_role(struct desk *d, struct inviting *v)
{
	const char *typed = cmd_opt(d->kap, "role");
	enum role self = (enum role)people_self(d->people)->role;
	if (v->replaces)
		v->invite.role = (enum role)v->replaces->role;
	else if (!typed || role_from_name(typed, &v->invite.role))
		return kap_fail(
		    d->kap, KAP_USAGE,
		    "Which role? --role client, therapist, prescriber, medical, admin or auditor. Nobody was invited.");
	if (self != ROLE_ADMIN && v->invite.role != ROLE_CLIENT)
		return kap_fail(d->kap, KAP_NOT_ALLOWED, "Colleagues are invited by the clinic's admin. Nobody was invited.");
	return KAP_OK;
}

static int read_name(struct desk *d, struct inviting *v)
{
	static const struct text_limit limit = {.what = "The name", .min_chars = 1, .max_chars = 80, .one_line = true};
	const char *typed = cmd_opt(d->kap, "name");
	struct why why = {""};
	if (!typed && v->replaces)
		typed = v->replaces->name;
	if (!typed)
		return kap_fail(d->kap, KAP_USAGE, "What do you call them? --name NAME. Nobody was invited.");
	int err = text_normalise(typed, strlen(typed), &limit, &v->name, &why);
	if (!err)
		err = buf_put_u8(&v->name, 0);
	v->invite.name = (const char *)v->name.data;
	return err ? kap_fail_why(d->kap, err, &why, "Nobody was invited.") : KAP_OK;
}

static int read_days(struct desk *d, struct inviting *v)
{
	const char *typed = cmd_opt(d->kap, "days");
	char *end;
	long days = typed ? strtol(typed, &end, 10) : DAYS_DEFAULT;
	if (typed && (!*typed || *end || days < 1 || days > DAYS_MAX))
		return kap_fail(d->kap, KAP_INVALID, "A code works for 1 to %d days, not \"%s\". Nobody was invited.", DAYS_MAX,
		                typed);
	v->invite.days = (uint64_t)days;
	return KAP_OK;
}

static bool is_clinician(const struct person *person, void *arg)
{
	return (person->is_self && person->active) || desk_is_clinician(person, arg);
}

static int read_team(struct desk *d, struct inviting *v)
{
	const char *typed = cmd_opt(d->kap, "team");
	const struct person *team[INVITE_TEAM_MAX];
	size_t n = 0;
	if (v->invite.role != ROLE_CLIENT)
		return typed ? kap_fail(d->kap, KAP_USAGE, "Only clients have a team. Nobody was invited.") : KAP_OK;
	if (!typed && v->replaces)
		n = people_team(d->people, v->replaces->pid, team, INVITE_TEAM_MAX);
	if (!typed && !n)
		return kap_fail(d->kap, KAP_USAGE, "Who cares for them? --team NAME,NAME. Nobody was invited.");
	int exit_code = typed ? desk_people(d, typed, is_clinician, "a clinician here", team, INVITE_TEAM_MAX, &n) : KAP_OK;
	bool has_self = people_self(d->people)->role == ROLE_ADMIN;
	for (size_t i = 0; i < n; i++) {
		has_self = has_self || team[i]->is_self;
		memcpy(v->team[i].genesis, team[i]->genesis, sizeof(v->team[i].genesis));
		v->team[i].role = (enum role)team[i]->role;
		snprintf(v->team[i].name, sizeof(v->team[i].name), "%s", team[i]->name);
	}
	v->invite.team = v->team;
	v->invite.n_team = (uint32_t)n;
	if (!exit_code && !has_self)
		return kap_fail(d->kap, KAP_NOT_ALLOWED,
		                "You can invite clients to teams you are on yourself. Nobody was invited.");
	return exit_code;
}

/* So that `status` can say whose code it was. */
static int remember(struct write_ctx *ctx, void *arg)
{
	const struct inviting *v = arg;
	int err = v->replaces ? succession_expect(ctx, v->public, v->replaces) : 0;
	return err ? err
	           : ledger_fact_put(ctx->txn, "invited", v->id, sizeof(v->id), v->invite.name, strlen(v->invite.name));
}

static int show_code(struct desk *d, const struct inviting *v, const struct code *code)
{
	char text[CODE_AT_TEXT];
	struct out *out = d->kap->out;
	int err = code_format_at(code, d->id->host, d->id->port, text);
	if (err)
		return kap_fail_err(d->kap, err, "The invitation exists but its code cannot be shown. Make another one.");
	out_say(out, "Invited: %s, as %s.", v->invite.name, role_name(v->invite.role));
	out_line(out, "%s", "");
	out_str(out, "code", "Code", text);
	out_line(out, "%s", "");
	if (cmd_flag(d->kap, "qr"))
		qr_show(out, text);
	out_say(out, "It works once, for %llu days. Give it in person or by telephone; who has it can join as this person.",
	        (unsigned long long)v->invite.days);
	if (v->replaces)
		out_say(out,
		        "When they have joined, an admin signs that they are the same person (`%s succession NAME`), and their "
		        "team can give back what they had shared (`%s regive NAME`). What was private to them is gone.",
		        d->kap->title, d->kap->title);
	crypto_wipe(text, sizeof(text));
	return KAP_OK;
}

/* The public key by which the chain knows the invitation. */
static int note_public(const struct code *code, struct inviting *v)
{
	struct invite_keys *keys = crypto_secret_new(sizeof(*keys));
	int err = keys ? invite_derive(code->symbols, CODE_SYMBOLS, keys) : ERR_NOMEM;
	if (!err)
		memcpy(v->public, keys->public, sizeof(v->public));
	crypto_secret_free(keys, sizeof(*keys));
	return err;
}

static int make(struct desk *d, struct inviting *v)
{
	struct code code;
	int err = statement_invite(d->kap->vault, &v->invite, &code, v->id);
	if (err == ERR_ROLE)
		return kap_fail(d->kap, KAP_NOT_ALLOWED, "Your role does not allow this invitation. Nobody was invited.");
	if (err == ERR_UNREACHABLE || err == ERR_TIMEOUT || err == ERR_CLOSED)
		return kap_fail(d->kap, KAP_SAVED_LOCALLY,
		                "The clinic's server cannot be reached, and an invitation needs it. Nobody "
		                "was invited; try again later.");
	if (err)
		return desk_refused_statement(d, err, "Nobody was invited.");
	err = note_public(&code, v);
	if (!err)
		err = desk_write(d, remember, v);
	int exit_code = show_code(d, v, &code);
	code_wipe(&code);
	return err ? kap_fail_err(d->kap, err, "The code is good, but its name could not be noted.") : exit_code;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct inviting v = {0};
	struct desk d;
	(void)argc;
	(void)argv;
	int exit_code = desk_open_people(kap, &d);
	if (exit_code)
		return exit_code;
	buf_init(&v.name, 0);
	exit_code = read_replaces(&d, &v);
	if (!exit_code)
		exit_code = read_role(&d, &v);
	if (!exit_code)
		exit_code = read_name(&d, &v);
	if (!exit_code)
		exit_code = read_days(&d, &v);
	if (!exit_code)
		exit_code = read_team(&d, &v);
	if (!exit_code)
		exit_code = make(&d, &v);
	buf_wipe(&v.name);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_invite = {
    .name = "invite",
    .args = "--role ROLE --name NAME",
    .summary = "make a code with which someone joins the clinic",
    .about =
        "The code opens a sealed letter that tells the newcomer the true clinic, server and people. The server never "
        "learns the code.",
    .example = "kap invite --role client --name \"Jo M.\" --team ana,osei",
    .options = options,
    .roles = CMD_ADMIN | CMD_THERAPIST,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .run = run,
};
