/* test_store_mount: which mounts lose what was flushed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/store_mount.h"

static void test_lines(void **state)
{
	static const struct {
		const char *line;
		int skips;
	} rows[] = {
	    {"36 35 98:0 / /var rw,noatime shared:1 - ext4 /dev/sda1 rw,errors=continue\n", 0},
	    {"36 35 98:0 / /var rw,noatime shared:1 - ext4 /dev/sda1 rw,nobarrier\n", 1},
	    {"36 35 98:0 / /var rw - ext4 /dev/sda1 nobarrier,rw\n", 1},
	    {"36 35 98:0 / /var rw - ext4 /dev/sda1 rw,barrier=0,data=ordered\n", 1},
	    {"36 35 98:0 / /var rw - ext4 /dev/sda1 rw,barrier=1\n", 0},
	    {"36 35 98:0 / /var rw - ext4 /dev/sda1 rw,nobarriers\n", 0},
	    {"36 35 98:0 / /nobarrier rw,nobarrier - ext4 nobarrier rw\n", 0},
	    {"36 35 98:1 / /var rw - ext4 /dev/sda1 rw,nobarrier\n", 0},
	    {"36 35 198:0 / /var rw - ext4 /dev/sda1 rw,nobarrier\n", 0},
	    {"36 35 98:0 / /var rw - ext4 /dev/sda1", 0},
	    {"36 35 98:0 / /var rw", 0},
	    {"36 35 98:0", 0},
	    {"36 35", 0},
	    {"", 0},
	    {"36 35 98:0 / /var rw shared:1 master:2 - btrfs /dev/sdb ,,nobarrier", 1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(store_mount_line_skips(rows[i].line, "98:0"), rows[i].skips);
}

static void test_here(void **state)
{
	(void)state;
	assert_false(store_mount_skips_flushes("/proc"));
	assert_false(store_mount_skips_flushes("/nonexistent"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_here),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
