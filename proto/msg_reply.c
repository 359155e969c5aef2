/* msg_reply: the rows that describe every successful response's body and the events'; lists that are written while they
 * are found. See msg_reply.h. */
#include "msg_reply.h"

#include <string.h>

#include "blob.h"
#include "buf.h"
#include "err.h"
#include "feed.h"
#include "msg_shape.h"
#include "record.h"

#define ROLES 6
#define SIG 64
#define SIZE_LIMIT ((uint64_t)1 << 32)

static const struct msg_member limit_rows[] = {
    MSG_NUMBER(msg_hello_reply, frame_max, 1, SIZE_LIMIT),
    MSG_NUMBER(msg_hello_reply, in_flight, 1, SIZE_LIMIT),
    MSG_NUMBER(msg_hello_reply, push_max, 1, SIZE_LIMIT),
    MSG_NUMBER(msg_hello_reply, payload_max, 1, SIZE_LIMIT),
};
MSG_SHAPE(limit_shape, limit_rows);
static const struct msg_member hello_rows[] = {
    MSG_NUMBER(msg_hello_reply, version, 1, UINT16_MAX),
    {MSG_T_FIXED_NIL, MSG_AT(msg_hello_reply, clinic), .max = 32},
    MSG_FIXED(msg_hello_reply, generation, FEED_GENERATION),
    {MSG_T_FIXED_NIL, MSG_AT(msg_hello_reply, pid), .max = RECORD_PID},
    MSG_NUMBER(msg_hello_reply, role, 0, ROLES),
    MSG_NUMBER(msg_hello_reply, time_ms, 0, MP_NUMBER_MAX),
    {MSG_T_NESTED, .of = &limit_shape},
};
MSG_SHAPE(hello_reply_shape, hello_rows);

static const struct msg_member head_rows[] = {
    MSG_NUMBER(msg_head, seq, 0, MP_NUMBER_MAX),
    MSG_FIXED(msg_head, hash, 32),
};
MSG_SHAPE(head_shape, head_rows);

static const struct msg_member link_rows[] = {{MSG_T_BYTES, .offset = 0, .min = 1, .max = MSG_LINK_MAX}};
MSG_BARE(link_shape, link_rows);
static const struct msg_member chain_get_rows[] = {
    MSG_NUMBER(msg_chain_get_reply, head.seq, 0, MP_NUMBER_MAX),
    MSG_FIXED(msg_chain_get_reply, head.hash, 32),
    MSG_LIST(msg_chain_get_reply, links, n, 0, MSG_LINKS_MAX, link_shape),
};
MSG_SHAPE(chain_get_reply_shape, chain_get_rows);

static const struct msg_member invite_head_rows[] = {
    MSG_NUMBER(msg_invite_get_reply, head.seq, 0, MP_NUMBER_MAX),
    MSG_FIXED(msg_invite_get_reply, head.hash, 32),
};
MSG_SHAPE(invite_head_shape, invite_head_rows);
static const struct msg_member invite_get_rows[] = {
    MSG_BYTES(msg_invite_get_reply, packet, 1, MSG_PACKET_MAX),
    {MSG_T_MAYBE, .of = &invite_head_shape, .count = offsetof(struct msg_invite_get_reply, has_head)},
};
MSG_SHAPE(invite_get_reply_shape, invite_get_rows);

static const struct msg_member push_rows[] = {
    MSG_NUMBER(msg_push_reply, accepted, 0, MSG_PUSH_MAX),
    {MSG_T_BYTES_NIL, MSG_AT(msg_push_reply, receipt), .min = 1, .max = FEED_RECEIPT_MAX},
    {MSG_T_FIXED_NIL, MSG_AT(msg_push_reply, signature), .max = SIG},
    MSG_NUMBER(msg_push_reply, stop, 0, UINT16_MAX),
};
MSG_SHAPE(push_reply_shape, push_rows);

static const struct msg_member item_rows[] = {
    {MSG_T_BYTES_NIL, MSG_AT(msg_item, record), .min = 1, .max = RECORD_MAX},
    {MSG_T_BYTES_NIL, MSG_AT(msg_item, payload), .min = 0, .max = RECORD_PAYLOAD_MAX},
};
MSG_SHAPE(item_shape, item_rows);
static const struct msg_member fetch_rows[] = {MSG_LIST(msg_fetch_reply, items, n, 0, MSG_FETCH_MAX, item_shape)};
MSG_SHAPE(fetch_reply_shape, fetch_rows);

