/* term: the controlling terminal while a question is open: echo, and the signals that would leave it changed. Signals
 * that arrive meanwhile are noticed instead of delivered, and delivered after the terminal is as it was. Knows no
 * question. */
#ifndef KAP_CLIENT_UI_TERM_H
#define KAP_CLIENT_UI_TERM_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>

/* Public so that it can live on a stack. */
struct term {
	int fd;      /* /dev/tty */
	int signals; /* signalfd */
	int caught;  /* the signal that ended a read, 0 */
	bool changed;
	struct termios before;
	sigset_t mask;
};

/* Opens the controlling terminal and holds back its signals. ERR_NO_TERMINAL, ERR_IO. */
int term_open(struct term *t);
/* Puts everything back; then a signal that was caught takes its usual effect, which may end the process. */
void term_close(struct term *t);

/* Turns the echo of what is typed off; what was typed before is dropped. term_close turns it on again. ERR_IO. */
int term_hide(struct term *t);

void term_write(const struct term *t, const char *text, size_t len);
/* One byte. 1; 0 at the end of input; ERR_CLOSED when a signal arrived (see caught); ERR_IO. A stop (Ctrl-Z) stops the
 * process here, with the terminal as it was, and is forgotten when it goes on: *resumed is set then, for the question
 * to be shown again. A change of the window's size sets it too. */
int term_read(struct term *t, uint8_t *byte, bool *resumed);
/* Waits until term->fd can be read, with the same results (1 for ready). */
int term_wait(struct term *t, bool *resumed);

/* For a signal that was caught: lets it take its usual effect now. */
void term_deliver(int signal_number);

#endif
