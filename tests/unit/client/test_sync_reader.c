/* The reader's checks, one bad record for each: kept aside with that error and nowhere else, and what follows is still
 * read where the stream allows it. Ana writes, Jo's device reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/care/kinds.h"
#include "client/sync/reader.h"
#include "client/vault.h"
#include "proto/content.h"
#include "proto/cobblestone.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "proto/mp.h"
#include "proto/msg_reply.h"
#include "proto/record_wrap.h"
#include "tests/unit/support/sync_cast.h"

static struct sync_cast cast;
static struct sync_device jo;
static struct fold *fold;

struct act {
	struct reader *reader;
	uint8_t first[32]; /* rid of the good record before the bad one */
	enum reader_outcome outcome;
	int why;
	uint64_t seq;
};

static int take_as(struct act *a, const struct sync_record *r, const uint8_t *rid)
{
	struct msg_pull_entry entry = {.seq = ++a->seq, .event = FEED_RECORD, .rid = rid};
	entry.item.record = (struct msg_bytes){r->record.data, r->record.len};
	entry.item.payload = (struct msg_bytes){r->payload.data, r->payload.len};
	return reader_take(a->reader, jo.at.txn, &entry, &a->outcome, &a->why);
}

static void take(struct act *a, const struct sync_record *r)
{
	assert_int_equal(take_as(a, r, r->rid), 0);
}

/* A good entry of Ana's for Jo. */
static void good(struct sync_record *r, uint64_t seq, const uint8_t *prev)
{
	struct sync_draft d;
	sync_draft(&d, &cast, cast.ana, &cast.jo, 1);
	sync_draft_place(&d, seq, prev);
	sync_draft_seal(&d, r);
	sync_record_serve(r, cast.jo, false);
	sync_draft_end(&d);
}

static void begin(struct act *a)
{
	static const uint8_t zero[32];
	struct sync_record r;
	memset(a, 0, sizeof(*a));
	vault_abort(jo.at.txn); /* of a test that failed */
	jo.at.txn = NULL;
	assert_int_equal(reader_new(jo.id, fold, &a->reader), 0);
	sync_device_begin(&jo);
	good(&r, 1, zero);
	take(a, &r);
	assert_int_equal(a->outcome, READER_NEW);
	memcpy(a->first, r.rid, 32);
	sync_record_end(&r);
}

static void end(struct act *a)
{
	vault_abort(jo.at.txn);
	jo.at.txn = NULL;
	reader_free(a->reader);
}

/* What a record that is not taken may not touch. */
static void count_rows(uint64_t n[32], size_t *tables)
{
	static const enum vault_table all[] = {
#define TABLE(name, number, kind) VAULT_##name,
#include "client/vault.def"
#undef TABLE
	};
	*tables = 0;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i] != VAULT_ASIDE && all[i] != VAULT_FACT)
			assert_int_equal(vault_count(jo.at.txn, all[i], &n[(*tables)++]), 0);
}

struct found {
	const struct sync_record *r;
	const uint8_t *rid;
	int err;
	size_t n;
};

static int find_aside(void *arg, const struct ledger_aside *row)
{
	struct found *f = arg;
	f->n++;
	assert_memory_equal(row->rid, f->rid, 32);
	assert_int_equal(row->err, f->err);
	assert_int_equal(row->record_len, f->r->record.len);
	assert_int_equal(row->payload_len, f->r->payload.len);
	if (row->record_len)
		assert_memory_equal(row->record, f->r->record.data, row->record_len);
	return 0;
}

/* --- the bad ones. Each makes its record from a draft in the right place, or from the good record. --- */

typedef void spoil(struct act *a, struct sync_draft *d, struct sync_record *r);

static void seal_served(struct sync_draft *d, struct sync_record *r)
{
	sync_draft_seal(d, r);
	sync_record_serve(r, cast.jo, false);
}

