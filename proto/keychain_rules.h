/* keychain_rules: how the links after a person's first are judged, and what they change; for keychain*.c alone.
 * PROTOCOL 5.1. */
#ifndef KAP_PROTO_KEYCHAIN_RULES_H
#define KAP_PROTO_KEYCHAIN_RULES_H

#include <stdbool.h>

#include "keychain_body.h"

struct link;

/* Is `link` one that this chain takes next? Fills body. `verify` false leaves out the Ed25519 checks. See
 * keychain_apply. */
int keychain_rules_check(const struct keychain *k, const struct link *link, bool verify, struct keychain_body *body);

/* The same, and lets it take effect. k is unchanged on error. */
int keychain_rules_apply(struct keychain *k, const struct link *link, bool verify);

/* The devices that get a box with this link, in their order, which is that of the boxes; returns how many. Of a link
 * that adds a device it is that one alone; else those that are active after it, then the paper device. `body` is of a
 * link that keychain_rules_check would take, but for its boxes. */
#define KEYCHAIN_RULES_BOXES (KEYCHAIN_DEVICES_MAX + 1)
size_t keychain_rules_boxes(const struct keychain *k, const struct keychain_body *body,
                            const struct device_public *to[KEYCHAIN_RULES_BOXES]);

#endif
