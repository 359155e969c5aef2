/* Totals, bands, patterns and flags of the questionnaires, as published; what is not computed; and that no record says
 * another total than its answers make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "client/care/kinds.h"
#include "client/care/measure.h"
#include "client/care/measures.h"
#include "client/care/measures_score.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/mp.h"

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))
#define X MEASURES_MISSING

static struct measures_score score_of(const char *id, const int *answers, size_t n)
{
	struct measures_score s;
	const struct measures_instrument *m = measures_find(id);
	assert_non_null(m);
	assert_int_equal(measures_score(m, answers, n, &s), 0);
	return s;
}

static const char *band_of(const char *id, int total)
{
	return measures_band(measures_find(id), total);
}

/* --- PHQ-9 --- */

static const struct phq9_row {
	int answers[9], total;
	const char *band;
	bool flag;
	enum measures_count count;
} phq9_rows[] = {
    {{1, 1, 1, 1, 1, 1, 1, 1, 1}, 9, "mild", true, MEASURES_COUNT_NEITHER},
    {{0, 0, 0, 0, 0, 0, 0, 0, 1}, 1, "minimal", true, MEASURES_COUNT_NEITHER},
    {{2, 2, 1, 1, 1, 1, 1, 0, 1}, 10, "moderate", true, MEASURES_COUNT_OTHER},
    {{2, 0, 2, 2, 2, 0, 0, 0, 1}, 9, "mild", true, MEASURES_COUNT_MAJOR},
    {{0, 0, 3, 3, 3, 3, 3, 3, 0}, 18, "moderately severe", false, MEASURES_COUNT_NEITHER},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0}, 0, "minimal", false, MEASURES_COUNT_NEITHER},
    {{3, 3, 3, 3, 3, 3, 3, 3, 3}, 27, "severe", true, MEASURES_COUNT_MAJOR},
};

static void test_phq9(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(phq9_rows); i++) {
		struct measures_score s = score_of("phq9", phq9_rows[i].answers, 9);
		assert_true(s.complete && s.has_total);
		assert_int_equal(s.total, phq9_rows[i].total);
		assert_string_equal(band_of("phq9", s.total), phq9_rows[i].band);
		assert_int_equal(s.safety, phq9_rows[i].flag);
		assert_int_equal(s.count, phq9_rows[i].count);
		assert_int_equal(s.parts[0], phq9_rows[i].answers[0] + phq9_rows[i].answers[1]);
		assert_false(s.has_pattern);
	}
}

