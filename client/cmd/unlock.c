/* unlock: lets the following commands do without the passphrase for some minutes. */
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "client/cmd.h"
#include "client/profile.h"
#include "client/ui/out.h"
#include "client/unlock.h"
#include "client/vault.h"

/* 0 when it is not a number of minutes. */
static unsigned minutes_of(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || n < 1 || n > UNLOCK_MAX_S / 60)
		return 0;
	return (unsigned)n;
}

static int run(struct kap *kap, int argc, char **argv)
{
	const char *asked = cmd_opt(kap, "minutes");
	unsigned minutes = asked ? minutes_of(asked) : kap_idle_seconds(kap) / 60;
	int rc;

	(void)argc;
	(void)argv;
	if (!minutes)
		return kap_fail(kap, KAP_INVALID, "--minutes is a number from 1 to %u. Nothing was changed.",
		                UNLOCK_MAX_S / 60);
	rc = unlock_keep(profile_peek_dir(kap->profile), vault_peek_unlock_key(kap->vault), minutes * 60);
	if (rc == ERR_NO_KEYRING)
		return kap_fail(
		    kap, KAP_LOCKED,
		    "This system offers no keyring to keep a key in, so it stays locked. %s will ask for the passphrase "
		    "each time.",
		    kap->title);
	if (rc)
		return kap_fail_err(kap, rc, "It stays locked.");
	out_int(kap->out, "minutes", NULL, minutes);
	out_say(kap->out, "Unlocked. It locks itself %u minute%s after the last use; %s lock does it at once.", minutes,
	        minutes == 1 ? "" : "s", kap->title);
	return KAP_OK;
}

static const struct cmd_option options[] = {
    {"minutes", 'm', "N", "stay unlocked for N minutes after each use, at most 60"},
    {0},
};

const struct cmd cmd_unlock = {
    .name = "unlock",
    .args = "",
    .summary = "do without the passphrase for some minutes",
    .about = "The key is kept by the kernel, in memory only, and forgotten after a time without use: 5 minutes for "
             "clients, 15 "
             "for staff, or what \"lock-after\" in the settings says.",
    .example = "kap unlock --minutes 10",
    .options = options,
    .roles = CMD_ANYONE,
    .needs = CMD_UNLOCKED,
    .run = run,
};
