/* req_kit: what stands behind a request, all of it real but the socket: a store in a temporary directory, the writer,
 * the roster, the dispatcher with the handlers of ops.def; and connections made of memory, which are given bytes and
 * keep what is answered. A clinic (people.h) is in the store, unless it is yet to be founded. Time stands still unless
 * the test moves pp.now_ms. Whatever goes wrong in here fails the running test. One kit at a time. */
#ifndef KAP_TESTS_REQ_KIT_H
#define KAP_TESTS_REQ_KIT_H

#include <semaphore.h>

#include "daemon/audit.h"
#include "daemon/config.h"
#include "daemon/dispatch.h"
#include "daemon/mailbox.h"
#include "daemon/store.h"
#include "daemon/underway.h"
#include "daemon/watch.h"
#include "daemon/writer.h"
#include "proto/buf.h"
#include "proto/msg.h"
#include "proto/msg_reply.h"

#include "people.h"

struct record_blob;
struct roster;

struct req_kit_opts {
	bool unfounded;    /* the admin's three links are in pp, the store has only the founding invitation */
	uint64_t map_size; /* 0: 64 MiB */
	size_t max_jobs;   /* of the writer; 0: its default */
	void (*more)(struct people *pp, const struct people_cast *who); /* says more before all is stored; NULL: nothing */
};

struct req_kit {
	struct people pp;
	struct people_cast who; /* admin alone when unfounded */
	char *dir;
	struct store_opts store_opts;
	struct store *store;
	struct writer *writer;
	struct roster *roster;
	struct watch *watch;
	struct underway *underway;
	struct mailbox *mailbox; /* its clock is uptime_ms */
	uint64_t uptime_ms;
	uint64_t alarm_ms;               /* when it last said it is to be tended, on that clock */
	struct crypto_sign_key *log_key; /* of pp.log */
	struct config config;
	struct req_env env;
	struct dispatch *dispatch;
	uint64_t audit_seen;
	unsigned expelled; /* how often somebody was to be sent away; the last one: */
	uint8_t expelled_pid[16];
	unsigned dropped; /* the same of devices */
	uint8_t dropped_did[16];
	void (*on_clock)(struct req_kit *k); /* called once, the next time a handler asks what time it is */
	sem_t held, release;
	bool is_held;
};

void req_kit_new(struct req_kit *k, const struct req_kit_opts *opts); /* NULL: all zero */
/* Fails the test if a request is still in work or store_check finds anything. */
void req_kit_free(struct req_kit *k);
/* The same for a store that the test has spoilt: it is not checked. */
void req_kit_drop(struct req_kit *k);

/* Lets the writer finish all it was given. */
void req_kit_settle(struct req_kit *k);
/* The audit rows since the last time this was asked: how many (at most max) and what they are. */
size_t req_kit_audit(struct req_kit *k, struct audit_row *rows, size_t max);
/* Exactly one row since then, about this op and with this error (0: a change). */
void req_kit_one_row(struct req_kit *k, enum msg_op op, int err);

/* Keeps the writer busy: what is submitted from now on waits, and is then one group. */
void req_kit_hold(struct req_kit *k);
void req_kit_release(struct req_kit *k);
/* With the writer held: everything in that group is lost with ERR_FULL. */
void req_kit_spoil(struct req_kit *k);
/* Waits until the writer has something for the loop, without letting the loop have it. */
void req_kit_let_finish(struct req_kit *k);

#define REQ_KIT_FRAMES 32

struct req_conn {
	struct dispatch_port port;
	struct req_kit *kit;
	uint32_t id;
	struct buf frames[REQ_KIT_FRAMES]; /* bodies, in order; those before `next` were looked at */
	unsigned n_frames, next;
	int end; /* the connection ended, and why */
	bool dropped;
	size_t held;
	bool watches;
	struct watch_sub sub;
	unsigned woken;
	struct msg_reply reply; /* the last one looked at; borrowed from its frame */
};

/* A connection of this person's device, after hello. It must be ended before the kit. */
void req_conn_open(struct req_conn *c, struct req_kit *k, const struct person *who);
/* The same of the device with this tls key: the status of its hello. */
unsigned req_conn_open_key(struct req_conn *c, struct req_kit *k, const uint8_t tls[32]);
void req_conn_end(struct req_conn *c); /* legal twice */
/* Hands over what is in `body` (a request with id ++c->id, made by msg_put_*) and empties it. */
void req_conn_send(struct req_conn *c, struct buf *body);
/* The status of the next answer, which must come; c->reply is it. */
unsigned req_conn_read(struct req_conn *c);
unsigned req_conn_ask(struct req_conn *c, struct buf *body); /* both */
/* True if nothing was answered that was not read. */
bool req_conn_is_silent(const struct req_conn *c);

/* --- requests that several tests make; each is answered --- */
unsigned req_conn_chain_put(struct req_conn *c, const uint8_t chain[32], const struct buf *link);
unsigned req_conn_status(struct req_conn *c, struct msg_status_reply *reply);

/* --- records: whole by every hash; the signature and what is sealed are of no meaning --- */

struct req_record_opts {
	const struct person *by;
	uint8_t class, op;
	const struct person *const *to; /* the audience but the author */
	uint32_t n_to;
	uint32_t retain_day;
	uint64_t answer_by;
	const uint8_t (*targets)[32];
	uint32_t n_targets;
	const struct record_blob *blobs;
	uint32_t n_blobs;
	uint32_t epoch;     /* of every wrap; 0: each person's current one */
	size_t payload_len; /* 0: 600 */
	/* what is wrong with it */
	const uint8_t *clinic, *author, *did;
	bool incomplete, other_payload;
};

struct req_record {
	struct buf record, payload;
	uint8_t rid[32];
};

/* Each one made is different from every other. */
void req_record_make(struct req_record *r, struct req_kit *k, const struct req_record_opts *o);
void req_record_free(struct req_record *r);

struct req_push_result {
	uint64_t accepted, stop;
	struct msg_bytes receipt;
	const uint8_t *signature;
};
void req_conn_send_push(struct req_conn *c, const struct req_record *const *records, uint32_t n);
/* A push of these; it must be answered with status 0. */
void req_conn_push(struct req_conn *c, const struct req_record *const *records, uint32_t n,
                   struct req_push_result *result);
/* A push of one, which is made and forgotten but for its rid (NULL legal): 0, or the status it was stopped with. */
unsigned req_conn_push_one(struct req_conn *c, const struct req_record_opts *o, uint8_t rid[32]);

#endif
