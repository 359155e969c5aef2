/* clinic_step: one link of a clinic chain on its way through the rules, and who signed it; for clinic_*.c alone. */
#ifndef KAP_PROTO_CLINIC_STEP_H
#define KAP_PROTO_CLINIC_STEP_H

#include <stdbool.h>

#include "clinic_body.h"

struct clinic;
struct clinic_person;
struct clinic_ticket;
struct keychain;
struct keychain_device;
struct link;

struct clinic_step {
	struct clinic *c;
	const struct link *link;
	bool verify;
	struct clinic_body body;
	struct clinic_person *signer;         /* not of a genesis or a join */
	const struct keychain_device *device; /* that signed; not of a join */
	struct clinic_person *person;         /* whom it is about */
	struct clinic_person *old;            /* of a succession; NULL: not known here */
	struct clinic_ticket *ticket;         /* the story it continues, or the invitation it uses */
	const struct keychain *joiner;        /* of a genesis or a join */
	struct clinic_person *new_person;
	struct clinic_ticket *new_ticket;
};

/* Each finds who must have signed and checks the signature. They fill signer, device and joiner. ERR_ROLE,
 * ERR_NOT_FOUND (a key chain that the look-up does not know), ERR_LINK (another link stands where its device's cut is),
 * ERR_SIGNATURE. */
int clinic_step_by_member(struct clinic_step *s);
int clinic_step_by_admin(struct clinic_step *s);
int clinic_step_by_founder(struct clinic_step *s);
int clinic_step_by_invite(struct clinic_step *s);

/* Remembers who signed a link that takes its place. There is room. */
void clinic_step_note_signer(struct clinic_step *s);

bool clinic_step_is_admin(const struct clinic_person *p);

#endif
