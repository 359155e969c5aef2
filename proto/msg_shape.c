/* msg_shape: see msg_shape.h. One row of functions for each type; lists and nested arrays come back here. */
#include "msg_shape.h"

#include "buf.h"
#include "err.h"
#include "mp.h"
#include "msg.h"

static int put_number(const struct msg_member *m, const void *base, struct buf *out)
{
	uint64_t v = *(const uint64_t *)((const char *)base + m->offset);

	if (v < m->min || v > m->max)
		return ERR_RANGE;
	mp_put_u64(out, v);
	return 0;
}

static int get_number(const struct msg_member *m, void *base, struct mp_cur *c)
{
	*(uint64_t *)((char *)base + m->offset) = mp_u64(c, m->min, m->max);
	return mp_err(c);
}

static int put_bool(const struct msg_member *m, const void *base, struct buf *out)
{
	mp_put_bool(out, *(const bool *)((const char *)base + m->offset));
	return 0;
}

static int get_bool(const struct msg_member *m, void *base, struct mp_cur *c)
{
	*(bool *)((char *)base + m->offset) = mp_bool(c);
	return mp_err(c);
}

static int put_fixed(const struct msg_member *m, const void *base, struct buf *out)
{
	const uint8_t *bytes = *(const uint8_t *const *)((const char *)base + m->offset);

	if (!bytes && m->type != MSG_T_FIXED_NIL)
		return ERR_RANGE;
	if (bytes)
		mp_put_bin(out, bytes, (size_t)m->max);
	else
		mp_put_nil(out);
	return 0;
}

static int get_fixed(const struct msg_member *m, void *base, struct mp_cur *c)
{
	const uint8_t **to = (const uint8_t **)((char *)base + m->offset);
	size_t len;

	*to = NULL;
	if (m->type != MSG_T_FIXED_NIL || !mp_nil(c))
		*to = mp_bin(c, (size_t)m->max, (size_t)m->max, &len);
	return mp_err(c);
}

static int put_bytes(const struct msg_member *m, const void *base, struct buf *out)
{
	const struct msg_bytes *v = (const struct msg_bytes *)((const char *)base + m->offset);

	if (m->type == MSG_T_BYTES_NIL && !v->data) {
		mp_put_nil(out);
		return 0;
	}
	if (v->len < m->min || v->len > m->max || (!v->data && v->len > 0))
		return ERR_RANGE;
	if (m->type == MSG_T_TEXT)
		mp_put_str(out, (const char *)v->data, v->len);
	else
		mp_put_bin(out, v->data, v->len);
	return 0;
}

static int get_bytes(const struct msg_member *m, void *base, struct mp_cur *c)
{
	struct msg_bytes *v = (struct msg_bytes *)((char *)base + m->offset);

	*v = (struct msg_bytes){0};
	if (m->type == MSG_T_TEXT)
		v->data = (const uint8_t *)mp_str(c, (size_t)m->min, (size_t)m->max, &v->len);
	else if (m->type != MSG_T_BYTES_NIL || !mp_nil(c))
		v->data = mp_bin(c, (size_t)m->min, (size_t)m->max, &v->len);
	return mp_err(c);
}

static int put_nested(const struct msg_member *m, const void *base, struct buf *out)
{
	if (m->type == MSG_T_MAYBE && !*(const bool *)((const char *)base + m->count)) {
		mp_put_nil(out);
		return 0;
	}
	mp_put_array(out, m->of->n);
	return msg_shape_put(m->of, base, out);
}

static int get_nested(const struct msg_member *m, void *base, struct mp_cur *c)
{
	struct mp_cur inside;
	bool there = m->type != MSG_T_MAYBE || !mp_nil(c);

	if (m->type == MSG_T_MAYBE)
		*(bool *)((char *)base + m->count) = there;
	if (!there)
		return 0;
	inside = mp_enter(c, m->of->n, m->of->n);
	msg_shape_get(m->of, base, &inside);
	mp_leave(c, &inside);
	return mp_err(c);
}

static int put_list(const struct msg_member *m, const void *base, struct buf *out)
{
	uint32_t n = *(const uint32_t *)((const char *)base + m->count);
	const char *element = (const char *)base + m->offset;
	int err = n < m->min || n > m->max ? ERR_RANGE : 0;

	if (!err)
		mp_put_array(out, n);
	for (uint32_t i = 0; i < n && !err; i++, element += m->stride) {
		if (!m->of->bare)
			mp_put_array(out, m->of->n);
		err = msg_shape_put(m->of, element, out);
	}
	return err;
}

static int get_list(const struct msg_member *m, void *base, struct mp_cur *c)
{
	struct mp_cur list = mp_enter(c, (uint32_t)m->min, (uint32_t)m->max), inside;
	uint32_t n = mp_left(&list);
	char *element = (char *)base + m->offset;

	for (uint32_t i = 0; i < n && !mp_err(&list); i++, element += m->stride) {
		if (m->of->bare) {
			msg_shape_get(m->of, element, &list);
			continue;
		}
		inside = mp_enter(&list, m->of->n, m->of->n);
		msg_shape_get(m->of, element, &inside);
		mp_leave(&list, &inside);
	}
	mp_leave(c, &list);
	*(uint32_t *)((char *)base + m->count) = mp_err(c) ? 0 : n;
	return mp_err(c);
}

static const struct {
	int (*put)(const struct msg_member *m, const void *base, struct buf *out);
	int (*get)(const struct msg_member *m, void *base, struct mp_cur *c);
} types[] = {
    [MSG_T_NUMBER] = {put_number, get_number}, [MSG_T_BOOL] = {put_bool, get_bool},
    [MSG_T_FIXED] = {put_fixed, get_fixed},    [MSG_T_FIXED_NIL] = {put_fixed, get_fixed},
    [MSG_T_BYTES] = {put_bytes, get_bytes},    [MSG_T_BYTES_NIL] = {put_bytes, get_bytes},
    [MSG_T_TEXT] = {put_bytes, get_bytes},     [MSG_T_NESTED] = {put_nested, get_nested},
    [MSG_T_MAYBE] = {put_nested, get_nested},  [MSG_T_LIST] = {put_list, get_list},
};

int msg_shape_put(const struct msg_shape *s, const void *base, struct buf *out)
{
	int err = 0;

	for (uint32_t i = 0; i < s->n && !err; i++)
		err = types[s->members[i].type].put(&s->members[i], base, out);
	return err;
}

int msg_shape_get(const struct msg_shape *s, void *base, struct mp_cur *c)
{
	int err = 0;

	for (uint32_t i = 0; i < s->n && !err; i++)
		err = types[s->members[i].type].get(&s->members[i], base, c);
	return err;
}
