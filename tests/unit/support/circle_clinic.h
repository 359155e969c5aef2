/* circle_clinic: the half of circle.h that makes the clinic, with this folder's people.h. For circle.c alone. */
#ifndef KAP_TESTS_CIRCLE_CLINIC_H
#define KAP_TESTS_CIRCLE_CLINIC_H

#include <stddef.h>
#include <stdint.h>

#include "circle.h"

struct circle_clinic;
struct identity;

struct circle_clinic *circle_clinic_new(void);
void circle_clinic_free(struct circle_clinic *cc);
const uint8_t *circle_clinic_genesis(const struct circle_clinic *cc, enum circle_who who);
void circle_clinic_leave_team(struct circle_clinic *cc, enum circle_who client, enum circle_who staff);
void circle_clinic_remove(struct circle_clinic *cc, enum circle_who who);
void circle_clinic_add_devices(struct circle_clinic *cc);
/* All but the name. */
void circle_clinic_identity(const struct circle_clinic *cc, enum circle_who who, struct identity *id);

/* Every link that the server would serve to `who`, as it would. */
typedef void circle_clinic_take(void *arg, const uint8_t chain[32], uint64_t seq, const uint8_t *bytes, size_t len);
void circle_clinic_links(struct circle_clinic *cc, enum circle_who who, circle_clinic_take *take, void *arg);

#endif