static void test_bands(void **state)
{
	static const struct {
		const char *id;
		int total;
		const char *words;
	} rows[] = {
	    {"phq9", 4, "minimal"},
	    {"phq9", 5, "mild"},
	    {"phq9", 9, "mild"},
	    {"phq9", 10, "moderate"},
	    {"phq9", 14, "moderate"},
	    {"phq9", 15, "moderately severe"},
	    {"phq9", 19, "moderately severe"},
	    {"phq9", 20, "severe"},
	    {"phq9", 27, "severe"},
	    {"gad7", 4, "minimal"},
	    {"gad7", 5, "mild"},
	    {"gad7", 9, "mild"},
	    {"gad7", 10, "moderate"},
	    {"gad7", 14, "moderate"},
	    {"gad7", 15, "severe"},
	    {"gad7", 21, "severe"},
	    {"who5", 48, "below 50"},
	    {"who5", 52, "50 or more"},
	    {"isi", 7, "0 to 7"},
	    {"isi", 8, "8 to 14"},
	    {"isi", 14, "8 to 14"},
	    {"isi", 15, "15 to 21"},
	    {"isi", 21, "15 to 21"},
	    {"isi", 22, "22 to 28"},
	    {"isi", 28, "22 to 28"},
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_string_equal(band_of(rows[i].id, rows[i].total), rows[i].words);
	/* bands meet without a gap and without one total in two of them, and go to the top */
	assert_int_equal(measures_highest(measures_find("phq9")), 27);
	assert_int_equal(measures_highest(measures_find("gad7")), 21);
	assert_int_equal(measures_highest(measures_find("pcl5")), 80);
	assert_int_equal(measures_highest(measures_find("who5")), 100);
	assert_int_equal(measures_highest(measures_find("isi")), 28);
	for (size_t i = 0; measures_at(i); i++)
		for (size_t b = 1; b < MEASURES_BANDS && measures_at(i)->bands[b].words; b++)
			assert_true(measures_at(i)->bands[b].from > measures_at(i)->bands[b - 1].from);
}

/* --- missing answers --- */

static void test_incomplete(void **state)
{
	static const int six[9] = {3, 3, 3, 3, 3, 3, X, X, X};
	static const int last_only[9] = {X, X, X, X, X, X, X, X, 1};
	static const int eight[9] = {1, 1, 1, 1, 1, 1, 1, X, 1};
	(void)state;
	struct measures_score s = score_of("phq9", six, 9);
	assert_int_equal(s.answered, 6);
	assert_false(s.complete || s.has_total || s.can_prorate || s.safety);
	assert_int_equal(s.count, MEASURES_COUNT_UNKNOWN);
	assert_int_equal(s.parts[0], 6);
	/* item 9 counts whatever is missing */
	s = score_of("phq9", last_only, 9);
	assert_true(s.safety && !s.has_total);
	assert_int_equal(s.safety_answer, 1);
	assert_int_equal(s.parts[0], MEASURES_MISSING);
	/* one or two missing may be prorated: 8 answers of 1 make 9 */
	s = score_of("phq9", eight, 9);
	assert_true(s.can_prorate && !s.has_total);
	assert_int_equal(s.prorated, 9);
	static const int seven[9] = {0, 0, 0, 0, 0, 0, X, X, 1};
	assert_int_equal(score_of("phq9", seven, 9).prorated, 1); /* 1.29 */
	static const int others[7] = {1, 1, 1, 1, 1, 1, X};
	assert_false(score_of("gad7", others, 7).can_prorate);
	static const int who[5] = {5, 5, 5, 5, X};
	s = score_of("who5", who, 5);
	assert_false(s.has_total || s.can_prorate);
}

static void test_refused(void **state)
{
	static const int four[9] = {0, 0, 0, 0, 4, 0, 0, 0, 0};
	static const int below[9] = {0, 0, 0, 0, -2, 0, 0, 0, 0};
	static const int who_six[5] = {6, 0, 0, 0, 0};
	struct measures_score s;
	(void)state;
	assert_int_equal(measures_score(measures_find("phq9"), four, 9, &s), ERR_RANGE);
	assert_int_equal(measures_score(measures_find("phq9"), below, 9, &s), ERR_RANGE);
	assert_int_equal(measures_score(measures_find("phq9"), four, 8, &s), ERR_SHAPE);
	assert_int_equal(measures_score(measures_find("who5"), who_six, 5, &s), ERR_RANGE);
}

/* --- PCL-5 --- */

static void test_pcl5(void **state)
{
	int answers[20] = {0};
	(void)state;
	answers[0] = answers[5] = answers[7] = answers[8] = answers[14] = answers[15] = 2;
	struct measures_score s = score_of("pcl5", answers, 20);
	assert_int_equal(s.total, 12);
	assert_int_equal(s.parts[0], 2);
	assert_int_equal(s.parts[1], 2);
	assert_int_equal(s.parts[2], 4);
	assert_int_equal(s.parts[3], 4);
	assert_true(s.has_pattern && s.pattern);
	assert_true(s.total < measures_find("pcl5")->cut);
	assert_true(s.safety); /* item 16 is 2 */
	assert_int_equal(measures_find("pcl5")->safety, MEASURES_REVIEW);
	for (int i = 0; i < 20; i++)
		answers[i] = i < 5 ? 4 : i < 7 ? 0 : i < 14 ? 2 : 0;
	s = score_of("pcl5", answers, 20);
	assert_int_equal(s.total, 34);
	assert_true(s.total >= measures_find("pcl5")->cut);
	assert_true(s.has_pattern && !s.pattern);
	assert_false(s.safety);
	assert_int_equal(measures_find("pcl5")->cut, 33);
	answers[19] = X;
	s = score_of("pcl5", answers, 20);
	assert_false(s.has_total || s.has_pattern || s.pattern);
}

/* --- others --- */

static void test_who5(void **state)
{
	static const int twelve[5] = {3, 3, 2, 2, 2}, thirteen[5] = {3, 3, 3, 2, 2}, none[5] = {0},
	                 all[5] = {5, 5, 5, 5, 5};
	(void)state;
	assert_int_equal(score_of("who5", twelve, 5).total, 48);
	assert_int_equal(score_of("who5", thirteen, 5).total, 52);
	/* the sum times 4: not (sum - 5) times 4, and 0 is an answer */
	assert_int_equal(score_of("who5", none, 5).total, 0);
	assert_int_equal(score_of("who5", all, 5).total, 100);
}

static void test_cgi(void **state)
{
	static const int both[2] = {4, 2};
	(void)state;
	struct measures_score s = score_of("cgi", both, 2);
	assert_true(s.complete && !s.has_total);
	assert_true(measures_find("cgi")->clinician);
	assert_string_equal(measures_word(measures_find("cgi"), 1, 4), "Moderately ill");
	assert_string_equal(measures_word(measures_find("cgi"), 2, 2), "Much improved");
	assert_null(measures_word(measures_find("cgi"), 2, 8));
}

static void test_never_summed(void **state)
{
	(void)state;
	assert_true(measures_never_summed("C-SSRS"));
	assert_true(measures_never_summed("mdq"));
	assert_false(measures_never_summed("phq9"));
	assert_null(measures_find("cssrs"));
	assert_null(measures_find("mdq"));
}

/* --- the texts --- */

static void test_texts(void **state)
{
	static const struct {
		const char *id;
		int items;
		const char *first, *last;
	} rows[] = {
	    {"phq9", 9, "Little interest or pleasure in doing things",
	     "Thoughts that you would be better off dead or of hurting yourself in some way"},
	    {"phq2", 2, "Little interest or pleasure in doing things", "Feeling down, depressed, or hopeless"},
	    {"gad7", 7, "Feeling nervous, anxious or on edge", "Feeling afraid as if something awful might happen"},
	    {"pcl5", 20, "Repeated, disturbing, and unwanted memories of the stressful experience?",
	     "Trouble falling or staying asleep?"},
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct measures_instrument *m = measures_find(rows[i].id);
		assert_int_equal(m->n_items, rows[i].items);
		assert_string_equal(m->items[0], rows[i].first);
		assert_string_equal(m->items[m->n_items - 1], rows[i].last);
		assert_string_equal(m->answers[0], "Not at all");
	}
	for (size_t i = 0; measures_at(i); i++) {
		const struct measures_instrument *m = measures_at(i);
		assert_true(m->licence && m->attribution && m->source && m->about && m->window && m->version > 0);
		for (int k = 0; k < m->n_items && measures_has_text(m); k++)
			assert_true(m->items[k] && content_check_text(m->items[k], strlen(m->items[k]), NULL) == 0);
		assert_null(m->items[m->n_items]);
		for (int v = m->least; v <= m->most && measures_has_text(m); v++)
			assert_non_null(measures_word(m, 1, v));
	}
	/* what may not be shipped is not */
	assert_false(measures_has_text(measures_find("who5")));
	assert_false(measures_has_text(measures_find("isi")));
	assert_ptr_equal(measures_find("PHQ-9"), measures_find("phq9"));
	assert_null(measures_find("phq"));
	assert_null(measures_find(""));
	assert_non_null(measures_find("phq9")->functional);
	assert_null(measures_find("pcl5")->functional);
}

/* --- in a record --- */

static struct content *record_of(const char *id, const int *answers, size_t n)
{
	struct content *c = content_new(&(struct content_head){.kind = MEASURE_KIND, .at_ms = 1, .made_ms = 1});
	struct buf list;
	buf_init(&list, 0);
	mp_put_array(&list, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		mp_put_i64(&list, answers[i]);
	assert_int_equal(content_set_str(c, MEASURE_INSTRUMENT, id, strlen(id)), 0);
	assert_int_equal(content_set_u64(c, MEASURE_VERSION, 1), 0);
	assert_int_equal(content_set_array(c, MEASURE_ANSWERS, list.data, list.len), 0);
	buf_wipe(&list);
	return c;
}

/* As the author's device and the reader's see it: both go through the same rows. */
static int try(struct content *c)
{
	struct content *again = NULL;
	struct buf bytes;
	buf_init(&bytes, 0);
	int err = content_encode(c, &care_kinds, &bytes);
	if (!err) {
		assert_int_equal(content_decode(bytes.data, bytes.len, &care_kinds, &again), 0);
		content_free(again);
	} else {
		/* a device that does not check seals it; the reader's refuses it */
		assert_int_equal(content_encode(c, &content_base_kinds, &bytes), 0);
		assert_int_equal(content_decode(bytes.data, bytes.len, &care_kinds, &again), err);
	}
	buf_wipe(&bytes);
	return err;
}

static void test_record(void **state)
{
	static const int ones[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1}, some[9] = {1, 1, X, 1, 1, 1, 1, 1, 1};
	static const int four[9] = {4, 1, 1, 1, 1, 1, 1, 1, 1};
	(void)state;
	struct content *c = record_of("phq9", ones, 9);
	content_set_bool(c, MEASURE_COMPLETE, true);
	content_set_u64(c, MEASURE_TOTAL, 9);
	assert_int_equal(try(c), 0);
	content_set_u64(c, MEASURE_DIFFICULTY, 1);
	assert_int_equal(try(c), 0);
	content_set_u64(c, MEASURE_TOTAL, 10);
	assert_int_equal(try(c), ERR_SCHEMA);
	content_drop(c, MEASURE_TOTAL);
	assert_int_equal(try(c), ERR_SCHEMA);
	content_set_u64(c, MEASURE_TOTAL, 9);
	content_set_bool(c, MEASURE_COMPLETE, false);
	assert_int_equal(try(c), ERR_SCHEMA);
	content_set_bool(c, MEASURE_COMPLETE, true);
	content_set_str(c, MEASURE_EXT_NAME, "MDQ", 3);
	assert_int_equal(try(c), ERR_SCHEMA);
	content_free(c);
	/* incomplete: no total, unless it says that it is prorated, and then the right one */
	c = record_of("phq9", some, 9);
	assert_int_equal(try(c), 0);
	content_set_u64(c, MEASURE_TOTAL, 9);
	assert_int_equal(try(c), ERR_SCHEMA);
	content_set_bool(c, MEASURE_PRORATED, true);
	assert_int_equal(try(c), 0);
	content_set_u64(c, MEASURE_TOTAL, 8);
	assert_int_equal(try(c), ERR_SCHEMA);
	content_free(c);
	c = record_of("phq9", four, 9);
	assert_int_equal(try(c), ERR_SCHEMA);
	content_free(c);
	c = record_of("phq9", ones, 8);
	assert_int_equal(try(c), ERR_SCHEMA);
	content_free(c);
}

static void test_record_foreign(void **state)
{
	static const int some[3] = {7, X, 100};
	(void)state;
	/* of a clinic's own questionnaire anything within bounds is kept */
	struct content *c = record_of("garden-walk", some, 3);
	content_set_u64(c, MEASURE_TOTAL, 42);
	assert_int_equal(try(c), 0);
	assert_null(measure_known(c));
	content_drop(c, MEASURE_ANSWERS);
	assert_int_equal(try(c), ERR_SCHEMA);
	content_drop(c, MEASURE_INSTRUMENT);
	assert_int_equal(try(c), ERR_SCHEMA);
	/* from elsewhere: a name and a total that is not above the highest */
	content_drop(c, MEASURE_TOTAL);
	content_set_str(c, MEASURE_EXT_NAME, "MDQ", 3);
	assert_int_equal(try(c), ERR_SCHEMA);
	content_set_u64(c, MEASURE_EXT_TOTAL, 13);
	assert_int_equal(try(c), 0);
	content_set_u64(c, MEASURE_EXT_MAX, 12);
	assert_int_equal(try(c), ERR_SCHEMA);
	content_set_u64(c, MEASURE_EXT_MAX, 13);
	assert_int_equal(try(c), 0);
	content_free(c);
	/* another version than the one known here: its answers are another questionnaire's */
	static const int eight[8] = {0};
	c = record_of("phq9", eight, 8);
	assert_int_equal(try(c), ERR_SCHEMA);
	content_set_u64(c, MEASURE_VERSION, 2);
	assert_int_equal(try(c), 0);
	content_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_phq9),         cmocka_unit_test(test_bands),
	    cmocka_unit_test(test_incomplete),   cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_pcl5),         cmocka_unit_test(test_who5),
	    cmocka_unit_test(test_cgi),          cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_record),       cmocka_unit_test(test_record_foreign),
	    cmocka_unit_test(test_never_summed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
