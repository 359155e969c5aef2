/* recover: back on a new machine with the paper recovery code: the history comes, the other devices are reviewed, and a
 * new code takes the place of the used one. */
#include <stdio.h>
#include <string.h>

#include "client/book/identity.h"
#include "client/cmd.h"
#include "client/profile.h"
#include "client/enrol/paper.h"
#include "client/enrol/recover.h"
#include "client/sync/revoke.h"
#include "client/sync/sync.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"

#include "client/cmd/desk.h"
#include "device.h"
#include "newcomer.h"

#define NOTHING "Nothing was changed."

static const struct cmd_option options[] = {
    NEWCOMER_DEVICE,
    NEWCOMER_COST,
    {"keep", 0, "NAME", "a device that is still yours and safe; may be repeated"},
    {0},
};

static const struct {
	int err;
	const char *sentence;
} refusals[] = {
    {ERR_GUEST, "The clinic's server knows nobody with this recovery code. It may be an older one of yours, or from "
                "another clinic."},
    {ERR_REVOKED, "This recovery code was replaced by a newer one, or your place at the clinic has ended."},
    {ERR_AUTHOR, "ALARM: the server shows somebody else's devices for this code. Tell the clinic."},
    {ERR_ANSWER,
     "ALARM: the server answered with something that is no valid answer. It was not used. Tell the clinic."},
    {ERR_PIN, "ALARM: another machine answered in the place of the clinic's server. Tell the clinic."},
    {ERR_LINK, "ALARM: the server shows a false statement about who is who. It was not used. Tell the clinic."},
    {ERR_SIGNATURE, "ALARM: the server shows a statement with a false signature. It was not used. Tell the clinic."},
    {ERR_HASH, "ALARM: the server shows a statement that was changed. It was not used. Tell the clinic."},
    {ERR_ROLLBACK, "ALARM: the server shows another history than the one that is signed. Tell the clinic."},
    {ERR_RANGE, "You have 16 devices, and that is the most: put one out on a device you still have."},
};

static int refuse(struct kap *kap, int err, const char *then)
{
	out_progress(kap->out, NULL, 0, 0);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].err == err)
			return kap_fail(kap, KAP_NOT_ALLOWED, "%s %s", refusals[i].sentence, then);
	return kap_fail_err(kap, err, then);
}

static void progress(void *arg, enum sync_step step, size_t done, size_t total)
{
	static const char *const words[] = {"Connecting", "Checking who is who", "Sealing", "Sending", "Receiving"};
	out_progress(((struct kap *)arg)->out, words[step], done, total);
}

static int exchange(struct kap *kap, struct sync_result *result)
{
	struct sync_opts opts = {.vault = kap->vault, .progress = progress, .arg = kap};
	int err = sync_run(&opts, result);
	int exit_code = desk_say_sync(kap, err, result, true);
	if (exit_code)
		out_say(kap->out, "This machine is yours, but the rest is not done yet. Run `%s recover` again.", kap->title);
	return exit_code;
}

/* --- the other devices --- */

static bool is_kept(struct kap *kap, const struct device_row *row)
{
	const char *name;
	for (size_t i = 0; (name = cmd_opt_nth(kap, "keep", i)); i++)
		if (strcmp(name, row->name) == 0)
			return true;
	return false;
}

/* Without an answer a device goes: it may be in somebody else's hands. */
static bool ask_keep(struct desk *d, const struct device_row *row)
{
	char question[DEVICES_NAME + 64];
	if (is_kept(d->kap, row))
		return true;
	if (!prompt_interactive(d->kap->prompt))
		return false;
	out_show(d->kap->out);
	snprintf(question, sizeof(question), "Do you still have \"%s\", and nobody else does?", row->name);
	return prompt_yes(d->kap->prompt, question) == 1;
}

static int choose(struct desk *d, uint8_t out[REVOKE_MAX][16], size_t *n)
{
	struct device_rows rows = {0};
	int exit_code = device_rows(d, &rows);
	*n = 0;
	if (!exit_code)
		out_list(d->kap->out, "devices", NULL);
	for (size_t i = 0; i < rows.n; i++) {
		const struct device_row *row = &rows.rows[i];
		if (!row->active || row->self || row->leaving)
			continue;
		bool keep = ask_keep(d, row);
		out_item(d->kap->out);
		out_str(d->kap->out, "name", "Name", row->name);
		out_str(d->kap->out, "review", "", keep ? "stays" : "is put out");
		if (!keep && *n < REVOKE_MAX)
			memcpy(out[(*n)++], row->did, 16);
	}
	if (!exit_code)
		out_end(d->kap->out);
	device_rows_free(&rows);
	return exit_code;
}

