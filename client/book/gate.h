/* gate: what must be so before a session may open, as the record has it: a clearance that still holds, an order that
 * was acknowledged, no hold, a consent, no news of medicines that no prescriber has seen. Each answer says what stands
 * in the way and which item that is, so that a sentence can be made of it. Decides nothing that people decide: it reads
 * what they decided. Knows no terminal and no session that is about to open. */
#ifndef KAP_CLIENT_BOOK_GATE_H
#define KAP_CLIENT_BOOK_GATE_H

#include <stddef.h>
#include <stdint.h>

struct book_item;
struct chart;
struct person;

enum gate_state {
	GATE_OPEN,           /* nothing stands in the way here */
	GATE_MISSING,        /* there is no such item */
	GATE_EXPIRED,        /* its last day was `day` */
	GATE_DECIDED,        /* the clearance's decision is another: read CLEARANCE_DECISION of the item */
	GATE_USED_UP,        /* `used` sessions of the `allowed` were held since it was written */
	GATE_UNACKNOWLEDGED, /* the person has not acknowledged this revision; no prescriber that news */
	GATE_TOO_SOON,       /* the order's days between sessions: not before `day` */
	GATE_HELD,           /* a hold that nobody lifted */
	GATE_WITHDRAWN,      /* the client took the consent back */
};

struct gate {
	enum gate_state state;
	const struct book_item *item; /* what it is about; NULL when missing, or no hold */
	size_t revision;              /* of it, from 1 */
	uint32_t day;                 /* the last day it is good for, days since 1970; 0: none is named */
	uint64_t allowed, used;       /* medicine sessions; allowed 0: no number is named */
};

/* The day of the local calendar, as fields of days count it. */
uint32_t gate_today(uint64_t now_ms, int16_t offset_min);

/* All are about chart->client, which must not be NULL. A day that is named is still good on that day. */
struct gate gate_clearance(const struct chart *chart, uint32_t today);
/* `opens`: who is about to open the session; who wrote the order need not acknowledge it. */
struct gate gate_order(const struct chart *chart, const struct person *opens, uint32_t today);
/* The first hold that stands. */
struct gate gate_hold(const struct chart *chart, uint32_t today);
/* Of the scope `treatment`. */
struct gate gate_consent(const struct chart *chart, uint32_t today);
/* The first message about a changed medicine that no prescriber wrote or acknowledged. */
struct gate gate_med_change(const struct chart *chart);

#define GATE_MED_CHANGE "med-change" /* the type of such messages */

#endif
