/* given: records that are given back to somebody who lost every device and joined anew: an old record, whole but for
 * its wraps, with its content key, salt and content, inside a record of kind `regiven`. The receiver makes the old
 * payload again, byte for byte, and checks the old signature over it: so nobody but the old identity can have written
 * it. Makes them, verifies them. Knows no network. Source: docs/PROTOCOL.md section 15. */
#ifndef KAP_CLIENT_BOOK_GIVEN_H
#define KAP_CLIENT_BOOK_GIVEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct content;
struct epoch_keys;
struct fold;
struct identity;
struct ledger_record;
struct record;

/* Judges what a good record of kind `regiven` by somebody else gives: 0, or why it is refused. ERR_AUTHOR: the old
 * record is neither by the identity whose place `id` took nor by the giver, or by no device of theirs at that place of
 * their chain. ERR_AUDIENCE: the giver could not read it, or it was not for that identity. ERR_SIGNATURE; ERR_HASH
 * (another key, salt or content than the one that was signed for); ERR_CLASS, ERR_SCHEMA, ERR_SHAPE and the other
 * errors of record_parse, record_check_rules and content_decode. */
int given_check(const struct fold *fold, const struct identity *id, const struct record *outer,
                const struct content *c);

/* The old record's bytes and its content, borrowed from `c`. False when `c` is no such thing. */
struct given {
	const uint8_t *record, *content;
	size_t record_len, content_len;
};
bool given_open(const struct content *c, struct given *out);

/* May this stored record, parsed as `r`, be given back by `id` to who once was `old` (pid)? It has content, is an
 * entry, comment or message that passed between these two, and its payload can be made again. */
bool given_is_theirs(const struct identity *id, const struct ledger_record *row, const struct record *r,
                     const uint8_t old[16]);

/* Fills in the fields of `c` (an empty content of kind `regiven`). `epochs` are those of `id`, in its order. ERR_OPEN,
 * ERR_NOT_FOUND (the key of an epoch is not here), ERR_TOO_BIG. */
int given_fill(const struct identity *id, const struct epoch_keys *epochs, const struct ledger_record *row,
               struct content *c);

#endif