static struct record parsed(const struct sync_record *r)
{
	struct record p;
	assert_int_equal(record_parse(r->record.data, r->record.len, &p), 0);
	return p;
}

static uint8_t *open_for_writing(const uint8_t *p)
{
	return (uint8_t *)(uintptr_t)p;
}

static void nothing_wrong(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	(void)a;
	seal_served(d, r);
}

static void garbage(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	nothing_wrong(a, d, r);
	memset(r->record.data, 0xc1, r->record.len);
}

static void truncated(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	nothing_wrong(a, d, r);
	r->record.len--;
}

static void absent(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	nothing_wrong(a, d, r);
	buf_wipe(&r->record);
	buf_wipe(&r->payload);
}

static void longer(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	nothing_wrong(a, d, r);
	buf_put_u8(&r->record, 0);
}

/* The core's length in the next longer form. */
static void not_canonical(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	struct buf out;
	nothing_wrong(a, d, r);
	assert_int_equal(r->record.data[1], 0xc4);
	buf_init(&out, 0);
	buf_put(&out, r->record.data, 1);
	buf_put(&out, "\xc5\0", 2);
	buf_put(&out, r->record.data + 2, r->record.len - 2);
	buf_wipe(&r->record);
	r->record = out;
}

static void unknown_suite(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	nothing_wrong(a, d, r);
	open_for_writing(parsed(r).core)[1] = 2;
}

static void other_clinic(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	static const uint8_t clinic[32] = {1};
	d->o.clinic = clinic;
	nothing_wrong(a, d, r);
}

static void unknown_author(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	struct invite_keys code;
	struct sync_draft theirs;
	struct person *stranger;
	people_code(&cast.pp, &code);
	stranger = people_new(&cast.pp, &code);
	sync_draft(&theirs, &cast, stranger, &cast.jo, 1);
	(void)d;
	nothing_wrong(a, &theirs, r);
	sync_draft_end(&theirs);
}

static void unknown_device(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	d->o.did = cast.osei->did;
	nothing_wrong(a, d, r);
}

/* The paper recovery device proves one's identity; it writes no records. */
static void paper_device(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	d->o.did = cast.ana->recovery_did;
	d->o.sign_seed = cast.ana->recovery.sign;
	nothing_wrong(a, d, r);
}

static void wrong_chain_head(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	d->o.chain_head = cast.osei->genesis;
	nothing_wrong(a, d, r);
}

static void signed_by_another(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	d->o.sign_seed = cast.osei->device.sign;
	nothing_wrong(a, d, r);
}

static void signed_by_tls_key(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	d->o.sign_seed = cast.ana->device.tls;
	nothing_wrong(a, d, r);
}

static void signature_changed(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	nothing_wrong(a, d, r);
	r->record.data[r->record.len - 1] ^= 1;
}

static void retain_in_shared(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	nothing_wrong(a, d, r);
	struct record p = parsed(r);
	uint8_t *class = open_for_writing(p.salt) + 16;
	assert_int_equal(*class, RECORD_SHARED);
	*class = RECORD_CLINICAL; /* without a day to retain until */
	sync_record_sign(r, cast.ana);
}

static void private_for_two(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	nothing_wrong(a, d, r);
	open_for_writing(parsed(r).salt)[16] = RECORD_PRIVATE;
	sync_record_sign(r, cast.ana);
}

static void tombstone(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	nothing_wrong(a, d, r);
	open_for_writing(parsed(r).salt)[17] = 3;
	sync_record_sign(r, cast.ana);
}

static void unshare_of_nothing(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	nothing_wrong(a, d, r);
	open_for_writing(parsed(r).salt)[17] = RECORD_UNSHARE;
	sync_record_sign(r, cast.ana);
}

static void for_others(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	d->to[1].pid = cast.osei->genesis;
	d->to[1].key = cast.osei->epoch.seal_public;
	nothing_wrong(a, d, r);
}

