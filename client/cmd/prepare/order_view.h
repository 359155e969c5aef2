/* order_view: an order as its readers see it: three lines for those who work with it, and what a new one changes;
 * plain words for the client. Knows the order's fields; decides nothing about them. */
#ifndef KAP_CLIENT_CMD_ORDER_VIEW_H
#define KAP_CLIENT_CMD_ORDER_VIEW_H

#include <stdbool.h>

struct book_item;
struct content;
struct desk;

/* The lines, for people only. Where `old` (NULL: none) says otherwise, what it says stands behind: "(was x2)". */
void order_view_lines(struct desk *d, const struct content *c, const struct content *old);
/* True if the lines of both are the same. */
bool order_view_same(const struct desk *d, const struct content *a, const struct content *b);

/* The newest order with its revision and who acknowledged it, in the form that fits the reader's role. */
void order_view_show(struct desk *d, const struct book_item *order);

#endif
