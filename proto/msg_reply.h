/* msg_reply: the body of every successful response and of events, encoded by the server and decoded by the device, from
 * the same table of shapes as requests. msg_put_NAME_reply appends a whole response with status 0 (a frame's body) and
 * returns buf_err, ERR_RANGE or ERR_SHAPE (nothing is appended then). msg_get_NAME_reply reads struct msg_reply's body:
 * ERR_SHAPE. Decoded pointers borrow from the frame. Source: docs/PROTOCOL.md section 9. */
#ifndef KAP_PROTO_MSG_REPLY_H
#define KAP_PROTO_MSG_REPLY_H

#include "msg_request.h"

struct msg_hello_reply {
	uint64_t version;
	const uint8_t *clinic;     /* 32, NULL before the founding */
	const uint8_t *generation; /* 16 */
	const uint8_t *pid;        /* 16, NULL for a guest */
	uint64_t role;             /* 0 guest, 1..6 */
	uint64_t time_ms;
	uint64_t frame_max, in_flight, push_max, payload_max;
};

/* Where a chain ends. Reply of chain_put, heal_link, invite_put and join, and the body of a refusal with CHAIN_BEHIND.
 */
struct msg_head {
	uint64_t seq;
	const uint8_t *hash; /* 32 */
};

struct msg_chain_get_reply {
	struct msg_head head;
	uint32_t n; /* 0..MSG_LINKS_MAX */
	struct msg_bytes links[MSG_LINKS_MAX];
};

struct msg_invite_get_reply {
	struct msg_bytes packet;
	bool has_head;        /* false before the founding */
	struct msg_head head; /* of the clinic chain */
};

struct msg_push_reply {
	uint64_t accepted;        /* 0..MSG_PUSH_MAX: durable */
	struct msg_bytes receipt; /* data NULL when nothing was accepted */
	const uint8_t *signature; /* 64, NULL likewise */
	uint64_t stop;            /* status of the first record refused, 0 none */
};

struct msg_watch_reply {
	uint64_t seq;
	const uint8_t *head; /* 32 */
};

struct msg_invite_state {
	const uint8_t *invite; /* 16 */
	uint64_t state;        /* 1 open, 2 used, 3 expired */
	uint64_t used_ms;      /* 0 unless used */
	uint64_t refusals;
};

struct msg_status_reply {
	uint64_t feed_seq, records, bytes;
	uint32_t n; /* 0..MSG_INVITES_MAX */
	struct msg_invite_state invites[MSG_INVITES_MAX];
};

struct msg_blob_put_reply {
	uint64_t present; /* parts there now */
};

struct msg_blob_get_reply {
	struct msg_bytes bytes;
};

struct msg_blob_stat_reply {
	uint64_t len;
	struct msg_bytes bitmap; /* blob_bitmap_is_valid is the reader's to ask */
};

struct msg_heal_offer_reply {
	struct msg_bytes bitmap; /* bit n mod 8, from the lowest, of byte n / 8: record n is wanted */
};

struct msg_heal_put_reply {
	uint64_t accepted; /* 0..MSG_HEAL_MAX: durable */
	uint64_t stop;     /* status of the first record refused, 0 none */
};

struct msg_fetch_reply {
	uint32_t n; /* 0..MSG_FETCH_MAX: the first n of those asked for */
	struct msg_item items[MSG_FETCH_MAX];
};

struct msg_pull_entry {
	uint64_t seq;
	uint64_t event;       /* enum feed_event */
	const uint8_t *rid;   /* 32 */
	struct msg_item item; /* data NULL where absent */
};

struct msg_pull_reply {
	uint32_t n;            /* 0..MSG_PULL_ENTRIES */
	struct mp_cur entries; /* for msg_next_entry */
	bool more;
	struct msg_bytes feed_head; /* feed_statement_open */
	const uint8_t *signature;   /* 64 */
};

struct msg_chain_entry {
	const uint8_t *chain; /* 32 */
	uint64_t seq;
	const uint8_t *hash; /* 32, of the link at seq, which is the last */
};