static void wrap_of_another_record(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	struct sync_record other;
	sync_draft_seal(d, &other);
	sync_draft_seal(d, r);
	struct record from = parsed(&other), to = parsed(r);
	memcpy(open_for_writing(record_wrap_for(&to, cast.jo->genesis)->sealed),
	       record_wrap_for(&from, cast.jo->genesis)->sealed, RECORD_SEALED);
	sync_record_sign(r, cast.ana);
	sync_record_serve(r, cast.jo, false);
	sync_record_end(&other);
	(void)a;
}

static void wrap_for_another_key(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	d->to[1].key = cast.osei->epoch.seal_public;
	nothing_wrong(a, d, r);
}

static void wrap_of_another_epoch(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	d->to[1].epoch = 2;
	nothing_wrong(a, d, r);
}

static void gap(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	sync_draft_place(d, 3, a->first);
	nothing_wrong(a, d, r);
}

static void repeated(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	static const uint8_t zero[32];
	sync_draft_place(d, 1, zero);
	nothing_wrong(a, d, r);
}

static void other_previous(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	sync_draft_place(d, 2, cast.jo->genesis);
	nothing_wrong(a, d, r);
}

static void payload_changed(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	nothing_wrong(a, d, r);
	r->payload.data[r->payload.len / 2] ^= 1;
}

static void payload_absent(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	nothing_wrong(a, d, r);
	buf_wipe(&r->payload);
}

static void payload_swapped(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	struct sync_record other;
	sync_draft_seal(d, &other);
	nothing_wrong(a, d, r);
	buf_wipe(&r->payload);
	r->payload = other.payload;
	buf_wipe(&other.record);
}

/* The author says that this is the payload, and puts this key into Jo's wrap. */
static void claim(struct sync_record *r, const uint8_t key[32], const uint8_t *prev)
{
	uint8_t plain[RECORD_WRAP_PLAIN] = {0};
	struct crypto_bytes all = {r->payload.data, r->payload.len};
	assert_int_equal(crypto_sha256(&all, 1, open_for_writing(parsed(r).payload_hash)), 0);
	struct record p = parsed(r);
	struct record_wrap_place place = {p.core_hash, cast.jo->genesis, 1, false};
	memcpy(plain, key, 32);
	plain[39] = 2;
	memcpy(plain + 40, prev, 32);
	assert_int_equal(record_wrap_seal(&place, cast.jo->epoch.seal_public, plain,
	                                  open_for_writing(record_wrap_for(&p, cast.jo->genesis)->sealed)),
	                 0);
	sync_record_sign(r, cast.ana);
}

static void key_of_another(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	static const uint8_t key[32] = {3};
	nothing_wrong(a, d, r);
	claim(r, key, a->first);
}

/* Padded to another length than Padme's, and without an end; otherwise all is well. */
static void seal_padded(struct act *a, struct sync_record *r, const uint8_t *padded, size_t len)
{
	static const uint8_t key[32] = {3};
	uint8_t context[RECORD_WRAP_CONTEXT];
	struct record p = parsed(r);
	struct record_wrap_author author = {p.clinic, p.author, p.did, p.salt};
	struct buf out;
	buf_init(&out, 0);
	record_wrap_context(&author, context);
	uint8_t *room = buf_reserve(&out, cobblestone_size(len));
	assert_non_null(room);
	assert_int_equal(cobblestone_seal(key, context, sizeof(context), padded, len, room), 0);
	assert_int_equal(out.len, r->payload.len);
	buf_wipe(&r->payload);
	r->payload = out;
	claim(r, key, a->first);
}

static void padding_without_end(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	uint8_t padded[512] = {0};
	nothing_wrong(a, d, r);
	seal_padded(a, r, padded, sizeof(padded));
}

static void padding_not_zero(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	uint8_t padded[512] = {0};
	nothing_wrong(a, d, r);
	memcpy(padded, d->content.data, d->content.len);
	padded[d->content.len] = 0x80;
	padded[511] = 1;
	seal_padded(a, r, padded, sizeof(padded));
}

