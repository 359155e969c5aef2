/* store_inner: what the files of the store share behind store.h. Not for handlers. */
#ifndef KAP_DAEMON_STORE_INNER_H
#define KAP_DAEMON_STORE_INNER_H

#include <stdbool.h>
#include <stdint.h>

#include "store.h"
#include "store_env.h"
#include "store_lmdb.h"

#define STORE_SCHEMA 1

struct store_batch {
	struct store *store;
	struct store_txn txn;
	size_t pages_left; /* until the high-water mark; what uses the reserve does not look at it */
};

struct store {
	struct store_env env;
	uint8_t generation[STORE_ID];
	uint8_t born[STORE_ID];   /* its first generation */
	struct store_batch batch; /* the one of the writer thread */
	bool batch_open;
	bool failed; /* a commit failed fatally */
};

/* store_open without the look at the file's length. */
int store_open_unlooked(const struct store_opts *opts, struct store **out);

/* ERR_FULL if so many rows and bytes more would take the batch over the high-water mark. */
int store_batch_has_room(const struct store_batch *b, size_t rows, size_t bytes);

/* A copy of a fixed-size value. ERR_CORRUPT when it is of another size. */
int store_get_fixed(struct store_txn *t, enum store_table table, const struct store_key *key, void *out, size_t len);

/* Feeds, inside a transaction: the last row (seq 0 and the start head for an empty feed), and the row after it. */
int store_feed_tail(struct store_txn *t, const struct store *s, const uint8_t pid[STORE_ID],
                    struct store_feed_row *tail);
int store_feed_append(struct store_batch *b, const uint8_t pid[STORE_ID], struct store_feed_row *tail, uint8_t event,
                      const uint8_t rid[STORE_HASH]);
int store_feed_row_at(struct store_txn *t, const uint8_t pid[STORE_ID], uint64_t seq, struct store_feed_row *row);

/* Records, inside a transaction. */
struct store_found {
	uint64_t arrival, author_seq;
	uint8_t author[STORE_ID];
	struct store_val record; /* borrowed */
};
int store_record_find(struct store_txn *t, const uint8_t rid[STORE_HASH], struct store_found *out);
/* Puts the row of records. */
int store_record_put(struct store_txn *t, const struct store_found *f, const uint8_t rid[STORE_HASH]);
/* The rid, author and bytes of a row of records. ERR_CORRUPT. */
int store_record_split(const struct store_val *row, const uint8_t **rid, const uint8_t **author,
                       struct store_val *record);

/* So many bytes of what this person wrote are there no longer. */
int store_usage_shrink(struct store_txn *t, const uint8_t pid[STORE_ID], uint64_t bytes);
int store_usage_grow(struct store_txn *t, const uint8_t pid[STORE_ID], uint64_t bytes);

/* Chains: hash and bytes of a row of links. ERR_CORRUPT. */
int store_link_split(const struct store_val *row, const uint8_t **hash, struct store_val *link);

/* Invitations: a row of invites. ERR_CORRUPT. */
int store_invite_parse(const uint8_t id[STORE_ID], const struct store_val *row, struct store_invite *out);

/* Putting an invitation without looking at the high-water mark: for the birth of a store. */
int store_invite_add(struct store_batch *b, const struct store_invite *invite, const uint8_t *packet, size_t len);

#endif
