/* store_env: see the header. Rules of opening: one open per data file (a lock of its own, because closing any other
 * descriptor of LMDB's files would drop LMDB's own locks), no fork afterwards, no resizing, nothing but MDB_NOTLS. */
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "proto/err.h"
#include "store.h"
#include "store_env.h"

#define PATH_SIZE 4096

int store_env_err(int rc)
{
	switch (rc) {
	case MDB_SUCCESS:
		return 0;
	case MDB_NOTFOUND:
	case ENOENT:
		return ERR_NOT_FOUND;
	case MDB_KEYEXIST:
		return ERR_EXISTS;
	case MDB_MAP_FULL:
	case MDB_TXN_FULL:
	case ENOSPC:
	case EDQUOT:
		return ERR_FULL;
	case ENOMEM:
		return ERR_NOMEM;
	case MDB_PANIC:
		return ERR_STORE_FATAL;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_VERSION_MISMATCH:
		return ERR_CORRUPT;
	case MDB_BAD_TXN:
	case MDB_BAD_DBI:
	case MDB_BAD_RSLOT:
	case MDB_BAD_VALSIZE:
	case MDB_INCOMPATIBLE:
	case EINVAL:
		return ERR_INTERNAL;
	default:
		return ERR_IO;
	}
}

static int path_of(const char *dir, const char *name, char out[PATH_SIZE])
{
	int n = snprintf(out, PATH_SIZE, "%s/%s", dir, name);
	return n > 0 && n < PATH_SIZE ? 0 : ERR_ARG;
}

/* File systems on which a returned fdatasync means what LMDB takes it to mean. */
static int filesystem_is_allowed(const char *dir)
{
	static const unsigned long allowed[] = {
	    0xEF53,     /* ext4 */
	    0x58465342, /* xfs */
	    0x9123683E, /* btrfs */
	    0x2FC12FC1, /* zfs */
	};
	struct statfs fs;
	if (statfs(dir, &fs) != 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		if ((unsigned long)fs.f_type == allowed[i])
			return 0;
	}
	return ERR_CONFIG;
}

static int lock(const char *dir, int *fd)
{
	char path[PATH_SIZE];
	int err = path_of(dir, "store.lock", path);
	if (err)
		return err;
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	err = errno == EWOULDBLOCK ? ERR_LOCKED : ERR_IO;
	close(*fd);
	*fd = -1;
	return err;
}

/* Tables from number `made` on are made where they are missing; MDB_NOTFOUND for others that are. */
static int try_tables(struct store_env *env, int made)
{
	MDB_txn *txn = NULL;
	int rc = mdb_txn_begin(env->mdb, NULL, made < STORE_TABLE_COUNT ? 0 : MDB_RDONLY, &txn);
	for (int i = 0; rc == 0 && i < STORE_TABLE_COUNT; i++)
		rc = mdb_dbi_open(txn, store_table_name((enum store_table)i), i >= made ? MDB_CREATE : 0, &env->tables[i]);
	if (rc) {
		mdb_txn_abort(txn);
		return store_env_err(rc);
	}
	return store_env_err(mdb_txn_commit(txn));
}

/* A store of an earlier version gets the tables that have come since; one that has them all is not written to. */
static int open_tables(struct store_env *env, bool create)
{
	int err = try_tables(env, create ? 0 : STORE_TABLE_COUNT);
	return err == ERR_NOT_FOUND && !create ? try_tables(env, STORE_TABLES_FIRST) : err;
}

/* A new directory entry is durable only once the directory is. */
static int sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ERR_IO;
	int rc = fsync(fd);
	close(fd);
	return rc == 0 ? 0 : ERR_IO;
}

static int open_mdb(const struct store_opts *opts, struct store_env *env)
{
	int rc = mdb_env_create(&env->mdb);
	if (rc == 0)
		rc = mdb_env_set_mapsize(env->mdb, (size_t)env->map_size);
	if (rc == 0)
		rc = mdb_env_set_maxdbs(env->mdb, STORE_TABLE_COUNT);
	if (rc == 0)
		rc = mdb_env_open(env->mdb, opts->dir, MDB_NOTLS, 0600);
	MDB_stat stat = {0};
	if (rc == 0)
		rc = mdb_env_stat(env->mdb, &stat);
	env->page_size = stat.ms_psize;
	return store_env_err(rc);
}

