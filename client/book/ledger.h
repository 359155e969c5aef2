/* ledger: the rows that kap keeps in the vault about records: what arrived, what waits to be sealed, what waits to be
 * sent, how far the feed was read, where each stream stands, what was kept aside. Typed rows over vault.h and nothing
 * more: no rules, no keys, no network. Everything here happens inside the caller's transaction. */
#ifndef KAP_CLIENT_BOOK_LEDGER_H
#define KAP_CLIENT_BOOK_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/stream.h"

struct buf;
struct vault_txn;

/* Errors of every call besides those it names: those of the vault (vault.h), ERR_CORRUPT for a stored row of another
 * form. Every walk (_each) calls its visitor in order with a row that is borrowed during the visit; the visitor must
 * not write to what is walked. A return other than 0 ends the walk and is returned, except that ERR_MORE ends it with 0
 * ("enough"). */

/* A reference to a revision: its rid, or before it is sealed the random id it was written under (lid). Both 32 bytes.
 */
#define LEDGER_REF 32

/* --- pending: written by the person, not yet sealed (finalised at sync, when audience keys are fresh) --- */

struct ledger_pending {
	uint64_t seq; /* order of writing; filled in by the ledger */
	uint8_t lid[LEDGER_REF];
	uint8_t record_class, op;
	uint32_t retain_days; /* from the day of sealing; 0 none */
	uint64_t answer_by_s;
	uint32_t n_audience; /* without oneself */
	uint8_t audience[31][16];
	uint32_t n_targets;
	uint8_t targets[64][LEDGER_REF]; /* rids or lids */
	const uint8_t *content;          /* encoded; its parents and refs may be lids */
	size_t content_len;
};

/* Adds behind the last. ERR_RANGE: audience or targets. */
int ledger_pending_add(struct vault_txn *txn, struct ledger_pending *p);
typedef int ledger_pending_visit(void *arg, const struct ledger_pending *p);
int ledger_pending_each(struct vault_txn *txn, ledger_pending_visit *visit, void *arg);
/* Replaces the row p->seq, in its place. ERR_NOT_FOUND; ERR_RANGE. */
int ledger_pending_replace(struct vault_txn *txn, const struct ledger_pending *p);
int ledger_pending_remove(struct vault_txn *txn, uint64_t seq); /* ERR_NOT_FOUND */
size_t ledger_pending_count(struct vault_txn *txn);             /* opens no row; 0 on an error */

/* lid -> rid, once sealed. ERR_NOT_FOUND. */
int ledger_sealed_put(struct vault_txn *txn, const uint8_t lid[LEDGER_REF], const uint8_t rid[32]);
int ledger_sealed_get(struct vault_txn *txn, const uint8_t lid[LEDGER_REF], uint8_t rid[32]);
int ledger_sealed_remove(struct vault_txn *txn, const uint8_t lid[LEDGER_REF]); /* ERR_NOT_FOUND */

/* --- outbox: sealed, in order, not yet acknowledged by a receipt --- */

struct ledger_outgoing {
	uint64_t seq;
	uint8_t rid[32];
	const uint8_t *record, *payload;
	size_t record_len, payload_len;
};
int ledger_outbox_add(struct vault_txn *txn, struct ledger_outgoing *o);
typedef int ledger_outbox_visit(void *arg, const struct ledger_outgoing *o);
int ledger_outbox_each(struct vault_txn *txn, ledger_outbox_visit *visit, void *arg);
int ledger_outbox_remove(struct vault_txn *txn, uint64_t seq); /* ERR_NOT_FOUND */
size_t ledger_outbox_count(struct vault_txn *txn);             /* opens no row; 0 on an error */

/* --- records: verified and opened, one's own and others' --- */

#define LEDGER_SALT 24 /* RECORD_PAYLOAD_SALT */

enum ledger_state {
	LEDGER_WAITING = 1,  /* one's own, in the outbox */
	LEDGER_STORED = 2,   /* the server gave a receipt, or it came from the feed */
	LEDGER_WITHDRAWN = 3 /* the author took it back from us: content is gone */
};
struct ledger_record {
	uint8_t rid[32];
	uint8_t lid[LEDGER_REF]; /* zero unless written on this device */
	uint8_t state;
	uint64_t arrived; /* order of arrival on this device, from 1; filled in by the ledger on the first put */
	uint64_t seen_ms; /* when it got here, or when its receipt did */
	const uint8_t *record;
	size_t record_len; /* as served to us: evidence, and what heals a server later */
	const uint8_t *content;
	size_t content_len;        /* encoded content; 0 when withdrawn */
	bool has_salt;             /* false in rows that an earlier version kept */
	uint8_t salt[LEDGER_SALT]; /* of the payload: with its content key record_rebuild_payload makes it again */
};
/* Adds, or replaces the row of this rid; its place in the order of arrival stays. */
int ledger_record_put(struct vault_txn *txn, struct ledger_record *r);
/* Copies the row's bytes into `hold` (the pointers borrow from it). ERR_NOT_FOUND. */
int ledger_record_get(struct vault_txn *txn, const uint8_t rid[32], struct buf *hold, struct ledger_record *out);
/* Only for one's own record that goes back to pending. ERR_NOT_FOUND. */
int ledger_record_remove(struct vault_txn *txn, const uint8_t rid[32]);
typedef int ledger_record_visit(void *arg, const struct ledger_record *r);
int ledger_record_each(struct vault_txn *txn, ledger_record_visit *visit, void *arg); /* in order of arrival */

