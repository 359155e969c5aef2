/* content_code: content to bytes and back. See content.h. */
#include "content_object.h"

#include "buf.h"
#include "err.h"
#include "mp.h"

#define SUITE 1

static void copy_list(struct mp_cur *c, struct buf *b)
{
	struct mp_cur inside = mp_enter(c, 0, MP_ITEMS_MAX);

	mp_put_array(b, mp_left(&inside));
	while (mp_left(&inside) > 0)
		content_put_value(&inside, b);
}

/* Any one element. */
void content_put_value(struct mp_cur *c, struct buf *b)
{
	const char type = mp_peek(c);
	const void *bytes;
	size_t len;

	if (type == 'a') {
		copy_list(c, b);
	} else if (type == 's') {
		bytes = mp_str(c, 0, SIZE_MAX, &len);
		mp_put_str(b, bytes, len);
	} else if (type == 'x') {
		bytes = mp_bin(c, 0, SIZE_MAX, &len);
		mp_put_bin(b, bytes, len);
	} else if (type == 'u') {
		mp_put_u64(b, mp_u64(c, 0, UINT64_MAX));
	} else if (type == 'i') {
		mp_put_i64(b, mp_i64(c, INT64_MIN, -1));
	} else if (type == 'b') {
		mp_put_bool(b, mp_bool(c));
	} else if (mp_nil(c)) {
		mp_put_nil(b);
	} else {
		mp_skip(c);
	}
}

static int decode_head(struct content_head *h, struct mp_cur *c)
{
	struct mp_cur list;

	if (mp_u64(c, 0, MP_NUMBER_MAX) != SUITE)
		return mp_err(c) ? mp_err(c) : ERR_SUITE;
	h->kind = (uint32_t)mp_u64(c, 1, UINT32_MAX);
	mp_fixed(c, h->item, sizeof h->item);
	list = mp_enter(c, 0, CONTENT_PARENTS);
	h->n_parents = mp_left(&list);
	for (uint32_t i = 0; i < h->n_parents; i++)
		mp_fixed(&list, h->parents[i], sizeof h->parents[i]);
	mp_leave(c, &list);
	h->at_ms = mp_u64(c, 0, MP_NUMBER_MAX);
	h->offset = (int16_t)mp_i64(c, CONTENT_OFFSET_MIN, CONTENT_OFFSET_MAX);
	h->made_ms = mp_u64(c, 0, MP_NUMBER_MAX);
	h->has_subject = !mp_nil(c);
	if (h->has_subject)
		mp_fixed(c, h->subject, sizeof h->subject);
	return mp_err(c);
}

static int decode_field(struct content *c, struct mp_cur *list, uint64_t *last)
{
	struct mp_cur pair = mp_enter(list, 2, 2);
	uint64_t key = mp_u64(&pair, *last + 1, UINT32_MAX);
	struct buf b;

	if (mp_err(&pair))
		return ERR_SHAPE;
	buf_init(&b, 0);
	mp_put_array(&b, 1);
	content_put_value(&pair, &b);
	if (mp_done(&pair)) {
		buf_wipe(&b);
		return ERR_SHAPE;
	}
	*last = key;
	return content_take_field(c, (uint32_t)key, &b);
}

int content_decode(const void *bytes, size_t len, const struct content_kinds *kinds, struct content **out)
{
	struct content *content = NULL;
	struct mp_doc *doc;
	struct mp_cur c, list;
	uint64_t last = 0;
	int err = mp_open(bytes, len, &doc, &c);

	*out = NULL;
	if (err)
		goto out;
	err = ERR_NOMEM;
	content = content_new(NULL);
	if (!content)
		goto out;
	err = decode_head(&content->head, &c);
	if (err)
		goto out;
	list = mp_enter(&c, 0, CONTENT_FIELDS);
	err = mp_done(&c);
	while (!err && mp_left(&list) > 0)
		err = decode_field(content, &list, &last);
	if (!err)
		err = content_check(content, kinds);
	if (err)
		goto out;
	*out = content;
	content = NULL;
out:
	content_free(content);
	mp_close(doc);
	return err;
}

static void put_content(const struct content *c, struct buf *b)
{
	const struct content_head *h = &c->head;

	mp_put_array(b, 9);
	mp_put_u64(b, SUITE);
	mp_put_u64(b, h->kind);
	mp_put_bin(b, h->item, sizeof h->item);
	mp_put_array(b, h->n_parents);
	for (uint32_t i = 0; i < h->n_parents; i++)
		mp_put_bin(b, h->parents[i], sizeof h->parents[i]);
	mp_put_u64(b, h->at_ms);
	mp_put_i64(b, h->offset);
	mp_put_u64(b, h->made_ms);
	if (h->has_subject)
		mp_put_bin(b, h->subject, sizeof h->subject);
	else
		mp_put_nil(b);
	mp_put_array(b, (uint32_t)c->n);
	for (size_t i = 0; i < c->n; i++) {
		mp_put_array(b, 2);
		mp_put_u64(b, c->fields[i].key);
		buf_put(b, c->fields[i].bytes + 1, c->fields[i].len - 1); /* without the header of [value] */
	}
}

int content_encode(const struct content *c, const struct content_kinds *kinds, struct buf *out)
{
	size_t start = out->len;
	int err = content_check(c, kinds);

	if (err)
		return err;
	put_content(c, out);
	err = buf_err(out);
	if (!err)
		err = mp_scan(out->data + start, out->len - start);
	/* each field is canonical by itself, together they may be too many elements or too deep */
	if (err == ERR_PROTO || err == ERR_UTF8)
		err = err == ERR_UTF8 ? ERR_SCHEMA : ERR_TOO_BIG;
	if (err)
		buf_truncate(out, start);
	return err;
}
