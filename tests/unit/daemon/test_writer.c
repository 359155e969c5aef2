/* test_writer: jobs become durable in groups, in order; one that fails leaves nothing; nothing is answered before it is
 * durable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/audit.h"
#include "daemon/writer.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/store_kit.h"

static struct store_kit kit;
static struct writer *writer;

enum { DONE_MAX = 2000 };
static int done_order[DONE_MAX];
static size_t done_n;

struct job {
	struct writer_job job;
	int number;
	struct store_kit_made made;
	int fail_before, fail_after; /* error before, or after, something was written */
	int result;                  /* of done; 1 until then */
	int applied, afters;
	bool durable_in_after;
	bool waits; /* apply waits for the gate */
};

/* Closed by hold: the writer is inside the first job, so that all that is submitted until release is the next group. */
static sem_t entered, gate;

static int apply(struct store_batch *b, struct writer_job *job)
{
	struct job *j = (struct job *)job;
	struct store_place place;
	if (j->waits) {
		sem_post(&entered);
		sem_wait(&gate);
	}
	j->applied++;
	if (j->fail_before)
		return j->fail_before;
	int err = store_put_record(b, &j->made.row, &place);
	return err ? err : j->fail_after;
}

static void after(struct writer_job *job)
{
	struct job *j = (struct job *)job;
	j->afters++;
	j->durable_in_after = store_record_get(kit.s, j->made.rid, NULL, NULL, NULL) == 0;
}

static void done(struct writer_job *job, int err)
{
	struct job *j = (struct job *)job;
	assert_int_equal(j->result, 1); /* once */
	j->result = err;
	assert_true(done_n < DONE_MAX);
	done_order[done_n++] = j->number;
}

static void job_init(struct job *j, int number)
{
	*j = (struct job){.number = number, .result = 1};
	j->job = (struct writer_job){.apply = apply, .after = after, .done = done, .bytes = 100};
	store_kit_make(&j->made, &(struct store_kit_record){(uint32_t)number, 1 + (uint32_t)number % 5, 2, 600, 0});
}

static void jobs_init(struct job *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		job_init(&jobs[i], (int)i);
}

static void jobs_free(struct job *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		store_kit_made_free(&jobs[i].made);
}

static void hold(struct job *j)
{
	j->waits = true;
	assert_int_equal(writer_submit(writer, &j->job), 0);
	assert_int_equal(sem_wait(&entered), 0);
}

static void release(void)
{
	sem_post(&gate);
}

static void drain_until(size_t n)
{
	while (done_n < n) {
		struct pollfd p = {.fd = writer_fd(writer), .events = POLLIN};
		assert_int_equal(poll(&p, 1, 20000), 1);
		writer_drain(writer);
	}
}

static bool is_stored(const struct job *j)
{
	return store_record_get(kit.s, j->made.rid, NULL, NULL, NULL) == 0;
}

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	store_kit_new(&kit, STORE_KIT_MAP);
	done_n = 0;
	sem_init(&entered, 0, 0);
	sem_init(&gate, 0, 0);
	return err ? err : writer_new(&(struct writer_opts){.store = kit.s, .max_jobs = 600, .max_bytes = 50000}, &writer);
}

static int teardown(void **state)
{
	(void)state;
	writer_free(writer);
	writer = NULL;
	store_kit_check(&kit);
	store_kit_free(&kit);
	return 0;
}

static void test_one(void **state)
{
	struct job j;
	(void)state;
	job_init(&j, 1);
	assert_int_equal(writer_submit(writer, &j.job), 0);
	drain_until(1);
	assert_int_equal(j.result, 0);
	assert_int_equal(j.afters, 1);
	assert_true(j.durable_in_after);
	assert_true(is_stored(&j));
	jobs_free(&j, 1);
}

