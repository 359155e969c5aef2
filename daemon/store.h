/* store: what kapd keeps, at the level of the domain: chains, records, feeds, invitations, who is owed an answer. The
 * only storage header a request handler sees; which engine stands behind it is known to store_*.c alone. Knows no rule
 * about who may do what, verifies no signature, opens no wrap.
 *
 * Reads (first argument `struct store *`): on the loop thread. Each begins and ends its own short read transaction and
 * copies out. They see what is committed.
 * Writes (first argument `struct store_batch *`): on the writer thread only, inside a writer job (writer.h). They see
 * what was written earlier in the same batch. Nothing is durable before the batch is committed; a job that returns an
 * error leaves nothing of itself (writer.h).
 *
 * Errors any read may give: ERR_CORRUPT (a value did not prove itself and was not used), ERR_NOMEM, ERR_IO. Any write:
 * those, ERR_FULL (no room; the whole batch is lost), ERR_STORE_FATAL (the process must end, exit 74). Others are
 * named. */
#ifndef KAP_DAEMON_STORE_H
#define KAP_DAEMON_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_ID 16   /* pid, did, generation, invite id */
#define STORE_HASH 32 /* rid, chain, link hash, feed head */

#define STORE_AUDIENCE_MAX 32
#define STORE_RECORD_MAX ((size_t)12 << 10)
#define STORE_PAYLOAD_MAX ((size_t)1040000)
#define STORE_LINK_MAX ((size_t)13 << 10)
#define STORE_PACKET_MAX ((size_t)16 << 10)

struct buf;
struct store;
struct store_batch;

/* --- life --- */

struct store_opts {
	const char *dir;     /* holds data.mdb, lock.mdb, store.lock; all 0600 */
	uint64_t map_size;   /* most bytes the store may ever have, reserved as address space; 0: 1 TiB */
	bool any_filesystem; /* skip the check for ext4, xfs, btrfs, zfs (tests on tmpfs) */
};

struct store_birth {
	uint8_t generation[STORE_ID];
	uint8_t founding_id[STORE_ID]; /* the founding invitation */
	const uint8_t *packet;
	size_t packet_len;
	uint64_t expires_ms, created_ms;
};

/* Makes an empty store in an existing directory, its first audit row included, and closes it again. ERR_EXISTS when one
 * is there; errors of store_open. */
int store_create(const struct store_opts *opts, const struct store_birth *birth);

/* Opens it, once per process; before threads start. ERR_NOT_FOUND (no store there), ERR_LOCKED (another process or this
 * one has it open), ERR_CONFIG (not a file system that keeps promises), ERR_VERSION (schema), ERR_CORRUPT (shorter than
 * its own meta page says, and does not check), ERR_IO. On error *out is NULL. */
int store_open(const struct store_opts *opts, struct store **out);
void store_close(struct store *s); /* NULL is legal */

/* Housekeeping, any thread, every minute: frees what dead readers hold. The writer thread calls it. */
void store_tend(struct store *s);

struct store_room {
	uint64_t used, capacity; /* bytes; capacity: what the map and the disk allow, the smaller */
	bool full;               /* above 90 %: records and invitations are refused, the rest is for audit and removal */
};
int store_room(struct store *s, struct store_room *out);

void store_generation(const struct store *s, uint8_t generation[STORE_ID]);
int store_clinic(struct store *s, uint8_t clinic[STORE_HASH]); /* ERR_NOT_FOUND before the founding */
/* Sets the clinic's id, once. ERR_EXISTS when it is another. */
int store_set_clinic(struct store_batch *b, const uint8_t clinic[STORE_HASH]);

/* --- chains: the clinic's and every person's --- */

struct store_link {
	const uint8_t *chain, *prev, *hash; /* 32 bytes each; seq 0: prev is zero and hash equals chain */
	uint64_t seq;
	const uint8_t *bytes; /* at most STORE_LINK_MAX */
	size_t len;
};

/* Appends if seq and prev fit the head. *known: this very link (same hash at that seq) is in place already; nothing was
 * changed. ERR_CHAIN_BEHIND when the head is another. ERR_ARG when the link does not fit itself. May use the reserve.
 */
int store_append_link(struct store_batch *b, const struct store_link *link, bool *known);

/* Seq and hash of the last link. ERR_NOT_FOUND when there is no such chain. */
int store_chain_head(struct store *s, const uint8_t chain[STORE_HASH], uint64_t *seq, uint8_t hash[STORE_HASH]);
int store_batch_chain_head(struct store_batch *b, const uint8_t chain[STORE_HASH], uint64_t *seq,
                           uint8_t hash[STORE_HASH]);

/* Called for each link in order, inside the read transaction: `bytes` are borrowed until it returns; it must not call
 * the store. ERR_MORE ends the reading without error; any other error ends it with that error. */
typedef int store_link_visit(void *arg, uint64_t seq, const uint8_t hash[STORE_HASH], const uint8_t *bytes, size_t len);

/* From seq `from` on, at most `max` links. None at all is no error. */
int store_chain_read(struct store *s, const uint8_t chain[STORE_HASH], uint64_t from, size_t max,
                     store_link_visit *visit, void *arg);

/* Ids of chains, ascending, after `after` (NULL: from the first): at most `max` into ids; *n how many. */
int store_chain_ids(struct store *s, const uint8_t *after, size_t max, uint8_t (*ids)[STORE_HASH], size_t *n);

/* --- records and feeds --- */

