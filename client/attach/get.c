/* get: see get.h. */
#include "get.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/book/parts.h"
#include "client/ui/why.h"
#include "client/vault.h"
#include "proto/attachment.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"

/* One part, in a transaction of its own. */
static int read_part(struct vault *vault, const struct attachment *a, uint32_t n, struct buf *part)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(vault, false, &txn);
	if (!err)
		err = parts_read(txn, a->id, n, part);
	vault_abort(txn);
	return !err && part->len != blob_part_len(a->len, n) ? ERR_HASH : err;
}

int get_prove(struct vault *vault, const struct attachment *a)
{
	uint8_t hashes[BLOB_PARTS_MAX][BLOB_HASH], root[BLOB_HASH];
	uint32_t parts = blob_parts(a->len);
	struct buf part;
	int err = parts && parts <= BLOB_PARTS_MAX ? 0 : ERR_SHAPE;
	buf_init(&part, 0);
	for (uint32_t n = 0; !err && n < parts; n++) {
		err = read_part(vault, a, n, &part);
		if (!err)
			err = blob_part_hash(part.data, part.len, hashes[n]);
	}
	if (!err)
		err = blob_root((const uint8_t(*)[BLOB_HASH])hashes, parts, root);
	if (!err && memcmp(root, a->root, BLOB_HASH) != 0)
		err = ERR_HASH;
	buf_wipe(&part);
	return err;
}

/* --- the file --- */

struct target {
	const char *path;
	int fd;
	char temp[4096]; /* its name until it is whole, "" when it needs none */
	struct why *why;
};

static int io_error(struct target *t, const char *what)
{
	if (errno == ENOSPC || errno == EDQUOT)
		return why_set(t->why, ERR_NO_SPACE, "There is no room for the file.");
	return why_set(t->why, ERR_IO, "%s: %s.", what, strerror(errno));
}

static int write_bytes(void *arg, const uint8_t *bytes, size_t len)
{
	struct target *t = arg;
	while (len > 0) {
		ssize_t n = write(t->fd, bytes, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return io_error(t, "The file could not be written");
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* In the folder of the file: nameless where the file system can do that. */
static int open_target(struct target *t)
{
	char copy[sizeof(t->temp)];
	uint8_t id[8];
	if (snprintf(copy, sizeof(copy), "%s", t->path) >= (int)sizeof(copy) - 32)
		return why_set(t->why, ERR_IO, "The file's path is too long.");
	const char *folder = dirname(copy);
	t->fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (t->fd >= 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != EISDIR)
		return io_error(t, "The folder cannot be written to");
	int err = crypto_random(id, sizeof(id));
	if (err)
		return err;
	snprintf(t->temp, sizeof(t->temp), "%s/.kap-%02x%02x%02x%02x%02x%02x%02x%02x", folder, id[0], id[1], id[2], id[3],
	         id[4], id[5], id[6], id[7]);
	t->fd = open(t->temp, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (t->fd < 0) {
		t->temp[0] = '\0';
		return io_error(t, "The folder cannot be written to");
	}
	return 0;
}

static int link_to(struct target *t, const char *path)
{
	char by_fd[64];
	snprintf(by_fd, sizeof(by_fd), "/proc/self/fd/%d", t->fd);
	if (t->temp[0] ? link(t->temp, path) == 0 : linkat(AT_FDCWD, by_fd, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	return errno == EEXIST ? ERR_EXISTS : io_error(t, "The file could not be given its name");
}

/* A file that is there is taken the place of at once, so that there is always one or the other. */
static int replace_file(struct target *t)
{
	char beside[sizeof(t->temp)];
	uint8_t id[8];
	int err = crypto_random(id, sizeof(id));
	if (err)
		return err;
	snprintf(beside, sizeof(beside), "%.*s.%02x%02x%02x%02x", (int)sizeof(beside) - 16, t->path, id[0], id[1], id[2],
	         id[3]);
	err = link_to(t, beside);
	if (!err && rename(beside, t->path) != 0) {
		err = io_error(t, "The file could not be replaced");
		unlink(beside);
	}
	return err;
}

static int publish(struct target *t, bool replace)
{
	if (fsync(t->fd) != 0)
		return io_error(t, "The file could not be written");
	int err = link_to(t, t->path);
	return err == ERR_EXISTS && replace ? replace_file(t) : err;
}

static void close_target(struct target *t)
{
	if (t->fd >= 0)
		close(t->fd);
	if (t->temp[0])
		unlink(t->temp);
}

static int write_all(struct vault *vault, const struct attachment *a, struct target *t)
{
	struct blob_open_opts opts = {
	    .key = a->key, .id = a->id, .size = a->size, .len = a->len, .sink = write_bytes, .arg = t};
	struct blob_open *open = NULL;
	struct buf part;
	buf_init(&part, 0);
	int err = blob_open_new(&opts, &open);
	for (uint32_t n = 0; !err && n < blob_parts(a->len); n++) {
		err = read_part(vault, a, n, &part);
		if (!err)
			err = blob_open_put(open, part.data, part.len);
	}
	if (!err)
		err = blob_open_end(open);
	blob_open_free(open);
	buf_wipe(&part);
	return err;
}

int get_file(struct vault *vault, const struct attachment *a, const char *path, bool replace, struct why *why)
{
	struct target t = {.path = path, .fd = -1, .why = why};
	struct stat st;
	if (!replace && lstat(path, &st) == 0)
		return ERR_EXISTS;
	int err = open_target(&t);
	if (!err)
		err = write_all(vault, a, &t);
	if (!err)
		err = publish(&t, replace);
	close_target(&t);
	return err;
}
