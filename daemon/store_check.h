/* store_check: walks the whole store and proves it: every value, every hash, every reference. For tests, `kapctl check`
 * and a file that looks damaged. One long read: offline or on a copy, or the file grows while others write. */
#ifndef KAP_DAEMON_STORE_CHECK_H
#define KAP_DAEMON_STORE_CHECK_H

#include <stddef.h>
#include <stdint.h>

struct store;
struct store_opts;

struct store_counts {
	uint64_t chains, links, records, bytes, feed_rows, people, invites, answers, audit_rows, blobs;
	uint64_t problems;
};

/* Told of each problem: `what` is a static sentence, `id` (len bytes, may be 0) the key it is about. */
typedef void store_finding(void *arg, const char *what, const uint8_t *id, size_t len);

/* ERR_CORRUPT when there are problems; `found` may be NULL. *counts is filled in either way. Any thread but only while
 * the store is open. */
int store_check(struct store *s, store_finding *found, void *arg, struct store_counts *counts);

/* The same in a child process, which opens the store itself (it must not be open here): damage that kills the reader is
 * ERR_CORRUPT too. No thread may be running. `found` is called in the child. Errors of store_open. */
struct store_check_opts {
	store_finding *found;
	void *arg;
	struct store_counts *counts; /* filled in if the child lived; NULL is legal */
};
int store_check_child(const struct store_opts *opts, const struct store_check_opts *check);

#endif
