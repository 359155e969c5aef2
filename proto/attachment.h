/* attachment: field 7 of a content: which blobs belong to it, with the key, the size, the name and the type of each,
 * and how that fits what the record's core names. Knows no disk and no terminal: a name is what its author gave it. Any
 * thread. Source: docs/PROTOCOL.md section 7, Content and Blobs. */
#ifndef KAP_PROTO_ATTACHMENT_H
#define KAP_PROTO_ATTACHMENT_H

#include <stdint.h>

#include "blob.h"

struct content;
struct record;
struct record_blob;

#define ATTACHMENT_MAX 16
#define ATTACHMENT_NAME_MAX 480 /* bytes: 120 characters */
#define ATTACHMENT_MEDIA_MAX 64

/* One attachment. Holds a key: wipe it. */
struct attachment {
	uint8_t id[BLOB_ID], key[BLOB_KEY], root[BLOB_HASH];
	uint64_t len, size; /* of the stream, of the file */
	char name[ATTACHMENT_NAME_MAX + 1];
	char media[ATTACHMENT_MEDIA_MAX + 1];
};

/* How many the content has; 0 without the field. */
uint32_t attachment_count(const struct content *c);
/* The `i`-th, from 0. ERR_NOT_FOUND beyond the last, ERR_SHAPE. *out is zeroed on error. */
int attachment_get(const struct content *c, uint32_t i, struct attachment *out);
/* Puts the `n` in the place of those the content has; none drops the field. ERR_RANGE for more than ATTACHMENT_MAX;
 * rules are checked by content_encode. */
int attachment_set(struct content *c, const struct attachment *list, uint32_t n);

/* What the core of a record with this content names: its attachments, or those of the content that a `regiven` gives
 * back, whose errors of content_decode are returned. out has room for ATTACHMENT_MAX and borrows from `hold`, which has
 * too and is overwritten. */
struct attachment_ref {
	uint8_t id[BLOB_ID], root[BLOB_HASH];
};
int attachment_blobs(const struct content *c, struct attachment_ref *hold, struct record_blob *out, uint32_t *n);
/* ERR_SCHEMA unless the record's core names exactly the content's attachments, in their order. */
int attachment_check(const struct content *c, const struct record *r);

#endif
