/* ctl_check: proves the whole store: every value, every hash, every reference. */
#include <stdio.h>

#include "proto/err.h"

#include "config.h"
#include "store.h"
#include "store_check.h"

#include "ctl.h"

static void found(void *arg, const char *what, const uint8_t *id, size_t len)
{
	(void)arg;
	fprintf(stderr, "%s", what);
	if (len)
		fprintf(stderr, " ");
	for (size_t i = 0; i < len && i < 16; i++)
		fprintf(stderr, "%02x", id[i]);
	fprintf(stderr, "\n");
}

int ctl_check(const struct ctl *ctl)
{
	struct store_opts opts = ctl_store_opts(ctl);
	struct store_counts n = {0};
	struct store_check_opts check = {found, NULL, &n};
	int err = store_check_child(&opts, &check);
	if (err == ERR_LOCKED) {
		fprintf(stderr, "kapctl: the store in %s is in use. Stop kapd first.\n", opts.dir);
		return CTL_FAILED;
	}
	if (err == ERR_NOT_FOUND) {
		fprintf(stderr, "kapctl: there is no store in %s. `kapctl init` makes one.\n", opts.dir);
		return CTL_FAILED;
	}
	if (err && err != ERR_CORRUPT)
		return ctl_fail(opts.dir, err);
	printf("people %llu, chains %llu, links %llu, records %llu, feed rows %llu, invitations %llu, audit rows %llu\n",
	       (unsigned long long)n.people, (unsigned long long)n.chains, (unsigned long long)n.links,
	       (unsigned long long)n.records, (unsigned long long)n.feed_rows, (unsigned long long)n.invites,
	       (unsigned long long)n.audit_rows);
	printf(err ? "The store is damaged: %llu problems.\n" : "The store is whole: %llu problems.\n",
	       (unsigned long long)n.problems);
	return err ? CTL_STORAGE : CTL_OK;
}
