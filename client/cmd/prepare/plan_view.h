/* plan_view: a safety plan as it is read, and finding the newest without asking for anything: for `kap help-now`. */
#ifndef KAP_CLIENT_CMD_PLAN_VIEW_H
#define KAP_CLIENT_CMD_PLAN_VIEW_H

#include <stdbool.h>

struct content;
struct kap;
struct out;

/* The parts in their order, in the words they were written in. */
void plan_view_show(struct out *out, const struct content *plan);
/* The client's own, if the vault is open already or opens without a question. Says nothing about what goes wrong, and
 * nothing at all while locked. True if a plan was shown. */
bool plan_view_try(struct kap *kap);

#endif
