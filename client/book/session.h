/* session: a client's sessions as their records tell them: which is open, what happened in it in order of time, how
 * much was given, what is due. Events belong to a session whoever of the team wrote them. Knows the kinds; no limit, no
 * terminal. Minutes are counted in UTC, so that a change of the clock does not change them. */
#ifndef KAP_CLIENT_BOOK_SESSION_H
#define KAP_CLIENT_BOOK_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chart.h"

#define SESSION_EARLIEST_MIN (-240) /* an event lies between these minutes from the first dose */
#define SESSION_LATEST_MIN 1440
#define SESSION_KEY 64
#define SESSION_REPORT_TYPE "session-report"         /* the type of the message that is its report */
#define SESSION_LATE_MS (UINT64_C(24) * 3600 * 1000) /* a session this long over should have its report */

struct session_event {
	const struct book_item *item;
	const struct content *content;
	unsigned what; /* EVENT_VITALS ... */
	uint64_t at_ms;
	bool struck; /* entered by mistake: it stays to be seen and counts nowhere */
};

struct session {
	struct chart chart;
	const struct book_item *item;
	const struct content *content;
	const struct book_item *order; /* NULL: none, or not at hand */
	const struct content *ordered; /* what it says now; NULL */
	size_t order_rev;              /* which revision that is */
	struct session_event *events;  /* by time, then arrival */
	size_t n_events;
	uint64_t opened_ms, closed_ms;        /* 0: not */
	uint64_t first_dose_ms, last_dose_ms; /* 0: none */
	size_t doses;
	uint64_t mg; /* of all doses, tenths */
};

/* The client's open session, the newest if there are several; NULL. */
const struct book_item *session_open(const struct chart *chart);
/* The newest that was opened, closed or not; NULL. */
const struct book_item *session_newest(const struct chart *chart);
/* The number of the next session of this type, from 1. */
uint64_t session_next_no(const struct chart *chart, unsigned type);

/* ERR_NOMEM; ERR_ARG: no session, or taken back. *out borrows the chart's book; free with session_free. */
int session_read(const struct chart *chart, const struct book_item *item, struct session **out);
void session_free(struct session *s); /* NULL is legal */

/* The last event of a kind that counts, not after `until_ms` (0: any); NULL. */
const struct session_event *session_last(const struct session *s, unsigned what, uint64_t until_ms);
/* Whole minutes from the first dose, or from the opening before there is one; negative before. */
int64_t session_minute(const struct session *s, uint64_t at_ms);
/* True if an event may lie there. */
bool session_spans(const struct session *s, uint64_t at_ms);
/* Minutes observed from the first dose until then; 0 without a dose. */
uint64_t session_observed(const struct session *s, uint64_t until_ms);

/* When something is next due by the order, counted from the first dose (from the opening before there is one); it may
 * lie in the past. 0: the order asks for none, or no more. A reading of vitals is a look at the client, too. */
uint64_t session_check_due(const struct session *s);
uint64_t session_vitals_due(const struct session *s);
uint64_t session_observe_until(const struct session *s);

/* A prescriber's acknowledgement of a flag that this session raised; NULL: none has. */
const struct book_ack *session_acknowledged(const struct chart *chart, const struct book_item *session);

/* What names the session in its report: number and time of opening. */
const char *session_key(const struct session *s, char out[SESSION_KEY]);
/* The message that is the session's report; NULL: none was written. */
const struct book_item *session_reported(const struct session *s);

#endif
