/* A vault with more than one process at it, and processes that die: what was committed stays whole, who waits is told
 * why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "client/vault.h"
#include "client/vault_key.h"
#include "tests/unit/support/scratch.h"

static const struct vault_auth pass = {NULL, "correct horse", 13};

struct fixture {
	char *home, *dir;
	uint8_t unlock[VAULT_KEY_LEN];
	_Atomic uint64_t *shared; /* with the child */
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct vault *v;

	*state = f;
	f->home = scratch_new();
	f->dir = scratch_path(f->home, "vault");
	f->shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (vault_create(f->dir, &pass, CRYPTO_SCRYPT_MIN, &v))
		return -1;
	memcpy(f->unlock, vault_peek_unlock_key(v), sizeof f->unlock);
	vault_close(v);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	munmap((void *)f->shared, 4096);
	scratch_free(f->home);
	free(f->dir);
	free(f);
	return 0;
}

static struct vault *open_vault(const struct fixture *f)
{
	const struct vault_auth auth = {f->unlock, NULL, 0};
	struct vault *v = NULL;

	if (vault_open(f->dir, &auth, &v))
		_exit(99);
	return v;
}

static void put_number(struct vault_txn *txn, const char *name, uint64_t n)
{
	struct buf b;

	buf_init(&b, 0);
	buf_put_u64(&b, n);
	vault_put(txn, VAULT_FACT, name, strlen(name), &b);
	buf_wipe(&b);
}

static uint64_t get_number(struct vault_txn *txn, const char *name)
{
	uint64_t n = 0;
	struct buf b;

	buf_init(&b, 0);
	if (!vault_get(txn, VAULT_FACT, name, strlen(name), &b))
		for (size_t i = 0; i < 8; i++)
			n = n << 8 | b.data[i];
	buf_wipe(&b);
	return n;
}

/* One step as sync takes it: several values that must move together, some of them large. */
static int step(struct vault *v, uint64_t n)
{
	struct vault_txn *txn;
	struct buf b;
	int rc = vault_begin(v, true, &txn);

	if (rc)
		return rc;
	buf_init(&b, 0);
	memset(buf_reserve(&b, 300 + n % 7 * 3000), (int)n, 300 + n % 7 * 3000);
	put_number(txn, "first", n);
	vault_put(txn, VAULT_RECORD, &n, sizeof n, &b);
	vault_append(txn, VAULT_TIMELINE, &b, NULL);
	if (n > 20)
		vault_del_seq(txn, VAULT_TIMELINE, n - 20);
	put_number(txn, "second", n);
	buf_wipe(&b);
	return vault_commit(txn);
}

static int check_one(void *ctx, const struct vault_entry *e)
{
	uint64_t *last = ctx;

	assert_true(!*last || e->seq == *last + 1);
	*last = e->seq;
	for (size_t i = 0; i < e->len; i++)
		assert_int_equal(e->value[i], (uint8_t)e->seq);
	return 0;
}

/* Returns the number of the last whole step. */
static uint64_t check_whole(const struct fixture *f)
{
	struct vault *v = open_vault(f);
	struct vault_txn *txn;
	uint64_t n, count, last = 0;

	assert_int_equal(vault_begin(v, false, &txn), 0);
	n = get_number(txn, "first");
	assert_int_equal(get_number(txn, "second"), n);
	assert_int_equal(vault_count(txn, VAULT_RECORD, &count), 0);
	assert_int_equal(count, n);
	assert_int_equal(vault_each(txn, VAULT_TIMELINE, 0, check_one, &last), 0);
	assert_int_equal(last, n);
	vault_abort(txn);
	vault_close(v);
	return n;
}

static void write_for_ever(const struct fixture *f)
{
	struct vault *v = open_vault(f);

	for (uint64_t n = f->shared[0] + 1;; n++) {
		if (step(v, n))
			_exit(98);
		f->shared[0] = n; /* what this process was told is durable */
	}
}

static void test_killed_writers(void **state)
{
	struct fixture *f = *state;
	unsigned seed = 3;
	uint64_t start;

	for (int round = 0; round < 25; round++) {
		pid_t pid = fork();
		struct timespec t = {0, 0};
		int status;

		assert_true(pid >= 0);
		if (!pid)
			write_for_ever(f);
		seed = seed * 1103515245u + 12345u;
		start = f->shared[0];
		while (f->shared[0] < start + (seed >> 24) % 4)
			nanosleep(&(struct timespec){0, 200000}, NULL);
		t.tv_nsec = (long)(seed >> 8) % 4000000;
		nanosleep(&t, NULL);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		/* all that was promised is there; one more may have been committed without word of it */
		f->shared[1] = check_whole(f);
		assert_in_range(f->shared[1], f->shared[0], f->shared[0] + 1);
		f->shared[0] = f->shared[1];
	}
	assert_true(f->shared[0] >= 20);
}

