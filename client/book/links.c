/* links: table LINK holds the bytes, table CHAIN one row per chain; see links.h. */
#include <string.h>

#include "client/vault.h"
#include "proto/buf.h"
#include "proto/err.h"

#include "links.h"

#define ROW_ID 40

static void row_id(const uint8_t chain[32], uint64_t seq, uint8_t id[ROW_ID])
{
	memcpy(id, chain, 32);
	for (int i = 0; i < 8; i++)
		id[32 + i] = (uint8_t)(seq >> (56 - 8 * i));
}

int links_put(struct vault_txn *txn, const uint8_t chain[32], uint64_t seq, const void *bytes, size_t len)
{
	uint8_t id[ROW_ID];
	struct buf row;
	row_id(chain, seq, id);
	buf_init(&row, 0);
	buf_put(&row, bytes, len);
	int err = buf_err(&row);
	if (!err)
		err = vault_put(txn, VAULT_LINK, id, sizeof(id), &row);
	buf_reset(&row);
	if (!err && seq == 0 && !buf_put(&row, chain, 32))
		err = vault_put(txn, VAULT_CHAIN, chain, 32, &row);
	buf_wipe(&row);
	return err;
}

int links_get(struct vault_txn *txn, const uint8_t chain[32], uint64_t seq, struct buf *out)
{
	uint8_t id[ROW_ID];
	row_id(chain, seq, id);
	return vault_get(txn, VAULT_LINK, id, sizeof(id), out);
}

int links_each(struct vault_txn *txn, const uint8_t chain[32], links_visit *visit, void *arg)
{
	struct buf row;
	int err = 0;
	buf_init(&row, 0);
	for (uint64_t seq = 0; !err; seq++) {
		err = links_get(txn, chain, seq, &row);
		if (!err)
			err = visit(arg, seq, row.data, row.len);
		else if (err == ERR_NOT_FOUND)
			break;
	}
	buf_wipe(&row);
	return err == ERR_NOT_FOUND ? 0 : err;
}

struct chains {
	links_chain_visit *visit;
	void *arg;
};

static int chain_row(void *ctx, const struct vault_entry *entry)
{
	const struct chains *c = ctx;
	return entry->len == 32 ? c->visit(c->arg, entry->value) : ERR_CORRUPT;
}

int links_chains(struct vault_txn *txn, links_chain_visit *visit, void *arg)
{
	return vault_each(txn, VAULT_CHAIN, 0, chain_row, &(struct chains){visit, arg});
}