/* With the writer held in the first job, the rest becomes one group; order is kept. */
static void test_group_in_order(void **state)
{
	static struct job jobs[400];
	(void)state;
	jobs_init(jobs, 400);
	hold(&jobs[0]);
	for (size_t i = 1; i < 400; i++)
		assert_int_equal(writer_submit(writer, &jobs[i].job), 0);
	release();
	drain_until(400);
	for (size_t i = 0; i < 400; i++) {
		assert_int_equal(done_order[i], i);
		assert_int_equal(jobs[i].result, 0);
		assert_int_equal(jobs[i].afters, 1);
		assert_true(is_stored(&jobs[i]));
	}
	jobs_free(jobs, 400);
}

static void test_failed_jobs_leave_nothing(void **state)
{
	static struct job jobs[60];
	(void)state;
	jobs_init(jobs, 60);
	for (size_t i = 1; i < 60; i++) {
		jobs[i].fail_before = i % 3 == 0 ? ERR_NO_GRANT : 0;
		jobs[i].fail_after = i % 7 == 0 ? ERR_CHAIN_BEHIND : 0;
	}
	hold(&jobs[0]);
	for (size_t i = 1; i < 60; i++)
		assert_int_equal(writer_submit(writer, &jobs[i].job), 0);
	release();
	drain_until(60);
	for (size_t i = 0; i < 60; i++) {
		int expected = jobs[i].fail_before ? jobs[i].fail_before : jobs[i].fail_after;
		assert_int_equal(jobs[i].result, expected);
		assert_int_equal(jobs[i].afters, expected ? 0 : 1);
		assert_int_equal(is_stored(&jobs[i]), expected == 0);
		assert_int_equal(done_order[i], i);
	}
	assert_true(jobs[1].applied > 1); /* the group did start over */
	jobs_free(jobs, 60);
}

/* A job that failed only because of one that is then left out gets its chance. */
static const uint8_t chain[STORE_HASH] = {0x33};

static int apply_link_and_fail(struct store_batch *b, struct writer_job *job)
{
	static const uint8_t zero[STORE_HASH];
	struct store_link first = {
	    .chain = chain, .prev = zero, .hash = chain, .bytes = (const uint8_t *)"first", .len = 5};
	bool known;
	(void)job;
	assert_int_equal(store_append_link(b, &first, &known), 0);
	return ERR_LINK;
}

static int apply_if_there_is_no_chain(struct store_batch *b, struct writer_job *job)
{
	uint64_t seq;
	uint8_t hash[STORE_HASH];
	(void)job;
	return store_batch_chain_head(b, chain, &seq, hash) == ERR_NOT_FOUND ? 0 : ERR_EXISTS;
}

static void test_those_behind_a_failed_job_start_over(void **state)
{
	static struct job jobs[3];
	(void)state;
	jobs_init(jobs, 3);
	jobs[1].job.apply = apply_link_and_fail;
	jobs[2].job.apply = apply_if_there_is_no_chain;
	jobs[2].job.after = NULL;
	hold(&jobs[0]);
	assert_int_equal(writer_submit(writer, &jobs[1].job), 0);
	assert_int_equal(writer_submit(writer, &jobs[2].job), 0);
	release();
	drain_until(3);
	assert_int_equal(jobs[1].result, ERR_LINK);
	assert_int_equal(jobs[2].result, 0);
	jobs_free(jobs, 3);
}

static void test_bounds(void **state)
{
	static struct job jobs[602];
	size_t n = 1;
	(void)state;
	jobs_init(jobs, 602);
	hold(&jobs[0]);
	/* by bytes: 500 of 100 are 50,000 */
	while (n < 602 && writer_submit(writer, &jobs[n].job) == 0)
		n++;
	assert_int_equal(n, 500);
	assert_int_equal(writer_submit(writer, &jobs[n].job), ERR_BUSY);
	assert_int_equal(jobs[n].result, 1);
	/* by number: jobs that hold nothing */
	for (; n < 602; n++) {
		jobs[n].job.bytes = 0;
		if (writer_submit(writer, &jobs[n].job) != 0)
			break;
	}
	assert_int_equal(n, 600);
	assert_int_equal(writer_submit(writer, &jobs[n].job), ERR_BUSY);
	release();
	drain_until(600);
	/* a lone job may be larger than all that may wait */
	jobs[600].job.bytes = 50001;
	assert_int_equal(writer_submit(writer, &jobs[600].job), 0);
	drain_until(601);
	assert_int_equal(jobs[600].result, 0);
	assert_int_equal(jobs[601].result, 1);
	jobs_free(jobs, 602);
}

