/* clinic_fold: the rules by which a link of a clinic chain takes effect; for clinic.c alone. */
#ifndef KAP_PROTO_CLINIC_FOLD_H
#define KAP_PROTO_CLINIC_FOLD_H

#include <stdbool.h>

struct clinic;
struct link;

/* See clinic_apply; `verify` false leaves out the Ed25519 check. */
int clinic_fold_link(struct clinic *c, const struct link *link, bool verify);

#endif
