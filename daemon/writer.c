/* writer: see the header. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "proto/err.h"
#include "store.h"
#include "log.h"
#include "store_batch.h"
#include "store_blob.h"
#include "writer.h"

#define JOBS_DEFAULT 4096
#define BYTES_DEFAULT ((size_t)64 << 20)
#define TEND_DEFAULT 60
#define SWEPT_AT_ONCE 4 /* blobs: nobody waits long for it */

struct queue {
	struct writer_job *first, *last;
};

struct writer {
	struct writer_opts opts;
	int fd;
	pthread_t thread;
	bool joined;      /* loop thread's */
	uint64_t tend_at; /* the writer thread's; monotonic seconds */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* under the lock */
	struct queue waiting, bulk, finished;
	size_t jobs, bytes; /* submitted and not finished */
	bool stopping, failed;
};

static void push(struct queue *q, struct writer_job *job)
{
	job->next = NULL;
	if (q->last)
		q->last->next = job;
	else
		q->first = job;
	q->last = job;
}

static struct writer_job *pop(struct queue *q)
{
	struct writer_job *job = q->first;
	if (job) {
		q->first = job->next;
		if (!q->first)
			q->last = NULL;
		job->next = NULL;
	}
	return job;
}

/* --- the writer thread --- */

struct group {
	struct writer_job *jobs[WRITER_GROUP_MAX];
	bool out[WRITER_GROUP_MAX]; /* left out: it spoiled a transaction and keeps its error */
	size_t n;                   /* taken from the queue */
	size_t done;                /* of those, how many went into this commit */
};

/* What became of one attempt at a group. */
enum attempt { ATTEMPT_APPLIED, ATTEMPT_AGAIN, ATTEMPT_LOST };

/* Applies the jobs in order. One that fails after having written something spoils the transaction: it keeps its error
 * and the others start over without it. */
static enum attempt apply_all(struct store_batch *batch, struct group *g)
{
	for (g->done = 0; g->done < g->n; g->done++) {
		struct writer_job *job = g->jobs[g->done];
		if (g->out[g->done])
			continue;
		if (g->done > 0 && store_batch_pages(batch) >= STORE_BATCH_PAGES)
			break;
		uint64_t before = store_batch_writes(batch);
		job->err = job->apply(batch, job);
		if (store_batch_err(batch))
			return ATTEMPT_LOST;
		if (job->err && store_batch_writes(batch) != before) {
			g->out[g->done] = true;
			return ATTEMPT_AGAIN;
		}
	}
	return ATTEMPT_APPLIED;
}

/* The group got nowhere: everybody hears why, also who had been refused, for what that rested on is gone; but for those
 * left out. */
static void fail_group(struct group *g, int err)
{
	for (size_t i = 0; i < g->done; i++) {
		if (!g->out[i])
			g->jobs[i]->err = err;
	}
}

/* Makes as many of the group durable as fit one commit; sets the error of each of them. */
static int run_group(struct store *s, struct group *g)
{
	struct store_batch *batch;
	enum attempt attempt = ATTEMPT_AGAIN;
	memset(g->out, 0, sizeof(g->out));
	while (attempt == ATTEMPT_AGAIN) {
		int err = store_batch_begin(s, &batch);
		if (err) {
			g->done = g->n;
			fail_group(g, err);
			return err;
		}
		attempt = apply_all(batch, g);
		if (attempt == ATTEMPT_AGAIN)
			store_batch_abort(batch);
	}
	if (attempt == ATTEMPT_LOST)
		g->done = g->n;
	int err = store_batch_commit(batch); /* a lost one is not committed: this says what it was lost by */
	if (err)
		fail_group(g, err);
	return err;
}

static void signal_loop(struct writer *w)
{
	static const uint64_t one = 1;
	ssize_t n;
	do
		n = write(w->fd, &one, sizeof(one));
	while (n < 0 && errno == EINTR);
}

/* Hands finished jobs to the loop one by one, so that it can work while `after` of the next is under way. */
static void finish(struct writer *w, struct writer_job *job)
{
	if (job->err == 0 && job->after)
		job->after(job);
	pthread_mutex_lock(&w->lock);
	bool was_empty = !w->finished.first;
	w->jobs--;
	w->bytes -= job->bytes;
	push(&w->finished, job);
	pthread_mutex_unlock(&w->lock);
	if (was_empty)
		signal_loop(w);
}

static void take(struct writer *w, struct group *g)
{
	size_t room = w->bulk.first ? WRITER_GROUP_MAX - WRITER_BULK_MAX : WRITER_GROUP_MAX;
	for (g->n = 0; g->n < room && w->waiting.first; g->n++)
		g->jobs[g->n] = pop(&w->waiting);
	for (size_t n = 0; n < WRITER_BULK_MAX && w->bulk.first; n++)
		g->jobs[g->n++] = pop(&w->bulk);
}

/* What did not fit the commit goes back to the front. */
static void put_back(struct writer *w, const struct group *g)
{
	for (size_t i = g->n; i > g->done; i--) {
		struct writer_job *job = g->jobs[i - 1];
		struct queue *q = job->bulk ? &w->bulk : &w->waiting;
		job->next = q->first;
		q->first = job;
		if (!q->last)
			q->last = job;
	}
}

/* --- housekeeping, between groups --- */

static uint64_t seconds(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec;
}

