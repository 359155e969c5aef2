/* blob: see blob.h. Borders of parts mean nothing: the stream's chunks are cut by them anywhere. */
#include "blob.h"

#include <stdlib.h>
#include <string.h>

#include "cobblestone.h"
#include "crypto.h"
#include "err.h"
#include "label.h"
#include "pad.h"

#define CONTEXT (sizeof(LABEL_PREFIX LABEL_BLOB) + BLOB_ID)
#define PAD_BEGIN 0x80

_Static_assert(BLOB_PARTS_MAX == (BLOB_LEN_MAX + BLOB_PART - 1) / BLOB_PART, "the parts of the longest stream");
_Static_assert(BLOB_BITMAP_MAX == (BLOB_PARTS_MAX + 7) / 8, "a bit for each part");

uint64_t blob_len(uint64_t size)
{
	return size > BLOB_FILE_MAX ? 0 : cobblestone_size(pad_size((size_t)size));
}

/* Length of the padded file inside; 0 if there is none such. */
static uint64_t padded_len(uint64_t len)
{
	uint64_t chunks, padded;

	if (len < BLOB_LEN_MIN || len > BLOB_LEN_MAX)
		return 0;
	chunks = (len - COBBLESTONE_HEADER) / COBBLESTONE_SEALED_CHUNK + 1;
	padded = len - COBBLESTONE_HEADER - chunks * CRYPTO_TAG;
	return padded <= len && cobblestone_size((size_t)padded) == len ? padded : 0;
}

bool blob_len_is_valid(uint64_t len)
{
	uint64_t padded = padded_len(len);

	return padded > 0 && pad_size((size_t)padded - 1) == padded;
}

uint32_t blob_parts(uint64_t len)
{
	return (uint32_t)((len + BLOB_PART - 1) / BLOB_PART);
}

size_t blob_part_len(uint64_t len, uint32_t n)
{
	uint64_t at = (uint64_t)n * BLOB_PART;

	if (at >= len)
		return 0;
	return len - at < BLOB_PART ? (size_t)(len - at) : BLOB_PART;
}

int blob_part_hash(const void *part, size_t len, uint8_t hash[BLOB_HASH])
{
	const struct crypto_bytes bytes = {part, len};

	return crypto_sha256(&bytes, 1, hash);
}

int blob_root(const uint8_t (*hashes)[BLOB_HASH], uint32_t n, uint8_t root[BLOB_HASH])
{
	return crypto_hash1(LABEL_BLOB, hashes, (size_t)n * BLOB_HASH, root);
}

size_t blob_bitmap_size(uint64_t len)
{
	return (blob_parts(len) + 7) / 8;
}

bool blob_bitmap_has(const uint8_t *bitmap, uint32_t n)
{
	return bitmap[n / 8] >> (n % 8) & 1;
}

void blob_bitmap_set(uint8_t *bitmap, uint32_t n)
{
	bitmap[n / 8] |= (uint8_t)(1u << (n % 8));
}

bool blob_bitmap_is_valid(const uint8_t *bitmap, size_t size, uint64_t len)
{
	if (size != blob_bitmap_size(len))
		return false;
	for (uint32_t n = blob_parts(len); n < 8 * size; n++)
		if (blob_bitmap_has(bitmap, n))
			return false;
	return true;
}

static void put_context(const uint8_t id[BLOB_ID], uint8_t out[CONTEXT])
{
	memcpy(out, LABEL_PREFIX LABEL_BLOB, sizeof(LABEL_PREFIX LABEL_BLOB));
	memcpy(out + sizeof(LABEL_PREFIX LABEL_BLOB), id, BLOB_ID);
}

/* --- sealing --- */

struct blob_seal {
	struct cobblestone *stream;
	blob_part_sink *sink;
	void *arg;
	uint64_t size, len;
	uint32_t parts;
	size_t chunk_len, part_len;
	uint8_t hashes[BLOB_PARTS_MAX][BLOB_HASH];
	uint8_t chunk[COBBLESTONE_CHUNK];
	uint8_t part[BLOB_PART];
};

int blob_seal_new(const uint8_t key[BLOB_KEY], const uint8_t id[BLOB_ID], blob_part_sink *sink, void *arg,
                  struct blob_seal **out)
{
	uint8_t context[CONTEXT];
	struct blob_seal *s = calloc(1, sizeof *s);
	int err = ERR_NOMEM;

	*out = NULL;
	if (!s)
		return err;
	s->sink = sink;
	s->arg = arg;
	put_context(id, context);
	err = cobblestone_seal_new(key, context, sizeof context, s->part, &s->stream);
	if (err) {
		blob_seal_free(s);
		return err;
	}
	s->part_len = s->len = COBBLESTONE_HEADER;
	*out = s;
	return 0;
}

void blob_seal_free(struct blob_seal *s)
{
	if (!s)
		return;
	cobblestone_free(s->stream);
	crypto_wipe(s, sizeof *s);
	free(s);
}

static int hand_part(struct blob_seal *s)
{
	int err = ERR_TOO_BIG;

	if (s->parts < BLOB_PARTS_MAX)
		err = blob_part_hash(s->part, s->part_len, s->hashes[s->parts]);
	if (!err)
		err = s->sink(s->arg, s->parts, s->part, s->part_len);
	s->parts++;
	s->part_len = 0;
	return err;
}

