/* store_key: every key shape of the store and the name of every table, and nothing else. Keys are fixed-width and
 * big-endian, so that their byte order is the order they are read in. Knows no value and no engine. */
#ifndef KAP_DAEMON_STORE_KEY_H
#define KAP_DAEMON_STORE_KEY_H

#include <stddef.h>
#include <stdint.h>

/* TABLE(name, key bytes, grows at its end, key) */
#define STORE_TABLES(TABLE)                                                                                            \
	TABLE(META, 1, 0)      /* u8 enum store_meta */                                                                    \
	TABLE(LINKS, 40, 0)    /* chain{32} seq */                                                                         \
	TABLE(RECORDS, 8, 1)   /* arrival, from 1 */                                                                       \
	TABLE(PAYLOADS, 8, 1)  /* arrival */                                                                               \
	TABLE(RIDS, 32, 0)     /* rid{32} */                                                                               \
	TABLE(FEEDS, 24, 0)    /* pid{16} seq */                                                                           \
	TABLE(USAGE, 16, 0)    /* pid{16} */                                                                               \
	TABLE(ANSWERS, 40, 0)  /* answer by s, rid{32} */                                                                  \
	TABLE(INVITES, 16, 0)  /* invite id{16} */                                                                         \
	TABLE(PACKETS, 16, 0)  /* invite id{16} */                                                                         \
	TABLE(INVITERS, 32, 0) /* pid{16} invite id{16} */                                                                 \
	TABLE(AUDIT, 8, 1)     /* seq */                                                                                   \
	TABLE(BLOBS, 16, 0)    /* blob id{16} */                                                                           \
	TABLE(PARTS, 24, 0)    /* blob id{16} part number */                                                               \
	TABLE(NAMED, 48, 0)    /* blob id{16} rid{32} */                                                                   \
	TABLE(LOOSE, 32, 0)    /* owner pid{16} blob id{16}: blobs that no record names */                                 \
	TABLE(GONE, 64, 0)     /* rid{32} pid{16} author{16}: a wrap its author took; pid zero: all of it */               \
	TABLE(AWAITED, 48, 0)  /* rid{32} pid{16}: of the audience, and the record not in their feed yet */

enum store_table {
#define TABLE(name, width, sequential) STORE_##name,
	STORE_TABLES(TABLE)
#undef TABLE
	    STORE_TABLE_COUNT
};

/* Those that a store of the first version has; it gets the others when it is opened. */
#define STORE_TABLES_FIRST 12

enum store_meta { STORE_META_SCHEMA = 1, STORE_META_GENERATION = 2, STORE_META_CLINIC = 3, STORE_META_BORN = 4 };

#define STORE_KEY_MAX 64

struct store_key {
	uint8_t bytes[STORE_KEY_MAX];
	size_t len;
};

const char *store_table_name(enum store_table table);
size_t store_table_width(enum store_table table);
/* 1 if rows are only ever added after the last. */
int store_table_is_sequential(enum store_table table);

struct store_key store_key_meta(enum store_meta what);
struct store_key store_key_number(uint64_t n);         /* arrival, audit seq */
struct store_key store_key_rid(const uint8_t rid[32]); /* or a chain: the prefix of its links */
struct store_key store_key_id(const uint8_t id[16]);   /* pid, invite id; also a prefix of feeds and inviters */
struct store_key store_key_link(const uint8_t chain[32], uint64_t seq);
struct store_key store_key_feed(const uint8_t pid[16], uint64_t seq);
struct store_key store_key_answer(uint64_t answer_by_s, const uint8_t rid[32]);
struct store_key store_key_inviter(const uint8_t pid[16], const uint8_t id[16]); /* also of LOOSE */
struct store_key store_key_part(const uint8_t blob[16], uint64_t n);
struct store_key store_key_gone(const uint8_t rid[32], const uint8_t pid[16], const uint8_t author[16]);
struct store_key store_key_awaited(const uint8_t rid[32], const uint8_t pid[16]);
struct store_key store_key_named(const uint8_t blob[16], const uint8_t rid[32]);

/* Integers as they stand in keys and values. */
void store_key_put_u64(uint8_t out[8], uint64_t v);
uint64_t store_key_get_u64(const uint8_t in[8]);

#endif
