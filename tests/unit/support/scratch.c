/* scratch: see scratch.h. */
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch.h"

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

char *scratch_new(void)
{
	const char *base = getenv("TMPDIR");
	char *dir = NULL;

	must(asprintf(&dir, "%s/kap-test-XXXXXX", base && *base ? base : "/tmp") > 0, "asprintf");
	must(mkdtemp(dir) != NULL, dir);
	return dir;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void scratch_free(char *dir)
{
	if (!dir)
		return;
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(dir);
}

char *scratch_path(const char *dir, const char *name)
{
	char *path = NULL;

	must(asprintf(&path, "%s/%s", dir, name) > 0, "asprintf");
	return path;
}

void scratch_read(const char *path, unsigned char **data, size_t *len)
{
	FILE *f = fopen(path, "rb");
	struct stat st;

	must(f && !fstat(fileno(f), &st), path);
	*len = (size_t)st.st_size;
	*data = malloc(*len + 1);
	must(*data && fread(*data, 1, *len, f) == *len, path);
	fclose(f);
}

void scratch_write(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "wb");

	must(f && fwrite(data, 1, len, f) == len, path);
	must(!fclose(f), path);
}

void scratch_copy(const char *from, const char *to)
{
	DIR *d = opendir(from);
	struct dirent *e;

	must(d != NULL, from);
	must(!mkdir(to, 0700), to);
	while ((e = readdir(d))) {
		char *a, *b;
		unsigned char *data;
		size_t len;

		if (e->d_name[0] == '.')
			continue;
		a = scratch_path(from, e->d_name);
		b = scratch_path(to, e->d_name);
		scratch_read(a, &data, &len);
		scratch_write(b, data, len);
		free(data);
		free(a);
		free(b);
	}
	closedir(d);
}

static bool holds_in(const char *dir, const void *bytes, size_t len, int depth)
{
	DIR *d = opendir(dir);
	bool found = false;
	struct dirent *e;

	must(d && depth < 8, dir);
	while (!found && (e = readdir(d))) {
		char *path;
		struct stat st;

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		found = memmem(e->d_name, strlen(e->d_name), bytes, len) != NULL;
		path = scratch_path(dir, e->d_name);
		must(!lstat(path, &st), path);
		if (S_ISDIR(st.st_mode)) {
			found = found || holds_in(path, bytes, len, depth + 1);
		} else if (S_ISREG(st.st_mode)) {
			unsigned char *data;
			size_t n;

			scratch_read(path, &data, &n);
			found = found || memmem(data, n, bytes, len) != NULL;
			free(data);
		}
		free(path);
	}
	closedir(d);
	return found;
}

bool scratch_holds(const char *dir, const void *bytes, size_t len)
{
	return holds_in(dir, bytes, len, 0);
}
