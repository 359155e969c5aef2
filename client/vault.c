/* vault: whole vaults: made at once or not at all, opened, closed, given another passphrase. The header file is
 * replaced by renaming. Transactions are in vault_txn.c, bytes in vault_key.c, LMDB in vault_lmdb.c. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "client/vault.h"
#include "client/vault_internal.h"

/* Proves that header and data belong together; holds nothing. */
static const char marker[] = "vault 1";

static char *join(const char *dir, const char *suffix)
{
	char *path = NULL;

	return asprintf(&path, "%s%s", dir, suffix) < 0 ? NULL : path;
}

static int sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (fd < 0)
		return ERR_IO;
	rc = fsync(fd) ? ERR_IO : 0;
	close(fd);
	return rc;
}

static int write_header(const char *dir, const uint8_t header[VAULT_KEY_HEADER])
{
	char *path = join(dir, "/header"), *temp = join(dir, "/header.new");
	int fd = -1, rc = ERR_NOMEM;

	if (!path || !temp)
		goto out;
	rc = ERR_IO;
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		goto out;
	errno = 0;
	if (write(fd, header, VAULT_KEY_HEADER) != VAULT_KEY_HEADER || fsync(fd)) {
		rc = errno == ENOSPC || errno == EDQUOT ? ERR_NO_SPACE : ERR_IO;
		goto out;
	}
	if (!rename(temp, path))
		rc = sync_dir(dir);
out:
	if (fd >= 0)
		close(fd);
	if (rc && temp)
		unlink(temp);
	free(path);
	free(temp);
	return rc;
}

static int read_header(const char *dir, uint8_t header[VAULT_KEY_HEADER + 1], size_t *len)
{
	char *path = join(dir, "/header");
	ssize_t n;
	int fd;

	*len = 0;
	if (!path)
		return ERR_NOMEM;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	free(path);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO;
	n = read(fd, header, VAULT_KEY_HEADER + 1);
	close(fd);
	if (n < 0)
		return ERR_IO;
	*len = (size_t)n;
	return 0;
}

bool vault_exists(const char *dir)
{
	char *path = join(dir, "/header");
	bool there = path && !access(path, F_OK);

	free(path);
	return there;
}

static struct vault *vault_new(const char *dir)
{
	struct vault *v = calloc(1, sizeof *v);

	if (!v)
		return NULL;
	v->keys = crypto_secret_new(sizeof *v->keys);
	v->dir = strdup(dir);
	if (!v->keys || !v->dir) {
		vault_close(v);
		return NULL;
	}
	return v;
}

void vault_close(struct vault *vault)
{
	if (!vault)
		return;
	vault_lmdb_close(&vault->db);
	crypto_secret_free(vault->keys, sizeof *vault->keys);
	free(vault->dir);
	free(vault);
}

static int put_marker(struct vault *v)
{
	struct vault_txn *txn = NULL;
	struct buf value;
	int rc;

	buf_init(&value, 0);
	if ((rc = buf_put(&value, marker, sizeof marker)) || (rc = vault_begin(v, true, &txn)))
		goto out;
	vault_put(txn, VAULT_META, marker, sizeof marker, &value);
	rc = vault_commit(txn);
out:
	buf_wipe(&value);
	return rc;
}

static int check_marker(struct vault *v)
{
	struct vault_txn *txn = NULL;
	struct buf value;
	int rc = vault_begin(v, false, &txn);

	if (rc)
		return rc;
	buf_init(&value, 0);
	rc = vault_get(txn, VAULT_META, marker, sizeof marker, &value);
	buf_wipe(&value);
	vault_abort(txn);
	return rc == ERR_NOT_FOUND ? ERR_CORRUPT : rc;
}

int vault_open(const char *dir, const struct vault_auth *auth, struct vault **vault)
{
	uint8_t header[VAULT_KEY_HEADER + 1];
	struct vault *v = NULL;
	size_t len;
	int rc;

	*vault = NULL;
	if ((rc = read_header(dir, header, &len)))
		return rc;
	if (!(v = vault_new(dir)))
		return ERR_NOMEM;
	if ((rc = vault_key_open_header(header, len, auth, v->keys)) || (rc = vault_lmdb_open(&v->db, dir, false)) ||
	    (rc = check_marker(v)))
		goto out;
	*vault = v;
	v = NULL;
out:
	vault_close(v);
	return rc;
}

/* All of a vault: of one that vault_create was cut off in, which never had its final name, or of one whose keys are
 * gone.
 */
static void remove_files(const char *dir)
{
	static const char *const names[] = {"/header",   "/header.new", "/data.mdb",
	                                    "/lock.mdb", "/open.lock",  "/write.lock"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *path = join(dir, names[i]);

		if (path)
			unlink(path);
		free(path);
	}
	rmdir(dir);
}

