/* audit: a hash-chained list of what was changed and what was refused: ids and numbers only. No body, name, text or key
 * can be put into it. A row is written in the same batch as the change it tells of. Knows no rule about who is audited.
 *
 *     head 0 = H("audit", first generation)    head n = H("audit", head n-1 || u64 seq || row) */
#ifndef KAP_DAEMON_AUDIT_H
#define KAP_DAEMON_AUDIT_H

#include <stddef.h>
#include <stdint.h>

#include "store.h"

struct store_batch;

enum audit_object {
	AUDIT_NOTHING = 0,
	AUDIT_RECORD = 1,
	AUDIT_LINK = 2,
	AUDIT_INVITE = 3,
	AUDIT_PERSON = 4,
	AUDIT_DEVICE = 5,
	AUDIT_BLOB = 6
};

struct audit_row {
	uint64_t time_ms;
	uint8_t actor[STORE_ID];    /* pid; zero for a guest or the operator */
	uint8_t device[STORE_ID];   /* did; zero when not known */
	uint16_t op;                /* a request's number, or from 1000 on what the daemon or kapctl does of itself */
	uint16_t status;            /* 0, or the wire status of the refusal */
	uint8_t object_kind;        /* enum audit_object */
	uint8_t object[STORE_HASH]; /* rid, link hash, or an id of 16 bytes and zeroes */
	/* filled in on reading; ignored by audit_append */
	uint64_t seq; /* from 1 */
	uint8_t head[STORE_HASH];
};

/* Numbers of what no request asked for. */
enum audit_own_op {
	AUDIT_OP_CREATE = 1000,
	AUDIT_OP_START = 1001,
	AUDIT_OP_STOP = 1002,
	AUDIT_OP_CONTROL = 1003,
	AUDIT_OP_REFUSED_PEER = 1004,
	AUDIT_OP_RESTORED = 1005, /* an older copy of the store was put back; a new generation began */
	/* what a link does, beside the row of the request that brought it */
	AUDIT_OP_DEVICE_ADDED = 1010,
	AUDIT_OP_DEVICE_REVOKED = 1011,
	AUDIT_OP_EPOCH = 1012,
	AUDIT_OP_RECOVERY_ROTATED = 1013,
	AUDIT_OP_SUCCEEDED = 1014 /* removed, for a successor took their place */
};

/* Appends a row. Uses the reserve. Writer thread; errors of a store write. */
int audit_append(struct store_batch *b, const struct audit_row *row);

/* Last seq and head; for an empty log 0 and head 0. Loop thread, as the next two. */
int audit_head(struct store *s, uint64_t *seq, uint8_t head[STORE_HASH]);
/* Rows after `seq`, at most `max`, each proved by the chain; *n how many. */
int audit_read(struct store *s, uint64_t seq, size_t max, struct audit_row *rows, size_t *n);
/* Proves the whole log. ERR_CORRUPT: *bad is the seq of the first row that is missing or does not prove itself.
 * A tail that was cut off is seen by comparing with a head noted elsewhere: audit_head. */
int audit_verify(struct store *s, uint64_t *bad);

#endif
