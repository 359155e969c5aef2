/* checked: whom this person compared words with, and whether that person's identity or keys were replaced since: then
 * nothing new is sealed for them until words are compared again or the change is accepted. The outcome of a comparison
 * is a private record of kind `check`; here its newest is kept as a fact of the vault, by genesis. Knows no network. */
#ifndef KAP_CLIENT_BOOK_CHECKED_H
#define KAP_CLIENT_BOOK_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

struct clinic;
struct content;
struct keychain;
struct vault_txn;
struct write_ctx;

enum checked_outcome { CHECKED_WORDS = 1, CHECKED_ACCEPT = 2, CHECKED_OTHER_WORDS = 3 }; /* as in the record */

enum checked_state {
	CHECKED_NEVER,     /* nobody compared anything: nothing is held against it either */
	CHECKED_EQUAL,     /* words were equal, and nothing was replaced since */
	CHECKED_ACCEPTED,  /* a change was accepted without words */
	CHECKED_RECOVERED, /* since then the paper recovery code was used for their key chain */
	CHECKED_SUCCEEDED, /* they took the place of somebody who was checked */
	CHECKED_DIFFERED,  /* words were compared and differed */
};
/* True for the last three: nothing is wrapped to them. */
bool checked_stops(enum checked_state state);

struct checked_person {
	enum checked_state state;
	uint64_t at_ms; /* of the last comparison; 0 when never */
};
/* `k` is their key chain as verified here; its links are read from the vault. Errors of the vault, ERR_CORRUPT. */
int checked_get(struct vault_txn *txn, const struct clinic *clinic, const struct keychain *k,
                struct checked_person *out);

/* Writes the outcome as a pending record, and remembers it here. */
int checked_write(const struct write_ctx *ctx, const uint8_t genesis[32], const uint8_t head[32],
                  enum checked_outcome outcome);
/* Remembers what a record of kind `check` by one's own person says; an older one than what is known changes nothing. */
int checked_note(struct vault_txn *txn, const struct content *c);

#endif
