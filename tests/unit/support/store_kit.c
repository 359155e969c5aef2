#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/store_check.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/link.h"
#include "proto/mp.h"
#include "proto/record.h"
#include "store_kit.h"

static void number(uint8_t *out, uint32_t n)
{
	out[0] = (uint8_t)(n >> 24);
	out[1] = (uint8_t)(n >> 16);
	out[2] = (uint8_t)(n >> 8);
	out[3] = (uint8_t)n;
}

void store_kit_pid(uint32_t who, uint8_t pid[STORE_ID])
{
	memset(pid, 0x50, STORE_ID);
	number(pid, who);
}

void store_kit_dir(struct store_kit *k, uint64_t map_size)
{
	const char *tmp = getenv("TMPDIR");
	*k = (struct store_kit){0};
	snprintf(k->dir, sizeof(k->dir), "%s/kap-store-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	assert_non_null(mkdtemp(k->dir));
	k->opts = (struct store_opts){.dir = k->dir, .map_size = map_size, .any_filesystem = true};
}

void store_kit_birth(struct store_birth *birth)
{
	*birth = (struct store_birth){
	    .packet = (const uint8_t *)"founding", .packet_len = 8, .expires_ms = 1000, .created_ms = 5};
	memset(birth->generation, 0x61, STORE_ID);
	memset(birth->founding_id, 0xF0, STORE_ID);
}

void store_kit_new(struct store_kit *k, uint64_t map_size)
{
	struct store_birth birth;
	store_kit_dir(k, map_size);
	store_kit_birth(&birth);
	assert_int_equal(store_create(&k->opts, &birth), 0);
	assert_int_equal(store_open(&k->opts, &k->s), 0);
}

void store_kit_reopen(struct store_kit *k)
{
	store_close(k->s);
	assert_int_equal(store_open(&k->opts, &k->s), 0);
}

void store_kit_free(struct store_kit *k)
{
	static const char *const files[] = {"data.mdb", "lock.mdb", "store.lock"};
	char path[128];
	store_close(k->s);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", k->dir, files[i]);
		unlink(path);
	}
	rmdir(k->dir);
}

static void print_finding(void *arg, const char *what, const uint8_t *id, size_t len)
{
	(void)arg;
	print_error("store_check: %s: ", what);
	for (size_t i = 0; i < len; i++)
		print_error("%02x", id[i]);
	print_error("\n");
}

void store_kit_check(struct store_kit *k)
{
	struct store_counts counts;
	assert_int_equal(store_check(k->s, print_finding, NULL, &counts), 0);
	assert_int_equal(counts.problems, 0);
}

/* --- records --- */

static void put_core(struct buf *core, const struct store_kit_record *o, const struct store_kit_made *m)
{
	uint8_t fixed[32] = {0}, hash[32];
	number(fixed, o->number);
	assert_int_equal(crypto_sha256(&(struct crypto_bytes){m->payload.data, m->payload.len}, 1, hash), 0);
	mp_put_array(core, 14);
	mp_put_u64(core, 1);
	mp_put_bin(core, fixed, 32); /* clinic */
	mp_put_bin(core, m->author, STORE_ID);
	mp_put_bin(core, fixed, 16); /* device */
	mp_put_bin(core, fixed, 32); /* chain head */
	mp_put_bin(core, fixed, 16); /* salt */
	mp_put_u64(core, o->readers > 1 ? RECORD_SHARED : RECORD_PRIVATE);
	mp_put_u64(core, RECORD_CONTENT);
	mp_put_array(core, o->readers);
	for (uint32_t i = 0; i < o->readers; i++)
		mp_put_bin(core, m->audience[i], STORE_ID);
	mp_put_u64(core, 0);
	mp_put_u64(core, o->answer_by_s);
	mp_put_array(core, 2);
	mp_put_u64(core, m->payload.len);
	mp_put_bin(core, hash, sizeof(hash));
	mp_put_array(core, 0);
	mp_put_array(core, 0);
}

