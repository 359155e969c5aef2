/* mp: canonical MessagePack. Knows the form of values and every limit on them, and deliberately not what they mean.
 * The scan comes first because msgpack-c sizes an array from its announced count before it looks for the elements. */
#include <stdlib.h>
#include <string.h>

#include <msgpack.h>
#include <unistr.h>

#include "buf.h"
#include "err.h"

#include "mp.h"

enum form { FORBIDDEN, SCALAR, BYTES, TEXT, ARRAY };

/* The heads 0xc0..0xdf: a big-endian number of `width` bytes follows. Outside min..max that number (value, length or
 * count) has a shorter form, so it is not canonical. The bounds of the signed forms are those of the raw number. */
struct head {
	enum form form;
	uint8_t width;
	uint64_t min, max;
};

static const struct head heads[32] = {
    [0x00] = {SCALAR, 0, 0, 0},                                   /* nil */
    [0x02] = {SCALAR, 0, 0, 0},                                   /* false */
    [0x03] = {SCALAR, 0, 0, 0},                                   /* true */
    [0x04] = {BYTES, 1, 0, UINT8_MAX},                            /* bin 8 */
    [0x05] = {BYTES, 2, 0x100, UINT16_MAX},                       /* bin 16 */
    [0x06] = {BYTES, 4, 0x10000, UINT32_MAX},                     /* bin 32 */
    [0x0c] = {SCALAR, 1, 0x80, UINT8_MAX},                        /* uint 8 */
    [0x0d] = {SCALAR, 2, 0x100, UINT16_MAX},                      /* uint 16 */
    [0x0e] = {SCALAR, 4, 0x10000, UINT32_MAX},                    /* uint 32 */
    [0x0f] = {SCALAR, 8, 0x100000000, UINT64_MAX},                /* uint 64 */
    [0x10] = {SCALAR, 1, 0x80, 0xdf},                             /* int 8: -128..-33 */
    [0x11] = {SCALAR, 2, 0x8000, 0xff7f},                         /* int 16: -32768..-129 */
    [0x12] = {SCALAR, 4, 0x80000000, 0xffff7fff},                 /* int 32: -2^31..-32769 */
    [0x13] = {SCALAR, 8, 0x8000000000000000, 0xffffffff7fffffff}, /* int 64: -2^63..-2^31-1 */
    [0x19] = {TEXT, 1, 32, UINT8_MAX},                            /* str 8 */
    [0x1a] = {TEXT, 2, 0x100, UINT16_MAX},                        /* str 16 */
    [0x1b] = {TEXT, 4, 0x10000, UINT32_MAX},                      /* str 32 */
    [0x1c] = {ARRAY, 2, 16, UINT16_MAX},                          /* array 16 */
    [0x1d] = {ARRAY, 4, 0x10000, UINT32_MAX},                     /* array 32 */
};

struct scan {
	const uint8_t *at;
	size_t left;
	uint64_t open[MP_DEPTH_MAX]; /* elements still to come, per open array */
	unsigned depth;
	uint64_t items;
};

/* Reads one head and its number: what follows in the bytes is a str or bin of *n bytes or an array of *n elements. */
static int scan_head(struct scan *s, enum form *form, uint64_t *n)
{
	const struct head *h;
	uint8_t first;

	if (s->left == 0)
		return ERR_PROTO;
	first = *s->at++;
	s->left--;
	*n = 0;
	*form = SCALAR;
	if (first < 0x80 || first >= 0xe0)
		return 0;
	if (first < 0xc0) {
		*form = first < 0x90 ? FORBIDDEN : first < 0xa0 ? ARRAY : TEXT;
		*n = first & (first < 0xa0 ? 15 : 31);
		return *form == FORBIDDEN ? ERR_PROTO : 0;
	}
	h = &heads[first & 31];
	if (h->form == FORBIDDEN || h->width > s->left)
		return ERR_PROTO;
	*form = h->form;
	for (uint8_t i = 0; i < h->width; i++)
		*n = *n << 8 | *s->at++;
	s->left -= h->width;
	return *n < h->min || *n > h->max ? ERR_CANON : 0;
}

static int scan_one(struct scan *s)
{
	enum form form;
	uint64_t n;
	int err = scan_head(s, &form, &n);

	if (err || form == SCALAR)
		return err;
	if (n > s->left)
		return ERR_PROTO;
	if (form == ARRAY) {
		if (s->depth == MP_DEPTH_MAX || n > MP_ITEMS_MAX - s->items)
			return ERR_PROTO;
		s->open[s->depth++] = n;
		s->items += n;
		return 0;
	}
	if (form == TEXT && n > 0 && u8_check(s->at, (size_t)n))
		return ERR_UTF8;
	s->at += n;
	s->left -= (size_t)n;
	return 0;
}

