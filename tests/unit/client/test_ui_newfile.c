/* test_ui_newfile: a file comes to be whole or not at all, is its owner's alone, and takes nobody's place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "client/ui/newfile.h"
#include "client/ui/why.h"
#include "proto/err.h"

static char folder[] = "/tmp/kap-newfile.XXXXXX", path[64];

static size_t files(void)
{
	DIR *dir = opendir(folder);
	size_t n = 0;
	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static void put(const char *words)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(words, f);
	fclose(f);
}

static void is(const char *words)
{
	char text[64] = "";
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fread(text, 1, sizeof(text) - 1, f), strlen(words));
	assert_string_equal(text, words);
	fclose(f);
}

static void whole_or_not(void **state)
{
	struct newfile *f;
	struct why why;
	struct stat at;

	(void)state;
	assert_int_equal(newfile_begin(path, false, &f, &why), 0);
	assert_int_equal(newfile_write(f, "some ", 5), 0);
	assert_int_equal(newfile_write(f, "words", 5), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(newfile_commit(f), 0);
	assert_int_equal(stat(path, &at), 0);
	assert_int_equal(at.st_mode & 07777, 0600);
	is("some words");
	assert_int_equal(files(), 1);
	unlink(path);
	assert_int_equal(newfile_begin(path, false, &f, &why), 0);
	assert_int_equal(newfile_write(f, "half", 4), 0);
	newfile_abort(f);
	newfile_abort(NULL);
	assert_int_equal(files(), 0);
}

static void nobodys_place(void **state)
{
	struct newfile *f = (struct newfile *)path;
	struct why why = {""};

	(void)state;
	put("before");
	assert_int_equal(newfile_begin(path, false, &f, &why), ERR_EXISTS);
	assert_null(f);
	assert_non_null(strstr(why.text, "exists already"));
	unlink(path);
	assert_int_equal(symlink("/nonexistent/elsewhere", path), 0);
	assert_int_equal(newfile_begin(path, false, &f, &why), ERR_EXISTS);
	unlink(path);
	assert_int_equal(newfile_begin(path, false, &f, &why), 0);
	put("meanwhile");
	assert_int_equal(newfile_commit(f), ERR_EXISTS);
	is("meanwhile");
	assert_int_equal(files(), 1);
	unlink(path);
}

static void in_its_place(void **state)
{
	struct newfile *f;
	struct why why = {""};

	(void)state;
	put("before");
	assert_int_equal(newfile_begin(path, true, &f, &why), 0);
	assert_int_equal(newfile_write(f, "after", 5), 0);
	is("before");
	assert_int_equal(newfile_commit(f), 0);
	is("after");
	assert_int_equal(newfile_begin(path, true, &f, &why), 0);
	newfile_abort(f);
	is("after");
	assert_int_equal(files(), 1);
	unlink(path);
}

static void no_folder(void **state)
{
	struct newfile *f;
	struct why why = {""};

	(void)state;
	assert_int_equal(newfile_begin("/nonexistent/folder/file", false, &f, &why), ERR_NOT_FOUND);
	assert_non_null(strstr(why.text, "No file can be made"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whole_or_not),
	    cmocka_unit_test(nobodys_place),
	    cmocka_unit_test(in_its_place),
	    cmocka_unit_test(no_folder),
	};
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/file", folder);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
