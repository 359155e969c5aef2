/* newfile: see newfile.h. */
#include "newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/err.h"

#include "why.h"

static const char suffix[] = ".part-XXXXXX";

struct newfile {
	int fd;
	bool replace;
	bool named;        /* it has the name `part` meanwhile; without one it is gone with the process, whatever ends it */
	char *path, *part; /* part: path and suffix */
};

static int err_of(int no)
{
	switch (no) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return ERR_NO_SPACE;
	case EEXIST:
		return ERR_EXISTS;
	case ENOENT:
	case ENOTDIR:
		return ERR_NOT_FOUND;
	case ENOMEM:
		return ERR_NOMEM;
	default:
		return ERR_IO;
	}
}

static void release(struct newfile *f)
{
	if (!f)
		return;
	if (f->fd >= 0)
		close(f->fd);
	free(f->path);
	free(f->part);
	free(f);
}

/* The folder of a path; free() it. */
static char *folder_of(const char *path)
{
	char *copy = strdup(path), *slash = copy ? strrchr(copy, '/') : NULL;
	if (slash == copy && slash)
		slash[1] = '\0';
	else if (slash)
		*slash = '\0';
	else if (copy)
		copy[strlen(copy) ? 1 : 0] = '\0';
	if (copy && !slash && *copy)
		copy[0] = '.';
	return copy;
}

/* Nameless where the file system can do that. Returns 0 or an errno. */
static int make_file(struct newfile *f)
{
	char *folder = folder_of(f->path);
	if (!folder)
		return ENOMEM;
	f->fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	int no = f->fd < 0 ? errno : 0;
	free(folder);
	if (no != EOPNOTSUPP && no != EISDIR && no != EINVAL)
		return no;
	f->fd = mkostemp(f->part, O_CLOEXEC); /* mode 0600 */
	f->named = f->fd >= 0;
	return f->named ? 0 : errno;
}

int newfile_begin(const char *path, bool replace, struct newfile **out, struct why *why)
{
	struct stat there;
	struct newfile *f = calloc(1, sizeof(*f));
	size_t len = strlen(path);

	*out = NULL;
	if (f) {
		f->fd = -1;
		f->path = strdup(path);
		f->part = malloc(len + sizeof(suffix));
	}
	if (!f || !f->path || !f->part) {
		release(f);
		return why_set(why, ERR_NOMEM, "There is not enough memory.");
	}
	memcpy(f->part, path, len);
	memcpy(f->part + len, suffix, sizeof(suffix));
	f->replace = replace;
	if (!replace && lstat(path, &there) == 0) {
		release(f);
		return why_set(why, ERR_EXISTS, "%s exists already and was left as it is. Choose another name.", path);
	}
	int no = make_file(f);
	if (no) {
		release(f);
		return why_set(why, err_of(no), "No file can be made at %s: %s.", path, strerror(no));
	}
	*out = f;
	return 0;
}

int newfile_write(void *file, const void *bytes, size_t len)
{
	const struct newfile *f = file;
	const char *from = bytes;

	while (len > 0) {
		ssize_t n = write(f->fd, from, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_of(errno);
		from += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The name in the folder is durable when the folder is. */
static int sync_folder(const char *path)
{
	char *folder = folder_of(path);
	int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int err = fd < 0 ? err_of(folder ? errno : ENOMEM) : 0;
	/* some file systems have no such thing */
	if (!err && fsync(fd) && errno != EINVAL)
		err = err_of(errno);
	if (fd >= 0)
		close(fd);
	free(folder);
	return err;
}

static int link_to(const struct newfile *f, const char *path)
{
	char by_fd[64];
	snprintf(by_fd, sizeof(by_fd), "/proc/self/fd/%d", f->fd);
	return linkat(AT_FDCWD, by_fd, AT_FDCWD, path, AT_SYMLINK_FOLLOW) ? err_of(errno) : 0;
}

/* A nameless file gets a name beside the other's place first: nothing takes a place over without one. */
static int name_part(struct newfile *f)
{
	int fd = mkostemp(f->part, O_CLOEXEC);
	if (fd < 0)
		return err_of(errno);
	close(fd);
	unlink(f->part);
	int err = link_to(f, f->part);
	f->named = !err;
	return err;
}

static int give_name(struct newfile *f)
{
	if (!f->named && !f->replace)
		return link_to(f, f->path);
	int err = f->named ? 0 : name_part(f);
	if (err)
		return err;
	if (f->replace)
		return rename(f->part, f->path) ? err_of(errno) : 0;
	/* the one call that never takes another file's place; a stick with FAT does not know it, and has no hard links */
	if (renameat2(AT_FDCWD, f->part, AT_FDCWD, f->path, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return err_of(errno);
	if (access(f->path, F_OK) == 0)
		return ERR_EXISTS;
	return rename(f->part, f->path) ? err_of(errno) : 0;
}

int newfile_commit(struct newfile *f)
{
	int err = fsync(f->fd) ? err_of(errno) : 0;

	if (!err)
		err = give_name(f);
	if (err && f->named)
		unlink(f->part);
	if (!err)
		err = sync_folder(f->path);
	release(f);
	return err;
}

void newfile_abort(struct newfile *f)
{
	if (f && f->named)
		unlink(f->part);
	release(f);
}
