/* ctl: what several commands of kapctl share; see ctl.h. */
#include <stdio.h>

#include "proto/err.h"

#include "config.h"
#include "store.h"

#include "ctl.h"

int ctl_fail(const char *what, int err)
{
	fprintf(stderr, "kapctl: %s: %s\n", what, err_text(err));
	return CTL_FAILED;
}

struct store_opts ctl_store_opts(const struct ctl *ctl)
{
	return (struct store_opts){.dir = ctl->config->state_dir,
	                           .map_size = (uint64_t)ctl->config->store_mib << 20,
	                           .any_filesystem = ctl->any_filesystem || ctl->config->any_filesystem};
}

struct store *ctl_open_store(const struct ctl *ctl, int *exit_code)
{
	struct store *store = NULL;
	struct store_opts opts = ctl_store_opts(ctl);
	int err = store_open(&opts, &store);
	if (err == ERR_LOCKED) {
		fprintf(stderr, "kapctl: the store in %s is in use. Stop kapd first.\n", opts.dir);
		*exit_code = CTL_FAILED;
	} else if (err == ERR_NOT_FOUND) {
		fprintf(stderr, "kapctl: there is no store in %s. `kapctl init` makes one.\n", opts.dir);
		*exit_code = CTL_FAILED;
	} else if (err) {
		*exit_code = CTL_STORAGE;
		ctl_fail(opts.dir, err);
	}
	return store;
}
