/* entry: what quick, write, answer and edit share: a text is got, checked, saved as an entry, and the person is told
 * who can read it. */
#ifndef KAP_CLIENT_CMD_ENTRY_H
#define KAP_CLIENT_CMD_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "client/book/write.h"
#include "client/ui/compose.h"

struct buf;
struct desk;
struct kap;

/* Options of entries; the command's table ends with {0} behind them. */
#define ENTRY_OPTIONS                                                                                                  \
	{"title", 't', "TITLE", "a title of up to 120 characters"},                                                        \
	    {"tag", 'g', "TAG", "a word to find it by: small letters, digits and hyphens; may be repeated"},               \
	    {"mood", 'm', "0-10", "how you feel, from 0 to 10"},                                                           \
	{                                                                                                                  \
		"at", 'a', "WHEN", "when it happened, if not now: \"2026-02-28 19:30\", \"yesterday 7 pm\""                    \
	}

#define ENTRY_TAGS 16
#define ENTRY_TITLE 120 /* characters */

/* What the fields of an entry point to. */
struct entry_fields {
	const char *tags[ENTRY_TAGS];
	char title[4 * ENTRY_TITLE + 1];
};

/* Fills in title, tags, mood and time from the options. KAP_OK or an exit code after saying what is wrong. `entry`
 * points into `fields`. */
int entry_options(struct kap *kap, struct write_entry *entry, struct entry_fields *fields);

/* Gets the text: --file, --editor, else the terminal or standard input. KAP_OK or an exit code after saying what is
 * wrong and then `lost` ("Nothing was saved."). Typed words that were refused become a private entry. */
int entry_compose(struct kap *kap, const struct compose_opts *how, const char *lost, struct buf *text);

/* Keeps words that could not go where they should, and of which there is no file, as a private entry, and says so.
 * Best effort: the failure itself was said before. */
void entry_keep_words(struct desk *d, const struct buf *text);

/* Saves it as a new private entry, or as a revision of `item` if not NULL, and says so. */
struct book_item;
int entry_save(struct desk *d, const struct write_entry *entry, const struct book_item *item);
/* The same, and `ref` (NULL legal) names the new entry. One that answers an assignment also says to whoever asked that
 * it was answered, as far as they may still be told. */
int entry_save_ref(struct desk *d, const struct write_entry *entry, const struct book_item *item, uint8_t ref[32]);
/* The same for a new entry with this text, for commands that need nothing else from the desk. */
int entry_keep(struct kap *kap, struct write_entry *entry, const struct buf *text);

/* Limit of a journal text, for compose_opts. */
extern const struct text_limit entry_limit;

#endif
