/* mp_again: decodes a value and writes it out again, element by element, through the public reader and writer only.
 * For the property "what the scan allows has exactly one form". Knows no meaning. */
#ifndef KAP_TESTS_UNIT_SUPPORT_MP_AGAIN_H
#define KAP_TESTS_UNIT_SUPPORT_MP_AGAIN_H

#include <stddef.h>

struct buf;

/* Appends the value of `bytes` to `out`. 0, or the error of mp_open, of a cursor or of `out`. */
int mp_again(const void *bytes, size_t len, struct buf *out);

#endif
