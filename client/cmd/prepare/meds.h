/* meds: what the commands about medicines share: the list as it is now, and writing one with the word about it to those
 * who must know before the next session. */
#ifndef KAP_CLIENT_CMD_MEDS_H
#define KAP_CLIENT_CMD_MEDS_H

#include "client/book/chart.h"

struct desk;
struct form;
struct kap;

int meds_run(struct kap *kap, int argc, char **argv);

/* Writes what is in the form. After a clearance was given the team is told by a message of the type med-change, in the
 * same transaction. `how`: "started", "stopped", "changed". KAP_OK or an exit code after saying why not. */
int meds_save(struct desk *d, struct form *f, const struct chart *chart, const struct book_item *revises,
              const char *how);
/* KAP_OK unless a client's session is open. */
int meds_may(struct desk *d, const struct chart *chart);

#endif