static const struct msg_member watch_rows[] = {
    MSG_NUMBER(msg_watch_reply, seq, 0, MP_NUMBER_MAX),
    MSG_FIXED(msg_watch_reply, head, FEED_HEAD),
};
MSG_SHAPE(watch_reply_shape, watch_rows);

static const struct msg_member invite_state_rows[] = {
    MSG_FIXED(msg_invite_state, invite, 16),
    MSG_NUMBER(msg_invite_state, state, 1, 3),
    MSG_NUMBER(msg_invite_state, used_ms, 0, MP_NUMBER_MAX),
    MSG_NUMBER(msg_invite_state, refusals, 0, MP_NUMBER_MAX),
};
MSG_SHAPE(invite_state_shape, invite_state_rows);
static const struct msg_member status_rows[] = {
    MSG_NUMBER(msg_status_reply, feed_seq, 0, MP_NUMBER_MAX),
    MSG_NUMBER(msg_status_reply, records, 0, MP_NUMBER_MAX),
    MSG_NUMBER(msg_status_reply, bytes, 0, MP_NUMBER_MAX),
    MSG_LIST(msg_status_reply, invites, n, 0, MSG_INVITES_MAX, invite_state_shape),
};
MSG_SHAPE(status_reply_shape, status_rows);

static const struct msg_member chain_entry_rows[] = {
    MSG_FIXED(msg_chain_entry, chain, 32),
    MSG_NUMBER(msg_chain_entry, seq, 0, MP_NUMBER_MAX),
    MSG_FIXED(msg_chain_entry, hash, 32),
};
MSG_SHAPE(chain_entry_shape, chain_entry_rows);
static const struct msg_member chain_list_rows[] = {
    MSG_LIST(msg_chain_list_reply, chains, n, 0, MSG_CHAINS_MAX, chain_entry_shape),
    {MSG_T_BOOL, MSG_AT(msg_chain_list_reply, more)},
};
MSG_SHAPE(chain_list_reply_shape, chain_list_rows);

static const struct msg_shape mailbox_put_reply_shape = {0};
static const struct msg_member mailbox_get_rows[] = {MSG_BYTES(msg_mailbox_get_reply, bytes, 1, MSG_SLOT_MAX)};
MSG_SHAPE(mailbox_get_reply_shape, mailbox_get_rows);
static const struct msg_member blob_put_rows[] = {MSG_NUMBER(msg_blob_put_reply, present, 1, BLOB_PARTS_MAX)};
MSG_SHAPE(blob_put_reply_shape, blob_put_rows);
static const struct msg_member blob_get_rows[] = {MSG_BYTES(msg_blob_get_reply, bytes, 1, BLOB_PART)};
MSG_SHAPE(blob_get_reply_shape, blob_get_rows);
static const struct msg_member blob_stat_rows[] = {
    MSG_NUMBER(msg_blob_stat_reply, len, BLOB_LEN_MIN, BLOB_LEN_MAX),
    MSG_BYTES(msg_blob_stat_reply, bitmap, 1, BLOB_BITMAP_MAX),
};
MSG_SHAPE(blob_stat_reply_shape, blob_stat_rows);

static const struct msg_member heal_offer_rows[] = {
    MSG_BYTES(msg_heal_offer_reply, bitmap, 1, MSG_OFFER_MAX / 8),
};
MSG_SHAPE(heal_offer_reply_shape, heal_offer_rows);
static const struct msg_member heal_put_rows[] = {
    MSG_NUMBER(msg_heal_put_reply, accepted, 0, MSG_HEAL_MAX),
    MSG_NUMBER(msg_heal_put_reply, stop, 0, UINT16_MAX),
};
MSG_SHAPE(heal_put_reply_shape, heal_put_rows);

static const struct msg_member entry_rows[] = {
    MSG_NUMBER(msg_pull_entry, seq, 1, MP_NUMBER_MAX),
    MSG_NUMBER(msg_pull_entry, event, 1, UINT8_MAX),
    MSG_FIXED(msg_pull_entry, rid, RECORD_RID),
    {MSG_T_BYTES_NIL, MSG_AT(msg_pull_entry, item.record), .min = 1, .max = RECORD_MAX},
    {MSG_T_BYTES_NIL, MSG_AT(msg_pull_entry, item.payload), .min = 0, .max = RECORD_PAYLOAD_MAX},
};
MSG_SHAPE(entry_shape, entry_rows);
static const struct msg_member pull_tail_rows[] = {
    MSG_BYTES(msg_pull_reply, feed_head, 1, FEED_STATEMENT_MAX),
    MSG_FIXED(msg_pull_reply, signature, SIG),
};
MSG_SHAPE(pull_tail_shape, pull_tail_rows);

