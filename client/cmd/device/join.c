/* join: a code becomes a membership: shows who invites, makes the vault and the keys, shows the recovery code, joins.
 */
#include <stdio.h>
#include <string.h>

#include "client/book/identity.h"
#include "client/cmd.h"
#include "client/enrol/join.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "proto/buf.h"
#include "proto/code.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/invite.h"

#include "newcomer.h"

static const struct cmd_option options[] = {
    {"name", 0, "NAME", "what your care team or colleagues will call you"},
    NEWCOMER_COST,
    {0},
};

static const struct {
	int err;
	const char *sentence;
} refusals[] = {
    {ERR_CODE_UNKNOWN, "The server does not know this code. Check it, or ask for a new one."},
    {ERR_CODE_USED,
     "This code has been used already. If that was not you, tell the clinic: the person who invited you sees it too."},
    {ERR_CODE_EXPIRED, "This code has expired. Ask for a new one."},
    {ERR_PIN,
     "ALARM: another machine answered in the place of the clinic's server. Nothing was sent to it. Tell the clinic."},
    {ERR_OPEN, "ALARM: what the server gave out for this code is not what the clinic left there. Nothing was joined. "
               "Tell the clinic."},
    {ERR_ANSWER,
     "ALARM: the server answered with something that is no valid answer. Nothing was joined. Tell the clinic."},
    {ERR_ROLLBACK, "ALARM: the server shows another clinic than the one that invited you. Tell the clinic."},
    {ERR_AUTHOR, "ALARM: the server shows other people than those who invited you. Tell the clinic."},
};

static int refuse(struct kap *kap, int err)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].err == err)
			return kap_fail(kap, KAP_NOT_ALLOWED, "%s", refusals[i].sentence);
	return kap_fail_err(kap, err, "Nothing was joined. The code can be used again.");
}

static void show_packet(struct kap *kap, const struct invite_packet *p)
{
	struct out *out = kap->out;
	out_str(out, "clinic", "Clinic", p->clinic_name);
	out_str(out, "role", "You join as", role_name(p->role));
	out_list(out, p->role == ROLE_CLIENT ? "team" : "invited-by", NULL);
	for (size_t i = 0; i < p->n_team; i++) {
		out_item(out);
		out_str(out, "name", p->role == ROLE_CLIENT ? "Your team" : "Invited by", p->team[i].name);
		out_str(out, "role", "Role", role_name(p->team[i].role));
	}
	out_end(out);
}

/* A vault from before: finished already, half way, or empty. *done when there is nothing left to do. */
static int take_up(struct kap *kap, bool *done)
{
	struct identity *id = NULL;
	int exit_code = newcomer_take_up(kap, &id);
	*done = false;
	if (!exit_code && id) {
		int err = join_resume(kap->vault, id, 0);
		*done = !err;
		if (err && err != ERR_GUEST)
			exit_code = refuse(kap, err);
	}
	identity_free(id);
	return exit_code;
}

static int ask_name(struct kap *kap, const struct invite_packet *p, struct buf *name)
{
	struct buf typed;
	const char *given = cmd_opt(kap, "name");
	char label[INVITE_NAME + 64];
	int err = 0;
	buf_init(&typed, 0);
	if (!given && prompt_interactive(kap->prompt)) {
		snprintf(label, sizeof(label), "What should others call you? [%s] ", p->invitee_name);
		err = prompt_line(kap->prompt, label, INVITE_NAME, &typed);
		if (!err && typed.len)
			given = (const char *)typed.data;
	}
	int exit_code = err && err != ERR_CLOSED
	                    ? kap_fail_err(kap, err, "Nothing was joined.")
	                    : newcomer_name(kap, given ? given : p->invitee_name, name, "Nothing was joined.");
	buf_wipe(&typed);
	return exit_code;
}

static int finish(struct kap *kap)
{
	int err = newcomer_save_settings(kap);
	if (err)
		return kap_fail_err(kap, err,
		                    "You have joined, but not everything could be saved. Run the same command again.");
	out_line(kap->out, "You have joined. Everything you write is private until you share it.");
	out_line(kap->out, "If you were here before and lost every device: your care team can give back");
	out_line(kap->out, "what you had shared with them. What only you could read is gone.");
	return KAP_OK;
}

static int prepare_and_commit(struct kap *kap, struct join *j, const char *name, const char *host)
{
	struct code recovery;
	int err = join_prepare(j, kap->vault, name, &recovery);
	if (!err)
		newcomer_show_recovery(kap, &recovery, host);
	code_wipe(&recovery);
	if (!err)
		err = join_commit(j, kap->vault);
	return err ? refuse(kap, err) : finish(kap);
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct newcomer_address to = {0};
	struct join *j = NULL;
	struct buf name;
	unsigned cost;
	bool done = false;
	buf_init(&name, 0);
	int exit_code = newcomer_cost(kap, &cost, "Nothing was joined.");
	if (!exit_code)
		exit_code = newcomer_code(kap, "FI", argc ? argv[0] : NULL, &to, "Nothing was joined.");
	if (!exit_code)
		exit_code = take_up(kap, &done);
	if (exit_code || done)
		goto out;
	int err = join_connect(&(struct join_opts){.host = to.host, .port = to.port, .code = &to.code}, &j);
	if (err) {
		exit_code = refuse(kap, err);
		goto out;
	}
	show_packet(kap, join_packet(j));
	out_show(kap->out);
	exit_code = ask_name(kap, join_packet(j), &name);
	if (!exit_code)
		exit_code = newcomer_make_vault(kap, cost, "Nothing was joined. The code can be used again.");
	if (!exit_code)
		exit_code = prepare_and_commit(kap, j, (const char *)name.data, to.host);
out:
	if (!exit_code && !j)
		exit_code = finish(kap);
	join_free(j);
	crypto_wipe(&to, sizeof(to));
	buf_wipe(&name);
	return exit_code;
}

const struct cmd cmd_join = {
    .name = "join",
    .args = "[CODE@HOST]",
    .summary = "join a clinic with the code you were given",
    .about =
        "The code opens a sealed letter from the person who invited you. It says which clinic, which server and which "
        "people are the right ones, so that nobody can take their place. You choose a passphrase for this device and "
        "get a recovery code to write down. Without the code it asks for it, so that it does not stand in the shell's "
        "history.",
    .example = "kap join\nYour code: 7Q2MX-9D4KT-0WZ5R-H3VNB-6YCPA-EJ18S@kap.meadow.example",
    .options = options,
    .roles = CMD_ANYONE,
    .needs = CMD_NETWORK,
    .max_args = 1,
    .run = run,
};
