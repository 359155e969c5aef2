/* scoring: how this device's person wants totals to be read: from which total on the PCL-5 is above its cut-point, and
 * whether a total is made where a few answers are missing. Knows no questionnaire's rules. */
#ifndef KAP_CLIENT_BOOK_SCORING_H
#define KAP_CLIENT_BOOK_SCORING_H

#include <stdbool.h>

struct measures_instrument;
struct vault;

#define SCORING_CUT_OF "pcl5" /* the one whose cut-point is a matter of choice */

struct scoring {
	int cut; /* 0: as the instrument says */
	bool prorate;
};

/* What is set, or how it is where nothing is: no other cut-point, no prorated totals. Errors of the vault. */
int scoring_load(struct vault *vault, struct scoring *out);
int scoring_save(struct vault *vault, const struct scoring *scoring);
/* The cut-point that holds for an instrument, 0: it has none. */
int scoring_cut(const struct scoring *scoring, const struct measures_instrument *m);

#endif
