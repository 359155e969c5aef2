/* record_seal: the writer's side of a record. What it made is parsed and held against the rules before it is handed
 * out, so that a device never sends what its readers would refuse. */
#include "record.h"

#include <string.h>

#include "blob.h"
#include "buf.h"
#include "cobblestone.h"
#include "crypto.h"
#include "err.h"
#include "label.h"
#include "mp.h"
#include "pad.h"
#include "record_wrap.h"

#define SUITE 1

/* Everything one sealing needs; `secret` is on the secure heap. */
struct sealing {
	const struct record_seal_opts *o;
	const struct record_to *to[RECORD_AUDIENCE]; /* ascending by pid */
	uint8_t salt[RECORD_SALT];
	uint8_t *secret; /* content key || what follows it in a wrap */
	struct buf core, wraps, padded;
	uint8_t core_hash[32], wraps_root[32];
};

/* Puts the audience in order. ERR_ARG unless each person stands in it once, the author too. */
static int order_audience(struct sealing *s)
{
	const struct record_seal_opts *o = s->o;
	bool author = false;
	uint32_t n = 0;

	if (o->n_to == 0 || o->n_to > RECORD_AUDIENCE)
		return ERR_ARG;
	for (; n < o->n_to; n++) {
		const struct record_to *to = &o->to[n];
		uint32_t at = n;
		int order = -1;

		while (at > 0 && (order = memcmp(s->to[at - 1]->pid, to->pid, RECORD_PID)) > 0) {
			s->to[at] = s->to[at - 1];
			at--;
		}
		if (order == 0 || to->epoch == 0)
			return ERR_ARG;
		s->to[at] = to;
		author = author || memcmp(to->pid, o->author, RECORD_PID) == 0;
	}
	return author ? 0 : ERR_ARG;
}

static int seal_payload(struct sealing *s, struct buf *payload)
{
	const struct record_seal_opts *o = s->o;
	const struct record_wrap_author author = {o->clinic, o->author, o->did, s->salt};
	uint8_t context[RECORD_WRAP_CONTEXT];
	uint8_t *out;
	int err;

	if (o->content_len > RECORD_CONTENT_MAX)
		return ERR_TOO_BIG;
	buf_put(&s->padded, o->content, o->content_len);
	err = pad_put(&s->padded);
	if (err)
		return err;
	out = buf_reserve(payload, cobblestone_size(s->padded.len));
	if (!out)
		return buf_err(payload);
	record_wrap_context(&author, context);
	return cobblestone_seal(s->secret, context, sizeof context, s->padded.data, s->padded.len, out);
}

static int put_core(struct sealing *s, const struct buf *payload)
{
	const struct record_seal_opts *o = s->o;
	const struct crypto_bytes part = {payload->data, payload->len};
	struct buf *b = &s->core;
	uint8_t hash[32];
	int err = crypto_sha256(&part, 1, hash);

	if (err)
		return err;
	mp_put_array(b, 14);
	mp_put_u64(b, SUITE);
	mp_put_bin(b, o->clinic, 32);
	mp_put_bin(b, o->author, RECORD_PID);
	mp_put_bin(b, o->did, RECORD_DID);
	mp_put_bin(b, o->chain_head, 32);
	mp_put_bin(b, s->salt, RECORD_SALT);
	mp_put_u64(b, o->class);
	mp_put_u64(b, o->op);
	mp_put_array(b, o->n_to);
	for (uint32_t i = 0; i < o->n_to; i++)
		mp_put_bin(b, s->to[i]->pid, RECORD_PID);
	mp_put_u64(b, o->retain_day);
	mp_put_u64(b, o->answer_by);
	mp_put_array(b, 2);
	mp_put_u64(b, payload->len);
	mp_put_bin(b, hash, sizeof hash);
	mp_put_array(b, o->n_blobs);
	for (uint32_t i = 0; i < o->n_blobs; i++) {
		mp_put_array(b, 3);
		mp_put_bin(b, o->blobs[i].id, BLOB_ID);
		mp_put_u64(b, o->blobs[i].len);
		mp_put_bin(b, o->blobs[i].root, 32);
	}
	mp_put_array(b, o->n_targets);
	for (uint32_t i = 0; i < o->n_targets; i++)
		mp_put_bin(b, o->targets[i], RECORD_RID);
	err = buf_err(b);
	return err ? err : crypto_hash1(LABEL_CORE, b->data, b->len, s->core_hash);
}

