/* attachment: see attachment.h. */
#include "attachment.h"

#include <string.h>

#include "buf.h"
#include "content.h"
#include "crypto.h"
#include "err.h"
#include "mp.h"
#include "record.h"

#define PARTS 7

uint32_t attachment_count(const struct content *c)
{
	struct mp_doc *doc;
	struct mp_cur list;
	uint32_t n = 0;

	if (content_open(c, CONTENT_ATTACHMENTS, &doc, &list) == 0) {
		n = mp_left(&list);
		mp_close(doc);
	}
	return n;
}

static void read_text(struct mp_cur *c, size_t max, char *out)
{
	size_t len;
	const char *text = mp_str(c, 0, max, &len);

	if (text)
		memcpy(out, text, len);
}

static int read_one(struct mp_cur *list, struct attachment *a)
{
	struct mp_cur c = mp_enter(list, PARTS, PARTS);

	mp_fixed(&c, a->id, sizeof a->id);
	mp_fixed(&c, a->key, sizeof a->key);
	a->len = mp_u64(&c, BLOB_LEN_MIN, BLOB_LEN_MAX);
	mp_fixed(&c, a->root, sizeof a->root);
	a->size = mp_u64(&c, 0, BLOB_FILE_MAX);
	read_text(&c, ATTACHMENT_NAME_MAX, a->name);
	read_text(&c, ATTACHMENT_MEDIA_MAX, a->media);
	return mp_done(&c);
}

int attachment_get(const struct content *c, uint32_t i, struct attachment *out)
{
	struct mp_doc *doc;
	struct mp_cur list;
	int err = content_open(c, CONTENT_ATTACHMENTS, &doc, &list);

	memset(out, 0, sizeof *out);
	if (err)
		return err;
	for (; i > 0 && mp_left(&list) > 0; i--)
		mp_skip(&list);
	err = mp_left(&list) == 0 ? ERR_NOT_FOUND : read_one(&list, out);
	if (err)
		crypto_wipe(out, sizeof *out);
	mp_close(doc);
	return err;
}

int attachment_set(struct content *c, const struct attachment *list, uint32_t n)
{
	struct buf b;
	int err;

	if (n > ATTACHMENT_MAX)
		return ERR_RANGE;
	if (n == 0) {
		err = content_drop(c, CONTENT_ATTACHMENTS);
		return err == ERR_NOT_FOUND ? 0 : err;
	}
	buf_init(&b, 0);
	mp_put_array(&b, n);
	for (uint32_t i = 0; i < n; i++) {
		mp_put_array(&b, PARTS);
		mp_put_bin(&b, list[i].id, sizeof list[i].id);
		mp_put_bin(&b, list[i].key, sizeof list[i].key);
		mp_put_u64(&b, list[i].len);
		mp_put_bin(&b, list[i].root, sizeof list[i].root);
		mp_put_u64(&b, list[i].size);
		mp_put_cstr(&b, list[i].name);
		mp_put_cstr(&b, list[i].media);
	}
	err = buf_err(&b);
	if (!err)
		err = content_set_array(c, CONTENT_ATTACHMENTS, b.data, b.len);
	buf_wipe(&b);
	return err;
}

static int blobs_of(const struct content *c, struct attachment_ref *hold, struct record_blob *out, uint32_t *n)
{
	uint32_t count = attachment_count(c);
	struct attachment a;
	int err = count > ATTACHMENT_MAX ? ERR_SHAPE : 0;

	*n = 0;
	for (uint32_t i = 0; i < count && !err; i++) {
		err = attachment_get(c, i, &a);
		memcpy(hold[i].id, a.id, sizeof a.id);
		memcpy(hold[i].root, a.root, sizeof a.root);
		out[i] = (struct record_blob){.id = hold[i].id, .len = a.len, .root = hold[i].root};
		crypto_wipe(&a, sizeof a);
	}
	if (!err)
		*n = count;
	return err;
}

int attachment_blobs(const struct content *c, struct attachment_ref *hold, struct record_blob *out, uint32_t *n)
{
	struct content *given = NULL;
	size_t len = 0;
	const uint8_t *bytes = NULL;

	*n = 0;
	if (content_peek_head(c)->kind == CONTENT_REGIVEN)
		bytes = content_bin(c, CONTENT_GIVEN_CONTENT, &len);
	if (!bytes)
		return blobs_of(c, hold, out, n);
	int err = content_decode(bytes, len, &content_base_kinds, &given);
	if (!err)
		err = blobs_of(given, hold, out, n);
	content_free(given);
	return err;
}

int attachment_check(const struct content *c, const struct record *r)
{
	struct attachment_ref hold[ATTACHMENT_MAX];
	struct record_blob blobs[ATTACHMENT_MAX];
	uint32_t n;
	int err = attachment_blobs(c, hold, blobs, &n);

	if (err)
		return err == ERR_NOMEM ? err : ERR_SCHEMA;
	if (n != r->blobs)
		return ERR_SCHEMA;
	for (uint32_t i = 0; i < n; i++)
		if (blobs[i].len != r->blob[i].len || memcmp(blobs[i].id, r->blob[i].id, BLOB_ID) != 0 ||
		    memcmp(blobs[i].root, r->blob[i].root, BLOB_HASH) != 0)
			return ERR_SCHEMA;
	return 0;
}
