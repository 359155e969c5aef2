/* measures_pack: a questionnaire whose text a clinic adds with its own permission: a JSON file, described in
 * docs/PACKS.md, checked field by field before anything of it is used. Its total is made by a rule that it names and
 * that is built in; a pack brings words and no arithmetic. Knows no vault and no person. */
#ifndef KAP_CLIENT_BOOK_MEASURES_PACK_H
#define KAP_CLIENT_BOOK_MEASURES_PACK_H

#include <stddef.h>

struct measures_instrument;
struct measures_pack;
struct why;

#define MEASURES_PACK_MAX ((size_t)64 << 10)
#define MEASURES_PACK_FORMAT 1

/* Reads a pack. ERR_TOO_BIG, ERR_SHAPE, ERR_RANGE, ERR_UTF8 with a sentence in `why` that names the field and says what
 * is allowed; ERR_EXISTS: it has the name of a questionnaire whose text is built in; ERR_NOMEM. */
int measures_pack_parse(const void *bytes, size_t len, struct measures_pack **out, struct why *why);
void measures_pack_free(struct measures_pack *pack); /* NULL is legal */

/* What it says, as one of those that are built in; borrowed. */
const struct measures_instrument *measures_pack_peek(const struct measures_pack *pack);
/* Whose permission the clinic has, in its words; borrowed. */
const char *measures_pack_permission(const struct measures_pack *pack);

#endif
