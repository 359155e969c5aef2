/* show_care: how items of the clinical kinds look, in a row and in full, from the table of their fields: for people,
 * --plain and --json alike. What does not hold (written in a role that may not) is marked. Knows no particular kind. */
#ifndef KAP_CLIENT_CMD_SHOW_CARE_H
#define KAP_CLIENT_CMD_SHOW_CARE_H

#include <stddef.h>

struct book_item;
struct book_revision;
struct buf;
struct desk;

/* One row of a list that is open: number, when, about whom, the fields that make one line of it. */
void show_care_row(struct desk *d, const struct book_item *item);
/* The same with so many columns for the fields, for a row to which more cells are added. */
void show_care_cells(struct desk *d, const struct book_item *item, size_t columns);
/* The item in full, at one of its revisions (NULL: as it is now), with who acknowledged it and how it ended. */
void show_care_item(struct desk *d, const struct book_item *item, const struct book_revision *revision);
/* Appends the line that a row shows. */
void show_care_brief(struct desk *d, const struct book_item *item, struct buf *out);

#endif
