/* store_erase: what is left of a record that its author deleted. Beside store.h, for the handler that takes tombstones;
 * knows no tombstone and no rule about who may delete what. Writer thread only. */
#ifndef KAP_DAEMON_STORE_ERASE_H
#define KAP_DAEMON_STORE_ERASE_H

#include <stddef.h>
#include <stdint.h>

struct store_batch;

/* Deletes a stored record's payload and puts `stub` in place of its bytes: the same record without any wrap, so the rid
 * is the same and the caller has seen to it. Its place in feeds and in the order of arrival stays. Once more is no
 * error. May use the reserve. What was there may lie for a while in pages of the file that are free now, until the
 * engine needs them, and in backups. ERR_NOT_FOUND, ERR_ARG (bounds), and the errors of any write (store.h). */
int store_erase_record(struct store_batch *b, const uint8_t rid[32], const uint8_t *stub, size_t len);

#endif
