/* msg: the envelope of requests, responses and events, and the table of requests (ops.def). Both ends use it: the
 * server opens requests and writes responses, the device the reverse. What the arguments and bodies are is in
 * msg_request.h and msg_reply.h. Knows no frame, no socket and no store. Any thread; what is decoded borrows from the
 * frame's bytes. Source: docs/PROTOCOL.md section 9. */
#ifndef KAP_PROTO_MSG_H
#define KAP_PROTO_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mp.h"

struct buf;

#define MSG_VERSION 1 /* of the transport */
#define MSG_IN_FLIGHT 16
#define MSG_PUSH_MAX 64
#define MSG_FETCH_MAX 64
#define MSG_OFFER_MAX 512 /* records of one heal_offer */
#define MSG_HEAL_MAX 64   /* of one heal_put */
#define MSG_LINKS_MAX 256 /* links of one chain_get */
#define MSG_JOIN_LINKS 3
#define MSG_LINK_MAX 13312 /* 13 KiB */
#define MSG_PACKET_MAX 16384
#define MSG_PULL_BYTES 1000000
#define MSG_PULL_ENTRIES 1024
#define MSG_INVITES_MAX 256
#define MSG_PROGRAM_MAX 64
#define MSG_CHAINS_MAX 1024 /* of one chain_list */
#define MSG_SLOTS 8         /* of a mailbox */
#define MSG_SLOT_MAX 16384
#define MSG_WAIT_MS 25000 /* the longest a mailbox_get is held */

/* Who may: bit n is role n of the clinic chain, bit 0 a guest, bit 7 the paper device of a member of any role. */
#define MSG_MAY_GUEST (1u << 0)
#define MSG_MAY_THERAPIST (1u << 2)
#define MSG_MAY_ADMIN (1u << 5)
#define MSG_MAY_MEMBER 0x7eu
#define MSG_MAY_PAPER (1u << 7)
#define MSG_MAY_ANYONE (MSG_MAY_GUEST | MSG_MAY_MEMBER)

enum msg_effect { MSG_READ, MSG_WRITE };

enum msg_op {
#define OP(NAME, name, number, body, effect, who) MSG_OP_##NAME = number,
#include "ops.def"
#undef OP
	MSG_OP_END
};

struct msg_row {
	const char *name;
	uint32_t op;
	size_t body_max;
	enum msg_effect effect;
	uint32_t who;
};

/* The row of a request, NULL for a number that is not in the table. Static. */
const struct msg_row *msg_row(uint64_t op);

struct msg_bytes {
	const uint8_t *data;
	size_t len;
};

/* --- requests, as the server sees them --- */

struct msg_request {
	bool has_id; /* also after an error: there is somebody to answer */
	uint32_t id;
	const struct msg_row *row;
	struct mp_doc *doc;
	struct mp_cur args; /* for msg_get_NAME */
};

/* Opens the body of a frame: reads id and op, compares the length with the op's limit, and only then scans and decodes.
 * ERR_OP, ERR_TOO_BIG, ERR_SHAPE, mp_open's errors; then doc is NULL and only has_id and id are meaningful. */
int msg_request_open(const void *body, size_t len, struct msg_request *out);
/* Legal after an error and on a zeroed request. */
void msg_request_close(struct msg_request *r);

/* --- responses and events, as the device sees them --- */

enum msg_topic { MSG_TOPIC_FEED = 1, MSG_TOPIC_CHAIN = 2 };

struct msg_reply {
	bool is_event;
	uint32_t id;     /* of a response */
	uint16_t status; /* of a response */
	int err;         /* err_from_status(status) */
	uint32_t topic;  /* of an event; any number: unknown topics are passed over */
	struct mp_doc *doc;
	struct mp_cur body; /* for msg_get_NAME_reply or msg_get_*_event; of a refusal: empty or msg_get_head */
};

/* ERR_SHAPE, mp_open's errors; then doc is NULL. */
int msg_reply_open(const void *body, size_t len, struct msg_reply *out);
void msg_reply_close(struct msg_reply *r);

/* --- writing: the frame's body, without header; errors stick to `out` --- */

void msg_put_request(struct buf *out, uint32_t id, enum msg_op op, uint32_t n_args);
void msg_put_response(struct buf *out, uint32_t id, uint16_t status, uint32_t n_body);
void msg_put_event(struct buf *out, enum msg_topic topic, uint32_t n_body);
/* A refusal with an empty body: status is err_to_status(err). Returns buf_err. */
int msg_put_refusal(struct buf *out, uint32_t id, int err);

#endif
