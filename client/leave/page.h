/* page: one entry or message as a page of Markdown that a person reads with any program: the text as it was written,
 * when, by whom, who can read it, comments, earlier versions. Nothing that a terminal would obey. */
#ifndef KAP_CLIENT_LEAVE_PAGE_H
#define KAP_CLIENT_LEAVE_PAGE_H

struct book_item;
struct buf;

/* Appends the page. ERR_NOMEM, ERR_TOO_BIG. */
int page_put(const struct book_item *item, struct buf *out);

#endif
