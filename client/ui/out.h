/* out: what a command answers. Commands say each fact once; this module shows it to a person (76 columns), as `key:
 * value` lines (--plain), or as JSON (--json). Makes control bytes in values harmless. Colour only repeats what words
 * say. Knows no command. Facts go to stdout, progress to stderr.
 *
 * Keys (`id`) are stable, lower case with dashes, and never shown to people; labels are. Text values are UTF-8 and
 * NUL-terminated; a NULL value is shown as "-" in a table, "" elsewhere, null in JSON. Errors stick:
 * out_finish returns them. */
#ifndef KAP_CLIENT_UI_OUT_H
#define KAP_CLIENT_UI_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct out;
struct when;

enum out_form { OUT_HUMAN, OUT_PLAIN, OUT_JSON };

/* Borrows both streams. Looks at NO_COLOR, TERM, KAP_ASCII and at whether the streams are terminals. ERR_NOMEM. */
int out_new(enum out_form form, FILE *to, FILE *progress, struct out **out);
void out_free(struct out *out); /* NULL is legal; shows nothing */
enum out_form out_form_of(const struct out *out);

/* Shows what has been said since the last time: ends the JSON document (one line) and flushes. A long-running command
 * calls it after each event. ERR_IO (the reader is gone, the disk is full), ERR_NOMEM. */
int out_finish(struct out *out);

/* Shows to people what has been said so far: before a question, or before a long wait. Nothing with --json, where a
 * document is one answer. Not inside a list or object. */
void out_show(struct out *out);

/* True once a fact or sentence was given. */
bool out_has_said(const struct out *out);

/* --- sentences --- */
/* For everybody: human as it is, wrapped; plain `message: ...`; JSON appended to "messages". */
__attribute__((format(printf, 2, 3))) void out_say(struct out *out, const char *fmt, ...);
/* For people only: one line, not wrapped; newline added. Inside a list item: stands below its row. Values must be made
 * safe. */
__attribute__((format(printf, 2, 3))) void out_line(struct out *out, const char *fmt, ...);

/* --- facts ---
 * Human: "Label  value" outside lists, a cell of the row inside; with label NULL the fact is for programs only. */
void out_str(struct out *out, const char *id, const char *label, const char *value);
void out_strn(struct out *out, const char *id, const char *label, const char *value, size_t len);
void out_int(struct out *out, const char *id, const char *label, int64_t value);
/* A number kept as so many tenths, hundredths...: 650 with 2 decimals is 6.5, a real number in JSON. */
struct out_amount {
	int64_t value;
	unsigned decimals;
	const char *unit; /* said to people behind it, NULL: none */
};
void out_number(struct out *out, const char *id, const char *label, const struct out_amount *amount);
void out_bool(struct out *out, const char *id, const char *label, bool value); /* yes, no; true, false in JSON */
/* Human "Tue 3 Mar, 7:10 pm", others ISO 8601. NULL is shown as nothing. */
void out_when(struct out *out, const char *id, const char *label, const struct when *value);
/* A word that stands out: bold on a terminal that can. Human in capitals ("PRIVATE"), others as given ("private"). */
void out_word(struct out *out, const char *id, const char *label, const char *value);
/* The beginning of a text, cut at `columns`: cells of a list. Plain and JSON get it whole. */
void out_excerpt(struct out *out, const char *id, const char *label, const char *value, size_t columns);
/* Bytes as lower-case hex. */
void out_hex(struct out *out, const char *id, const char *label, const void *bytes, size_t len);
/* A text of many lines: human wrapped and indented by two; plain one `key: line` per line; JSON one string. */
void out_text(struct out *out, const char *id, const char *label, const char *value, size_t len);

/* --- structure ---
 * A list is a table for people: columns in the order of the first row that has them, under a heading of their labels
 * unless all are "". `empty` is the sentence shown when there are no items, NULL for none. Plain: each item begins with
 * `id: N`. JSON: an array of objects. An object groups facts: JSON an object, plain `id.key: value`, human under its
 * label. Lists and objects inside an item are for programs only; say them to people with out_line. Every begin has its
 * end. */
void out_list(struct out *out, const char *id, const char *empty);
void out_item(struct out *out); /* ends the item before it */
void out_object(struct out *out, const char *id, const char *label);
void out_end(struct out *out); /* ends the innermost list or object */

/* --- long work --- */
/* "Sending  3 of 12" on one line of the terminal; nothing at all when progress is no terminal or TERM is dumb. total 0:
 * unknown. what NULL: takes the line away. */
void out_progress(struct out *out, const char *what, uint64_t done, uint64_t total);

#endif
