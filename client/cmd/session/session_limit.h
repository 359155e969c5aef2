/* session_limit: a reading of vitals beside the limits of the session's order: what is stamped on it, whom it is
 * flagged to, what is said. Knows limits only by client/care/limits.h. */
#ifndef KAP_CLIENT_CMD_SESSION_LIMIT_H
#define KAP_CLIENT_CMD_SESSION_LIMIT_H

#include "client/care/limits.h"

#include "session.h"

struct session_limit {
	struct limits now;    /* this reading by itself */
	struct limits before; /* what was known before it: the last reading of each of the vitals */
	struct limits after;  /* the same with this one */
	/* what the prescriber is written when it is within again */
	char message[256], reading[96], time[WHEN_TEXT];
	struct write_field fields[3];
};

/* Stamps the reading in `form`, which has its time in `w`, and puts flag or message into `w`; `l` must live as long.
 * KAP_OK or an exit code after saying why not. */
int session_limit_set(struct session_desk *sd, struct form *form, struct session_write *w, struct session_limit *l);
/* After it was written and sent: what it was, who knows, by when to take it again. */
void session_limit_say(struct session_desk *sd, const struct session_write *w, const struct session_limit *l, int sent);

#endif
