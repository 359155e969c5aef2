/* devices: what a person calls their own devices: the newest `device` record about each, sealed or still waiting. Knows
 * the ledger; which devices there are is the key chain's. */
#ifndef KAP_CLIENT_BOOK_DEVICES_H
#define KAP_CLIENT_BOOK_DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct devices;
struct vault_txn;

#define DEVICES_NAME 321 /* 80 characters, UTF-8, NUL-terminated */

/* Reads one's own records (author `pid`). ERR_NOMEM, ERR_CORRUPT, errors of the vault. */
int devices_load(struct vault_txn *txn, const uint8_t pid[16], struct devices **out);
void devices_free(struct devices *d); /* NULL is legal */

bool devices_is_named(const struct devices *d, const uint8_t did[16]);
/* The name, or "device 3F9A" by the id. Always one line. */
const char *devices_name(const struct devices *d, const uint8_t did[16], char out[DEVICES_NAME]);

/* The revisions that say it, which the next one names as its parents: at most CONTENT_PARENTS (8) into `refs`. */
uint32_t devices_heads(const struct devices *d, const uint8_t did[16], uint8_t (*refs)[32]);

#endif
