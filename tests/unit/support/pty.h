/* pty: runs a function in a child whose controlling terminal is ours: what it shows can be waited for, what a person
 * would type can be typed. The child hands a result back beside the terminal, through a pipe. */
#ifndef KAP_TESTS_PTY_H
#define KAP_TESTS_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct pty {
	int fd; /* our end of the terminal */
	int result;
	pid_t pid;           /* the child */
	pid_t leader;        /* its session's leader, which waits for it as a shell would */
	struct pty_job *job; /* shared with the leader */
	char screen[16384];  /* all that was shown, NUL-terminated */
	size_t len;
};

/* The child calls fn(arg, result descriptor) and exits with what it returns (0..125). Its stdin, stdout and stderr are
 * the terminal. Ends the test program when it cannot. */
void pty_start(struct pty *p, int (*fn)(void *arg, int result), void *arg);
/* Waits up to 10 s until `text` was shown after `from` bytes of the screen; returns where it ends, or 0. */
size_t pty_expect(struct pty *p, const char *text, size_t from);
void pty_type(struct pty *p, const char *text);
/* True if the terminal shows what is typed. */
bool pty_echoes(const struct pty *p);
/* True once the child's line discipline is as given, waiting up to 10 s. */
bool pty_wait_echo(const struct pty *p, bool echo);
/* Reads the child's result to its end into `out` (NUL-terminated), keeps draining the screen, and returns the wait
 * status. */
int pty_finish(struct pty *p, char *out, size_t room);
/* Waits until the child is stopped (true) or 10 s are over. */
bool pty_wait_stopped(const struct pty *p);

#endif
