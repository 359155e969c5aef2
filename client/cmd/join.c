/* join: a code becomes a membership: shows who invites, makes the vault and the keys, shows the recovery code, joins.
 */
#include <stdio.h>
#include <string.h>

#include "client/cmd.h"
#include "client/profile.h"
#include "client/setting.h"
#include "client/sync/join.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/text.h"
#include "client/ui/why.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/code.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/invite.h"

#include "desk.h"

static const struct cmd_option options[] = {
    {"name", 0, "NAME", "what your care team or colleagues will call you"},
    {"kdf-cost", 0, "N", "how hard the passphrase is to guess, 16 to 20 (17): one more doubles the wait"},
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

/* --- the vault --- */

static int cost_of(struct kap *kap, unsigned *cost)
{
	const char *typed = cmd_opt(kap, "kdf-cost");
	*cost = CRYPTO_SCRYPT_DEFAULT;
	if (!typed)
		return KAP_OK;
	if (strlen(typed) != 2 || sscanf(typed, "%u", cost) != 1 || *cost < CRYPTO_SCRYPT_MIN || *cost > CRYPTO_SCRYPT_MAX)
		return kap_fail(kap, KAP_INVALID, "--kdf-cost is a number from %d to %d. Nothing was joined.",
		                CRYPTO_SCRYPT_MIN, CRYPTO_SCRYPT_MAX);
	return KAP_OK;
}

static int make_vault(struct kap *kap, unsigned cost)
{
	struct why why = {""};
	char *pass = NULL;
	size_t len;
	int err = prompt_new_passphrase(kap->prompt, "Choose a passphrase for this device: ", &pass, &len, &why);
	if (!err)
		err = profile_create(kap->profile, &why);
	if (!err) {
		struct vault_auth auth = {.pass = pass, .pass_len = len};
		err = vault_create(profile_peek_vault_dir(kap->profile), &auth, cost, &kap->vault);
	}
	prompt_free_pass(pass);
	return err ? kap_fail_why(kap, err, &why, "Nothing was joined. The code can be used again.") : KAP_OK;
}

static int load_identity(struct kap *kap, struct identity **id)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(kap->vault, false, &txn);
	if (!err)
		err = identity_load(txn, id);
	vault_abort(txn);
	return err;
}

/* A vault from before: finished already, half way, or empty. *done when there is nothing left to do. */
static int take_up(struct kap *kap, bool *done)
{
	struct identity *id = NULL;
	*done = false;
	if (!vault_exists(profile_peek_vault_dir(kap->profile)))
		return KAP_OK;
	int exit_code = kap_open_vault(kap);
	if (exit_code)
		return exit_code;
	int err = load_identity(kap, &id);
	if (!err && id->joined) {
		exit_code = kap_fail(kap, KAP_NOT_ALLOWED,
		                     "This device has already joined %s. For another person set KAP_HOME to another folder.",
		                     id->clinic_name);
	} else if (!err) {
		err = join_resume(kap->vault, id, 0);
		*done = !err;
		if (err && err != ERR_GUEST)
			exit_code = refuse(kap, err);
	} else if (err != ERR_NOT_FOUND) {
		exit_code = kap_fail_err(kap, err, "Nothing was changed.");
	}
	identity_free(id);
	return exit_code;
}

/* --- name and recovery code --- */

static int ask_name(struct kap *kap, const struct invite_packet *p, struct buf *name)
{
	static const struct text_limit limit = {.what = "The name", .min_chars = 1, .max_chars = 80, .one_line = true};
	struct why why = {""};
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
	if (!given)
		given = p->invitee_name;
	if (!err || err == ERR_CLOSED)
		err = text_normalise(given, strlen(given), &limit, name, &why);
	if (!err)
		err = buf_put_u8(name, 0);
	buf_wipe(&typed);
	return err ? kap_fail_why(kap, err, &why, "Nothing was joined.") : KAP_OK;
}

