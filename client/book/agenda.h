/* agenda: what waits for one person today: which flags nobody has taken on, what was shared and not read, which session
 * has no report, what a client was offered. A table of sections, one for each sort of thing, and whom it is for. Told
 * from the record alone: nothing is written, nothing is called late that a client does. Knows no terminal. */
#ifndef KAP_CLIENT_BOOK_AGENDA_H
#define KAP_CLIENT_BOOK_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chart.h"

struct agenda;
struct vault_txn;

enum agenda_what {
	/* for clinicians */
	AGENDA_FLAG,      /* item; `by` took it on (prescribers alone are told) */
	AGENDA_TAKE_ON,   /* item: a message that asks to be acknowledged and was not */
	AGENDA_WAITING,   /* item: one's own message that nobody has acknowledged */
	AGENDA_TIMER,     /* item: an open session; due_ms: `detail` is next */
	AGENDA_ORDER,     /* item: an order whose current revision one has not acknowledged */
	AGENDA_MED,       /* item: a changed medicine that no prescriber has acknowledged */
	AGENDA_SUPPLY,    /* item: a count; `count` was counted, `expected` had to be there, of units of unit_mg */
	AGENDA_MESSAGES,  /* `count` messages not opened, `soon` of them soon */
	AGENDA_SHARED,    /* `count` entries of `about` not opened */
	AGENDA_REPORT,    /* item: a medicine session that ended at at_ms and has no report */
	AGENDA_FOLLOW_UP, /* due this week: item ends on `day`, as `detail` says */
	/* for clients */
	AGENDA_ASSIGNMENT, /* item */
	AGENDA_FORM,       /* item; due_ms: it can be signed from then on, 0: now */
	AGENDA_PLAN,       /* item */
	/* for admins */
	AGENDA_UNCHECKED, /* `count` members with whom no words were compared */
	AGENDA_STOPPED,   /* `about`: keys were replaced, or words differed */
	AGENDA_TEAM,      /* `about`, a client, has nobody of `role` on the team */
	AGENDA_UNSENT,    /* `count` records that the server has not taken for days */
};

enum agenda_detail {
	AGENDA_NOTHING,
	AGENDA_CHECK,           /* a look at the client */
	AGENDA_VITALS,          /* vitals */
	AGENDA_OBSERVE,         /* the end of observing */
	AGENDA_CLEARANCE_ENDS,  /* on `day` */
	AGENDA_CLEARANCE_ENDED, /* the day after `day`, or its sessions are used up (day 0) */
	AGENDA_ORDER_ENDS,
	AGENDA_ORDER_ENDED,
	AGENDA_NO_REPORT, /* of a medicine session that ended at at_ms */
};

struct agenda_row {
	enum agenda_what what;
	enum agenda_detail detail;
	bool urgent, overdue;
	const struct person *about; /* the client; NULL: none, or several */
	const struct book_item *item;
	const struct book_ack *ack; /* who took it on; NULL: nobody */
	size_t count, soon;
	uint64_t at_ms, due_ms; /* 0: none */
	uint64_t revision;      /* of an order */
	uint32_t day;           /* days since 1970 */
	int64_t expected;
	uint64_t unit_mg; /* tenths */
	unsigned role;
};

struct agenda_at {
	uint64_t now_ms;
	int16_t offset;        /* of the local zone, minutes */
	struct vault_txn *txn; /* to read what was passed over today */
	size_t unsent;         /* records that the server has not taken for days */
};

/* All that waits for the book's own person: what is urgent first, then in the order of the sections. ERR_NOMEM, errors
 * of the vault. *out borrows the book; free with agenda_free (NULL is legal). */
int agenda_collect(const struct chart *everybody, const struct agenda_at *at, struct agenda **out);
size_t agenda_count(const struct agenda *a);
const struct agenda_row *agenda_get(const struct agenda *a, size_t i);
void agenda_free(struct agenda *a);

/* "flag", "shared" ...: what programs call it. */
const char *agenda_name(enum agenda_what what);

#endif
