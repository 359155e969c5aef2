/* pad: hides the length of a record's content: content || 0x80 || 0x00... up to Padme(len + 1), at least 512 bytes.
 * Padding of any other length is refused, so one content has one padded form. Knows nothing of what is padded. Any
 * thread. Source: docs/PROTOCOL.md section 7; Padme: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files".
 */
#ifndef KAP_PROTO_PAD_H
#define KAP_PROTO_PAD_H

#include <stddef.h>

struct buf;

#define PAD_MIN 512

/* The padded size of `len` bytes of content; `len` is below SIZE_MAX / 2. */
size_t pad_size(size_t len);

/* Pads the whole of `b` in place. Errors of buf. */
int pad_put(struct buf *b);

/* *content_len is the length of the content inside the `len` padded bytes. ERR_PADDING unless pad_put makes these
 * bytes. */
int pad_strip(const void *padded, size_t len, size_t *content_len);

#endif