static void padding_control(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	uint8_t padded[512] = {0};
	nothing_wrong(a, d, r);
	memcpy(padded, d->content.data, d->content.len);
	padded[d->content.len] = 0x80;
	seal_padded(a, r, padded, sizeof(padded));
}

static void set_content(struct sync_draft *d, struct content *c)
{
	buf_reset(&d->content);
	assert_int_equal(content_encode(c, &care_kinds, &d->content), 0);
	content_free(c);
}

static void not_a_content(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	buf_reset(&d->content);
	buf_put(&d->content, "\x93\1\2\3", 4);
	nothing_wrong(a, d, r);
}

static void empty_content(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	buf_reset(&d->content);
	nothing_wrong(a, d, r);
}

static void control_character(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	uint8_t *at = memmem(d->content.data, d->content.len, "morning", 7);
	assert_non_null(at);
	*at = 0x1b;
	nothing_wrong(a, d, r);
}

static void kind_of_another_op(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	struct content_head head = {.kind = CONTENT_RECEIPT, .item = {9}, .at_ms = 1, .made_ms = 1};
	struct content *c = content_new(&head);
	assert_int_equal(content_set_u64(c, CONTENT_STATE, 1), 0);
	set_content(d, c);
	nothing_wrong(a, d, r);
}

static void kind_not_in_use(struct act *a, struct sync_draft *d, struct sync_record *r)
{
	assert_int_equal(d->content.data[2], CONTENT_JOURNAL);
	d->content.data[2] = 63;
	nothing_wrong(a, d, r);
}

static const struct row {
	const char *name;
	spoil *make;
	int err;      /* 0: taken */
	bool counted; /* it is one in its stream all the same */
} rows[] = {
    {"control", nothing_wrong, 0, true},
    {"garbage", garbage, ERR_PROTO, false},
    {"truncated", truncated, ERR_PROTO, false},
    {"absent", absent, ERR_PROTO, false},
    {"longer", longer, ERR_CANON, false},
    {"not canonical", not_canonical, ERR_CANON, false},
    {"unknown suite", unknown_suite, ERR_SUITE, false},
    {"other clinic", other_clinic, ERR_AUTHOR, false},
    {"unknown author", unknown_author, ERR_AUTHOR, false},
    {"unknown device", unknown_device, ERR_AUTHOR, false},
    {"the paper device", paper_device, ERR_AUTHOR, false},
    {"wrong chain head", wrong_chain_head, ERR_ROLLBACK, false},
    {"signed by another", signed_by_another, ERR_SIGNATURE, false},
    {"signed by the tls key", signed_by_tls_key, ERR_SIGNATURE, false},
    {"signature changed", signature_changed, ERR_SIGNATURE, false},
    {"clinical without a day", retain_in_shared, ERR_CLASS, false},
    {"private for two", private_for_two, ERR_CLASS, false},
    {"tombstone of nothing", tombstone, ERR_TARGET, false},
    {"unshare of nothing", unshare_of_nothing, ERR_TARGET, false},
    {"for others", for_others, ERR_AUDIENCE, false},
    {"wrap of another record", wrap_of_another_record, ERR_OPEN, true},
    {"wrap for another key", wrap_for_another_key, ERR_OPEN, true},
    {"wrap of another epoch", wrap_of_another_epoch, ERR_OPEN, true},
    {"gap", gap, ERR_STREAM, false},
    {"repeated", repeated, ERR_STREAM, false},
    {"other previous rid", other_previous, ERR_STREAM, false},
    {"payload changed", payload_changed, ERR_HASH, true},
    {"payload absent", payload_absent, ERR_HASH, true},
    {"payload swapped", payload_swapped, ERR_HASH, true},
    {"wrong content key", key_of_another, ERR_OPEN, true},
    {"padding, control", padding_control, 0, true},
    {"padding without an end", padding_without_end, ERR_PADDING, true},
    {"padding that is not zero", padding_not_zero, ERR_PADDING, true},
    {"no content", not_a_content, ERR_SHAPE, true},
    {"empty content", empty_content, ERR_PROTO, true},
    {"control character", control_character, ERR_SCHEMA, true},
    {"kind of another op", kind_of_another_op, ERR_SCHEMA, true},
    {"kind not in use", kind_not_in_use, ERR_SCHEMA, true},
};