static int add_sealed(struct blob_seal *s, const uint8_t *bytes, size_t len)
{
	int err = 0;

	while (len > 0 && !err) {
		size_t n = BLOB_PART - s->part_len;

		n = n < len ? n : len;
		memcpy(s->part + s->part_len, bytes, n);
		s->part_len += n;
		s->len += n;
		bytes += n;
		len -= n;
		if (s->part_len == BLOB_PART)
			err = hand_part(s);
	}
	return err;
}

static int seal_chunk(struct blob_seal *s)
{
	uint8_t sealed[COBBLESTONE_SEALED_CHUNK];
	int err = cobblestone_seal_next(s->stream, s->chunk, s->chunk_len, sealed);

	if (!err)
		err = add_sealed(s, sealed, s->chunk_len + CRYPTO_TAG);
	s->chunk_len = 0;
	return err;
}

/* `bytes` NULL: zeroes. */
static int put_plain(struct blob_seal *s, const uint8_t *bytes, size_t len)
{
	int err = 0;

	while (len > 0 && !err) {
		size_t n = COBBLESTONE_CHUNK - s->chunk_len;

		n = n < len ? n : len;
		if (bytes)
			memcpy(s->chunk + s->chunk_len, bytes, n);
		else
			memset(s->chunk + s->chunk_len, 0, n);
		s->chunk_len += n;
		bytes = bytes ? bytes + n : NULL;
		len -= n;
		if (s->chunk_len == COBBLESTONE_CHUNK)
			err = seal_chunk(s);
	}
	return err;
}

int blob_seal_put(struct blob_seal *s, const void *bytes, size_t len)
{
	if (len > BLOB_FILE_MAX - s->size)
		return ERR_TOO_BIG;
	s->size += len;
	return put_plain(s, bytes, len);
}

int blob_seal_end(struct blob_seal *s, struct blob_sealed *out)
{
	const uint8_t begin = PAD_BEGIN;
	size_t zeroes = pad_size((size_t)s->size) - (size_t)s->size - 1;
	int err = put_plain(s, &begin, 1);

	*out = (struct blob_sealed){0};
	if (!err)
		err = put_plain(s, NULL, zeroes);
	if (!err)
		err = seal_chunk(s);
	if (!err && s->part_len > 0)
		err = hand_part(s);
	if (!err)
		err = blob_root((const uint8_t(*)[BLOB_HASH])s->hashes, s->parts, out->root);
	out->size = s->size;
	out->len = s->len;
	return err;
}

/* --- opening --- */

struct blob_open {
	struct cobblestone *stream; /* NULL until the header is there */
	struct blob_open_opts opts;
	uint64_t read, handed; /* bytes of the stream and of the padded file */
	size_t held_len;
	uint8_t key[BLOB_KEY], id[BLOB_ID];
	uint8_t held[COBBLESTONE_SEALED_CHUNK]; /* the header, or a chunk that is not all there */
};

int blob_open_new(const struct blob_open_opts *opts, struct blob_open **out)
{
	struct blob_open *o;

	*out = NULL;
	if (opts->len == 0 || blob_len(opts->size) != opts->len)
		return ERR_SHAPE;
	o = calloc(1, sizeof *o);
	if (!o)
		return ERR_NOMEM;
	o->opts = *opts;
	memcpy(o->key, opts->key, sizeof o->key);
	memcpy(o->id, opts->id, sizeof o->id);
	*out = o;
	return 0;
}

void blob_open_free(struct blob_open *o)
{
	if (!o)
		return;
	cobblestone_free(o->stream);
	crypto_wipe(o, sizeof *o);
	free(o);
}

static int begin_stream(struct blob_open *o)
{
	uint8_t context[CONTEXT];

	put_context(o->id, context);
	return cobblestone_open_new(o->key, context, sizeof context, o->held, &o->stream);
}

/* What lies behind the file's end is 0x80 and zeroes; how many, the length of the stream has said. */
static int check_padding(const struct blob_open *o, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != (o->handed + i == o->opts.size ? PAD_BEGIN : 0))
			return ERR_PADDING;
	return 0;
}

static int hand_plain(struct blob_open *o, const uint8_t *bytes, size_t len)
{
	uint64_t left = o->handed < o->opts.size ? o->opts.size - o->handed : 0;
	size_t n = left < len ? (size_t)left : len;
	int err = n > 0 ? o->opts.sink(o->opts.arg, bytes, n) : 0;

	o->handed += n;
	if (!err)
		err = check_padding(o, bytes + n, len - n);
	o->handed += len - n;
	return err;
}

static int open_held(struct blob_open *o)
{
	size_t len = o->held_len;
	int err;

	o->held_len = 0;
	if (!o->stream)
		return begin_stream(o);
	err = cobblestone_open_next(o->stream, o->held, len, o->held);
	return err ? err : hand_plain(o, o->held, len - CRYPTO_TAG);
}

int blob_open_put(struct blob_open *o, const void *part, size_t len)
{
	const uint8_t *from = part;
	int err = len <= o->opts.len - o->read ? 0 : ERR_OPEN;

	while (len > 0 && !err) {
		size_t want = (o->stream ? COBBLESTONE_SEALED_CHUNK : COBBLESTONE_HEADER) - o->held_len;
		size_t n = want < len ? want : len;

		memcpy(o->held + o->held_len, from, n);
		o->held_len += n;
		o->read += n;
		from += n;
		len -= n;
		if (n == want || o->read == o->opts.len)
			err = open_held(o);
	}
	return err;
}

int blob_open_end(struct blob_open *o)
{
	if (o->read != o->opts.len || !o->stream || !cobblestone_is_whole(o->stream))
		return ERR_OPEN;
	return o->handed > o->opts.size ? 0 : ERR_PADDING;
}
