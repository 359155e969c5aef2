/* record: the sealed, signed unit that devices exchange. Parses, checks what needs nobody else's state, seals, opens,
 * and re-serialises for one reader. Knows no chain, team, feed, clock or store: who the author is, whose keys these are
 * and who may read is said by the caller. Any thread. Source: docs/PROTOCOL.md section 7.
 *
 * The reader's order: record_parse, [author and device known, chain verified], record_verify, record_check_rules,
 * [audience rules], record_open_wrap, stream_check, record_open_payload, content_decode. */
#ifndef KAP_PROTO_RECORD_H
#define KAP_PROTO_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

#define RECORD_RID 32
#define RECORD_PID 16
#define RECORD_DID 16
#define RECORD_SALT 16
#define RECORD_AUDIENCE 32 /* people, the author included */
#define RECORD_TARGETS 64
#define RECORD_BLOBS 16
#define RECORD_MAX 12288     /* bytes of a record */
#define RECORD_CORE_MAX 4096 /* bytes of a core */
#define RECORD_PAYLOAD_MAX 1040000
#define RECORD_CONTENT_MAX 1032191 /* the largest content whose padded, encrypted form is a legal payload */
#define RECORD_SELF_SEALED 100     /* bytes of the author's own sealed wrap */
#define RECORD_SEALED 120          /* bytes of anybody else's */

enum record_class { RECORD_PRIVATE = 0, RECORD_SHARED = 1, RECORD_CLINICAL = 2, RECORD_CONTROL = 3 };
enum record_op {
	RECORD_CONTENT = 0,
	RECORD_SHARE = 1,
	RECORD_UNSHARE = 2,
	RECORD_TOMBSTONE = 3,
	RECORD_RECEIPT = 4,
	RECORD_ACKNOWLEDGE = 5,
};

/* One place of the audience. Only `hash` is set where the wrap itself is withheld or was taken away. */
struct record_wrap {
	bool present;
	const uint8_t *pid; /* 16; the audience member's, also when the wrap is absent */
	uint32_t epoch;
	const uint8_t *sealed; /* RECORD_SELF_SEALED or RECORD_SEALED */
	size_t sealed_len;
	const uint8_t *bytes; /* the wrap's whole encoding */
	size_t len;
	uint8_t hash[32];
};

/* One attachment as the core names it. */
struct record_blob {
	const uint8_t *id;   /* 16 */
	uint64_t len;        /* of the encrypted stream; one that blob_len_is_valid */
	const uint8_t *root; /* 32: blob_root */
};

/* A parsed record. Every pointer borrows from the parsed bytes. About 4 KiB. */
struct record {
	const uint8_t *core;
	size_t core_len;
	const uint8_t *clinic;     /* 32 */
	const uint8_t *author;     /* 16 */
	const uint8_t *did;        /* 16 */
	const uint8_t *chain_head; /* 32: the author's key-chain head as the author knew it */
	const uint8_t *salt;       /* 16 */
	uint8_t class, op;         /* any number: record_check_rules knows which are in use */
	uint32_t retain_day;       /* days since 1970-01-01, 0 none */
	uint64_t answer_by;        /* Unix seconds, 0 none */
	bool has_payload;
	uint32_t payload_len;
	const uint8_t *payload_hash; /* 32 */
	uint32_t audience;           /* number of wraps, 1..RECORD_AUDIENCE */
	uint32_t author_at;          /* the author's place among them */
	struct record_wrap wraps[RECORD_AUDIENCE];
	uint32_t blobs;
	struct record_blob blob[RECORD_BLOBS];
	uint32_t targets;
	const uint8_t *target[RECORD_TARGETS]; /* 32 each */
	const uint8_t *sig;                    /* 64 */
	uint8_t core_hash[32], wraps_root[32], rid[RECORD_RID];
};

/* Bounds, canonical form, suite, shape; computes the hashes and the rid. Believes nothing else.
 * ERR_TOO_BIG, ERR_SUITE, ERR_SHAPE (also: audience not ascending, author not in it, wraps that do not fit the
 * audience), mp_open's errors. *out is unusable after an error. Does not keep or free `bytes`. */
int record_parse(const void *bytes, size_t len, struct record *out);

/* Only the rid of a record that was parsed before: the same checks, no result but the id. */
int record_rid(const void *bytes, size_t len, uint8_t rid[RECORD_RID]);

/* The table of section 7: which op in which class, targets, blobs, retain day, answer by, audience of private records.
 * ERR_CLASS; ERR_TARGET for a wrong number of targets, or a target or blob named twice; ERR_SHAPE without a payload. */
int record_check_rules(const struct record *r);

bool record_is_complete(const struct record *r); /* every wrap is present: what a server demands of a push */

/* True if `pid` is in the audience. *at (may be NULL) is the place. */
bool record_audience_has(const struct record *r, const uint8_t pid[RECORD_PID], uint32_t *at);

