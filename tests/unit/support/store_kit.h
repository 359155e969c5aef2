/* store_kit: a store in a temporary directory, and records, links and invitations to put into it: whole by every hash,
 * made from small numbers, so that store_check has nothing to say. Signatures are zeros: the store looks at none.
 * Whatever goes wrong in here fails the running test. */
#ifndef KAP_TESTS_STORE_KIT_H
#define KAP_TESTS_STORE_KIT_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/store.h"
#include "daemon/store_batch.h"
#include "proto/buf.h"

#define STORE_KIT_MAP ((uint64_t)64 << 20)

struct store_kit {
	char dir[64];
	struct store_opts opts;
	struct store *s;
};

/* A fresh store, open. The founding invitation has id 0xF0.. and packet "founding", and ends at 1000 ms. */
void store_kit_new(struct store_kit *k, uint64_t map_size);
/* Only the directory, with opts filled in. */
void store_kit_dir(struct store_kit *k, uint64_t map_size);
void store_kit_birth(struct store_birth *birth);
void store_kit_reopen(struct store_kit *k);
/* Closes and removes all. */
void store_kit_free(struct store_kit *k);
/* Fails unless store_check finds nothing; prints what it finds. */
void store_kit_check(struct store_kit *k);

/* The id of person `who`, who > 0, ascending. */
void store_kit_pid(uint32_t who, uint8_t pid[STORE_ID]);

struct store_kit_record {
	uint32_t number; /* makes the record different from every other */
	uint32_t author;
	uint32_t readers; /* people author .. author + readers - 1 are the audience; at least 1 */
	size_t payload_len;
	uint64_t answer_by_s;
};

/* A record as a handler holds it. */
struct store_kit_made {
	struct buf record, payload;
	uint8_t rid[STORE_HASH], author[STORE_ID], audience[STORE_AUDIENCE_MAX][STORE_ID];
	struct store_record row; /* points into the others */
};
void store_kit_make(struct store_kit_made *m, const struct store_kit_record *o);
void store_kit_made_free(struct store_kit_made *m);

/* The same record with every wrap but the author's taken away. */
void store_kit_strip(const struct store_kit_made *m, struct buf *out);

/* Makes it, puts it into a batch of its own, commits. Returns the first error. */
int store_kit_put(struct store_kit *k, const struct store_kit_record *o, struct store_place *place);

/* Link `seq` of chain `number`, following the links before it. */
struct store_kit_link {
	struct buf bytes;
	uint8_t chain[STORE_HASH], prev[STORE_HASH], hash[STORE_HASH];
	struct store_link row;
};
void store_kit_link(struct store_kit_link *l, uint32_t number, uint64_t seq);
void store_kit_link_free(struct store_kit_link *l);

#endif
