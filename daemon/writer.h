/* writer: the one thread that owns all write transactions. Jobs that arrive while a group is being made durable are the
 * next group. Knows no request and no libevent: the loop watches writer_fd and calls writer_drain.
 *
 * A handler embeds struct writer_job at the start of its own struct, which must outlive `done`. */
#ifndef KAP_DAEMON_WRITER_H
#define KAP_DAEMON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;
struct store_batch;
struct writer;

struct writer_job {
	/* Writer thread, inside the group's transaction. 0: what it wrote is to be kept, its audit row included. An error:
	 * nothing it wrote is kept (the writer sees to it) and `done` gets that error. A refusal that is to be remembered
	 * (its audit row, a used invitation) is therefore a 0, with the answer kept in the embedding struct.
	 * May be called more than once for one job, each time in a fresh transaction: it starts over. */
	int (*apply)(struct store_batch *batch, struct writer_job *job);
	/* Writer thread, after the commit that kept it: slow work such as signing a receipt. NULL is legal. */
	void (*after)(struct writer_job *job);
	/* Loop thread, in writer_drain, exactly once, in the order of submission (that of bulk jobs is their own). err 0:
	 * durable. ERR_FULL, ERR_STORE_FATAL (it is not known whether it was stored; never acknowledge), or what `apply`
	 * returned. May free the job and may submit others. */
	void (*done)(struct writer_job *job, int err);
	size_t bytes; /* memory the job holds, counted against max_bytes */
	bool bulk;    /* large and in no hurry: a group takes the others first, then at most WRITER_BULK_MAX of these */

	/* the writer's own */
	struct writer_job *next;
	int err;
};

struct writer_opts {
	struct store *store;   /* borrowed; must outlive the writer */
	size_t max_jobs;       /* waiting or in work; 0: 4096 */
	size_t max_bytes;      /* 0: 64 MiB; a lone job may be larger */
	unsigned tend_seconds; /* how often the store is tended and swept; 0: 60 */
};

#define WRITER_GROUP_MAX 256 /* jobs in one commit */
#define WRITER_BULK_MAX 8    /* bulk jobs among them */

/* Starts the thread. ERR_NOMEM, ERR_IO. On error *out is NULL. */
int writer_new(const struct writer_opts *opts, struct writer **out);

/* Loop thread. Hands the job over. ERR_BUSY (too much waits; bulk jobs find room in half of max_bytes), ERR_DRAINING
 * (being stopped), ERR_STORE_FATAL (a commit failed); then the job is the caller's still and `done` is not called. */
int writer_submit(struct writer *w, struct writer_job *job);

/* An eventfd, readable when writer_drain has something to do. Owned by the writer. */
int writer_fd(const struct writer *w);
/* Loop thread. Calls `done` of every finished job. */
void writer_drain(struct writer *w);

/* Loop thread. Nothing more can be done here, though no commit failed: as if one had, from now on. */
void writer_give_up(struct writer *w);
/* True once a commit has failed fatally: the process ends with exit 74 after draining. */
bool writer_failed(struct writer *w);

/* Loop thread. Takes no more, lets all that waits be committed, joins the thread, calls `done` of all. Legal twice. */
void writer_stop(struct writer *w);
void writer_free(struct writer *w); /* stops first; NULL is legal */

#endif
