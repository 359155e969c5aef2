/* evidence: a file that holds the signed history of one person as their device has it: chains, records as they were
 * served, receipts, what was set aside. Nothing in it needs to be believed and nothing in it can be read without keys.
 * This module is its form: pieces out, pieces in. What they prove is audit.h's. Source: docs/PROTOCOL.md, section 11.
 */
#ifndef KAP_CLIENT_LEAVE_EVIDENCE_H
#define KAP_CLIENT_LEAVE_EVIDENCE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct vault_txn;

enum evidence_type {
	EVIDENCE_ABOUT = 1, /* clinic, genesis, when: the first piece */
	EVIDENCE_LINK = 2,
	EVIDENCE_RECORD = 3,
	EVIDENCE_ASIDE = 4, /* a record that failed a check on this device */
	EVIDENCE_RECEIPT = 5,
	EVIDENCE_CURSOR = 6, /* how far the feed was read */
	EVIDENCE_END = 7,    /* the last piece: how many before it, and the hash of all bytes before it */
};

#define EVIDENCE_PIECE_MAX 20480

/* Which fields mean something depends on the type. Borrowed until the next piece is read. */
struct evidence_piece {
	uint8_t type; /* enum evidence_type */
	uint8_t clinic[32], genesis[32];
	uint64_t made_ms;
	uint8_t chain[32];    /* link */
	const uint8_t *bytes; /* link, record, aside, receipt */
	size_t len;
	uint8_t sig[64]; /* receipt */
	uint64_t number; /* aside: the error's number; record: enum ledger_state; end: the count */
	uint8_t generation[16], head[32];
	uint64_t seq; /* cursor */
};

/* Takes the file's bytes, in order. */
typedef int evidence_sink(void *arg, const void *bytes, size_t len);

struct evidence_write_opts {
	struct vault_txn *txn;
	const uint8_t *clinic, *genesis; /* 32 bytes each */
	uint64_t now_ms;
	evidence_sink *sink;
	void *arg;
};

/* Writes all of it. *pieces how many. Errors of the vault and of the sink. */
int evidence_write(const struct evidence_write_opts *opts, uint64_t *pieces);

/* Reads a file from its beginning: calls visit for every piece up to and including the last. ERR_SHAPE (no such file, a
 * piece of a wrong form, no last piece, something behind it), ERR_HASH (the last piece is about other bytes),
 * ERR_SUITE (a newer form), ERR_IO, ERR_NOMEM, what visit returns. Nothing is allocated from a number in the file
 * before it was compared with EVIDENCE_PIECE_MAX. */
typedef int evidence_visit(void *arg, const struct evidence_piece *piece);
int evidence_read(FILE *file, evidence_visit *visit, void *arg);

#endif
