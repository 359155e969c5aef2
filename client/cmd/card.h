/* card: the crisis card: what to do in danger. Asks nothing, needs no key; the clinic's own numbers are on it only
 * where the vault is open already or `kap unlock` holds. */
#ifndef KAP_CLIENT_CMD_CARD_H
#define KAP_CLIENT_CMD_CARD_H

struct kap;

/* Shows it at once: the card is out before anything else can fail or take time. */
void card_show(struct kap *kap);
/* The same without its last line, the safety plan: for who has something to say before it. */
void card_danger(struct kap *kap);

#endif
