/* term: see term.h. Signals come through a signalfd, so no handler and no global is needed. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "proto/err.h"
#include "client/ui/term.h"

static const int held[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};

static int hold_signals(struct term *t)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof held / sizeof *held; i++)
		sigaddset(&set, held[i]);
	t->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (t->signals < 0)
		return ERR_IO;
	return sigprocmask(SIG_BLOCK, &set, &t->mask) ? ERR_IO : 0;
}

int term_open(struct term *t)
{
	int rc;

	memset(t, 0, sizeof *t);
	t->signals = -1;
	t->fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (t->fd < 0)
		return ERR_NO_TERMINAL;
	rc = hold_signals(t);
	if (rc) {
		if (t->signals >= 0)
			close(t->signals);
		close(t->fd);
		t->fd = -1;
	}
	return rc;
}

void term_deliver(int signal_number)
{
	sigset_t set;

	if (!signal_number)
		return;
	sigemptyset(&set);
	sigaddset(&set, signal_number);
	raise(signal_number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void restore(struct term *t)
{
	if (t->changed)
		tcsetattr(t->fd, TCSADRAIN, &t->before);
	t->changed = false;
}

void term_close(struct term *t)
{
	if (t->fd < 0)
		return;
	restore(t);
	close(t->signals);
	close(t->fd);
	t->fd = -1;
	sigprocmask(SIG_SETMASK, &t->mask, NULL);
	term_deliver(t->caught);
}

static int hide(struct term *t, int when)
{
	struct termios quiet;

	if (tcgetattr(t->fd, &t->before))
		return ERR_IO;
	quiet = t->before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ICANON | ECHONL;
	if (tcsetattr(t->fd, when, &quiet))
		return ERR_IO;
	t->changed = true;
	return 0;
}

int term_hide(struct term *t)
{
	return hide(t, TCSAFLUSH);
}

void term_write(const struct term *t, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(t->fd, text, len);

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
}

static void stop_here(struct term *t)
{
	bool hidden = t->changed;
	sigset_t set;

	restore(t);
	term_deliver(SIGTSTP); /* comes back when the process is told to go on */
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (hidden)
		hide(t, TCSAFLUSH);
}

/* 0: nothing that ends the wait; ERR_CLOSED. */
static int take_signals(struct term *t, bool *resumed)
{
	struct signalfd_siginfo info;

	while (read(t->signals, &info, sizeof info) == (ssize_t)sizeof info) {
		if (info.ssi_signo == SIGWINCH) {
			*resumed = true;
		} else if (info.ssi_signo == SIGTSTP) {
			stop_here(t);
			*resumed = true;
		} else {
			t->caught = (int)info.ssi_signo;
			return ERR_CLOSED;
		}
	}
	return 0;
}

int term_wait(struct term *t, bool *resumed)
{
	*resumed = false;
	for (;;) {
		struct pollfd fds[2] = {{t->fd, POLLIN, 0}, {t->signals, POLLIN, 0}};
		int rc;

		if (poll(fds, 2, -1) < 0) {
			if (errno != EINTR)
				return ERR_IO;
			continue;
		}
		if (fds[1].revents && (rc = take_signals(t, resumed)))
			return rc;
		if (*resumed || fds[0].revents)
			return 1;
	}
}

int term_read(struct term *t, uint8_t *byte, bool *resumed)
{
	ssize_t n;
	int rc;

	for (;;) {
		if ((rc = term_wait(t, resumed)) != 1 || *resumed)
			return rc;
		n = read(t->fd, byte, 1);
		if (n >= 0)
			return (int)n;
		if (errno == EIO) /* the terminal is gone */
			return 0;
		if (errno != EINTR && errno != EAGAIN)
			return ERR_IO;
	}
}
