/* ctl: what kapctl can do, one row and one file per command. The commands work on the state folder of a server that is
 * not running. Knows no network. */
#ifndef KAP_DAEMON_CTL_H
#define KAP_DAEMON_CTL_H

#include <stdbool.h>

struct config;

enum ctl_exit { CTL_OK = 0, CTL_FAILED = 1, CTL_USAGE = 2, CTL_STORAGE = 74 };

/* What a command gets: the configuration, its own options (NULL when not given) and operands. */
struct ctl {
	const struct config *config;
	const char *name, *address; /* --name, --address */
	bool any_filesystem;        /* --any-filesystem */
	int argc;
	char **argv;
};

struct ctl_cmd {
	const char *name, *args, *summary, *example;
	int (*run)(const struct ctl *ctl); /* an exit code */
};

int ctl_init(const struct ctl *ctl);
int ctl_check(const struct ctl *ctl);
int ctl_audit(const struct ctl *ctl);
int ctl_restored(const struct ctl *ctl);

struct store;
struct store_opts;
/* Where the configuration says the store is. */
struct store_opts ctl_store_opts(const struct ctl *ctl);
/* Opens the store of the configuration, or says on stderr why not. NULL then, and *exit_code is set. */
struct store *ctl_open_store(const struct ctl *ctl, int *exit_code);
/* "kapctl: WHAT: the error's sentence" on stderr; returns CTL_FAILED. */
int ctl_fail(const char *what, int err);

#endif