/* --- the feed's cursor, streams --- */

struct ledger_cursor {
	uint8_t generation[16];
	uint64_t seq;
	uint8_t head[32];
};
int ledger_cursor_get(struct vault_txn *txn, struct ledger_cursor *out); /* ERR_NOT_FOUND before the first pull */
int ledger_cursor_put(struct vault_txn *txn, const struct ledger_cursor *c);

/* Inbound by author device, outbound by recipient; a zeroed stream when there is none yet. */
int ledger_stream_in_get(struct vault_txn *txn, const uint8_t did[16], struct stream *out);
int ledger_stream_in_put(struct vault_txn *txn, const uint8_t did[16], const struct stream *s);
int ledger_stream_out_get(struct vault_txn *txn, const uint8_t pid[16], struct stream *out);
int ledger_stream_out_put(struct vault_txn *txn, const uint8_t pid[16], const struct stream *s);

/* Where the stream of a removed device ends, as its person said: what is beyond does not count. ERR_NOT_FOUND. */
int ledger_cut_get(struct vault_txn *txn, const uint8_t did[16], struct stream *out);
int ledger_cut_put(struct vault_txn *txn, const uint8_t did[16], const struct stream *cut);

/* --- kept aside: records that failed a check; never shown, never deleted unless they pass it later --- */

#define LEDGER_ASIDE_ROWS 10000
#define LEDGER_ASIDE_BYTES ((size_t)64 << 20) /* of records and payloads */

struct ledger_aside {
	uint64_t seq; /* order of coming here; filled in by the ledger */
	uint8_t rid[32];
	int err;
	uint64_t feed_seq, at_ms;
	const uint8_t *record, *payload;
	size_t record_len, payload_len;
	bool waits;   /* it may pass later: found by its rid. Else it is evidence, one row for the same bytes */
	bool counted; /* the stream has moved past it: it was taken to be the one after `before` */
	struct stream before;
	uint8_t wants[32]; /* the rid of a record to be fetched first, its own if its bytes are not right; zeroes: none */
};
/* Adds; ERR_EXISTS: there is one that waits with this rid, or such evidence. ERR_ASIDE_FULL: one of the limits; nothing
 * is written. */
int ledger_aside_put(struct vault_txn *txn, struct ledger_aside *a);
/* The same without limits, for a record that was among the others and goes out of view. */
int ledger_aside_move(struct vault_txn *txn, struct ledger_aside *a);
/* The one that waits. Copies the row into `hold` (the pointers borrow from it). ERR_NOT_FOUND. */
int ledger_aside_get(struct vault_txn *txn, const uint8_t rid[32], struct buf *hold, struct ledger_aside *out);
bool ledger_aside_has(struct vault_txn *txn, const uint8_t rid[32]);
/* Writes err, counted, before, wants and waits of `a` into the row that waits with its rid; its bytes stay.
 * ERR_NOT_FOUND. */
int ledger_aside_note(struct vault_txn *txn, const struct ledger_aside *a);
int ledger_aside_remove(struct vault_txn *txn, const uint8_t rid[32]); /* ERR_NOT_FOUND */
/* Makes rows that an earlier version kept known by their rids. In a write transaction; costs nothing after the first.
 */
int ledger_aside_index(struct vault_txn *txn);
typedef int ledger_aside_visit(void *arg, const struct ledger_aside *a);
int ledger_aside_each(struct vault_txn *txn, ledger_aside_visit *visit, void *arg);
size_t ledger_aside_count(struct vault_txn *txn); /* opens no row; 0 on an error */

/* --- receipts by the server, kept as evidence: rid -> statement and signature (a statement about several records is
 * kept once) --- */
int ledger_receipt_put(struct vault_txn *txn, const uint8_t rid[32], const uint8_t *statement, size_t len,
                       const uint8_t sig[64], uint64_t time_ms);
int ledger_receipt_time(struct vault_txn *txn, const uint8_t rid[32], uint64_t *time_ms); /* ERR_NOT_FOUND */
/* The evidence itself: replaces the content of `statement`. ERR_NOT_FOUND. */
int ledger_receipt_get(struct vault_txn *txn, const uint8_t rid[32], struct buf *statement, uint8_t sig[64]);

/* --- numbers that a person types, given once in order of first sight, never given again: a row of numbers 1, 2, 3...
 * for each `row` (an author's pid; zeroes for messages). An item is named by its author and id. --- */
int ledger_number(struct vault_txn *txn, const uint8_t row[16], const uint8_t item[32], bool assign,
                  uint32_t *number); /* ERR_NOT_FOUND when not assigned; ERR_RANGE at the end of numbers */

/* --- small facts by name and id: "opened" of a rid, "profile-sent" of a pid. Bytes in, bytes out. --- */

#define LEDGER_FACT_BINNED "binned" /* no id: something was in the bin once */

/* Adds or replaces. `id` may be NULL when id_len is 0. ERR_RANGE: name and id are longer than 95 bytes together. */
int ledger_fact_put(struct vault_txn *txn, const char *name, const uint8_t *id, size_t id_len, const void *value,
                    size_t len);
/* Replaces the content of `value`. ERR_NOT_FOUND. */
int ledger_fact_get(struct vault_txn *txn, const char *name, const uint8_t *id, size_t id_len, struct buf *value);
/* ERR_NOT_FOUND. */
int ledger_fact_remove(struct vault_txn *txn, const char *name, const uint8_t *id, size_t id_len);

#endif
