/* session_draft: the report of a session, drafted from its timeline, and its way to the prescribers. Adds nothing to
 * what was recorded. */
#ifndef KAP_CLIENT_CMD_SESSION_DRAFT_H
#define KAP_CLIENT_CMD_SESSION_DRAFT_H

#include <stdbool.h>

struct session_desk;

/* Drafts the report, shows it, asks, and writes it; nothing is sent yet. *sent: it was written. KAP_OK also when the
 * answer is no. */
int session_draft_offer(struct session_desk *sd, bool *sent);

#endif
