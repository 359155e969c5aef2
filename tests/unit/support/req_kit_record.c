/* req_kit_record: the requests and records of req_kit.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"

#include "req_kit.h"

unsigned req_conn_chain_put(struct req_conn *c, const uint8_t chain[32], const struct buf *link)
{
	struct buf b;

	buf_init(&b, 0);
	assert_int_equal(
	    msg_put_chain_put(&b, ++c->id, &(struct msg_chain_put){.chain = chain, .link = {link->data, link->len}}), 0);
	return req_conn_ask(c, &b);
}

unsigned req_conn_status(struct req_conn *c, struct msg_status_reply *reply)
{
	struct buf b;

	buf_init(&b, 0);
	assert_int_equal(msg_put_status(&b, ++c->id, &(struct msg_status){0}), 0);
	unsigned status = req_conn_ask(c, &b);
	if (status == 0)
		assert_int_equal(msg_get_status_reply(&c->reply.body, reply), 0);
	return status;
}

/* --- records --- */

static int by_pid(const void *a, const void *b)
{
	return memcmp(*(const uint8_t *const *)a, *(const uint8_t *const *)b, 16);
}

/* The audience in ascending order; returns how many. */
static uint32_t audience(const struct req_record_opts *o, const uint8_t *author, const uint8_t *pids[RECORD_AUDIENCE])
{
	pids[0] = author;
	for (uint32_t i = 0; i < o->n_to; i++)
		pids[i + 1] = o->to[i]->genesis;
	qsort(pids, o->n_to + 1, sizeof pids[0], by_pid);
	return o->n_to + 1;
}

static void put_core(struct buf *core, const struct req_record_opts *o, const struct req_kit *k,
                     const struct req_record *r)
{
	uint8_t salt[16], hash[32];
	const uint8_t *pids[RECORD_AUDIENCE], *author = o->author ? o->author : o->by->genesis;
	uint32_t n = audience(o, author, pids);

	assert_int_equal(crypto_random(salt, sizeof salt), 0);
	assert_int_equal(crypto_sha256(&(struct crypto_bytes){r->payload.data, r->payload.len}, 1, hash), 0);
	hash[0] ^= o->other_payload;
	mp_put_array(core, 14);
	mp_put_u64(core, 1);
	mp_put_bin(core, o->clinic ? o->clinic : clinic_id(k->pp.clinic), 32);
	mp_put_bin(core, author, 16);
	mp_put_bin(core, o->did ? o->did : o->by->did, 16);
	mp_put_bin(core, o->by->genesis, 32);
	mp_put_bin(core, salt, sizeof salt);
	mp_put_u64(core, o->class);
	mp_put_u64(core, o->op);
	mp_put_array(core, n);
	for (uint32_t i = 0; i < n; i++)
		mp_put_bin(core, pids[i], 16);
	mp_put_u64(core, o->retain_day);
	mp_put_u64(core, o->answer_by);
	mp_put_array(core, 2);
	mp_put_u64(core, r->payload.len);
	mp_put_bin(core, hash, sizeof hash);
	mp_put_array(core, o->n_blobs);
	for (uint32_t i = 0; i < o->n_blobs; i++) {
		mp_put_array(core, 3);
		mp_put_bin(core, o->blobs[i].id, 16);
		mp_put_u64(core, o->blobs[i].len);
		mp_put_bin(core, o->blobs[i].root, 32);
	}
	mp_put_array(core, o->n_targets);
	for (uint32_t i = 0; i < o->n_targets; i++)
		mp_put_bin(core, o->targets[i], 32);
}

static uint32_t epoch_of(const struct req_record_opts *o, const uint8_t *pid)
{
	for (uint32_t i = 0; i < o->n_to; i++)
		if (memcmp(o->to[i]->genesis, pid, 16) == 0)
			return keychain_epoch(o->to[i]->chain)->number;
	return keychain_epoch(o->by->chain)->number;
}

static void put_wraps(struct buf *out, const struct req_record_opts *o)
{
	uint8_t sealed[RECORD_SEALED] = {7};
	const uint8_t *pids[RECORD_AUDIENCE], *author = o->author ? o->author : o->by->genesis;
	uint32_t n = audience(o, author, pids);

	mp_put_array(out, n);
	for (uint32_t i = 0; i < n; i++) {
		bool own = memcmp(pids[i], author, 16) == 0;

		if (o->incomplete && !own) {
			mp_put_bin(out, sealed, 32);
			continue;
		}
		mp_put_array(out, 3);
		mp_put_bin(out, pids[i], 16);
		mp_put_u64(out, o->epoch ? o->epoch : epoch_of(o, pids[i]));
		mp_put_bin(out, sealed, own ? RECORD_SELF_SEALED : RECORD_SEALED);
	}
}

void req_record_make(struct req_record *r, struct req_kit *k, const struct req_record_opts *o)
{
	static const uint8_t sig[64];
	struct buf core;

	buf_init(&r->record, 0);
	buf_init(&r->payload, 0);
	buf_init(&core, 0);
	size_t len = o->payload_len ? o->payload_len : 600;
	uint8_t *payload = buf_reserve(&r->payload, len);
	assert_non_null(payload);
	memset(payload, 0x5a, len);
	put_core(&core, o, k, r);
	mp_put_array(&r->record, 3);
	mp_put_bin(&r->record, core.data, core.len);
	put_wraps(&r->record, o);
	mp_put_bin(&r->record, sig, sizeof sig);
	assert_int_equal(buf_err(&core), 0);
	assert_int_equal(buf_err(&r->record), 0);
	assert_int_equal(record_rid(r->record.data, r->record.len, r->rid), 0);
	buf_wipe(&core);
}

void req_record_free(struct req_record *r)
{
	buf_wipe(&r->record);
	buf_wipe(&r->payload);
}

void req_conn_send_push(struct req_conn *c, const struct req_record *const *records, uint32_t n)
{
	struct msg_push m = {.n = n};
	struct buf b;

	buf_init(&b, 0);
	for (uint32_t i = 0; i < n; i++)
		m.items[i] = (struct msg_item){{records[i]->record.data, records[i]->record.len},
		                               {records[i]->payload.data, records[i]->payload.len}};
	assert_int_equal(msg_put_push(&b, ++c->id, &m), 0);
	req_conn_send(c, &b);
}

void req_conn_push(struct req_conn *c, const struct req_record *const *records, uint32_t n,
                   struct req_push_result *result)
{
	struct msg_push_reply reply;

	assert_true(req_conn_is_silent(c));
	req_conn_send_push(c, records, n);
	assert_int_equal(req_conn_read(c), 0);
	assert_int_equal(msg_get_push_reply(&c->reply.body, &reply), 0);
	*result = (struct req_push_result){reply.accepted, reply.stop, reply.receipt, reply.signature};
}

unsigned req_conn_push_one(struct req_conn *c, const struct req_record_opts *o, uint8_t rid[32])
{
	struct req_record r;
	struct req_push_result result;

	req_record_make(&r, c->kit, o);
	req_conn_push(c, (const struct req_record *const[]){&r}, 1, &result);
	assert_int_equal(result.accepted, result.stop == 0);
	assert_int_equal(result.receipt.data != NULL, result.stop == 0);
	if (rid)
		memcpy(rid, r.rid, sizeof r.rid);
	req_record_free(&r);
	return (unsigned)result.stop;
}
