/* record_wrap: one wrap's secret, sealed to one person: for the author under the epoch's self key, for everybody else
 * with HPKE to the epoch's seal key; bound to the core, the person and the epoch. Also the context that binds a payload
 * to its author. For record_seal.c and record_open.c alone. Knows no encoding. Any thread. */
#ifndef KAP_PROTO_RECORD_WRAP_H
#define KAP_PROTO_RECORD_WRAP_H

#include <stdbool.h>
#include <stdint.h>

#include "label.h"

#define RECORD_WRAP_PLAIN 72 /* content key || u64 stream seq || stream previous rid */

/* Whom a wrap is for, and in which record. */
struct record_wrap_place {
	const uint8_t *core_hash; /* 32 */
	const uint8_t *pid;       /* 16 */
	uint32_t epoch;
	bool author;
};

/* sealed has RECORD_SELF_SEALED bytes for the author, RECORD_SEALED for others; key is the self key or the seal public
 * key. ERR_KEY, ERR_CRYPTO. */
int record_wrap_seal(const struct record_wrap_place *p, const uint8_t key[32], const uint8_t plain[RECORD_WRAP_PLAIN],
                     uint8_t *sealed);
/* key is the self key or the seal private key. ERR_OPEN. */
int record_wrap_open(const struct record_wrap_place *p, const uint8_t key[32], const uint8_t *sealed,
                     uint8_t plain[RECORD_WRAP_PLAIN]);

/* Cobblestone's context: label 0x00 || clinic{32} || author pid{16} || author did{16} || salt{16} */
#define RECORD_WRAP_CONTEXT (sizeof(LABEL_PREFIX LABEL_PAYLOAD) + 32 + 16 + 16 + 16)

struct record_wrap_author {
	const uint8_t *clinic, *author, *did, *salt;
};
void record_wrap_context(const struct record_wrap_author *a, uint8_t out[RECORD_WRAP_CONTEXT]);

#endif
