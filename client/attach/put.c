/* put: see put.h. Parts are put a few at a time, each time in one transaction; the row that says so is there before the
 * first, so that what is cut off is found and dropped. */
#include "put.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/book/parts.h"
#include "client/ui/why.h"
#include "client/vault.h"
#include "proto/attachment.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"

#include "name.h"
#include "type.h"

#define READ_SIZE ((size_t)64 << 10)
#define AT_ONCE 8 /* parts in one transaction */
#define MIB ((uint64_t)1 << 20)

struct put {
	struct vault *vault;
	struct attachment *a;
	struct parts row;
	struct buf held[AT_ONCE];
	uint32_t first, n; /* of those held */
	const struct type *type;
	struct type_text text;
	uint64_t size;
};

/* --- into the vault --- */

static int flush(struct put *p)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(p->vault, true, &txn);
	for (uint32_t i = 0; !err && i < p->n; i++)
		err = parts_add(txn, p->a->id, &p->row, p->first + i, &p->held[i]);
	if (!err)
		err = parts_put(txn, p->a->id, &p->row);
	if (err)
		vault_abort(txn);
	else
		err = vault_commit(txn);
	p->first += p->n;
	p->n = 0;
	return err;
}

static int take_part(void *arg, uint32_t n, const uint8_t *part, size_t len)
{
	struct put *p = arg;
	(void)n;
	buf_reset(&p->held[p->n]);
	int err = buf_put(&p->held[p->n], part, len);
	if (!err && ++p->n == AT_ONCE)
		err = flush(p);
	return err;
}

void put_drop(struct vault *vault, const struct attachment *a)
{
	struct vault_txn *txn = NULL;
	if (vault_begin(vault, true, &txn))
		return;
	if (parts_drop(txn, a->id))
		vault_abort(txn);
	else
		(void)vault_commit(txn); /* what stays is found by parts_sweep */
}

/* --- out of the file --- */

/* As much as there is, up to `max`. */
static int read_some(int fd, uint8_t *out, size_t max, size_t *n)
{
	*n = 0;
	while (*n < max) {
		ssize_t got = read(fd, out + *n, max - *n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ERR_IO;
		if (got == 0)
			break;
		*n += (size_t)got;
	}
	return 0;
}

static int check_type(struct put *p, const uint8_t *head, size_t len, struct why *why)
{
	if (len == 0)
		return why_set(why, ERR_SHAPE, "The file is empty.");
	p->type = type_of(head, len < TYPE_HEAD ? len : TYPE_HEAD);
	if (!p->type)
		return why_set(why, ERR_SHAPE,
		               "That is none of the files that can be attached: sound (wav, ogg, mp3, m4a), pictures (jpg, "
		               "png), PDF and plain text in UTF-8. What counts is what is in it, not its name.");
	memcpy(p->a->media, p->type->media, strlen(p->type->media) + 1);
	return 0;
}

static int check_more(struct put *p, const uint8_t *bytes, size_t len, struct why *why)
{
	p->size += len;
	if (p->size > p->type->max)
		return why_set(why, ERR_TOO_BIG, "The file is larger than %llu MiB, the most that a %s may have.",
		               (unsigned long long)(p->type->max / MIB), p->type->word);
	if (p->type->text)
		type_text_put(&p->text, bytes, len);
	if (p->text.bad)
		return why_set(why, ERR_SHAPE, "The file begins like plain text, but not all of it is text in UTF-8.");
	return 0;
}

static int read_all(struct put *p, int fd, struct blob_seal *seal, struct why *why)
{
	uint8_t *bytes = malloc(READ_SIZE);
	size_t n = 0;
	int err = bytes ? 0 : ERR_NOMEM;
	do {
		if (!err && read_some(fd, bytes, READ_SIZE, &n))
			err = why_set(why, ERR_IO, "The file could not be read to its end.");
		if (!err && !p->type)
			err = check_type(p, bytes, n, why);
		if (!err)
			err = check_more(p, bytes, n, why);
		if (!err)
			err = blob_seal_put(seal, bytes, n);
	} while (!err && n == READ_SIZE);
	if (!err && p->type->text && !type_text_end(&p->text))
		err = why_set(why, ERR_SHAPE, "The file ends in the middle of a character.");
	if (bytes)
		crypto_wipe(bytes, READ_SIZE);
	free(bytes);
	return err;
}

static int finish(struct put *p, struct blob_seal *seal)
{
	struct blob_sealed sealed;
	int err = blob_seal_end(seal, &sealed);
	if (err)
		return err;
	p->a->len = p->row.len = sealed.len;
	p->a->size = sealed.size;
	memcpy(p->a->root, sealed.root, sizeof(p->a->root));
	return flush(p);
}

int put_file(struct vault *vault, int fd, uint64_t now_ms, struct attachment *a, struct why *why)
{
	struct put *p = calloc(1, sizeof(*p));
	struct blob_seal *seal = NULL;
	if (!p)
		return ERR_NOMEM;
	p->vault = vault;
	p->a = a;
	p->row = (struct parts){.own = true, .made_ms = now_ms};
	for (size_t i = 0; i < AT_ONCE; i++)
		buf_init(&p->held[i], BLOB_PART);
	int err = crypto_random(a->id, sizeof(a->id));
	if (!err)
		err = crypto_random(a->key, sizeof(a->key));
	if (!err)
		err = blob_seal_new(a->key, a->id, take_part, p, &seal);
	if (!err)
		err = read_all(p, fd, seal, why);
	if (!err)
		err = finish(p, seal);
	if (err) {
		put_drop(p->vault, p->a);
		crypto_wipe(a, sizeof(*a));
	}
	for (size_t i = 0; i < AT_ONCE; i++)
		buf_wipe(&p->held[i]);
	blob_seal_free(seal);
	free(p);
	return err;
}