static const struct msg_member feed_event_rows[] = {
    MSG_FIXED(msg_feed_event, generation, FEED_GENERATION),
    MSG_NUMBER(msg_feed_event, seq, 0, MP_NUMBER_MAX),
    MSG_FIXED(msg_feed_event, head, FEED_HEAD),
};
MSG_SHAPE(feed_event_shape, feed_event_rows);

/* Behind an envelope that was just written at `start`. */
static int put_body(struct buf *out, size_t start, const struct msg_shape *s, const void *m)
{
	int err = msg_shape_put(s, m, out);

	if (!err)
		err = buf_err(out);
	if (err)
		buf_truncate(out, start);
	return err;
}

static int put_reply(struct buf *out, uint32_t id, const struct msg_shape *s, const void *m)
{
	size_t start = out->len;

	msg_put_response(out, id, 0, s->n);
	return put_body(out, start, s, m);
}

static int get_body(struct mp_cur *body, const struct msg_shape *s, void *m)
{
	msg_shape_get(s, m, body);
	return mp_done(body);
}

#define MSG_REPLY(name, type, shape)                                                                                   \
	int msg_put_##name##_reply(struct buf *out, uint32_t id, const struct type *m)                                     \
	{                                                                                                                  \
		return put_reply(out, id, &shape, m);                                                                          \
	}                                                                                                                  \
	int msg_get_##name##_reply(struct mp_cur *body, struct type *m)                                                    \
	{                                                                                                                  \
		return get_body(body, &shape, m);                                                                              \
	}
MSG_REPLY(hello, msg_hello_reply, hello_reply_shape)
MSG_REPLY(chain_get, msg_chain_get_reply, chain_get_reply_shape)
MSG_REPLY(chain_put, msg_head, head_shape)
MSG_REPLY(invite_put, msg_head, head_shape)
MSG_REPLY(invite_get, msg_invite_get_reply, invite_get_reply_shape)
MSG_REPLY(join, msg_head, head_shape)
MSG_REPLY(push, msg_push_reply, push_reply_shape)
MSG_REPLY(fetch, msg_fetch_reply, fetch_reply_shape)
MSG_REPLY(watch, msg_watch_reply, watch_reply_shape)
MSG_REPLY(status, msg_status_reply, status_reply_shape)
MSG_REPLY(chain_list, msg_chain_list_reply, chain_list_reply_shape)
MSG_REPLY(mailbox_put, msg_mailbox_put_reply, mailbox_put_reply_shape)
MSG_REPLY(mailbox_get, msg_mailbox_get_reply, mailbox_get_reply_shape)
MSG_REPLY(blob_put, msg_blob_put_reply, blob_put_reply_shape)
MSG_REPLY(blob_get, msg_blob_get_reply, blob_get_reply_shape)
MSG_REPLY(blob_stat, msg_blob_stat_reply, blob_stat_reply_shape)
MSG_REPLY(heal_offer, msg_heal_offer_reply, heal_offer_reply_shape)
MSG_REPLY(heal_put, msg_heal_put_reply, heal_put_reply_shape)
MSG_REPLY(heal_link, msg_head, head_shape)

int msg_get_pull_reply(struct mp_cur *body, struct msg_pull_reply *m)
{
	m->entries = mp_enter(body, 0, MSG_PULL_ENTRIES);
	m->n = mp_left(&m->entries);
	m->more = mp_bool(body);
	return get_body(body, &pull_tail_shape, m);
}

int msg_next_entry(struct msg_pull_reply *m, struct msg_pull_entry *entry)
{
	struct mp_cur inside;

	if (mp_done(&m->entries) == 0)
		return ERR_MORE;
	inside = mp_enter(&m->entries, entry_shape.n, entry_shape.n);
	msg_shape_get(&entry_shape, entry, &inside);
	mp_leave(&m->entries, &inside);
	return mp_err(&m->entries);
}

int msg_put_behind(struct buf *out, uint32_t id, const struct msg_head *head)
{
	size_t start = out->len;

	msg_put_response(out, id, err_to_status(ERR_CHAIN_BEHIND), head_shape.n);
	return put_body(out, start, &head_shape, head);
}

