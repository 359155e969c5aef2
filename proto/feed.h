/* feed: the running head of a person's feed, and the two statements the server's log key signs about feeds: receipts
 * and feed heads. Knows no store, no record and no clock. Any thread. Source: docs/PROTOCOL.md section 8. */
#ifndef KAP_PROTO_FEED_H
#define KAP_PROTO_FEED_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct crypto_sign_key;

#define FEED_HEAD 32
#define FEED_GENERATION 16
#define FEED_RECEIPT_ENTRIES 64
#define FEED_RECEIPT_MAX 5120  /* bytes of one receipt */
#define FEED_STATEMENT_MAX 256 /* bytes of one feed head */

enum feed_event {
	FEED_RECORD = 1, /* a record for you */
	FEED_TAKEN = 2,  /* your wrap of this record was taken away */
};

/* Head of an empty feed. */
int feed_start(const uint8_t pid[16], const uint8_t generation[FEED_GENERATION], uint8_t head[FEED_HEAD]);

/* The head after entry (seq, event, rid) on top of `head`; out may be head itself. ERR_RANGE for seq 0 or an unknown
 * event. */
int feed_step(const uint8_t head[FEED_HEAD], uint64_t seq, uint8_t event, const uint8_t rid[32],
              uint8_t out[FEED_HEAD]);

/* One record's place in its author's own feed right after it entered. */
struct feed_entry {
	uint64_t seq;
	uint8_t rid[32], head[FEED_HEAD];
};

/* After a parse the pointers borrow from the parsed bytes. */
struct feed_receipt {
	const uint8_t *clinic;     /* 32 */
	const uint8_t *generation; /* 16 */
	const uint8_t *author;     /* 16 */
	uint64_t time_ms;
	uint32_t count; /* 1..FEED_RECEIPT_ENTRIES */
	struct feed_entry entries[FEED_RECEIPT_ENTRIES];
};

struct feed_statement {
	const uint8_t *clinic;     /* 32 */
	const uint8_t *generation; /* 16 */
	const uint8_t *pid;        /* 16 */
	const uint8_t *head;       /* 32 */
	uint64_t seq, time_ms;
};

/* Append the bytes of the statement to `out` and sign them with the log key. ERR_RANGE for a count out of
 * bounds. */
int feed_receipt_sign(const struct feed_receipt *r, const struct crypto_sign_key *log_key, struct buf *out,
                      uint8_t sig[64]);
int feed_statement_sign(const struct feed_statement *s, const struct crypto_sign_key *log_key, struct buf *out,
                        uint8_t sig[64]);

/* Verify the signature first, then parse. ERR_RECEIPT when it does not verify under `log_public`; ERR_KEY; ERR_TOO_BIG,
 * ERR_SUITE, ERR_SHAPE and mp_open's errors when it is not such a statement. Whether clinic, generation, person, seq
 * and head are the expected ones is for the caller to compare. */
int feed_receipt_open(const void *bytes, size_t len, const uint8_t sig[64], const uint8_t log_public[32],
                      struct feed_receipt *out);
int feed_statement_open(const void *bytes, size_t len, const uint8_t sig[64], const uint8_t log_public[32],
                        struct feed_statement *out);

/* The entry about `rid`, NULL if there is none. */
const struct feed_entry *feed_receipt_find(const struct feed_receipt *r, const uint8_t rid[32]);

#endif
