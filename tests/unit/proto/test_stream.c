/* test_stream: a gap, a repeat, a reordering, another history, a record whose wrap was taken away, and the end of
 * numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/err.h"
#include "proto/stream.h"

struct sent {
	uint64_t seq;
	uint8_t prev[32], rid[32];
};

#define N 5

/* What a writer numbers. */
static void write_all(struct sent all[N])
{
	struct stream s = {0};

	for (unsigned i = 0; i < N; i++) {
		assert_int_equal(stream_next(&s, &all[i].seq, all[i].prev), 0);
		memset(all[i].rid, (int)(0x10 + i), 32);
		assert_int_equal(stream_add(&s, all[i].rid), 0);
	}
}

static int take(struct stream *s, const struct sent *m)
{
	int err = stream_check(s, m->seq, m->prev);

	return err ? err : stream_add(s, m->rid);
}

static void in_order(void **state)
{
	static const uint8_t zero[32];
	struct sent all[N];
	struct stream s = {0};

	(void)state;
	write_all(all);
	assert_int_equal(all[0].seq, 1);
	assert_memory_equal(all[0].prev, zero, 32);
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(take(&s, &all[i]), 0);
	assert_int_equal(s.seq, N);
	assert_memory_equal(s.rid, all[N - 1].rid, 32);
}

/* Whatever order records come in, only the next one is taken, and a refusal changes nothing. */
static void only_the_next(void **state)
{
	struct sent all[N];
	struct stream s = {0}, before;

	(void)state;
	write_all(all);
	for (unsigned at = 0; at < N; at++) {
		for (unsigned i = 0; i < N; i++) {
			if (i == at)
				continue;
			before = s;
			assert_int_equal(take(&s, &all[i]), ERR_STREAM);
			assert_memory_equal(&s, &before, sizeof s);
		}
		assert_int_equal(take(&s, &all[at]), 0);
	}
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(take(&s, &all[i]), ERR_STREAM);
}

static void another_history(void **state)
{
	struct sent all[N], other;
	struct stream s = {0};

	(void)state;
	write_all(all);
	assert_int_equal(take(&s, &all[0]), 0);
	for (unsigned bit = 0; bit < 256; bit++) {
		other = all[1];
		other.prev[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(take(&s, &other), ERR_STREAM);
	}
	assert_int_equal(take(&s, &all[1]), 0);
}

static void first_must_be_first(void **state)
{
	struct stream s = {0};
	uint8_t prev[32] = {0};

	(void)state;
	assert_int_equal(stream_check(&s, 0, prev), ERR_STREAM);
	assert_int_equal(stream_check(&s, 2, prev), ERR_STREAM);
	assert_int_equal(stream_check(&s, 1, prev), 0);
	prev[31] = 1;
	assert_int_equal(stream_check(&s, 1, prev), ERR_STREAM);
}

/* Its place cannot be read, its rid can. */
static void taken_away_counts(void **state)
{
	struct sent all[N];
	struct stream s = {0};

	(void)state;
	write_all(all);
	assert_int_equal(take(&s, &all[0]), 0);
	assert_int_equal(stream_add(&s, all[1].rid), 0);
	assert_int_equal(take(&s, &all[2]), 0);
	/* control: passed over, the next one does not fit */
	s = (struct stream){0};
	assert_int_equal(take(&s, &all[0]), 0);
	assert_int_equal(take(&s, &all[2]), ERR_STREAM);
}

static void end_of_numbers(void **state)
{
	struct stream s = {.seq = UINT64_MAX - 1};
	uint8_t prev[32], rid[32] = {1};
	uint64_t seq;

	(void)state;
	assert_int_equal(stream_next(&s, &seq, prev), 0);
	assert_int_equal(stream_check(&s, seq, prev), 0);
	assert_int_equal(stream_add(&s, rid), 0);
	assert_int_equal(stream_next(&s, &seq, prev), ERR_RANGE);
	assert_int_equal(seq, 0);
	assert_int_equal(stream_check(&s, 0, rid), ERR_STREAM);
	assert_int_equal(stream_add(&s, rid), ERR_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(in_order),          cmocka_unit_test(only_the_next),
	    cmocka_unit_test(another_history),   cmocka_unit_test(first_must_be_first),
	    cmocka_unit_test(taken_away_counts), cmocka_unit_test(end_of_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
