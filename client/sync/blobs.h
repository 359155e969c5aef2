/* blobs: attachments on their way: one's own to the server before the record that names them, others' from it when
 * they are wanted. Part by part; what is there already is not sent again, whatever cut it off. Knows no file. */
#ifndef KAP_CLIENT_SYNC_BLOBS_H
#define KAP_CLIENT_SYNC_BLOBS_H

#include <stddef.h>

struct attachment;
struct record;
struct rpc;
struct vault;

struct blobs_opts {
	struct rpc *rpc;
	struct vault *vault;
	void (*progress)(void *arg, size_t done, size_t total); /* parts; NULL: silent */
	void *arg;
};

/* Sends what the server lacks of the record's blobs, as far as they were made here. Errors of rpc_call and of the
 * vault; ERR_QUOTA. */
int blobs_send(const struct blobs_opts *o, const struct record *r);

/* The same of those of others that are here whole, for a server that lost them. */
int blobs_give(const struct blobs_opts *o, const struct record *r);

/* Fetches what is not here yet. Whether it is what the author attached is get_prove's to say. ERR_NOT_FOUND: the server
 * does not have it, or not for us. */
int blobs_fetch(const struct blobs_opts *o, const struct attachment *a);

#endif
