/* test_check: statements of a check between two people: what passes, what is refused and why, and when words agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/check.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/mp.h"
#include "tests/unit/support/people.h"

/* Ana speaks first, Jo second. */
struct talk {
	struct people pp;
	struct person *ana, *jo;
	uint8_t box[CHECK_BOX];
	struct check_reveal said;
	struct buf reveal, commit;
	struct check_place first;
};

static void add(struct check_streams *all, uint8_t did, uint64_t count)
{
	struct check_stream s = {.did = {did}, .count = count, .hash = {did}};

	assert_int_equal(check_streams_add(all, &s), 0);
}

static struct person *someone(struct people *pp)
{
	struct invite_keys code;

	people_code(pp, &code);
	return people_new(pp, &code);
}

static int begin(void **state)
{
	static struct talk t;

	memset(&t, 0, sizeof t);
	people_begin(&t.pp, 0);
	t.ana = someone(&t.pp);
	t.jo = someone(&t.pp);
	assert_int_equal(check_box(t.ana->genesis, t.jo->genesis, t.box), 0);
	memcpy(t.said.genesis, t.ana->genesis, 32);
	memcpy(t.said.head, keychain_head_hash(t.ana->chain), 32);
	memcpy(t.said.known, keychain_head_hash(t.jo->chain), 32);
	add(&t.said.sent, 7, 3);
	add(&t.said.sent, 2, 1);
	add(&t.said.held, 9, 400);
	memset(t.said.nonce, 5, sizeof t.said.nonce);
	buf_init(&t.reveal, 0);
	buf_init(&t.commit, 0);
	assert_int_equal(check_reveal_put(&t.said, &t.reveal), 0);
	t.first = (struct check_place){t.box, CHECK_COMMIT_FIRST, NULL, 0};
	assert_int_equal(check_commit_sign(&t.first, &t.reveal, t.ana->did, t.ana->device.sign, &t.commit), 0);
	*state = &t;
	return 0;
}

static int end(void **state)
{
	struct talk *t = *state;

	buf_wipe(&t->reveal);
	buf_wipe(&t->commit);
	people_end(&t->pp);
	return 0;
}

static int open_commit(const struct talk *t, const struct check_place *place, const struct person *by)
{
	struct check_commit commit;

	return check_commit_open(t->commit.data, t->commit.len, place, by->chain, &commit);
}

static void what_is_said_is_read(void **state)
{
	struct talk *t = *state;
	struct check_reveal heard;
	struct check_commit commit;

	assert_int_equal(check_commit_open(t->commit.data, t->commit.len, &t->first, t->ana->chain, &commit), 0);
	assert_memory_equal(commit.did, t->ana->did, 16);
	assert_int_equal(check_reveal_open(t->reveal.data, t->reveal.len, &commit, t->ana->genesis, &heard), 0);
	assert_memory_equal(heard.head, t->said.head, 32);
	assert_memory_equal(heard.known, t->said.known, 32);
	assert_memory_equal(heard.nonce, t->said.nonce, 32);
	assert_true(check_streams_equal(&heard.sent, &t->said.sent));
	assert_true(check_streams_equal(&heard.held, &t->said.held));
	assert_int_equal(check_streams_find(&heard.sent, t->said.sent.at[0].did)->count, 1);
	assert_null(check_streams_find(&heard.held, t->said.sent.at[0].did));
}

static void the_box_is_the_same_from_both_sides(void **state)
{
	struct talk *t = *state;
	uint8_t box[CHECK_BOX];

	assert_int_equal(check_box(t->jo->genesis, t->ana->genesis, box), 0);
	assert_memory_equal(box, t->box, sizeof box);
	assert_int_equal(check_box(t->jo->genesis, t->jo->genesis, box), ERR_ARG);
}

