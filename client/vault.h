/* vault: the encrypted local store of one profile: an LMDB environment whose every value is sealed, under a data key
 * that is itself sealed by a passphrase. Knows nothing of what values mean, of terminals, or of the kernel keyring.
 *
 * On disk, in one directory of mode 0700: `header` (vault_key.h), `data.mdb` and `lock.mdb` (LMDB), `open.lock` and
 * `write.lock`. A thief of the disk learns how many values each table has and their sizes in coarse steps, nothing
 * else.
 *
 * A vault belongs to one thread, and a process has at most one open at a time. Several processes may have the same
 * vault open; one writes at a time, so a write transaction must never span a prompt, an editor or the network. Not
 * usable after fork (exec is fine). Bytes that come out are copies in a `struct buf`, wiped by buf_wipe.
 *
 * Errors of every call besides those it names: ERR_NOMEM, ERR_IO (after a failed commit the vault answers nothing
 * else), ERR_CRYPTO, ERR_CORRUPT (a stored value does not prove itself), ERR_NO_SPACE (the disk or the map is full;
 * what was committed before is safe). */
#ifndef KAP_CLIENT_VAULT_H
#define KAP_CLIENT_VAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct vault;
struct vault_txn;

enum vault_table {
#define TABLE(name, number, kind) VAULT_##name = (number),
#include "client/vault.def"
#undef TABLE
};

#define VAULT_KEY_LEN 32                  /* the unlock key */
#define VAULT_ID_MAX 96                   /* 1..96 bytes */
#define VAULT_VALUE_MAX ((size_t)4 << 20) /* 0..4 MiB */
#define VAULT_PASS_MAX 1024               /* bytes of a passphrase, at least 1 */
#define VAULT_WAIT_MS 5000                /* how long a write waits for another process */

/* --- whole vaults --- */

/* What opens a vault: the unlock key if not NULL, else the passphrase. Borrowed during the call. */
struct vault_auth {
	const uint8_t *unlock_key; /* VAULT_KEY_LEN bytes */
	const char *pass;
	size_t pass_len;
};

/* Makes a new, empty vault in `dir`, which must not exist (its parent must): everything appears at once or not at all,
 * also across a power cut. log2_n is scrypt's cost, 0 for CRYPTO_SCRYPT_DEFAULT. The result is open. ERR_EXISTS;
 * ERR_RANGE (cost or length of the passphrase). */
int vault_create(const char *dir, const struct vault_auth *auth, unsigned log2_n, struct vault **vault);

/* Opens the vault in `dir`. ERR_NOT_FOUND; ERR_PASSPHRASE (passphrase or unlock key do not fit); ERR_CORRUPT (header
 * damaged or from elsewhere, data missing or not belonging to the header); ERR_RANGE (the header asks for a cost
 * outside CRYPTO_SCRYPT_MIN..MAX: nothing was computed); ERR_VERSION. */
int vault_open(const char *dir, const struct vault_auth *auth, struct vault **vault);

/* Wipes the keys and closes; open transactions are aborted first by their owners. NULL is legal. */
void vault_close(struct vault *vault);

/* Takes a vault away for good: its keys first, so that what a disk may keep of the rest opens with nothing. Nobody may
 * have it open. Done again it goes on where it was cut off; none there is no error. ERR_IO: something is left. */
int vault_destroy(const char *dir);

/* True if `dir` holds a vault, open or locked. Reads nothing secret. */
bool vault_exists(const char *dir);

/* Replaces the passphrase (and the salt and the unlock key); the values stay as they are. Durable when it returns. A
 * copy of the old header still opens with the old passphrase. ERR_RANGE. */
int vault_change_passphrase(struct vault *vault, const char *pass, size_t pass_len, unsigned log2_n);

/* Checks a passphrase against the open vault's header, at scrypt's full cost. 0 or ERR_PASSPHRASE. */
int vault_check_passphrase(const struct vault *vault, const char *pass, size_t pass_len);

/* The key that vault_auth.unlock_key takes, borrowed until close; for unlock.c. Dies with the next change of
 * passphrase. */
const uint8_t *vault_peek_unlock_key(const struct vault *vault);

/* --- transactions --- */

/* Begins. A read transaction sees one moment of the vault. ERR_IN_USE when `write` and another process has been writing
 * for VAULT_WAIT_MS. One write transaction at a time; a read transaction must not be kept while waiting for anything.
 */
int vault_begin(struct vault *vault, bool write, struct vault_txn **txn);

/* Ends the transaction, which is gone afterwards whatever is returned. All puts and deletes of it became durable
 * together (0), or none did. The first error of any put, del or append in it (except ERR_NOT_FOUND) is returned here
 * again, and nothing is written then. Committing a read transaction only ends it. */
int vault_commit(struct vault_txn *txn);
/* Ends it without effect. NULL is legal. */
void vault_abort(struct vault_txn *txn);

/* --- values looked up by id (tables marked ID; ERR_ARG for others) --- */

/* Replaces the content of `value` (which must be initialised) by a copy. ERR_NOT_FOUND. */
int vault_get(struct vault_txn *txn, enum vault_table table, const void *id, size_t id_len, struct buf *value);
bool vault_has(struct vault_txn *txn, enum vault_table table, const void *id, size_t id_len);
/* Adds or replaces. ERR_TOO_BIG (value), ERR_RANGE (id). */
int vault_put(struct vault_txn *txn, enum vault_table table, const void *id, size_t id_len, const struct buf *value);
/* ERR_NOT_FOUND. */
int vault_del(struct vault_txn *txn, enum vault_table table, const void *id, size_t id_len);

/* --- values kept in order (tables marked SEQ; ERR_ARG for others) --- */

/* Adds behind the last one; *seq (may be NULL) is its number: 1 in an empty table, else the last number present plus
 * one. */
int vault_append(struct vault_txn *txn, enum vault_table table, const struct buf *value, uint64_t *seq);
int vault_get_seq(struct vault_txn *txn, enum vault_table table, uint64_t seq, struct buf *value);
int vault_put_seq(struct vault_txn *txn, enum vault_table table, uint64_t seq, const struct buf *value);
int vault_del_seq(struct vault_txn *txn, enum vault_table table, uint64_t seq);
/* The last number present, 0 when the table is empty. */
int vault_last_seq(struct vault_txn *txn, enum vault_table table, uint64_t *seq);

/* --- whole tables --- */

/* Borrowed during the visit. id in tables marked ID, seq in those marked SEQ. */
struct vault_entry {
	const uint8_t *id;
	size_t id_len;
	uint64_t seq;
	const uint8_t *value;
	size_t len;
};
/* 0 goes on; anything else ends the walk and is what vault_each returns. Must not write to the table being walked. */
typedef int (*vault_visit)(void *ctx, const struct vault_entry *entry);

/* Visits every value from number `from` on in ascending order (SEQ), or every value in no useful but a stable order
 * (ID; `from` is 0). A value that does not prove itself ends the walk with ERR_CORRUPT. */
int vault_each(struct vault_txn *txn, enum vault_table table, uint64_t from, vault_visit visit, void *ctx);

/* How many values a table holds; opens none of them. */
int vault_count(struct vault_txn *txn, enum vault_table table, uint64_t *count);

#endif
