/* session_draft: the report of a session, drafted from its timeline, and its way to the prescribers. Adds nothing to
 * what was recorded. */
#ifndef KAP_CLIENT_CMD_SESSION_DRAFT_H
#define KAP_CLIENT_CMD_SESSION_DRAFT_H

#include <stdbool.h>

#include "proto/buf.h"
#include "session.h"

#define SESSION_DRAFT_FIELDS 12

struct session_draft {
	struct buf line; /* "300 mg, BP 122/79 -> 124/80, distance 6/10, distress 2/10, AE none" */
	struct buf body; /* the line, and each field in a line of its own, for people */
	const char *labels[SESSION_DRAFT_FIELDS];
	struct buf values[SESSION_DRAFT_FIELDS];
	struct write_field fields[SESSION_DRAFT_FIELDS];
	size_t n;
	bool red; /* something in it is a red flag: the message is urgent */
};

/* KAP_OK or an exit code after saying why not. Free with session_draft_wipe, also then. */
int session_draft_make(struct session_desk *sd, struct session_draft *draft);
void session_draft_wipe(struct session_draft *draft);
/* Shows it, asks, and writes it; nothing is sent yet. *sent: it was written. KAP_OK also when the answer is no. */
int session_draft_offer(struct session_desk *sd, bool *sent);

#endif
