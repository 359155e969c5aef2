/* msg_request: the arguments of every request, encoded by the device and decoded by the server, from one table of
 * shapes. msg_put_NAME appends a whole request (a frame's body) and returns buf_err, ERR_RANGE or ERR_SHAPE for values
 * the other side would refuse (nothing is appended then). msg_get_NAME reads struct msg_request's args: ERR_SHAPE when
 * an argument is missing, left over, of the wrong type or out of bounds. Decoded pointers borrow from the frame.
 * Source: docs/PROTOCOL.md section 9. */
#ifndef KAP_PROTO_MSG_REQUEST_H
#define KAP_PROTO_MSG_REQUEST_H

#include "msg.h"

struct msg_hello {
	uint64_t lowest, highest; /* versions, 1..65535 */
	struct msg_bytes program; /* text, 1..MSG_PROGRAM_MAX bytes; for logs, decides nothing */
};

struct msg_chain_get {
	const uint8_t *chain; /* 32 */
	uint64_t from;
	uint64_t count; /* 1..MSG_LINKS_MAX */
};

struct msg_chain_put {
	const uint8_t *chain; /* 32 */
	struct msg_bytes link;
};

struct msg_invite_put {
	const uint8_t *invite; /* 16 */
	struct msg_bytes packet, link;
};

struct msg_invite_get {
	const uint8_t *invite; /* 16 */
};

struct msg_join {
	const uint8_t *invite; /* 16 */
	struct msg_bytes genesis;
	uint32_t n_links; /* 1..MSG_JOIN_LINKS */
	struct msg_bytes links[MSG_JOIN_LINKS];
};

/* One record and its payload; in a fetch_reply either may be absent (data NULL). */
struct msg_item {
	struct msg_bytes record, payload;
};

struct msg_push {
	uint32_t n; /* 1..MSG_PUSH_MAX */
	struct msg_item items[MSG_PUSH_MAX];
};

struct msg_pull {
	const uint8_t *generation; /* 16 */
	uint64_t seq;
	const uint8_t *head; /* 32 */
	uint64_t bytes;      /* 1..MSG_PULL_BYTES; one entry always comes, however large */
};

struct msg_fetch {
	uint32_t n;                         /* 1..MSG_FETCH_MAX */
	const uint8_t *rids[MSG_FETCH_MAX]; /* 32 each */
};

struct msg_blob_put {
	const uint8_t *blob; /* 16 */
	uint64_t len;        /* of the whole blob */
	uint64_t part;
	struct msg_bytes bytes;
};

struct msg_blob_get {
	const uint8_t *blob; /* 16 */
	uint64_t part;
};

struct msg_blob_stat {
	const uint8_t *blob; /* 16 */
};

struct msg_heal_offer {
	uint32_t n;                         /* 1..MSG_OFFER_MAX */
	const uint8_t *rids[MSG_OFFER_MAX]; /* 32 each */
};

struct msg_heal_put {
	uint32_t n;                          /* 1..MSG_HEAL_MAX */
	struct msg_item items[MSG_HEAL_MAX]; /* a payload may be absent */
};

struct msg_heal_link {
	const uint8_t *chain; /* 32 */
	struct msg_bytes link;
};

struct msg_watch {
	char none;
};

struct msg_status {
	char none;
};

struct msg_chain_list {
	const uint8_t *after; /* 32; NULL: from the first */
};

struct msg_mailbox_put {
	const uint8_t *box; /* 16 */
	uint64_t slot;      /* 0..MSG_SLOTS-1 */
	struct msg_bytes bytes;
};

struct msg_mailbox_get {
	const uint8_t *box; /* 16 */
	uint64_t slot;
	uint64_t wait_ms; /* 0..MSG_WAIT_MS */
};

#define OP(NAME, name, number, body, effect, who)                                                                      \
	int msg_put_##name(struct buf *out, uint32_t id, const struct msg_##name *m);                                      \
	int msg_get_##name(struct mp_cur *args, struct msg_##name *m);
#include "ops.def"
#undef OP

#endif
