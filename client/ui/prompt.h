/* prompt: asks the person at the terminal: passphrases (not shown), yes or no, one line. Knows the controlling terminal
 * and the descriptor of --passphrase-fd. Echo is restored whatever happens, signals included, and a signal takes its
 * usual effect afterwards. Questions are written to the terminal, never to stdout. */
#ifndef KAP_CLIENT_UI_PROMPT_H
#define KAP_CLIENT_UI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct prompt;
struct why;

#define PROMPT_PASS_MAX 1024
#define PROMPT_PASS_MIN_NEW 10 /* characters of a new passphrase */

/* pass_fd: where passphrases come from, one a line, -1 for the terminal. yes: every yes/no question is answered yes. */
int prompt_new(int pass_fd, bool yes, struct prompt **prompt);
void prompt_free(struct prompt *prompt); /* NULL is legal */

/* A passphrase: *pass is NUL-terminated on the secure heap, freed with prompt_free_pass; NFC where it is valid UTF-8.
 * ERR_CLOSED (end of input), ERR_TOO_BIG, ERR_NO_TERMINAL (nobody to ask; use --passphrase-fd). */
int prompt_passphrase(struct prompt *prompt, const char *label, char **pass, size_t *len);
/* A new one: asked for twice at a terminal, at least PROMPT_PASS_MIN_NEW characters; repeats until it fits or input
 * ends (ERR_SHAPE at once when it comes from a descriptor). */
int prompt_new_passphrase(struct prompt *prompt, const char *label, char **pass, size_t *len, struct why *why);
void prompt_free_pass(char *pass);

/* "question [y/N] ". 1 yes, 0 no (also Enter and end of input). ERR_NO_TERMINAL when nobody can be asked and --yes was
 * not given: the command must then do nothing. */
int prompt_yes(struct prompt *prompt, const char *question);
/* Like prompt_yes, but --yes does not answer it: for what cannot be undone, the person types `word`. */
int prompt_word(struct prompt *prompt, const char *question, const char *word);

/* One line into `line` (replaced, without its end; NUL-terminated beyond buf.len), from the terminal, else from stdin.
 * ERR_CLOSED at the end of input, ERR_TOO_BIG above `max` bytes. */
int prompt_line(struct prompt *prompt, const char *label, size_t max, struct buf *line);

/* True when --yes was given: for a command that asks with prompt_word and lets --yes answer all the same. */
bool prompt_has_yes(const struct prompt *prompt);
/* True when passphrases come from a descriptor. */
bool prompt_offered(const struct prompt *prompt);
/* True when a person is at the terminal. */
bool prompt_interactive(const struct prompt *prompt);

#endif
