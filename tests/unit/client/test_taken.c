/* test_taken: what an author deletes goes from the devices of those who had it, and nothing else makes them delete: no
 * other author's tombstone, no forged one, none for what must be kept; and what was deleted does not come back, however
 * often and in which order a server shows it. Ana and Osei write, Jo's device reads. */
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
#include "client/sync/taken.h"
#include "client/vault.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "proto/msg_reply.h"
#include "tests/unit/support/sync_cast.h"

#define FAR_DAY 40000

static struct sync_cast cast;
static struct sync_device jo;
static struct fold *fold;
static struct reader *reader;
static uint64_t feed_seq;

/* Where the stream of each author to Jo stands. */
static struct place {
	uint64_t seq;
	uint8_t rid[32];
} places[2];

static struct place *place_of(const struct person *author)
{
	return &places[author == cast.ana ? 0 : 1];
}

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	sync_cast_begin(&cast, 0);
	sync_device_open(&jo, &cast, cast.jo, true);
	fold = sync_device_fold(&jo);
	assert_int_equal(reader_new(jo.id, fold, &reader), 0);
	sync_device_begin(&jo);
	memset(places, 0, sizeof(places));
	return err;
}

static int teardown(void **state)
{
	(void)state;
	vault_abort(jo.at.txn);
	jo.at.txn = NULL;
	reader_free(reader);
	fold_free(fold);
	sync_device_close(&jo);
	sync_cast_end(&cast);
	return 0;
}

/* --- making records --- */

static void draft(struct sync_draft *d, struct person *by, enum record_class class, uint32_t retain_day)
{
	struct place *at = place_of(by);
	sync_draft(d, &cast, by, &cast.jo, 1);
	sync_draft_place(d, at->seq + 1, at->rid);
	d->o.class = class;
	d->o.retain_day = retain_day;
}

static void seal(struct sync_draft *d, struct person *by, struct sync_record *r)
{
	sync_draft_seal(d, r);
	sync_record_serve(r, cast.jo, false);
	place_of(by)->seq++;
	memcpy(place_of(by)->rid, r->rid, 32);
	sync_draft_end(d);
}

static void entry_of(struct person *by, enum record_class class, uint32_t retain_day, struct sync_record *r)
{
	struct sync_draft d;
	draft(&d, by, class, retain_day);
	seal(&d, by, r);
}

struct stone {
	struct person *by;
	enum record_class class;
	const uint8_t *target;
};

static void stone_draft(struct sync_draft *d, const struct stone *s)
{
	struct content_head head = {.kind = CONTENT_TOMBSTONE, .item = {8}, .at_ms = 1, .made_ms = 1};
	struct content *c = content_new(&head);
	draft(d, s->by, s->class, s->class == RECORD_CLINICAL ? FAR_DAY : 0);
	assert_int_equal(content_set_bin(c, CONTENT_DELETED_ITEM, "0123456789abcdef", 16), 0);
	assert_int_equal(content_set_u64(c, CONTENT_DELETED_KIND, CONTENT_JOURNAL), 0);
	buf_reset(&d->content);
	assert_int_equal(content_encode(c, &care_kinds, &d->content), 0);
	content_free(c);
	d->o.op = RECORD_TOMBSTONE;
	d->o.targets = (const uint8_t(*)[32])(const void *)s->target;
	d->o.n_targets = 1;
}

static void stone_of(const struct stone *s, struct sync_record *r)
{
	struct sync_draft d;
	stone_draft(&d, s);
	seal(&d, s->by, r);
}

static enum reader_outcome take(const struct sync_record *r, int *why)
{
	enum reader_outcome outcome;
	int because = 0;
	struct msg_pull_entry entry = {.seq = ++feed_seq, .event = FEED_RECORD, .rid = r->rid};
	entry.item.record = (struct msg_bytes){r->record.data, r->record.len};
	entry.item.payload = (struct msg_bytes){r->payload.data, r->payload.len};
	assert_int_equal(reader_take(reader, jo.at.txn, &entry, &outcome, &because), 0);
	if (why)
		*why = because;
	return outcome;
}

/* 'n' not here, 'w' its words are here, 'd' deleted: no words, no key to them, and still the same record. */
static char state_of(const struct sync_record *r)
{
	struct ledger_record row;
	struct record record;
	struct buf hold;
	char state;
	buf_init(&hold, 0);
	int err = ledger_record_get(jo.at.txn, r->rid, &hold, &row);
	if (err) {
		assert_int_equal(err, ERR_NOT_FOUND);
		state = 'n';
	} else {
		assert_int_equal(record_parse(row.record, row.record_len, &record), 0);
		assert_memory_equal(record.rid, r->rid, 32);
		state = row.content_len ? 'w' : 'd';
		assert_int_equal(row.state, state == 'w' ? LEDGER_STORED : LEDGER_WITHDRAWN);
		if (state == 'd')
			assert_false(row.has_salt);
	}
	buf_wipe(&hold);
	return state;
}

