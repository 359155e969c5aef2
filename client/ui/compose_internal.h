/* compose_internal: the ways of getting a text, each in a file of its own. All append raw bytes, which compose.c
 * checks. */
#ifndef KAP_CLIENT_UI_COMPOSE_INTERNAL_H
#define KAP_CLIENT_UI_COMPOSE_INTERNAL_H

#include <stddef.h>

#include "client/ui/compose.h"

/* The built-in line editor at the terminal. *stopped: the person or a signal ended it before the text was finished;
 * then, as when it is too long (ERR_TOO_BIG), `raw` has what was typed. */
int compose_lines(const struct compose_opts *opts, struct buf *raw, bool *stopped, struct why *why);
/* $VISUAL or $EDITOR on a file in memory. *stopped: it ended with an error. */
int compose_editor(const struct compose_opts *opts, struct buf *raw, bool *stopped, struct why *why);

/* Appends all of a descriptor, ERR_TOO_BIG (with the beginning) when `raw` gets longer than `max`; ERR_IO. */
int compose_read(int fd, size_t max, struct buf *raw);
/* The most raw bytes a text under this limit may have. */
size_t compose_raw_max(const struct compose_opts *opts);

#endif
