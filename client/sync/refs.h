/* refs: the references inside a content (parents, the revision a comment is on, the message a reply is to), which stand
 * for revisions by rid, or by lid while those are not sealed. Replaces them; knows nothing of what they point to. */
#ifndef KAP_CLIENT_SYNC_REFS_H
#define KAP_CLIENT_SYNC_REFS_H

#include <stddef.h>
#include <stdint.h>

struct buf;

/* Called for each reference; may write another one in its place. */
typedef int refs_visit(void *arg, uint8_t ref[32]);

/* Appends the content with every reference replaced. Errors of content_decode, content_encode and of visit. */
int refs_replace(const void *content, size_t len, refs_visit *visit, void *arg, struct buf *out);

#endif
