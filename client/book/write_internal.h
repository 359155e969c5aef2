/* write_internal: what the files of write.h share: who may be given what, and the way into the ledger. Nobody else
 * includes this. */
#ifndef KAP_CLIENT_BOOK_WRITE_INTERNAL_H
#define KAP_CLIENT_BOOK_WRITE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct book_item;
struct book_revision;
struct content;
struct content_head;
struct ledger_pending;
struct person;
struct write_ctx;

/* May one's own record of this class (enum record_class) go to this person? As the clinic's server asks
 * (docs/PROTOCOL.md section 7), so that nothing is queued that it would refuse. */
bool write_may_give(const struct write_ctx *ctx, unsigned record_class, const struct person *to);
/* True for therapists, prescribers and medical staff. */
bool write_is_clinician(const struct person *person);

/* The same for what answers a revision: if that is about a client, also only to them and their team. */
bool write_may_answer(const struct write_ctx *ctx, const struct book_revision *about, unsigned record_class,
                      const struct person *to);

/* Adds to the audience; oneself and who is in it already are passed over. ERR_AUDIENCE. */
int write_add(struct ledger_pending *p, const struct person *person);
/* Adds the author of `item` and everybody who has this revision, as far as they may still be given it. */
int write_add_readers(const struct write_ctx *ctx, const struct book_item *item, const struct book_revision *revision,
                      struct ledger_pending *p);

/* A head for something new: a random item, now. */
int write_head(const struct write_ctx *ctx, uint32_t kind, struct content_head *head);

/* Fills in lid, content and what the class asks for, and adds the row. ref may be NULL. */
int write_put(const struct write_ctx *ctx, const struct content *c, struct ledger_pending *p, uint8_t *ref);

#endif
