/* keyfile: see keyfile.h. A secret is in plain memory here for as long as a call takes, and wiped. */
#include "keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/crypto.h"
#include "proto/err.h"

#define KEYFILE_TEXT_MAX 128

static const char *const kinds[KEYFILE_KINDS] = {
    [KEYFILE_SERVER_TLS] = "server-tls",
    [KEYFILE_SERVER_LOG] = "server-log",
    [KEYFILE_SERVER_ROOT] = "server-root",
};

const char *keyfile_kind_name(enum keyfile_kind kind)
{
	return (unsigned)kind < KEYFILE_KINDS ? kinds[kind] : "";
}

/* Fills `text` with the whole file and returns its length. */
static size_t text_of(enum keyfile_kind kind, const uint8_t seed[KEYFILE_SEED], char text[KEYFILE_TEXT_MAX])
{
	static const char digits[] = "0123456789abcdef";
	int n = snprintf(text, KEYFILE_TEXT_MAX, "kap-key 1 %s\n", keyfile_kind_name(kind));
	size_t at = (size_t)n;

	for (size_t i = 0; i < KEYFILE_SEED; i++) {
		text[at++] = digits[seed[i] >> 4];
		text[at++] = digits[seed[i] & 15];
	}
	text[at++] = '\n';
	return at;
}

static int write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		bytes += n;
		len -= (size_t)n;
	}
	return fsync(fd) == 0 ? 0 : ERR_IO;
}

static int sync_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd, err;

	snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - path) + 1, slash == NULL ? "." : path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ERR_IO;
	err = fsync(fd) == 0 ? 0 : ERR_IO;
	close(fd);
	return err;
}

/* rename puts the new file over the old one; link refuses when there is one. */
static int put_in_place(const char *from, const char *to, int replace)
{
	if (replace)
		return rename(from, to) == 0 ? 0 : ERR_IO;
	if (link(from, to) != 0)
		return errno == EEXIST ? ERR_EXISTS : ERR_IO;
	return unlink(from) == 0 ? 0 : ERR_IO;
}

static int put(const char *path, enum keyfile_kind kind, const uint8_t seed[KEYFILE_SEED], int replace)
{
	char text[KEYFILE_TEXT_MAX];
	char beside[PATH_MAX];
	int n = snprintf(beside, sizeof beside, "%s.XXXXXX", path);
	int fd, err;

	if (n < 0 || (size_t)n >= sizeof beside || (unsigned)kind >= KEYFILE_KINDS)
		return ERR_ARG;
	fd = mkostemp(beside, O_CLOEXEC); /* mode 0600 */
	if (fd < 0)
		return ERR_IO;
	err = write_all(fd, text, text_of(kind, seed, text));
	crypto_wipe(text, sizeof text);
	if (close(fd) != 0)
		err = ERR_IO;
	if (err == 0)
		err = put_in_place(beside, path, replace);
	if (err != 0) {
		unlink(beside);
		return err;
	}
	return sync_folder(path);
}

int keyfile_write(const char *path, enum keyfile_kind kind, const uint8_t seed[KEYFILE_SEED])
{
	return put(path, kind, seed, 1);
}

int keyfile_create(const char *path, enum keyfile_kind kind, const uint8_t seed[KEYFILE_SEED])
{
	return put(path, kind, seed, 0);
}

/* The service manager shows a credential to one user by an access list, whose mask stands where the group's bits are.
 */
static int is_credential(const char *path, const struct stat *st)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	size_t len = folder != NULL ? strlen(folder) : 0;

	return len > 0 && strncmp(path, folder, len) == 0 && path[len] == '/' && strchr(path + len + 1, '/') == NULL &&
	       st->st_uid == 0;
}

static int check_guard(int fd, const char *path)
{
	struct stat st;
	mode_t others = S_IRWXG | S_IRWXO;

	if (fstat(fd, &st) != 0)
		return ERR_IO;
	if (is_credential(path, &st))
		others = S_IWGRP | S_IXGRP | S_IRWXO;
	if (!S_ISREG(st.st_mode) || (st.st_mode & others) != 0 || (st.st_uid != geteuid() && st.st_uid != 0))
		return ERR_CONFIG;
	return 0;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int parse(const char *text, size_t len, enum keyfile_kind kind, uint8_t seed[KEYFILE_SEED])
{
	uint8_t zero[KEYFILE_SEED] = {0};
	char want[KEYFILE_TEXT_MAX];
	size_t total = text_of(kind, zero, want);
	size_t at = total - 1 - (size_t)2 * KEYFILE_SEED;

	if (len != total || memcmp(text, want, at) != 0 || text[len - 1] != '\n')
		return ERR_CORRUPT;
	for (size_t i = 0; i < KEYFILE_SEED; i++, at += 2) {
		int high = digit(text[at]), low = digit(text[at + 1]);

		if (high < 0 || low < 0)
			return ERR_CORRUPT;
		seed[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

int keyfile_read(const char *path, enum keyfile_kind kind, uint8_t seed[KEYFILE_SEED])
{
	char text[KEYFILE_TEXT_MAX];
	ssize_t n;
	int err, fd;

	memset(seed, 0, KEYFILE_SEED);
	if ((unsigned)kind >= KEYFILE_KINDS)
		return ERR_ARG;
	/* O_NONBLOCK: a FIFO in its place must not hold us. */
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : errno == ELOOP ? ERR_CONFIG : ERR_IO;
	err = check_guard(fd, path);
	if (err != 0)
		goto out;
	n = read(fd, text, sizeof text);
	err = n < 0 ? ERR_IO : parse(text, (size_t)n, kind, seed);
out:
	crypto_wipe(text, sizeof text);
	if (err != 0)
		crypto_wipe(seed, KEYFILE_SEED);
	close(fd);
	return err;
}
