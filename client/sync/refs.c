/* refs: see refs.h. */
#include <string.h>

#include "client/care/kinds.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/mp.h"

#include "refs.h"

/* Fields that hold one reference. */
static const uint32_t ref_fields[] = {CONTENT_ON_RID, CONTENT_REPLY_TO};

static int replace_field(struct content *c, uint32_t key, refs_visit *visit, void *arg)
{
	size_t len;
	uint8_t ref[32];
	const uint8_t *value = content_bin(c, key, &len);
	if (!value || len != sizeof(ref))
		return 0;
	memcpy(ref, value, sizeof(ref));
	int err = visit(arg, ref);
	return err ? err : content_set_bin(c, key, ref, sizeof(ref));
}

/* A list of references. */
static int replace_list(struct content *c, uint32_t key, refs_visit *visit, void *arg)
{
	struct mp_doc *doc;
	struct mp_cur from;
	struct buf list;
	uint8_t ref[32];
	int err = content_open(c, key, &doc, &from);
	if (err)
		return err == ERR_NOT_FOUND ? 0 : err;
	buf_init(&list, 0);
	mp_put_array(&list, mp_left(&from));
	while (!err && mp_left(&from)) {
		mp_fixed(&from, ref, sizeof(ref));
		err = mp_err(&from) ? mp_err(&from) : visit(arg, ref);
		mp_put_bin(&list, ref, sizeof(ref));
	}
	mp_close(doc);
	if (!err)
		err = buf_err(&list) ? buf_err(&list) : content_set_array(c, key, list.data, list.len);
	buf_wipe(&list);
	return err;
}

int refs_replace(const void *content, size_t len, refs_visit *visit, void *arg, struct buf *out)
{
	struct content *c = NULL;
	int err = content_decode(content, len, &care_kinds, &c);
	for (uint32_t i = 0; !err && i < content_peek_head(c)->n_parents; i++) {
		uint8_t ref[32];
		memcpy(ref, content_peek_head(c)->parents[i], sizeof(ref));
		err = visit(arg, ref);
		if (!err)
			content_set_parent(c, i, ref);
	}
	for (size_t i = 0; !err && i < sizeof(ref_fields) / sizeof(ref_fields[0]); i++)
		err = replace_field(c, ref_fields[i], visit, arg);
	if (!err && content_peek_head(c)->kind == CONTENT_BIN)
		err = replace_list(c, CONTENT_BIN_VERSIONS, visit, arg);
	if (!err)
		err = content_encode(c, &care_kinds, out);
	content_free(c);
	return err;
}
