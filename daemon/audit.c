/* audit: see the header. A row as stored: time ms || actor{16} || device{16} || op u16 || status u16 || kind u8 ||
 * object{32}
 * || head{32}. */
#include <string.h>

#include "audit.h"
#include "proto/err.h"
#include "proto/label.h"
#include "store_inner.h"

#define BODY_SIZE (8 + 16 + 16 + 2 + 2 + 1 + 32)
#define ROW_SIZE (BODY_SIZE + STORE_HASH)

static void put_u16(uint8_t *out, uint16_t v)
{
	out[0] = (uint8_t)(v >> 8);
	out[1] = (uint8_t)v;
}

static uint16_t get_u16(const uint8_t *in)
{
	return (uint16_t)(in[0] << 8 | in[1]);
}

static void encode(const struct audit_row *row, uint8_t body[BODY_SIZE])
{
	store_key_put_u64(body, row->time_ms);
	memcpy(body + 8, row->actor, 16);
	memcpy(body + 24, row->device, 16);
	put_u16(body + 40, row->op);
	put_u16(body + 42, row->status);
	body[44] = row->object_kind;
	memcpy(body + 45, row->object, 32);
}

static void decode(const uint8_t body[BODY_SIZE], struct audit_row *row)
{
	row->time_ms = store_key_get_u64(body);
	memcpy(row->actor, body + 8, 16);
	memcpy(row->device, body + 24, 16);
	row->op = get_u16(body + 40);
	row->status = get_u16(body + 42);
	row->object_kind = body[44];
	memcpy(row->object, body + 45, 32);
}

static int start(const struct store *s, uint8_t head[STORE_HASH])
{
	return crypto_hash1(LABEL_AUDIT, s->born, STORE_ID, head);
}

static int step(const uint8_t *head, uint64_t seq, const uint8_t *body, uint8_t out[STORE_HASH])
{
	uint8_t seq_bytes[8];
	store_key_put_u64(seq_bytes, seq);
	struct crypto_bytes parts[] = {{head, STORE_HASH}, {seq_bytes, 8}, {body, BODY_SIZE}};
	return crypto_hash(LABEL_AUDIT, parts, 3, out);
}

static int parse(const struct store_cur *c, struct audit_row *row)
{
	if (c->val.len != ROW_SIZE)
		return ERR_CORRUPT;
	decode(c->val.data, row);
	row->seq = store_key_get_u64(c->key);
	memcpy(row->head, c->val.data + BODY_SIZE, STORE_HASH);
	return 0;
}

static int tail(struct store_txn *t, const struct store *s, struct audit_row *last)
{
	struct store_cur c;
	*last = (struct audit_row){0};
	int err = store_cur_open(t, STORE_AUDIT, NULL, &c);
	if (!err)
		err = store_cur_last(&c);
	if (!err)
		err = parse(&c, last);
	store_cur_close(&c);
	return err == ERR_NOT_FOUND ? start(s, last->head) : err;
}

int audit_append(struct store_batch *b, const struct audit_row *row)
{
	uint8_t body[BODY_SIZE], head[STORE_HASH];
	struct audit_row last;
	int err = tail(&b->txn, b->store, &last);
	if (err)
		return err;
	encode(row, body);
	err = step(last.head, last.seq + 1, body, head);
	if (err)
		return err;
	struct store_key key = store_key_number(last.seq + 1);
	struct crypto_bytes parts[] = {{body, sizeof(body)}, {head, sizeof(head)}};
	return store_txn_put(&b->txn, STORE_AUDIT, &key, parts, 2);
}

int audit_head(struct store *s, uint64_t *seq, uint8_t head[STORE_HASH])
{
	struct store_txn t;
	struct audit_row last;
	int err = store_txn_read(&s->env, &t);
	if (err)
		return err;
	err = tail(&t, s, &last);
	store_txn_end(&t);
	if (err)
		return err;
	*seq = last.seq;
	memcpy(head, last.head, STORE_HASH);
	return 0;
}

/* Parses the row the cursor is on and proves that it comes right after `before`. */
static int next_row(const struct store_cur *c, const struct audit_row *before, struct audit_row *row)
{
	uint8_t expected[STORE_HASH];
	int err = parse(c, row);
	if (!err && row->seq != before->seq + 1)
		err = ERR_CORRUPT;
	if (!err)
		err = step(before->head, row->seq, c->val.data, expected);
	if (!err && memcmp(expected, row->head, STORE_HASH) != 0)
		err = ERR_CORRUPT;
	return err;
}

/* Goes to the row `seq` and parses it; 0 is what stands before the first. */
static int stand_on(struct store_cur *c, const struct store *s, uint64_t seq, struct audit_row *row)
{
	*row = (struct audit_row){0};
	if (seq == 0)
		return start(s, row->head);
	struct store_key key = store_key_number(seq);
	int err = store_cur_seek(c, &key);
	if (!err)
		err = parse(c, row);
	return !err && row->seq != seq ? ERR_CORRUPT : err;
}

static int read_rows(struct store_cur *c, const struct audit_row *before, size_t max, struct audit_row *rows, size_t *n)
{
	int err = max == 0 ? ERR_NOT_FOUND : before->seq ? store_cur_next(c) : store_cur_first(c);
	while (!err) {
		err = next_row(c, before, &rows[*n]);
		if (err)
			return err;
		before = &rows[(*n)++];
		err = *n < max ? store_cur_next(c) : ERR_NOT_FOUND;
	}
	return err == ERR_NOT_FOUND ? 0 : err;
}

int audit_read(struct store *s, uint64_t seq, size_t max, struct audit_row *rows, size_t *n)
{
	struct store_txn t;
	struct store_cur c;
	struct audit_row before;
	*n = 0;
	int err = store_txn_read(&s->env, &t);
	if (err)
		return err;
	err = store_cur_open(&t, STORE_AUDIT, NULL, &c);
	if (!err)
		err = stand_on(&c, s, seq, &before);
	if (!err)
		err = read_rows(&c, &before, max, rows, n);
	store_cur_close(&c);
	store_txn_end(&t);
	return err == ERR_NOT_FOUND ? 0 : err;
}

#define VERIFY_PAGE 256 /* rows in one read transaction */

int audit_verify(struct store *s, uint64_t *bad)
{
	struct audit_row rows[VERIFY_PAGE];
	size_t n;
	uint64_t seq = 0;
	int err;
	*bad = 0;
	do {
		err = audit_read(s, seq, VERIFY_PAGE, rows, &n);
		seq += n;
	} while (!err && n == VERIFY_PAGE);
	if (err == ERR_CORRUPT)
		*bad = seq + 1;
	return err;
}
