/* late: what `kap sync` and `kap status` say about what came too late: records of a device that was out, and words that
 * wait too long for the server's receipt. */
#ifndef KAP_CLIENT_CMD_LATE_H
#define KAP_CLIENT_CMD_LATE_H

#include <stddef.h>

struct gone;
struct kap;

/* "2 entries written on PHONE after it was put out do not count and are no longer shown." Nothing if there is none. */
void late_say_gone(struct kap *kap, const struct gone *gone);
void late_say_overdue(struct kap *kap, size_t n);

#endif
