/* item_json: one item as a JSON document that another program can read: every revision with every field, known or from
 * a newer version, its readers, comments and acknowledgements. The names of fields are those of the table of kinds. */
#ifndef KAP_CLIENT_LEAVE_ITEM_JSON_H
#define KAP_CLIENT_LEAVE_ITEM_JSON_H

struct book_item;
struct buf;

/* Appends the document, indented, with a newline at its end. ERR_NOMEM, ERR_TOO_BIG; errors of content_encode. */
int item_json_put(const struct book_item *item, struct buf *out);

#endif
