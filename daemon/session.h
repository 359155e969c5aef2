/* session: one connection seen from the house: who it is, which requests of it are in work, what it watches, when it
 * leaves. Joins conn (bytes), gate (how many), dispatch (requests) and watch (events); decides nothing of theirs. Loop
 * thread only. */
#ifndef KAP_DAEMON_SESSION_H
#define KAP_DAEMON_SESSION_H

#include <stdint.h>

#include "conn.h"

struct config;
struct dispatch;
struct gate;
struct session;
struct sockaddr;
struct watch;

/* Shared by all sessions of a loop; outlives them. */
struct session_house {
	struct event_base *base;
	struct ssl_ctx_st *tls;
	const struct config *config;
	struct conn_limits limits;
	struct gate *gate;
	struct dispatch *dispatch;
	struct watch *watch;
	struct session *sessions; /* all of them */
	uint32_t watchers;
	/* A session ended, and its place is free. */
	void (*left)(void *arg);
	void *arg;
};

/* Fills in limits from the configuration. */
void session_set_limits(struct session_house *house);

/* Takes the accepted descriptor in every case. ERR_BUSY: the gate let nobody in; ERR_NOMEM. */
int session_begin(struct session_house *house, int fd, const struct sockaddr *from);

/* Every session of this person, or every session (NULL), answers what is in work and ends; those with nothing in work
 * end at once. */
void session_dismiss(struct session_house *house, const uint8_t *pid, enum conn_reason reason);
/* Ends all of this device now: nothing of what is queued or in work leaves any more. */
void session_drop_device(struct session_house *house, const uint8_t did[16], enum conn_reason reason);
/* Ends all of them now. */
void session_drop_all(struct session_house *house, enum conn_reason reason);

#endif
