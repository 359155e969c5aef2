/* The key in the kernel's keyring: kept, started anew by use, forgotten by time or at once, and never named. Where the
 * kernel offers no keyring, every call says so; the tests then check that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "proto/crypto.h"
#include "proto/err.h"
#include "client/unlock.h"
#include "client/vault.h"
#include "tests/unit/support/scratch.h"

static int setup(void **state)
{
	*state = scratch_new();
	return 0;
}

static int teardown(void **state)
{
	unlock_drop(*state);
	scratch_free(*state);
	return 0;
}

/* As in a container whose system call filter knows no keyrings. */
static int forbid_keyrings(void)
{
	struct sock_filter rules[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_add_key, 2, 0),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_keyctl, 1, 0),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};
	struct sock_fprog program = {sizeof rules / sizeof *rules, rules};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void test_without_a_keyring(void **state)
{
	uint8_t key[VAULT_KEY_LEN] = {1}, zero[VAULT_KEY_LEN] = {0};
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (forbid_keyrings())
			_exit(1);
		if (unlock_keep(*state, key, 60) != ERR_NO_KEYRING || unlock_get(*state, key) != ERR_NO_KEYRING)
			_exit(2);
		_exit(memcmp(key, zero, sizeof key) || unlock_drop(*state) != ERR_NO_KEYRING ? 3 : 0);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

static void test_keep_get_drop(void **state)
{
	uint8_t key[VAULT_KEY_LEN], other[VAULT_KEY_LEN] = {9}, got[VAULT_KEY_LEN], zero[VAULT_KEY_LEN] = {0};

	memset(key, 7, sizeof key);
	memset(got, 5, sizeof got);
	assert_int_equal(unlock_get(*state, got), ERR_LOCKED);
	assert_memory_equal(got, zero, sizeof got);
	assert_int_equal(unlock_keep(*state, key, 60), 0);
	assert_int_equal(unlock_get(*state, got), 0);
	assert_memory_equal(got, key, sizeof key);
	assert_int_equal(unlock_get("/somewhere/else", got), ERR_LOCKED);
	assert_int_equal(unlock_keep(*state, other, 60), 0); /* replaced */
	assert_int_equal(unlock_get(*state, got), 0);
	assert_memory_equal(got, other, sizeof other);
	assert_int_equal(unlock_drop(*state), 0);
	assert_int_equal(unlock_get(*state, got), ERR_LOCKED);
	assert_int_equal(unlock_drop(*state), 0);
	assert_int_equal(unlock_keep(*state, key, 0), ERR_RANGE);
	assert_int_equal(unlock_keep(*state, key, UNLOCK_MAX_S + 1), ERR_RANGE);
	assert_int_equal(unlock_get(*state, got), ERR_LOCKED);
}

static void wait_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void test_time(void **state)
{
	uint8_t key[VAULT_KEY_LEN] = {3}, got[VAULT_KEY_LEN];

	assert_int_equal(unlock_keep(*state, key, 3), 0);
	for (int i = 0; i < 3; i++) { /* longer than three seconds in all, but in use */
		wait_ms(1200);
		assert_int_equal(unlock_get(*state, got), 0);
	}
	wait_ms(4200);
	assert_int_equal(unlock_get(*state, got), ERR_LOCKED);
}

/* Another terminal's kap finds it; another process can drop it. */
static void test_other_processes(void **state)
{
	uint8_t key[VAULT_KEY_LEN] = {4}, got[VAULT_KEY_LEN];
	int status;
	pid_t pid;

	assert_int_equal(unlock_keep(*state, key, 60), 0);
	pid = fork();
	if (!pid)
		_exit(unlock_get(*state, got) || memcmp(got, key, sizeof got) || unlock_drop(*state) ? 1 : 0);
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	assert_int_equal(unlock_get(*state, got), ERR_LOCKED);
}

/* What anybody may list shows neither path nor words. */
static void test_description(void **state)
{
	uint8_t key[VAULT_KEY_LEN] = {4};
	char line[512];
	bool seen = false;
	FILE *f;

	assert_int_equal(unlock_keep(*state, key, 60), 0);
	f = fopen("/proc/keys", "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		seen = seen || strstr(line, "kap:");
		assert_null(strstr(line, (const char *)*state));
	}
	fclose(f);
	assert_true(seen);
}

int main(void)
{
	static const uint8_t key[VAULT_KEY_LEN] = {1};
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_without_a_keyring, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_keep_get_drop, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_time, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_other_processes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_description, setup, teardown),
	};
	size_t n = sizeof tests / sizeof *tests;

	if (crypto_init())
		return 1;
	if (unlock_keep("/a/first/try", key, 1) == ERR_NO_KEYRING) {
		fputs("# this system offers no keyring: keeping a key is not tested\n", stderr);
		n = 1;
	}
	return _cmocka_run_group_tests("unlock", tests, n, NULL, NULL);
}
