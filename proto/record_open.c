/* record_open: the reader's side of a record: signature, wrap, payload. See record.h for the order of the checks. */
#include "record.h"

#include <string.h>

#include "buf.h"
#include "cobblestone.h"
#include "crypto.h"
#include "err.h"
#include "label.h"
#include "pad.h"
#include "record_wrap.h"

int record_verify(const struct record *r, const uint8_t sign_public[32])
{
	const struct crypto_bytes both[] = {{r->core_hash, 32}, {r->wraps_root, 32}};

	return crypto_verify(sign_public, LABEL_RECORD, both, 2, r->sig);
}

int record_check_payload(const struct record *r, const void *payload, size_t len)
{
	const struct crypto_bytes part = {payload, len};
	uint8_t hash[32];
	int err;

	if (!r->has_payload)
		return len == 0 ? 0 : ERR_HASH;
	if (len != r->payload_len)
		return ERR_HASH;
	err = crypto_sha256(&part, 1, hash);
	if (!err && memcmp(hash, r->payload_hash, sizeof hash) != 0)
		err = ERR_HASH;
	return err;
}

const struct record_wrap *record_wrap_for(const struct record *r, const uint8_t pid[RECORD_PID])
{
	uint32_t at;

	return record_audience_has(r, pid, &at) && r->wraps[at].present ? &r->wraps[at] : NULL;
}

int record_open_wrap(const struct record *r, const uint8_t pid[RECORD_PID], const struct record_epoch *e,
                     struct record_opened *out)
{
	const struct record_wrap *w = record_wrap_for(r, pid);
	struct record_wrap_place place = {.core_hash = r->core_hash, .pid = pid};
	const uint8_t *key;
	uint8_t *plain;
	int err;

	memset(out, 0, sizeof *out);
	if (!w)
		return ERR_NOT_FOUND;
	place.epoch = w->epoch;
	place.author = memcmp(pid, r->author, RECORD_PID) == 0;
	key = place.author ? e->self : e->seal;
	if (e->epoch != w->epoch || !key)
		return ERR_ARG;
	plain = crypto_secret_new(RECORD_WRAP_PLAIN);
	if (!plain)
		return ERR_NOMEM;
	err = record_wrap_open(&place, key, w->sealed, plain);
	if (!err) {
		memcpy(out->content_key, plain, 32);
		for (unsigned i = 32; i < 40; i++)
			out->seq = out->seq << 8 | plain[i];
		memcpy(out->prev, plain + 40, RECORD_RID);
	}
	crypto_secret_free(plain, RECORD_WRAP_PLAIN);
	return err;
}

int record_rebuild_payload(const struct record *r, const struct record_again *again, struct buf *payload)
{
	const struct record_wrap_author author = {r->clinic, r->author, r->did, r->salt};
	uint8_t context[RECORD_WRAP_CONTEXT];
	size_t start = payload->len, size;
	struct buf padded;
	uint8_t *out;
	int err;

	if (again->content_len > RECORD_CONTENT_MAX)
		return ERR_TOO_BIG;
	buf_init(&padded, 0);
	buf_put(&padded, again->content, again->content_len);
	err = pad_put(&padded);
	size = cobblestone_size(padded.len);
	if (!err && (!r->has_payload || size != r->payload_len))
		err = ERR_HASH;
	if (!err) {
		out = buf_reserve(payload, size);
		record_wrap_context(&author, context);
		err = !out ? buf_err(payload)
		           : cobblestone_seal_salt(again->content_key, context, sizeof context, again->salt, padded.data,
		                                   padded.len, out);
		if (!err)
			err = record_check_payload(r, out, size);
		buf_truncate(payload, err ? start : start + size);
	}
	buf_wipe(&padded);
	return err;
}

int record_open_payload(const struct record *r, const uint8_t content_key[32], const void *payload, size_t len,
                        struct buf *content)
{
	const struct record_wrap_author author = {r->clinic, r->author, r->did, r->salt};
	uint8_t context[RECORD_WRAP_CONTEXT];
	size_t start = content->len, plain_len = 0, content_len = 0;
	uint8_t *plain;
	int err = record_check_payload(r, payload, len);

	if (err)
		return err;
	if (!r->has_payload)
		return ERR_OPEN;
	plain = buf_reserve(content, len);
	if (!plain)
		return buf_err(content);
	record_wrap_context(&author, context);
	err = cobblestone_open(content_key, context, sizeof context, payload, len, plain, &plain_len);
	if (!err)
		err = pad_strip(plain, plain_len, &content_len);
	buf_truncate(content, start + (err ? 0 : content_len));
	return err;
}
