/* help-now: what to do in danger. Works locked, offline and at once; asks nothing. What is personal (the clinic's own
 * numbers) is shown only where `kap unlock` holds. */
#include "proto/buf.h"
#include "client/care/crisis.h"
#include "client/cmd.h"
#include "client/profile.h"
#include "client/setting.h"
#include "client/ui/out.h"
#include "client/vault.h"

static const struct {
	const char *setting, *id, *label;
} numbers[] = {
    {SETTING_CLINIC_PHONE, "clinic-phone", "Clinic phone"},
    {SETTING_CLINIC_HOURS, "clinic-hours", "Hours"},
    {SETTING_CLINIC_AFTER, "clinic-after-hours", "After hours"},
};

static void clinic(struct kap *kap)
{
	struct vault_txn *txn = NULL;
	struct buf value;

	if (vault_begin(kap->vault, false, &txn))
		return;
	buf_init(&value, 0);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (!setting_get(txn, numbers[i].setting, &value))
			out_strn(kap->out, numbers[i].id, numbers[i].label, (const char *)value.data, value.len);
	buf_wipe(&value);
	vault_abort(txn);
}

static int run(struct kap *kap, int argc, char **argv)
{
	const struct crisis_card *card = crisis_find(kap->profile ? profile_peek(kap->profile, "region") : NULL);

	(void)argc;
	(void)argv;
	out_say(kap->out, "%s", card->danger);
	out_say(kap->out, "%s", card->line);
	out_say(kap->out, "%s", CRISIS_UNWATCHED);
	/* the card is out before anything else can fail or take time */
	if (out_form_of(kap->out) != OUT_JSON)
		out_finish(kap->out);
	if (kap_try_vault(kap))
		clinic(kap);
	if (cmd_find(kap->cmds, "plan"))
		out_say(kap->out, "Type %s plan to see the safety plan you made.", kap->title);
	return KAP_OK;
}

const struct cmd cmd_help_now = {
    .name = "help-now",
    .args = "",
    .summary = "what to do now if you are in danger",
    .about = "Works without a passphrase and without a network. It tells nobody.",
    .example = "kap help-now",
    .roles = CMD_ANYONE,
    .run = run,
};