static void test_stop_drains(void **state)
{
	static struct job jobs[300];
	(void)state;
	jobs_init(jobs, 300);
	for (size_t i = 0; i < 299; i++)
		assert_int_equal(writer_submit(writer, &jobs[i].job), 0);
	writer_stop(writer);
	assert_int_equal(done_n, 299);
	for (size_t i = 0; i < 299; i++) {
		assert_int_equal(jobs[i].result, 0);
		assert_true(is_stored(&jobs[i]));
	}
	assert_int_equal(writer_submit(writer, &jobs[299].job), ERR_DRAINING);
	assert_int_equal(jobs[299].result, 1);
	writer_stop(writer);
	assert_false(writer_failed(writer));
	jobs_free(jobs, 300);
}

/* A done that submits the next job, as a connection does. */
static struct job chain_jobs[20];
static void done_and_next(struct writer_job *job, int err)
{
	struct job *j = (struct job *)job;
	done(job, err);
	if (j->number + 1 < 20)
		assert_int_equal(writer_submit(writer, &chain_jobs[j->number + 1].job), 0);
}

static void test_done_may_submit(void **state)
{
	(void)state;
	jobs_init(chain_jobs, 20);
	for (int i = 0; i < 20; i++)
		chain_jobs[i].job.done = done_and_next;
	assert_int_equal(writer_submit(writer, &chain_jobs[0].job), 0);
	drain_until(20);
	for (int i = 0; i < 20; i++)
		assert_int_equal(chain_jobs[i].result, 0);
	jobs_free(chain_jobs, 20);
}

/* A record for which the map has no room at all: the whole group hears FULL. */
static int apply_too_much(struct store_batch *b, struct writer_job *job)
{
	struct job *j = (struct job *)job;
	struct store_place place;
	static uint8_t payload[STORE_PAYLOAD_MAX];
	uint8_t rid[STORE_HASH] = {0};
	struct store_record row = j->made.row;
	row.rid = rid;
	row.payload = payload;
	row.payload_len = sizeof(payload);
	row.reserve = true;
	j->applied++;
	for (uint8_t i = 0; i < 100; i++) {
		rid[0] = i;
		rid[1] = 1;
		int err = store_put_record(b, &row, &place);
		if (err)
			return err;
	}
	return 0;
}

static void test_full_group(void **state)
{
	static struct job jobs[6];
	struct job last;
	(void)state;
	jobs_init(jobs, 6);
	hold(&jobs[0]);
	jobs[2].fail_before = ERR_ROLE;
	jobs[4].job.apply = apply_too_much;
	for (int i = 1; i < 6; i++)
		assert_int_equal(writer_submit(writer, &jobs[i].job), 0);
	release();
	drain_until(6);
	static const int expected[] = {0, ERR_FULL, ERR_FULL, ERR_FULL, ERR_FULL, ERR_FULL};
	for (int i = 0; i < 6; i++) {
		assert_int_equal(jobs[i].result, expected[i]);
		assert_int_equal(jobs[i].afters, expected[i] == 0);
		assert_int_equal(is_stored(&jobs[i]), expected[i] == 0);
	}
	assert_false(writer_failed(writer));
	/* the store lives on */
	job_init(&last, 77);
	assert_int_equal(writer_submit(writer, &last.job), 0);
	drain_until(7);
	assert_int_equal(last.result, 0);
	jobs_free(jobs, 6);
	jobs_free(&last, 1);
}

/* --- a disk that fails: what LMDB writes to is replaced under its descriptors --- */

#define FDS_MAX 64

struct disk {
	int fds[FDS_MAX], kept[FDS_MAX], n;
};

