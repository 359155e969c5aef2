/* seal_internal: what seal.c and seal_back.c share. Nobody else includes this. */
#ifndef KAP_CLIENT_SYNC_SEAL_INTERNAL_H
#define KAP_CLIENT_SYNC_SEAL_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

struct ledger_pending;

/* True for records that hold a person's own words, which are never dropped. */
bool seal_keeps_words(uint8_t record_class, uint8_t op);
/* Makes it an entry for oneself alone. */
void seal_make_private(struct ledger_pending *p);

#endif
