/* ledger_row: see ledger_row.h. */
#include "proto/buf.h"
#include "proto/err.h"

#include "ledger_row.h"

static int corrupt_unless_ours(int err)
{
	return err == 0 || err == ERR_NOMEM ? err : ERR_CORRUPT;
}

int ledger_row_open(const void *row, size_t len, uint32_t count, struct mp_doc **doc, struct mp_cur *cur)
{
	return ledger_row_open_more(row, len, count, 0, doc, cur);
}

int ledger_row_open_more(const void *row, size_t len, uint32_t count, uint32_t more, struct mp_doc **doc,
                         struct mp_cur *cur)
{
	int err = mp_open(row, len, doc, cur);
	if (!err && (mp_left(cur) < count || mp_left(cur) > count + more))
		err = ERR_CORRUPT;
	if (err) {
		mp_close(*doc);
		*doc = NULL;
		*cur = (struct mp_cur){.err = ERR_CORRUPT};
	}
	return corrupt_unless_ours(err);
}

int ledger_row_close(struct mp_doc *doc, const struct mp_cur *cur)
{
	int err = mp_done(cur);
	mp_close(doc);
	return corrupt_unless_ours(err);
}

void ledger_row_put_ids(struct buf *row, const uint8_t *ids, uint32_t n, size_t size)
{
	mp_put_array(row, n);
	for (uint32_t i = 0; i < n; i++)
		mp_put_bin(row, ids + i * size, size);
}

void ledger_row_get_ids(struct mp_cur *cur, uint8_t *ids, uint32_t max, size_t size, uint32_t *n)
{
	struct mp_cur list = mp_enter(cur, 0, max);
	uint32_t count = mp_left(&list);
	for (uint32_t i = 0; i < count; i++)
		mp_fixed(&list, ids + i * size, size);
	mp_leave(cur, &list);
	*n = mp_err(cur) ? 0 : count;
}