struct msg_chain_list_reply {
	uint32_t n;                                    /* 0..MSG_CHAINS_MAX */
	struct msg_chain_entry chains[MSG_CHAINS_MAX]; /* ascending by chain */
	bool more;                                     /* ask again, after the last of these */
};

struct msg_mailbox_put_reply {
	char none;
};

struct msg_mailbox_get_reply {
	struct msg_bytes bytes; /* 1..MSG_SLOT_MAX */
};

#define MSG_REPLY(name, type)                                                                                          \
	int msg_put_##name##_reply(struct buf *out, uint32_t id, const struct type *m);                                    \
	int msg_get_##name##_reply(struct mp_cur *body, struct type *m);
MSG_REPLY(hello, msg_hello_reply)
MSG_REPLY(chain_get, msg_chain_get_reply)
MSG_REPLY(chain_put, msg_head)
MSG_REPLY(invite_put, msg_head)
MSG_REPLY(invite_get, msg_invite_get_reply)
MSG_REPLY(join, msg_head)
MSG_REPLY(push, msg_push_reply)
MSG_REPLY(fetch, msg_fetch_reply)
MSG_REPLY(watch, msg_watch_reply)
MSG_REPLY(status, msg_status_reply)
MSG_REPLY(chain_list, msg_chain_list_reply)
MSG_REPLY(mailbox_put, msg_mailbox_put_reply)
MSG_REPLY(mailbox_get, msg_mailbox_get_reply)
MSG_REPLY(blob_put, msg_blob_put_reply)
MSG_REPLY(blob_get, msg_blob_get_reply)
MSG_REPLY(blob_stat, msg_blob_stat_reply)
MSG_REPLY(heal_offer, msg_heal_offer_reply)
MSG_REPLY(heal_put, msg_heal_put_reply)
MSG_REPLY(heal_link, msg_head)
#undef MSG_REPLY

int msg_get_pull_reply(struct mp_cur *body, struct msg_pull_reply *m);
/* 0 and the next entry; ERR_MORE (a fine end) after the last; ERR_SHAPE. */
int msg_next_entry(struct msg_pull_reply *m, struct msg_pull_entry *entry);

/* CHAIN_BEHIND: the refusal and its body. */
int msg_put_behind(struct buf *out, uint32_t id, const struct msg_head *head);
int msg_get_head(struct mp_cur *body, struct msg_head *head);

/* --- responses whose list is written while it is being found; `out` may not be touched between begin and end --- */

struct msg_list {
	struct buf *out;
	size_t start, at; /* where the response and its list's header begin */
	uint32_t count, max;
	int err; /* sticky: of an element that may not be written, or of `out` */
};

void msg_begin_pull_reply(struct msg_list *l, struct buf *out, uint32_t id);
/* ERR_RANGE when the list is full (nothing is written; the list can still be ended), or for what may not be written (it
 * cannot). The same for the other two. */
int msg_add_pull_entry(struct msg_list *l, const struct msg_pull_entry *entry);
/* `more`, feed head and signature of `tail` are used. On error everything since begin is taken back out. */
int msg_end_pull_reply(struct msg_list *l, const struct msg_pull_reply *tail);

void msg_begin_fetch_reply(struct msg_list *l, struct buf *out, uint32_t id);
int msg_add_fetch_item(struct msg_list *l, const struct msg_item *item);
int msg_end_fetch_reply(struct msg_list *l);

void msg_begin_chain_get_reply(struct msg_list *l, struct buf *out, uint32_t id, const struct msg_head *head);
int msg_add_chain_link(struct msg_list *l, const struct msg_bytes *link);
int msg_end_chain_get_reply(struct msg_list *l);

/* --- events --- */

struct msg_feed_event {
	const uint8_t *generation; /* 16 */
	uint64_t seq;
	const uint8_t *head; /* 32 */
};

int msg_put_feed_event(struct buf *out, const struct msg_feed_event *e);
int msg_get_feed_event(struct mp_cur *body, struct msg_feed_event *e);
int msg_put_chain_event(struct buf *out, const struct msg_head *head);
int msg_get_chain_event(struct mp_cur *body, struct msg_head *head);

#endif
