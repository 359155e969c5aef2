/* From what was written to what is sent, and back: numbers, references and words all survive a server that refuses and
 * a vault that fails. Jo's device writes to Ana and Osei. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/care/kinds.h"
#include "client/sync/refs.h"
#include "client/sync/seal.h"
#include "client/vault.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "tests/unit/support/sync_cast.h"

static const uint8_t zero[32];
static struct sync_cast cast;
static struct sync_device jo;
static struct fold *fold;

static int setup(void **state)
{
	(void)state;
	sync_cast_begin(&cast, 0);
	sync_device_open(&jo, &cast, cast.jo, true);
	fold = sync_device_fold(&jo);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vault_abort(jo.at.txn);
	jo.at.txn = NULL;
	fold_free(fold);
	sync_device_close(&jo);
	sync_cast_end(&cast);
	return 0;
}

/* --- writing --- */

static void lid_of(uint8_t number, uint8_t lid[32])
{
	memset(lid, 0, 32);
	lid[0] = 0xaa;
	lid[31] = number;
}

struct entry {
	uint8_t number, parent, on, reply_to, target; /* the number of another, 0: none */
	enum record_class class;
	enum record_op op;
	const struct person *to[2];
};

static void set_ref(struct content *c, uint32_t key, uint8_t number)
{
	uint8_t ref[32];
	lid_of(number, ref);
	assert_int_equal(content_set_bin(c, key, ref, 32), 0);
}

/* The kind that can hold what the entry asks for. */
static uint32_t kind_of(const struct entry *e)
{
	return e->op == RECORD_UNSHARE ? CONTENT_UNSHARE : e->on ? CONTENT_COMMENT : e->reply_to ? CONTENT_MESSAGE : 1;
}

static void fill(struct content *c, const struct entry *e)
{
	struct buf list;
	char body[] = "Words of entry number 00.";
	body[23] = (char)('0' + e->number % 10);
	buf_init(&list, 0);
	if (kind_of(e) == CONTENT_UNSHARE) {
		mp_put_array(&list, 1);
		mp_put_bin(&list, cast.ana->genesis, 16);
		assert_int_equal(content_set_bin(c, CONTENT_UNSHARED_ITEM, zero, 16), 0);
		assert_int_equal(content_set_array(c, CONTENT_UNSHARED_FROM, list.data, list.len), 0);
	} else {
		assert_int_equal(content_set_str(c, CONTENT_BODY, body, sizeof(body) - 1), 0);
	}
	if (e->on) {
		mp_put_array(&list, 2);
		mp_put_bin(&list, cast.jo->genesis, 16);
		mp_put_bin(&list, zero, 16);
		assert_int_equal(content_set_array(c, CONTENT_ON_ITEM, list.data, list.len), 0);
		set_ref(c, CONTENT_ON_RID, e->on);
	}
	if (e->reply_to) {
		assert_int_equal(content_set_bin(c, CONTENT_THREAD, zero, 16), 0);
		assert_int_equal(content_set_u64(c, CONTENT_PRIORITY, 0), 0);
		set_ref(c, CONTENT_REPLY_TO, e->reply_to);
	}
	buf_wipe(&list);
}

static void encode(const struct entry *e, struct buf *out)
{
	struct content_head head = {.kind = kind_of(e), .item = {e->number}, .at_ms = 1, .made_ms = 1};
	head.n_parents = e->parent ? 1 : 0;
	lid_of(e->parent, head.parents[0]);
	struct content *c = content_new(&head);
	fill(c, e);
	assert_int_equal(content_encode(c, &care_kinds, out), 0);
	content_free(c);
}

