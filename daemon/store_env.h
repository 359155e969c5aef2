/* store_env: the LMDB environment of the store: opened once, guarded by a lock file, flags exactly MDB_NOTLS, a map
 * that is never resized. Knows no table's content. For store_*.c and tests. */
#ifndef KAP_DAEMON_STORE_ENV_H
#define KAP_DAEMON_STORE_ENV_H

#include <stdbool.h>
#include <stdint.h>

#include "store_key.h"

struct MDB_env;
struct store_opts;

#define STORE_ENV_MAP_DEFAULT ((uint64_t)1 << 40)
#define STORE_ENV_MAP_MIN ((uint64_t)1 << 20)

struct store_env {
	struct MDB_env *mdb; /* NULL: not open */
	int lock_fd;
	unsigned tables[STORE_TABLE_COUNT]; /* MDB_dbi */
	uint64_t map_size, page_size;
};

/* Opens the environment and its tables; `create` makes what is not there. Errors of store_open; ERR_NOT_FOUND when
 * there is no data file or not every table of the first version; later ones are made. On error *env is closed. */
int store_env_open(const struct store_opts *opts, bool create, struct store_env *env);
void store_env_close(struct store_env *env); /* legal on a closed one */

/* Looks at the file before it is opened. *is_short: the file ends before the last page that its newer meta page names,
 * which is legal only where those pages were never written; reading one that was is a SIGBUS. ERR_NOT_FOUND, ERR_IO,
 * ERR_CORRUPT (not an LMDB file). Never call it while the environment is open in this process. */
int store_env_look(const struct store_opts *opts, bool *is_short);

/* Bytes in use and bytes that there may be: the map's size, or what the disk allows if that is less. Unless `exact`,
 * pages that were freed count as used while less than 80 % is in use. */
int store_env_room(const struct store_env *env, bool exact, uint64_t *used, uint64_t *capacity);

/* Frees the slots of dead readers. */
void store_env_tend(const struct store_env *env);

/* LMDB's flags, for the test that says what they are. */
unsigned store_env_flags(const struct store_env *env);

/* The project's error for a code of LMDB or errno. */
int store_env_err(int rc);

#endif
