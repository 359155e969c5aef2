/* Numbers over time: what makes a point and what does not, for whom; and how they are drawn, in 76 columns, in ASCII
 * and as XML. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/chart.h"
#include "client/book/packs.h"
#include "client/book/people.h"
#include "client/book/trend.h"
#include "client/book/write.h"
#include "client/book/write_care.h"
#include "client/care/checkin.h"
#include "client/care/flag.h"
#include "client/care/measure.h"
#include "client/ui/plot.h"
#include "client/ui/text.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "tests/unit/support/circle.h"
#include "tests/unit/support/circle_words.h"

#define X (-1)

static struct circle *c;

static int setup(void **state)
{
	(void)state;
	c = circle_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	circle_free(c);
	return 0;
}

/* --- what people write --- */

static void put_care(enum circle_who who, const struct care_kind *kind, struct content *fields, uint64_t at_ms)
{
	struct write_ctx *ctx = circle_write(c, who);
	struct write_care w = {.kind = kind, .fields = fields, .at_ms = at_ms};
	w.about = people_by_pid(ctx->people, circle_genesis(c, CIRCLE_JO));
	assert_int_equal(write_care(ctx, &w, NULL), 0);
	content_free(fields);
}

static void check_in(uint64_t mood, uint64_t at_ms)
{
	struct content *f = content_new(&(struct content_head){.kind = CHECKIN_KIND});
	content_set_u64(f, CHECKIN_MOOD, mood);
	put_care(CIRCLE_JO, &care_checkin, f, at_ms);
}

static void enter(int mood, uint64_t at_ms)
{
	struct write_entry e = circle_plain("words");
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	e.mood = mood;
	e.at_ms = at_ms;
	assert_int_equal(write_entry(ctx, &e, NULL), 0);
}

static struct content *filled(const char *id, const int *answers, uint32_t n, int total)
{
	struct content *f = content_new(&(struct content_head){.kind = MEASURE_KIND});
	struct buf list;
	buf_init(&list, 0);
	mp_put_array(&list, n);
	for (uint32_t i = 0; i < n; i++)
		mp_put_i64(&list, answers[i]);
	content_set_str(f, MEASURE_INSTRUMENT, id, strlen(id));
	content_set_u64(f, MEASURE_VERSION, 1);
	content_set_array(f, MEASURE_ANSWERS, list.data, list.len);
	content_set_bool(f, MEASURE_COMPLETE, total >= 0);
	if (total >= 0)
		content_set_u64(f, MEASURE_TOTAL, (uint64_t)total);
	buf_wipe(&list);
	return f;
}

static struct trend *load(enum circle_who who, uint64_t since_ms)
{
	struct packs *packs = NULL;
	struct trend *t = NULL;
	const struct write_ctx *ctx = circle_write(c, who);
	struct chart chart = {ctx->book, ctx->people, people_by_pid(ctx->people, circle_genesis(c, CIRCLE_JO))};
	scratch_vault_commit(circle_vault(c, who));
	assert_int_equal(packs_load(circle_vault(c, who)->vault, &packs), 0);
	assert_int_equal(trend_load(&chart, packs, since_ms, &t), 0);
	packs_free(packs);
	return t;
}

