/* get: see get.h. */
#include "get.h"

#include <string.h>

#include "client/book/parts.h"
#include "client/ui/newfile.h"
#include "client/vault.h"
#include "proto/attachment.h"
#include "proto/buf.h"
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

int get_stream(struct vault *vault, const struct attachment *a, get_sink *sink, void *arg)
{
	struct blob_open_opts opts = {.key = a->key, .id = a->id, .size = a->size, .len = a->len, .sink = sink, .arg = arg};
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

static int write_bytes(void *file, const uint8_t *bytes, size_t len)
{
	return newfile_write(file, bytes, len);
}

int get_file(struct vault *vault, const struct attachment *a, const char *path, bool replace, struct why *why)
{
	struct newfile *file;
	int err = newfile_begin(path, replace, &file, why);
	if (err)
		return err;
	err = get_stream(vault, a, write_bytes, file);
	if (!err)
		return newfile_commit(file);
	newfile_abort(file);
	return err;
}
