/* device_add: the device one has lets a new one in. */
#include <stdio.h>

#include "client/cmd.h"
#include "client/enrol/pairing.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/qr.h"
#include "proto/code.h"
#include "proto/crypto.h"
#include "proto/err.h"

#include "client/cmd/desk.h"
#include "device.h"

#define WAIT_MS 20000
#define NOTHING "Nothing was added."

static const struct {
	int err;
	const char *sentence;
} refusals[] = {
    {ERR_RANGE, "You have 16 devices, and that is the most. Put one out first."},
    {ERR_CODE_EXPIRED, "Nothing came within ten minutes, and the code is over."},
    {ERR_OPEN, "ALARM: something answered that does not know the code. Tell the clinic."},
    {ERR_HASH, "ALARM: what answered was not meant for this code. Tell the clinic."},
    {ERR_EXISTS, "ALARM: somebody else writes in this device's place under this code. Tell the clinic."},
    {ERR_AUTHOR, "ALARM: the new device was told that it belongs to somebody else. Tell the clinic."},
    {ERR_NO_TERMINAL, "There is no terminal to ask at whether the words are the same."},
};

static int refuse(struct desk *d, int err)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].err == err)
			return kap_fail(d->kap, KAP_NOT_ALLOWED, "%s " NOTHING, refusals[i].sentence);
	if (err == ERR_UNREACHABLE || err == ERR_TIMEOUT || err == ERR_CLOSED)
		return kap_fail(d->kap, KAP_SAVED_LOCALLY,
		                "The clinic's server cannot be reached, and a new device needs it. " NOTHING);
	return desk_refused_statement(d, err, NOTHING);
}

static int show_code(struct desk *d, const struct pairing *p)
{
	char text[CODE_AT_TEXT];
	struct out *out = d->kap->out;
	uint16_t port;
	const char *host = pairing_host(p, &port);
	int err = code_format_at(pairing_code(p), host, port, text);
	if (err)
		return refuse(d, err);
	out_line(out, "On the new device type `%s device join` and this code:", d->kap->title);
	out_line(out, "%s", "");
	out_str(out, "code", "  Code", text);
	out_line(out, "%s", "");
	qr_show(out, text);
	out_say(out,
	        "It works once, for ten minutes. The new device will read everything that you can read, and nothing is "
	        "given to it before you say yes here.");
	crypto_wipe(text, sizeof(text));
	/* for programs, too: the new device needs it now */
	return out_finish(out) ? KAP_INTERNAL : KAP_OK;
}

static int wait_for_answer(struct desk *d, struct pairing *p)
{
	int err = ERR_NOT_FOUND;
	while (err == ERR_NOT_FOUND) {
		out_progress(d->kap->out, "Waiting for the new device", 0, 0);
		err = pairing_wait(p, WAIT_MS);
	}
	out_progress(d->kap->out, NULL, 0, 0);
	return err ? refuse(d, err) : KAP_OK;
}

/* 1: yes. */
static int ask(struct desk *d, const struct pairing *p)
{
	uint8_t words[PAIR_WORDS];
	char question[DEVICES_NAME + 128];
	int err = pairing_words(p, words);
	if (err)
		return err;
	out_str(d->kap->out, "name", "New device", pairing_name(p));
	device_show_words(d->kap, words);
	out_show(d->kap->out);
	snprintf(question, sizeof(question), "Does the new device show the same four words?");
	return prompt_yes(d->kap->prompt, question);
}

static int confirm(struct desk *d, struct pairing *p)
{
	bool welcomed;
	int yes = ask(d, p);
	if (yes < 0)
		return refuse(d, yes);
	if (!yes)
		return kap_fail(d->kap, KAP_CHOICE,
		                "Then it was not let in. If you did type the code on a device of yours and the words differ, "
		                "somebody stands between: tell the clinic. " NOTHING);
	int err = pairing_confirm(p, &welcomed);
	if (err == ERR_TIMEOUT || err == ERR_CLOSED)
		return kap_fail(d->kap, KAP_SAVED_LOCALLY,
		                "The connection was lost in the middle. `%s device list` after the next sync shows whether it "
		                "was added.",
		                d->kap->title);
	if (err)
		return refuse(d, err);
	out_bool(d->kap->out, "added", NULL, true);
	out_say(d->kap->out, "Added. %s",
	        welcomed ? "It fetches everything now."
	                 : "It could not be told; the same command there finds out by itself.");
	return KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct pairing *p = NULL;
	struct desk d;
	(void)argc;
	(void)argv;
	int exit_code = desk_open_people(kap, &d);
	if (exit_code)
		return exit_code;
	int err = pairing_begin(kap->vault, &p);
	exit_code = err ? refuse(&d, err) : show_code(&d, p);
	if (!exit_code)
		exit_code = wait_for_answer(&d, p);
	if (!exit_code)
		exit_code = confirm(&d, p);
	pairing_free(p);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_device_add = {
    .name = "device add",
    .args = "",
    .summary = "let a new device of yours in",
    .about =
        "Shows a code for the new device, waits until it answers, and asks you to compare four words on both. Then "
        "the new device can read all that you can, from the beginning.",
    .example = "kap device add",
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .run = run,
};
