/* worked_example: a clinic, two people, an invitation and one shared entry, made with the functions the programs use
 * from random bytes that are always the same (ossl_rand_fix), and every value on the way as a line of text:
 *
 *     # a comment           name = hex           name = "text"           name : number
 *
 * Whatever goes wrong fails the running test. crypto_init came before. */
#ifndef KAP_TESTS_WORKED_EXAMPLE_H
#define KAP_TESTS_WORKED_EXAMPLE_H

struct buf;

#define WORKED_EXAMPLE_FILE "tests/vectors/worked-example.txt"

/* Appends the whole text. */
void worked_example_put(struct buf *text);

/* Appends the lines of `text` that PROTOCOL.md shows. */
void worked_example_pick(const struct buf *text, struct buf *out);

#endif