static void put_wraps(struct buf *record, const struct store_kit_record *o, const struct store_kit_made *m)
{
	uint8_t sealed[RECORD_SEALED];
	mp_put_array(record, o->readers);
	for (uint32_t i = 0; i < o->readers; i++) {
		memset(sealed, (int)(o->number + i), sizeof(sealed));
		mp_put_array(record, 3);
		mp_put_bin(record, m->audience[i], STORE_ID);
		mp_put_u64(record, 1);
		mp_put_bin(record, sealed, i == 0 ? RECORD_SELF_SEALED : RECORD_SEALED);
	}
}

void store_kit_make(struct store_kit_made *m, const struct store_kit_record *o)
{
	struct buf core;
	uint8_t sig[64] = {0};
	*m = (struct store_kit_made){0};
	buf_init(&m->record, 0);
	buf_init(&m->payload, 0);
	buf_init(&core, 0);
	store_kit_pid(o->author, m->author);
	for (uint32_t i = 0; i < o->readers; i++)
		store_kit_pid(o->author + i, m->audience[i]);
	size_t len = o->payload_len ? o->payload_len : 16;
	uint8_t *payload = buf_reserve(&m->payload, len);
	assert_non_null(payload);
	for (size_t i = 0; i < len; i++)
		payload[i] = (uint8_t)(o->number * 7 + i);
	put_core(&core, o, m);
	mp_put_array(&m->record, 3);
	mp_put_bin(&m->record, core.data, core.len);
	put_wraps(&m->record, o, m);
	mp_put_bin(&m->record, sig, sizeof(sig));
	assert_int_equal(buf_err(&core), 0);
	assert_int_equal(buf_err(&m->record), 0);
	assert_int_equal(record_rid(m->record.data, m->record.len, m->rid), 0);
	buf_wipe(&core);
	m->row = (struct store_record){.rid = m->rid,
	                               .author = m->author,
	                               .record = m->record.data,
	                               .record_len = m->record.len,
	                               .payload = m->payload.data,
	                               .payload_len = m->payload.len,
	                               .audience = (const uint8_t(*)[STORE_ID])m->audience,
	                               .audience_n = o->readers,
	                               .answer_by_s = o->answer_by_s};
}

void store_kit_made_free(struct store_kit_made *m)
{
	buf_wipe(&m->record);
	buf_wipe(&m->payload);
}

void store_kit_strip(const struct store_kit_made *m, struct buf *out)
{
	struct record r;
	assert_int_equal(record_parse(m->record.data, m->record.len, &r), 0);
	assert_int_equal(
	    record_without_wraps(&r, (const uint8_t(*)[RECORD_PID])m->audience + 1, m->row.audience_n - 1, out), 0);
}

int store_kit_put(struct store_kit *k, const struct store_kit_record *o, struct store_place *place)
{
	struct store_kit_made m;
	struct store_batch *b;
	store_kit_make(&m, o);
	int err = store_batch_begin(k->s, &b);
	if (!err) {
		err = store_put_record(b, &m.row, place);
		if (err)
			store_batch_abort(b);
		else
			err = store_batch_commit(b);
	}
	store_kit_made_free(&m);
	return err;
}

/* --- links --- */

void store_kit_link(struct store_kit_link *l, uint32_t n, uint64_t seq)
{
	uint8_t inner[8] = {0}, seed[32] = {1}, signer[16] = {2};
	struct link link;
	*l = (struct store_kit_link){0};
	number(inner, n);
	buf_init(&l->bytes, 0);
	for (uint64_t at = 0; at <= seq; at++) {
		struct link_new new = {.chain = at ? l->chain : NULL,
		                       .prev = at ? l->hash : NULL,
		                       .seq = at,
		                       .type = 1,
		                       .signer = signer,
		                       .seed = seed,
		                       .inner = inner,
		                       .inner_len = sizeof(inner)};
		buf_reset(&l->bytes);
		assert_int_equal(link_sign(&new, &l->bytes), 0);
		assert_int_equal(link_parse(l->bytes.data, l->bytes.len, &link), 0);
		memcpy(l->chain, link.chain, STORE_HASH);
		memcpy(l->prev, link.prev, STORE_HASH);
		memcpy(l->hash, link.hash, STORE_HASH);
	}
	l->row = (struct store_link){
	    .chain = l->chain, .prev = l->prev, .hash = l->hash, .seq = seq, .bytes = l->bytes.data, .len = l->bytes.len};
}

void store_kit_link_free(struct store_kit_link *l)
{
	buf_wipe(&l->bytes);
}
