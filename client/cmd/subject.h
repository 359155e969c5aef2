/* subject: whom a clinical command is about, and which item of theirs: a client by name, an item by letter and number
 * (F7). The step from what was typed to a written clinical item stands here as well, because all of these commands end
 * in it. Knows no particular kind. */
#ifndef KAP_CLIENT_CMD_SUBJECT_H
#define KAP_CLIENT_CMD_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/book/chart.h"
#include "client/book/write.h"
#include "client/book/write_care.h"

struct desk;
struct form;
struct kap;

/* The client that was typed (NULL: oneself, for clients), in one's care, as a chart. KAP_OK or an exit code after
 * saying why not. A client may only name themselves. */
int subject_client(struct desk *d, const char *typed, struct chart *out);
/* A chart of everybody. */
struct chart subject_everybody(const struct desk *d);

/* The item that "F7" means; `kind` 0: of any kind that has a letter. KAP_OK or an exit code after saying why not. */
int subject_item(struct desk *d, const char *typed, uint32_t kind, const struct book_item **out);
/* True if the word looks like one: a letter of a kind and a number. */
bool subject_is_item(const char *typed);

/* For commands that take "[CLIENT | A3]": opens the desk and calls `one` with the number of an item, else `all` with
 * what was typed (NULL: nothing). */
typedef int subject_part(struct desk *d, const char *typed);
int subject_list(struct kap *kap, int argc, char **argv, subject_part *one, subject_part *all);

/* Writes what is in the form about the chart's client; `more` (NULL legal) gives whatever else struct write_care has:
 * its kind, fields and about are not looked at. KAP_OK or an exit code after saying why not. */
int subject_write(struct desk *d, struct form *form, const struct chart *about, const struct write_care *more);
/* The same for one content that no form made. */
int subject_write_content(struct desk *d, const struct write_care *w, const char *lost);

#endif
