/* help: what there is, and what one command does. */
#include <stdio.h>
#include <string.h>

#include "client/cmd.h"

static const struct cmd_option options[] = {
    {"man", 0, NULL, "the manual page of all commands, as it is installed"},
    {0},
};

static int run(struct kap *kap, int argc, char **argv)
{
	const struct cmd *cmd;
	char name[64];

	if (cmd_flag(kap, "man")) {
		int err = cmd_man(kap->cmds, stdout);
		return err ? kap_fail_err(kap, err, NULL) : KAP_OK;
	}
	kap_try_vault(kap);
	if (!argc) {
		cmd_help_all(kap, NULL);
		return KAP_OK;
	}
	snprintf(name, sizeof name, "%s%s%s", argv[0], argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
	cmd = cmd_by_name(kap->cmds, name);
	if (cmd && cmd_allowed(cmd, kap->role)) {
		cmd_help_one(kap, cmd);
		return KAP_OK;
	}
	if (argc == 1 && cmd_is_family(kap->cmds, name, kap->role)) {
		cmd_help_all(kap, name);
		return KAP_OK;
	}
	cmd = cmd_suggest(kap->cmds, name, kap->role);
	if (cmd)
		return kap_fail(kap, KAP_USAGE, "There is no command \"%.40s\". Did you mean \"%s\"?", name, cmd->name);
	return kap_fail(kap, KAP_USAGE, "There is no command \"%.40s\". %s help lists them.", name, kap->title);
}

const struct cmd cmd_help = {
    .name = "help",
    .args = "[COMMAND]",
    .summary = "what there is, or what one command does",
    .example = "kap help prompts",
    .options = options,
    .roles = CMD_ANYONE,
    .max_args = 2,
    .run = run,
};
