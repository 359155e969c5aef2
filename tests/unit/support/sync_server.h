/* sync_server: the clinic's server as a thread of the test: one connection at a time, answers made from a sync_cast and
 * an array of feed entries, and a twist for each answer, so that a test can make it lie in one thing and be right in
 * all others. While the test's thread waits in a call of client/sync, this thread alone touches the state; between
 * calls the test may look at it and change it. */
#ifndef KAP_TESTS_SYNC_SERVER_H
#define KAP_TESTS_SYNC_SERVER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/buf.h"
#include "proto/feed.h"
#include "proto/msg_reply.h"
#include "proto/msg_request.h"
#include "tests/unit/support/sync_cast.h"

struct ssl_ctx_st;

#define SYNC_FEED 256

struct sync_entry {
	uint64_t event;
	uint8_t rid[32];
	struct buf record, payload;
	bool lost; /* fetch does not find it */
};

/* What a pull and a push are about to answer; a twist changes it before it is signed and sent. */
struct sync_page {
	struct msg_pull_entry entries[SYNC_FEED];
	uint32_t n;
	bool more;
	struct feed_statement end;
	const uint8_t *log_seed;
	bool flip; /* a bit of the signature */
};
struct sync_pushed {
	struct msg_push_reply reply; /* accepted and stop */
	struct feed_receipt receipt;
	const uint8_t *log_seed;
	bool flip, without; /* the receipt */
};
struct sync_links {
	const struct msg_chain_get *asked;
	struct msg_chain_get_reply reply;
	struct buf bytes[MSG_LINKS_MAX]; /* of the links; a twist may put others in their place */
	int err;                         /* refused with that */
};

struct sync_server {
	struct sync_cast *cast;
	const struct person *member; /* whose device calls; NULL: a guest */
	uint8_t generation[16];
	struct sync_entry feed[SYNC_FEED];
	uint64_t n_feed, page;  /* page: entries in one answer */
	struct buf packet;      /* of the one invitation */
	int refuse[MSG_OP_END]; /* an op is refused with that */
	unsigned behind;        /* so many writes are answered CHAIN_BEHIND first */
	bool storm;             /* instead of an answer to anything but hello: events, without end */
	unsigned asked[MSG_OP_END];
	uint64_t now_ms; /* said in hello; 0: the clock's */
	struct {
		void *arg;
		/* Answers in bytes of its own: true if it did. *end: hangs up afterwards. */
		bool (*raw)(void *arg, const struct msg_request *m, struct buf *out, bool *end);
		void (*hello)(void *arg, struct msg_hello_reply *r);
		void (*links)(void *arg, struct sync_links *l);
		void (*chains)(void *arg, struct msg_chain_list_reply *r);
		void (*page)(void *arg, struct sync_page *p);
		void (*pushed)(void *arg, struct sync_pushed *p);
		void (*wrote)(void *arg, const struct msg_request *m); /* after a link was taken */
	} twist;
	/* private */
	struct ssl_ctx_st *tls;
	int fd;
	uint16_t port;
	pthread_t thread;
};

/* Fills in everything and starts; the key is that of cast->pp.server_tls, or `tls_seed` if not NULL. */
void sync_server_start(struct sync_server *s, struct sync_cast *cast, const struct person *member,
                       const uint8_t *tls_seed);
void sync_server_stop(struct sync_server *s);
/* Forgets twists, refusals and counts; the feed stays. */
void sync_server_honest(struct sync_server *s);
/* Adds to the feed; copies. */
void sync_server_add(struct sync_server *s, uint64_t event, const struct sync_record *r);
/* The head of the feed after n entries. */
void sync_server_head(const struct sync_server *s, uint64_t n, uint8_t head[32]);

#endif
