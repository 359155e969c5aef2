/* msg: the envelope and the table of requests. See msg.h. */
#include "msg.h"

#include "buf.h"
#include "err.h"

enum { REQUEST, RESPONSE, EVENT };

static const struct msg_row rows[] = {
#define OP(NAME, name, number, body, effect, who) {#name, number, body, effect, who},
#include "ops.def"
#undef OP
};

const struct msg_row *msg_row(uint64_t op)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].op == op)
			return &rows[i];
	return NULL;
}

/* An unsigned integer at `*at`, in any form: the scan that follows refuses the long ones. */
static bool peek_number(const uint8_t *bytes, size_t len, size_t *at, uint64_t *v)
{
	size_t width;

	if (*at >= len)
		return false;
	*v = bytes[(*at)++];
	if (*v < 0x80)
		return true;
	if (*v < 0xcc || *v > 0xcf)
		return false;
	width = (size_t)1 << (*v - 0xcc);
	if (len - *at < width)
		return false;
	for (*v = 0; width > 0; width--)
		*v = *v << 8 | bytes[(*at)++];
	return true;
}

/* What can be learnt from the first bytes alone: the id, and the row of the op. */
static int peek_head(const uint8_t *bytes, size_t len, struct msg_request *out)
{
	uint64_t type, id, op;
	size_t at = 1;

	if (len == 0 || bytes[0] != 0x94 || !peek_number(bytes, len, &at, &type) || type != REQUEST ||
	    !peek_number(bytes, len, &at, &id) || id == 0 || id > UINT32_MAX)
		return ERR_SHAPE;
	out->has_id = true;
	out->id = (uint32_t)id;
	if (!peek_number(bytes, len, &at, &op))
		return ERR_SHAPE;
	out->row = msg_row(op);
	return out->row ? 0 : ERR_OP;
}

int msg_request_open(const void *body, size_t len, struct msg_request *out)
{
	struct mp_cur root;
	int err, form;

	*out = (struct msg_request){0};
	err = peek_head(body, len, out);
	if (err) {
		form = mp_scan(body, len);
		return form ? form : err;
	}
	if (len > out->row->body_max)
		return ERR_TOO_BIG;
	err = mp_open(body, len, &out->doc, &root);
	if (err)
		return err;
	mp_skip(&root);
	mp_skip(&root);
	mp_skip(&root);
	out->args = mp_enter(&root, 0, MP_ITEMS_MAX);
	err = mp_done(&root);
	if (err)
		msg_request_close(out);
	return err;
}

void msg_request_close(struct msg_request *r)
{
	mp_close(r->doc);
	r->doc = NULL;
	r->args = (struct mp_cur){.err = ERR_SHAPE};
}

int msg_reply_open(const void *body, size_t len, struct msg_reply *out)
{
	struct mp_cur root;
	int err;

	*out = (struct msg_reply){0};
	err = mp_open(body, len, &out->doc, &root);
	if (err)
		return err;
	out->is_event = mp_u64(&root, RESPONSE, EVENT) == EVENT;
	if (out->is_event) {
		out->topic = (uint32_t)mp_u64(&root, 1, UINT32_MAX);
	} else {
		out->id = (uint32_t)mp_u64(&root, 1, UINT32_MAX);
		out->status = (uint16_t)mp_u64(&root, 0, UINT16_MAX);
		out->err = err_from_status(out->status);
	}
	out->body = mp_enter(&root, 0, MP_ITEMS_MAX);
	err = mp_done(&root);
	if (err)
		msg_reply_close(out);
	return err;
}

void msg_reply_close(struct msg_reply *r)
{
	mp_close(r->doc);
	r->doc = NULL;
	r->body = (struct mp_cur){.err = ERR_SHAPE};
}

void msg_put_request(struct buf *out, uint32_t id, enum msg_op op, uint32_t n_args)
{
	mp_put_array(out, 4);
	mp_put_u64(out, REQUEST);
	mp_put_u64(out, id);
	mp_put_u64(out, op);
	mp_put_array(out, n_args);
}

void msg_put_response(struct buf *out, uint32_t id, uint16_t status, uint32_t n_body)
{
	mp_put_array(out, 4);
	mp_put_u64(out, RESPONSE);
	mp_put_u64(out, id);
	mp_put_u64(out, status);
	mp_put_array(out, n_body);
}

void msg_put_event(struct buf *out, enum msg_topic topic, uint32_t n_body)
{
	mp_put_array(out, 3);
	mp_put_u64(out, EVENT);
	mp_put_u64(out, topic);
	mp_put_array(out, n_body);
}

int msg_put_refusal(struct buf *out, uint32_t id, int err)
{
	msg_put_response(out, id, err_to_status(err), 0);
	return buf_err(out);
}
