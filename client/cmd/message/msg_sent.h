/* msg_sent: how far a message has come that was just sent, one sentence for each of its readers. */
#ifndef KAP_CLIENT_CMD_MSG_SENT_H
#define KAP_CLIENT_CMD_MSG_SENT_H

#include <stdbool.h>
#include <stdint.h>

struct desk;

/* Says nothing of one that is not stored yet. `waits`: a moment, for the devices that are connected to say that
 * they have it. */
void msg_sent_say(struct desk *d, const uint8_t ref[32], bool waits);

#endif
