/* recovery_test: is the paper one has the right one? Nothing is sent. */
#include "client/cmd.h"
#include "client/enrol/paper.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "proto/buf.h"
#include "proto/code.h"
#include "proto/err.h"

#include "client/cmd/desk.h"

/* With or without the address. */
static int read_code(struct kap *kap, struct code *code)
{
	char host[CODE_HOST];
	struct buf line;
	uint16_t port;
	buf_init(&line, 0);
	int err = prompt_line(kap->prompt, "The code on your paper: ", CODE_AT_TEXT, &line);
	if (!err)
		err = code_parse("R", (const char *)line.data, line.len, code);
	if (err == ERR_CODE_FORM)
		err = code_parse_at("R", (const char *)line.data, code, host, &port) ? ERR_CODE_FORM : 0;
	buf_wipe(&line);
	return err;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct code code = {0};
	bool right = false;
	(void)argc;
	(void)argv;
	int err = read_code(kap, &code);
	if (err == ERR_CODE_FORM || err == ERR_CODE_KIND)
		return kap_fail(kap, KAP_INVALID, "%s Nothing was compared; try again.", err_text(err));
	if (!err)
		err = paper_test(kap->vault, &code, &right);
	code_wipe(&code);
	if (err)
		return kap_fail_err(kap, err, "Nothing was compared.");
	out_bool(kap->out, "right", NULL, right);
	if (!right)
		return kap_fail(kap, KAP_CHOICE,
		                "This is a recovery code, but not the one in force for you: an older one, or somebody else's. "
		                "If you have no other, make a new one: `%s recovery new`.",
		                kap->title);
	out_say(kap->out, "This is your recovery code. Keep it where it was.");
	return KAP_OK;
}

const struct cmd cmd_recovery_test = {
    .name = "recovery test",
    .args = "",
    .summary = "check that the paper you have is your recovery code",
    .about = "Asks for the code, compares it on this device, sends nothing, and remembers the day.",
    .example = "kap recovery test",
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .run = run,
};
