/* push: one push, as req_push.c, push_check.c and push_effect.c see it. For them alone. */
#ifndef KAP_DAEMON_PUSH_H
#define KAP_DAEMON_PUSH_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/feed.h"
#include "proto/msg_request.h"
#include "proto/record.h"
#include "underway.h"
#include "writer.h"

struct req;
struct store_batch;

struct push {
	struct writer_job job;
	struct req *r;
	const struct msg_push *m;
	uint32_t n;                             /* records that may be stored */
	int stop;                               /* why the one after them may not */
	struct record *records;                 /* m->n of them */
	struct feed_entry places[MSG_PUSH_MAX]; /* of those that were */
	uint32_t accepted;
	int late; /* why one more may not, as the writer found out */
	int signing;
	uint64_t now_ms;
	struct underway_push underway;
	uint64_t leans; /* bit n: record n refers to one that is on its way to the store */
};

/* Reads the records into p->records; sets n, stop and leans. Loop thread. */
void push_check(struct push *p);
/* Does it take something away from somebody? */
bool push_takes_away(const struct record *record);
/* What a record, just stored, does to those it refers to. Writer thread. */
int push_take_effect(struct store_batch *batch, const struct record *record, uint64_t now_ms);
/* May this unshare or tombstone take that record away? Both were verified; one may have come long after the other. */
bool push_may_take(const struct record *record, const struct record *target, uint64_t now_ms);

#endif