static int fill_new(struct vault *v, const struct vault_auth *auth, unsigned log2_n)
{
	uint8_t header[VAULT_KEY_HEADER];
	int rc;

	if ((rc = vault_key_new(v->keys)) ||
	    (rc = vault_key_seal_header(v->keys, auth->pass, auth->pass_len, log2_n, header)))
		return rc;
	if (mkdir(v->dir, 0700))
		return errno == ENOSPC || errno == EDQUOT ? ERR_NO_SPACE : errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	if ((rc = vault_lmdb_open(&v->db, v->dir, true)) || (rc = put_marker(v)))
		return rc;
	vault_lmdb_close(&v->db);
	return write_header(v->dir, header);
}

/* Only one process makes a vault here at a time. */
static int lock_parent(const char *dir, char **parent, int *fd)
{
	const char *slash = strrchr(dir, '/');

	*fd = -1;
	if (!slash)
		*parent = strdup(".");
	else
		*parent = strndup(dir, slash == dir ? 1 : (size_t)(slash - dir));
	if (!*parent)
		return ERR_NOMEM;
	*fd = open(*parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	return flock(*fd, LOCK_EX | LOCK_NB) ? ERR_IN_USE : 0;
}

int vault_create(const char *dir, const struct vault_auth *auth, unsigned log2_n, struct vault **vault)
{
	struct vault_auth reopen = {NULL, NULL, 0};
	char *temp = join(dir, ".new"), *parent = NULL;
	struct vault *v = NULL;
	int fd = -1, rc = ERR_NOMEM;

	*vault = NULL;
	if (!temp || (rc = lock_parent(dir, &parent, &fd)))
		goto out;
	rc = ERR_EXISTS;
	if (!access(dir, F_OK))
		goto out;
	remove_files(temp);
	rc = ERR_NOMEM;
	if (!(v = vault_new(temp)))
		goto out;
	rc = fill_new(v, auth, log2_n ? log2_n : CRYPTO_SCRYPT_DEFAULT);
	vault_lmdb_close(&v->db);
	if (!rc && rename(temp, dir))
		rc = errno == ENOTEMPTY || errno == EEXIST ? ERR_EXISTS : ERR_IO;
	if (rc)
		remove_files(temp);
	else if (!(rc = sync_dir(parent))) {
		reopen.unlock_key = v->keys->unlock;
		rc = vault_open(dir, &reopen, vault);
	}
out:
	vault_close(v);
	if (fd >= 0)
		close(fd);
	free(parent);
	free(temp);
	return rc;
}

int vault_destroy(const char *dir)
{
	static const uint8_t nothing[VAULT_KEY_HEADER + 1];
	char *path = join(dir, "/header");
	int fd = path ? open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW) : -1, rc = path ? 0 : ERR_NOMEM;

	/* without the header no passphrase opens what is left, however much of it the disk keeps */
	if (fd >= 0) {
		if (write(fd, nothing, sizeof nothing) != (ssize_t)sizeof nothing || fsync(fd))
			rc = ERR_IO;
		close(fd);
	} else if (!rc && errno != ENOENT) {
		rc = ERR_IO;
	}
	if (!rc)
		remove_files(dir);
	if (!rc && access(dir, F_OK) == 0)
		rc = ERR_IO;
	free(path);
	return rc;
}

int vault_change_passphrase(struct vault *vault, const char *pass, size_t pass_len, unsigned log2_n)
{
	struct vault_key_set *next = crypto_secret_new(sizeof *next);
	uint8_t header[VAULT_KEY_HEADER];
	int rc;

	if (!next)
		return ERR_NOMEM;
	memcpy(next, vault->keys, sizeof *next);
	rc = vault_key_seal_header(next, pass, pass_len, log2_n ? log2_n : CRYPTO_SCRYPT_DEFAULT, header);
	if (!rc && !(rc = vault_lmdb_lock(&vault->db))) {
		rc = write_header(vault->dir, header);
		vault_lmdb_unlock(&vault->db);
	}
	if (!rc)
		memcpy(vault->keys, next, sizeof *next);
	crypto_secret_free(next, sizeof *next);
	return rc;
}

int vault_check_passphrase(const struct vault *vault, const char *pass, size_t pass_len)
{
	const struct vault_auth auth = {NULL, pass, pass_len};
	struct vault_key_set *keys = crypto_secret_new(sizeof *keys);
	uint8_t header[VAULT_KEY_HEADER + 1];
	size_t len;
	int rc = keys ? read_header(vault->dir, header, &len) : ERR_NOMEM;

	if (!rc)
		rc = vault_key_open_header(header, len, &auth, keys);
	crypto_secret_free(keys, sizeof *keys);
	return rc;
}

const uint8_t *vault_peek_unlock_key(const struct vault *vault)
{
	return vault->keys->unlock;
}
