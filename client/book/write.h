/* write: puts what a person wrote into the ledger as pending, validated, in one transaction: an entry, an edit, a
 * share, a deletion, a comment, a message, an acknowledgement, a receipt, a profile. Returns at once; never needs the
 * network. The rules of docs/PROTOCOL.md section 7 about class, audience and ops are applied here, on the author's
 * device, first. */
#ifndef KAP_CLIENT_BOOK_WRITE_H
#define KAP_CLIENT_BOOK_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct attachment;
struct book;
struct book_item;
struct content;
struct content_rule;
struct epoch_keys;
struct identity;
struct devices;
struct people;
struct person;
struct stream;
struct vault_txn;

/* What every write needs to know. */
struct write_ctx {
	struct vault_txn *txn; /* writable */
	const struct people *people;
	const struct book *book; /* NULL where there is no earlier item to speak of */
	uint64_t now_ms;
	int16_t offset; /* of the local zone, minutes */
	/* NULL, or set to the field that ERR_SCHEMA is about (content.h; static), to NULL when it is about none */
	const struct content_rule **fault;
};

/* Errors of every call besides those it names: ERR_SCHEMA (a field breaks its rule: see fault; also text that is not
 * UTF-8 in NFC), ERR_TOO_BIG (all of it together), ERR_AUDIENCE (more than 31 others), ERR_NOMEM, ERR_CRYPTO, those of
 * the vault. After an error nothing of it may be kept: abort the transaction. What is given to people who may no longer
 * be given it goes to the others; whether anybody is left is looked at again when it is sealed. */

struct write_entry {
	const char *title, *body, *prompt; /* NULL when absent; NFC UTF-8 */
	size_t title_len, body_len;
	const char *const *tags;
	size_t n_tags;
	int mood;       /* -1 absent */
	int phase;      /* -1 absent */
	uint64_t at_ms; /* 0: now */
	int16_t at_offset;
	const struct attachment *attach;    /* to be added, NULL: none; its parts are in the vault */
	const uint8_t *detach;              /* blob id to leave out, NULL: none; earlier revisions keep it */
	const struct book_item *assignment; /* what it answers, NULL: nothing */
};
/* A new private journal item. ref (NULL legal) is its lid. */
int write_entry(const struct write_ctx *ctx, const struct write_entry *entry, uint8_t ref[32]);
/* A new revision of one's own journal item, for everybody who reads it now; parents are all its current heads (the 8
 * newest). What `entry` leaves out (NULL, -1, no tags, at_ms 0) stays as book_head has it; attachments of all heads
 * stay. What a client writes within a day of a dose (dosing.h) is for nobody else yet: such a revision is private, and
 * those who read the item keep what they had. ERR_NOT_AUTHOR, ERR_ARG (no journal item), ERR_RANGE (more than
 * ATTACHMENT_MAX). */
int write_edit(const struct write_ctx *ctx, const struct book_item *item, const struct write_entry *entry);

/* True if what is written now rests: a revision would be private. */
bool write_rests(const struct write_ctx *ctx);

/* A revision of one's own journal item that joins its first 2..8 heads: `content` is what they make together (merge.h).
 * It is for those who can read each of them: what was private stays it. ERR_NOT_AUTHOR, ERR_ARG. */
int write_merge(const struct write_ctx *ctx, const struct book_item *item, size_t heads, const struct content *content);
/* Who that is, at most 31; returns how many. */
size_t write_merge_readers(const struct book_item *item, size_t heads, const struct person **out);

/* Gives one's own journal item to `with`: a share revision for everybody who reads it already and them. Of an item with
 * several heads each is given, so that none is lost. ERR_NOT_AUTHOR, ERR_ARG (no journal item, nobody), ERR_NO_GRANT
 * (not on the care team), ERR_EXISTS (all of them can read it already). */
int write_share(const struct write_ctx *ctx, const struct book_item *item, const struct person *const *with, size_t n);
/* Gives one's own journal item to the clinic's record by giving it to `with`: a share revision that says so, to them
 * alone, and behind it one that does not for whoever reads it besides. ERR_NOT_AUTHOR, ERR_ARG (no journal item,
 * several versions, nobody), ERR_NO_GRANT, ERR_EXISTS (all of them were given these words). */
int write_give(const struct write_ctx *ctx, const struct book_item *item, const struct person *const *with, size_t n);
/* Takes it back from `from`: every revision they could read. What is not sealed yet never reaches them; for the rest an
 * unshare record is written, for every 64 revisions one, and whoever keeps it gets a fresh revision that says who reads
 * it now. ERR_NOT_AUTHOR, ERR_ARG, ERR_NOT_FOUND (one of them cannot read it). */
int write_unshare(const struct write_ctx *ctx, const struct book_item *item, const struct person *const *from,
                  size_t n);

/* What is not sealed yet of one's own journal item, and would be for others, is private instead; *n how many revisions.
 */
int write_hold_back(const struct write_ctx *ctx, const struct book_item *item, size_t *n);