static void is_aside(struct act *a, const struct row *row, const struct sync_record *r, const uint8_t *rid)
{
	uint64_t before[32], after[32];
	size_t n;
	struct ledger_record kept;
	struct found f = {.r = r, .rid = rid, .err = row->err};
	struct buf hold;
	buf_init(&hold, 0);
	count_rows(before, &n);
	assert_int_equal(take_as(a, r, rid), 0);
	count_rows(after, &n);
	if ((a->outcome != READER_ASIDE && a->outcome != READER_WAITS) || a->why != row->err)
		fail_msg("%s: outcome %d, why %s", row->name, (int)a->outcome, err_name(a->why));
	assert_memory_equal(before, after, n * sizeof(before[0]));
	assert_int_equal(ledger_record_get(jo.at.txn, rid, &hold, &kept), ERR_NOT_FOUND);
	assert_int_equal(ledger_aside_each(jo.at.txn, find_aside, &f), 0);
	assert_int_equal(f.n, 1);
	buf_wipe(&hold);
}

static void follows(struct act *a, const struct row *row, const uint8_t *rid)
{
	struct sync_record next;
	good(&next, row->counted ? 3 : 2, row->counted ? rid : a->first);
	take(a, &next);
	if (a->outcome != READER_NEW)
		fail_msg("%s: what follows: %d %s", row->name, (int)a->outcome, err_name(a->why));
	sync_record_end(&next);
}

static void test_each_check(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct act a;
		struct sync_draft d;
		struct sync_record r;
		begin(&a);
		sync_draft(&d, &cast, cast.ana, &cast.jo, 1);
		sync_draft_place(&d, 2, a.first);
		rows[i].make(&a, &d, &r);
		if (rows[i].err) {
			is_aside(&a, &rows[i], &r, r.rid);
		} else {
			take(&a, &r);
			assert_int_equal(a.outcome, READER_NEW);
		}
		follows(&a, &rows[i], r.rid);
		sync_record_end(&r);
		sync_draft_end(&d);
		end(&a);
	}
}

static void test_announced_rid(void **state)
{
	static const struct row row = {"another rid announced", NULL, ERR_HASH, false};
	static const uint8_t announced[32] = {5};
	struct act a;
	struct sync_record r;
	(void)state;
	begin(&a);
	good(&r, 2, a.first);
	is_aside(&a, &row, &r, announced);
	follows(&a, &row, r.rid);
	sync_record_end(&r);
	end(&a);
}

/* --- who may write what --- */

static void expect(struct act *a, struct sync_draft *d, enum reader_outcome outcome, int why)
{
	struct sync_record r;
	seal_served(d, &r);
	take(a, &r);
	assert_int_equal(a->outcome, outcome);
	assert_int_equal(a->why, why);
	sync_record_end(&r);
	sync_draft_end(d);
}

static struct act on_osei(struct sync_device *device, struct fold **view)
{
	struct act a = {0};
	sync_device_open(device, &cast, cast.osei, true);
	*view = sync_device_fold(device);
	assert_int_equal(reader_new(device->id, *view, &a.reader), 0);
	return a;
}

