/* msg_shape: one codec for all arguments and bodies: a struct is described by rows, and the same rows write and read
 * it. For msg_request.c and msg_reply.c alone. Knows MessagePack, and no message. Any thread. */
#ifndef KAP_PROTO_MSG_SHAPE_H
#define KAP_PROTO_MSG_SHAPE_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct mp_cur;

/* How a member lies in its struct and on the wire. */
enum msg_type {
	MSG_T_NUMBER,    /* uint64_t; min..max */
	MSG_T_BOOL,      /* bool */
	MSG_T_FIXED,     /* const uint8_t *; exactly max bytes */
	MSG_T_FIXED_NIL, /* the same, or NULL and nil */
	MSG_T_BYTES,     /* struct msg_bytes; min..max bytes */
	MSG_T_BYTES_NIL, /* the same, or data NULL and nil */
	MSG_T_TEXT,      /* struct msg_bytes as str; min..max bytes */
	MSG_T_NESTED,    /* an array of the members of `of`, which lie in the same struct */
	MSG_T_MAYBE,     /* the same, or nil; a bool at `count` says which */
	MSG_T_LIST,      /* min..max elements `of`, each `stride` bytes; a uint32_t at `count` says how many */
};

struct msg_shape;

struct msg_member {
	enum msg_type type;
	size_t offset;
	uint64_t min, max;
	const struct msg_shape *of;
	size_t count, stride;
};

struct msg_shape {
	const struct msg_member *members;
	uint32_t n;
	int bare; /* as an element of a list: the only member stands there itself, without an array around it */
};

/* Appends the members one after another, without an array around them. ERR_RANGE for a value that msg_shape_get would
 * refuse, then with `out` in any state; else 0 (buf_err tells the rest). */
int msg_shape_put(const struct msg_shape *s, const void *base, struct buf *out);

/* Reads the members one after another. ERR_SHAPE; the cursor is then in error. */
int msg_shape_get(const struct msg_shape *s, void *base, struct mp_cur *c);

/* --- how rows are written --- */

#define MSG_AT(type, member) .offset = offsetof(struct type, member)
#define MSG_NUMBER(type, member, lo, hi)                                                                               \
	{                                                                                                                  \
		MSG_T_NUMBER, MSG_AT(type, member), .min = (lo), .max = (hi)                                                   \
	}
#define MSG_FIXED(type, member, size)                                                                                  \
	{                                                                                                                  \
		MSG_T_FIXED, MSG_AT(type, member), .max = (size)                                                               \
	}
#define MSG_BYTES(type, member, lo, hi)                                                                                \
	{                                                                                                                  \
		MSG_T_BYTES, MSG_AT(type, member), .min = (lo), .max = (hi)                                                    \
	}
#define MSG_LIST(type, member, n_member, lo, hi, shape)                                                                \
	{                                                                                                                  \
		MSG_T_LIST, MSG_AT(type, member), .min = (lo), .max = (hi), .of = &(shape),                                    \
		                                  .count = offsetof(struct type, n_member),                                    \
		                                  .stride = sizeof(((struct type *)0)->member[0])                              \
	}
#define MSG_SHAPE(name, rows)                                                                                          \
	static const struct msg_shape name = {.members = rows, .n = sizeof(rows) / sizeof(rows[0])}
#define MSG_BARE(name, rows) static const struct msg_shape name = {.members = rows, .n = 1, .bare = 1}

#endif