/* Puts one's own journal item into the bin until then, and takes it back from everybody who can read any of it.
 * ERR_NOT_AUTHOR, ERR_ARG (no journal item, or deleted), ERR_EXISTS (in the bin already), ERR_RANGE (more than 64
 * versions). */
int write_bin(const struct write_ctx *ctx, const struct book_item *item, uint64_t until_ms);
/* Takes it out again, private as it now is. ERR_NOT_FOUND: it is not in the bin. */
int write_unbin(const struct write_ctx *ctx, const struct book_item *item);
/* Deletes one's own item for good, and one's own comments on it: what is not sealed is gone at once, for the rest there
 * are tombstones, which everybody who was given it gets. ERR_NOT_AUTHOR, ERR_ARG (nothing to delete), ERR_RETAINED: it
 * is part of the clinical record until *kept_until (a day; NULL legal). */
int write_delete(const struct write_ctx *ctx, const struct book_item *item, uint32_t *kept_until);

struct write_comment {
	const char *body;
	size_t body_len;
	bool anchored;
	uint64_t start, length; /* code points of the head's body */
};
/* For everybody who reads the item, and its author; private as long as nobody but the author can read the item.
 * ERR_RANGE: the anchor is not inside the head's body. ERR_TARGET: the item was taken back, or is not one to comment
 * on. ERR_NO_GRANT: its author may not be given it any more. */
int write_comment(const struct write_ctx *ctx, const struct book_item *item, const struct write_comment *comment);

#define WRITE_URGENT_S 1800 /* an urgent message asks to be acknowledged within 30 minutes */

struct write_field {
	const char *name, *value; /* 1 to 32 and 1 to 4,096 characters */
};

struct write_message {
	const struct person *const *to;
	size_t n_to;
	const struct person *about; /* the client, NULL */
	bool care;                  /* clinician to clinician: class clinical */
	unsigned priority;          /* 0 routine 1 soon 2 urgent 3 needs-attention */
	const char *type, *body;    /* type NULL when none */
	size_t body_len;
	const struct write_field *fields; /* what its type asks for, in order; at most 16 */
	size_t n_fields;
	uint64_t answer_by_s;             /* of an urgent one; 0: WRITE_URGENT_S from now */
	const struct book_item *reply_to; /* NULL starts a thread */
};
/* A reply goes to the same people (those off the client's team excepted) and says the same about care and client: to,
 * n_to, about and care are not looked at. Otherwise: a care message goes from clinician to clinician, all of them on
 * the team of `about` if there is one; any other from a client to people of their team, or from a clinician to a client
 * of theirs and people of that client's team. ERR_NO_GRANT (somebody may not be given this, or nobody is left to reply
 * to), ERR_ROLE (urgent, but not from a clinician to clinicians alone; a care message by somebody who is no clinician),
 * ERR_ARG (to nobody), ERR_TARGET (not a message that can be replied to). */
int write_message(const struct write_ctx *ctx, const struct write_message *message, uint8_t ref[32]);
/* A revision of one's own message that says that it is withdrawn; the text stays for the record. For those who have it.
 * ERR_NOT_AUTHOR; ERR_TARGET: not a message, or without its text; ERR_EXISTS: it is withdrawn already. */
int write_withdraw(const struct write_ctx *ctx, const struct book_item *item);
/* For the author and everybody who was given the same; of a flag for the clinicians among them. ERR_TARGET: one's own,
 * private, or taken back. ERR_NO_GRANT: nobody is left to tell. */
int write_ack(const struct write_ctx *ctx, const struct book_item *item, const char *note, size_t note_len);

/* A receipt to one author for records by them: state 1 delivered, 2 opened (remembered here too). One record for every
 * 64 rids. ERR_TARGET: to oneself. */
int write_receipt(const struct write_ctx *ctx, const struct person *author, const uint8_t (*rids)[32], size_t n,
                  unsigned state);
/* One's name, to people who have not got it. One record for every 31 people. Nothing when n is 0. ERR_NO_GRANT: one of
 * them is not related. */
int write_profile(const struct write_ctx *ctx, const char *name, const char *pronouns, const struct person *const *to,
                  size_t n);

/* Says what a device of one's own is called from now on; `names` (devices.h; NULL: none yet) gives what this replaces.
 * A private record. */
int write_device(const struct write_ctx *ctx, const uint8_t did[16], const char *name, const struct devices *names);
/* Says to one person, or to oneself (NULL), where the stream to them ends of a device that was put out. ERR_NO_GRANT:
 * they are not related any more. */
int write_stream_end(const struct write_ctx *ctx, const uint8_t did[16], const struct person *to,
                     const struct stream *end);

struct write_given {
	const struct identity *id;
	const struct epoch_keys *epochs; /* of `id`, in its order */
	uint8_t rid[32];
};
/* Gives the record `rid` of this vault back to `to`, who took the place of one who wrote or got it (given.h); the
 * item's id is the beginning of the rid. Errors of given_fill; ERR_NO_GRANT. */
int write_regiven(const struct write_ctx *ctx, const struct write_given *given, const struct person *to);

#endif
