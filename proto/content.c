/* content: one content as an object: its head and its fields. See content.h. */
#include "content_object.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "crypto.h"
#include "err.h"
#include "mp.h"

/* --- the object --- */

struct content *content_new(const struct content_head *head)
{
	struct content *c = calloc(1, sizeof *c);

	if (c && head)
		c->head = *head;
	return c;
}

void content_free(struct content *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++)
		buf_free_bytes(c->fields[i].bytes, c->fields[i].len);
	crypto_wipe(c, sizeof *c);
	free(c);
}

struct content *content_copy(const struct content *from, const struct content_head *head)
{
	struct content *c = content_new(head);
	struct buf b;

	for (size_t i = 0; c && i < from->n; i++) {
		buf_init(&b, 0);
		buf_put(&b, from->fields[i].bytes, from->fields[i].len);
		if (buf_err(&b) || content_take_field(c, from->fields[i].key, &b)) {
			buf_wipe(&b);
			content_free(c);
			c = NULL;
		}
	}
	return c;
}

const struct content_head *content_peek_head(const struct content *c)
{
	return &c->head;
}

void content_set_parent(struct content *c, uint32_t i, const uint8_t rid[32])
{
	memcpy(c->head.parents[i], rid, sizeof c->head.parents[i]);
}

/* Where the field stands, or would. */
static size_t place_of(const struct content *c, uint32_t key)
{
	size_t at = 0;

	while (at < c->n && c->fields[at].key < key)
		at++;
	return at;
}

const struct content_field *content_find_field(const struct content *c, uint32_t key)
{
	size_t at = place_of(c, key);

	return at < c->n && c->fields[at].key == key ? &c->fields[at] : NULL;
}

/* Takes the bytes out of `b`, on success and on error. */
int content_take_field(struct content *c, uint32_t key, struct buf *b)
{
	size_t at = place_of(c, key);
	bool there = at < c->n && c->fields[at].key == key;
	struct content_field f = {.key = key};
	int err = ERR_RANGE;

	if (key == 0 || (!there && c->n == CONTENT_FIELDS))
		goto out;
	err = buf_take(b, &f.bytes, &f.len);
	if (err)
		goto out;
	if (there) {
		buf_free_bytes(c->fields[at].bytes, c->fields[at].len);
	} else {
		memmove(&c->fields[at + 1], &c->fields[at], (c->n - at) * sizeof f);
		c->n++;
	}
	c->fields[at] = f;
out:
	buf_wipe(b);
	return err;
}

int content_drop(struct content *c, uint32_t key)
{
	size_t at = place_of(c, key);

	if (!content_find_field(c, key))
		return ERR_NOT_FOUND;
	buf_free_bytes(c->fields[at].bytes, c->fields[at].len);
	c->n--;
	memmove(&c->fields[at], &c->fields[at + 1], (c->n - at) * sizeof c->fields[0]);
	return 0;
}

/* --- fields --- */

bool content_has(const struct content *c, uint32_t key)
{
	return content_find_field(c, key) != NULL;
}

bool content_field_at(const struct content *c, size_t i, uint32_t *key)
{
	if (i >= c->n)
		return false;
	*key = c->fields[i].key;
	return true;
}

static int open_field(const struct content *c, uint32_t key, struct mp_doc **doc, struct mp_cur *root)
{
	const struct content_field *f = content_find_field(c, key);

	*doc = NULL;
	*root = (struct mp_cur){.err = ERR_NOT_FOUND};
	return f ? mp_open(f->bytes, f->len, doc, root) : ERR_NOT_FOUND;
}

uint64_t content_u64(const struct content *c, uint32_t key, uint64_t absent)
{
	struct mp_doc *doc;
	struct mp_cur root;
	uint64_t v;

	open_field(c, key, &doc, &root);
	v = mp_u64(&root, 0, UINT64_MAX);
	mp_close(doc);
	return mp_err(&root) ? absent : v;
}

int64_t content_i64(const struct content *c, uint32_t key, int64_t absent)
{
	struct mp_doc *doc;
	struct mp_cur root;
	int64_t v;

	open_field(c, key, &doc, &root);
	v = mp_i64(&root, INT64_MIN, INT64_MAX);
	mp_close(doc);
	return mp_err(&root) ? absent : v;
}

bool content_bool(const struct content *c, uint32_t key, bool absent)
{
	struct mp_doc *doc;
	struct mp_cur root;
	bool v;

	open_field(c, key, &doc, &root);
	v = mp_bool(&root);
	mp_close(doc);
	return mp_err(&root) ? absent : v;
}

const char *content_str(const struct content *c, uint32_t key, size_t *len)
{
	struct mp_doc *doc;
	struct mp_cur root;
	const char *text; /* in the field's bytes, not in the doc */

	open_field(c, key, &doc, &root);
	text = mp_str(&root, 0, SIZE_MAX, len);
	mp_close(doc);
	return text;
}

const uint8_t *content_bin(const struct content *c, uint32_t key, size_t *len)
{
	struct mp_doc *doc;
	struct mp_cur root;
	const uint8_t *bytes;

	open_field(c, key, &doc, &root);
	bytes = mp_bin(&root, 0, SIZE_MAX, len);
	mp_close(doc);
	return bytes;
}

int content_open(const struct content *c, uint32_t key, struct mp_doc **doc, struct mp_cur *inside)
{
	struct mp_cur root;
	int err = open_field(c, key, doc, &root);

	*inside = mp_enter(&root, 0, MP_ITEMS_MAX);
	if (!err)
		err = mp_err(inside);
	if (err) {
		mp_close(*doc);
		*doc = NULL;
	}
	return err;
}

/* A buffer that holds the beginning of [value]. */
static void begin(struct buf *b)
{
	buf_init(b, 0);
	mp_put_array(b, 1);
}

int content_set_u64(struct content *c, uint32_t key, uint64_t v)
{
	struct buf b;

	begin(&b);
	mp_put_u64(&b, v);
	return content_take_field(c, key, &b);
}

int content_set_i64(struct content *c, uint32_t key, int64_t v)
{
	struct buf b;

	begin(&b);
	mp_put_i64(&b, v);
	return content_take_field(c, key, &b);
}

int content_set_bool(struct content *c, uint32_t key, bool v)
{
	struct buf b;

	begin(&b);
	mp_put_bool(&b, v);
	return content_take_field(c, key, &b);
}

int content_set_str(struct content *c, uint32_t key, const char *text, size_t len)
{
	struct buf b;

	begin(&b);
	mp_put_str(&b, text, len);
	return content_take_field(c, key, &b);
}

int content_set_bin(struct content *c, uint32_t key, const void *bytes, size_t len)
{
	struct buf b;

	begin(&b);
	mp_put_bin(&b, bytes, len);
	return content_take_field(c, key, &b);
}

int content_set_array(struct content *c, uint32_t key, const void *array, size_t len)
{
	struct buf b;
	int err = mp_scan(array, len);

	if (err)
		return err;
	begin(&b);
	buf_put(&b, array, len);
	return content_take_field(c, key, &b);
}
