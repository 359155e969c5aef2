/* Where a profile is, who may look into it, and the settings that may be read while it is locked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "proto/err.h"
#include "client/profile.h"
#include "client/ui/why.h"
#include "tests/unit/support/scratch.h"

struct fixture {
	char *home, *dir;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	*state = f;
	f->home = scratch_new();
	f->dir = scratch_path(f->home, "a/b/profile");
	return setenv("KAP_HOME", f->dir, 1);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	scratch_free(f->home);
	free(f->dir);
	free(f);
	return 0;
}

static struct profile *opened(void)
{
	struct profile *p;
	struct why why;

	assert_int_equal(profile_open(&p, &why), 0);
	assert_string_equal(why.text, "");
	return p;
}

static void test_places(void **state)
{
	struct fixture *f = *state;
	struct profile *p = opened();
	struct why why;
	char expect[512];

	assert_string_equal(profile_peek_dir(p), f->dir);
	snprintf(expect, sizeof expect, "%s/vault", f->dir);
	assert_string_equal(profile_peek_vault_dir(p), expect);
	assert_int_equal(access(f->dir, F_OK), -1); /* looking makes nothing */
	profile_free(p);

	unsetenv("KAP_HOME");
	setenv("XDG_DATA_HOME", f->home, 1);
	p = opened();
	snprintf(expect, sizeof expect, "%s/kap", f->home);
	assert_string_equal(profile_peek_dir(p), expect);
	profile_free(p);
	unsetenv("XDG_DATA_HOME");
	setenv("HOME", f->home, 1);
	p = opened();
	snprintf(expect, sizeof expect, "%s/.local/share/kap", f->home);
	assert_string_equal(profile_peek_dir(p), expect);
	profile_free(p);
	unsetenv("HOME");
	assert_int_equal(profile_open(&p, &why), ERR_CONFIG);
	assert_null(p);
}

static void test_modes(void **state)
{
	struct fixture *f = *state;
	struct profile *p = opened();
	struct why why;
	struct stat st;

	assert_int_equal(profile_create(p, &why), 0);
	assert_int_equal(stat(f->dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(profile_create(p, &why), 0);
	profile_free(p);
	for (unsigned bit = 1; bit < 0100; bit <<= 1) { /* each right of group and others alone */
		assert_int_equal(chmod(f->dir, 0700 | bit), 0);
		assert_int_equal(profile_open(&p, &why), ERR_CONFIG);
		assert_non_null(strstr(why.text, "open to other users"));
		assert_non_null(strstr(why.text, "chmod 700"));
	}
	assert_int_equal(chmod(f->dir, 0700), 0);
	profile_free(opened());
	assert_int_equal(rmdir(f->dir), 0);
	scratch_write(f->dir, "", 0);
	assert_int_equal(profile_open(&p, &why), ERR_CONFIG);
	assert_non_null(strstr(why.text, "not a directory"));
	unlink(f->dir);
	if (geteuid() == 0) {
		assert_int_equal(mkdir(f->dir, 0700), 0);
		assert_int_equal(chown(f->dir, 12345, 12345), 0);
		assert_int_equal(profile_open(&p, &why), ERR_CONFIG);
		assert_non_null(strstr(why.text, "another user"));
	}
}

static void test_one_name_for_one_place(void **state)
{
	struct fixture *f = *state;
	char *link = scratch_path(f->home, "link"), *dots = scratch_path(f->home, "a/../a/./b/profile");
	struct profile *p = opened();
	struct why why;

	assert_int_equal(profile_create(p, &why), 0);
	profile_free(p);
	assert_int_equal(symlink(f->dir, link), 0);
	setenv("KAP_HOME", link, 1);
	p = opened();
	assert_string_equal(profile_peek_dir(p), f->dir);
	profile_free(p);
	setenv("KAP_HOME", dots, 1);
	p = opened();
	assert_string_equal(profile_peek_dir(p), f->dir);
	profile_free(p);
	assert_int_equal(chdir(f->home), 0);
	setenv("KAP_HOME", "a/b/profile", 1);
	p = opened();
	assert_string_equal(profile_peek_dir(p), f->dir);
	profile_free(p);
	assert_int_equal(chdir("/"), 0);
	free(link);
	free(dots);
}

static void test_settings(void **state)
{
	struct fixture *f = *state;
	char *file = scratch_path(f->dir, "settings");
	struct profile *p = opened();
	struct stat st;

	assert_null(profile_peek(p, "region"));
	assert_int_equal(profile_put(p, "region", "ca"), 0);
	assert_int_equal(profile_put(p, "lock-after", "60"), 0);
	assert_int_equal(profile_put(p, "name", "Jo"), ERR_ARG); /* nothing personal has a place here */
	assert_null(profile_peek(p, "name"));
	assert_int_equal(profile_put(p, "region", "Not A Region"), ERR_RANGE);
	assert_int_equal(profile_put(p, "lock-after", "0"), ERR_RANGE);
	assert_int_equal(profile_put(p, "lock-after", "61"), ERR_RANGE);
	assert_int_equal(profile_put(p, "lock-after", "5m"), ERR_RANGE);
	assert_int_equal(profile_put(p, "discreet", "2"), ERR_RANGE);
	assert_int_equal(profile_put(p, "region", "abcdefghijklmnopqrstuvwxyzabcdefghijk"), ERR_RANGE);
	assert_string_equal(profile_peek(p, "region"), "ca");
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	profile_free(p);
	p = opened();
	assert_string_equal(profile_peek(p, "region"), "ca");
	assert_string_equal(profile_peek(p, "lock-after"), "60");
	assert_int_equal(profile_put(p, "region", NULL), 0);
	profile_free(p);
	p = opened();
	assert_null(profile_peek(p, "region"));
	profile_free(p);
	free(file);
}

static void test_settings_by_hand(void **state)
{
	struct fixture *f = *state;
	char *file = scratch_path(f->dir, "settings");
	struct profile *p = opened();
	struct why why;

	assert_int_equal(profile_create(p, &why), 0);
	profile_free(p);
	scratch_write(file, "# mine\n\nregion=gb\ndiscreet =  1  \nfrom-later = x\n", 50);
	p = opened();
	assert_string_equal(profile_peek(p, "region"), "gb");
	assert_string_equal(profile_peek(p, "discreet"), "1");
	profile_free(p);
	scratch_write(file, "region = ../../etc\n", 19);
	assert_int_equal(profile_open(&p, &why), ERR_CONFIG);
	assert_non_null(strstr(why.text, "region has a value it cannot have"));
	scratch_write(file, "nonsense\n", 9);
	assert_int_equal(profile_open(&p, &why), ERR_CONFIG);
	assert_non_null(strstr(why.text, "key = value"));
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_places, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_modes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_one_name_for_one_place, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_settings, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_settings_by_hand, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
