/* keylink: see keylink.h. */
#include <string.h>
#include <time.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/keychain_sign.h"
#include "proto/link.h"
#include "proto/msg_reply.h"

#include "contact.h"
#include "rpc.h"

#include "keylink.h"

#define RETRIES 8

static uint64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

int keylink_send(struct rpc *rpc, const uint8_t chain[32], const struct buf *link)
{
	struct msg_chain_put m = {chain, {link->data, link->len}};
	struct msg_reply *reply;
	uint32_t id;
	struct buf *out = rpc_begin(rpc, &id);
	return rpc_call(rpc, msg_put_chain_put(out, id, &m), &reply);
}

static int make_link(struct contact *c, keylink_make *make, void *arg, struct buf *bytes)
{
	struct keychain_sign by = {fold_keychain(c->fold, c->id->genesis), &c->id->device, now_ms()};
	buf_reset(bytes);
	return by.chain ? make(arg, c, &by, bytes) : ERR_NOT_FOUND;
}

static int read_back(struct contact *c, const struct link *link)
{
	int err = contact_refresh(c);
	if (err)
		return err;
	const struct keychain *own = fold_keychain(c->fold, c->id->genesis);
	const uint8_t *there = own ? keychain_hash_at(own, link->seq) : NULL;
	return there && memcmp(there, link->hash, sizeof(link->hash)) == 0 ? 0 : ERR_ROLLBACK;
}

int keylink_put(struct contact *c, keylink_make *make, void *arg, uint64_t *seq, uint8_t hash[32])
{
	struct buf bytes;
	struct link link;
	int err = ERR_CHAIN_BEHIND;
	buf_init(&bytes, LINK_MAX);
	for (unsigned tries = 0; err == ERR_CHAIN_BEHIND && tries < RETRIES; tries++) {
		err = contact_refresh(c);
		if (!err)
			err = make_link(c, make, arg, &bytes);
		if (!err)
			err = link_parse(bytes.data, bytes.len, &link);
		if (!err)
			err = keylink_send(c->rpc, c->id->genesis, &bytes);
	}
	if (!err)
		err = read_back(c, &link);
	if (!err) {
		*seq = link.seq;
		memcpy(hash, link.hash, 32);
	}
	buf_wipe(&bytes);
	return err;
}