struct store_record {
	const uint8_t *rid;    /* 32 */
	const uint8_t *author; /* pid, one of the audience */
	const uint8_t *record, *payload;
	size_t record_len, payload_len; /* 1..STORE_RECORD_MAX, 0..STORE_PAYLOAD_MAX */
	const uint8_t (*audience)[STORE_ID];
	size_t audience_n;    /* 1..STORE_AUDIENCE_MAX, no one twice */
	uint64_t answer_by_s; /* 0: none; otherwise it is owed an answer until store_answer_clear */
	bool reserve;         /* may use the last 10 %: it takes something away (unshare) */
	const bool *awaited;  /* of each, or NULL: not in their feed before store_heal_arrive */
};

struct store_place {
	uint64_t seq; /* in the author's own feed; 0 while it is awaited there */
	uint8_t head[STORE_HASH];
	bool known; /* it was stored before; the place is that of the first time and nothing was changed */
};

/* Stores it and adds it to the feed of everyone in the audience. ERR_FULL above the high-water mark (nothing was
 * changed and the batch lives on), ERR_ARG (bounds, author not in the audience). */
int store_put_record(struct store_batch *b, const struct store_record *r, struct store_place *place);

/* Puts other bytes in place of a stored record, its payload staying: the same record with wraps taken away, so the rid
 * is the same and the caller has seen to it. ERR_NOT_FOUND. */
int store_replace_record(struct store_batch *b, const uint8_t rid[STORE_HASH], const uint8_t *record, size_t len);

/* Adds (event, rid) to one person's feed; the event is one of proto/feed.h. ERR_NOT_FOUND when there is no such record.
 */
int store_add_feed_event(struct store_batch *b, const uint8_t pid[STORE_ID], uint8_t event,
                         const uint8_t rid[STORE_HASH]);

/* Appends the bytes to `record` and `payload`; either may be NULL. author (NULL legal) is filled in. ERR_NOT_FOUND.
 * On error nothing was appended. */
int store_record_get(struct store *s, const uint8_t rid[STORE_HASH], uint8_t author[STORE_ID], struct buf *record,
                     struct buf *payload);
int store_batch_record_get(struct store_batch *b, const uint8_t rid[STORE_HASH], uint8_t author[STORE_ID],
                           struct buf *record, struct buf *payload);

struct store_feed_row {
	uint64_t seq;
	uint8_t event; /* enum feed_event (proto/feed.h) */
	uint8_t rid[STORE_HASH];
	uint8_t head[STORE_HASH]; /* the running head right after this row */
};

/* The last seq and head of a feed; for an empty feed 0 and its start head. */
int store_feed_head(struct store *s, const uint8_t pid[STORE_ID], uint64_t *seq, uint8_t head[STORE_HASH]);
/* The head right after row `seq` (0: the start head). ERR_NOT_FOUND beyond the end. */
int store_feed_head_at(struct store *s, const uint8_t pid[STORE_ID], uint64_t seq, uint8_t head[STORE_HASH]);
/* Rows after `seq`, at most `max`, each proved by the running head; *n how many. ERR_NOT_FOUND when `seq` is beyond the
 * end. */
int store_feed_read(struct store *s, const uint8_t pid[STORE_ID], uint64_t seq, size_t max, struct store_feed_row *rows,
                    size_t *n);

/* Records a person wrote and their bytes (record and payload). */
int store_person_usage(struct store *s, const uint8_t pid[STORE_ID], uint64_t *records, uint64_t *bytes);

/* An acknowledgement arrived for a record put with that answer_by_s. Not being owed is no error. */
int store_answer_clear(struct store_batch *b, uint64_t answer_by_s, const uint8_t rid[STORE_HASH]);
/* How many are owed an answer since before now_s; counts to `max` at most. */
int store_answers_overdue(struct store *s, uint64_t now_s, size_t max, size_t *n);

/* --- invitations --- */

enum store_invite_state { STORE_INVITE_OPEN = 1, STORE_INVITE_USED = 2, STORE_INVITE_EXPIRED = 3 };

struct store_invite {
	uint8_t id[STORE_ID];
	uint8_t inviter[STORE_ID]; /* pid; zero for a founding invitation */
	bool founding;
	uint64_t link_seq; /* its link on the clinic chain; 0 for a founding invitation */
	uint64_t expires_ms;
	/* filled in by the store; ignored by store_put_invite */
	uint8_t used_by[STORE_ID];
	uint64_t used_ms;  /* 0: not used */
	uint64_t refusals; /* attempts to use it again */
};

/* ERR_EXISTS when the id is taken by another invitation (the very same packet and terms: success, nothing changed),
 * ERR_FULL above the high-water mark, ERR_ARG (packet bounds). */
int store_put_invite(struct store_batch *b, const struct store_invite *invite, const uint8_t *packet, size_t len);

/* Marks it used by `pid`. Used by that very pid before: success, nothing changed. ERR_CODE_UNKNOWN, ERR_CODE_EXPIRED,
 * ERR_CODE_USED; the last has counted the refusal, which is kept only if the job succeeds (writer.h). */
int store_use_invite(struct store_batch *b, const uint8_t id[STORE_ID], const uint8_t pid[STORE_ID], uint64_t now_ms);

/* Fills in *out and appends the sealed packet to `packet` (NULL legal). ERR_NOT_FOUND. */
int store_invite_get(struct store *s, const uint8_t id[STORE_ID], struct store_invite *out, struct buf *packet);
int store_batch_invite_get(struct store_batch *b, const uint8_t id[STORE_ID], struct store_invite *out);
/* A person's own invitations after id `after` (NULL: from the first), at most `max`; *n how many. */
int store_invites_of(struct store *s, const uint8_t inviter[STORE_ID], const uint8_t *after, size_t max,
                     struct store_invite *out, size_t *n);
enum store_invite_state store_invite_state(const struct store_invite *invite, uint64_t now_ms);

#endif
