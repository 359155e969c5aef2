/* kap: the program on a person's device. Reads the command line, sees to what the command needs, runs it. */
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/crypto.h"
#include "proto/err.h"
#include "client/cmd.h"
#include "client/profile.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/why.h"
#include "client/vault.h"

#define VERSION "0.1"
#define DISCREET_TITLE "notes"

#define GROUP(name, title)
#define CMD(name) extern const struct cmd cmd_##name;
#include "client/cmd/list.def"
#undef CMD

static const struct cmd *const cmds[] = {
#define CMD(name) &cmd_##name,
#include "client/cmd/list.def"
#undef CMD
#undef GROUP
    NULL,
};

static const struct cmd_group groups[] = {
#define CMD(name)
#define GROUP(name, title) {&cmd_##name, title},
#include "client/cmd/list.def"
#undef GROUP
#undef CMD
    {NULL, NULL},
};

/* Text is UTF-8 whatever the locale says; only the line editor asks the locale. */
static void set_locale(void)
{
	if (!setlocale(LC_CTYPE, "") || strcmp(nl_langinfo(CODESET), "UTF-8"))
		setlocale(LC_CTYPE, "C.UTF-8");
}

/* A list of processes, and the window's title, show another name and no verb. argv was copied before. */
static void hide_title(int argc, char **argv)
{
	size_t room = (size_t)(argv[argc - 1] + strlen(argv[argc - 1]) - argv[0]);
	const char *term = getenv("TERM");

	prctl(PR_SET_NAME, DISCREET_TITLE);
	memset(argv[0], 0, room);
	memcpy(argv[0], DISCREET_TITLE, room < strlen(DISCREET_TITLE) ? room : strlen(DISCREET_TITLE));
	if (isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb"))
		fputs("\033]0;" DISCREET_TITLE "\007", stderr);
}

static bool wants_discreet(const struct profile *profile)
{
	const char *env = getenv("KAP_DISCREET"), *kept = profile ? profile_peek(profile, "discreet") : NULL;

	if (env && *env)
		return strcmp(env, "0") != 0;
	return kept && !strcmp(kept, "1");
}

static char **copy_argv(int argc, char **argv)
{
	char **copy = calloc((size_t)argc + 1, sizeof *copy);

	for (int i = 0; copy && i < argc; i++)
		if (!(copy[i] = strdup(argv[i])))
			return NULL;
	return copy;
}

static int unknown(struct kap *kap, const char *word, bool help)
{
	const struct cmd *near;

	kap_try_vault(kap);
	if (cmd_is_family(cmds, word, kap->role)) {
		cmd_help_all(kap, word);
		return help ? KAP_OK : KAP_USAGE;
	}
	near = cmd_suggest(cmds, word, kap->role);
	if (near)
		return kap_fail(kap, KAP_USAGE, "There is no command \"%.40s\". Did you mean \"%s\"?", word, near->name);
	return kap_fail(kap, KAP_USAGE, "There is no command \"%.40s\". %s help lists them.", word, kap->title);
}

/* What the command needs is there, or the reason why not has been said. */
static int prepare(struct kap *kap, const struct why *profile_why)
{
	const struct cmd *cmd = kap->cmd;
	int rc = KAP_OK;

	if (cmd->needs && !kap->profile)
		return kap_fail_why(kap, ERR_CONFIG, profile_why, NULL);
	if ((cmd->needs & CMD_FRESH) && vault_exists(profile_peek_vault_dir(kap->profile)))
		return kap_fail(kap, KAP_CHOICE,
		                "Somebody's vault is here already. For another person set KAP_HOME to another "
		                "directory.");
	if (cmd->needs & CMD_UNLOCKED)
		rc = kap_open_vault(kap);
	if (rc)
		return rc;
	if (!cmd_allowed(cmd, kap->role))
		return kap_fail(kap, KAP_NOT_ALLOWED, "\"%s\" is not for a %s.", cmd->name, role_name(kap->role));
	return KAP_OK;
}

static int run(struct kap *kap, const struct cmd_global *global, const struct why *profile_why)
{
	char **operands;
	int n, rc;

	if (global->version) {
		out_str(kap->out, "version", kap->title, VERSION);
		return KAP_OK;
	}
	if (!kap->cmd || global->help) {
		kap_try_vault(kap);
		if (kap->cmd && cmd_allowed(kap->cmd, kap->role))
			cmd_help_one(kap, kap->cmd);
		else
			cmd_help_all(kap, NULL);
		return kap->cmd || global->help ? KAP_OK : KAP_USAGE;
	}
	if ((rc = prepare(kap, profile_why)))
		return rc;
	n = cmd_args_operands(kap->args, &operands);
	return kap->cmd->run(kap, n, operands);
}

/* `own` is the argv that other processes see; `argv` a copy of it. */
static int start(struct kap *kap, struct cmd_args **args, int argc, char **argv, char **own)
{
	struct why profile_why, why;
	struct cmd_global global;
	int parsed, rc;

	parsed = cmd_parse(cmds, argc, argv, &global, args, &why);
	if (!*args ||
	    out_new(global.json    ? OUT_JSON
	            : global.plain ? OUT_PLAIN
	                           : OUT_HUMAN,
	            stdout, stderr, &kap->out) ||
	    prompt_new(global.pass_fd, global.yes, &kap->prompt)) {
		fputs("There is not enough memory.\n", stderr);
		return KAP_INTERNAL;
	}
	rc = profile_open(&kap->profile, &profile_why);
	if (rc && rc != ERR_CONFIG)
		return kap_fail_err(kap, rc, NULL);
	kap->args = *args;
	kap->cmd = cmd_args_cmd(*args);
	kap->discreet = wants_discreet(kap->profile);
	kap->title = kap->discreet ? DISCREET_TITLE : "kap";
	if (kap->discreet)
		hide_title(argc, own);
	if (parsed && !why.text[0] && cmd_args_word(*args))
		return unknown(kap, cmd_args_word(*args), global.help);
	if (parsed)
		return kap_fail(kap, (enum fail_exit)parsed, "%s", why.text);
	return run(kap, &global, &profile_why);
}

int main(int argc, char **argv)
{
	struct kap kap = {.cmds = cmds, .groups = groups, .title = "kap", .role = ROLE_GUEST};
	struct cmd_args *args = NULL;
	char **copy = copy_argv(argc, argv);
	int rc = KAP_INTERNAL;

	umask(077);
	crypto_harden_process();
	signal(SIGPIPE, SIG_IGN);
	set_locale();
	if (!copy || argc < 1 || crypto_init()) {
		fputs("The program could not start: out of memory, or the cryptographic library failed.\n", stderr);
		return KAP_INTERNAL;
	}
	rc = start(&kap, &args, argc, copy, argv);
	/* a JSON document always, unless it failed without a word */
	if (kap.out && (rc == KAP_OK || out_has_said(kap.out)) && out_finish(kap.out) && rc == KAP_OK)
		rc = KAP_INTERNAL;
	vault_close(kap.vault);
	prompt_free(kap.prompt);
	profile_free(kap.profile);
	out_free(kap.out);
	cmd_args_free(args);
	for (int i = 0; i < argc; i++)
		free(copy[i]);
	free(copy);
	crypto_fini();
	return rc;
}