static void test_points(void **state)
{
	static const int ones[9] = {1, 1, 1, 1, 1, 1, 1, 1, 0}, some[9] = {3, 3, X, 3, 3, 3, 3, 3, 0};
	static const int cgi[2] = {4, 0};
	(void)state;
	enter(7, 30000);
	enter(-1, 31000);
	check_in(3, 10000);
	check_in(11, 12000); /* rather not say */
	enter(0, 20000);
	put_care(CIRCLE_JO, &care_measure, filled("phq9", ones, 9, 8), 15000);
	put_care(CIRCLE_JO, &care_measure, filled("phq9", some, 9, -1), 16000);
	circle_send(c, CIRCLE_JO);
	struct trend *t = load(CIRCLE_JO, 0);
	assert_int_equal(t->n, 2);
	const struct trend_series *mood = trend_find(t, "mood"), *phq9 = trend_find(t, "PHQ-9");
	assert_int_equal(mood->n, 3);
	assert_int_equal(mood->points[0].value, 3);
	assert_int_equal(mood->points[1].value, 0);
	assert_int_equal(mood->points[2].value, 7);
	assert_true(mood->least == 0 && mood->most == 10);
	assert_int_equal(phq9->n, 1);
	assert_int_equal(phq9->points[0].value, 8);
	assert_int_equal(phq9->points[0].at_ms, 15000);
	assert_true(phq9->least == 0 && phq9->most == 27);
	assert_null(trend_find(t, "gad7"));
	trend_free(t);
	/* from a moment on; what is exactly there counts */
	t = load(CIRCLE_JO, 20000);
	assert_int_equal(t->n, 1);
	assert_int_equal(t->series[0].n, 2);
	trend_free(t);
	/* a prescriber sees the total and not what stands in private entries */
	circle_catch_up(c, CIRCLE_OSEI);
	struct content *rated = filled("cgi", cgi, 2, -1);
	content_set_bool(rated, MEASURE_COMPLETE, true);
	put_care(CIRCLE_OSEI, &care_measure, rated, 40000);
	t = load(CIRCLE_OSEI, 0);
	assert_null(trend_find(t, "mood"));
	assert_int_equal(trend_find(t, "phq9")->n, 1);
	trend_free(t);
}

static void test_ratings(void **state)
{
	static const int rated[2] = {4, 0};
	struct content *f = filled("cgi", rated, 2, -1), *ext = content_new(&(struct content_head){.kind = MEASURE_KIND});
	(void)state;
	content_set_bool(f, MEASURE_COMPLETE, true);
	put_care(CIRCLE_ANA, &care_measure, f, 40000);
	content_set_str(ext, MEASURE_EXT_NAME, "MDQ", 3);
	content_set_u64(ext, MEASURE_EXT_TOTAL, 7);
	content_set_u64(ext, MEASURE_EXT_MAX, 13);
	put_care(CIRCLE_ANA, &care_measure, ext, 41000);
	struct trend *t = load(CIRCLE_ANA, 0);
	assert_int_equal(t->n, 2);
	assert_true(trend_find(t, "cgi-s")->least == 1 && trend_find(t, "cgi-s")->most == 7);
	assert_int_equal(trend_find(t, "cgi-s")->points[0].value, 4);
	assert_null(trend_find(t, "cgi-i")); /* not assessed */
	assert_int_equal(trend_find(t, "mdq")->points[0].value, 7);
	assert_int_equal(trend_find(t, "mdq")->most, 13);
	trend_free(t);
	t = load(CIRCLE_ANA, 50000);
	assert_int_equal(t->n, 0);
	trend_free(t);
}

/* A flag that the client's device raises is for whom the answers were for, and there is one for a cause. */
static void test_flag(void **state)
{
	static const int nine[9] = {0, 0, 0, 0, 0, 0, 0, 0, 1};
	(void)state;
	put_care(CIRCLE_JO, &care_measure, filled("phq9", nine, 9, 1), 15000);
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	const struct person *to[] = {people_by_pid(ctx->people, circle_genesis(c, CIRCLE_ANA))};
	const struct book_item *measure = circle_last(ctx, c, MEASURE_KIND, CIRCLE_JO);
	struct write_flag flag = {.about = people_by_pid(ctx->people, circle_genesis(c, CIRCLE_JO)),
	                          .cause = FLAG_ITEM_9,
	                          .severity = FLAG_URGENT,
	                          .text = "PHQ-9 item 9 = 1 (total 1)",
	                          .source = measure,
	                          .to = to,
	                          .n_to = 1};
	assert_int_equal(write_flag(ctx, &flag), 0);
	circle_send(c, CIRCLE_JO);
	circle_catch_up(c, CIRCLE_ANA);
	circle_catch_up(c, CIRCLE_OSEI);
	assert_non_null(circle_see(c, CIRCLE_ANA, FLAG_KIND, CIRCLE_JO));
	assert_null(circle_see(c, CIRCLE_OSEI, FLAG_KIND, CIRCLE_JO));
	ctx = circle_write(c, CIRCLE_JO);
	flag.about = people_by_pid(ctx->people, circle_genesis(c, CIRCLE_JO));
	flag.source = circle_last(ctx, c, MEASURE_KIND, CIRCLE_JO);
	to[0] = people_by_pid(ctx->people, circle_genesis(c, CIRCLE_ANA));
	assert_int_equal(write_flag(ctx, &flag), ERR_EXISTS);
}