static void a_commitment_is_for_its_place_alone(void **state)
{
	struct talk *t = *state;
	uint8_t other[CHECK_BOX] = {1};
	struct check_place place = t->first;

	assert_int_equal(open_commit(t, &place, t->ana), 0);
	place.box = other;
	assert_int_equal(open_commit(t, &place, t->ana), ERR_SIGNATURE);
	place = t->first;
	place.slot = CHECK_COMMIT_SECOND;
	place.answered = other;
	place.answered_len = sizeof other;
	assert_int_equal(open_commit(t, &place, t->ana), ERR_SIGNATURE);
	place.slot = CHECK_REVEAL_FIRST;
	assert_int_equal(open_commit(t, &place, t->ana), ERR_ARG);
}

static void an_answer_is_for_one_commitment_alone(void **state)
{
	struct talk *t = *state;
	struct check_place place = {t->box, CHECK_COMMIT_SECOND, t->commit.data, t->commit.len};
	struct check_commit commit;
	struct buf answer;

	buf_init(&answer, 0);
	assert_int_equal(check_commit_sign(&place, &t->reveal, t->jo->did, t->jo->device.sign, &answer), 0);
	assert_int_equal(check_commit_open(answer.data, answer.len, &place, t->jo->chain, &commit), 0);
	t->commit.data[t->commit.len - 1] ^= 1;
	assert_int_equal(check_commit_open(answer.data, answer.len, &place, t->jo->chain, &commit), ERR_SIGNATURE);
	buf_wipe(&answer);
}

static void a_commitment_is_its_persons_alone(void **state)
{
	struct talk *t = *state;
	struct buf other;
	struct check_commit commit;

	assert_int_equal(open_commit(t, &t->first, t->jo), ERR_AUTHOR);
	buf_init(&other, 0);
	assert_int_equal(check_commit_sign(&t->first, &t->reveal, t->ana->did, t->jo->device.sign, &other), 0);
	assert_int_equal(check_commit_open(other.data, other.len, &t->first, t->ana->chain, &commit), ERR_SIGNATURE);
	buf_reset(&other);
	/* the paper device speaks for nobody here */
	assert_int_equal(check_commit_sign(&t->first, &t->reveal, t->ana->recovery_did, t->ana->recovery.sign, &other), 0);
	assert_int_equal(check_commit_open(other.data, other.len, &t->first, t->ana->chain, &commit), ERR_AUTHOR);
	buf_wipe(&other);
}

static void another_statement_than_promised_is_refused(void **state)
{
	struct talk *t = *state;
	struct check_reveal heard;
	struct check_commit commit;
	struct buf other;

	assert_int_equal(check_commit_open(t->commit.data, t->commit.len, &t->first, t->ana->chain, &commit), 0);
	assert_int_equal(check_reveal_open(t->reveal.data, t->reveal.len, &commit, t->jo->genesis, &heard), ERR_AUTHOR);
	buf_init(&other, 0);
	t->said.nonce[0] ^= 1;
	assert_int_equal(check_reveal_put(&t->said, &other), 0);
	assert_int_equal(check_reveal_open(other.data, other.len, &commit, t->ana->genesis, &heard), ERR_HASH);
	buf_wipe(&other);
}

/* Opens bytes that were promised, so that only their form can be wrong. */
static int open_promised(const struct talk *t, const struct buf *bytes)
{
	struct check_reveal heard;
	struct check_commit commit;
	struct buf signed_commit;
	int err;

	buf_init(&signed_commit, 0);
	assert_int_equal(check_commit_sign(&t->first, bytes, t->ana->did, t->ana->device.sign, &signed_commit), 0);
	err = check_commit_open(signed_commit.data, signed_commit.len, &t->first, t->ana->chain, &commit);
	assert_int_equal(err, 0);
	err = check_reveal_open(bytes->data, bytes->len, &commit, t->ana->genesis, &heard);
	buf_wipe(&signed_commit);
	return err;
}

static void put_reveal(struct buf *b, const struct talk *t, const uint8_t *dids, size_t n, uint64_t count)
{
	buf_reset(b);
	mp_put_array(b, 7);
	mp_put_u64(b, 1);
	mp_put_bin(b, t->ana->genesis, 32);
	mp_put_bin(b, t->said.head, 32);
	mp_put_bin(b, t->said.known, 32);
	mp_put_array(b, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		uint8_t did[16] = {dids ? dids[i] : (uint8_t)(i + 1)};

		mp_put_array(b, 3);
		mp_put_bin(b, did, sizeof did);
		mp_put_u64(b, count);
		mp_put_bin(b, t->said.head, 32);
	}
	mp_put_array(b, 0);
	mp_put_bin(b, t->said.nonce, 32);
}

