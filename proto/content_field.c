/* content_field: see the header. */
#include "content_field.h"

#include <string.h>

#include "buf.h"
#include "content_object.h"
#include "err.h"
#include "mp.h"

#define ELEMENTS 64

bool content_field_same(const struct content *a, const struct content *b, uint32_t key)
{
	const struct content_field *x = content_find_field(a, key), *y = content_find_field(b, key);

	if (!x || !y)
		return !x && !y;
	return x->len == y->len && memcmp(x->bytes, y->bytes, x->len) == 0;
}

int content_field_copy(struct content *to, const struct content *from, uint32_t key)
{
	const struct content_field *f = content_find_field(from, key);
	struct buf b;

	if (!f) {
		content_drop(to, key);
		return 0;
	}
	buf_init(&b, 0);
	buf_put(&b, f->bytes, f->len);
	return content_take_field(to, key, &b);
}

/* The elements of a list, each encoded by itself. */
struct elements {
	struct buf at[ELEMENTS];
	uint32_t n;
};

static int get_elements(const struct content *c, uint32_t key, struct elements *out)
{
	struct mp_doc *doc;
	struct mp_cur list;
	int err = c ? content_open(c, key, &doc, &list) : ERR_NOT_FOUND;

	out->n = 0;
	if (err)
		return err == ERR_NOT_FOUND ? 0 : err;
	if (mp_left(&list) > ELEMENTS)
		err = ERR_SHAPE;
	while (!err && mp_left(&list) > 0) {
		struct buf *element = &out->at[out->n++];

		buf_init(element, 0);
		content_put_value(&list, element);
		err = mp_err(&list) ? mp_err(&list) : buf_err(element);
	}
	mp_close(doc);
	return err;
}

static void free_elements(struct elements *e)
{
	while (e->n > 0)
		buf_wipe(&e->at[--e->n]);
}

static bool has(const struct elements *e, const struct buf *element)
{
	for (uint32_t i = 0; i < e->n; i++)
		if (e->at[i].len == element->len && memcmp(e->at[i].data, element->data, element->len) == 0)
			return true;
	return false;
}

static int put_joined(struct content *to, uint32_t key, const struct elements *base, const struct elements *a,
                      const struct elements *b)
{
	const struct buf *kept[2 * ELEMENTS];
	struct buf list;
	uint32_t n = 0;
	int err;

	for (uint32_t i = 0; i < a->n; i++)
		if (has(b, &a->at[i]) || !has(base, &a->at[i]))
			kept[n++] = &a->at[i];
	for (uint32_t i = 0; i < b->n; i++)
		if (!has(a, &b->at[i]) && !has(base, &b->at[i]))
			kept[n++] = &b->at[i];
	buf_init(&list, 0);
	mp_put_array(&list, n);
	for (uint32_t i = 0; i < n; i++)
		buf_put(&list, kept[i]->data, kept[i]->len);
	err = buf_err(&list);
	if (!err)
		err = content_set_array(to, key, list.data, list.len);
	buf_wipe(&list);
	return err;
}

int content_field_join(struct content *to, const struct content *base, const struct content *a, const struct content *b,
                       uint32_t key)
{
	struct elements of_base = {.n = 0}, of_a = {.n = 0}, of_b = {.n = 0};
	bool empty = (content_has(a, key) && content_has(b, key));
	int err = get_elements(base, key, &of_base);

	if (!err)
		err = get_elements(a, key, &of_a);
	if (!err)
		err = get_elements(b, key, &of_b);
	empty = empty || of_a.n + of_b.n > 0;
	if (!err && empty)
		err = put_joined(to, key, &of_base, &of_a, &of_b);
	else if (!err)
		content_drop(to, key);
	free_elements(&of_base);
	free_elements(&of_a);
	free_elements(&of_b);
	return err;
}