/* --- drawing --- */

static void assert_drawn(const struct plot *p, bool ascii)
{
	struct buf text;
	size_t lines = 0;
	buf_init(&text, 0);
	assert_int_equal(plot_text(p, ascii, &text), 0);
	for (const char *at = (const char *)text.data, *end; at < (const char *)text.data + text.len; at = end + 1) {
		end = memchr(at, '\n', (size_t)((const char *)text.data + text.len - at));
		assert_non_null(end);
		assert_true(text_width(at, (size_t)(end - at)) <= TEXT_COLUMNS);
		assert_true(end > at && end[-1] != ' ');
		lines++;
	}
	assert_int_equal(lines, 13);
	for (size_t i = 0; ascii && i < text.len; i++)
		assert_true(text.data[i] == '\n' || (text.data[i] >= 0x20 && text.data[i] < 0x7f));
	assert_true(text_valid((const char *)text.data, text.len));
	buf_wipe(&text);
}

static void test_text(void **state)
{
	struct plot_point points[400];
	struct plot p = {"t", "n", 0, 27, points, 1, 0, 0};
	(void)state;
	points[0] = (struct plot_point){1000, 0, 0};
	p.from_s = p.to_s = 1000;
	assert_drawn(&p, true);
	assert_drawn(&p, false);
	for (int i = 0; i < 400; i++)
		points[i] = (struct plot_point){i * 86400, 60, i % 28};
	p.n = 400;
	p.from_s = 0;
	p.to_s = 399 * 86400;
	assert_drawn(&p, true);
	assert_drawn(&p, false);
	/* values and times beyond the edges stand at the edges */
	points[0].value = -5;
	points[1].value = 100000;
	p.n = 2;
	p.from_s = 86400;
	p.most = 1;
	assert_drawn(&p, true);
	/* two points: what stands where */
	struct plot_point two[] = {{0, 0, 0}, {65 * 86400, 0, 10}};
	struct plot q = {"t", "n", 0, 10, two, 2, 0, 65 * 86400};
	struct buf text;
	buf_init(&text, 0);
	assert_int_equal(plot_text(&q, true, &text), 0);
	buf_put_u8(&text, 0);
	const char *lines = (const char *)text.data;
	assert_memory_equal(lines, "  10 +", 6);
	assert_int_equal(strcspn(lines, "*"), 6 + 65);
	assert_non_null(strstr(lines, "   5 +"));
	assert_non_null(strstr(lines, "   0 +*"));
	assert_non_null(strstr(lines, "Thu 1 Jan 1970"));
	assert_non_null(strstr(lines, "Sat 7 Mar 1970\n"));
	buf_wipe(&text);
}

static void test_svg(void **state)
{
	struct plot_point points[3] = {{0, 0, 1}, {86400, 0, 5}, {2 * 86400, 0, 3}};
	struct plot plots[2] = {{"<b>&\"\x01", "0 to 10", 0, 10, points, 3, 0, 2 * 86400},
	                        {"PHQ-9", NULL, 0, 27, points, 1, 0, 0}};
	struct buf svg;
	(void)state;
	buf_init(&svg, 0);
	assert_int_equal(plot_svg("Jo M. & <co>", plots, 2, &svg), 0);
	buf_put_u8(&svg, 0);
	const char *text = (const char *)svg.data;
	assert_memory_equal(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg ", 44);
	assert_non_null(strstr(text, "<title>Jo M. &amp; &lt;co&gt;</title>"));
	assert_non_null(strstr(text, "&lt;b&gt;&amp;&quot; </text>"));
	assert_null(strstr(text, "<b>"));
	assert_non_null(strstr(text, "<title>Fri 2 Jan 1970, 12:00 am: 5</title>"));
	assert_non_null(strstr(text, ">27</text>"));
	assert_null(strstr(text, "nan"));
	assert_non_null(strstr(text, "</svg>\n"));
	buf_wipe(&svg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_points, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_ratings, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_flag, setup, teardown),
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_svg),
	};
	assert_int_equal(crypto_init(), 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
