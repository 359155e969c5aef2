/* identity: who this device is: its keys, its person, its clinic, where the server is. One value in the vault, written
 * when joining and read by every command. Knows no network and no other person. */
#ifndef KAP_CLIENT_BOOK_IDENTITY_H
#define KAP_CLIENT_BOOK_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/device.h"

struct vault_txn;

#define IDENTITY_EPOCHS 256 /* KEYCHAIN_EPOCHS_MAX */
#define IDENTITY_PINS 4
#define IDENTITY_HOST 256
#define IDENTITY_NAME 320 /* bytes: 80 characters */

struct identity_epoch {
	uint32_t epoch;
	uint8_t seed[32];
};

/* Holds secrets: lives on the secure heap, made and freed here only. */
struct identity {
	bool joined; /* false: prepared here, but the server's answer was never seen */
	uint8_t genesis[32], pid[16], did[16], clinic[32];
	struct device_secret device;
	uint8_t role; /* as the invitation said; the clinic chain decides */
	char name[IDENTITY_NAME + 1], clinic_name[IDENTITY_NAME + 1];
	char host[IDENTITY_HOST];
	uint16_t port;
	/* from the invitation packet; the clinic chain's latest server_pin takes precedence once it is known */
	uint8_t pins[IDENTITY_PINS][32], log_public[32];
	uint32_t n_pins;
	uint32_t n_epochs; /* ascending, the last is the current one; none before it is joined, at the earliest */
	struct identity_epoch epochs[IDENTITY_EPOCHS];
};

struct identity *identity_new(void);     /* zeroed; NULL without memory */
void identity_free(struct identity *id); /* wipes; NULL is legal */

/* ERR_NOT_FOUND before joining; ERR_CORRUPT; errors of the vault. *out is the caller's. */
int identity_load(struct vault_txn *txn, struct identity **out);
/* ERR_RANGE: joined without an epoch, or too many of something; ERR_UTF8: a name. */
int identity_save(struct vault_txn *txn, const struct identity *id);

/* The seed of an epoch, NULL if this device does not have it. */
const uint8_t *identity_seed(const struct identity *id, uint32_t epoch);
const struct identity_epoch *identity_current(const struct identity *id);

#endif
