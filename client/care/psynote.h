/* psynote: a therapist's own note about a conversation, for nobody else. Doses, vitals, measures and times belong in
 * the session. */
#ifndef KAP_CLIENT_CARE_PSYNOTE_H
#define KAP_CLIENT_CARE_PSYNOTE_H

#include "kinds.h"

#define PSYNOTE_KIND 79

enum {
	PSYNOTE_TEXT = 2,
	PSYNOTE_SESSION = 100,
};

extern const struct care_kind care_psynote;

#endif