static void test_classes_by_role(void **state)
{
	static const struct {
		enum record_class class;
		bool by_client;
		int err;
	} cases[] = {
	    {RECORD_SHARED, true, 0},    {RECORD_CONTROL, true, ERR_SCHEMA}, {RECORD_CLINICAL, true, ERR_AUDIENCE},
	    {RECORD_CLINICAL, false, 0}, {RECORD_SHARED, false, 0},
	};
	(void)state;
	struct sync_device osei;
	struct fold *view;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct act a = on_osei(&osei, &view);
		struct sync_draft d;
		struct sync_record r;
		assert_int_equal(vault_begin(osei.at.vault, true, &osei.at.txn), 0);
		sync_draft(&d, &cast, cases[i].by_client ? cast.jo : cast.ana, &cast.osei, 1);
		d.o.class = cases[i].class;
		d.o.retain_day = d.o.class == RECORD_CLINICAL ? 30000 : 0;
		sync_draft_seal(&d, &r);
		sync_record_serve(&r, cast.osei, false);
		struct msg_pull_entry entry = {.seq = 1, .event = FEED_RECORD, .rid = r.rid};
		entry.item.record = (struct msg_bytes){r.record.data, r.record.len};
		entry.item.payload = (struct msg_bytes){r.payload.data, r.payload.len};
		assert_int_equal(reader_take(a.reader, osei.at.txn, &entry, &a.outcome, &a.why), 0);
		assert_int_equal(a.why, cases[i].err);
		assert_int_equal(a.outcome, cases[i].err ? READER_ASIDE : READER_NEW);
		sync_record_end(&r);
		sync_draft_end(&d);
		reader_free(a.reader);
		fold_free(view);
		sync_device_close(&osei);
	}
}

/* What somebody wrote as a therapist is still theirs when they have become an admin, or have left. */
static void test_author_has_moved_on(void **state)
{
	(void)state;
	for (int gone = 0; gone < 2; gone++) {
		struct sync_cast then;
		struct sync_device device;
		struct sync_draft d;
		struct act a = {0};
		sync_cast_begin(&then, 0);
		sync_draft(&d, &then, then.ana, &then.jo, 1);
		if (gone)
			people_remove(&then.pp, then.admin, then.ana);
		else
			people_role(&then.pp, then.admin, then.ana, ROLE_ADMIN);
		sync_device_open(&device, &then, then.jo, true);
		struct fold *view = sync_device_fold(&device);
		struct sync_record r;
		sync_draft_seal(&d, &r);
		sync_record_serve(&r, then.jo, false);
		assert_int_equal(reader_new(device.id, view, &a.reader), 0);
		sync_device_begin(&device);
		struct msg_pull_entry entry = {.seq = 1, .event = FEED_RECORD, .rid = r.rid};
		entry.item.record = (struct msg_bytes){r.record.data, r.record.len};
		entry.item.payload = (struct msg_bytes){r.payload.data, r.payload.len};
		assert_int_equal(reader_take(a.reader, device.at.txn, &entry, &a.outcome, &a.why), 0);
		assert_int_equal(a.why, 0);
		assert_int_equal(a.outcome, READER_NEW);
		sync_record_end(&r);
		sync_draft_end(&d);
		reader_free(a.reader);
		fold_free(view);
		sync_device_close(&device);
		sync_cast_end(&then);
	}
}

/* --- what records do --- */

static uint8_t state_of(const uint8_t *rid, size_t *content_len)
{
	struct ledger_record row;
	struct buf hold;
	buf_init(&hold, 0);
	int err = ledger_record_get(jo.at.txn, rid, &hold, &row);
	*content_len = err ? 0 : row.content_len;
	buf_wipe(&hold);
	return err ? 0 : row.state;
}

static void unshare(struct sync_draft *d, struct person *by, const uint8_t (*target)[32])
{
	struct content_head head = {.kind = CONTENT_UNSHARE, .item = {8}, .at_ms = 1, .made_ms = 1};
	struct content *c = content_new(&head);
	struct buf list;
	sync_draft(d, &cast, by, &cast.jo, 1);
	buf_init(&list, 0);
	mp_put_array(&list, 1);
	mp_put_bin(&list, cast.jo->genesis, 16);
	assert_int_equal(content_set_bin(c, CONTENT_UNSHARED_ITEM, "0123456789abcdef", 16), 0);
	assert_int_equal(content_set_array(c, CONTENT_UNSHARED_FROM, list.data, list.len), 0);
	set_content(d, c);
	buf_wipe(&list);
	d->o.op = RECORD_UNSHARE;
	d->o.targets = target;
	d->o.n_targets = 1;
}

