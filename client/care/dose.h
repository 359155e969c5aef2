/* dose: what is plausible for a single dose by its route, so that a slipped digit is asked about once. Nothing here
 * says what anybody should take: orders do. */
#ifndef KAP_CLIENT_CARE_DOSE_H
#define KAP_CLIENT_CARE_DOSE_H

#include <stdbool.h>
#include <stdint.h>

/* The most that is plausible, tenths of a milligram; `route` as orders number them. */
uint64_t dose_plausible(unsigned route);
/* Esketamine comes in sprays of 28 mg: one, two or three. */
bool dose_is_sprays(uint64_t mg);

#endif