static void form_is_checked(void **state)
{
	struct talk *t = *state;
	struct buf b;

	buf_init(&b, 0);
	put_reveal(&b, t, (const uint8_t[]){1, 2}, 2, 1);
	assert_int_equal(open_promised(t, &b), 0);
	put_reveal(&b, t, (const uint8_t[]){2, 1}, 2, 1);
	assert_int_equal(open_promised(t, &b), ERR_SHAPE);
	put_reveal(&b, t, (const uint8_t[]){2, 2}, 2, 1);
	assert_int_equal(open_promised(t, &b), ERR_SHAPE);
	put_reveal(&b, t, (const uint8_t[]){2}, 1, 0);
	assert_int_equal(open_promised(t, &b), ERR_SHAPE);
	put_reveal(&b, t, (const uint8_t[]){2}, 1, MP_NUMBER_MAX + 1);
	assert_int_equal(open_promised(t, &b), ERR_SHAPE);
	put_reveal(&b, t, NULL, CHECK_DEVICES, 1);
	assert_int_equal(open_promised(t, &b), 0);
	put_reveal(&b, t, NULL, CHECK_DEVICES + 1, 1);
	assert_int_equal(open_promised(t, &b), ERR_SHAPE);
	put_reveal(&b, t, NULL, 1, 1);
	buf_put_u8(&b, 0);
	assert_int_equal(open_promised(t, &b), ERR_CANON);
	put_reveal(&b, t, NULL, 1, 1);
	b.data[1] = 2;
	assert_int_equal(open_promised(t, &b), ERR_SUITE);
	buf_truncate(&b, b.len - 1);
	assert_int_equal(open_promised(t, &b), ERR_PROTO);
	buf_wipe(&b);
}

static void form_of_a_commitment_is_checked(void **state)
{
	struct talk *t = *state;
	uint8_t was = t->commit.data[1];

	t->commit.data[1] = 2;
	assert_int_equal(open_commit(t, &t->first, t->ana), ERR_SUITE);
	t->commit.data[1] = was;
	t->commit.len--;
	assert_int_equal(open_commit(t, &t->first, t->ana), ERR_PROTO);
	t->commit.len++;
	t->commit.data[0]++;
	assert_int_equal(open_commit(t, &t->first, t->ana), ERR_PROTO);
	t->commit.data[0]--;
	assert_int_equal(open_commit(t, &t->first, t->ana), 0);
}

static void what_is_too_long_is_not_read(void **state)
{
	static uint8_t much[CHECK_MAX + 1];
	struct talk *t = *state;
	struct check_commit commit = {{0}, {0}};
	struct check_reveal heard;

	assert_int_equal(check_commit_open(much, sizeof much, &t->first, t->ana->chain, &commit), ERR_TOO_BIG);
	assert_int_equal(check_commit_open(much, sizeof much - 1, &t->first, t->ana->chain, &commit), ERR_PROTO);
	assert_int_equal(check_reveal_open(much, sizeof much, &commit, t->ana->genesis, &heard), ERR_TOO_BIG);
	assert_int_equal(check_reveal_open(much, sizeof much - 1, &commit, t->ana->genesis, &heard), ERR_HASH);
}

static void the_largest_statement_fits(void **state)
{
	struct talk *t = *state;
	struct buf b;

	t->said.sent.n = t->said.held.n = 0;
	for (uint8_t i = 0; i < CHECK_DEVICES; i++) {
		add(&t->said.sent, i, MP_NUMBER_MAX);
		add(&t->said.held, i, MP_NUMBER_MAX);
	}
	buf_init(&b, 0);
	assert_int_equal(check_reveal_put(&t->said, &b), 0);
	assert_int_equal(open_promised(t, &b), 0);
	struct check_stream more = {.did = {CHECK_DEVICES}, .count = 1};
	assert_int_equal(check_streams_add(&t->said.sent, &more), ERR_RANGE);
	assert_int_equal(check_streams_add(&t->said.sent, &t->said.sent.at[3]), ERR_EXISTS);
	buf_reset(&b);
	t->said.sent.at[0].count++;
	assert_int_equal(check_reveal_put(&t->said, &b), ERR_RANGE);
	t->said.sent.at[0].count = 0;
	assert_int_equal(check_reveal_put(&t->said, &b), ERR_RANGE);
	assert_int_equal(b.len, 0);
	buf_wipe(&b);
}

