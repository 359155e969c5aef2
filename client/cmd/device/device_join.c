/* device_join: this machine becomes another device of somebody who is at the clinic already. */
#include <string.h>

#include "client/book/identity.h"
#include "client/cmd.h"
#include "client/enrol/pair_join.h"
#include "client/sync/sync.h"
#include "client/ui/out.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"

#include "client/cmd/desk.h"
#include "device.h"
#include "newcomer.h"

#define WAIT_MS 20000
#define NOTHING "Nothing was joined."

static const struct cmd_option options[] = {
    NEWCOMER_DEVICE,
    NEWCOMER_COST,
    {0},
};

static const struct {
	int err;
	const char *sentence;
} refusals[] = {
    {ERR_CODE_UNKNOWN, "There is nothing behind this code: it may be older than ten minutes, or from another clinic. "
                       "Make a new one on the "
                       "other device."},
    {ERR_EXISTS, "Another device has used this code already. If that was not you, answer no on the other device, and "
                 "make a new code."},
    {ERR_CODE_EXPIRED, "The other device did not say yes within ten minutes. Make a new code there."},
    {ERR_PIN,
     "ALARM: another machine answered in the place of the clinic's server. Nothing was sent to it. Tell the clinic."},
    {ERR_OPEN, "ALARM: what the server gave out for this code is not what your other device left there. Tell the "
               "clinic."},
    {ERR_HASH, "ALARM: what the server gave out for this code is not what your other device left there. Tell the "
               "clinic."},
    {ERR_ANSWER,
     "ALARM: the server answered with something that is no valid answer. Nothing was joined. Tell the clinic."},
    {ERR_ROLLBACK, "ALARM: the server shows less than your other device has seen. Tell the clinic."},
};

static int refuse(struct kap *kap, int err)
{
	out_progress(kap->out, NULL, 0, 0);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].err == err)
			return kap_fail(kap, KAP_NOT_ALLOWED, "%s " NOTHING, refusals[i].sentence);
	return kap_fail_err(kap, err, NOTHING " The code can be used again within its ten minutes.");
}

static void progress(void *arg, enum sync_step step, size_t done, size_t total)
{
	static const char *const words[] = {"Connecting", "Checking who is who", "Sealing", "Sending", "Receiving"};
	out_progress(((struct kap *)arg)->out, words[step], done, total);
}

/* A device now: the whole history comes. */
static int finish(struct kap *kap)
{
	struct sync_result result;
	struct sync_opts opts = {.vault = kap->vault, .progress = progress, .arg = kap};
	int err = newcomer_save_settings(kap);
	if (err)
		return kap_fail_err(kap, err,
		                    "You have joined, but not everything could be saved. Run the same command again.");
	out_bool(kap->out, "joined", NULL, true);
	out_say(kap->out, "This is one of your devices now.");
	out_show(kap->out);
	err = sync_run(&opts, &result);
	return desk_say_sync(kap, err, &result, false);
}

/* An attempt that went further than we know. *done: there is nothing left to do. */
static int take_up(struct kap *kap, struct identity **again, bool *done)
{
	int exit_code = newcomer_take_up(kap, again);
	*done = false;
	if (exit_code || !*again)
		return exit_code;
	int err = pair_join_resume(kap->vault, *again, 0);
	*done = !err;
	return err && err != ERR_GUEST ? refuse(kap, err) : KAP_OK;
}

static int answer_and_wait(struct kap *kap, struct pair_join *j)
{
	uint8_t words[PAIR_WORDS];
	int err = pair_join_answer(j);
	if (err)
		return refuse(kap, err);
	do {
		out_progress(kap->out, "Waiting for the other device", 0, 0);
		err = pair_join_reveal(j, WAIT_MS, words);
	} while (err == ERR_NOT_FOUND);
	out_progress(kap->out, NULL, 0, 0);
	if (err)
		return refuse(kap, err);
	out_line(kap->out, "The other device shows four words, too. Say yes there if they are these:");
	device_show_words(kap, words);
	(void)out_finish(kap->out); /* for programs, too: a person compares them now */
	do {
		out_progress(kap->out, "Waiting for the other device", 0, 0);
		err = pair_join_wait(j, WAIT_MS);
	} while (err == ERR_NOT_FOUND);
	if (!err)
		err = pair_join_commit(j, kap->vault);
	return err ? refuse(kap, err) : KAP_OK;
}

static int pair(struct kap *kap, const struct newcomer_address *to, const struct identity *again, unsigned cost)
{
	struct pair_join_opts opts = {.host = to->host, .port = to->port, .code = &to->code, .again = again};
	struct pair_join *j = NULL;
	struct buf name;
	buf_init(&name, 0);
	int err = pair_join_connect(&opts, &j);
	int exit_code = err ? refuse(kap, err) : KAP_OK;
	if (!exit_code) {
		out_str(kap->out, "clinic", "Clinic", pair_join_offer(j)->clinic_name);
		out_str(kap->out, "person", "You are", pair_join_offer(j)->name);
		out_show(kap->out);
		exit_code = newcomer_device_name(kap, &name, NOTHING);
	}
	if (!exit_code)
		exit_code = newcomer_make_vault(kap, cost, NOTHING);
	if (!exit_code) {
		err = pair_join_prepare(j, kap->vault, (const char *)name.data);
		exit_code = err ? refuse(kap, err) : answer_and_wait(kap, j);
	}
	pair_join_free(j);
	buf_wipe(&name);
	return exit_code;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct newcomer_address to = {0};
	struct identity *again = NULL;
	unsigned cost;
	bool done = false;
	int exit_code = newcomer_cost(kap, &cost, NOTHING);
	if (!exit_code)
		exit_code = newcomer_code(kap, "P", argc ? argv[0] : NULL, &to, NOTHING);
	if (!exit_code)
		exit_code = take_up(kap, &again, &done);
	if (!exit_code && !done)
		exit_code = pair(kap, &to, again, cost);
	if (!exit_code)
		exit_code = finish(kap);
	identity_free(again);
	crypto_wipe(&to, sizeof(to));
	return exit_code;
}

const struct cmd cmd_device_join = {
    .name = "device join",
    .args = "[CODE@HOST]",
    .summary = "make this machine one of your devices",
    .about = "With the code that `kap device add` shows on a device you have. You choose a passphrase for this one, "
             "compare four words on both, say yes on the other, and everything you can read comes here.",
    .example = "kap device join\nYour code: 7Q2MX-9D4KT-0WZ5R-H3VNB-6YCPA-EJ18S@kap.meadow.example",
    .options = options,
    .roles = CMD_ANYONE,
    .needs = CMD_NETWORK,
    .max_args = 1,
    .run = run,
};
