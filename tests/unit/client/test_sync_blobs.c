/* test_sync_blobs: attachments on their way to and from a server that forgets, cuts off, is busy or lies: only what is
 * missing is sent, only what fits is kept, and what was kept is not asked for again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/attach/get.h"
#include "client/book/identity.h"
#include "client/book/parts.h"
#include "client/sync/blobs.h"
#include "client/sync/rpc.h"
#include "client/vault.h"
#include "proto/attachment.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/frame.h"
#include "proto/record.h"
#include "tests/unit/support/sync_server.h"

#define SIZE 900000 /* four parts */

static struct sync_cast cast;
static struct sync_device jo;
static struct sync_server server;

/* What the server does. */
static struct {
	bool has[BLOB_PARTS_MAX];
	struct buf bytes[BLOB_PARTS_MAX];
	unsigned puts, gets, stats;
	unsigned busy;       /* so many puts are answered BUSY */
	int end_after;       /* hangs up after so many puts or gets; -1: never */
	uint64_t len;        /* of the blob, as it says */
	bool odd_bitmap;     /* of another size */
	int swap, cut, flip; /* the part that is answered wrongly; -1: none */
} far;

static struct attachment a; /* of the file that is sent or fetched */
static struct buf parts[BLOB_PARTS_MAX];

static int keep(void *arg, uint32_t n, const uint8_t *part, size_t len)
{
	(void)arg;
	buf_init(&parts[n], 0);
	return buf_put(&parts[n], part, len);
}

static void put_reply(struct buf *out, uint32_t id, const struct msg_request *m)
{
	struct mp_cur args = m->args;
	struct msg_blob_put put;
	assert_int_equal(msg_get_blob_put(&args, &put), 0);
	far.puts++;
	if (far.busy) {
		far.busy--;
		msg_put_refusal(out, id, ERR_BUSY);
		return;
	}
	far.has[put.part] = true;
	buf_reset(&far.bytes[put.part]);
	buf_put(&far.bytes[put.part], put.bytes.data, put.bytes.len);
	msg_put_blob_put_reply(out, id, &(struct msg_blob_put_reply){1});
}

static void get_reply(struct buf *out, uint32_t id, const struct msg_request *m)
{
	struct mp_cur args = m->args;
	struct msg_blob_get get;
	struct msg_bytes said;
	assert_int_equal(msg_get_blob_get(&args, &get), 0);
	far.gets++;
	int n = (int)get.part;
	if (!far.has[n]) {
		msg_put_refusal(out, id, ERR_NOT_FOUND);
		return;
	}
	const struct buf *part = &far.bytes[n == far.swap ? n + 1 : n];
	said = (struct msg_bytes){part->data, part->len - (n == far.cut)};
	if (n == far.flip)
		part->data[5] ^= 1;
	msg_put_blob_get_reply(out, id, &(struct msg_blob_get_reply){said});
	if (n == far.flip)
		part->data[5] ^= 1;
}

static void stat_reply(struct buf *out, uint32_t id)
{
	uint8_t bitmap[BLOB_BITMAP_MAX] = {0};
	bool any = false;
	far.stats++;
	for (uint32_t n = 0; n < blob_parts(far.len); n++)
		if (far.has[n]) {
			blob_bitmap_set(bitmap, n);
			any = true;
		}
	if (!any) {
		msg_put_refusal(out, id, ERR_NOT_FOUND);
		return;
	}
	struct msg_blob_stat_reply said = {far.len, {bitmap, blob_bitmap_size(far.len) + far.odd_bitmap}};
	msg_put_blob_stat_reply(out, id, &said);
}

static bool raw(void *arg, const struct msg_request *m, struct buf *out, bool *end)
{
	(void)arg;
	if (m->row->op != MSG_OP_BLOB_PUT && m->row->op != MSG_OP_BLOB_GET && m->row->op != MSG_OP_BLOB_STAT)
		return false;
	if (far.end_after >= 0 && m->row->op != MSG_OP_BLOB_STAT && far.end_after-- == 0) {
		*end = true;
		return true;
	}
	size_t at = frame_begin(out);
	if (m->row->op == MSG_OP_BLOB_PUT)
		put_reply(out, m->id, m);
	else if (m->row->op == MSG_OP_BLOB_GET)
		get_reply(out, m->id, m);
	else
		stat_reply(out, m->id);
	frame_end(out, at, FRAME_MAX);
	return true;
}

