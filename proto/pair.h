/* pair: what a pairing code gives (mailbox and key), and the four sealed messages between the device one has and the
 * new one. Knows neither the mailbox that carries them nor what a chain says. Any thread. PROTOCOL 3, 12.
 *
 *     old device  PAIR_OFFER   who the person, the clinic and the server are, and a commitment to a random number
 *     new device  PAIR_ANSWER  its keys, with their proofs, its name, and a random number of its own
 *     old device  PAIR_REVEAL  the number it had committed to; the words are known from here on, and not before
 *     old device  PAIR_WELCOME the link by which it was added, and where chains and feed stand
 *
 * Each side has said all that goes into the words, but for a number nobody else knows, before it learns the other's:
 * who stands between can guess once that they will agree, and cannot search. */
#ifndef KAP_PROTO_PAIR_H
#define KAP_PROTO_PAIR_H

#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "name.h"
#include "role.h"

struct buf;

#define PAIR_BOX 16
#define PAIR_SLOT_MAX 16384
#define PAIR_CORE_MAX 256
#define PAIR_SERVERS 4
#define PAIR_PEOPLE 256
#define PAIR_PRONOUNS_CHARS 40
#define PAIR_RANDOM 32
#define PAIR_WORDS 6 /* bytes, of which the first 44 bits are shown */

enum pair_slot { PAIR_OFFER = 0, PAIR_ANSWER = 1, PAIR_REVEAL = 2, PAIR_WELCOME = 3 };

/* `key` is secret; wipe with crypto_wipe. */
struct pair_keys {
	uint8_t box[PAIR_BOX];
	uint8_t key[CRYPTO_KEY];
};
/* `code` are the 26 symbols of code.h. ERR_CRYPTO; zeroed then. */
int pair_derive(const char *code, size_t len, struct pair_keys *keys);

/* Appends nonce || sealed. ERR_TOO_BIG above PAIR_SLOT_MAX, ERR_CRYPTO, ERR_NOMEM; nothing is appended on error. */
int pair_seal(const struct pair_keys *keys, enum pair_slot slot, const void *plain, size_t len, struct buf *out);
/* Appends what was sealed. ERR_OPEN (another code's, another slot's, changed, too short), ERR_TOO_BIG, ERR_NOMEM. */
int pair_open(const struct pair_keys *keys, enum pair_slot slot, const void *bytes, size_t len, struct buf *plain);

/* H("pair", ...) over slots as they are stored: the one after `n` of them names them. */
int pair_hash(const struct crypto_bytes *slots, size_t n, uint8_t out[CRYPTO_HASH]);
/* What the offer says of the number that the reveal tells. */
int pair_commit(const uint8_t random[PAIR_RANDOM], uint8_t out[CRYPTO_HASH]);
/* What both people compare, from the plain texts of the offer and the answer, and the number revealed. */
int pair_words(const struct crypto_bytes *offer, const struct crypto_bytes *answer, const uint8_t random[PAIR_RANDOM],
               uint8_t out[PAIR_WORDS]);

/* The messages. Writing appends to `out`: ERR_ARG for what reading would refuse, ERR_TOO_BIG, ERR_NOMEM. Reading:
 * ERR_SUITE, ERR_SHAPE (also a name of another form), ERR_KEY, mp_open's errors; zeroed on error. */

struct pair_offer {
	uint8_t clinic[CRYPTO_HASH], genesis[CRYPTO_HASH];
	uint32_t n_servers; /* 1..PAIR_SERVERS */
	uint8_t servers[PAIR_SERVERS][CRYPTO_KEY];
	uint8_t log[CRYPTO_KEY];
	char clinic_name[NAME_ROOM], name[NAME_ROOM];
	enum role role;
	uint8_t commit[CRYPTO_HASH]; /* pair_commit */
};
int pair_offer_put(const struct pair_offer *m, struct buf *out);
int pair_offer_get(const void *plain, size_t len, struct pair_offer *m);

struct pair_answer {
	uint8_t core[PAIR_CORE_MAX]; /* as in a device_add; judged by keychain_sign_add */
	size_t core_len;
	uint8_t pops[2][CRYPTO_SIG];
	char name[NAME_ROOM];
	uint8_t random[PAIR_RANDOM]; /* fresh in every answer: the same keys may answer again */
	uint8_t before[CRYPTO_HASH]; /* pair_hash of the offer */
};
int pair_answer_put(const struct pair_answer *m, struct buf *out);
int pair_answer_get(const void *plain, size_t len, struct pair_answer *m);

struct pair_reveal {
	uint8_t random[PAIR_RANDOM]; /* secret until it lies in its slot */
	uint8_t before[CRYPTO_HASH]; /* pair_hash of offer and answer */
};
int pair_reveal_put(const struct pair_reveal *m, struct buf *out);
int pair_reveal_get(const void *plain, size_t len, struct pair_reveal *m);

struct pair_person {
	uint8_t pid[16];
	char name[NAME_ROOM], pronouns[NAME_ROOM];
};
struct pair_welcome {
	uint64_t link_seq, clinic_seq, feed_seq;
	uint8_t link_hash[CRYPTO_HASH], clinic_head[CRYPTO_HASH];
	uint8_t generation[16], feed_head[CRYPTO_HASH];
	uint8_t before[CRYPTO_HASH]; /* pair_hash of offer, answer and reveal */
	size_t n_people;
	struct pair_person *people; /* reading: pair_welcome_free frees */
};
/* Leaves out people who do not fit any more: their own profiles tell who they are. */
int pair_welcome_put(const struct pair_welcome *m, struct buf *out);
int pair_welcome_get(const void *plain, size_t len, struct pair_welcome *m);
void pair_welcome_free(struct pair_welcome *m); /* the people; legal on a zeroed one */

#endif
