/* unanswered_say: one line for whoever comes by: that something urgent was not acknowledged, or is due. For clinicians;
 * nothing where nothing waits. */
#ifndef KAP_CLIENT_CMD_UNANSWERED_SAY_H
#define KAP_CLIENT_CMD_UNANSWERED_SAY_H

struct desk;
struct kap;

void unanswered_say(struct desk *d);
/* The same for a command that has no desk. */
void unanswered_say_now(struct kap *kap);

#endif
