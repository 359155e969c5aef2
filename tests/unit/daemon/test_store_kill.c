/* test_store_kill: a process that stores and acknowledges is killed at any moment: everything it acknowledged is there,
 * and the store is whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/audit.h"
#include "daemon/writer.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/store_kit.h"

#define ROUNDS 20
#define JOBS 24 /* in flight */
#define ACKED_MAX 200000

static struct store_kit kit;
static uint32_t acked[ACKED_MAX];
static size_t acked_n;

struct job {
	struct writer_job job;
	struct store_kit_made made;
	uint32_t number;
};

static struct store_kit_record nth(uint32_t n)
{
	return (struct store_kit_record){.number = n, .author = 1 + n % 7, .readers = 3, .payload_len = 200 + n % 3000};
}

/* --- the child --- */

static struct writer *writer;
static int ack_fd;
static uint32_t next;
static bool early; /* the wrong order, for the control */

static int apply(struct store_batch *b, struct writer_job *job)
{
	struct job *j = (struct job *)job;
	struct store_place place;
	if (early && write(ack_fd, &j->number, sizeof(j->number)) != sizeof(j->number))
		_exit(1);
	int err = store_put_record(b, &j->made.row, &place);
	return err ? err : audit_append(b, &(struct audit_row){.op = 7, .time_ms = j->number});
}

static void submit(struct job *j);

static void done(struct writer_job *job, int err)
{
	struct job *j = (struct job *)job;
	if (err || (!early && write(ack_fd, &j->number, sizeof(j->number)) != sizeof(j->number)))
		_exit(1);
	store_kit_made_free(&j->made);
	submit(j);
}

static void submit(struct job *j)
{
	struct store_kit_record o = nth(next);
	j->number = next++;
	j->job = (struct writer_job){.apply = apply, .done = done};
	store_kit_make(&j->made, &o);
	if (writer_submit(writer, &j->job) != 0)
		_exit(1);
}

static _Noreturn void child(int fd)
{
	static struct job jobs[JOBS];
	struct store *s;
	ack_fd = fd;
	if (store_open(&kit.opts, &s) != 0 || writer_new(&(struct writer_opts){.store = s}, &writer) != 0)
		_exit(1);
	for (size_t i = 0; i < JOBS; i++)
		submit(&jobs[i]);
	for (;;) {
		struct pollfd p = {.fd = writer_fd(writer), .events = POLLIN};
		poll(&p, 1, -1);
		writer_drain(writer);
	}
}

/* --- the parent --- */

static bool hear_one(int fd)
{
	uint32_t number;
	if (read(fd, &number, sizeof(number)) != sizeof(number))
		return false;
	assert_true(acked_n < ACKED_MAX);
	acked[acked_n++] = number;
	next = number >= next ? number + 1 : next;
	return true;
}

static void run_and_kill(long micros)
{
	int fds[2], status;
	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(fds[0]);
		child(fds[1]);
	}
	close(fds[1]);
	struct timespec pause = {.tv_nsec = micros * 1000};
	assert_true(hear_one(fds[0]));
	nanosleep(&pause, NULL);
	kill(pid, SIGKILL);
	while (hear_one(fds[0]))
		;
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	next += JOBS; /* numbers that may or may not have been stored are not used again */
}

static size_t count_lost(void)
{
	size_t lost = 0;
	for (size_t i = 0; i < acked_n; i++) {
		struct store_kit_record o = nth(acked[i]);
		struct store_kit_made m;
		store_kit_make(&m, &o);
		int err = store_record_get(kit.s, m.rid, NULL, NULL, NULL);
		assert_true(err == 0 || err == ERR_NOT_FOUND);
		lost += err != 0;
		store_kit_made_free(&m);
	}
	return lost;
}

/* As many rounds as asked for, or fewer if `until_lost` and something was. Returns how many were lost. */
static size_t rounds(int n, bool until_lost)
{
	size_t lost = 0;
	store_kit_new(&kit, (uint64_t)1 << 30);
	store_close(kit.s);
	kit.s = NULL;
	next = 0;
	for (int i = 0; i < n && !(until_lost && lost); i++) {
		acked_n = 0;
		run_and_kill((i * 7919) % 50000);
		assert_int_equal(store_open(&kit.opts, &kit.s), 0);
		lost += count_lost();
		store_kit_check(&kit);
		store_close(kit.s);
		kit.s = NULL;
	}
	store_kit_free(&kit);
	return lost;
}

static void test_nothing_acknowledged_is_lost(void **state)
{
	(void)state;
	early = false;
	assert_int_equal(rounds(ROUNDS, false), 0);
}

/* The same with the acknowledgement before the commit: this test would see it. */
static void test_control_that_loses(void **state)
{
	(void)state;
	early = true;
	assert_true(rounds(100, true) > 0);
}

static int setup(void **state)
{
	(void)state;
	return crypto_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing_acknowledged_is_lost),
	    cmocka_unit_test(test_control_that_loses),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
