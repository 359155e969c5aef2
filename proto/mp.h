/* mp: canonical MessagePack, the one encoding of this project.
 * Allowed: nil, bool, integers, str (valid UTF-8), bin, array; each in its shortest form; one array per value, used up
 * exactly. Not allowed: map, ext, float, trailing bytes, depth above MP_DEPTH_MAX (the outermost array is depth 1),
 * more than MP_ITEMS_MAX elements (those of every array together, an inner array being one element of the outer).
 * Writing goes through msgpack-c's packer into a `struct buf`; reading is mp_scan (allocates nothing, trusts nothing)
 * and only then msgpack-c's unpacker. Knows nothing of what the values mean. Any thread; objects are not shared. */
#ifndef KAP_PROTO_MP_H
#define KAP_PROTO_MP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MP_DEPTH_MAX 8
#define MP_ITEMS_MAX 8192
#define MP_NUMBER_MAX (((uint64_t)1 << 53) - 1) /* of an integer to which the protocol gives no bound */

struct buf;
struct msgpack_object;

/* Checks that `bytes` is exactly one canonical value whose outermost form is an array, within MP_DEPTH_MAX and
 * MP_ITEMS_MAX. Allocates nothing and runs in O(len). ERR_PROTO (truncated, forbidden type, too deep, too many),
 * ERR_CANON (longer than the shortest form, trailing bytes), ERR_UTF8 (str). */
int mp_scan(const void *bytes, size_t len);

/* --- writing: errors stick to the buffer (buf_err) --- */
void mp_put_array(struct buf *b, uint32_t count);
void mp_put_u64(struct buf *b, uint64_t v);
void mp_put_i64(struct buf *b, int64_t v); /* non-negative values come out as unsigned: one form per number */
void mp_put_bool(struct buf *b, bool v);
void mp_put_nil(struct buf *b);
void mp_put_bin(struct buf *b, const void *bytes, size_t len);
void mp_put_str(struct buf *b, const char *text, size_t len); /* must be valid UTF-8; the caller has checked */
void mp_put_cstr(struct buf *b, const char *text);

/* --- reading --- */
struct mp_doc; /* one decoded value; owns msgpack-c's memory */

/* A cursor over the elements of one array. A read of the wrong type, out of its bounds, or past the end sets ERR_SHAPE.
 * After an error every read returns zero/empty and does nothing; check once with mp_done or mp_err. Borrowed from the
 * doc and from the scanned bytes: valid while both live. */
struct mp_cur {
	const struct msgpack_object *items;
	uint32_t count, next;
	int err;
};

/* Scans `bytes` and decodes them. *root is a cursor over the outer array. `bytes` must outlive the doc (str and bin are
 * borrowed from it). Errors of mp_scan; ERR_NOMEM. On error *doc is NULL. */
int mp_open(const void *bytes, size_t len, struct mp_doc **doc, struct mp_cur *root);
void mp_close(struct mp_doc *doc); /* NULL is legal */

uint64_t mp_u64(struct mp_cur *c, uint64_t min, uint64_t max);
int64_t mp_i64(struct mp_cur *c, int64_t min, int64_t max);
bool mp_bool(struct mp_cur *c);
/* Borrowed bytes of min..max length, never NULL when they succeed; NULL and 0 after an error. They lie in the scanned
 * bytes and stay valid when the doc is closed. */
const uint8_t *mp_bin(struct mp_cur *c, size_t min, size_t max, size_t *len);
const char *mp_str(struct mp_cur *c, size_t min, size_t max, size_t *len); /* not NUL-terminated */
/* Copies exactly `len` bytes into `out`; zeroes `out` on error. */
void mp_fixed(struct mp_cur *c, void *out, size_t len);
/* Enters a nested array of min..max elements. The inner cursor starts with the outer one's error. An error inside must
 * be handed back with mp_leave, which also demands that the inner array was used up. */
struct mp_cur mp_enter(struct mp_cur *c, uint32_t min, uint32_t max);
void mp_leave(struct mp_cur *outer, const struct mp_cur *inner);
/* If the next element is nil, uses it up and returns true. */
bool mp_nil(struct mp_cur *c);
/* What the next element is, without using it up: 0 end or error, 'n' nil, 'b' bool, 'u' unsigned, 'i' negative, 's'
 * str, 'x' bin, 'a' array. */
char mp_peek(const struct mp_cur *c);
/* Steps over one element of any type. */
void mp_skip(struct mp_cur *c);
uint32_t mp_left(const struct mp_cur *c); /* elements not yet read; 0 after an error */
/* 0 if no error and every element was read; the sticky error, or ERR_SHAPE if something is left. */
int mp_done(const struct mp_cur *c);
int mp_err(const struct mp_cur *c);

#endif
