/* session_gate: says what stands in the way of a medicine session, or that nothing does. Knows the sentences;
 * client/book/gate.h knows what is in the way. */
#ifndef KAP_CLIENT_CMD_SESSION_GATE_H
#define KAP_CLIENT_CMD_SESSION_GATE_H

struct book_item;
struct chart;
struct desk;

/* KAP_OK after the line that says so, with the order and clearance that hold; else KAP_NOT_ALLOWED after all that
 * stands in the way was said. `typed`: how the client was named. */
int session_gate(struct desk *d, const struct chart *chart, const char *typed, const struct book_item **order,
                 const struct book_item **clearance);

#endif
