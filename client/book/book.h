/* book: everything written, by oneself and by others, as a person thinks of it: items with their revisions, versions,
 * readers and comments; messages with what became of them. Built in memory from the ledger (stored and pending alike)
 * by one pass. Knows no wire and no terminal; decides nothing by clocks. */
#ifndef KAP_CLIENT_BOOK_BOOK_H
#define KAP_CLIENT_BOOK_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct book;
struct content;
struct people;
struct person;
struct vault_txn;

enum book_progress {
	BOOK_WRITTEN = 1,      /* on this device only, or on its way */
	BOOK_ON_SERVER = 2,    /* "stored": the server's receipt is here */
	BOOK_DELIVERED = 3,    /* the reader's device says it has it */
	BOOK_OPENED = 4,       /* the reader looked at it */
	BOOK_ACKNOWLEDGED = 5, /* the reader said who, when and a note: see book_acks */
};

/* One person who can read a revision or message, and how far it got with them. */
struct book_reader {
	const struct person *person;
	uint64_t since_ms;                /* given access */
	uint64_t delivered_ms, opened_ms; /* the earliest of any revision, by the reader's clock; opened is delivered too */
	bool withdrawn;                   /* can read no revision any more: taken back (unshare) */
};

/* One person, not the author, who was given a revision. */
struct book_access {
	const struct person *person;
	bool withdrawn; /* taken back since */
};

struct book_revision {
	uint8_t ref[32];               /* rid, or lid while pending */
	bool pending;                  /* not sealed yet */
	bool waiting;                  /* sealed, not yet confirmed by the server */
	bool withdrawn;                /* its author took it back or deleted it: content is NULL */
	bool deleted;                  /* the latter; then so is `withdrawn` */
	bool superseded;               /* another revision at hand names it as parent */
	const struct person *given_by; /* gave it back to its author, who had lost it; NULL: it came as it was written */
	uint8_t record_class, op;
	uint64_t stored_ms; /* one's own: the server's receipt, or when it came back from the server; 0 while it waits */
	uint64_t arrived;   /* order on this device */
	const struct content *content;
	uint64_t answer_by_s;
	uint8_t thread[16]; /* messages: zero when none */
	const struct book_access *access;
	size_t n_access;
};

struct book_ack {
	const struct person *person;
	const struct book_revision *revision; /* what they acknowledged: of an order, this version and no later one */
	uint64_t at_ms;
	const char *note; /* "" when none; borrowed */
};

struct book_item {
	uint32_t number; /* what a person types: journal items per author, messages in one row for all, clinical kinds that
	                  * have a letter in one row each; others have none (0) */
	const struct person *author;
	uint8_t id[16];
	uint32_t kind;
	uint64_t at_ms; /* of the first revision */
	int16_t offset;
	const struct book_revision *revisions;
	size_t n_revisions; /* oldest first: parents before children, then arrival */
	const struct book_revision *const *heads;
	size_t n_heads; /* two or more: versions that nobody has joined yet */
	const struct book_reader *readers;
	size_t n_readers; /* everybody in the audience of any revision but the author; withdrawn ones are marked */
	const struct book_ack *acks;
	size_t n_acks;
	const struct book_item *const *comments;
	size_t n_comments;           /* comments on this item, oldest first */
	const struct book_item *on;  /* a comment's item, NULL if not at hand */
	bool opened_here;            /* this device's person has read it */
	bool deleted;                /* every revision is, by its author */
	uint64_t deleted_ms;         /* when the last of them was, by the author's clock */
	uint64_t bin_until_ms;       /* one's own, in the bin: when it is deleted for good; else 0 */
	const struct book_item *bin; /* what was said last about its being in the bin; NULL */
};

/* Reads everything. Assigns numbers to items seen for the first time, so `txn` must be writable if `assign`.
 * *out borrows `people`, which must outlive it; it is independent of the transaction. ERR_CORRUPT, ERR_NOMEM, errors of
 * the vault. */
int book_load(struct vault_txn *txn, const struct people *people, bool assign, struct book **out);
void book_free(struct book *b); /* wipes; NULL is legal */

/* Items of one kind by one author (NULL: anybody), oldest first, without those of one's own that are deleted or in the
 * bin. Calls visit; a non-zero return ends it and is returned. */
typedef int book_visit(void *arg, const struct book_item *item);
int book_each(const struct book *b, uint32_t kind, const struct person *author, book_visit *visit, void *arg);
/* The same for what is in the bin. */
int book_each_in_bin(const struct book *b, book_visit *visit, void *arg);

/* By what a person types (author NULL for messages); by ids. NULL: none. */
const struct book_item *book_by_number(const struct book *b, const struct person *author, uint32_t kind,
                                       uint32_t number);
const struct book_item *book_by_id(const struct book *b, const uint8_t author_pid[16], const uint8_t item[16]);
const struct book_item *book_by_ref(const struct book *b, const uint8_t ref[32]);

/* The revision itself; NULL: none. */
const struct book_revision *book_revision_by_ref(const struct book *b, const uint8_t ref[32]);

/* The last number of arrival of anything in it: what came later is news. */
uint64_t book_newest(const struct book *b);
/* The revision to show: of several heads the one that arrived last (the others are named beside it). Never NULL, but it
 * may be withdrawn. */
const struct book_revision *book_head(const struct book_item *item);
/* Who gave a revision of it (`head`: one that is current) back to its author, NULL: nobody. Such a revision can neither
 * be taken back nor deleted: that needs the keys that were lost. */
const struct person *book_giver(const struct book_item *item, bool head);
/* True if anybody but the author can read the current heads. */
bool book_is_shared(const struct book_item *item);
/* People who can read the item now, at most `max`; returns how many there are. */
size_t book_current_readers(const struct book_item *item, const struct person **out, size_t max);
/* How far a message got with one reader. */
enum book_progress book_progress(const struct book_item *item, const struct person *reader, uint64_t *at_ms);

#endif