static void write_entries(const struct entry *entries, size_t n)
{
	struct buf content;
	buf_init(&content, 0);
	sync_device_begin(&jo);
	for (size_t i = 0; i < n; i++) {
		const struct entry *e = &entries[i];
		struct ledger_pending p = {.record_class = (uint8_t)e->class, .op = (uint8_t)e->op};
		lid_of(e->number, p.lid);
		for (int k = 0; k < 2 && e->to[k]; k++)
			memcpy(p.audience[p.n_audience++], e->to[k]->genesis, 16);
		if (e->target)
			lid_of(e->target, p.targets[p.n_targets++]);
		p.retain_days = e->class == RECORD_CLINICAL ? 3000 : 0;
		buf_reset(&content);
		encode(e, &content);
		p.content = content.data;
		p.content_len = content.len;
		assert_int_equal(ledger_pending_add(jo.at.txn, &p), 0);
	}
	sync_device_commit(&jo);
	buf_wipe(&content);
}

/* --- what went out --- */

struct sent {
	uint8_t rid[32];
	struct buf record, content;
	uint8_t number;
};

struct outbox {
	size_t n;
	struct sent all[32];
};

static int take_out(void *arg, const struct ledger_outgoing *o)
{
	struct outbox *b = arg;
	struct sent *s = &b->all[b->n++];
	memcpy(s->rid, o->rid, 32);
	buf_init(&s->record, 0);
	buf_init(&s->content, 0);
	return buf_put(&s->record, o->record, o->record_len);
}

static void outbox_free(struct outbox *b)
{
	for (size_t i = 0; i < b->n; i++) {
		buf_wipe(&b->all[i].record);
		buf_wipe(&b->all[i].content);
	}
	b->n = 0;
}

static void outbox(struct outbox *b)
{
	b->n = 0;
	sync_device_begin(&jo);
	assert_int_equal(ledger_outbox_each(jo.at.txn, take_out, b), 0);
	for (size_t i = 0; i < b->n; i++) {
		struct ledger_record row;
		struct buf hold;
		buf_init(&hold, 0);
		assert_int_equal(ledger_record_get(jo.at.txn, b->all[i].rid, &hold, &row), 0);
		assert_int_equal(row.state, LEDGER_WAITING);
		assert_memory_equal(row.record, b->all[i].record.data, row.record_len);
		b->all[i].number = row.lid[31];
		buf_put(&b->all[i].content, row.content, row.content_len);
		buf_wipe(&hold);
	}
	sync_device_commit(&jo);
}

static const struct sent *find(const struct outbox *b, uint8_t number)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->all[i].number == number)
			return &b->all[i];
	return NULL;
}

/* Every stream to this person in the outbox continues from (seq, prev) without a gap. */
static void stream_is_whole(const struct outbox *b, const struct person *to, struct stream from)
{
	for (size_t i = 0; i < b->n; i++) {
		struct record r;
		struct record_opened opened;
		struct record_epoch e = {1, to->epoch.self, to->epoch.seal_private};
		assert_int_equal(record_parse(b->all[i].record.data, b->all[i].record.len, &r), 0);
		if (!record_wrap_for(&r, to->genesis))
			continue;
		assert_int_equal(record_open_wrap(&r, to->genesis, &e, &opened), 0);
		assert_int_equal(stream_check(&from, opened.seq, opened.prev), 0);
		assert_int_equal(stream_add(&from, r.rid), 0);
	}
	struct stream kept;
	sync_device_begin(&jo);
	assert_int_equal(ledger_stream_out_get(jo.at.txn, to->genesis, &kept), 0);
	sync_device_commit(&jo);
	assert_int_equal(kept.seq, from.seq);
	assert_memory_equal(kept.rid, from.rid, 32);
}

static void streams_are_whole(const struct outbox *b, const struct stream from[3])
{
	static const struct stream none[3];
	const struct person *people[] = {cast.jo, cast.ana, cast.osei};
	for (int i = 0; i < 3; i++)
		stream_is_whole(b, people[i], (from ? from : none)[i]);
}

static const uint8_t *rid_of(const struct outbox *b, uint8_t number)
{
	const struct sent *s = find(b, number);
	assert_non_null(s);
	return s->rid;
}

