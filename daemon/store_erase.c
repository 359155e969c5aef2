/* store_erase: see the header. */
#include "store_erase.h"

#include "proto/err.h"
#include "store_inner.h"

int store_erase_record(struct store_batch *b, const uint8_t rid[32], const uint8_t *stub, size_t len)
{
	struct store_found found;
	struct store_val payload;
	int err = store_record_find(&b->txn, rid, &found);
	if (err)
		return err;
	struct store_key key = store_key_number(found.arrival);
	err = store_txn_get(&b->txn, STORE_PAYLOADS, &key, &payload);
	if (err)
		return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
	size_t gone = payload.len;
	err = store_replace_record(b, rid, stub, len);
	if (err || !gone)
		return err;
	err = store_txn_put(&b->txn, STORE_PAYLOADS, &key, NULL, 0);
	return err ? err : store_usage_shrink(&b->txn, found.author, gone);
}
