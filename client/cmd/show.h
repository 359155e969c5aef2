/* show: how entries, comments and messages look in a list and in full; the same facts for people, --plain and --json.
 */
#ifndef KAP_CLIENT_CMD_SHOW_H
#define KAP_CLIENT_CMD_SHOW_H

#include <stdbool.h>
#include <stddef.h>

struct book_item;
struct book_revision;
struct buf;
struct content;
struct desk;
struct person;

/* One row of a list of entries. */
void show_row(struct desk *d, const struct book_item *item, bool with_author);
/* One row of the bin. */
void show_bin_row(struct desk *d, const struct book_item *item);
/* One revision with its lines numbered. */
void show_revision(struct desk *d, const struct book_item *item, const struct book_revision *revision);
/* What is attached to a revision or message, numbered as `kap save` takes them. */
void show_attachments(struct desk *d, const struct book_revision *revision);
/* "recording walk.ogg": what stands in a row for something without words; false when nothing is attached. */
bool show_attached_name(const struct content *c, struct buf *out);
/* All comments of an item; those beside lines of another text than that of `shown` say so. */
void show_comments(struct desk *d, const struct book_item *item, const struct book_revision *shown);
/* One row of the inbox; a message in full, with what became of it for each person. */
void show_message_row(struct desk *d, const struct book_item *item);
void show_message(struct desk *d, const struct book_item *item);
void show_progress(struct desk *d, const struct book_item *item);
/* Below a row, or at the end: by when a message or flag has to be acknowledged that nobody has. Else nothing. */
void show_due(struct desk *d, const struct book_item *item);

/* "private", "shared" or "given": the most that is true of any version that somebody can read. */
const char *show_visibility(const struct book_item *item);
bool show_has_tag(const struct book_revision *revision, const char *tag);
/* The position of a revision in the item's history, from 1. */
size_t show_revision_number(const struct book_item *item, const struct book_revision *revision);

#endif