static void seal_file(void)
{
	struct blob_sealed sealed;
	struct blob_seal *s;
	uint8_t *bytes = calloc(1, SIZE);
	assert_non_null(bytes);
	a = (struct attachment){.id = {4}, .key = {5}};
	assert_int_equal(blob_seal_new(a.key, a.id, keep, NULL, &s), 0);
	assert_int_equal(blob_seal_put(s, bytes, SIZE), 0);
	assert_int_equal(blob_seal_end(s, &sealed), 0);
	blob_seal_free(s);
	free(bytes);
	a.size = sealed.size;
	a.len = sealed.len;
	memcpy(a.root, sealed.root, sizeof(a.root));
	assert_int_equal(blob_parts(a.len), 4);
}

static int setup(void **state)
{
	(void)state;
	sync_cast_begin(&cast, 0);
	sync_device_open(&jo, &cast, cast.jo, true);
	sync_server_start(&server, &cast, cast.jo, NULL);
	seal_file();
	memset(&far, 0, sizeof(far));
	far.end_after = far.swap = far.cut = far.flip = -1;
	far.len = a.len;
	for (size_t i = 0; i < BLOB_PARTS_MAX; i++)
		buf_init(&far.bytes[i], 0);
	server.twist.raw = raw;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sync_server_stop(&server);
	sync_device_close(&jo);
	sync_cast_end(&cast);
	for (size_t i = 0; i < BLOB_PARTS_MAX; i++) {
		buf_wipe(&far.bytes[i]);
		buf_wipe(&parts[i]);
	}
	return 0;
}

static struct rpc *dial(void)
{
	struct rpc_opts where = {.host = "127.0.0.1", .port = server.port, .timeout_s = 5};
	struct rpc *rpc;
	where.tls_seed = jo.id->device.tls;
	assert_int_equal(rpc_open(&where, &rpc), 0);
	return rpc;
}

/* --- there --- */

static void made_here(void)
{
	struct parts p = {.len = a.len, .own = true, .kept = true};
	sync_device_begin(&jo);
	for (uint32_t n = 0; n < 4; n++)
		assert_int_equal(parts_add(jo.at.txn, a.id, &p, n, &parts[n]), 0);
	assert_int_equal(parts_put(jo.at.txn, a.id, &p), 0);
	sync_device_commit(&jo);
}

static int send(void)
{
	struct blobs_opts o = {.rpc = dial(), .vault = jo.at.vault};
	struct record r = {.blobs = 1};
	r.blob[0] = (struct record_blob){.id = a.id, .len = a.len, .root = a.root};
	int err = blobs_send(&o, &r);
	rpc_close(o.rpc);
	return err;
}

static void has_all(void)
{
	for (uint32_t n = 0; n < 4; n++) {
		assert_true(far.has[n]);
		assert_int_equal(far.bytes[n].len, parts[n].len);
		assert_memory_equal(far.bytes[n].data, parts[n].data, parts[n].len);
	}
}

static void only_what_is_missing(void **state)
{
	(void)state;
	made_here();
	assert_int_equal(send(), 0);
	has_all();
	assert_int_equal(far.puts, 4);
	assert_int_equal(far.stats, 0); /* the first time there is nothing to ask */
	assert_int_equal(send(), 0);
	assert_int_equal(far.puts, 4);
	assert_int_equal(far.stats, 1);
	far.has[2] = false; /* it forgot one */
	assert_int_equal(send(), 0);
	assert_int_equal(far.puts, 5);
	memset(far.has, 0, sizeof(far.has)); /* it forgot all */
	assert_int_equal(send(), 0);
	assert_int_equal(far.puts, 9);
	has_all();
}