int mp_scan(const void *bytes, size_t len)
{
	struct scan s = {.at = bytes, .left = len};
	int err = scan_one(&s);

	if (err)
		return err;
	if (s.depth == 0)
		return ERR_PROTO;
	while (s.depth > 0) {
		if (s.open[s.depth - 1] == 0) {
			s.depth--;
			continue;
		}
		s.open[s.depth - 1]--;
		err = scan_one(&s);
		if (err)
			return err;
	}
	return s.left > 0 ? ERR_CANON : 0;
}

static int to_buf(void *b, const char *bytes, size_t len)
{
	return buf_put(b, bytes, len);
}

static msgpack_packer packer_for(struct buf *b)
{
	msgpack_packer p;

	msgpack_packer_init(&p, b, to_buf);
	return p;
}

void mp_put_array(struct buf *b, uint32_t count)
{
	msgpack_packer p = packer_for(b);

	msgpack_pack_array(&p, count);
}

void mp_put_u64(struct buf *b, uint64_t v)
{
	msgpack_packer p = packer_for(b);

	msgpack_pack_uint64(&p, v);
}

void mp_put_i64(struct buf *b, int64_t v)
{
	msgpack_packer p = packer_for(b);

	if (v >= 0)
		msgpack_pack_uint64(&p, (uint64_t)v);
	else
		msgpack_pack_int64(&p, v);
}

void mp_put_bool(struct buf *b, bool v)
{
	msgpack_packer p = packer_for(b);

	if (v)
		msgpack_pack_true(&p);
	else
		msgpack_pack_false(&p);
}

void mp_put_nil(struct buf *b)
{
	msgpack_packer p = packer_for(b);

	msgpack_pack_nil(&p);
}

void mp_put_bin(struct buf *b, const void *bytes, size_t len)
{
	msgpack_packer p = packer_for(b);

	/* a length beyond 32 bits has no form: asking for it all makes the buffer's error stick */
	if (len > UINT32_MAX)
		buf_reserve(b, SIZE_MAX);
	msgpack_pack_bin(&p, len);
	if (len > 0)
		buf_put(b, bytes, len);
}

void mp_put_str(struct buf *b, const char *text, size_t len)
{
	msgpack_packer p = packer_for(b);

	if (len > UINT32_MAX)
		buf_reserve(b, SIZE_MAX);
	msgpack_pack_str(&p, len);
	if (len > 0)
		buf_put(b, text, len);
}

void mp_put_cstr(struct buf *b, const char *text)
{
	mp_put_str(b, text, strlen(text));
}

struct mp_doc {
	msgpack_unpacked value;
};

int mp_open(const void *bytes, size_t len, struct mp_doc **doc, struct mp_cur *root)
{
	struct mp_doc *d = NULL;
	msgpack_unpack_return ret;
	size_t used = 0;
	int err;

	*doc = NULL;
	*root = (struct mp_cur){0};
	err = mp_scan(bytes, len);
	if (err)
		goto out;
	err = ERR_NOMEM;
	d = calloc(1, sizeof(*d));
	if (!d)
		goto out;
	msgpack_unpacked_init(&d->value);
	ret = msgpack_unpack_next(&d->value, bytes, len, &used);
	if (ret == MSGPACK_UNPACK_NOMEM_ERROR)
		goto out;
	err = ERR_PROTO;
	if (ret != MSGPACK_UNPACK_SUCCESS || used != len || d->value.data.type != MSGPACK_OBJECT_ARRAY)
		goto out;
	root->items = d->value.data.via.array.ptr;
	root->count = d->value.data.via.array.size;
	*doc = d;
	return 0;
out:
	mp_close(d);
	root->err = err;
	return err;
}

void mp_close(struct mp_doc *doc)
{
	if (!doc)
		return;
	msgpack_unpacked_destroy(&doc->value);
	free(doc);
}

static const msgpack_object *peek(const struct mp_cur *c)
{
	return c->err || c->next >= c->count ? NULL : &c->items[c->next];
}

/* The next element, used up, if `ok`; else the error sticks. */
static void settle(struct mp_cur *c, bool ok)
{
	if (ok)
		c->next++;
	else if (!c->err)
		c->err = ERR_SHAPE;
}

