/* opened: the receipt that says to an author: this was looked at. Staff always say so; a client's reading is the
 * client's own business. */
#ifndef KAP_CLIENT_CMD_OPENED_H
#define KAP_CLIENT_CMD_OPENED_H

struct book_item;
struct desk;

/* Notes that the item was read, once. KAP_OK or an exit code after saying why not. */
int opened_mark(struct desk *d, const struct book_item *item);

#endif
