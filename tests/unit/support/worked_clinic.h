/* worked_clinic: the first half of the worked example: codes, a server, Ana who founds a clinic, and Jo who joins it
 * with her invitation. Randomness is the caller's to fix. Whatever goes wrong fails the running test. */
#ifndef KAP_TESTS_WORKED_CLINIC_H
#define KAP_TESTS_WORKED_CLINIC_H

#include <stdint.h>

#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/code.h"
#include "proto/device.h"
#include "proto/epoch.h"
#include "proto/feed.h"
#include "proto/invite.h"
#include "proto/keychain.h"

#include "example_text.h"

#define WORKED_NOW UINT64_C(1700000000000)

struct worked_person {
	const char *name;
	struct code recovery;
	struct device_secret device, paper;
	struct device_public device_pub, paper_pub;
	uint8_t did[DEVICE_ID], paper_did[DEVICE_ID], seed[EPOCH_SEED];
	struct epoch_keys epoch;
	struct buf link;
	struct keychain *chain;
	const uint8_t *genesis;
};

struct worked_clinic {
	struct example_text text;
	struct code founding_code, invitation_code;
	struct invite_keys founding, invitation;
	struct device_secret server; /* its tls key, and sign for the log */
	struct device_public server_pub;
	uint8_t generation[FEED_GENERATION];
	struct worked_person ana, jo;
	struct clinic *clinic;
};

/* Makes it all and writes the lines to x->text; the rest of *x is zero before. */
void worked_clinic_make(struct worked_clinic *x);
void worked_clinic_drop(struct worked_clinic *x);

/* The six keys of a device as WHICH_tls_private and so on; the parts of a link. */
void worked_clinic_put_device(struct worked_clinic *x, const char *which, const struct device_secret *s,
                              const struct device_public *p);
void worked_clinic_put_link(struct worked_clinic *x, const struct buf *bytes);

#endif
