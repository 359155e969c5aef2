/* session_doubt: what speaks against a dose as it was typed: more than the order has, another route, more than is
 * plausible, not the time of a booster. It may be what happened, so that it can be confirmed with a reason, never
 * refused. Knows nothing of who is told. */
#ifndef KAP_CLIENT_CMD_SESSION_DOUBT_H
#define KAP_CLIENT_CMD_SESSION_DOUBT_H

#include "session.h"

#define SESSION_CONFIRM                                                                                                \
	{                                                                                                                  \
		"confirm", 'c', "WHY", "it is what happened, although it is unusual: the reason"                               \
	}

/* Looks at the dose in `form`, given at `at_ms` beside all doses but `corrects` (NULL: all of them). KAP_OK: nothing
 * speaks against it, or --confirm gave the reason, which is in the form now; a flag is in `w` when it is over the
 * order. Else an exit code after saying everything that does. */
int session_doubt(struct session_desk *sd, struct form *form, const struct session_event *corrects, uint64_t at_ms,
                  struct session_write *w);

#endif
