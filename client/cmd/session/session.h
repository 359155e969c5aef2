/* session: what the commands of a session share: whose session it is, when something happened, and the one way in which
 * an event is written: with its flags, its word to the prescriber and the client's summary in one transaction. Knows no
 * particular kind of event. */
#ifndef KAP_CLIENT_CMD_SESSION_H
#define KAP_CLIENT_CMD_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/book/session.h"

#include "client/cmd/desk.h"

struct buf;
struct content;
struct form;

#define SESSION_ANSWER_S 300 /* an urgent flag of an open session asks to be acknowledged within 5 minutes */
#define SESSION_FLAG_TEXT 256
#define SESSION_FLAGS 4
#define SESSION_AT                                                                                                     \
	{                                                                                                                  \
		"at", 'a', "WHEN", "when it happened, if not now: \"2:48 pm\", \"2026-03-03 14:48\""                           \
	}

struct session_desk {
	struct desk d;
	struct chart chart;
	struct session *s; /* NULL where none is needed */
};

/* The desk, the client, and the session that is open. KAP_OK or an exit code after saying why not; then nothing is to
 * be finished. */
int session_begin(struct kap *kap, const char *client, struct session_desk *sd);
/* The same with the newest session, open or closed, or the one that is named by its number (S3). */
int session_begin_any(struct kap *kap, const char *typed, struct session_desk *sd);
void session_finish(struct session_desk *sd);

/* For commands that add one event to the open session of the client argv[0]: fills in its form from what else was
 * typed, then records it. */
struct form;
typedef int session_fill(struct session_desk *sd, struct form *f, int argc, char **argv);
typedef int session_record(struct session_desk *sd, struct form *f);
int session_event(struct kap *kap, int argc, char **argv, session_fill *fill, session_record *record);

/* When: --at, or now (*at_ms is never 0). KAP_OK or an exit code after saying that it cannot be then. */
int session_when(struct session_desk *sd, uint64_t *at_ms, int16_t *offset);

/* Who is told: who wrote the order, else a prescriber of the team; NULL: there is none. */
const struct person *session_prescriber(const struct session_desk *sd);
/* The prescribers of the client's team, at most `max`; returns how many. */
size_t session_prescribers(const struct session_desk *sd, const struct person **out, size_t max);

struct session_flag {
	unsigned cause, severity; /* client/care/flag.h */
	char text[SESSION_FLAG_TEXT];
};

/* What is written at once. */
struct session_write {
	struct content *event;           /* NULL: none; the session it belongs to is set here */
	const struct book_item *revises; /* the event it corrects; NULL */
	struct content *session;         /* a revision of the session; NULL */
	uint64_t at_ms;
	int16_t offset;
	struct session_flag flags[SESSION_FLAGS];
	size_t n_flags;
	const char *message; /* to the prescribers, NULL; of the type limits-exceeded, with its fields */
	const struct write_field *fields;
	size_t n_fields;
	bool summary; /* the client's summary changes */
};

__attribute__((format(printf, 4, 5))) void session_flag(struct session_write *w, unsigned cause, unsigned severity,
                                                        const char *fmt, ...);
/* Writes it. KAP_OK or an exit code after saying why not; nothing of it was written then. */
int session_save(struct session_desk *sd, const struct session_write *w, const char *lost);
/* For commands with transactions of their own: flags about `source`; those that exist already stay as they are. */
int session_put_flags(const struct write_ctx *ctx, const struct chart *chart, const struct book_item *source,
                      const struct session_write *w);

/* After desk_send: "Dr. Osei notified 2:48 pm.", or that nobody knows yet and what to do. `how`: "notified", "told". */
void session_put_told(const struct session_desk *sd, int sent, const char *how, struct buf *out);
/* Says what is in `line`, and wipes it. */
void session_say(const struct session_desk *sd, struct buf *line);
__attribute__((format(printf, 2, 3))) void session_put(struct buf *out, const char *fmt, ...);

/* "2:48 pm", of this device's zone. */
const char *session_clock(uint64_t ms, char out[WHEN_TEXT]);
/* "300 mg", tenths as people read them. */
const char *session_mg(uint64_t tenths, char out[48]);
/* "BP 168/102, HR 96, SpO2 97" */
void session_put_vitals(const struct content *event, struct buf *out);
/* " Timers: check every 15 min, vitals 2:47 pm, observe to 4:07 pm."; nothing when the order asks for none. */
void session_put_timers(const struct session *s, struct buf *out);

#endif