/* Each reference names the rid of what it was written for. */
static void refs_are_right(const struct outbox *b, const struct entry *e)
{
	const struct sent *s = find(b, e->number);
	struct content *c;
	struct record r;
	size_t len;
	assert_non_null(s);
	assert_int_equal(content_decode(s->content.data, s->content.len, &care_kinds, &c), 0);
	assert_int_equal(record_parse(s->record.data, s->record.len, &r), 0);
	if (e->parent)
		assert_memory_equal(content_peek_head(c)->parents[0], rid_of(b, e->parent), 32);
	if (e->on)
		assert_memory_equal(content_bin(c, CONTENT_ON_RID, &len), rid_of(b, e->on), 32);
	if (e->reply_to)
		assert_memory_equal(content_bin(c, CONTENT_REPLY_TO, &len), rid_of(b, e->reply_to), 32);
	if (e->target)
		assert_memory_equal(r.target[0], rid_of(b, e->target), 32);
	content_free(c);
}

static struct seal_result seal(void)
{
	struct seal_result result;
	assert_int_equal(seal_pending(jo.at.vault, jo.id, fold, &result), 0);
	return result;
}

static uint64_t count_of(enum vault_table table)
{
	uint64_t n;
	sync_device_begin(&jo);
	assert_int_equal(vault_count(jo.at.txn, table, &n), 0);
	sync_device_commit(&jo);
	return n;
}

/* --- sealing --- */

/* Of everything that can point to something else, one. */
static struct entry story[6];

static void tell(void)
{
	const struct entry all[] = {
	    {.number = 1, .class = RECORD_SHARED, .to = {cast.ana}},
	    {.number = 2, .parent = 1, .class = RECORD_SHARED, .to = {cast.ana, cast.osei}},
	    {.number = 3, .on = 2, .class = RECORD_SHARED, .to = {cast.ana}},
	    {.number = 4, .reply_to = 3, .class = RECORD_SHARED, .to = {cast.osei}},
	    {.number = 5, .class = RECORD_PRIVATE},
	    {.number = 6, .target = 1, .class = RECORD_SHARED, .op = RECORD_UNSHARE, .to = {cast.ana}},
	};
	memcpy(story, all, sizeof(story));
	write_entries(story, 6);
}

static void test_seal(void **state)
{
	struct outbox b, again;
	(void)state;
	tell();
	struct seal_result r = seal();
	assert_int_equal(r.sealed, 6);
	assert_int_equal(r.kept_private + r.dropped, 0);
	outbox(&b);
	assert_int_equal(b.n, 6);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(b.all[i].number, i + 1);
		refs_are_right(&b, &story[i]);
	}
	streams_are_whole(&b, NULL);
	assert_int_equal(count_of(VAULT_PENDING), 0);
	/* sealing again changes nothing: what is sent twice is the same bytes */
	assert_int_equal(seal().sealed, 0);
	outbox(&again);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(again.all[i].record.len, b.all[i].record.len);
		assert_memory_equal(again.all[i].record.data, b.all[i].record.data, b.all[i].record.len);
	}
	outbox_free(&b);
	outbox_free(&again);
}

/* More than is made durable together. */
static void test_many(void **state)
{
	struct entry many[100];
	(void)state;
	for (int i = 0; i < 100; i++)
		many[i] = (struct entry){.number = (uint8_t)(i + 1), .class = RECORD_PRIVATE};
	write_entries(many, 100);
	assert_int_equal(seal().sealed, 100);
	assert_int_equal(count_of(VAULT_OUTBOX), 100);
}

