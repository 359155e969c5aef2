/* pty: see pty.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "pty.h"

enum { PATIENCE_MS = 10000 };

struct pty_job {
	_Atomic pid_t pid;
	_Atomic int stops;
};

/* What a shell does: the child is a job of its own in the foreground, so that it can be stopped. */
static void lead(struct pty_job *job, int (*fn)(void *arg, int result), void *arg, int result)
{
	static const int usual[] = {SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGTSTP};
	const struct rlimit none = {0, 0};
	pid_t pid;
	int status;

	/* who runs the tests in the background, or with nohup, ignores some of these, and that is inherited */
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		signal(usual[i], SIG_DFL);
	pid = fork();

	if (!pid) {
		setpgid(0, 0);
		while (tcgetpgrp(STDIN_FILENO) != getpid())
			sched_yield();
		_exit(fn(arg, result));
	}
	close(result);
	setpgid(pid, pid);
	tcsetpgrp(STDIN_FILENO, pid);
	job->pid = pid;
	setrlimit(RLIMIT_CORE, &none);
	while (waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status))
		job->stops++;
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	_exit(WEXITSTATUS(status));
}

static void must(int bad, const char *what)
{
	if (!bad)
		return;
	perror(what);
	abort();
}

void pty_start(struct pty *p, int (*fn)(void *arg, int result), void *arg)
{
	struct winsize size = {.ws_row = 24, .ws_col = 80};
	int pipes[2];

	memset(p, 0, sizeof *p);
	p->job = mmap(NULL, sizeof *p->job, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(p->job == MAP_FAILED || pipe2(pipes, O_CLOEXEC), "pipe");
	fflush(NULL);
	p->leader = forkpty(&p->fd, NULL, NULL, &size);
	must(p->leader < 0, "forkpty");
	if (!p->leader) {
		close(pipes[0]);
		lead(p->job, fn, arg, pipes[1]);
	}
	close(pipes[1]);
	p->result = pipes[0];
	fcntl(p->fd, F_SETFL, O_NONBLOCK);
	while (!p->job->pid)
		sched_yield();
	p->pid = p->job->pid;
}

static void drain(struct pty *p)
{
	ssize_t n;

	while (p->len + 1 < sizeof p->screen && (n = read(p->fd, p->screen + p->len, sizeof p->screen - 1 - p->len)) > 0)
		p->len += (size_t)n;
	p->screen[p->len] = 0;
}

static void pause_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

size_t pty_expect(struct pty *p, const char *text, size_t from)
{
	for (int waited = 0; waited < PATIENCE_MS; waited += 5) {
		const char *found;

		drain(p);
		found = from <= p->len ? memmem(p->screen + from, p->len - from, text, strlen(text)) : NULL;
		if (found)
			return (size_t)(found - p->screen) + strlen(text);
		pause_ms(5);
	}
	fprintf(stderr, "never shown: %s\nshown: %s\n", text, p->screen);
	return 0;
}

void pty_type(struct pty *p, const char *text)
{
	size_t len = strlen(text);

	while (len) {
		ssize_t n = write(p->fd, text, len);

		if (n < 0 && errno != EAGAIN)
			return;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
		drain(p);
	}
}

bool pty_echoes(const struct pty *p)
{
	struct termios t;

	return !tcgetattr(p->fd, &t) && (t.c_lflag & ECHO);
}

bool pty_wait_echo(const struct pty *p, bool echo)
{
	for (int waited = 0; waited < PATIENCE_MS; waited += 5) {
		if (pty_echoes(p) == echo)
			return true;
		pause_ms(5);
	}
	return false;
}

bool pty_wait_stopped(const struct pty *p)
{
	for (int waited = 0; waited < PATIENCE_MS; waited += 5) {
		if (p->job->stops)
			return true;
		pause_ms(5);
	}
	return false;
}

int pty_finish(struct pty *p, char *out, size_t room)
{
	size_t len = 0;
	int status = 0;
	ssize_t n = 1;

	for (int waited = 0; n && waited < PATIENCE_MS;) {
		struct pollfd fds[2] = {{p->result, POLLIN, 0}, {p->fd, POLLIN, 0}};

		poll(fds, 2, 10);
		drain(p);
		if (fds[1].revents & POLLHUP)
			pause_ms(5);
		if (!fds[0].revents) {
			waited += 10;
			continue;
		}
		n = read(p->result, out + len, room - 1 - len);
		if (n > 0)
			len += (size_t)n;
	}
	out[len] = 0;
	if (n) {
		fprintf(stderr, "the child does not end; shown: %s\n", p->screen);
		kill(p->pid, SIGKILL);
	}
	while (waitpid(p->leader, &status, 0) < 0 && errno == EINTR)
		;
	drain(p);
	munmap(p->job, sizeof *p->job);
	close(p->result);
	close(p->fd);
	return status;
}
