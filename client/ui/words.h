/* words: bits as words that two people can read to each other: 2,048 words, 11 bits each, the BIP-39 English list.
 * Knows nothing of where the bits come from. Source: docs/PROTOCOL.md section 12; the list and its licence are
 * in words.def. Any thread. */
#ifndef KAP_CLIENT_UI_WORDS_H
#define KAP_CLIENT_UI_WORDS_H

#include <stddef.h>
#include <stdint.h>

struct buf;

#define WORDS_COUNT 2048
#define WORDS_BITS 11
#define WORDS_COMPARED 4 /* what people compare: 44 bits */

/* The word of a number below WORDS_COUNT; NULL otherwise. Static. */
const char *words_at(unsigned number);

/* Appends `n` words with a space between, no NUL: the first 11 * n bits of `bits`, the most significant first. Reads
 * (11 * n + 7) / 8 bytes. Errors of `out`. */
int words_of(const uint8_t *bits, size_t n, struct buf *out);

#endif