int store_env_open(const struct store_opts *opts, bool create, struct store_env *env)
{
	*env = (struct store_env){.lock_fd = -1};
	env->map_size = opts->map_size ? opts->map_size : STORE_ENV_MAP_DEFAULT;
	env->map_size -= env->map_size % (64 << 10);
	if (env->map_size < STORE_ENV_MAP_MIN)
		return ERR_RANGE;
	char path[PATH_SIZE];
	int err = path_of(opts->dir, "data.mdb", path);
	if (!err && !opts->any_filesystem)
		err = filesystem_is_allowed(opts->dir);
	if (err)
		return err;
	struct stat st;
	if (!create && stat(path, &st) != 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	err = lock(opts->dir, &env->lock_fd);
	if (err)
		return err;
	err = open_mdb(opts, env);
	if (!err)
		err = open_tables(env, create);
	if (!err && create)
		err = sync_dir(opts->dir);
	if (err)
		store_env_close(env);
	else
		store_env_tend(env);
	return err;
}

void store_env_close(struct store_env *env)
{
	if (env->mdb)
		mdb_env_close(env->mdb);
	env->mdb = NULL;
	if (env->lock_fd >= 0)
		close(env->lock_fd);
	env->lock_fd = -1;
}

/* The parts of LMDB 0.9's page 0 and 1 that say how many pages there are (mdb.c: MDB_page, MDB_meta). */
#define META_MAGIC 0xBEEFC0DEu
#define META_AT_MAGIC 16
#define META_AT_PAGE_SIZE 40
#define META_AT_LAST_PAGE 136
#define META_AT_TXN 144
#define META_SIZE 152

static bool read_meta(int fd, off_t at, uint32_t *page_size, uint64_t *last_page, uint64_t *txn)
{
	uint8_t page[META_SIZE];
	uint32_t magic;
	if (pread(fd, page, sizeof(page), at) != (ssize_t)sizeof(page))
		return false;
	memcpy(&magic, page + META_AT_MAGIC, sizeof(magic));
	memcpy(page_size, page + META_AT_PAGE_SIZE, sizeof(*page_size));
	memcpy(last_page, page + META_AT_LAST_PAGE, sizeof(*last_page));
	memcpy(txn, page + META_AT_TXN, sizeof(*txn));
	return magic == META_MAGIC && *page_size >= 512 && *page_size <= 65536;
}

static int look_at(int fd, bool *is_short)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return ERR_IO;
	uint32_t page_size, page_size1;
	uint64_t last[2], txn[2];
	if (!read_meta(fd, 0, &page_size, &last[0], &txn[0]) ||
	    !read_meta(fd, (off_t)page_size, &page_size1, &last[1], &txn[1]) || page_size1 != page_size)
		return ERR_CORRUPT;
	uint64_t pages = last[txn[1] > txn[0]];
	*is_short = (uint64_t)st.st_size / page_size <= pages;
	return 0;
}

int store_env_look(const struct store_opts *opts, bool *is_short)
{
	char path[PATH_SIZE];
	int err = path_of(opts->dir, "data.mdb", path);
	if (err)
		return err;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	err = look_at(fd, is_short);
	close(fd);
	return err;
}

/* Pages that earlier transactions freed: LMDB keeps them in table 0 as lists, each beginning with its length. */
static int count_free(const struct store_env *env, uint64_t *pages)
{
	MDB_txn *txn = NULL;
	MDB_cursor *cur = NULL;
	MDB_val key, val;
	*pages = 0;
	int rc = mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, &txn);
	if (rc == 0)
		rc = mdb_cursor_open(txn, 0, &cur);
	while (rc == 0 && (rc = mdb_cursor_get(cur, &key, &val, MDB_NEXT)) == 0) {
		size_t n;
		memcpy(&n, val.mv_data, sizeof(n));
		*pages += n;
	}
	if (cur)
		mdb_cursor_close(cur);
	mdb_txn_abort(txn);
	return rc == MDB_NOTFOUND ? 0 : store_env_err(rc);
}

int store_env_room(const struct store_env *env, bool exact, uint64_t *used, uint64_t *capacity)
{
	MDB_envinfo info;
	struct statvfs fs;
	int fd;
	if (mdb_env_info(env->mdb, &info) != 0 || mdb_env_get_fd(env->mdb, &fd) != 0 || fstatvfs(fd, &fs) != 0)
		return ERR_IO;
	*used = ((uint64_t)info.me_last_pgno + 1) * env->page_size;
	uint64_t disk = *used + (uint64_t)fs.f_bavail * fs.f_frsize;
	*capacity = env->map_size < disk ? env->map_size : disk;
	/* Walking the free list costs: only where its answer can matter. */
	if (!exact && *used < *capacity / 5 * 4)
		return 0;
	uint64_t free_pages;
	int err = count_free(env, &free_pages);
	if (!err)
		*used -= free_pages * env->page_size < *used ? free_pages * env->page_size : *used;
	return err;
}

void store_env_tend(const struct store_env *env)
{
	int dead;
	mdb_reader_check(env->mdb, &dead);
}

unsigned store_env_flags(const struct store_env *env)
{
	unsigned flags = 0;
	mdb_env_get_flags(env->mdb, &flags);
	return flags;
}
