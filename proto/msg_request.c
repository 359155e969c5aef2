/* msg_request: the rows that describe every request's arguments. See msg_request.h. */
#include "msg_request.h"

#include "blob.h"
#include "buf.h"
#include "err.h"
#include "msg_shape.h"
#include "record.h"

#define VERSION_MAX 65535

static const struct msg_member link_rows[] = {{MSG_T_BYTES, .offset = 0, .min = 1, .max = MSG_LINK_MAX}};
MSG_BARE(link_shape, link_rows);
static const struct msg_member rid_rows[] = {{MSG_T_FIXED, .offset = 0, .max = RECORD_RID}};
MSG_BARE(rid_shape, rid_rows);
static const struct msg_member item_rows[] = {
    MSG_BYTES(msg_item, record, 1, RECORD_MAX),
    MSG_BYTES(msg_item, payload, 0, RECORD_PAYLOAD_MAX),
};
MSG_SHAPE(item_shape, item_rows);

static const struct msg_member hello_rows[] = {
    MSG_NUMBER(msg_hello, lowest, 1, VERSION_MAX),
    MSG_NUMBER(msg_hello, highest, 1, VERSION_MAX),
    {MSG_T_TEXT, MSG_AT(msg_hello, program), .min = 1, .max = MSG_PROGRAM_MAX},
};
MSG_SHAPE(hello_shape, hello_rows);

static const struct msg_member chain_get_rows[] = {
    MSG_FIXED(msg_chain_get, chain, 32),
    MSG_NUMBER(msg_chain_get, from, 0, MP_NUMBER_MAX),
    MSG_NUMBER(msg_chain_get, count, 1, MSG_LINKS_MAX),
};
MSG_SHAPE(chain_get_shape, chain_get_rows);

static const struct msg_member chain_put_rows[] = {
    MSG_FIXED(msg_chain_put, chain, 32),
    MSG_BYTES(msg_chain_put, link, 1, MSG_LINK_MAX),
};
MSG_SHAPE(chain_put_shape, chain_put_rows);

static const struct msg_member invite_put_rows[] = {
    MSG_FIXED(msg_invite_put, invite, 16),
    MSG_BYTES(msg_invite_put, packet, 1, MSG_PACKET_MAX),
    MSG_BYTES(msg_invite_put, link, 1, MSG_LINK_MAX),
};
MSG_SHAPE(invite_put_shape, invite_put_rows);

static const struct msg_member invite_get_rows[] = {MSG_FIXED(msg_invite_get, invite, 16)};
MSG_SHAPE(invite_get_shape, invite_get_rows);

static const struct msg_member join_rows[] = {
    MSG_FIXED(msg_join, invite, 16),
    MSG_BYTES(msg_join, genesis, 1, MSG_LINK_MAX),
    MSG_LIST(msg_join, links, n_links, 1, MSG_JOIN_LINKS, link_shape),
};
MSG_SHAPE(join_shape, join_rows);

static const struct msg_member push_rows[] = {MSG_LIST(msg_push, items, n, 1, MSG_PUSH_MAX, item_shape)};
MSG_SHAPE(push_shape, push_rows);

static const struct msg_member pull_rows[] = {
    MSG_FIXED(msg_pull, generation, 16),
    MSG_NUMBER(msg_pull, seq, 0, MP_NUMBER_MAX),
    MSG_FIXED(msg_pull, head, 32),
    MSG_NUMBER(msg_pull, bytes, 1, MSG_PULL_BYTES),
};
MSG_SHAPE(pull_shape, pull_rows);

static const struct msg_member fetch_rows[] = {MSG_LIST(msg_fetch, rids, n, 1, MSG_FETCH_MAX, rid_shape)};
MSG_SHAPE(fetch_shape, fetch_rows);

static const struct msg_member chain_list_rows[] = {
    {MSG_T_FIXED_NIL, MSG_AT(msg_chain_list, after), .max = 32},
};
MSG_SHAPE(chain_list_shape, chain_list_rows);

