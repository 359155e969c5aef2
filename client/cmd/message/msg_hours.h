/* msg_hours: when the clinic's team reads what clients write, as far as an admin has said. */
#ifndef KAP_CLIENT_CMD_MSG_HOURS_H
#define KAP_CLIENT_CMD_MSG_HOURS_H

#include <stdbool.h>
#include <stddef.h>

struct desk;

/* False: it is not known. */
bool msg_hours(struct desk *d, char *out, size_t max);
/* True unless this person has written a message today. */
bool msg_hours_is_first_today(struct desk *d);

#endif
