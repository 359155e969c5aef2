/* ledger_row: how the rows of the ledger are written and read: one canonical array each. For ledger*.c and identity.c
 * alone. */
#ifndef KAP_CLIENT_BOOK_LEDGER_ROW_H
#define KAP_CLIENT_BOOK_LEDGER_ROW_H

#include <stddef.h>
#include <stdint.h>

#include "proto/mp.h"

struct buf;

/* Opens a stored row of exactly `count` elements. ERR_CORRUPT (then *doc is NULL and *cur refuses), ERR_NOMEM. */
int ledger_row_open(const void *row, size_t len, uint32_t count, struct mp_doc **doc, struct mp_cur *cur);
/* The same for rows to which later versions added up to `more` elements: mp_left tells what is there. */
int ledger_row_open_more(const void *row, size_t len, uint32_t count, uint32_t more, struct mp_doc **doc,
                         struct mp_cur *cur);
/* Ends the reading: 0, or ERR_CORRUPT when a read failed or something is left. Bytes that mp_bin gave stay valid as
 * long as the row. */
int ledger_row_close(struct mp_doc *doc, const struct mp_cur *cur);

/* A list of ids of `size` bytes each. */
void ledger_row_put_ids(struct buf *row, const uint8_t *ids, uint32_t n, size_t size);
/* Reads at most `max` into `ids`; *n is 0 on error. */
void ledger_row_get_ids(struct mp_cur *cur, uint8_t *ids, uint32_t max, size_t size, uint32_t *n);

#endif