/* --- */

static void deletes_what_its_author_names(void **state)
{
	struct sync_record one, other, stone;
	(void)state;
	entry_of(cast.ana, RECORD_SHARED, 0, &one);
	entry_of(cast.ana, RECORD_SHARED, 0, &other);
	stone_of(&(struct stone){cast.ana, RECORD_SHARED, one.rid}, &stone);
	assert_int_equal(take(&one, NULL), READER_NEW);
	assert_int_equal(take(&other, NULL), READER_NEW);
	assert_int_equal(state_of(&one), 'w');
	assert_int_equal(take(&stone, NULL), READER_NEW);
	assert_int_equal(state_of(&one), 'd');
	assert_int_equal(state_of(&other), 'w');
	assert_int_equal(state_of(&stone), 'w');
	/* shown again, it stays deleted */
	assert_int_equal(take(&one, NULL), READER_NOTHING);
	assert_int_equal(state_of(&one), 'd');
	sync_record_end(&one);
	sync_record_end(&other);
	sync_record_end(&stone);
}

static void nobody_elses(void **state)
{
	struct sync_record one, stone, right;
	(void)state;
	entry_of(cast.ana, RECORD_SHARED, 0, &one);
	assert_int_equal(take(&one, NULL), READER_NEW);
	stone_of(&(struct stone){cast.osei, RECORD_SHARED, one.rid}, &stone);
	assert_int_equal(take(&stone, NULL), READER_NEW);
	assert_int_equal(state_of(&one), 'w');
	stone_of(&(struct stone){cast.ana, RECORD_SHARED, one.rid}, &right); /* the control */
	assert_int_equal(take(&right, NULL), READER_NEW);
	assert_int_equal(state_of(&one), 'd');
	sync_record_end(&one);
	sync_record_end(&stone);
	sync_record_end(&right);
}

static void none_that_is_forged(void **state)
{
	struct sync_record one, stone;
	struct sync_draft d;
	int why;
	(void)state;
	entry_of(cast.ana, RECORD_SHARED, 0, &one);
	assert_int_equal(take(&one, NULL), READER_NEW);
	/* in Ana's name, signed with another's key */
	stone_draft(&d, &(struct stone){cast.ana, RECORD_SHARED, one.rid});
	d.o.sign_seed = cast.osei->device.sign;
	sync_draft_seal(&d, &stone);
	sync_record_serve(&stone, cast.jo, false);
	sync_draft_end(&d);
	assert_int_equal(take(&stone, &why), READER_ASIDE);
	assert_int_equal(why, ERR_SIGNATURE);
	assert_int_equal(state_of(&one), 'w');
	assert_int_equal(state_of(&stone), 'n');
	sync_record_end(&stone);
	/* a tombstone of hers, whose target was changed afterwards */
	static const uint8_t elsewhere[32] = {7};
	stone_draft(&d, &(struct stone){cast.ana, RECORD_SHARED, elsewhere});
	sync_draft_seal(&d, &stone);
	sync_record_serve(&stone, cast.jo, false);
	uint8_t *at = memmem(stone.record.data, stone.record.len, elsewhere, 32);
	assert_non_null(at);
	memcpy(at, one.rid, 32);
	assert_int_equal(record_rid(stone.record.data, stone.record.len, stone.rid), 0);
	sync_draft_end(&d);
	assert_int_equal(take(&stone, &why), READER_ASIDE);
	assert_int_equal(why, ERR_SIGNATURE);
	assert_int_equal(state_of(&one), 'w');
	sync_record_end(&one);
	sync_record_end(&stone);
}

static void nothing_that_must_be_kept(void **state)
{
	struct sync_record kept, over, shared, stone;
	(void)state;
	entry_of(cast.ana, RECORD_CLINICAL, FAR_DAY, &kept);
	entry_of(cast.ana, RECORD_CLINICAL, 10, &over);
	entry_of(cast.ana, RECORD_SHARED, 0, &shared);
	assert_int_equal(take(&kept, NULL), READER_NEW);
	assert_int_equal(take(&over, NULL), READER_NEW);
	assert_int_equal(take(&shared, NULL), READER_NEW);
	const struct {
		enum record_class class;
		const struct sync_record *target;
		char then;
	} rows[] = {
	    {RECORD_CLINICAL, &kept, 'w'}, {RECORD_SHARED, &kept, 'w'}, /* another class does not get around it */
	    {RECORD_SHARED, &over, 'w'},   {RECORD_CLINICAL, &shared, 'w'},
	    {RECORD_CLINICAL, &over, 'd'}, /* its day is over */
	    {RECORD_SHARED, &shared, 'd'},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		stone_of(&(struct stone){cast.ana, rows[i].class, rows[i].target->rid}, &stone);
		assert_int_equal(take(&stone, NULL), READER_NEW);
		assert_int_equal(state_of(rows[i].target), rows[i].then);
		sync_record_end(&stone);
	}
	sync_record_end(&kept);
	sync_record_end(&over);
	sync_record_end(&shared);
}

