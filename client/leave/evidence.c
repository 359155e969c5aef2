/* evidence: see evidence.h. The file is a line of text and then pieces: u32 length || canonical array [type, ...]. */
#include "evidence.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "client/book/ledger.h"
#include "client/book/links.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/label.h"
#include "proto/mp.h"
#include "proto/record.h"

static const char magic[] = "kap evidence 1\n";

#define MAGIC (sizeof(magic) - 1)

/* The running head over all pieces. */
static int step(uint8_t head[CRYPTO_HASH], const void *bytes, size_t len)
{
	const struct crypto_bytes parts[] = {{head, CRYPTO_HASH}, {bytes, len}};
	return crypto_hash(LABEL_EVIDENCE, parts, 2, head);
}

/* --- writing --- */

struct writing {
	const struct evidence_write_opts *o;
	struct buf piece;
	uint8_t head[CRYPTO_HASH];
	uint8_t last_sig[64]; /* of the receipt written last: records in a row share one */
	const uint8_t *chain;
	uint64_t count;
};

/* Begins a piece of `fields` fields behind its type. */
static void begin(struct writing *w, enum evidence_type type, uint32_t fields)
{
	buf_reset(&w->piece);
	mp_put_array(&w->piece, fields + 1);
	mp_put_u64(&w->piece, type);
}

static int end(struct writing *w)
{
	const struct buf *p = &w->piece;
	uint8_t length[] = {(uint8_t)(p->len >> 24), (uint8_t)(p->len >> 16), (uint8_t)(p->len >> 8), (uint8_t)p->len};
	int err = buf_err(p);

	if (!err)
		err = step(w->head, p->data, p->len);
	if (!err)
		err = w->o->sink(w->o->arg, length, sizeof(length));
	if (!err)
		err = w->o->sink(w->o->arg, p->data, p->len);
	w->count++;
	return err;
}

static int put_link(void *arg, uint64_t seq, const uint8_t *bytes, size_t len)
{
	struct writing *w = arg;

	(void)seq;
	begin(w, EVIDENCE_LINK, 2);
	mp_put_bin(&w->piece, w->chain, 32);
	mp_put_bin(&w->piece, bytes, len);
	return end(w);
}

static int put_chain(void *arg, const uint8_t chain[32])
{
	struct writing *w = arg;

	if (memcmp(chain, w->o->clinic, 32) == 0)
		return 0; /* last: its links are signed with the keys of all others */
	w->chain = chain;
	return links_each(w->o->txn, chain, put_link, w);
}

static int put_receipt(struct writing *w, const uint8_t rid[32])
{
	struct buf statement;
	uint8_t sig[64];

	buf_init(&statement, 0);
	int err = ledger_receipt_get(w->o->txn, rid, &statement, sig);
	if (err == ERR_NOT_FOUND || (!err && memcmp(sig, w->last_sig, sizeof(sig)) == 0)) {
		buf_wipe(&statement);
		return 0;
	}
	if (!err) {
		begin(w, EVIDENCE_RECEIPT, 2);
		mp_put_bin(&w->piece, statement.data, statement.len);
		mp_put_bin(&w->piece, sig, sizeof(sig));
		err = end(w);
		memcpy(w->last_sig, sig, sizeof(sig));
	}
	buf_wipe(&statement);
	return err;
}

static int put_record(void *arg, const struct ledger_record *r)
{
	struct writing *w = arg;

	begin(w, EVIDENCE_RECORD, 2);
	mp_put_bin(&w->piece, r->record, r->record_len);
	mp_put_u64(&w->piece, r->state);
	int err = end(w);
	return err ? err : put_receipt(w, r->rid);
}

static int put_aside(void *arg, const struct ledger_aside *a)
{
	struct writing *w = arg;

	begin(w, EVIDENCE_ASIDE, 2);
	/* what is longer is no record at all */
	mp_put_bin(&w->piece, a->record, a->record_len <= RECORD_MAX ? a->record_len : 0);
	mp_put_u64(&w->piece, (uint64_t)-a->err);
	return end(w);
}

static int put_cursor(struct writing *w)
{
	struct ledger_cursor c;
	int err = ledger_cursor_get(w->o->txn, &c);

	if (err)
		return err == ERR_NOT_FOUND ? 0 : err;
	begin(w, EVIDENCE_CURSOR, 3);
	mp_put_bin(&w->piece, c.generation, sizeof(c.generation));
	mp_put_u64(&w->piece, c.seq);
	mp_put_bin(&w->piece, c.head, sizeof(c.head));
	return end(w);
}

static int put_about(struct writing *w)
{
	begin(w, EVIDENCE_ABOUT, 3);
	mp_put_bin(&w->piece, w->o->clinic, 32);
	mp_put_bin(&w->piece, w->o->genesis, 32);
	mp_put_u64(&w->piece, w->o->now_ms);
	return end(w);
}

