/* age: writes the age format, version 1 (C2SP age.md): a file that the `age` program opens, with a passphrase or with
 * an age key. Streams: what is written comes out sealed in pieces, so a large file needs little memory. Writes only;
 * knows nothing of what is inside and nothing of files. One thread at a time for each writer. */
#ifndef KAP_PROTO_AGE_H
#define KAP_PROTO_AGE_H

#include <stddef.h>
#include <stdint.h>

#include "crypto.h"

struct age;

#define AGE_SCRYPT_LOG2_N 18 /* what the age program takes itself; about a second */
#define AGE_RECIPIENT 62     /* characters of "age1..." */

/* Takes the sealed bytes, in order. 0 goes on; an error ends the writing and is returned by the call that was made. */
typedef int age_sink(void *arg, const void *bytes, size_t len);

/* What would be drawn at random: known-answer tests only. */
struct age_given {
	uint8_t file_key[16], nonce[16], salt[16], ephemeral[CRYPTO_KEY];
};

struct age_opts {
	const void *pass; /* who may open it: a passphrase of 1..1024 bytes, or else NULL */
	size_t pass_len;
	const uint8_t *recipient; /* or the X25519 public key of one recipient, CRYPTO_KEY bytes */
	unsigned log2_n;          /* of the passphrase's scrypt; 0: AGE_SCRYPT_LOG2_N */
	const struct age_given *given;
	age_sink *sink;
	void *arg;
};

/* Begins: the header goes to the sink. ERR_ARG (neither or both of passphrase and recipient), ERR_RANGE (length, cost),
 * ERR_KEY (a recipient of small order), ERR_CRYPTO, ERR_NOMEM, what the sink returns. *out is NULL then. */
int age_new(const struct age_opts *opts, struct age **out);
int age_write(struct age *a, const void *bytes, size_t len);
/* Seals what is left and ends the file; without this call it cannot be opened. Nothing may be written afterwards. */
int age_finish(struct age *a);
void age_free(struct age *a); /* wipes; NULL is legal */

/* Reads "age1...", Bech32 (BIP 173) of an X25519 public key. ERR_ARG for anything else. */
int age_recipient(const char *text, uint8_t key[CRYPTO_KEY]);

#endif
