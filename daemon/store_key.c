/* store_key: see the header. */
#include <assert.h>
#include <string.h>

#include "store_key.h"

struct table {
	const char *name;
	size_t width;
	int sequential;
};

static const struct table tables[STORE_TABLE_COUNT] = {
#define TABLE(name, width, sequential) {#name, width, sequential},
    STORE_TABLES(TABLE)
#undef TABLE
};

#define TABLE(name, width, sequential) static_assert((width) <= STORE_KEY_MAX, #name);
STORE_TABLES(TABLE)
#undef TABLE

const char *store_table_name(enum store_table table)
{
	return tables[table].name;
}

size_t store_table_width(enum store_table table)
{
	return tables[table].width;
}

int store_table_is_sequential(enum store_table table)
{
	return tables[table].sequential;
}

void store_key_put_u64(uint8_t out[8], uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		out[i] = (uint8_t)v;
}

uint64_t store_key_get_u64(const uint8_t in[8])
{
	uint64_t v = 0;
	for (int i = 0; i < 8; i++)
		v = v << 8 | in[i];
	return v;
}

static void add(struct store_key *key, const uint8_t *bytes, size_t len)
{
	memcpy(key->bytes + key->len, bytes, len);
	key->len += len;
}

static void add_u64(struct store_key *key, uint64_t v)
{
	store_key_put_u64(key->bytes + key->len, v);
	key->len += 8;
}

struct store_key store_key_meta(enum store_meta what)
{
	return (struct store_key){.bytes = {(uint8_t)what}, .len = 1};
}

struct store_key store_key_number(uint64_t n)
{
	struct store_key key = {.len = 0};
	add_u64(&key, n);
	return key;
}

struct store_key store_key_rid(const uint8_t rid[32])
{
	struct store_key key = {.len = 0};
	add(&key, rid, 32);
	return key;
}

struct store_key store_key_id(const uint8_t id[16])
{
	struct store_key key = {.len = 0};
	add(&key, id, 16);
	return key;
}

struct store_key store_key_link(const uint8_t chain[32], uint64_t seq)
{
	struct store_key key = store_key_rid(chain);
	add_u64(&key, seq);
	return key;
}

struct store_key store_key_feed(const uint8_t pid[16], uint64_t seq)
{
	struct store_key key = store_key_id(pid);
	add_u64(&key, seq);
	return key;
}

struct store_key store_key_answer(uint64_t answer_by_s, const uint8_t rid[32])
{
	struct store_key key = store_key_number(answer_by_s);
	add(&key, rid, 32);
	return key;
}

struct store_key store_key_inviter(const uint8_t pid[16], const uint8_t id[16])
{
	struct store_key key = store_key_id(pid);
	add(&key, id, 16);
	return key;
}

struct store_key store_key_part(const uint8_t blob[16], uint64_t n)
{
	return store_key_feed(blob, n);
}

struct store_key store_key_named(const uint8_t blob[16], const uint8_t rid[32])
{
	struct store_key key = store_key_id(blob);
	add(&key, rid, 32);
	return key;
}

struct store_key store_key_awaited(const uint8_t rid[32], const uint8_t pid[16])
{
	struct store_key key = store_key_rid(rid);
	add(&key, pid, 16);
	return key;
}

struct store_key store_key_gone(const uint8_t rid[32], const uint8_t pid[16], const uint8_t author[16])
{
	struct store_key key = store_key_awaited(rid, pid);
	add(&key, author, 16);
	return key;
}
