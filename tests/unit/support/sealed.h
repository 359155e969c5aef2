/* sealed: people with keys that are always the same, records between them, and a reader who makes every check in the
 * order of PROTOCOL.md section 7. For whoever tests with records. Knows no chains: a person is known or not. */
#ifndef KAP_TESTS_SEALED_H
#define KAP_TESTS_SEALED_H

#include <stddef.h>
#include <stdint.h>

#include "proto/record.h"
#include "proto/stream.h"

struct buf;

struct sealed_person {
	uint8_t pid[16], did[16], chain_head[32];
	uint8_t sign_seed[32], sign_public[32];
	uint32_t epoch;
	uint8_t self[32], seal_private[32], seal_public[32];
};

extern const uint8_t sealed_clinic[32];

/* The person number n (1..255): pid and did begin with n, so people are in ascending order. crypto_init came before. */
void sealed_person(struct sealed_person *p, unsigned n);

/* Options for a record by `author` to `n` others; class shared if there are others, else private; first in every
 * stream; the content is a journal entry. Change what should differ. */
struct sealed_opts {
	struct record_seal_opts o;
	struct record_to to[RECORD_AUDIENCE];
	uint8_t content[128];
};
void sealed_opts(struct sealed_opts *s, const struct sealed_person *author, const struct sealed_person *const *others,
                 uint32_t n);

/* A reader, the one author device they know, and how far they have read it. */
struct sealed_reader {
	const struct sealed_person *me, *author;
	struct stream stream;
	const char *refused; /* the check that said no */
};

/* Every check, and on success the stream moves on and the content is appended to `content` (may be NULL). */
int sealed_read(struct sealed_reader *r, const void *record, size_t record_len, const void *payload, size_t payload_len,
                struct buf *content);

#endif