/* False when the store can take no more. */
static bool tend(struct writer *w)
{
	size_t n = 0;
	if (seconds(CLOCK_MONOTONIC) < w->tend_at)
		return true;
	w->tend_at = seconds(CLOCK_MONOTONIC) + w->opts.tend_seconds;
	store_tend(w->opts.store);
	int err = store_blob_sweep(w->opts.store, seconds(CLOCK_REALTIME) * 1000, SWEPT_AT_ONCE, &n);
	if (err)
		log_error("sweep_failed", LOG_ERR(err));
	else if (n)
		log_info("swept", LOG_U64("blobs", n));
	return err != ERR_STORE_FATAL;
}

static bool has_jobs(const struct writer *w)
{
	return w->waiting.first || w->bulk.first;
}

static void tend_unlocked(struct writer *w)
{
	pthread_mutex_unlock(&w->lock);
	bool fatal = !tend(w);
	pthread_mutex_lock(&w->lock);
	w->failed = w->failed || fatal;
}

/* Waits for jobs, tending the store meanwhile. False when there is nothing more to come. Called with the lock held. */
static bool wait_for_jobs(struct writer *w)
{
	while (!has_jobs(w) && !w->stopping) {
		struct timespec until = {.tv_sec = (time_t)w->tend_at};
		if (pthread_cond_timedwait(&w->wake, &w->lock, &until) == ETIMEDOUT)
			tend_unlocked(w);
	}
	return has_jobs(w);
}

static void *run(void *arg)
{
	struct writer *w = arg;
	struct group g;
	pthread_mutex_lock(&w->lock);
	while (wait_for_jobs(w)) {
		take(w, &g);
		pthread_mutex_unlock(&w->lock);
		int err = run_group(w->opts.store, &g);
		pthread_mutex_lock(&w->lock);
		put_back(w, &g);
		if (err == ERR_STORE_FATAL)
			w->failed = true;
		pthread_mutex_unlock(&w->lock);
		for (size_t i = 0; i < g.done; i++)
			finish(w, g.jobs[i]);
		pthread_mutex_lock(&w->lock);
		tend_unlocked(w);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* --- the loop thread --- */

/* Signals belong to the loop. */
static int start_thread(struct writer *w)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_create(&w->thread, NULL, run, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc == 0 ? 0 : ERR_NOMEM;
}

static int init_wake(struct writer *w)
{
	pthread_condattr_t attr;
	if (pthread_condattr_init(&attr) != 0)
		return ERR_NOMEM;
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	int rc = pthread_cond_init(&w->wake, &attr);
	pthread_condattr_destroy(&attr);
	return rc == 0 ? 0 : ERR_NOMEM;
}

static void dispose(struct writer *w)
{
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	close(w->fd);
	free(w);
}

int writer_new(const struct writer_opts *opts, struct writer **out)
{
	*out = NULL;
	struct writer *w = calloc(1, sizeof(*w));
	if (!w)
		return ERR_NOMEM;
	w->opts = *opts;
	w->opts.max_jobs = opts->max_jobs ? opts->max_jobs : JOBS_DEFAULT;
	w->opts.max_bytes = opts->max_bytes ? opts->max_bytes : BYTES_DEFAULT;
	w->opts.tend_seconds = opts->tend_seconds ? opts->tend_seconds : TEND_DEFAULT;
	w->tend_at = seconds(CLOCK_MONOTONIC) + w->opts.tend_seconds;
	w->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (w->fd < 0) {
		free(w);
		return ERR_IO;
	}
	pthread_mutex_init(&w->lock, NULL);
	int err = init_wake(w);
	if (!err)
		err = start_thread(w);
	if (err) {
		dispose(w);
		return err;
	}
	*out = w;
	return 0;
}

static int may_submit(const struct writer *w, const struct writer_job *job)
{
	if (w->failed)
		return ERR_STORE_FATAL;
	if (w->stopping)
		return ERR_DRAINING;
	size_t max = job->bulk ? w->opts.max_bytes / 2 : w->opts.max_bytes; /* the others always find room */
	bool fits = w->jobs == 0 || (job->bytes <= max && w->bytes <= max - job->bytes);
	return fits && w->jobs < w->opts.max_jobs ? 0 : ERR_BUSY;
}

int writer_submit(struct writer *w, struct writer_job *job)
{
	pthread_mutex_lock(&w->lock);
	int err = may_submit(w, job);
	if (!err) {
		push(job->bulk ? &w->bulk : &w->waiting, job);
		w->jobs++;
		w->bytes += job->bytes;
		pthread_cond_signal(&w->wake);
	}
	pthread_mutex_unlock(&w->lock);
	return err;
}

int writer_fd(const struct writer *w)
{
	return w->fd;
}

void writer_drain(struct writer *w)
{
	uint64_t count;
	struct writer_job *job;
	/* Emptied first: what is finished from now on signals anew. */
	while (read(w->fd, &count, sizeof(count)) < 0 && errno == EINTR)
		;
	pthread_mutex_lock(&w->lock);
	struct queue finished = w->finished;
	w->finished = (struct queue){0};
	pthread_mutex_unlock(&w->lock);
	while ((job = pop(&finished)))
		job->done(job, job->err);
}

void writer_give_up(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	w->failed = true;
	pthread_mutex_unlock(&w->lock);
	signal_loop(w);
}

bool writer_failed(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	bool failed = w->failed;
	pthread_mutex_unlock(&w->lock);
	return failed;
}

void writer_stop(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	if (!w->joined)
		pthread_join(w->thread, NULL);
	w->joined = true;
	writer_drain(w);
}

void writer_free(struct writer *w)
{
	if (!w)
		return;
	writer_stop(w);
	dispose(w);
}
