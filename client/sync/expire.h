/* expire: what lay in the bin until its day is deleted for good, by whichever device of its author looks first. Knows
 * no wire: it writes what the next push sends. */
#ifndef KAP_CLIENT_SYNC_EXPIRE_H
#define KAP_CLIENT_SYNC_EXPIRE_H

#include <stddef.h>
#include <stdint.h>

struct identity;
struct vault;

/* Call it when the whole feed is here, so that what another device took out of the bin is known. now_ms: the earlier of
 * this device's time and the server's, for deleting too late harms nobody. *n: how many items. One transaction. Errors
 * of write_delete and of the vault. */
int expire_bin(struct vault *vault, const struct identity *id, uint64_t now_ms, size_t *n);

#endif