static void wait_for(const struct fixture *f, size_t i, uint64_t value)
{
	const struct timespec t = {0, 1000000};

	for (int k = 0; k < 20000 && f->shared[i] != value; k++)
		nanosleep(&t, NULL);
	assert_int_equal(f->shared[i], value);
}

/* A long-lived `kap watch` beside short-lived commands: both read, both write, in turn. */
static void test_two_processes(void **state)
{
	struct fixture *f = *state;
	pid_t pid = fork();
	struct vault *v;
	int status;

	if (!pid) {
		v = open_vault(f);
		for (uint64_t n = 1; n <= 40; n += 2) {
			while (f->shared[2] + 1 != n)
				sched_yield();
			if (step(v, n))
				_exit(97);
			f->shared[2] = n;
		}
		vault_close(v);
		_exit(0);
	}
	for (uint64_t n = 2; n <= 40; n += 2) {
		while (f->shared[2] + 1 != n)
			sched_yield();
		v = open_vault(f); /* as a new command does */
		assert_int_equal(step(v, n), 0);
		vault_close(v);
		f->shared[2] = n;
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(check_whole(f), 40);
}

/* Somebody who writes and does not end: readers go on, another writer is told after a while. */
static void test_writer_in_the_way(void **state)
{
	struct fixture *f = *state;
	struct timespec start, end;
	struct vault_txn *txn = NULL;
	pid_t pid = fork();
	struct vault *v;
	int status;

	if (!pid) {
		v = open_vault(f);
		if (vault_begin(v, true, &txn))
			_exit(97);
		f->shared[3] = 1;
		pause();
		_exit(0);
	}
	wait_for(f, 3, 1);
	kill(pid, SIGSTOP); /* even stopped in the middle */
	v = open_vault(f);
	assert_int_equal(vault_begin(v, false, &txn), 0);
	vault_abort(txn);
	clock_gettime(CLOCK_MONOTONIC, &start);
	assert_int_equal(vault_begin(v, true, &txn), ERR_IN_USE);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_in_range(end.tv_sec - start.tv_sec, VAULT_WAIT_MS / 1000 - 1, VAULT_WAIT_MS / 1000 + 3);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	assert_int_equal(step(v, 1), 0); /* its lock died with it */
	vault_close(v);
	assert_int_equal(check_whole(f), 1);
}

/* No room left: said so, nothing half written, and it goes on once there is room. */
static void test_disk_full(void **state)
{
	struct fixture *f = *state;
	pid_t pid = fork();
	int status;

	if (!pid) {
		struct rlimit limit = {256 * 1024, RLIM_INFINITY};
		struct vault *v = open_vault(f);
		uint64_t n = 1;
		int rc;

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		while (!(rc = step(v, n)) && n < 1000)
			n++;
		if (rc != ERR_NO_SPACE || n < 5)
			_exit(97);
		if (step(v, n) != ERR_NO_SPACE)
			_exit(96);
		limit.rlim_cur = RLIM_INFINITY;
		setrlimit(RLIMIT_FSIZE, &limit);
		if (step(v, n))
			_exit(95);
		f->shared[4] = n;
		vault_close(v);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(check_whole(f), f->shared[4]);
}

/* A creation that is cut off at any point leaves nothing that looks like a vault, or a whole one. */
static void test_killed_creation(void **state)
{
	struct fixture *f = *state;
	char *dir = scratch_path(f->home, "made");
	unsigned seed = 9;
	int made = 0;

	for (int round = 0; round < 12 && !made; round++) {
		pid_t pid = fork();
		struct timespec t = {0, 0};
		struct vault *v;
		int status;

		if (!pid)
			_exit(vault_create(dir, &pass, CRYPTO_SCRYPT_MIN, &v) ? 1 : 0);
		seed = seed * 1103515245u + 12345u;
		t.tv_nsec = (long)(seed >> 8) % 400000000;
		nanosleep(&t, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		made = vault_exists(dir);
		if (made) {
			assert_int_equal(vault_open(dir, &pass, &v), 0);
			vault_close(v);
		}
	}
	free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_killed_writers, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_two_processes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_writer_in_the_way, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_disk_full, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_killed_creation, setup, teardown),
	};

	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
