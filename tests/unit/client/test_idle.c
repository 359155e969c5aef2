/* test_idle: a lock elsewhere, a kept key that ends, and a time that is over are noticed, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "client/idle.h"
#include "client/unlock.h"
#include "client/vault.h"
#include "proto/crypto.h"
#include "proto/err.h"

static char dir[] = "/tmp/kap-idle.XXXXXX";

static bool locked_within(const struct idle *idle, unsigned ms)
{
	for (unsigned waited = 0; waited < ms; waited += 20) {
		if (idle_locked(idle))
			return true;
		usleep(20000);
	}
	return idle_locked(idle);
}

static void told(void **state)
{
	struct idle first, second;
	char path[64];
	struct stat at;

	(void)state;
	idle_begin(&first, dir, 0);
	assert_false(locked_within(&first, 100));
	assert_int_equal(idle_tell(dir), 0);
	assert_true(idle_locked(&first));
	/* what begins afterwards is not concerned, until the next time */
	idle_begin(&second, dir, 0);
	assert_false(locked_within(&second, 100));
	usleep(20000);
	assert_int_equal(idle_tell(dir), 0);
	assert_true(idle_locked(&second));
	snprintf(path, sizeof(path), "%s/locked", dir);
	assert_int_equal(stat(path, &at), 0);
	assert_int_equal(at.st_size, 0);
	assert_int_equal(at.st_mode & 07777, 0600);
}

static void no_directory(void **state)
{
	struct idle idle;

	(void)state;
	assert_int_equal(idle_tell("/nonexistent/profile"), ERR_NOT_FOUND);
	idle_begin(&idle, "/nonexistent/profile", 0);
	assert_false(idle_locked(&idle));
}

static void time_over(void **state)
{
	struct idle idle;

	(void)state;
	idle_begin(&idle, dir, 1);
	assert_false(locked_within(&idle, 500));
	assert_true(locked_within(&idle, 3000));
}

static void kept_key(void **state)
{
	static const uint8_t key[VAULT_KEY_LEN] = {7};
	struct idle idle;
	uint8_t back[VAULT_KEY_LEN];

	(void)state;
	if (unlock_keep(dir, key, 3) == ERR_NO_KEYRING)
		skip(); /* a container without a keyring: the rule without one is tested above */
	idle_begin(&idle, dir, 1);
	assert_false(locked_within(&idle, 1300)); /* the key decides, not the other time */
	assert_int_equal(unlock_get(dir, back), 0);
	assert_false(locked_within(&idle, 1300)); /* each use begins its time anew */
	assert_true(locked_within(&idle, 5000));
	assert_int_equal(unlock_keep(dir, key, 60), 0);
	idle_begin(&idle, dir, 1);
	assert_false(idle_locked(&idle));
	assert_int_equal(unlock_drop(dir), 0);
	assert_true(idle_locked(&idle));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(told),
	    cmocka_unit_test(no_directory),
	    cmocka_unit_test(time_over),
	    cmocka_unit_test(kept_key),
	};
	char path[64];

	if (crypto_init() || !mkdtemp(dir))
		return 1;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(path, sizeof(path), "%s/locked", dir);
	unlink(path);
	rmdir(dir);
	return failed;
}
