/* ctl_check: proves the whole store: every value, every hash, every reference; and that its chains can be read as
 * chains, by the rules, so that kapd will start with them. */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "proto/err.h"
#include "proto/keychain.h"

#include "config.h"
#include "roster.h"
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

static void print_devices(const struct roster *roster)
{
	unsigned long long active = 0, out = 0;
	const uint8_t *after = NULL;
	const struct keychain *person;
	while ((person = roster_next(roster, after))) {
		after = keychain_genesis(person);
		for (size_t i = 0; i < keychain_ever(person); i++) {
			active += keychain_ever_at(person, i)->active && !keychain_ever_at(person, i)->paper;
			out += !keychain_ever_at(person, i)->active;
		}
	}
	printf("devices %llu, put out %llu\n", active, out);
}

/* What asked to be acknowledged by a time that is over, and was not: of this the server knows the time alone. */
static int print_unanswered(struct store *store)
{
	size_t n;
	int err = store_answers_overdue(store, (uint64_t)time(NULL), SIZE_MAX, &n);
	if (!err)
		printf("unanswered in time %zu\n", n);
	return err;
}

/* Values and hashes may be right, and what they say be nothing that can follow. */
static int check_chains(const struct ctl *ctl)
{
	int exit_code = CTL_OK;
	struct roster *roster = NULL;
	struct store *store = ctl_open_store(ctl, &exit_code);
	int err = store ? roster_new(store, &roster) : 0;
	if (err) {
		fprintf(stderr, "A chain breaks the rules of its kind: %s\n", err_text(err));
		exit_code = CTL_STORAGE;
	} else if (roster) {
		print_devices(roster);
		if (print_unanswered(store))
			exit_code = CTL_STORAGE;
	}
	roster_free(roster);
	store_close(store);
	return exit_code;
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
	int chains = err ? CTL_STORAGE : check_chains(ctl);
	n.problems += !err && chains;
	printf(chains ? "The store is damaged: %llu problems.\n" : "The store is whole: %llu problems.\n",
	       (unsigned long long)n.problems);
	return chains;
}
