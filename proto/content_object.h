/* content_object: what a content is made of, and the functions that content*.c, content_table.c and content_code.c
 * share. For them alone. */
#ifndef KAP_PROTO_CONTENT_OBJECT_H
#define KAP_PROTO_CONTENT_OBJECT_H

#include "content.h"

#define CONTENT_OFFSET_MIN (-720)
#define CONTENT_OFFSET_MAX 840

/* One field as the encoding of a one-element array, so that what a newer version wrote comes out as it came in. */
struct content_field {
	uint32_t key;
	uint8_t *bytes; /* [value] */
	size_t len;
};

struct content {
	struct content_head head;
	struct content_field fields[CONTENT_FIELDS]; /* ascending keys */
	size_t n;
};

/* NULL if there is none. */
const struct content_field *content_find_field(const struct content *c, uint32_t key);

/* Puts the field [value] in its place; the bytes are taken out of `b`, also on error. ERR_RANGE, the errors of `b`. */
int content_take_field(struct content *c, uint32_t key, struct buf *b);

/* Appends the next element of `c`, whatever it is, as it stands. The depth is bounded by mp_scan. */
struct mp_cur;
void content_put_value(struct mp_cur *c, struct buf *b);

/* The head's bounds and every rule of the kind. ERR_SCHEMA, ERR_NOMEM. */
int content_check(const struct content *c, const struct content_kinds *kinds);

#endif
