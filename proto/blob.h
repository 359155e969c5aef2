/* blob: an attachment as it travels and is kept: one Cobblestone stream over the padded file, cut into parts, and the
 * root over the parts' hashes by which a record names it. Knows no record, no name of a file, no disk and no socket.
 * Any thread; a stream is not shared. Source: docs/PROTOCOL.md section 7, Blobs. */
#ifndef KAP_PROTO_BLOB_H
#define KAP_PROTO_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOB_ID 16
#define BLOB_KEY 32
#define BLOB_HASH 32
#define BLOB_PART 262144                         /* bytes of every part but the last, which has 1 to as many */
#define BLOB_FILE_MAX ((uint64_t)25 << 20)       /* bytes of a sound recording */
#define BLOB_FILE_MAX_OTHER ((uint64_t)10 << 20) /* of any other file */
#define BLOB_LEN_MIN 584                         /* blob_len(0) */
#define BLOB_LEN_MAX 26764872                    /* blob_len(BLOB_FILE_MAX) */
#define BLOB_PARTS_MAX 103
#define BLOB_BITMAP_MAX 13

/* Length of the encrypted stream of a file of `size` bytes, at most BLOB_FILE_MAX; 0 for a larger one. */
uint64_t blob_len(uint64_t size);
/* Is it blob_len of some size? */
bool blob_len_is_valid(uint64_t len);
/* How many parts a stream of `len` bytes has; how long part `n` is, 0 beyond the last. */
uint32_t blob_parts(uint64_t len);
size_t blob_part_len(uint64_t len, uint32_t n);

int blob_part_hash(const void *part, size_t len, uint8_t hash[BLOB_HASH]);
/* The root over `n` hashes, in order. ERR_CRYPTO. */
int blob_root(const uint8_t (*hashes)[BLOB_HASH], uint32_t n, uint8_t root[BLOB_HASH]);

/* Which parts there are: part n is bit n % 8, from the lowest, of byte n / 8. */
size_t blob_bitmap_size(uint64_t len);
bool blob_bitmap_has(const uint8_t *bitmap, uint32_t n);
void blob_bitmap_set(uint8_t *bitmap, uint32_t n);
/* `size` bytes are the bitmap of a stream of `len`: the size fits and no bit beyond the last part is set. */
bool blob_bitmap_is_valid(const uint8_t *bitmap, size_t size, uint64_t len);

/* --- a file becomes a blob --- */

struct blob_seal;

/* Called for each part in order; borrowed. An error ends the sealing with it. */
typedef int blob_part_sink(void *arg, uint32_t n, const uint8_t *part, size_t len);

struct blob_sealed {
	uint64_t size, len; /* of the file, of the stream */
	uint8_t root[BLOB_HASH];
};

/* ERR_NOMEM, ERR_CRYPTO; *out is NULL then. About 300 KiB of memory, whatever the file's size. */
int blob_seal_new(const uint8_t key[BLOB_KEY], const uint8_t id[BLOB_ID], blob_part_sink *sink, void *arg,
                  struct blob_seal **out);
void blob_seal_free(struct blob_seal *s); /* wipes; NULL is legal */
/* The next bytes of the file, any number. ERR_TOO_BIG beyond BLOB_FILE_MAX, ERR_CRYPTO, the sink's errors. After an
 * error the seal is of no further use. */
int blob_seal_put(struct blob_seal *s, const void *bytes, size_t len);
/* Pads, and hands out the last part. */
int blob_seal_end(struct blob_seal *s, struct blob_sealed *out);

/* --- a blob becomes a file --- */

struct blob_open;

/* Bytes of the file, in order, borrowed. What was handed out before an error is not to be used. */
typedef int blob_bytes_sink(void *arg, const uint8_t *bytes, size_t len);

struct blob_open_opts {
	const uint8_t *key, *id; /* BLOB_KEY, BLOB_ID */
	uint64_t size, len;      /* of the file, of the stream */
	blob_bytes_sink *sink;
	void *arg;
};

/* ERR_SHAPE when `len` is not blob_len(size); ERR_NOMEM. The options' key and id are copied. */
int blob_open_new(const struct blob_open_opts *o, struct blob_open **out);
void blob_open_free(struct blob_open *o); /* wipes; NULL is legal */
/* The next part, already held against the root. ERR_OPEN (key, id, order, cut, grown), ERR_PADDING, the sink's
 * errors. */
int blob_open_put(struct blob_open *o, const void *part, size_t len);
/* 0 when the whole file was handed out; ERR_OPEN, ERR_PADDING. */
int blob_open_end(struct blob_open *o);

#endif