static int review(struct kap *kap)
{
	uint8_t dids[REVOKE_MAX][16];
	struct sync_result result;
	struct desk d;
	size_t n = 0;
	int exit_code = desk_open_people(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = choose(&d, dids, &n);
	if (!exit_code && n) {
		int err = revoke_note(kap->vault, (const uint8_t(*)[16])dids, n);
		exit_code = err ? kap_fail_err(kap, err, "Run the same command again.") : KAP_OK;
	}
	desk_close(&d);
	return exit_code ? exit_code : exchange(kap, &result);
}

/* --- all that follows once this machine is a device --- */

static int new_paper(struct kap *kap, const char *host)
{
	struct code code;
	int err = code_new(CODE_RECOVERY, &code);
	if (!err) {
		out_say(kap->out, "The recovery code you have used is over. Here is a new one; cross the old one out.");
		newcomer_show_recovery(kap, &code, host);
		err = paper_replace(kap->vault, &code);
	}
	code_wipe(&code);
	if (!err)
		err = recover_done(kap->vault);
	if (err)
		return refuse(kap, err,
		              "The new code may not be in force yet. Run the same command again, which shows another one.");
	out_bool(kap->out, "recovered", NULL, true);
	out_say(kap->out, "Done. Everything you can read is here, and only you can read it.");
	return KAP_OK;
}

static int follow_up(struct kap *kap)
{
	struct sync_result result;
	struct identity *id = NULL;
	struct vault_txn *txn = NULL;
	char host[IDENTITY_HOST];
	int exit_code = exchange(kap, &result);
	int err = exit_code ? 0 : newcomer_save_settings(kap);
	if (!exit_code && !err)
		exit_code = review(kap);
	if (exit_code)
		return exit_code;
	if (!err)
		err = vault_begin(kap->vault, false, &txn);
	if (!err)
		err = identity_load(txn, &id);
	vault_abort(txn);
	if (!err)
		snprintf(host, sizeof(host), "%s", id->host);
	identity_free(id);
	return err ? kap_fail_err(kap, err, "Run the same command again.") : new_paper(kap, host);
}

/* --- becoming a device --- */

static int become(struct kap *kap, const struct newcomer_address *to, const struct identity *again, unsigned cost)
{
	struct recover_opts opts = {.host = to->host, .port = to->port, .code = &to->code, .again = again};
	struct recover *r = NULL;
	struct buf name;
	buf_init(&name, 0);
	int err = recover_connect(&opts, &r);
	int exit_code = err ? refuse(kap, err, NOTHING) : KAP_OK;
	if (!exit_code) {
		out_str(kap->out, "role", "Found you, as", role_name((enum role)recover_role(r)));
		out_int(kap->out, "devices-before", "Devices", (int64_t)recover_devices(r));
		out_show(kap->out);
		exit_code = newcomer_device_name(kap, &name, NOTHING);
	}
	if (!exit_code)
		exit_code = newcomer_make_vault(kap, cost, NOTHING);
	if (!exit_code) {
		err = recover_prepare(r, kap->vault, (const char *)name.data);
		if (!err)
			err = recover_commit(r, kap->vault);
		exit_code = err ? refuse(kap, err, "Run the same command again.") : KAP_OK;
	}
	recover_free(r);
	buf_wipe(&name);
	return exit_code;
}

/* *stage 0: nothing is here; 1: an attempt that may have gone through; 2: a device whose review is due. */
static int take_up(struct kap *kap, struct identity **again, bool *joined)
{
	bool due = false;
	*joined = false;
	*again = NULL;
	if (!vault_exists(profile_peek_vault_dir(kap->profile)))
		return KAP_OK;
	int exit_code = kap_open_vault(kap);
	if (exit_code)
		return exit_code;
	int err = recover_due(kap->vault, &due);
	if (err)
		return kap_fail_err(kap, err, NOTHING);
	struct vault_txn *txn = NULL;
	err = due ? vault_begin(kap->vault, false, &txn) : 0;
	if (due && !err)
		err = identity_load(txn, again);
	vault_abort(txn);
	if (err)
		return kap_fail_err(kap, err, NOTHING);
	if (!due)
		return newcomer_take_up(kap, again);
	*joined = (*again)->joined;
	if (!*joined) {
		err = recover_resume(kap->vault, *again, 0);
		*joined = !err;
	}
	return err && err != ERR_GUEST ? refuse(kap, err, NOTHING) : KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct newcomer_address to = {0};
	struct identity *again = NULL;
	unsigned cost;
	bool joined = false;
	int exit_code = newcomer_cost(kap, &cost, NOTHING);
	if (!exit_code && argc) /* a mistyped code costs no passphrase */
		exit_code = newcomer_code(kap, "R", argv[0], &to, NOTHING);
	if (!exit_code)
		exit_code = take_up(kap, &again, &joined);
	if (!exit_code && !joined && !argc)
		exit_code = newcomer_code(kap, "R", NULL, &to, NOTHING);
	if (!exit_code && !joined)
		exit_code = become(kap, &to, again, cost);
	if (!exit_code)
		exit_code = follow_up(kap);
	identity_free(again);
	crypto_wipe(&to, sizeof(to));
	return exit_code;
}

const struct cmd cmd_recover = {
    .name = "recover",
    .args = "[CODE@HOST]",
    .summary = "come back on a new machine with your recovery code",
    .about =
        "Everything you can read comes to this machine. Then every other device of yours is gone through: what you "
        "do not say you still have is put out. At the end there is a new recovery code, and the used one is over. "
        "Interrupted, the same command goes on where it was.",
    .example = "kap recover\nYour code: 7Q2MX-9D4KT-0WZ5R-H3VNB-6YCPA-EJ18S@kap.meadow.example",
    .options = options,
    .roles = CMD_ANYONE,
    .needs = CMD_NETWORK,
    .max_args = 1,
    .run = run,
};
