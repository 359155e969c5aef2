/* check: what two people's devices say to each other so that the people can compare four words: each commits to a
 * statement about identity, keys and records, then reveals it. Makes, reads and verifies those statements and computes
 * the bits of the words. Knows no mailbox, no ledger and no clock; whose key chain is whose, and which records there
 * are, is said by the caller. Any thread. Source: docs/PROTOCOL.md section 14.
 *
 * Equal words on both sides prove: the same two identities, the same key chains, the same records between them.
 * Neither side can choose its part after having seen the other's. */
#ifndef KAP_PROTO_CHECK_H
#define KAP_PROTO_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct keychain;

#define CHECK_BOX 16
#define CHECK_NONCE 32
#define CHECK_DEVICES 96 /* devices of one person, of now and before, that wrote to the other */
#define CHECK_MAX 16384  /* bytes of a statement: what a place of the mailbox holds */
#define CHECK_BITS 32    /* bytes of check_words; the words are made of the first 44 bits */

/* The places of the box, in the order in which they are filled. */
enum check_slot { CHECK_COMMIT_FIRST, CHECK_COMMIT_SECOND, CHECK_REVEAL_FIRST, CHECK_REVEAL_SECOND };

/* What one device of the one person wrote to the other person. */
struct check_stream {
	uint8_t did[16];
	uint64_t count;   /* records, from 1 */
	uint8_t hash[32]; /* check_stream_hash of their rids */
};
struct check_streams {
	uint32_t n;
	struct check_stream at[CHECK_DEVICES]; /* ascending by did */
};

/* What one side reveals. About 10 KiB. */
struct check_reveal {
	uint8_t genesis[32]; /* the speaker */
	uint8_t head[32];    /* of the speaker's own key chain */
	uint8_t known[32];   /* of the other's key chain, as the speaker knows it */
	struct check_streams sent, held;
	uint8_t nonce[CHECK_NONCE];
};

/* The mailbox of two people, the same from both sides. ERR_ARG for one person alone. */
int check_box(const uint8_t a_genesis[32], const uint8_t b_genesis[32], uint8_t box[CHECK_BOX]);

/* H("check-stream", rid 1 || rid 2 ...), ascending: sorts `rids` in place. */
int check_stream_hash(uint8_t (*rids)[32], size_t n, uint8_t hash[32]);
/* Puts `s` in its place among the others. ERR_RANGE beyond CHECK_DEVICES; ERR_EXISTS. */
int check_streams_add(struct check_streams *all, const struct check_stream *s);
/* NULL when there is none. */
const struct check_stream *check_streams_find(const struct check_streams *all, const uint8_t did[16]);
bool check_streams_equal(const struct check_streams *a, const struct check_streams *b);

/* Appends the statement. ERR_RANGE (count), ERR_TOO_BIG. */
int check_reveal_put(const struct check_reveal *r, struct buf *out);

/* What a commitment is bound to: which box, which place, and the commitment it answers. */
struct check_place {
	const uint8_t *box;      /* CHECK_BOX */
	enum check_slot slot;    /* CHECK_COMMIT_FIRST or CHECK_COMMIT_SECOND */
	const uint8_t *answered; /* the first commitment as it came; NULL in CHECK_COMMIT_FIRST */
	size_t answered_len;
};
struct check_commit {
	uint8_t hash[32]; /* of the statement that is to be revealed */
	uint8_t did[16];  /* who signed */
};
/* Appends the commitment to `reveal` (bytes of check_reveal_put), signed with a device's sign seed. */
int check_commit_sign(const struct check_place *place, const struct buf *reveal, const uint8_t did[16],
                      const uint8_t sign_seed[32], struct buf *out);
/* ERR_AUTHOR unless an active device of `by` is named, ERR_SIGNATURE unless it signed this for that place;
 * ERR_TOO_BIG, ERR_SUITE, ERR_SHAPE and mp_open's errors when it is no commitment. */
int check_commit_open(const void *bytes, size_t len, const struct check_place *place, const struct keychain *by,
                      struct check_commit *out);
/* ERR_HASH unless these are the bytes that were promised, ERR_AUTHOR unless they speak for `genesis`; ERR_TOO_BIG,
 * ERR_SUITE, ERR_SHAPE (also: devices not ascending), mp_open's errors. */
int check_reveal_open(const void *bytes, size_t len, const struct check_commit *promised, const uint8_t genesis[32],
                      struct check_reveal *out);

/* One person as this device knows them. */
struct check_side {
	const uint8_t *genesis, *head;       /* 32 each */
	const struct check_streams *streams; /* from this person to the other */
	const uint8_t *nonce;                /* CHECK_NONCE */
};
/* The same bits whichever side comes first. ERR_ARG for one person alone. */
int check_words(const struct check_side *a, const struct check_side *b, uint8_t bits[CHECK_BITS]);

#endif
