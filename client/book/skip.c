/* skip: see skip.h. The fact's value is the day, 8 bytes, the most significant first. */
#include <string.h>

#include "proto/buf.h"

#include "book.h"
#include "ledger.h"
#include "people.h"

#include "skip.h"

#define FACT "skipped"
#define NAME 32 /* author and item of an assignment */

static void put_name(const struct book_item *item, uint8_t out[NAME])
{
	memcpy(out, item->author->pid, 16);
	memcpy(out + 16, item->id, 16);
}

static void put_day(int64_t day, uint8_t out[8])
{
	for (unsigned i = 0; i < 8; i++)
		out[i] = (uint8_t)((uint64_t)day >> (56 - 8 * i));
}

static int put(struct vault_txn *txn, const void *name, size_t len, int64_t day)
{
	uint8_t value[8];
	put_day(day, value);
	return ledger_fact_put(txn, FACT, name, len, value, sizeof(value));
}

static bool has(struct vault_txn *txn, const void *name, size_t len, int64_t day)
{
	uint8_t want[8];
	struct buf value;
	put_day(day, want);
	buf_init(&value, 0);
	bool found = !ledger_fact_get(txn, FACT, name, len, &value) && value.len == sizeof(want) &&
	             memcmp(value.data, want, sizeof(want)) == 0;
	buf_wipe(&value);
	return found;
}

int skip_prompt(struct vault_txn *txn, const char *id, int64_t day)
{
	return put(txn, id, strlen(id), day);
}

int skip_assignment(struct vault_txn *txn, const struct book_item *item, int64_t day)
{
	uint8_t name[NAME];
	put_name(item, name);
	return put(txn, name, sizeof(name), day);
}

bool skip_has_prompt(struct vault_txn *txn, const char *id, int64_t day)
{
	return has(txn, id, strlen(id), day);
}

bool skip_has_assignment(struct vault_txn *txn, const struct book_item *item, int64_t day)
{
	uint8_t name[NAME];
	put_name(item, name);
	return has(txn, name, sizeof(name), day);
}