static int seen(void *arg, const struct msg_pull_entry *entry, enum reader_outcome outcome, int why)
{
	struct act *a = arg;
	(void)entry;
	a->outcome = outcome;
	a->why = why;
	return 0;
}

/* A wrap that is gone counts, and only the author may have taken it away: until they say so it is an alarm. */
static void test_withdrawn_counts(void **state)
{
	static const struct row row = {"a wrap taken away", NULL, 0, true};
	for (int said = 0; said < 2; said++) {
		struct act a;
		struct sync_draft d;
		struct sync_record r;
		size_t len;
		(void)state;
		begin(&a);
		good(&r, 2, a.first);
		sync_record_serve(&r, cast.jo, true);
		take(&a, &r);
		assert_int_equal(a.outcome, READER_WAITS);
		assert_int_equal(a.why, ERR_WITHHELD);
		assert_int_equal(state_of(r.rid, &len), 0);
		unshare(&d, said ? cast.ana : cast.osei, (const uint8_t(*)[32])r.rid);
		sync_draft_place(&d, said ? 3 : 1, said ? r.rid : (const uint8_t[32]){0});
		expect(&a, &d, READER_NEW, 0);
		assert_true(reader_needs(a.reader)->again);
		assert_int_equal(reader_again(a.reader, jo.at.txn, seen, &a), 0);
		assert_int_equal(a.outcome, said ? READER_WITHDRAWN : READER_NEW);
		assert_int_equal(state_of(r.rid, &len), said ? LEDGER_WITHDRAWN : 0);
		assert_int_equal(len, 0);
		assert_int_equal(ledger_aside_count(jo.at.txn), !said);
		if (!said)
			follows(&a, &row, r.rid);
		sync_record_end(&r);
		end(&a);
	}
}

static void test_unshare(void **state)
{
	struct act a;
	struct sync_draft d;
	size_t len;
	(void)state;
	begin(&a);
	unshare(&d, cast.osei, (const uint8_t(*)[32])a.first);
	expect(&a, &d, READER_NEW, 0);
	assert_int_equal(state_of(a.first, &len), LEDGER_STORED);
	assert_true(len > 0);
	unshare(&d, cast.ana, (const uint8_t(*)[32])a.first);
	sync_draft_place(&d, 2, a.first);
	expect(&a, &d, READER_NEW, 0);
	assert_int_equal(state_of(a.first, &len), LEDGER_WITHDRAWN);
	assert_int_equal(len, 0);
	end(&a);
}

/* A revision that is not here cannot be withdrawn; one whose row is damaged must not stay readable in silence. */
static void test_unshare_of_unknown(void **state)
{
	static const uint8_t unknown[1][32] = {{6}};
	struct act a;
	struct sync_draft d;
	struct sync_record r;
	(void)state;
	begin(&a);
	unshare(&d, cast.ana, unknown);
	sync_draft_place(&d, 2, a.first);
	expect(&a, &d, READER_NEW, 0);
	end(&a);
	begin(&a);
	unshare(&d, cast.ana, (const uint8_t(*)[32])a.first);
	sync_draft_place(&d, 2, a.first);
	seal_served(&d, &r);
	scratch_vault_spoil(&jo.at, VAULT_RECORD, a.first, 32);
	assert_int_equal(take_as(&a, &r, r.rid), ERR_CORRUPT);
	sync_record_end(&r);
	sync_draft_end(&d);
	end(&a);
}

