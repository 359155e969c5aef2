/* feed: see feed.h. A statement is verified before it is decoded: an unsigned byte is never parsed. */
#include "feed.h"

#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "crypto.h"
#include "err.h"
#include "label.h"
#include "mp.h"

#define SUITE 1

static void store_u64(uint64_t v, uint8_t out[8])
{
	for (unsigned i = 0; i < 8; i++)
		out[i] = (uint8_t)(v >> (56 - 8 * i));
}

int feed_start(const uint8_t pid[16], const uint8_t generation[FEED_GENERATION], uint8_t head[FEED_HEAD])
{
	const struct crypto_bytes parts[] = {{pid, 16}, {generation, FEED_GENERATION}};

	return crypto_hash(LABEL_FEED_START, parts, 2, head);
}

int feed_step(const uint8_t head[FEED_HEAD], uint64_t seq, uint8_t event, const uint8_t rid[32], uint8_t out[FEED_HEAD])
{
	uint8_t number[8], next[FEED_HEAD];
	const struct crypto_bytes parts[] = {{head, FEED_HEAD}, {number, 8}, {&event, 1}, {rid, 32}};
	int err = ERR_RANGE;

	if (seq == 0 || (event != FEED_RECORD && event != FEED_TAKEN))
		return err;
	store_u64(seq, number);
	err = crypto_hash(LABEL_FEED, parts, 4, next);
	if (!err)
		memcpy(out, next, sizeof next);
	return err;
}

/* Appends what `put` writes and signs it. */
static int sign_since(struct buf *out, size_t start, const char *label, const struct crypto_sign_key *key,
                      uint8_t sig[64])
{
	struct crypto_bytes part;
	int err = buf_err(out);

	if (!err) {
		part = (struct crypto_bytes){out->data + start, out->len - start};
		err = crypto_sign_with(key, label, &part, 1, sig);
	}
	if (err)
		buf_truncate(out, start);
	return err;
}

int feed_receipt_sign(const struct feed_receipt *r, const struct crypto_sign_key *log_key, struct buf *out,
                      uint8_t sig[64])
{
	size_t start = out->len;

	memset(sig, 0, CRYPTO_SIG);
	if (r->count == 0 || r->count > FEED_RECEIPT_ENTRIES || r->time_ms > MP_NUMBER_MAX)
		return ERR_RANGE;
	for (uint32_t i = 0; i < r->count; i++)
		if (r->entries[i].seq == 0 || r->entries[i].seq > MP_NUMBER_MAX)
			return ERR_RANGE;
	mp_put_array(out, 6);
	mp_put_u64(out, SUITE);
	mp_put_bin(out, r->clinic, 32);
	mp_put_bin(out, r->generation, FEED_GENERATION);
	mp_put_bin(out, r->author, 16);
	mp_put_array(out, r->count);
	for (uint32_t i = 0; i < r->count; i++) {
		mp_put_array(out, 3);
		mp_put_bin(out, r->entries[i].rid, 32);
		mp_put_u64(out, r->entries[i].seq);
		mp_put_bin(out, r->entries[i].head, FEED_HEAD);
	}
	mp_put_u64(out, r->time_ms);
	return sign_since(out, start, LABEL_RECEIPT, log_key, sig);
}

int feed_statement_sign(const struct feed_statement *s, const struct crypto_sign_key *log_key, struct buf *out,
                        uint8_t sig[64])
{
	size_t start = out->len;

	memset(sig, 0, CRYPTO_SIG);
	if (s->seq > MP_NUMBER_MAX || s->time_ms > MP_NUMBER_MAX)
		return ERR_RANGE;
	mp_put_array(out, 7);
	mp_put_u64(out, SUITE);
	mp_put_bin(out, s->clinic, 32);
	mp_put_bin(out, s->generation, FEED_GENERATION);
	mp_put_bin(out, s->pid, 16);
	mp_put_u64(out, s->seq);
	mp_put_bin(out, s->head, FEED_HEAD);
	mp_put_u64(out, s->time_ms);
	return sign_since(out, start, LABEL_FEED_HEAD, log_key, sig);
}

/* What was received, and what it must be. */
struct received {
	const void *bytes;
	size_t len, max;
	const char *label;
	const uint8_t *sig, *log_public;
};

static int open_signed(const struct received *in, struct mp_doc **doc, struct mp_cur *c)
{
	const struct crypto_bytes part = {in->bytes, in->len};
	int err;

	*doc = NULL;
	if (in->len > in->max)
		return ERR_TOO_BIG;
	err = crypto_verify(in->log_public, in->label, &part, 1, in->sig);
	if (err)
		return err == ERR_SIGNATURE ? ERR_RECEIPT : err;
	err = mp_open(in->bytes, in->len, doc, c);
	if (!err && mp_u64(c, 1, MP_NUMBER_MAX) > SUITE)
		err = ERR_SUITE;
	return err;
}

static const uint8_t *bin_of(struct mp_cur *c, size_t len)
{
	return mp_bin(c, len, len, &len);
}

int feed_receipt_open(const void *bytes, size_t len, const uint8_t sig[64], const uint8_t log_public[32],
                      struct feed_receipt *out)
{
	const struct received in = {bytes, len, FEED_RECEIPT_MAX, LABEL_RECEIPT, sig, log_public};
	struct mp_doc *doc;
	struct mp_cur c, list, entry;
	int err = open_signed(&in, &doc, &c);

	if (err)
		goto out;
	out->clinic = bin_of(&c, 32);
	out->generation = bin_of(&c, FEED_GENERATION);
	out->author = bin_of(&c, 16);
	list = mp_enter(&c, 1, FEED_RECEIPT_ENTRIES);
	out->count = mp_left(&list);
	for (uint32_t i = 0; i < out->count; i++) {
		entry = mp_enter(&list, 3, 3);
		mp_fixed(&entry, out->entries[i].rid, 32);
		out->entries[i].seq = mp_u64(&entry, 1, MP_NUMBER_MAX);
		mp_fixed(&entry, out->entries[i].head, FEED_HEAD);
		mp_leave(&list, &entry);
	}
	mp_leave(&c, &list);
	out->time_ms = mp_u64(&c, 0, MP_NUMBER_MAX);
	err = mp_done(&c);
out:
	mp_close(doc);
	return err;
}

int feed_statement_open(const void *bytes, size_t len, const uint8_t sig[64], const uint8_t log_public[32],
                        struct feed_statement *out)
{
	const struct received in = {bytes, len, FEED_STATEMENT_MAX, LABEL_FEED_HEAD, sig, log_public};
	struct mp_doc *doc;
	struct mp_cur c;
	int err = open_signed(&in, &doc, &c);

	if (err)
		goto out;
	out->clinic = bin_of(&c, 32);
	out->generation = bin_of(&c, FEED_GENERATION);
	out->pid = bin_of(&c, 16);
	out->seq = mp_u64(&c, 0, MP_NUMBER_MAX);
	out->head = bin_of(&c, FEED_HEAD);
	out->time_ms = mp_u64(&c, 0, MP_NUMBER_MAX);
	err = mp_done(&c);
out:
	mp_close(doc);
	return err;
}

const struct feed_entry *feed_receipt_find(const struct feed_receipt *r, const uint8_t rid[32])
{
	for (uint32_t i = 0; i < r->count; i++)
		if (memcmp(r->entries[i].rid, rid, 32) == 0)
			return &r->entries[i];
	return NULL;
}