/* Osei leaves the team between writing and sealing. */
static void test_audience_narrows(void **state)
{
	struct outbox b;
	struct record r;
	(void)state;
	const struct entry all[] = {
	    {.number = 1, .class = RECORD_SHARED, .to = {cast.ana, cast.osei}},
	    {.number = 2, .class = RECORD_SHARED, .to = {cast.osei}},
	    {.number = 3, .target = 1, .class = RECORD_SHARED, .op = RECORD_UNSHARE, .to = {cast.osei}},
	    {.number = 4, .class = RECORD_SHARED, .to = {cast.lund, cast.admin}},
	    {.number = 5, .target = 1, .class = RECORD_CONTROL, .op = RECORD_RECEIPT, .to = {cast.osei}},
	};
	write_entries(all, 5);
	struct person *team[] = {cast.ana};
	people_set_team(&cast.pp, cast.admin, cast.jo, team, 1);
	sync_device_links(&jo, &cast, cast.jo);
	fold_free(fold);
	fold = sync_device_fold(&jo);
	struct seal_result result = seal();
	assert_int_equal(result.sealed, 4);
	assert_int_equal(result.kept_private, 2);
	assert_int_equal(result.dropped, 1);
	outbox(&b);
	assert_int_equal(b.n, 4);
	assert_int_equal(record_parse(b.all[0].record.data, b.all[0].record.len, &r), 0);
	assert_int_equal(r.audience, 2);
	assert_false(record_audience_has(&r, cast.osei->genesis, NULL));
	assert_int_equal(record_parse(b.all[2].record.data, b.all[2].record.len, &r), 0);
	assert_true(record_audience_has(&r, cast.osei->genesis, NULL)); /* taking back reaches those who left */
	for (int i = 1; i < 4; i += 2) {
		assert_int_equal(record_parse(b.all[i].record.data, b.all[i].record.len, &r), 0);
		assert_int_equal(r.class, RECORD_PRIVATE);
		assert_int_equal(r.audience, 1);
	}
	streams_are_whole(&b, NULL);
	assert_int_equal(count_of(VAULT_PENDING), 0);
	outbox_free(&b);
}

/* A row that cannot be read, in every table that sealing reads: nothing at all has changed. */
static void test_failing_vault(void **state)
{
	(void)state;
	for (int step = 0; step < 3; step++) {
		uint8_t before[32], after[32];
		struct seal_result result;
		tell();
		sync_device_begin(&jo);
		if (step == 0)
			scratch_vault_spoil(&jo.at, VAULT_STREAM_OUT, cast.ana->genesis, 16);
		else if (step == 1)
			scratch_vault_spoil(&jo.at, VAULT_STREAM_OUT, cast.osei->genesis, 16);
		else
			scratch_vault_spoil_seq(&jo.at, VAULT_PENDING, 6);
		sync_device_commit(&jo);
		sync_device_print(&jo, before);
		assert_int_equal(seal_pending(jo.at.vault, jo.id, fold, &result), ERR_CORRUPT);
		sync_device_print(&jo, after);
		assert_memory_equal(before, after, 32);
		teardown(state);
		setup(state);
	}
}

/* --- and back --- */

/* As the server does that takes the first `n`: they are settled, and their streams stand. */
static void settle(const struct outbox *b, size_t n, struct stream from[3])
{
	const struct person *people[] = {cast.jo, cast.ana, cast.osei};
	sync_device_begin(&jo);
	for (size_t i = 0; i < n; i++) {
		struct ledger_record row;
		struct record r;
		struct buf hold;
		buf_init(&hold, 0);
		assert_int_equal(ledger_record_get(jo.at.txn, b->all[i].rid, &hold, &row), 0);
		row.state = LEDGER_STORED;
		assert_int_equal(ledger_record_put(jo.at.txn, &row), 0);
		assert_int_equal(ledger_outbox_remove(jo.at.txn, i + 1), 0);
		assert_int_equal(record_parse(b->all[i].record.data, b->all[i].record.len, &r), 0);
		for (int k = 0; k < 3; k++)
			if (record_wrap_for(&r, people[k]->genesis))
				assert_int_equal(stream_add(&from[k], b->all[i].rid), 0);
		buf_wipe(&hold);
	}
	sync_device_commit(&jo);
}

static void words_are_there(const struct outbox *b, uint8_t number)
{
	const struct sent *s = find(b, number);
	char body[] = "Words of entry number 00.";
	body[23] = (char)('0' + number % 10);
	assert_non_null(s);
	assert_non_null(memmem(s->content.data, s->content.len, body, strlen(body)));
}

