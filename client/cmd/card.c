/* card: see card.h. */
#include "client/care/crisis.h"
#include "client/cmd.h"
#include "client/profile.h"
#include "client/setting.h"
#include "client/ui/out.h"
#include "client/vault.h"
#include "proto/buf.h"

#include "card.h"

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

void card_danger(struct kap *kap)
{
	const struct crisis_card *card = crisis_find(kap->profile ? profile_peek(kap->profile, "region") : NULL);
	out_say(kap->out, "%s", card->danger);
	out_say(kap->out, "%s", card->line);
	out_say(kap->out, "%s", CRISIS_UNWATCHED);
	out_show(kap->out);
	if (kap_try_vault(kap))
		clinic(kap);
}

void card_show(struct kap *kap)
{
	card_danger(kap);
	if (cmd_by_name(kap->cmds, "plan"))
		out_say(kap->out, "Type %s plan to see the safety plan you made.", kap->title);
}
