/* passphrase: another passphrase for the vault on this device. */
#include "client/cmd.h"
#include "client/profile.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/why.h"
#include "client/unlock.h"
#include "client/vault.h"
#include "proto/crypto.h"
#include "proto/err.h"

#include "newcomer.h"

#define NOTHING "The passphrase is what it was."

static const struct cmd_option options[] = {
    NEWCOMER_COST,
    {0},
};

/* With the old passphrase, also while a key is kept: who finds the device unlocked cannot lock its owner out. */
static int open_with_old(struct kap *kap)
{
	char *pass = NULL;
	size_t len;
	if (!vault_exists(profile_peek_vault_dir(kap->profile)))
		return kap_open_vault(kap); /* which says so */
	int err = prompt_passphrase(kap->prompt, "The passphrase now: ", &pass, &len);
	if (!err) {
		struct vault_auth auth = {.pass = pass, .pass_len = len};
		err = vault_open(profile_peek_vault_dir(kap->profile), &auth, &kap->vault);
	}
	prompt_free_pass(pass);
	return err ? kap_fail_err(kap, err, NOTHING) : kap_finish_open(kap);
}

/* The key that was kept opens nothing any more. */
static void renew_key(struct kap *kap)
{
	const char *dir = profile_peek_dir(kap->profile);
	uint8_t *key = crypto_secret_new(VAULT_KEY_LEN);
	if (key && !unlock_get(dir, key) && unlock_keep(dir, vault_peek_unlock_key(kap->vault), kap_idle_seconds(kap)))
		(void)unlock_drop(dir);
	crypto_secret_free(key, VAULT_KEY_LEN);
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct why why = {""};
	char *pass = NULL;
	unsigned cost;
	size_t len;
	(void)argc;
	(void)argv;
	int exit_code = newcomer_cost(kap, &cost, NOTHING);
	if (!exit_code)
		exit_code = open_with_old(kap);
	if (exit_code)
		return exit_code;
	int err = prompt_new_passphrase(kap->prompt, "The new passphrase: ", &pass, &len, &why);
	if (!err)
		err = vault_change_passphrase(kap->vault, pass, len, cost);
	prompt_free_pass(pass);
	if (err)
		return kap_fail_why(kap, err, &why, NOTHING);
	renew_key(kap);
	out_say(kap->out, "Changed, for this device. A copy of this folder made before still opens with the old one.");
	return KAP_OK;
}

const struct cmd cmd_passphrase = {
    .name = "passphrase",
    .args = "",
    .summary = "change the passphrase of this device",
    .about = "Asks for the passphrase now, then twice for the new one. Other devices keep their own.",
    .example = "kap passphrase",
    .options = options,
    .roles = CMD_ANYONE,
    .needs = CMD_PROFILE,
    .run = run,
};
