/* err: every error of the project as a negative number, its name, its sentence and its status on the wire.
 * Knows nothing of who raises them. The rows are in err.def; adding an error is adding a row. */
#ifndef KAP_PROTO_ERR_H
#define KAP_PROTO_ERR_H

#include <stdint.h>

enum err {
	ERR_OK = 0,
#define ERR(name, number, wire, text) ERR_##name = -(number),
#include "err.def"
#undef ERR
};

/* Returns the short name of `err` ("NO_GRANT"), "OK" for 0, "UNKNOWN" for a number not in the table. Static. */
const char *err_name(int err);

/* Returns the sentence for `err`, "" for 0. Static, plain words, ends in a full stop. */
const char *err_text(int err);

/* Returns the wire status for `err`: 0 for 0, 500 for what does not travel by name or is unknown. */
uint16_t err_to_status(int err);

/* Returns the error for a wire status: 0 for 0, ERR_INTERNAL for 500 and for a status not in the table. */
int err_from_status(uint16_t status);

/* True for statuses after which the same request may succeed later: BUSY, RATE, FULL, READONLY, DRAINING. */
int err_is_retryable(int err);

#endif
