/* store_check_child: the check of a store in a process of its own, because LMDB reads a map: a page that is not in the
 * file is a SIGBUS, a damaged one may be an abort. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/err.h"
#include "store_check.h"
#include "store_inner.h"

struct verdict {
	int err;
	struct store_counts counts;
};

static _Noreturn void judge(int fd, const struct store_opts *opts, const struct store_check_opts *check)
{
	struct verdict v = {0};
	struct store *s;
	/* whatever the parent does on these, the child dies of them */
	signal(SIGBUS, SIG_DFL);
	signal(SIGSEGV, SIG_DFL);
	signal(SIGABRT, SIG_DFL);
	v.err = store_open_unlooked(opts, &s);
	if (!v.err)
		v.err = store_check(s, check->found, check->arg, &v.counts);
	store_close(s);
	fflush(NULL);
	_exit(write(fd, &v, sizeof(v)) == (ssize_t)sizeof(v) ? 0 : 1);
}

/* A child that says nothing was killed by what it read. */
static int hear(int fd, struct verdict *v)
{
	ssize_t n;
	do
		n = read(fd, v, sizeof(*v));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*v) ? v->err : ERR_CORRUPT;
}

int store_check_child(const struct store_opts *opts, const struct store_check_opts *check)
{
	int fds[2];
	struct verdict v = {0};
	if (pipe2(fds, O_CLOEXEC) != 0)
		return ERR_IO;
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		judge(fds[1], opts, check);
	close(fds[1]);
	int err = pid < 0 ? ERR_IO : hear(fds[0], &v);
	close(fds[0]);
	if (pid > 0)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	if (check->counts)
		*check->counts = v.counts;
	return err;
}
