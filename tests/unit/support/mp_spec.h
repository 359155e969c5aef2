/* mp_spec: writes a MessagePack value from a line of text, so that a test can say in a row what a peer might send:
 *
 *     [ 1 -5 b32 s10 n t f [ 3*[ b16 7 ] ] ]
 *
 * numbers; bN a bin and sN a str of N bytes; n nil; t, f bool; K*x the element x, K times. Knows no meaning. */
#ifndef KAP_TESTS_MP_SPEC_H
#define KAP_TESTS_MP_SPEC_H

struct buf;

/* Appends the one value of `text`. A mistake in the text fails the running test. */
void mp_spec(struct buf *out, const char *text);

#endif
