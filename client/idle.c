/* idle: see idle.h. The file's time is the message; what is in it is nothing. */
#include "idle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/err.h"

#include "unlock.h"

#define PATH_ROOM 4096

static bool mark_path(const char *dir, char out[PATH_ROOM])
{
	int n = snprintf(out, PATH_ROOM, "%s/locked", dir);
	return n > 0 && n < PATH_ROOM;
}

static void read_mark(const char *dir, int64_t *s, int64_t *ns)
{
	char path[PATH_ROOM];
	struct stat at;
	*s = *ns = 0;
	if (!mark_path(dir, path) || stat(path, &at))
		return;
	*s = at.st_mtim.tv_sec;
	*ns = at.st_mtim.tv_nsec;
}

void idle_begin(struct idle *idle, const char *dir, unsigned seconds)
{
	memset(idle, 0, sizeof(*idle));
	idle->dir = dir;
	idle->kept = unlock_is_kept(dir);
	read_mark(dir, &idle->mark_s, &idle->mark_ns);
	/* the clock that goes on while the machine sleeps */
	if (!idle->kept && seconds && clock_gettime(CLOCK_BOOTTIME, &idle->end) == 0)
		idle->end.tv_sec += seconds;
}

bool idle_locked(const struct idle *idle)
{
	struct timespec now;
	int64_t s, ns;
	read_mark(idle->dir, &s, &ns);
	if (s != idle->mark_s || ns != idle->mark_ns)
		return true;
	if (idle->kept)
		return !unlock_is_kept(idle->dir);
	if (!idle->end.tv_sec || clock_gettime(CLOCK_BOOTTIME, &now))
		return false;
	return now.tv_sec > idle->end.tv_sec || (now.tv_sec == idle->end.tv_sec && now.tv_nsec >= idle->end.tv_nsec);
}

int idle_tell(const char *dir)
{
	char path[PATH_ROOM];
	if (!mark_path(dir, path))
		return ERR_IO;
	int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	int err = futimens(fd, NULL) ? ERR_IO : 0;
	close(fd);
	return err;
}