static int put_end(struct writing *w)
{
	uint64_t count = w->count;

	begin(w, EVIDENCE_END, 2);
	mp_put_u64(&w->piece, count);
	mp_put_bin(&w->piece, w->head, sizeof(w->head));
	return end(w);
}

int evidence_write(const struct evidence_write_opts *opts, uint64_t *pieces)
{
	struct writing w = {.o = opts, .chain = opts->clinic};

	buf_init(&w.piece, EVIDENCE_PIECE_MAX);
	int err = opts->sink(opts->arg, magic, MAGIC);
	if (!err)
		err = put_about(&w);
	if (!err)
		err = links_chains(opts->txn, put_chain, &w);
	w.chain = opts->clinic;
	if (!err)
		err = links_each(opts->txn, opts->clinic, put_link, &w);
	if (!err)
		err = ledger_record_each(opts->txn, put_record, &w);
	if (!err)
		err = ledger_aside_each(opts->txn, put_aside, &w);
	if (!err)
		err = put_cursor(&w);
	if (!err)
		err = put_end(&w);
	buf_wipe(&w.piece);
	*pieces = w.count;
	return err;
}

/* --- reading --- */

static int parse(const uint8_t *bytes, size_t len, struct evidence_piece *p)
{
	struct mp_doc *doc;
	struct mp_cur c;
	int err = mp_open(bytes, len, &doc, &c);

	if (err)
		return err;
	memset(p, 0, sizeof(*p));
	p->type = (uint8_t)mp_u64(&c, EVIDENCE_ABOUT, EVIDENCE_END);
	switch (p->type) {
	case EVIDENCE_ABOUT:
		mp_fixed(&c, p->clinic, sizeof(p->clinic));
		mp_fixed(&c, p->genesis, sizeof(p->genesis));
		p->made_ms = mp_u64(&c, 0, MP_NUMBER_MAX);
		break;
	case EVIDENCE_LINK:
		mp_fixed(&c, p->chain, sizeof(p->chain));
		p->bytes = mp_bin(&c, 1, EVIDENCE_PIECE_MAX, &p->len);
		break;
	case EVIDENCE_RECORD:
	case EVIDENCE_ASIDE:
		p->bytes = mp_bin(&c, 0, EVIDENCE_PIECE_MAX, &p->len);
		p->number = mp_u64(&c, 0, UINT16_MAX);
		break;
	case EVIDENCE_RECEIPT:
		p->bytes = mp_bin(&c, 1, EVIDENCE_PIECE_MAX, &p->len);
		mp_fixed(&c, p->sig, sizeof(p->sig));
		break;
	case EVIDENCE_CURSOR:
		mp_fixed(&c, p->generation, sizeof(p->generation));
		p->seq = mp_u64(&c, 0, MP_NUMBER_MAX);
		mp_fixed(&c, p->head, sizeof(p->head));
		break;
	case EVIDENCE_END:
		p->number = mp_u64(&c, 0, MP_NUMBER_MAX);
		mp_fixed(&c, p->head, sizeof(p->head));
		break;
	default:
		break;
	}
	err = mp_done(&c);
	mp_close(doc);
	return err;
}

static int read_all(FILE *file, void *bytes, size_t len)
{
	if (fread(bytes, 1, len, file) == len)
		return 0;
	return ferror(file) ? ERR_IO : ERR_SHAPE;
}

/* The next piece into `bytes`. */
static int read_piece(FILE *file, uint8_t *bytes, size_t *len)
{
	uint8_t length[4];
	int err = read_all(file, length, sizeof(length));

	if (err)
		return err;
	*len = (size_t)length[0] << 24 | (size_t)length[1] << 16 | (size_t)length[2] << 8 | length[3];
	return *len <= EVIDENCE_PIECE_MAX ? read_all(file, bytes, *len) : ERR_SHAPE;
}

int evidence_read(FILE *file, evidence_visit *visit, void *arg)
{
	uint8_t head[CRYPTO_HASH] = {0}, *bytes = malloc(EVIDENCE_PIECE_MAX);
	char begins[MAGIC];
	struct evidence_piece p = {0};
	int err = bytes ? read_all(file, begins, sizeof(begins)) : ERR_NOMEM;

	if (!err && memcmp(begins, magic, MAGIC) != 0)
		err = memcmp(begins, magic, MAGIC - 2) == 0 ? ERR_SUITE : ERR_SHAPE;
	for (uint64_t n = 0; !err && p.type != EVIDENCE_END; n++) {
		size_t len = 0;
		err = read_piece(file, bytes, &len);
		if (!err)
			err = parse(bytes, len, &p);
		if (!err && (n == 0) != (p.type == EVIDENCE_ABOUT))
			err = ERR_SHAPE;
		if (!err && p.type == EVIDENCE_END && (p.number != n || memcmp(p.head, head, sizeof(head)) != 0))
			err = ERR_HASH;
		if (!err)
			err = step(head, bytes, len);
		if (!err)
			err = visit(arg, &p);
	}
	if (!err && fgetc(file) != EOF)
		err = ERR_SHAPE;
	free(bytes);
	return err;
}