static void records_count_in_any_order(void **state)
{
	uint8_t one[3][32] = {{3}, {1}, {2}}, other[3][32] = {{1}, {2}, {3}}, less[2][32] = {{1}, {2}};
	uint8_t a[32], b[32], c[32];

	(void)state;
	assert_int_equal(check_stream_hash(one, 3, a), 0);
	assert_int_equal(check_stream_hash(other, 3, b), 0);
	assert_int_equal(check_stream_hash(less, 2, c), 0);
	assert_memory_equal(a, b, 32);
	assert_memory_not_equal(a, c, 32);
	assert_int_equal(check_stream_hash(NULL, 0, c), 0);
}

/* --- words --- */

struct sides {
	struct check_side ana, jo;
	struct check_streams from_ana, from_jo;
	uint8_t heads[2][32], nonces[2][32];
};

static void see(struct sides *s, const struct talk *t)
{
	memset(s, 0, sizeof *s);
	memset(s->nonces[1], 7, 32);
	add(&s->from_ana, 1, 5);
	add(&s->from_jo, 2, 6);
	s->ana = (struct check_side){t->ana->genesis, s->heads[0], &s->from_ana, s->nonces[0]};
	s->jo = (struct check_side){t->jo->genesis, s->heads[1], &s->from_jo, s->nonces[1]};
}

static void equal_views_give_equal_words(void **state)
{
	struct talk *t = *state;
	uint8_t a[CHECK_BITS], b[CHECK_BITS];
	struct sides x, y;

	see(&x, t);
	see(&y, t);
	assert_int_equal(check_words(&x.ana, &x.jo, a), 0);
	assert_int_equal(check_words(&y.jo, &y.ana, b), 0);
	assert_memory_equal(a, b, sizeof a);
	assert_int_equal(check_words(&x.ana, &x.ana, b), ERR_ARG);
}

static void any_difference_gives_other_words(void **state)
{
	struct talk *t = *state;
	uint8_t a[CHECK_BITS], b[CHECK_BITS];
	struct sides x, y;

	see(&x, t);
	assert_int_equal(check_words(&x.ana, &x.jo, a), 0);
	for (unsigned i = 0; i < 9; i++) {
		struct check_side *who[] = {&y.ana, &y.jo};

		see(&y, t);
		uint8_t *const changed[] = {y.heads[0],
		                            y.heads[1],
		                            y.nonces[0],
		                            y.nonces[1],
		                            y.from_ana.at[0].did,
		                            (uint8_t *)&y.from_ana.at[0].count,
		                            y.from_jo.at[0].hash,
		                            NULL,
		                            NULL};
		if (changed[i])
			*changed[i] ^= 1;
		else if (i == 7)
			y.from_jo.n = 0;
		else
			who[0]->genesis = y.heads[0];
		assert_int_equal(check_words(&y.ana, &y.jo, b), 0);
		assert_memory_not_equal(a, b, sizeof a);
	}
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(what_is_said_is_read),
	    CASE(the_box_is_the_same_from_both_sides),
	    CASE(a_commitment_is_for_its_place_alone),
	    CASE(an_answer_is_for_one_commitment_alone),
	    CASE(a_commitment_is_its_persons_alone),
	    CASE(another_statement_than_promised_is_refused),
	    CASE(form_is_checked),
	    CASE(form_of_a_commitment_is_checked),
	    CASE(what_is_too_long_is_not_read),
	    CASE(the_largest_statement_fits),
	    cmocka_unit_test(records_count_in_any_order),
	    CASE(equal_views_give_equal_words),
	    CASE(any_difference_gives_other_words),
	};

	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
