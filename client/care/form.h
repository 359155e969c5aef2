/* form: a text that a clinic asks clients to sign, as one client was shown it. */
#ifndef KAP_CLIENT_CARE_FORM_H
#define KAP_CLIENT_CARE_FORM_H

#include "kinds.h"

#define FORM_KIND 76

enum {
	FORM_TITLE = 1,
	FORM_TEXT = 2,
	FORM_SCOPE = 100,
	FORM_VERSION = 101,
	FORM_TEMPLATE = 102,
};

enum { FORM_TREATMENT, FORM_RECORDING, FORM_MESSAGING, FORM_RELEASE, FORM_NOTE_RELEASE, FORM_PART2 };
extern const char *const form_scopes[];

extern const struct care_kind care_form;

#endif
