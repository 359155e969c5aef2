/* newcomer: see newcomer.h. */
#include <stdio.h>
#include <string.h>

#include "client/book/identity.h"
#include "client/cmd.h"
#include "client/profile.h"
#include "client/setting.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/text.h"
#include "client/ui/why.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/name.h"
#include "proto/role.h"

#include "newcomer.h"

/* --- the vault --- */

int newcomer_cost(struct kap *kap, unsigned *cost, const char *then)
{
	const char *typed = cmd_opt(kap, "kdf-cost");
	*cost = CRYPTO_SCRYPT_DEFAULT;
	if (!typed)
		return KAP_OK;
	if (strlen(typed) != 2 || sscanf(typed, "%u", cost) != 1 || *cost < CRYPTO_SCRYPT_MIN || *cost > CRYPTO_SCRYPT_MAX)
		return kap_fail(kap, KAP_INVALID, "--kdf-cost is a number from %d to %d. %s", CRYPTO_SCRYPT_MIN,
		                CRYPTO_SCRYPT_MAX, then);
	return KAP_OK;
}

int newcomer_make_vault(struct kap *kap, unsigned cost, const char *then)
{
	struct why why = {""};
	char *pass = NULL;
	size_t len;
	if (kap->vault)
		return KAP_OK;
	int err = prompt_new_passphrase(kap->prompt, "Choose a passphrase for this device: ", &pass, &len, &why);
	if (!err)
		err = profile_create(kap->profile, &why);
	if (!err) {
		struct vault_auth auth = {.pass = pass, .pass_len = len};
		err = vault_create(profile_peek_vault_dir(kap->profile), &auth, cost, &kap->vault);
	}
	prompt_free_pass(pass);
	return err ? kap_fail_why(kap, err, &why, then) : KAP_OK;
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

int newcomer_take_up(struct kap *kap, struct identity **id)
{
	*id = NULL;
	if (!vault_exists(profile_peek_vault_dir(kap->profile)))
		return KAP_OK;
	int exit_code = kap_open_vault(kap);
	if (exit_code)
		return exit_code;
	int err = load_identity(kap, id);
	if (err == ERR_NOT_FOUND)
		return KAP_OK;
	if (err)
		return kap_fail_err(kap, err, "Nothing was changed.");
	if ((*id)->joined) {
		exit_code = kap_fail(kap, KAP_NOT_ALLOWED,
		                     "This device has already joined %s. For another person set KAP_HOME to another folder.",
		                     (*id)->clinic_name);
		identity_free(*id);
		*id = NULL;
	}
	return exit_code;
}

/* --- what is typed --- */

int newcomer_name(struct kap *kap, const char *typed, struct buf *name, const char *then)
{
	static const struct text_limit limit = {.what = "The name", .min_chars = 1, .max_chars = 80, .one_line = true};
	struct why why = {""};
	int err = text_normalise(typed, strlen(typed), &limit, name, &why);
	if (!err)
		err = buf_put_u8(name, 0);
	return err ? kap_fail_why(kap, err, &why, then) : KAP_OK;
}

int newcomer_device_name(struct kap *kap, struct buf *name, const char *then)
{
	const char *given = cmd_opt(kap, "device-name");
	struct buf typed;
	int err = 0;
	buf_init(&typed, 0);
	if (!given && prompt_interactive(kap->prompt)) {
		err = prompt_line(kap->prompt, "What do you call this device? [new device] ", NAME_ROOM, &typed);
		if (!err && typed.len)
			given = (const char *)typed.data;
	}
	int exit_code = err && err != ERR_CLOSED ? kap_fail_err(kap, err, then)
	                                         : newcomer_name(kap, given ? given : "new device", name, then);
	buf_wipe(&typed);
	return exit_code;
}

/* From the command line, or asked for: who can read the command line of a process cannot use it in one's place then. */
int newcomer_code(struct kap *kap, const char *kinds, const char *typed, struct newcomer_address *to, const char *then)
{
	struct buf line;
	buf_init(&line, 0);
	int err = typed ? 0 : prompt_line(kap->prompt, "Your code: ", CODE_AT_TEXT, &line);
	if (!err)
		err = code_parse_at(kinds, typed ? typed : (const char *)line.data, &to->code, to->host, &to->port);
	buf_wipe(&line);
	return err ? kap_fail(kap, KAP_INVALID, "%s It looks like XXXXX-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX@host. %s",
	                      err_text(err), then)
	           : KAP_OK;
}

/* --- what is shown and kept --- */

void newcomer_show_recovery(struct kap *kap, const struct code *recovery, const char *host)
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
	out_line(kap->out, "did not share. It is kept nowhere else and not shown again. With it goes the");
	out_line(kap->out, "address of the clinic's server: %s", host);
	/* out before anything is sent, for programs too: a code that was never shown must not belong to a member */
	(void)out_finish(kap->out);
	buf_init(&line, 0);
	if (prompt_interactive(kap->prompt))
		(void)prompt_line(kap->prompt, "Press Enter when you have written it down. ", CODE_TEXT, &line);
	buf_wipe(&line);
	crypto_wipe(text, sizeof(text));
}

int newcomer_save_settings(struct kap *kap)
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
