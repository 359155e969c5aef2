/* vault_lmdb: environment, locks, errors. Knows LMDB's file only as far as to see that none of it is missing. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "proto/err.h"
#include "client/vault.h"
#include "client/vault_lmdb.h"

/* Where LMDB 0.9 keeps these in a meta page, after its 16-byte page header (mdb.c, struct MDB_meta). */
enum {
	PAGE_HEADER = 16,
	META_MAGIC = 16,
	META_VERSION = 20,
	META_PSIZE = 40,
	META_LAST = 136,
	META_TXN = 144,
	META_END = 152
};
#define MAGIC 0xBEEFC0DEu
#define PROBE (64 << 10) /* bytes */

static const struct {
	int mdb, err;
} errors[] = {
    {MDB_SUCCESS, 0},
    {MDB_NOTFOUND, ERR_NOT_FOUND},
    {MDB_MAP_FULL, ERR_NO_SPACE},
    {ENOSPC, ERR_NO_SPACE},
    {EDQUOT, ERR_NO_SPACE},
    {EFBIG, ERR_NO_SPACE},
    {ENOMEM, ERR_NOMEM},
    {MDB_CORRUPTED, ERR_CORRUPT},
    {MDB_PAGE_NOTFOUND, ERR_CORRUPT},
    {MDB_INVALID, ERR_CORRUPT},
    {MDB_VERSION_MISMATCH, ERR_CORRUPT},
    {MDB_BAD_VALSIZE, ERR_CORRUPT},
    {MDB_READERS_FULL, ERR_IN_USE},
};

int vault_lmdb_err(int rc)
{
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (errors[i].mdb == rc)
			return errors[i].err;
	return ERR_IO;
}

/* LMDB's last word about a broken tree; without this it aborts with a line of C. */
static void damaged(MDB_env *env, const char *message)
{
	static const char text[] = "The stored data on this device is damaged and was not used. Nothing was changed.\n";

	(void)env;
	(void)message;
	if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
		_exit(2);
	_exit(1);
}

static uint64_t word(const uint8_t *page, int at)
{
	size_t v; /* LMDB stores its words in the machine's own size and order */

	memcpy(&v, page + at, sizeof v);
	return v;
}

static uint32_t half(const uint8_t *page, int at)
{
	uint32_t v;

	memcpy(&v, page + at, sizeof v);
	return v;
}

static bool read_meta(int fd, off_t at, uint8_t page[META_END])
{
	return pread(fd, page, META_END, at) == META_END && half(page, META_MAGIC) == MAGIC;
}

/* Pages that were allocated and freed again in one commit are never written, so a short file can be sound; what is
 * missing reads as zeros, which LMDB takes for no page. A page cut within its header it would take for one of four
 * thousand million keys. */
static int fill_up(int fd, off_t size, off_t psize, off_t need)
{
	if (size % psize < PAGE_HEADER && ftruncate(fd, size - size % psize))
		return ERR_IO;
	return ftruncate(fd, need) ? ERR_IO : 0;
}

