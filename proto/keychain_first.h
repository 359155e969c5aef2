/* keychain_first: how a person's first link is judged; for keychain.c alone. PROTOCOL 5.1. */
#ifndef KAP_PROTO_KEYCHAIN_FIRST_H
#define KAP_PROTO_KEYCHAIN_FIRST_H

#include <stdbool.h>

struct keychain;
struct link;

/* Verifies the first link and puts what it says into k, which is empty. See keychain_new. */
int keychain_first_apply(struct keychain *k, const struct link *link, bool verify);

#endif
