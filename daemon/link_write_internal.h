/* link_write_internal: one write to chains, as link_write.c and link_write_own.c see it. For them alone. */
#ifndef KAP_DAEMON_LINK_WRITE_INTERNAL_H
#define KAP_DAEMON_LINK_WRITE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit.h"
#include "link_write.h"
#include "proto/keychain.h"
#include "proto/msg.h"
#include "roster.h"
#include "store.h"
#include "writer.h"

/* What a key-chain link does, each with a row of its own: devices in or out, a new epoch. */
#define LINK_NOTES_MAX (KEYCHAIN_DEVICES_MAX + 2)

struct link_note {
	uint16_t op; /* enum audit_own_op */
	uint8_t kind;
	uint8_t object[32];
};

/* Where another chain has to end: what was verified rests on it, and it may not be durable yet. */
struct link_ground {
	bool set;
	uint8_t chain[32], hash[32];
	uint64_t seq;
};

struct link_write {
	struct writer_job job;
	struct req *r;
	struct roster_link links[LINK_WRITE_MAX];
	size_t n;
	struct roster_pending pending;
	bool applied; /* the roster is ahead of the store */
	bool founding;
	bool own;          /* a link of a key chain, the asker's if nobody heals */
	bool boxes;        /* it may only bring the boxes of a link that is in place */
	uint8_t chain[32]; /* own: which */
	bool clinic_moved; /* own: not the key chain's head was missed, but the clinic chain's */
	struct link_ground ground;
	struct link_note notes[LINK_NOTES_MAX];
	size_t n_notes;
	uint8_t out[KEYCHAIN_DEVICES_MAX][DEVICE_ID]; /* devices that have to go */
	size_t n_out;
	bool expels;
	uint8_t expelled[16]; /* a person who has to go */
	bool puts;
	struct store_invite put;
	struct msg_bytes packet;
	bool use;
	uint8_t use_id[16], use_pid[16];
	uint64_t now_ms;
	int refused; /* by apply: the answer, after a batch that only remembers it */
	struct audit_row row;
};

struct roster *link_write_roster(const struct link_write *w);
/* The link is part of the write. `bytes` are borrowed until the answer. */
void link_write_keep(struct link_write *w, const struct link *link, const struct msg_bytes *bytes);
/* What goes with a link of this key chain: who is sent away, which rows are kept. Before it is applied. */
int link_write_prepare(struct link_write *w, const struct keychain *person, const struct link *link);
/* One more row with it. There is room: LINK_NOTES_MAX is the most one link needs. */
void link_write_note(struct link_write *w, enum audit_own_op op, uint8_t kind, const uint8_t *id, size_t len);

#endif