/* ERR_SIGNATURE unless the author device's sign key made the signature; ERR_KEY. */
int record_verify(const struct record *r, const uint8_t sign_public[32]);

/* ERR_HASH unless `payload` is the one the core names (length 0 where it names none). */
int record_check_payload(const struct record *r, const void *payload, size_t len);

/* --- sealing --- */

/* One member of the audience. For the author `key` is the epoch's self key, for others the epoch's seal public key. */
struct record_to {
	const uint8_t *pid;  /* 16 */
	uint32_t epoch;      /* from 1 */
	const uint8_t *key;  /* 32 */
	uint64_t seq;        /* the place in the stream to this person: stream_next */
	const uint8_t *prev; /* 32 */
};

struct record_seal_opts {
	const uint8_t *clinic, *author, *did, *chain_head; /* 32, 16, 16, 32 */
	const uint8_t *sign_seed;                          /* 32: the author device's */
	enum record_class class;
	enum record_op op;
	const struct record_to *to; /* any order, each person once, the author included */
	uint32_t n_to;
	uint32_t retain_day;
	uint64_t answer_by;
	const uint8_t (*targets)[RECORD_RID]; /* in the order given */
	uint32_t n_targets;
	const struct record_blob *blobs; /* in the order given: those that the content names, attachment_blobs */
	uint32_t n_blobs;
	const void *content; /* from content_encode */
	size_t content_len;
};

/* Seals one record: fresh content key and salt, padded and encrypted payload, a wrap for each member, the signature.
 * Appends the record and the payload to the two (empty) buffers; the rid is stored. Refuses to make what
 * record_check_rules refuses: ERR_CLASS, ERR_TARGET, ERR_ARG (audience), ERR_TOO_BIG (content), ERR_KEY (a recipient's
 * key), ERR_CRYPTO, ERR_NOMEM. After an error both buffers are empty. */
int record_seal(const struct record_seal_opts *o, struct buf *record, struct buf *payload, uint8_t rid[RECORD_RID]);

/* --- opening --- */

/* A person's secrets of one epoch. `self` is used for one's own records, `seal` for those of others; the other may be
 * NULL. */
struct record_epoch {
	uint32_t epoch;
	const uint8_t *self; /* 32: self key */
	const uint8_t *seal; /* 32: seal private key */
};

/* What a wrap holds. Secret: keep it in crypto_secret_new memory or wipe it. */
struct record_opened {
	uint8_t content_key[32];
	uint64_t seq;
	uint8_t prev[RECORD_RID];
};

/* The wrap for `pid`, NULL if the person is not in the audience or the wrap is not present. Its epoch says which
 * secrets record_open_wrap needs. Borrowed from `r`. */
const struct record_wrap *record_wrap_for(const struct record *r, const uint8_t pid[RECORD_PID]);

/* Opens that wrap. ERR_NOT_FOUND when record_wrap_for has none, ERR_ARG when `e` is of another epoch or lacks the
 * secret, ERR_OPEN when the wrap was not made for this record, person and epoch. */
int record_open_wrap(const struct record *r, const uint8_t pid[RECORD_PID], const struct record_epoch *e,
                     struct record_opened *out);

/* Checks the payload's hash, decrypts, unpads, appends the content. ERR_HASH, ERR_OPEN, ERR_PADDING, ERR_NOMEM. */
int record_open_payload(const struct record *r, const uint8_t content_key[32], const void *payload, size_t len,
                        struct buf *content);

#define RECORD_PAYLOAD_SALT 24 /* a payload begins with it: with content key and content it makes the payload again */
struct record_again {
	const uint8_t *content_key, *salt; /* 32; RECORD_PAYLOAD_SALT: the payload's first bytes */
	const void *content;               /* as record_open_payload gave it */
	size_t content_len;
};

/* Appends the payload of `r`, made again byte for byte. ERR_HASH unless it is the one that the core names: no other
 * message ever leaves under this key and salt. ERR_TOO_BIG (content), ERR_CRYPTO, ERR_NOMEM. */
int record_rebuild_payload(const struct record *r, const struct record_again *again, struct buf *payload);

/* --- re-serialising: rid and signature stay valid; wraps that are left out stand as their hashes --- */

/* Appends the record as `pid` is served it: the author gets all present wraps, everybody else their own at most. */
int record_for_reader(const struct record *r, const uint8_t pid[RECORD_PID], struct buf *out);

/* Appends the record without the wraps of the `n` people in `pids` (unshare). People who are not in the audience are
 * passed over; the author's own wrap stays. */
int record_without_wraps(const struct record *r, const uint8_t (*pids)[RECORD_PID], size_t n, struct buf *out);
/* Appends it with the wraps that either of the two has. ERR_HASH unless they are the same record. */
int record_with_wraps(const struct record *r, const struct record *more, struct buf *out);
int record_stub(const struct record *r, struct buf *out); /* without any wrap: what a tombstone leaves */

#endif
