/* consent: a client's signature under a form: the typed name, the hash of the text that was shown, and until when.
 * Taking it back is a revision; a clinician countersigns by acknowledging it. */
#ifndef KAP_CLIENT_CARE_CONSENT_H
#define KAP_CLIENT_CARE_CONSENT_H

#include "kinds.h"

#define CONSENT_KIND 77

enum {
	CONSENT_FORM = 100,
	CONSENT_TEMPLATE = 101,
	CONSENT_VERSION = 102,
	CONSENT_TEXT_HASH = 103,
	CONSENT_NAME = 104,
	CONSENT_SCOPE = 105,
	CONSENT_TO = 106,
	CONSENT_WHAT = 107,
	CONSENT_UNTIL = 108,
	CONSENT_WITHDRAWN_AT = 109,
	CONSENT_TITLE = 1,
};

#define CONSENT_DAYS_MAX 365 /* of a release */

/* True for the scopes that let something go to somebody. */
bool consent_is_release(uint64_t scope);

extern const struct care_kind care_consent;

#endif