/* The descriptors of data.mdb: the one for pages comes first, then the one for the meta page. */
static void disk_find(struct disk *d)
{
	char link[64], target[256];
	d->n = 0;
	for (int fd = 3; fd < FDS_MAX; fd++) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		ssize_t len = readlink(link, target, sizeof(target) - 1);
		if (len < 8 || memcmp(target + len - 8, "data.mdb", 8) != 0)
			continue;
		d->kept[d->n] = dup(fd);
		assert_true(d->kept[d->n] >= 0);
		d->fds[d->n++] = fd;
		if (d->n == 2)
			break;
	}
	assert_int_equal(d->n, 2);
}

static void disk_replace(const struct disk *d, int which, const char *path, int flags)
{
	int fd = open(path, flags);
	assert_true(fd >= 0);
	assert_true(dup2(fd, d->fds[which]) >= 0);
	close(fd);
}

static void disk_mend(const struct disk *d)
{
	for (int i = 0; i < d->n; i++) {
		assert_true(dup2(d->kept[i], d->fds[i]) >= 0);
		close(d->kept[i]);
	}
}

static void test_disk_full_and_free_again(void **state)
{
	static struct job jobs[3];
	struct disk d;
	(void)state;
	jobs_init(jobs, 3);
	assert_int_equal(writer_submit(writer, &jobs[0].job), 0);
	drain_until(1);
	disk_find(&d);
	disk_replace(&d, 0, "/dev/full", O_RDWR);
	assert_int_equal(writer_submit(writer, &jobs[1].job), 0);
	drain_until(2);
	assert_int_equal(jobs[1].result, ERR_FULL);
	assert_int_equal(jobs[1].afters, 0);
	disk_mend(&d);
	assert_false(writer_failed(writer));
	assert_false(is_stored(&jobs[1]));
	assert_true(is_stored(&jobs[0]));
	assert_int_equal(writer_submit(writer, &jobs[2].job), 0);
	drain_until(3);
	assert_int_equal(jobs[2].result, 0);
	jobs_free(jobs, 3);
}

/* After a commit that failed, with whatever errno but those of a full disk, nothing is taken any more. */
static void fatal(int which, const char *path, int flags)
{
	static struct job jobs[4];
	struct disk d;
	jobs_init(jobs, 4);
	disk_find(&d);
	disk_replace(&d, which, path, flags);
	hold(&jobs[0]);
	assert_int_equal(writer_submit(writer, &jobs[1].job), 0);
	assert_int_equal(writer_submit(writer, &jobs[2].job), 0);
	release();
	drain_until(3);
	disk_mend(&d); /* a disk that is well again changes nothing */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(jobs[i].result, ERR_STORE_FATAL);
		assert_int_equal(jobs[i].afters, 0);
	}
	assert_int_equal(jobs[1].applied, 0);
	assert_true(writer_failed(writer));
	assert_int_equal(writer_submit(writer, &jobs[3].job), ERR_STORE_FATAL);
	assert_int_equal(jobs[3].result, 1);
	writer_stop(writer);
	struct store_batch *b;
	assert_int_equal(store_batch_begin(kit.s, &b), ERR_STORE_FATAL);
	store_kit_reopen(&kit);
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	store_batch_abort(b);
	jobs_free(jobs, 4);
}

static void test_fatal_pages(void **state)
{
	(void)state;
	fatal(0, "/dev/null", O_RDONLY); /* EBADF */
}

static void test_fatal_meta(void **state)
{
	(void)state;
	fatal(1, "/dev/null", O_RDONLY);
}

/* A disk that is full for the meta page: LMDB gives up, and so the store does. */
static void test_fatal_meta_on_a_full_disk(void **state)
{
	(void)state;
	fatal(1, "/dev/full", O_RDWR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_one, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_group_in_order, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_failed_jobs_leave_nothing, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_those_behind_a_failed_job_start_over, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_stop_drains, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_done_may_submit, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_full_group, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_disk_full_and_free_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_fatal_pages, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_fatal_meta, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_fatal_meta_on_a_full_disk, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
