/* compare: the conversation of two devices, through the clinic's server, that ends in four words for their people to
 * read to each other: who each is, which keys, which records went between them. Finds out by itself who speaks first.
 * Writes nothing to the vault; knows no terminal. Source: docs/PROTOCOL.md section 14. */
#ifndef KAP_CLIENT_SYNC_COMPARE_H
#define KAP_CLIENT_SYNC_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

struct vault;

#define COMPARE_BITS 32

/* How what the two devices hold differs. All zero: not at all. Receipts and names are not counted. */
struct compare_difference {
	uint64_t mine_not_there;    /* records of one's own that have not reached the other */
	uint64_t theirs_not_here;   /* records of theirs that have not reached this device */
	uint64_t mine_not_here;     /* own ones, of another device, which the other holds and this device does not */
	uint64_t theirs_not_there;  /* the same the other way round */
	bool others;                /* as many records, but not the same ones */
	bool keys_here, keys_there; /* their keys are known here, or one's own there, as they were or as they never were */
};

struct compare_result {
	bool equal; /* no difference: the words mean something */
	struct compare_difference difference;
	uint8_t bits[COMPARE_BITS]; /* for words_of, the first 44 bits */
	uint8_t head[32];           /* of their key chain, as compared */
};

struct compare_opts {
	struct vault *vault;
	const uint8_t *genesis;     /* 32: the other person */
	unsigned wait_s;            /* for the other side; 0: 300 */
	void (*waiting)(void *arg); /* once: the other side is not there yet; NULL legal */
	void *arg;
};

/* Sync before. ERR_TIMEOUT: the other side did not come, or broke off. ERR_AUTHOR, ERR_SIGNATURE, ERR_HASH, ERR_SHAPE
 * and the like: what answered was not a device of that person as their key chain has it. ERR_IN_USE: another device of
 * one's own is at it. ERR_NOT_FOUND: no such person. Errors of contact_open, chains_refresh, rpc_call and the vault. */
int compare_run(const struct compare_opts *opts, struct compare_result *result);

#endif