static void goes_on_where_it_was_cut(void **state)
{
	(void)state;
	made_here();
	for (int i = 0; i < 4; i++) {
		far.end_after = 1;
		assert_int_equal(send(), i < 3 ? ERR_CLOSED : 0);
	}
	far.end_after = -1;
	has_all();
	assert_int_equal(far.puts, 4);
}

static void waits_while_it_is_busy(void **state)
{
	(void)state;
	made_here();
	far.busy = 3;
	assert_int_equal(send(), 0);
	has_all();
	assert_int_equal(far.puts, 7);
}

static void answers_that_do_not_fit(void **state)
{
	(void)state;
	made_here();
	assert_int_equal(send(), 0);
	far.odd_bitmap = true;
	assert_int_equal(send(), ERR_SHAPE);
	far.odd_bitmap = false;
	far.len = blob_len(2 * SIZE);
	assert_int_equal(send(), ERR_SHAPE);
	far.len = a.len;
	assert_int_equal(send(), 0);
}

static void not_made_here(void **state)
{
	(void)state;
	assert_int_equal(send(), 0); /* the server has it, or refuses the record */
	assert_int_equal(far.puts + far.stats, 0);
}

/* --- and back --- */

static void on_the_server(void)
{
	for (uint32_t n = 0; n < 4; n++) {
		buf_put(&far.bytes[n], parts[n].data, parts[n].len);
		far.has[n] = true;
	}
}

static int fetch(void)
{
	struct blobs_opts o = {.rpc = dial(), .vault = jo.at.vault};
	int err = blobs_fetch(&o, &a);
	rpc_close(o.rpc);
	return err;
}

static void fetched_once(void **state)
{
	(void)state;
	on_the_server();
	for (int i = 0; i < 4; i++) {
		far.end_after = 1;
		assert_int_equal(fetch(), i < 3 ? ERR_CLOSED : 0);
	}
	far.end_after = -1;
	assert_int_equal(far.gets, 4);
	assert_int_equal(get_prove(jo.at.vault, &a), 0);
	assert_int_equal(fetch(), 0);
	assert_int_equal(far.gets, 4);
}

static void other_bytes(void **state)
{
	(void)state;
	on_the_server();
	far.cut = 1;
	assert_int_equal(fetch(), ERR_HASH);
	assert_int_equal(get_prove(jo.at.vault, &a), ERR_NOT_FOUND); /* it was not kept */
	far.cut = -1;
	far.swap = 1;
	assert_int_equal(fetch(), 0);
	assert_int_equal(get_prove(jo.at.vault, &a), ERR_HASH);
	sync_device_begin(&jo);
	assert_int_equal(parts_drop(jo.at.txn, a.id), 0);
	sync_device_commit(&jo);
	far.swap = -1;
	far.flip = 3;
	assert_int_equal(fetch(), 0);
	assert_int_equal(get_prove(jo.at.vault, &a), ERR_HASH);
	sync_device_begin(&jo);
	assert_int_equal(parts_drop(jo.at.txn, a.id), 0);
	sync_device_commit(&jo);
	far.flip = -1;
	assert_int_equal(fetch(), 0);
	assert_int_equal(get_prove(jo.at.vault, &a), 0);
}

static void not_for_us(void **state)
{
	(void)state;
	assert_int_equal(fetch(), ERR_NOT_FOUND);
	on_the_server();
	a.len = blob_len(2 * SIZE); /* what the author says is another length than what is there */
	far.has[4] = false;
	assert_int_equal(fetch(), ERR_HASH);
}

static int group_setup(void **state)
{
	(void)state;
	return crypto_init();
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(only_what_is_missing),
	    T(goes_on_where_it_was_cut),
	    T(waits_while_it_is_busy),
	    T(answers_that_do_not_fit),
	    T(not_made_here),
	    T(fetched_once),
	    T(other_bytes),
	    T(not_for_us),
	};
	return cmocka_run_group_tests(tests, group_setup, NULL);
}
