/* show_flag: one flag as a row of a list that is open: how serious, what it says, and whether somebody has taken it on.
 */
#ifndef KAP_CLIENT_CMD_SHOW_FLAG_H
#define KAP_CLIENT_CMD_SHOW_FLAG_H

struct book_item;
struct desk;

void show_flag_row(struct desk *d, const struct book_item *item);

#endif
