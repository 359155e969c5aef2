/* test_leave_tar: archives block by block, and everything that is refused. That tar unpacks them is shown by a story.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/leave/tar.h"
#include "proto/buf.h"
#include "proto/err.h"

static int keep(void *arg, const void *bytes, size_t len)
{
	return buf_put(arg, bytes, len);
}

static int full(void *arg, const void *bytes, size_t len)
{
	(void)arg;
	(void)bytes;
	(void)len;
	return ERR_NO_SPACE;
}

static void blocks(void **state)
{
	static const size_t sizes[] = {0, 1, 511, 512, 513, 1024};
	static const uint8_t zero[1024];
	uint8_t words[1024];
	struct buf file;

	(void)state;
	memset(words, 'w', sizeof(words));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t n = sizes[i], padded = (n + 511) / 512 * 512;
		struct tar t = {keep, &file, 0, 0};
		unsigned sum = 0;
		buf_init(&file, 0);
		assert_int_equal(tar_add(&t, "folder/name.md", words, n, 1000000000), 0);
		assert_int_equal(tar_finish(&t), 0);
		assert_int_equal(file.len, 512 + padded + 1024);
		assert_string_equal((char *)file.data, "folder/name.md");
		assert_int_equal(strtoul((char *)file.data + 124, NULL, 8), n);
		assert_int_equal(strtoul((char *)file.data + 136, NULL, 8), 1000000000);
		assert_string_equal((char *)file.data + 100, "0000600");
		assert_memory_equal(file.data + 257, "ustar\00000", 8);
		for (size_t k = 0; k < 512; k++)
			sum += k >= 148 && k < 156 ? ' ' : file.data[k];
		assert_int_equal(strtoul((char *)file.data + 148, NULL, 8), sum);
		assert_memory_equal(file.data + 512, words, n);
		assert_memory_equal(file.data + 512 + n, zero, padded - n);
		assert_memory_equal(file.data + 512 + padded, zero, 1024);
		buf_wipe(&file);
	}
}

static void refused(void **state)
{
	static const char *const names[] = {"",          "/etc/passwd", "../up",       "a/../b",
	                                    "tab\there", "bell\a",      "caf\xc3\xa9", " lead"};
	char name[TAR_NAME_MAX + 1];
	struct buf file;
	struct tar t = {keep, &file, 0, 0};

	(void)state;
	buf_init(&file, 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(tar_add(&t, names[i], "x", 1, 0), ERR_ARG);
	memset(name, 'n', sizeof(name));
	name[TAR_NAME_MAX] = '\0';
	assert_int_equal(tar_add(&t, name, "x", 1, 0), ERR_ARG);
	name[TAR_NAME_MAX - 1] = '\0';
	assert_int_equal(tar_add(&t, name, "x", 1, 0), 0);
	assert_int_equal(tar_file(&t, "big", (uint64_t)8 << 30, 0), ERR_ARG);
	assert_int_equal(tar_file(&t, "late", 1, (uint64_t)8 << 30), ERR_ARG);
	/* a file that is not whole: nothing else may begin, nor may the archive end */
	assert_int_equal(tar_file(&t, "part", 3, 0), 0);
	assert_int_equal(tar_write(&t, "ab", 2), 0);
	assert_int_equal(tar_file(&t, "next", 1, 0), ERR_ARG);
	assert_int_equal(tar_finish(&t), ERR_ARG);
	assert_int_equal(tar_write(&t, "cd", 2), ERR_ARG);
	assert_int_equal(tar_write(&t, "c", 1), 0);
	assert_int_equal(file.len, 4 * 512);
	assert_int_equal(tar_finish(&t), 0);
	buf_wipe(&file);
	t = (struct tar){full, NULL, 0, 0};
	assert_int_equal(tar_file(&t, "name", 1, 0), ERR_NO_SPACE);
	assert_int_equal(tar_finish(&t), ERR_NO_SPACE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(blocks),
	    cmocka_unit_test(refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
