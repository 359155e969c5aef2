/* audit: verifies an evidence file by itself: every link of every chain from its first, every record's signature by a
 * device that was its author's then, every receipt by a key the clinic had pinned. Needs no clinic, no vault and no
 * key. What is set aside in the file is judged again. */
#ifndef KAP_CLIENT_LEAVE_AUDIT_H
#define KAP_CLIENT_LEAVE_AUDIT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What does not hold. `number` is of the piece in the file, from 0. */
enum audit_finding {
	AUDIT_LINK = 1,        /* a link that does not continue its chain: err says why; its chain ends there */
	AUDIT_RECORD,          /* a record that is not its author's */
	AUDIT_RECEIPT_FORGED,  /* a receipt that no log key of this clinic signed */
	AUDIT_RECEIPT_TWO,     /* two receipts put two things in one place: the server has told two stories */
	AUDIT_RECEIPT_MISSING, /* the server gave a receipt for a record that is not in the file */
	AUDIT_ASIDE,           /* a record that the device had refused, and that fails here, too */
};

struct audit_report {
	uint8_t clinic[32], genesis[32];
	uint64_t made_ms;
	size_t links, people, records, receipts; /* that hold */
	size_t no_receipt; /* one's own records that came back from the server, but without a receipt */
	size_t revoked;    /* records by devices that were revoked later */
	size_t findings;
};

/* Calls `found` for every finding, which may be none. 0 when the file was read to its end, also with findings; errors
 * of evidence_read (it is no evidence file, or is not whole), ERR_LINK (no chain of the person or the clinic in it),
 * ERR_NOMEM. */
typedef void audit_found(void *arg, enum audit_finding what, uint64_t number, int err);
int audit_run(FILE *file, audit_found *found, void *arg, struct audit_report *report);

#endif