static const struct msg_member mailbox_put_rows[] = {
    MSG_FIXED(msg_mailbox_put, box, 16),
    MSG_NUMBER(msg_mailbox_put, slot, 0, MSG_SLOTS - 1),
    MSG_BYTES(msg_mailbox_put, bytes, 1, MSG_SLOT_MAX),
};
MSG_SHAPE(mailbox_put_shape, mailbox_put_rows);

static const struct msg_member mailbox_get_rows[] = {
    MSG_FIXED(msg_mailbox_get, box, 16),
    MSG_NUMBER(msg_mailbox_get, slot, 0, MSG_SLOTS - 1),
    MSG_NUMBER(msg_mailbox_get, wait_ms, 0, MSG_WAIT_MS),
};
MSG_SHAPE(mailbox_get_shape, mailbox_get_rows);
static const struct msg_member blob_put_rows[] = {
    MSG_FIXED(msg_blob_put, blob, BLOB_ID),
    MSG_NUMBER(msg_blob_put, len, BLOB_LEN_MIN, BLOB_LEN_MAX),
    MSG_NUMBER(msg_blob_put, part, 0, BLOB_PARTS_MAX - 1),
    MSG_BYTES(msg_blob_put, bytes, 1, BLOB_PART),
};
MSG_SHAPE(blob_put_shape, blob_put_rows);

static const struct msg_member blob_get_rows[] = {
    MSG_FIXED(msg_blob_get, blob, BLOB_ID),
    MSG_NUMBER(msg_blob_get, part, 0, BLOB_PARTS_MAX - 1),
};
MSG_SHAPE(blob_get_shape, blob_get_rows);

static const struct msg_member blob_stat_rows[] = {MSG_FIXED(msg_blob_stat, blob, BLOB_ID)};
MSG_SHAPE(blob_stat_shape, blob_stat_rows);

static const struct msg_member heal_offer_rows[] = {
    MSG_LIST(msg_heal_offer, rids, n, 1, MSG_OFFER_MAX, rid_shape),
};
MSG_SHAPE(heal_offer_shape, heal_offer_rows);

static const struct msg_member healed_rows[] = {
    MSG_BYTES(msg_item, record, 1, RECORD_MAX),
    {MSG_T_BYTES_NIL, MSG_AT(msg_item, payload), .min = 0, .max = RECORD_PAYLOAD_MAX},
};
MSG_SHAPE(healed_shape, healed_rows);
static const struct msg_member heal_put_rows[] = {MSG_LIST(msg_heal_put, items, n, 1, MSG_HEAL_MAX, healed_shape)};
MSG_SHAPE(heal_put_shape, heal_put_rows);

static const struct msg_member heal_link_rows[] = {
    MSG_FIXED(msg_heal_link, chain, 32),
    MSG_BYTES(msg_heal_link, link, 1, MSG_LINK_MAX),
};
MSG_SHAPE(heal_link_shape, heal_link_rows);

static const struct msg_shape watch_shape = {0}, status_shape = {0};

static int put(struct buf *out, uint32_t id, enum msg_op op, const struct msg_shape *s, const void *m)
{
	size_t start = out->len;
	int err;

	if (id == 0)
		return ERR_RANGE;
	msg_put_request(out, id, op, s->n);
	err = msg_shape_put(s, m, out);
	if (!err)
		err = buf_err(out);
	if (!err && out->len - start > msg_row(op)->body_max)
		err = ERR_TOO_BIG;
	if (err)
		buf_truncate(out, start);
	return err;
}

static int get(struct mp_cur *args, const struct msg_shape *s, void *m)
{
	msg_shape_get(s, m, args);
	return mp_done(args);
}

#define OP(NAME, name, number, body, effect, who)                                                                      \
	int msg_put_##name(struct buf *out, uint32_t id, const struct msg_##name *m)                                       \
	{                                                                                                                  \
		return put(out, id, MSG_OP_##NAME, &name##_shape, m);                                                          \
	}                                                                                                                  \
	int msg_get_##name(struct mp_cur *args, struct msg_##name *m)                                                      \
	{                                                                                                                  \
		return get(args, &name##_shape, m);                                                                            \
	}
#include "ops.def"
#undef OP
