/* content_field: whole fields of contents as they stand, whatever they hold: compared, copied, and lists joined as
 * sets. For what merges revisions; knows no kind. */
#ifndef KAP_PROTO_CONTENT_FIELD_H
#define KAP_PROTO_CONTENT_FIELD_H

#include <stdbool.h>
#include <stdint.h>

struct content;

/* Both have the same value, or neither has the field. */
bool content_field_same(const struct content *a, const struct content *b, uint32_t key);
/* `to` then has the field as `from` has it: also not at all. ERR_NOMEM, ERR_RANGE (too many fields). */
int content_field_copy(struct content *to, const struct content *from, uint32_t key);

/* A list as a set: what `a` and `b` both have, and what either added to `base` (NULL: nothing), in the order of a, then
 * b; into `to`, which may be a. One that holds nothing then is absent, unless a or b have it so. ERR_SHAPE when one of
 * them is no list or has more than 64 elements; ERR_NOMEM, ERR_RANGE. */
int content_field_join(struct content *to, const struct content *base, const struct content *a, const struct content *b,
                       uint32_t key);

#endif
