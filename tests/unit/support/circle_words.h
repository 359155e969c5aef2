/* circle_words: what people of a circle write, in few words. Knows nothing of what is tested with it. */
#ifndef KAP_TESTS_CIRCLE_WORDS_H
#define KAP_TESTS_CIRCLE_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "client/book/write.h"
#include "circle.h"

struct content;

/* A plain entry, for write_entry and write_edit. */
struct write_entry circle_plain(const char *body);

/* The last item of a kind by `author` in the context's book; NULL. */
const struct book_item *circle_last(const struct write_ctx *ctx, const struct circle *c, uint32_t kind,
                                    enum circle_who author);
/* The same in the device's book, loaded anew. */
const struct book_item *circle_see(struct circle *c, enum circle_who device, uint32_t kind, enum circle_who author);

/* One's last entry. The two that return an error return what write.h says; the others must succeed. */
void circle_enter(struct circle *c, enum circle_who who, const char *body);
void circle_edit(struct circle *c, enum circle_who who, const char *body);
int circle_share(struct circle *c, enum circle_who who, enum circle_who with);
int circle_unshare(struct circle *c, enum circle_who who, enum circle_who from);

/* The field's text is `want`. */
void circle_text_is(const struct content *content, uint32_t key, const char *want);

#endif
