/* push: sends the outbox, in order, until it is empty, each record after its attachments; keeps the server's receipt
 * for every record it took. Repeating it is harmless. Knows no pending row and no key but the server's log key. */
#ifndef KAP_CLIENT_SYNC_PUSH_H
#define KAP_CLIENT_SYNC_PUSH_H

#include <stddef.h>
#include <stdint.h>

struct identity;
struct rpc;
struct vault;

struct push_opts {
	struct rpc *rpc;
	struct vault *vault;
	const struct identity *id;
	const uint8_t *log_public; /* 32: as the clinic chain pins it */
	void (*progress)(void *arg, size_t done, size_t total);
	void (*parts)(void *arg, size_t done, size_t total); /* of an attachment; NULL: silent */
	void *arg;
};

/* *pushed: records the server has taken. ERR_RECEIPT: its answer does not prove that it took them; they stay in the
 * outbox. A refusal for good is ERR_NO_GRANT, ERR_CLASS...: then `refused` is the rid of the record it is about, and
 * everything before it was taken; else `refused` is zero. Errors of rpc_call and of the vault. */
int push_outbox(const struct push_opts *opts, size_t *pushed, uint8_t refused[32]);

#endif
