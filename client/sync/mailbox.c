/* mailbox: see mailbox.h. */
#include "proto/buf.h"
#include "proto/msg_reply.h"
#include "proto/msg_request.h"

#include "rpc.h"

#include "mailbox.h"

int mailbox_put(struct rpc *c, const uint8_t box[16], unsigned slot, const struct crypto_bytes *bytes)
{
	struct msg_mailbox_put m = {box, slot, {bytes->data, bytes->len}};
	struct msg_reply *reply;
	uint32_t id;
	struct buf *out = rpc_begin(c, &id);
	return rpc_call(c, msg_put_mailbox_put(out, id, &m), &reply);
}

int mailbox_get(struct rpc *c, const uint8_t box[16], unsigned slot, uint64_t wait_ms, struct buf *out)
{
	struct msg_mailbox_get m = {box, slot, wait_ms};
	struct msg_mailbox_get_reply got;
	struct msg_reply *reply;
	uint32_t id;
	struct buf *request = rpc_begin(c, &id);
	int err = rpc_call(c, msg_put_mailbox_get(request, id, &m), &reply);
	if (!err)
		err = rpc_answer(msg_get_mailbox_get_reply(&reply->body, &got));
	buf_reset(out);
	return err ? err : buf_put(out, got.bytes.data, got.bytes.len);
}