uint64_t mp_u64(struct mp_cur *c, uint64_t min, uint64_t max)
{
	const msgpack_object *o = peek(c);
	bool ok = o && o->type == MSGPACK_OBJECT_POSITIVE_INTEGER && o->via.u64 >= min && o->via.u64 <= max;

	settle(c, ok);
	return ok ? o->via.u64 : 0;
}

int64_t mp_i64(struct mp_cur *c, int64_t min, int64_t max)
{
	const msgpack_object *o = peek(c);
	bool ok = o && (o->type == MSGPACK_OBJECT_NEGATIVE_INTEGER ||
	                (o->type == MSGPACK_OBJECT_POSITIVE_INTEGER && o->via.u64 <= INT64_MAX));

	ok = ok && o->via.i64 >= min && o->via.i64 <= max;
	settle(c, ok);
	return ok ? o->via.i64 : 0;
}

bool mp_bool(struct mp_cur *c)
{
	const msgpack_object *o = peek(c);
	bool ok = o && o->type == MSGPACK_OBJECT_BOOLEAN;

	settle(c, ok);
	return ok && o->via.boolean;
}

const uint8_t *mp_bin(struct mp_cur *c, size_t min, size_t max, size_t *len)
{
	const msgpack_object *o = peek(c);
	bool ok = o && o->type == MSGPACK_OBJECT_BIN && o->via.bin.size >= min && o->via.bin.size <= max;

	settle(c, ok);
	*len = ok ? o->via.bin.size : 0;
	/* msgpack-c leaves the pointer of an empty one undefined */
	return !ok ? NULL : *len > 0 ? (const uint8_t *)o->via.bin.ptr : (const uint8_t *)"";
}

const char *mp_str(struct mp_cur *c, size_t min, size_t max, size_t *len)
{
	const msgpack_object *o = peek(c);
	bool ok = o && o->type == MSGPACK_OBJECT_STR && o->via.str.size >= min && o->via.str.size <= max;

	settle(c, ok);
	*len = ok ? o->via.str.size : 0;
	return !ok ? NULL : *len > 0 ? o->via.str.ptr : "";
}

void mp_fixed(struct mp_cur *c, void *out, size_t len)
{
	size_t n;
	const uint8_t *bytes = mp_bin(c, len, len, &n);

	if (bytes)
		memcpy(out, bytes, len);
	else
		memset(out, 0, len);
}

struct mp_cur mp_enter(struct mp_cur *c, uint32_t min, uint32_t max)
{
	const msgpack_object *o = peek(c);
	bool ok = o && o->type == MSGPACK_OBJECT_ARRAY && o->via.array.size >= min && o->via.array.size <= max;

	settle(c, ok);
	if (!ok)
		return (struct mp_cur){.err = c->err};
	return (struct mp_cur){.items = o->via.array.ptr, .count = o->via.array.size};
}

void mp_leave(struct mp_cur *outer, const struct mp_cur *inner)
{
	if (!outer->err)
		outer->err = mp_done(inner);
}

bool mp_nil(struct mp_cur *c)
{
	const msgpack_object *o = peek(c);

	if (!o || o->type != MSGPACK_OBJECT_NIL)
		return false;
	c->next++;
	return true;
}

char mp_peek(const struct mp_cur *c)
{
	static const struct {
		msgpack_object_type type;
		char letter;
	} letters[] = {
	    {MSGPACK_OBJECT_NIL, 'n'},
	    {MSGPACK_OBJECT_BOOLEAN, 'b'},
	    {MSGPACK_OBJECT_POSITIVE_INTEGER, 'u'},
	    {MSGPACK_OBJECT_NEGATIVE_INTEGER, 'i'},
	    {MSGPACK_OBJECT_STR, 's'},
	    {MSGPACK_OBJECT_BIN, 'x'},
	    {MSGPACK_OBJECT_ARRAY, 'a'},
	};
	const msgpack_object *o = peek(c);

	for (size_t i = 0; o && i < sizeof(letters) / sizeof(*letters); i++)
		if (letters[i].type == o->type)
			return letters[i].letter;
	return 0;
}

void mp_skip(struct mp_cur *c)
{
	settle(c, peek(c) != NULL);
}

uint32_t mp_left(const struct mp_cur *c)
{
	return c->err ? 0 : c->count - c->next;
}

int mp_done(const struct mp_cur *c)
{
	return c->err ? c->err : c->next < c->count ? ERR_SHAPE : 0;
}

int mp_err(const struct mp_cur *c)
{
	return c->err;
}