static void profile(struct sync_draft *d, const struct act *a, const char *name)
{
	struct content_head head = {.kind = CONTENT_PROFILE, .item = {8}, .at_ms = 1, .made_ms = 1};
	struct content *c = content_new(&head);
	sync_draft(d, &cast, cast.ana, &cast.jo, 1);
	sync_draft_place(d, 2, a->first);
	d->o.class = RECORD_CONTROL;
	assert_int_equal(content_set_str(c, CONTENT_NAME, name, strlen(name)), 0);
	set_content(d, c);
}

static void test_profile(void **state)
{
	static const char *const names[] = {"Ana Reyes", "\n", "\tA\nB", "\u00e9"};
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct act a;
		struct sync_draft d;
		begin(&a);
		assert_false(vault_has(jo.at.txn, VAULT_NAME, cast.ana->genesis, 16));
		profile(&d, &a, names[i]);
		expect(&a, &d, READER_NEW, 0);
		assert_true(vault_has(jo.at.txn, VAULT_NAME, cast.ana->genesis, 16));
		end(&a);
	}
}

/* --- one's own --- */

static void test_own(void **state)
{
	struct sync_draft d;
	struct sync_record r;
	struct act a;
	size_t len;
	(void)state;
	sync_draft(&d, &cast, cast.jo, &cast.ana, 1);
	sync_draft_seal(&d, &r);
	begin(&a);
	take(&a, &r);
	assert_int_equal(a.outcome, READER_OWN);
	assert_int_equal(state_of(r.rid, &len), LEDGER_STORED);
	take(&a, &r);
	assert_int_equal(a.outcome, READER_NOTHING);
	end(&a);
	begin(&a);
	struct ledger_record row = {.state = LEDGER_WAITING, .record = r.record.data, .record_len = r.record.len};
	memcpy(row.rid, r.rid, 32);
	row.content = d.content.data;
	row.content_len = d.content.len;
	assert_int_equal(ledger_record_put(jo.at.txn, &row), 0);
	take(&a, &r);
	assert_int_equal(a.outcome, READER_NOTHING);
	assert_int_equal(state_of(r.rid, &len), LEDGER_STORED);
	assert_int_equal(len, d.content.len);
	end(&a);
	sync_record_end(&r);
	sync_draft_end(&d);
}

static void test_taken_event(void **state)
{
	struct act a;
	size_t len;
	(void)state;
	begin(&a);
	struct msg_pull_entry entry = {.seq = 9, .event = FEED_TAKEN, .rid = a.first};
	assert_int_equal(reader_take(a.reader, jo.at.txn, &entry, &a.outcome, &a.why), 0);
	assert_int_equal(a.outcome, READER_NOTHING);
	assert_int_equal(state_of(a.first, &len), LEDGER_STORED);
	end(&a);
}

/* A fault of our own says nothing about the record. */
static void test_own_faults(void **state)
{
	struct act a;
	struct sync_record r;
	uint64_t n;
	(void)state;
	begin(&a);
	good(&r, 2, a.first);
	scratch_vault_spoil(&jo.at, VAULT_STREAM_IN, cast.ana->did, 16);
	assert_int_equal(take_as(&a, &r, r.rid), ERR_CORRUPT);
	assert_int_equal(vault_count(jo.at.txn, VAULT_ASIDE, &n), 0);
	assert_int_equal(n, 0);
	assert_false(vault_has(jo.at.txn, VAULT_RECORD, r.rid, 32));
	sync_record_end(&r);
	end(&a);
}

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
	fold_free(fold);
	sync_device_close(&jo);
	sync_cast_end(&cast);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_check),
	    cmocka_unit_test(test_announced_rid),
	    cmocka_unit_test(test_classes_by_role),
	    cmocka_unit_test(test_author_has_moved_on),
	    cmocka_unit_test(test_withdrawn_counts),
	    cmocka_unit_test(test_unshare),
	    cmocka_unit_test(test_unshare_of_unknown),
	    cmocka_unit_test(test_profile),
	    cmocka_unit_test(test_own),
	    cmocka_unit_test(test_taken_event),
	    cmocka_unit_test(test_own_faults),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