static int check_file(int dir_fd)
{
	uint8_t first[META_END], second[META_END];
	int fd = openat(dir_fd, "data.mdb", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	int rc = ERR_CORRUPT;
	uint64_t psize, last, need;
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? ERR_CORRUPT : ERR_IO;
	if (fstat(fd, &st)) {
		rc = ERR_IO;
		goto out;
	}
	if (sizeof(size_t) != 8) { /* the offsets above are those of 64-bit machines */
		rc = st.st_size > 0 ? 0 : ERR_CORRUPT;
		goto out;
	}
	if (!read_meta(fd, 0, first))
		goto out;
	psize = half(first, META_PSIZE);
	if (psize < 512 || psize > 65536 || !read_meta(fd, (off_t)psize, second))
		goto out;
	last = word(word(second, META_TXN) > word(first, META_TXN) ? second : first, META_LAST);
	if (last < 1 || last >= VAULT_LMDB_MAP / psize)
		goto out;
	need = (last + 1) * psize;
	rc = 0;
	if ((uint64_t)st.st_size < need)
		rc = fill_up(fd, st.st_size, (off_t)psize, (off_t)need);
out:
	close(fd);
	return rc;
}

static int open_locks(struct vault_lmdb *db, int dir_fd)
{
	db->open_lock = openat(dir_fd, "open.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	db->write_lock = openat(dir_fd, "write.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return db->open_lock < 0 || db->write_lock < 0 ? ERR_IO : 0;
}

int vault_lmdb_open(struct vault_lmdb *db, const char *dir, bool fresh)
{
	int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), dead = 0, rc = ERR_IO;
	MDB_txn *txn = NULL;

	memset(db, 0, sizeof *db);
	db->open_lock = db->write_lock = -1;
	if (dir_fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	if ((rc = open_locks(db, dir_fd)))
		goto out;
	/* The file is only looked at while nobody has it open: they looked already, and it may grow under us. */
	if (!fresh && !flock(db->open_lock, LOCK_EX | LOCK_NB))
		rc = check_file(dir_fd);
	if (!rc && flock(db->open_lock, LOCK_SH))
		rc = ERR_IO;
	if (rc)
		goto out;
	if ((rc = vault_lmdb_err(mdb_env_create(&db->env))))
		goto out;
	if ((rc = vault_lmdb_err(mdb_env_set_mapsize(db->env, VAULT_LMDB_MAP))) ||
	    (rc = vault_lmdb_err(mdb_env_set_assert(db->env, damaged))) ||
	    (rc = vault_lmdb_err(mdb_env_open(db->env, dir, MDB_NOTLS, 0600))) ||
	    (rc = vault_lmdb_err(mdb_reader_check(db->env, &dead))) ||
	    (rc = vault_lmdb_err(mdb_env_get_fd(db->env, &db->data_fd))) ||
	    (rc = vault_lmdb_err(mdb_txn_begin(db->env, NULL, MDB_RDONLY, &txn))) ||
	    (rc = vault_lmdb_err(mdb_dbi_open(txn, NULL, 0, &db->dbi))))
		goto out;
	rc = vault_lmdb_err(mdb_txn_commit(txn));
	txn = NULL;
out:
	if (txn)
		mdb_txn_abort(txn);
	close(dir_fd);
	if (rc)
		vault_lmdb_close(db);
	return rc;
}

void vault_lmdb_close(struct vault_lmdb *db)
{
	if (db->env)
		mdb_env_close(db->env);
	if (db->write_lock > 0)
		close(db->write_lock);
	if (db->open_lock > 0)
		close(db->open_lock);
	memset(db, 0, sizeof *db);
}

int vault_lmdb_lock(struct vault_lmdb *db)
{
	const struct timespec pause = {0, 20 * 1000 * 1000};

	if (db->writing)
		return ERR_ARG;
	for (int waited = 0; flock(db->write_lock, LOCK_EX | LOCK_NB); waited += 20) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return ERR_IO;
		if (waited >= VAULT_WAIT_MS)
			return ERR_IN_USE;
		nanosleep(&pause, NULL);
	}
	db->writing = true;
	return 0;
}

void vault_lmdb_unlock(struct vault_lmdb *db)
{
	db->writing = false;
	flock(db->write_lock, LOCK_UN);
}

int vault_lmdb_begin(struct vault_lmdb *db, bool write, MDB_txn **txn)
{
	int rc, dead;

	*txn = NULL;
	if (db->dead)
		return ERR_IO;
	if (write && (rc = vault_lmdb_lock(db)))
		return rc;
	rc = mdb_txn_begin(db->env, NULL, write ? 0 : MDB_RDONLY, txn);
	if (rc == MDB_READERS_FULL && !mdb_reader_check(db->env, &dead))
		rc = mdb_txn_begin(db->env, NULL, MDB_RDONLY, txn);
	if (rc && write)
		vault_lmdb_unlock(db);
	return vault_lmdb_err(rc);
}

/* A file that stopped growing in the middle of a write is told to LMDB as a short write, and by LMDB as EIO. */
static bool no_room(const struct vault_lmdb *db)
{
	struct stat st;

	if (fstat(db->data_fd, &st) || !fallocate(db->data_fd, 0, st.st_size, PROBE))
		return false;
	return errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
}

int vault_lmdb_commit(struct vault_lmdb *db, bool write, MDB_txn *txn)
{
	int rc = vault_lmdb_err(mdb_txn_commit(txn));

	if (rc == ERR_IO && no_room(db))
		rc = ERR_NO_SPACE;
	/* After a failed write of the meta page LMDB would go on from pages that may not be on the disk. */
	if (rc && rc != ERR_NO_SPACE)
		db->dead = true;
	if (write)
		vault_lmdb_unlock(db);
	return rc;
}

void vault_lmdb_abort(struct vault_lmdb *db, bool write, MDB_txn *txn)
{
	mdb_txn_abort(txn);
	if (write)
		vault_lmdb_unlock(db);
}

int vault_lmdb_check(const struct vault_lmdb *db, const MDB_val *value)
{
	const uint8_t *data = value->mv_data, *map;
	MDB_envinfo info;
	struct stat st;
	size_t at;

	if (mdb_env_info(db->env, &info) || fstat(db->data_fd, &st))
		return ERR_IO;
	map = info.me_mapaddr;
	if (!map || data < map || data >= map + info.me_mapsize)
		return 0; /* a page of this transaction, still in memory */
	at = (size_t)(data - map);
	return at > (size_t)st.st_size || value->mv_size > (size_t)st.st_size - at ? ERR_CORRUPT : 0;
}
