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
	char *path, *part;
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

int newfile_begin(const char *path, struct newfile **out, struct why *why)
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
	if (lstat(path, &there) == 0) {
		release(f);
		return why_set(why, ERR_EXISTS, "%s exists already and was left as it is. Choose another name.", path);
	}
	f->fd = mkostemp(f->part, O_CLOEXEC); /* mode 0600 */
	if (f->fd < 0) {
		int no = errno;
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
	char *copy = strdup(path);
	if (!copy)
		return ERR_NOMEM;
	char *slash = strrchr(copy, '/');
	if (slash == copy)
		slash[1] = '\0';
	else if (slash)
		*slash = '\0';
	int fd = open(slash ? copy : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = fd < 0 ? err_of(errno) : 0;
	/* some file systems have no such thing */
	if (!err && fsync(fd) && errno != EINVAL)
		err = err_of(errno);
	if (fd >= 0)
		close(fd);
	free(copy);
	return err;
}

int newfile_commit(struct newfile *f)
{
	int err = fsync(f->fd) ? err_of(errno) : 0;

	/* the one call that never takes another file's place; a stick with FAT does not know it, and has no hard links */
	if (!err && renameat2(AT_FDCWD, f->part, AT_FDCWD, f->path, RENAME_NOREPLACE)) {
		if (errno != EINVAL && errno != ENOSYS)
			err = err_of(errno);
		else if (access(f->path, F_OK) == 0)
			err = ERR_EXISTS;
		else if (rename(f->part, f->path))
			err = err_of(errno);
	}
	if (err)
		unlink(f->part);
	else
		err = sync_folder(f->path);
	release(f);
	return err;
}

void newfile_abort(struct newfile *f)
{
	if (f)
		unlink(f->part);
	release(f);
}
