/* test_writer_bulk: what is large waits behind what is not, a few at a time, and never takes all the room; and the
 * writer sweeps between groups. */
#include <poll.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "daemon/store_blob.h"
#include "daemon/writer.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/store_kit.h"

#define JOBS 40

static struct store_kit kit;
static struct writer *writer;
static sem_t entered, gate;
static int order[JOBS], n_order;
static size_t n_done;

struct job {
	struct writer_job job;
	int number;
	bool waits;
};

static int apply(struct store_batch *b, struct writer_job *job)
{
	struct job *j = (struct job *)job;
	(void)b;
	if (j->waits) {
		sem_post(&entered);
		sem_wait(&gate);
	}
	order[n_order++] = j->number;
	return 0;
}

static void done(struct writer_job *job, int err)
{
	(void)job;
	assert_int_equal(err, 0);
	n_done++;
}

static void drain_until(size_t n)
{
	while (n_done < n) {
		struct pollfd p = {.fd = writer_fd(writer), .events = POLLIN};
		assert_int_equal(poll(&p, 1, 20000), 1);
		writer_drain(writer);
	}
}

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	store_kit_new(&kit, STORE_KIT_MAP);
	n_done = 0;
	n_order = 0;
	sem_init(&entered, 0, 0);
	sem_init(&gate, 0, 0);
	return err ? err
	           : writer_new(&(struct writer_opts){.store = kit.s, .max_bytes = 10000, .tend_seconds = 1}, &writer);
}

static int teardown(void **state)
{
	(void)state;
	writer_free(writer);
	store_kit_check(&kit);
	store_kit_free(&kit);
	return 0;
}

static void job_init(struct job *j, int number, bool bulk)
{
	*j = (struct job){.number = number};
	j->job = (struct writer_job){.apply = apply, .done = done, .bytes = 100, .bulk = bulk};
}

/* Twenty large ones are there first; then five small ones: they are in the very next group, before the large. */
static void the_small_go_first(void **state)
{
	static struct job jobs[JOBS];
	int at[JOBS];
	(void)state;
	for (int i = 0; i < 26; i++)
		job_init(&jobs[i], i, i > 0 && i < 21);
	jobs[0].waits = true;
	assert_int_equal(writer_submit(writer, &jobs[0].job), 0);
	assert_int_equal(sem_wait(&entered), 0);
	for (int i = 1; i < 26; i++)
		assert_int_equal(writer_submit(writer, &jobs[i].job), 0);
	sem_post(&gate);
	drain_until(26);
	for (int i = 0; i < 26; i++)
		at[order[i]] = i;
	for (int i = 21; i < 26; i++)
		assert_int_equal(at[i], i - 20); /* right behind the first */
	for (int i = 1; i < 21; i++)
		assert_int_equal(at[i], i + 5); /* among themselves in order */
}

/* While large ones wait without end, a small one waits for one group of them at most. */
static void no_more_than_one_group_ahead(void **state)
{
	static struct job jobs[JOBS];
	(void)state;
	for (int i = 0; i < 32; i++)
		job_init(&jobs[i], i, i < 31);
	jobs[0].waits = true;
	assert_int_equal(writer_submit(writer, &jobs[0].job), 0);
	assert_int_equal(sem_wait(&entered), 0);
	for (int i = 1; i < 31; i++)
		assert_int_equal(writer_submit(writer, &jobs[i].job), 0);
	jobs[WRITER_BULK_MAX].waits = true; /* the last of the next group */
	sem_post(&gate);
	assert_int_equal(sem_wait(&entered), 0);
	assert_int_equal(writer_submit(writer, &jobs[31].job), 0);
	sem_post(&gate);
	drain_until(32);
	assert_int_equal(order[WRITER_BULK_MAX], WRITER_BULK_MAX);
	assert_int_equal(order[WRITER_BULK_MAX + 1], 31);
}

static void half_the_room(void **state)
{
	static struct job jobs[3];
	(void)state;
	for (int i = 0; i < 3; i++)
		job_init(&jobs[i], i, i > 0);
	jobs[0].waits = true;
	assert_int_equal(writer_submit(writer, &jobs[0].job), 0);
	assert_int_equal(sem_wait(&entered), 0);
	jobs[1].job.bytes = 4900;
	assert_int_equal(writer_submit(writer, &jobs[1].job), 0);
	assert_int_equal(writer_submit(writer, &jobs[2].job), ERR_BUSY);
	jobs[2].job.bulk = false;
	jobs[2].job.bytes = 5000;
	assert_int_equal(writer_submit(writer, &jobs[2].job), 0);
	sem_post(&gate);
	drain_until(3);
}

/* Stopping commits what waits of both. */
static void stops_after_both(void **state)
{
	static struct job jobs[JOBS];
	(void)state;
	for (int i = 0; i < 30; i++) {
		job_init(&jobs[i], i, i % 2);
		assert_int_equal(writer_submit(writer, &jobs[i].job), 0);
	}
	writer_stop(writer);
	assert_int_equal(n_done, 30);
}

static int put_old_part(struct store_batch *b, struct writer_job *job)
{
	static const uint8_t bytes[BLOB_LEN_MIN] = {1}, id[BLOB_ID] = {1}, owner[STORE_ID] = {2};
	struct store_blob_part part = {id, owner, BLOB_LEN_MIN, 0, bytes, sizeof(bytes), 1};
	uint32_t present;
	bool fresh;
	(void)job;
	return store_blob_put_part(b, &part, &present, &fresh);
}

static void sweeps(void **state)
{
	static const uint8_t id[BLOB_ID] = {1};
	struct store_blob blob;
	struct job j;
	(void)state;
	job_init(&j, 0, true);
	j.job.apply = put_old_part; /* since 1970 */
	assert_int_equal(writer_submit(writer, &j.job), 0);
	drain_until(1);
	for (unsigned i = 0; i < 500 && store_blob_get(kit.s, id, &blob) == 0; i++)
		nanosleep(&(struct timespec){0, 10000000}, NULL);
	assert_int_equal(store_blob_get(kit.s, id, &blob), ERR_NOT_FOUND);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(the_small_go_first), T(no_more_than_one_group_ahead), T(half_the_room), T(stops_after_both), T(sweeps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
