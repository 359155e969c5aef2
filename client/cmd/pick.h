/* pick: the entries of one's own that "2,3 5" means, for commands that work on several. */
#ifndef KAP_CLIENT_CMD_PICK_H
#define KAP_CLIENT_CMD_PICK_H

#include <stddef.h>

struct book_item;
struct desk;

#define PICK_ITEMS 64
#define PICK_PEOPLE 16

struct pick {
	const struct book_item *items[PICK_ITEMS];
	size_t n;
};

/* Numbers with commas or spaces between them. KAP_OK, or an exit code after saying which is none. */
int pick_own(struct desk *d, int argc, char **argv, struct pick *out);

#endif