/* What is no revision is not deleted: a tombstone itself, for one. */
static void no_tombstone(void **state)
{
	struct sync_record one, first, second;
	(void)state;
	entry_of(cast.ana, RECORD_SHARED, 0, &one);
	stone_of(&(struct stone){cast.ana, RECORD_SHARED, one.rid}, &first);
	stone_of(&(struct stone){cast.ana, RECORD_SHARED, first.rid}, &second);
	assert_int_equal(take(&one, NULL), READER_NEW);
	assert_int_equal(take(&first, NULL), READER_NEW);
	assert_int_equal(take(&second, NULL), READER_NEW);
	assert_int_equal(state_of(&first), 'w');
	assert_int_equal(state_of(&one), 'd');
	sync_record_end(&one);
	sync_record_end(&first);
	sync_record_end(&second);
}

/* A new device: the server shows the record whole though its tombstone is there. Before it, as the feed has it; behind
 * it, which no stream is broken by when another device of the author's wrote the tombstone. */
static void what_comes_back(void **state)
{
	struct sync_record one, other, stone;
	(void)state;
	entry_of(cast.ana, RECORD_SHARED, 0, &one);
	entry_of(cast.osei, RECORD_SHARED, 0, &other);
	struct record r;
	assert_int_equal(record_parse(one.record.data, one.record.len, &r), 0);
	/* the tombstone is here, the record is not yet */
	stone_of(&(struct stone){cast.ana, RECORD_SHARED, one.rid}, &stone);
	struct record by;
	assert_int_equal(record_parse(stone.record.data, stone.record.len, &by), 0);
	assert_int_equal(taken_note(jo.at.txn, &by, jo.id->pid, 1000), 0);
	bool gone;
	assert_int_equal(taken_is_gone(jo.at.txn, &r, 1000, &gone), 0);
	assert_true(gone);
	assert_int_equal(take(&one, NULL), READER_WITHDRAWN);
	assert_int_equal(state_of(&one), 'd');
	/* somebody else's tombstone that came first does not keep a record out */
	sync_record_end(&stone);
	stone_of(&(struct stone){cast.ana, RECORD_SHARED, other.rid}, &stone);
	assert_int_equal(record_parse(stone.record.data, stone.record.len, &by), 0);
	assert_int_equal(taken_note(jo.at.txn, &by, jo.id->pid, 1000), 0);
	assert_int_equal(take(&other, NULL), READER_NEW);
	assert_int_equal(state_of(&other), 'w');
	sync_record_end(&one);
	sync_record_end(&other);
	sync_record_end(&stone);
}

/* A new device that reads from the start meets the stub first and its tombstone later: nothing is wrong. */
static void a_stub_is_passed_over(void **state)
{
	struct sync_record one, next, stone;
	struct record r;
	struct buf stub;
	(void)state;
	entry_of(cast.ana, RECORD_SHARED, 0, &one);
	stone_of(&(struct stone){cast.ana, RECORD_SHARED, one.rid}, &stone);
	entry_of(cast.ana, RECORD_SHARED, 0, &next);
	buf_init(&stub, 0);
	assert_int_equal(record_parse(one.record.data, one.record.len, &r), 0);
	assert_int_equal(record_stub(&r, &stub), 0);
	buf_wipe(&one.record);
	buf_wipe(&one.payload);
	one.record = stub;
	buf_init(&one.payload, 0);
	(void)take(&one, NULL);
	assert_int_equal(take(&stone, NULL), READER_NEW);
	assert_int_equal(take(&next, NULL), READER_NEW);
	assert_int_equal(state_of(&next), 'w');
	sync_record_end(&one);
	sync_record_end(&next);
	sync_record_end(&stone);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(deletes_what_its_author_names), TEST(nobody_elses), TEST(none_that_is_forged),
	    TEST(nothing_that_must_be_kept),     TEST(no_tombstone), TEST(what_comes_back),
	    TEST(a_stub_is_passed_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