static int put_wrap(struct sealing *s, const struct record_to *to, uint8_t hash[32])
{
	const struct record_wrap_place place = {s->core_hash, to->pid, to->epoch,
	                                        memcmp(to->pid, s->o->author, RECORD_PID) == 0};
	size_t start = s->wraps.len;
	uint8_t sealed[RECORD_SEALED];
	int err;

	for (unsigned i = 0; i < 8; i++)
		s->secret[32 + i] = (uint8_t)(to->seq >> (56 - 8 * i));
	memcpy(s->secret + 40, to->prev, RECORD_RID);
	err = record_wrap_seal(&place, to->key, s->secret, sealed);
	if (err)
		return err;
	mp_put_array(&s->wraps, 3);
	mp_put_bin(&s->wraps, to->pid, RECORD_PID);
	mp_put_u64(&s->wraps, to->epoch);
	mp_put_bin(&s->wraps, sealed, place.author ? RECORD_SELF_SEALED : RECORD_SEALED);
	err = buf_err(&s->wraps);
	return err ? err : crypto_hash1(LABEL_WRAP, s->wraps.data + start, s->wraps.len - start, hash);
}

static int put_wraps(struct sealing *s)
{
	uint8_t hashes[RECORD_AUDIENCE][32];
	int err = 0;

	for (uint32_t i = 0; i < s->o->n_to && !err; i++)
		err = put_wrap(s, s->to[i], hashes[i]);
	return err ? err : crypto_hash1(LABEL_WRAPS, hashes, (size_t)32 * s->o->n_to, s->wraps_root);
}

static int put_record(struct sealing *s, struct buf *out)
{
	const struct crypto_bytes both[] = {{s->core_hash, 32}, {s->wraps_root, 32}};
	uint8_t sig[CRYPTO_SIG];
	int err = crypto_sign(s->o->sign_seed, LABEL_RECORD, both, 2, sig);

	if (err)
		return err;
	mp_put_array(out, 3);
	mp_put_bin(out, s->core.data, s->core.len);
	mp_put_array(out, s->o->n_to);
	buf_put(out, s->wraps.data, s->wraps.len);
	mp_put_bin(out, sig, sizeof sig);
	return buf_err(out);
}

static int prove(const struct buf *record, uint8_t rid[RECORD_RID])
{
	struct record r;
	int err = record_parse(record->data, record->len, &r);

	if (!err)
		err = record_check_rules(&r);
	if (!err)
		memcpy(rid, r.rid, RECORD_RID);
	return err;
}

int record_seal(const struct record_seal_opts *o, struct buf *record, struct buf *payload, uint8_t rid[RECORD_RID])
{
	struct sealing s = {.o = o};
	int err;

	memset(rid, 0, RECORD_RID);
	buf_init(&s.core, RECORD_MAX);
	buf_init(&s.wraps, RECORD_MAX);
	buf_init(&s.padded, 0);
	err = order_audience(&s);
	if (!err && (o->n_targets > RECORD_TARGETS || o->n_blobs > RECORD_BLOBS))
		err = ERR_TARGET;
	if (err)
		goto out;
	err = ERR_NOMEM;
	s.secret = crypto_secret_new(RECORD_WRAP_PLAIN);
	if (!s.secret)
		goto out;
	err = crypto_random(s.secret, 32);
	if (!err)
		err = crypto_random(s.salt, sizeof s.salt);
	if (!err)
		err = seal_payload(&s, payload);
	if (!err)
		err = put_core(&s, payload);
	if (!err)
		err = put_wraps(&s);
	if (!err)
		err = put_record(&s, record);
	if (!err)
		err = prove(record, rid);
out:
	crypto_secret_free(s.secret, RECORD_WRAP_PLAIN);
	buf_wipe(&s.core);
	buf_wipe(&s.wraps);
	buf_wipe(&s.padded);
	if (err) {
		buf_reset(record);
		buf_reset(payload);
	}
	return err;
}