int msg_get_head(struct mp_cur *body, struct msg_head *head)
{
	return get_body(body, &head_shape, head);
}

int msg_put_feed_event(struct buf *out, const struct msg_feed_event *e)
{
	size_t start = out->len;

	msg_put_event(out, MSG_TOPIC_FEED, feed_event_shape.n);
	return put_body(out, start, &feed_event_shape, e);
}

int msg_get_feed_event(struct mp_cur *body, struct msg_feed_event *e)
{
	return get_body(body, &feed_event_shape, e);
}

int msg_put_chain_event(struct buf *out, const struct msg_head *head)
{
	size_t start = out->len;

	msg_put_event(out, MSG_TOPIC_CHAIN, head_shape.n);
	return put_body(out, start, &head_shape, head);
}

int msg_get_chain_event(struct mp_cur *body, struct msg_head *head)
{
	return get_body(body, &head_shape, head);
}

/* --- lists that are written while they are found --- */

#define LONG_HEADER 3 /* of an array of 16 to 65,535 elements */

/* Room for the header of a list of unknown length. */
static void begin_list(struct msg_list *l, uint32_t max)
{
	l->at = l->out->len;
	l->count = 0;
	l->max = max;
	mp_put_array(l->out, UINT16_MAX);
}

/* The header in its shortest form; what follows a short one moves down. */
static void end_list(struct msg_list *l)
{
	uint8_t *header = l->out->data + l->at;
	size_t rest = l->out->len - l->at - LONG_HEADER;

	if (l->count > 15) {
		header[1] = (uint8_t)(l->count >> 8);
		header[2] = (uint8_t)l->count;
		return;
	}
	header[0] = (uint8_t)(0x90 | l->count);
	memmove(header + 1, header + LONG_HEADER, rest);
	buf_truncate(l->out, l->at + 1 + rest);
}

static int add_to_list(struct msg_list *l, const struct msg_shape *s, const void *m)
{
	if (l->err)
		return l->err;
	if (l->count == l->max)
		return ERR_RANGE;
	if (!s->bare)
		mp_put_array(l->out, s->n);
	l->err = msg_shape_put(s, m, l->out);
	if (!l->err)
		l->err = buf_err(l->out);
	l->count++;
	return l->err;
}

static int finish(struct msg_list *l)
{
	if (!l->err)
		l->err = buf_err(l->out);
	if (!l->err)
		end_list(l);
	else
		buf_truncate(l->out, l->start);
	return l->err;
}

void msg_begin_pull_reply(struct msg_list *l, struct buf *out, uint32_t id)
{
	*l = (struct msg_list){.out = out, .start = out->len};
	msg_put_response(out, id, 0, 2 + pull_tail_shape.n);
	begin_list(l, MSG_PULL_ENTRIES);
}

int msg_add_pull_entry(struct msg_list *l, const struct msg_pull_entry *entry)
{
	return add_to_list(l, &entry_shape, entry);
}

int msg_end_pull_reply(struct msg_list *l, const struct msg_pull_reply *tail)
{
	mp_put_bool(l->out, tail->more);
	if (!l->err)
		l->err = msg_shape_put(&pull_tail_shape, tail, l->out);
	return finish(l);
}

void msg_begin_fetch_reply(struct msg_list *l, struct buf *out, uint32_t id)
{
	*l = (struct msg_list){.out = out, .start = out->len};
	msg_put_response(out, id, 0, fetch_reply_shape.n);
	begin_list(l, MSG_FETCH_MAX);
}

int msg_add_fetch_item(struct msg_list *l, const struct msg_item *item)
{
	return add_to_list(l, &item_shape, item);
}

int msg_end_fetch_reply(struct msg_list *l)
{
	return finish(l);
}

void msg_begin_chain_get_reply(struct msg_list *l, struct buf *out, uint32_t id, const struct msg_head *head)
{
	*l = (struct msg_list){.out = out, .start = out->len};
	msg_put_response(out, id, 0, head_shape.n + 1);
	l->err = msg_shape_put(&head_shape, head, out);
	begin_list(l, MSG_LINKS_MAX);
}

int msg_add_chain_link(struct msg_list *l, const struct msg_bytes *link)
{
	return add_to_list(l, &link_shape, link);
}

int msg_end_chain_get_reply(struct msg_list *l)
{
	return finish(l);
}