/* The server takes what is before number `at` and refuses that one. */
static void refused_at(uint8_t at)
{
	struct outbox first, second;
	struct seal_result result = {0};
	struct stream from[3] = {{0}};
	struct record r;
	tell();
	seal();
	outbox(&first);
	settle(&first, at - 1u, from);
	/* something is written meanwhile, about what waits */
	const struct entry more = {.number = 7, .parent = 2, .class = RECORD_SHARED, .to = {cast.ana}};
	write_entries(&more, 1);
	assert_int_equal(seal_take_back(jo.at.vault, jo.id, rid_of(&first, at), &result), 0);
	/* the fifth is private already, so there is nobody to take out of it */
	assert_int_equal(result.kept_private, at == 5 || at == 6 ? 0 : 1);
	assert_int_equal(result.dropped, at == 6 ? 1 : 0);
	assert_int_equal(count_of(VAULT_OUTBOX), 0);
	seal();
	outbox(&second);
	assert_int_equal(second.n, 7u - (at - 1u) - (at == 6));
	streams_are_whole(&second, from);
	/* for the references: what was settled keeps its rid */
	for (size_t i = 0; i < at - 1u; i++) {
		second.all[second.n] = first.all[i];
		buf_init(&second.all[second.n].record, 0);
		buf_init(&second.all[second.n].content, 0);
		second.n++;
	}
	for (uint8_t n = at; n <= 5; n++)
		words_are_there(&second, n);
	for (uint8_t n = at; n <= 5; n++)
		refs_are_right(&second, &story[n - 1]);
	refs_are_right(&second, &more);
	if (at < 6) {
		const struct sent *s = find(&second, at);
		assert_int_equal(record_parse(s->record.data, s->record.len, &r), 0);
		assert_int_equal(r.class, RECORD_PRIVATE);
		assert_memory_not_equal(s->rid, rid_of(&first, at), 32);
		refs_are_right(&second, &story[5]);
	} else {
		assert_null(find(&second, 6));
	}
	assert_int_equal(count_of(VAULT_TIMELINE), at == 6 ? 6 : 7);
	outbox_free(&first);
	outbox_free(&second);
}

static void test_refused(void **state)
{
	for (uint8_t at = 1; at <= 6; at++) {
		refused_at(at);
		teardown(state);
		setup(state);
	}
}

/* Nobody refused anything: all goes back and out again as it was meant. */
static void test_taken_back_whole(void **state)
{
	struct outbox b;
	struct record r;
	struct seal_result result = {0};
	(void)state;
	tell();
	seal();
	for (int i = 0; i < 3; i++) {
		assert_int_equal(seal_take_back(jo.at.vault, jo.id, zero, &result), 0);
		assert_int_equal(result.kept_private + result.dropped, 0);
		assert_int_equal(seal().sealed, 6);
	}
	outbox(&b);
	streams_are_whole(&b, NULL);
	for (int i = 0; i < 6; i++) {
		refs_are_right(&b, &story[i]);
		assert_int_equal(record_parse(b.all[i].record.data, b.all[i].record.len, &r), 0);
		assert_int_equal(r.class, story[i].class);
		assert_int_equal(r.op, story[i].op);
		assert_int_equal(r.audience, 1 + (story[i].to[0] != NULL) + (story[i].to[1] != NULL));
	}
	outbox_free(&b);
}

static void test_back_fails(void **state)
{
	uint8_t before[32], after[32], lid[32];
	struct seal_result result = {0};
	struct outbox b;
	(void)state;
	tell();
	seal();
	outbox(&b);
	lid_of(6, lid);
	sync_device_begin(&jo);
	assert_int_equal(vault_del(jo.at.txn, VAULT_SEALED, lid, 32), 0); /* the last step's */
	sync_device_commit(&jo);
	sync_device_print(&jo, before);
	assert_int_equal(seal_take_back(jo.at.vault, jo.id, b.all[0].rid, &result), ERR_NOT_FOUND);
	sync_device_print(&jo, after);
	assert_memory_equal(before, after, 32);
	outbox_free(&b);
}

