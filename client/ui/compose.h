/* compose: gets a text from the person: a file, standard input, the built-in line editor, or an editor of their choice
 * on a file that exists only in memory. Leaves no copy behind: no history, no file on a disk unless asked for. Checks
 * the text with text_normalise. Knows no vault. Not to be called while a vault transaction is open. */
#ifndef KAP_CLIENT_UI_COMPOSE_H
#define KAP_CLIENT_UI_COMPOSE_H

#include <stdbool.h>

struct buf;
struct prompt;
struct why;
struct text_limit;

struct compose_opts {
	const char *file;     /* a path, "-" for stdin; NULL: ask the person (or read stdin when it is not a terminal) */
	bool editor;          /* use $VISUAL or $EDITOR instead of the line editor */
	bool allow_disk_temp; /* the editor's file may lie on a disk */
	bool one_line;        /* the line editor ends at the first Enter */
	const char *intro;    /* shown before the line editor; NULL for none */
	const char *initial;  /* text to start from: shown by $EDITOR; NULL for none */
	const struct text_limit *limit;
};

/* Options for the table of a command that composes; see COMPOSE_OPTIONS. */
#define COMPOSE_OPTIONS                                                                                                \
	{"file", 'f', "FILE", "take the text from FILE (- for standard input)"},                                           \
	    {"editor", 'e', NULL, "write in $VISUAL or $EDITOR, on a file that is only in memory"},                        \
	{                                                                                                                  \
		"allow-disk-temp", 0, NULL, "let the editor's file lie on a disk"                                              \
	}

/* Appends the normalised text to `out`. Errors of text_normalise, ERR_NOT_FOUND and ERR_IO (file), ERR_NO_TERMINAL,
 * ERR_CONFIG (no editor, or no directory in memory), and ERR_CLOSED: the person stopped (Ctrl-C, hang-up, an editor
 * that failed). The sentence is in `why`. When a person typed the text, what there is of it is in `out` also on error,
 * so that the command can keep it as a draft: nothing that was typed is lost. */
int compose_text(const struct compose_opts *opts, struct buf *out, struct why *why);

#endif
