/* write: puts what a person wrote into the ledger as pending, validated, in one transaction: an entry, an edit, a
 * share, a comment, a message, an acknowledgement, a receipt, a profile. Returns at once; never needs the network. The
 * rules of docs/PROTOCOL.md section 7 about class, audience and ops are applied here, on the author's device, first. */
#ifndef KAP_CLIENT_BOOK_WRITE_H
#define KAP_CLIENT_BOOK_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct book;
struct book_item;
struct content;
struct people;
struct person;
struct vault_txn;

/* What every write needs to know. */
struct write_ctx {
	struct vault_txn *txn; /* writable */
	const struct people *people;
	const struct book *book; /* NULL where there is no earlier item to speak of */
	uint64_t now_ms;
	int16_t offset; /* of the local zone, minutes */
};

struct write_entry {
	const char *title, *body, *prompt; /* NULL when absent; NFC UTF-8 */
	size_t title_len, body_len;
	const char *const *tags;
	size_t n_tags;
	int mood;       /* -1 absent */
	int phase;      /* -1 absent */
	uint64_t at_ms; /* 0: now */
	int16_t at_offset;
};
/* A new private journal item. ref (NULL legal) is its lid. ERR_SCHEMA, ERR_TOO_BIG. */
int write_entry(const struct write_ctx *ctx, const struct write_entry *entry, uint8_t ref[32]);
/* A new revision of one's own item, for everybody who reads it now; parents are all its current heads. ERR_NOT_AUTHOR.
 */
int write_edit(const struct write_ctx *ctx, const struct book_item *item, const struct write_entry *entry);

/* Gives one's own journal item to `with`: a share revision for everybody who reads it already and them. ERR_NOT_AUTHOR,
 * ERR_NO_GRANT (not on the care team), ERR_EXISTS (all of them can read it already). */
int write_share(const struct write_ctx *ctx, const struct book_item *item, const struct person *const *with, size_t n);
/* Takes it back from `from`: every revision they could read. ERR_NOT_AUTHOR, ERR_NOT_FOUND (they cannot read it). */
int write_unshare(const struct write_ctx *ctx, const struct book_item *item, const struct person *const *from,
                  size_t n);

struct write_comment {
	const char *body;
	size_t body_len;
	bool anchored;
	uint64_t start, length; /* code points of the head's body */
};
/* For everybody who reads the item and its author. ERR_NOT_FOUND when the item is private (nobody but the author reads
 * it: comment is allowed then and private too). */
int write_comment(const struct write_ctx *ctx, const struct book_item *item, const struct write_comment *comment);

struct write_message {
	const struct person *const *to;
	size_t n_to;
	const struct person *about; /* the client, NULL */
	bool care;                  /* clinician to clinician: class clinical */
	unsigned priority;          /* 0 routine 1 soon 2 urgent 3 needs-attention */
	const char *type, *body;    /* type NULL when none */
	size_t body_len;
	const struct book_item *reply_to; /* same thread; NULL starts one */
};
/* ERR_NO_GRANT (somebody may not be given this), ERR_ROLE (a client's urgent). */
int write_message(const struct write_ctx *ctx, const struct write_message *message, uint8_t ref[32]);
/* ERR_TARGET: one's own message, or nothing one can read. */
int write_ack(const struct write_ctx *ctx, const struct book_item *item, const char *note, size_t note_len);

/* A receipt to each author for records by others: state 1 delivered, 2 opened. `refs` are rids of the head or message.
 */
int write_receipt(const struct write_ctx *ctx, const struct person *author, const uint8_t (*rids)[32], size_t n,
                  unsigned state);
/* One's name, to people who have not got it. */
int write_profile(const struct write_ctx *ctx, const char *name, const char *pronouns, const struct person *const *to,
                  size_t n);

#endif