/* A clinical record's date is counted from the day it is sealed, and is never less than the policy's. */
static void test_retention(void **state)
{
	struct sync_device ana;
	struct ledger_pending p = {.record_class = RECORD_CLINICAL, .retain_days = 10, .lid = {1}};
	struct seal_result result;
	struct outbox b = {0};
	struct record r;
	struct buf content;
	(void)state;
	sync_device_open(&ana, &cast, cast.ana, true);
	struct fold *view = sync_device_fold(&ana);
	buf_init(&content, 0);
	sync_content("A note.", &content);
	p.content = content.data;
	p.content_len = content.len;
	vault_abort(jo.at.txn);
	sync_device_begin(&ana);
	assert_int_equal(ledger_pending_add(ana.at.txn, &p), 0);
	p.lid[0] = 2;
	p.retain_days = 4000;
	assert_int_equal(ledger_pending_add(ana.at.txn, &p), 0);
	sync_device_commit(&ana);
	uint64_t today = (uint64_t)time(NULL) / 86400;
	assert_int_equal(seal_pending(ana.at.vault, ana.id, view, &result), 0);
	sync_device_begin(&ana);
	assert_int_equal(ledger_outbox_each(ana.at.txn, take_out, &b), 0);
	sync_device_commit(&ana);
	assert_int_equal(record_parse(b.all[0].record.data, b.all[0].record.len, &r), 0);
	assert_in_range(r.retain_day, today + 2557, today + 2558);
	assert_int_equal(record_parse(b.all[1].record.data, b.all[1].record.len, &r), 0);
	assert_in_range(r.retain_day, today + 4000, today + 4001);
	outbox_free(&b);
	buf_wipe(&content);
	fold_free(view);
	sync_device_close(&ana);
}

/* --- refs --- */

static int collect(void *arg, uint8_t ref[32])
{
	uint8_t *seen = arg;
	seen[ref[31]]++;
	ref[0] = 0xbb;
	return ref[31] == 99 ? ERR_RANGE : 0;
}

static void test_refs(void **state)
{
	static const struct entry kinds[] = {
	    {.number = 1, .parent = 2}, {.number = 1, .parent = 2, .on = 3}, {.number = 1, .parent = 2, .reply_to = 4}};
	struct buf in, out;
	(void)state;
	buf_init(&in, 0);
	buf_init(&out, 0);
	for (int i = 0; i < 3; i++) {
		uint8_t seen[256] = {0};
		buf_reset(&in);
		buf_reset(&out);
		encode(&kinds[i], &in);
		assert_int_equal(refs_replace(in.data, in.len, collect, seen, &out), 0);
		assert_int_equal(out.len, in.len);
		assert_int_equal(seen[2], 1);
		assert_int_equal(seen[3], kinds[i].on ? 1 : 0);
		assert_int_equal(seen[4], kinds[i].reply_to ? 1 : 0);
		/* put back, it is what it was: nothing else was touched */
		for (size_t k = 0; k + 32 <= out.len; k++)
			if (out.data[k] == 0xbb && memcmp(out.data + k + 1, zero, 30) == 0)
				out.data[k] = 0xaa;
		assert_memory_equal(out.data, in.data, in.len);
	}
	uint8_t seen[256] = {0};
	const struct entry fails = {.number = 1, .parent = 99};
	buf_reset(&in);
	buf_reset(&out);
	encode(&fails, &in);
	assert_int_equal(refs_replace(in.data, in.len, collect, seen, &out), ERR_RANGE);
	assert_int_equal(out.len, 0);
	assert_int_equal(refs_replace(in.data, in.len - 1, collect, seen, &out), ERR_PROTO);
	buf_wipe(&in);
	buf_wipe(&out);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_seal),          TEST(test_many),      TEST(test_audience_narrows),
	    TEST(test_failing_vault), TEST(test_refused),   TEST(test_taken_back_whole),
	    TEST(test_back_fails),    TEST(test_retention), TEST(test_refs),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
