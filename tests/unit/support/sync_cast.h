/* sync_cast: a made-up clinic whose people hold real keys, the vault of one of their devices, and records that anybody
 * seals in any way, right or wrong. For tests of client/sync. Stands on people.h of this folder, so a file that uses it
 * cannot use client/book/people.h. Everything that goes wrong fails the running test. Call crypto_init before. */
#ifndef KAP_TESTS_SYNC_CAST_H
#define KAP_TESTS_SYNC_CAST_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/buf.h"
#include "proto/record.h"
#include "tests/unit/support/people.h"
#include "tests/unit/support/scratch_vault.h"

struct fold;
struct identity;

#define SYNC_LINKS 32

/* A link behind the first of a key chain. */
struct sync_link {
	const struct person *of;
	struct buf bytes;
};

/* Jo's team is Ana and Osei; Lund is on no team. */
struct sync_cast {
	struct people pp;
	struct person *admin, *ana, *osei, *lund, *jo;
	struct sync_link more[SYNC_LINKS]; /* of everybody, in the order they were made */
	size_t n_more;
};
/* The chain's links are dated `now_ms` and on; 0: PEOPLE_TIME. */
void sync_cast_begin(struct sync_cast *c, uint64_t now_ms);
void sync_cast_end(struct sync_cast *c);
/* Appends a link as `who` is served it: of the clinic chain, and the first of a person's key chain. */
void sync_cast_link(struct sync_cast *c, const struct person *who, uint64_t seq, struct buf *out);
void sync_cast_keychain(const struct person *who, const struct person *of, struct buf *out);
/* Applies the next link of a person's key chain, unless it was applied already, and keeps it. */
void sync_cast_grow(struct sync_cast *c, struct person *of, const struct buf *link);
/* Appends link `seq` of a person's key chain as `who` is served it. False: there is none. */
bool sync_cast_keychain_at(const struct sync_cast *c, const struct person *who, const struct person *of, uint64_t seq,
                           struct buf *out);

/* --- a device --- */

struct sync_device {
	struct scratch_vault at; /* at.txn is NULL: no transaction is open */
	struct identity *id;
};
/* With the identity of `who`, their own key chain, and, if `links`, all that they are served. Port 0. */
void sync_device_open(struct sync_device *d, struct sync_cast *c, const struct person *who, bool links);
void sync_device_close(struct sync_device *d);
/* Where its server is, in the identity and in the vault. */
void sync_device_port(struct sync_device *d, uint16_t port);
/* All links that `who` is served now, into the vault. */
void sync_device_links(struct sync_device *d, struct sync_cast *c, const struct person *who);
struct fold *sync_device_fold(struct sync_device *d); /* the caller's */
/* Begins and ends d->at.txn. */
void sync_device_begin(struct sync_device *d);
void sync_device_commit(struct sync_device *d);
/* A hash over every row of these vault tables: what a test says has not changed. */
void sync_device_print(struct sync_device *d, uint8_t out[32]);

/* --- records --- */

/* Options for a record by `author` to `n` others: shared (or private), a journal entry, first in every stream. Change
 * what should differ. */
struct sync_draft {
	struct record_seal_opts o;
	struct record_to to[RECORD_AUDIENCE];
	uint8_t prev[32];
	struct buf content;
};
void sync_draft(struct sync_draft *d, const struct sync_cast *c, const struct person *author,
                struct person *const *others, uint32_t n);
/* The same place in every stream. */
void sync_draft_place(struct sync_draft *d, uint64_t seq, const uint8_t *prev);
void sync_draft_end(struct sync_draft *d);

struct sync_record {
	struct buf record, payload;
	uint8_t rid[32];
};
void sync_draft_seal(struct sync_draft *d, struct sync_record *out);
void sync_record_end(struct sync_record *r);
/* Signs again what a test changed inside the record's bytes, and takes its new rid. */
void sync_record_sign(struct sync_record *r, const struct person *as);
/* In place: as this person is served it; without their wrap too if `taken`. */
void sync_record_serve(struct sync_record *r, const struct person *to, bool taken);

/* Encodes a content: a journal entry with this body. */
void sync_content(const char *body, struct buf *out);

#endif
