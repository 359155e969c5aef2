/* show_internal: what the files of show.h share. Nobody else includes this. */
#ifndef KAP_CLIENT_CMD_SHOW_INTERNAL_H
#define KAP_CLIENT_CMD_SHOW_INTERNAL_H

#include <stdint.h>

struct book_revision;
struct buf;
struct content;
struct desk;
struct person;

/* A NUL-terminated copy of a text field in `hold`; NULL when it is absent. */
const char *show_field(const struct content *c, uint32_t key, struct buf *hold);
/* What somebody wrote can be read; that it is still them must be checked. */
void show_standing(struct desk *d, const struct person *author);
void show_giver(struct desk *d, const struct book_revision *revision);

#endif
