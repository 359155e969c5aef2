/* kapctl: finds the command, reads the configuration, runs it. A command is a row below and a file ctl_NAME.c. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"

#include "config.h"
#include "ctl.h"

#define CONFIG_FILE "/etc/kapd/kapd.conf"

static const struct ctl_cmd commands[] = {
    {"init", "--name CLINIC --address HOST[:PORT]", "make a clinic's server and print its founding code",
     "kapctl init --name \"Meadow Clinic\" --address kap.meadow.example", ctl_init},
    {"check", "", "prove the whole store", "kapctl check", ctl_check},
    {"audit", "show|verify", "show or prove the audit log", "kapctl audit verify", ctl_audit},
    {"restored", "", "say that the store was put back from an older copy", "kapctl restored", ctl_restored},
};

enum { OPT_SET = 256, OPT_NAME, OPT_ADDRESS, OPT_ANY_FILESYSTEM };

static const struct option long_options[] = {{"config", required_argument, NULL, 'c'},
                                             {"set", required_argument, NULL, OPT_SET},
                                             {"name", required_argument, NULL, OPT_NAME},
                                             {"address", required_argument, NULL, OPT_ADDRESS},
                                             {"any-filesystem", no_argument, NULL, OPT_ANY_FILESYSTEM},
                                             {"help", no_argument, NULL, 'h'},
                                             {0}};

static int usage(FILE *to)
{
	fprintf(to,
	        "usage: kapctl COMMAND [OPTION]...\n\nLooks after the server of a clinic. kapd must not be running.\n\n");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(to, "  %s %s\n      %s\n      Example: %s\n", commands[i].name, commands[i].args, commands[i].summary,
		        commands[i].example);
	fprintf(to, "\nOptions of every command:\n"
	            "  -c, --config FILE    read FILE instead of " CONFIG_FILE "\n"
	            "  --set KEY=VALUE      set one key of the configuration, over what the file says\n"
	            "  --any-filesystem     allow a file system that is not known to keep what it is given\n");
	return to == stdout ? CTL_OK : CTL_USAGE;
}

/* Reads the file, if it is there or was asked for, and then every --set in order. */
static int read_config(int argc, char **argv, struct ctl *ctl, struct config *config, struct buf *errors)
{
	const char *path = NULL;
	int c, err = 0;
	config_defaults(config);
	for (int pass = 0; pass < 2 && !err; pass++) {
		optind = 1;
		while (!err && (c = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1) {
			if (c == '?')
				return ERR_ARG;
			if (c == 'c')
				path = optarg;
			else if (c == OPT_NAME)
				ctl->name = optarg;
			else if (c == OPT_ADDRESS)
				ctl->address = optarg;
			else if (c == OPT_ANY_FILESYSTEM)
				ctl->any_filesystem = true;
			else if (c == 'h')
				return ERR_MORE;
			else if (c == OPT_SET && pass)
				err = config_set(config, optarg, errors);
		}
		struct stat st;
		if (!pass && (path || stat(CONFIG_FILE, &st) == 0))
			err = config_load(config, path ? path : CONFIG_FILE, errors);
	}
	return err;
}

static const struct ctl_cmd *find(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

int main(int argc, char **argv)
{
	struct config config;
	struct ctl ctl = {.config = &config};
	struct buf errors;
	crypto_harden_process();
	int err = crypto_init();
	if (err)
		return ctl_fail("start", err);
	buf_init(&errors, 0);
	err = read_config(argc, argv, &ctl, &config, &errors);
	if (err == ERR_CONFIG || err == ERR_NOT_FOUND || err == ERR_IO)
		fprintf(stderr, "%.*s", (int)errors.len, (const char *)errors.data);
	buf_wipe(&errors);
	if (err == ERR_MORE)
		return usage(stdout);
	if (err == ERR_ARG || (!err && optind >= argc))
		return usage(stderr);
	if (err)
		return CTL_USAGE;
	const struct ctl_cmd *cmd = find(argv[optind]);
	if (!cmd) {
		fprintf(stderr, "kapctl: there is no command \"%s\". `kapctl --help` lists them.\n", argv[optind]);
		return CTL_USAGE;
	}
	ctl.argc = argc - optind - 1;
	ctl.argv = argv + optind + 1;
	int exit_code = cmd->run(&ctl);
	crypto_fini();
	return exit_code;
}
