/* content_check: one value held against one row of a kind. For content.c alone; knows no content as a whole. Any
 * thread. */
#ifndef KAP_PROTO_CONTENT_CHECK_H
#define KAP_PROTO_CONTENT_CHECK_H

struct content_rule;
struct mp_cur;

/* Reads the next element of `c`. 0, or ERR_SCHEMA when it breaks the rule; then the cursor is of no further use. */
int content_check_value(const struct content_rule *rule, struct mp_cur *c);

#endif