static void show_recovery(struct kap *kap, const struct code *recovery)
{
	char text[CODE_TEXT];
	struct buf line;
	if (code_format(recovery, text))
		return;
	out_line(kap->out, "%s", "");
	out_line(kap->out, "Your recovery code. Write it on paper and keep it where only you look:");
	out_line(kap->out, "%s", "");
	out_str(kap->out, "recovery-code", "  ", text);
	out_line(kap->out, "%s", "");
	out_line(kap->out, "With a lost device and without this code, nobody can bring back what you");
	out_line(kap->out, "did not share. It is kept nowhere else and not shown again.");
	/* out before anything is sent, for programs too: a code that was never shown must not belong to a member */
	(void)out_finish(kap->out);
	buf_init(&line, 0);
	if (prompt_interactive(kap->prompt))
		(void)prompt_line(kap->prompt, "Press Enter when you have written it down. ", CODE_TEXT, &line);
	buf_wipe(&line);
	crypto_wipe(text, sizeof(text));
}

static int save_settings(struct kap *kap)
{
	struct vault_txn *txn = NULL;
	struct identity *id = NULL;
	int err = vault_begin(kap->vault, true, &txn);
	if (!err)
		err = identity_load(txn, &id);
	if (!err)
		err = setting_put(txn, SETTING_ROLE, role_name((enum role)id->role));
	if (!err)
		err = setting_put(txn, SETTING_NAME, id->name);
	if (!err)
		err = setting_put(txn, SETTING_CLINIC, id->clinic_name);
	if (err)
		vault_abort(txn);
	else
		err = vault_commit(txn);
	identity_free(id);
	return err;
}

static int finish(struct kap *kap)
{
	int err = save_settings(kap);
	if (err)
		return kap_fail_err(kap, err,
		                    "You have joined, but not everything could be saved. Run the same command again.");
	out_line(kap->out, "You have joined. Everything you write is private until you share it.");
	return KAP_OK;
}

static int prepare_and_commit(struct kap *kap, struct join *j, const char *name)
{
	struct code recovery;
	int err = join_prepare(j, kap->vault, name, &recovery);
	if (!err)
		show_recovery(kap, &recovery);
	code_wipe(&recovery);
	if (!err)
		err = join_commit(j, kap->vault);
	return err ? refuse(kap, err) : finish(kap);
}

/* From the command line, or asked for: who can read the command line of a process cannot join in one's place then. */
static int read_code(struct kap *kap, const char *typed, struct join_opts *opts, struct code *code)
{
	struct buf line;
	buf_init(&line, 0);
	int err = typed ? 0 : prompt_line(kap->prompt, "Your code: ", CODE_AT_TEXT, &line);
	if (!err)
		err = code_parse_at("FI", typed ? typed : (const char *)line.data, code, (char *)(uintptr_t)opts->host,
		                    &opts->port);
	buf_wipe(&line);
	return err ? kap_fail(kap, KAP_INVALID,
	                      "%s It looks like XXXXX-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX@host. Nothing was joined.",
	                      err_text(err))
	           : KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct code code = {0};
	char host[CODE_HOST];
	struct join_opts opts = {.host = host, .code = &code};
	struct join *j = NULL;
	struct buf name;
	unsigned cost;
	bool done = false;
	buf_init(&name, 0);
	int exit_code = cost_of(kap, &cost);
	if (!exit_code)
		exit_code = read_code(kap, argc ? argv[0] : NULL, &opts, &code);
	if (!exit_code)
		exit_code = take_up(kap, &done);
	if (exit_code || done)
		goto out;
	int err = join_connect(&opts, &j);
	if (err) {
		exit_code = refuse(kap, err);
		goto out;
	}
	show_packet(kap, join_packet(j));
	out_show(kap->out);
	exit_code = ask_name(kap, join_packet(j), &name);
	if (!exit_code && !kap->vault)
		exit_code = make_vault(kap, cost);
	if (!exit_code)
		exit_code = prepare_and_commit(kap, j, (const char *)name.data);
out:
	if (!exit_code && !j)
		exit_code = finish(kap);
	join_free(j);
	code_wipe(&code);
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
