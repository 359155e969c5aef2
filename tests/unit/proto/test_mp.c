/* test_mp: every value at the boundaries of its forms, written and read back, and the cursor's rules.
 * What the scan refuses is in test_mp_scan.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "proto/mp.h"

#define BYTES(s) (const uint8_t *)(s), sizeof(s) - 1
#define COUNT(a) (sizeof(a) / sizeof *(a))

static void expect(struct buf *b, const uint8_t *want, size_t len)
{
	assert_int_equal(buf_err(b), 0);
	assert_int_equal(b->len, len);
	assert_memory_equal(b->data, want, len);
}

/* Opens the only value of `b`, which must be an array of `count`. */
static struct mp_doc *open_buf(const struct buf *b, struct mp_cur *root, uint32_t count)
{
	struct mp_doc *doc = NULL;

	assert_int_equal(mp_scan(b->data, b->len), 0);
	assert_int_equal(mp_open(b->data, b->len, &doc, root), 0);
	assert_non_null(doc);
	assert_int_equal(mp_left(root), count);
	return doc;
}

static void unsigned_boundaries(void **state)
{
	static const struct {
		uint64_t v;
		const uint8_t *form;
		size_t len;
	} rows[] = {
	    {0, BYTES("\x91\x00")},
	    {127, BYTES("\x91\x7f")},
	    {128, BYTES("\x91\xcc\x80")},
	    {255, BYTES("\x91\xcc\xff")},
	    {256, BYTES("\x91\xcd\x01\x00")},
	    {65535, BYTES("\x91\xcd\xff\xff")},
	    {65536, BYTES("\x91\xce\x00\x01\x00\x00")},
	    {UINT32_MAX, BYTES("\x91\xce\xff\xff\xff\xff")},
	    {(uint64_t)UINT32_MAX + 1, BYTES("\x91\xcf\x00\x00\x00\x01\x00\x00\x00\x00")},
	    {INT64_MAX, BYTES("\x91\xcf\x7f\xff\xff\xff\xff\xff\xff\xff")},
	    {UINT64_MAX, BYTES("\x91\xcf\xff\xff\xff\xff\xff\xff\xff\xff")},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mp_cur root;
		struct mp_doc *doc;
		struct buf b;

		buf_init(&b, 0);
		mp_put_array(&b, 1);
		mp_put_u64(&b, rows[i].v);
		expect(&b, rows[i].form, rows[i].len);
		doc = open_buf(&b, &root, 1);
		assert_int_equal(mp_peek(&root), 'u');
		assert_int_equal(mp_u64(&root, rows[i].v, rows[i].v), rows[i].v);
		assert_int_equal(mp_done(&root), 0);
		mp_close(doc);
		if (rows[i].v <= INT64_MAX) {
			buf_reset(&b);
			mp_put_array(&b, 1);
			mp_put_i64(&b, (int64_t)rows[i].v);
			expect(&b, rows[i].form, rows[i].len);
		}
		/* as a signed number: the same, or out of range */
		doc = open_buf(&b, &root, 1);
		assert_int_equal(mp_i64(&root, INT64_MIN, INT64_MAX), rows[i].v <= INT64_MAX ? (int64_t)rows[i].v : 0);
		assert_int_equal(mp_done(&root), rows[i].v <= INT64_MAX ? 0 : ERR_SHAPE);
		mp_close(doc);
		buf_wipe(&b);
	}
}

static void negative_boundaries(void **state)
{
	static const struct {
		int64_t v;
		const uint8_t *form;
		size_t len;
	} rows[] = {
	    {-1, BYTES("\x91\xff")},
	    {-32, BYTES("\x91\xe0")},
	    {-33, BYTES("\x91\xd0\xdf")},
	    {-128, BYTES("\x91\xd0\x80")},
	    {-129, BYTES("\x91\xd1\xff\x7f")},
	    {-32768, BYTES("\x91\xd1\x80\x00")},
	    {-32769, BYTES("\x91\xd2\xff\xff\x7f\xff")},
	    {INT32_MIN, BYTES("\x91\xd2\x80\x00\x00\x00")},
	    {(int64_t)INT32_MIN - 1, BYTES("\x91\xd3\xff\xff\xff\xff\x7f\xff\xff\xff")},
	    {INT64_MIN, BYTES("\x91\xd3\x80\x00\x00\x00\x00\x00\x00\x00")},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mp_cur root;
		struct mp_doc *doc;
		struct buf b;

		buf_init(&b, 0);
		mp_put_array(&b, 1);
		mp_put_i64(&b, rows[i].v);
		expect(&b, rows[i].form, rows[i].len);
		doc = open_buf(&b, &root, 1);
		assert_int_equal(mp_peek(&root), 'i');
		assert_int_equal(mp_i64(&root, rows[i].v, rows[i].v), rows[i].v);
		assert_int_equal(mp_done(&root), 0);
		mp_close(doc);
		doc = open_buf(&b, &root, 1);
		assert_int_equal(mp_u64(&root, 0, UINT64_MAX), 0);
		assert_int_equal(mp_err(&root), ERR_SHAPE);
		mp_close(doc);
		buf_wipe(&b);
	}
}

static void length_boundaries(void **state)
{
	static const struct {
		size_t len;
		const uint8_t *bin;
		size_t bin_head;
		const uint8_t *str;
		size_t str_head;
	} rows[] = {
	    {0, BYTES("\x92\xc4\x00"), BYTES("\xa0")},
	    {1, BYTES("\x92\xc4\x01"), BYTES("\xa1")},
	    {31, BYTES("\x92\xc4\x1f"), BYTES("\xbf")},
	    {32, BYTES("\x92\xc4\x20"), BYTES("\xd9\x20")},
	    {255, BYTES("\x92\xc4\xff"), BYTES("\xd9\xff")},
	    {256, BYTES("\x92\xc5\x01\x00"), BYTES("\xda\x01\x00")},
	    {65535, BYTES("\x92\xc5\xff\xff"), BYTES("\xda\xff\xff")},
	    {65536, BYTES("\x92\xc6\x00\x01\x00\x00"), BYTES("\xdb\x00\x01\x00\x00")},
	};
	char *text = malloc(65536);

	(void)state;
	assert_non_null(text);
	memset(text, 'k', 65536);
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t n = rows[i].len, got = 99;
		const void *p;
		struct mp_cur root;
		struct mp_doc *doc;
		struct buf b;

		buf_init(&b, 0);
		mp_put_array(&b, 2);
		mp_put_bin(&b, text, n);
		mp_put_str(&b, text, n);
		assert_int_equal(b.len, rows[i].bin_head + n + rows[i].str_head + n);
		assert_memory_equal(b.data, rows[i].bin, rows[i].bin_head);
		assert_memory_equal(b.data + rows[i].bin_head + n, rows[i].str, rows[i].str_head);
		doc = open_buf(&b, &root, 2);
		assert_int_equal(mp_peek(&root), 'x');
		p = mp_bin(&root, n, n, &got);
		assert_non_null(p);
		assert_int_equal(got, n);
		assert_memory_equal(p, text, n);
		assert_int_equal(mp_peek(&root), 's');
		p = mp_str(&root, n, n, &got);
		assert_non_null(p);
		assert_int_equal(got, n);
		assert_memory_equal(p, text, n);
		assert_int_equal(mp_done(&root), 0);
		mp_close(doc);
		buf_wipe(&b);
	}
	free(text);
}

static void array_boundaries(void **state)
{
	static const struct {
		uint32_t count;
		const uint8_t *form;
		size_t len;
	} rows[] = {
	    {0, BYTES("\x90")},
	    {15, BYTES("\x9f")},
	    {16, BYTES("\xdc\x00\x10")},
	    {MP_ITEMS_MAX, BYTES("\xdc\x20\x00")},
	    {65535, BYTES("\xdc\xff\xff")},
	    {65536, BYTES("\xdd\x00\x01\x00\x00")},
	    {UINT32_MAX, BYTES("\xdd\xff\xff\xff\xff")},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mp_cur root;
		struct buf b;

		buf_init(&b, 0);
		mp_put_array(&b, rows[i].count);
		expect(&b, rows[i].form, rows[i].len);
		if (rows[i].count <= MP_ITEMS_MAX) {
			for (uint32_t k = 0; k < rows[i].count; k++)
				mp_put_nil(&b);
			mp_close(open_buf(&b, &root, rows[i].count));
		}
		buf_wipe(&b);
	}
}

/* [nil, true, false, 5, -5, "hé", bin 3, [1, []]] */
static const uint8_t mixed[] = "\x98\xc0\xc3\xc2\x05\xfb\xa3h\xc3\xa9\xc4\x03xyz\x92\x01\x90";
#define MIXED_LEN (sizeof mixed - 1)

static void mixed_written(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	mp_put_array(&b, 8);
	mp_put_nil(&b);
	mp_put_bool(&b, true);
	mp_put_bool(&b, false);
	mp_put_u64(&b, 5);
	mp_put_i64(&b, -5);
	mp_put_cstr(&b, "h\xc3\xa9");
	mp_put_bin(&b, "xyz", 3);
	mp_put_array(&b, 2);
	mp_put_u64(&b, 1);
	mp_put_array(&b, 0);
	expect(&b, mixed, MIXED_LEN);
	buf_wipe(&b);
}

static void mixed_read(void **state)
{
	struct mp_doc *doc = NULL;
	struct mp_cur root, in, innermost;
	char three[3] = "";
	size_t len;

	(void)state;
	assert_int_equal(mp_open(mixed, MIXED_LEN, &doc, &root), 0);
	assert_int_equal(mp_left(&root), 8);
	assert_int_equal(mp_peek(&root), 'n');
	assert_true(mp_nil(&root));
	assert_false(mp_nil(&root));
	assert_int_equal(mp_peek(&root), 'b');
	assert_true(mp_bool(&root));
	assert_false(mp_bool(&root));
	assert_int_equal(mp_u64(&root, 5, 5), 5);
	assert_int_equal(mp_i64(&root, -5, -5), -5);
	assert_memory_equal(mp_str(&root, 3, 3, &len), "h\xc3\xa9", 3);
	mp_fixed(&root, three, 3);
	assert_memory_equal(three, "xyz", 3);
	assert_int_equal(mp_left(&root), 1);
	assert_int_equal(mp_done(&root), ERR_SHAPE);
	assert_int_equal(mp_err(&root), 0);
	assert_int_equal(mp_peek(&root), 'a');
	in = mp_enter(&root, 2, 2);
	mp_skip(&in);
	innermost = mp_enter(&in, 0, 0);
	assert_int_equal(mp_done(&innermost), 0);
	mp_leave(&in, &innermost);
	mp_leave(&root, &in);
	assert_int_equal(mp_peek(&root), 0);
	assert_false(mp_nil(&root));
	assert_int_equal(mp_done(&root), 0);
	mp_close(doc);
	mp_close(NULL);
}

/* One wrong read each, at the element with this index of `mixed`. The index of a right read follows as control. */
static void read_bool(struct mp_cur *c)
{
	mp_bool(c);
}
static void read_u64(struct mp_cur *c)
{
	uint64_t v = mp_u64(c, 5, 5);

	assert_int_equal(v, c->err ? 0 : 5);
}
static void read_u64_below(struct mp_cur *c)
{
	mp_u64(c, 6, UINT64_MAX);
}
static void read_u64_above(struct mp_cur *c)
{
	mp_u64(c, 0, 4);
}
static void read_i64(struct mp_cur *c)
{
	mp_i64(c, -5, 5);
}
static void read_i64_below(struct mp_cur *c)
{
	mp_i64(c, -4, 4);
}
static void read_bin(struct mp_cur *c)
{
	size_t len = 99;
	const uint8_t *p = mp_bin(c, 3, 3, &len);

	assert_int_equal(p != NULL, c->err == 0);
	assert_int_equal(len, c->err ? 0 : 3);
}
static void read_bin_below(struct mp_cur *c)
{
	size_t len;

	mp_bin(c, 4, 9, &len);
}
static void read_bin_above(struct mp_cur *c)
{
	size_t len;

	mp_bin(c, 0, 2, &len);
}
static void read_str(struct mp_cur *c)
{
	size_t len = 99;
	const char *p = mp_str(c, 3, 3, &len);

	assert_int_equal(p != NULL, c->err == 0);
	assert_int_equal(len, c->err ? 0 : 3);
}
static void read_str_below(struct mp_cur *c)
{
	size_t len;

	mp_str(c, 4, 9, &len);
}
static void read_str_above(struct mp_cur *c)
{
	size_t len;

	mp_str(c, 0, 2, &len);
}
static void read_fixed(struct mp_cur *c)
{
	char out[3] = "abc";

	mp_fixed(c, out, 3);
	assert_memory_equal(out, c->err ? "\0\0\0" : "xyz", 3);
}
static void read_fixed_short(struct mp_cur *c)
{
	char out[2] = "ab";

	mp_fixed(c, out, 2);
	assert_memory_equal(out, "\0\0", 2);
}
static void read_enter(struct mp_cur *c)
{
	struct mp_cur in = mp_enter(c, 2, 2);

	assert_int_equal(mp_left(&in), c->err ? 0 : 2);
	assert_int_equal(mp_err(&in), c->err);
}
static void read_enter_below(struct mp_cur *c)
{
	mp_enter(c, 3, 9);
}
static void read_enter_above(struct mp_cur *c)
{
	mp_enter(c, 0, 1);
}

static const struct {
	void (*read)(struct mp_cur *c);
	const char *right; /* indexes of `mixed` where it succeeds; everywhere else it must not */
} reads[] = {
    {read_bool, "12"},     {read_u64, "3"},        {read_u64_below, ""},   {read_u64_above, ""},   {read_i64, "34"},
    {read_str, "5"},       {read_i64_below, ""},   {read_bin_below, ""},   {read_bin_above, ""},   {read_bin, "6"},
    {read_fixed, "6"},     {read_str_below, ""},   {read_str_above, ""},   {read_fixed_short, ""}, {read_enter, "7"},
    {mp_skip, "01234567"}, {read_enter_below, ""}, {read_enter_above, ""},
};

static void wrong_reads(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(reads); i++) {
		for (uint32_t at = 0; at <= 8; at++) {
			bool right = at < 8 && strchr(reads[i].right, (int)('0' + at)) != NULL;
			struct mp_doc *doc = NULL;
			struct mp_cur root;

			assert_int_equal(mp_open(mixed, MIXED_LEN, &doc, &root), 0);
			for (uint32_t k = 0; k < at; k++)
				mp_skip(&root);
			reads[i].read(&root);
			assert_int_equal(mp_err(&root), right ? 0 : ERR_SHAPE);
			assert_int_equal(mp_left(&root), right ? 8 - at - 1 : 0);
			mp_close(doc);
		}
	}
}

static void errors_stick(void **state)
{
	struct mp_doc *doc = NULL;
	struct mp_cur root, in;

	(void)state;
	assert_int_equal(mp_open(mixed, MIXED_LEN, &doc, &root), 0);
	mp_u64(&root, 0, 9);
	assert_int_equal(mp_err(&root), ERR_SHAPE);
	root.err = ERR_RANGE; /* a caller's own error sticks as well */
	for (size_t i = 0; i < COUNT(reads); i++)
		reads[i].read(&root);
	assert_false(mp_nil(&root));
	assert_int_equal(mp_peek(&root), 0);
	assert_int_equal(mp_left(&root), 0);
	in = mp_enter(&root, 0, 9);
	assert_int_equal(mp_err(&in), ERR_RANGE);
	assert_int_equal(mp_done(&root), ERR_RANGE);
	mp_close(doc);

	/* an inner error reaches the outer cursor; so does an inner element left over */
	for (int skips = 0; skips <= 3; skips++) {
		assert_int_equal(mp_open(mixed, MIXED_LEN, &doc, &root), 0);
		for (int k = 0; k < 7; k++)
			mp_skip(&root);
		in = mp_enter(&root, 2, 2);
		for (int k = 0; k < skips; k++)
			mp_skip(&in);
		mp_leave(&root, &in);
		assert_int_equal(mp_done(&root), skips == 2 ? 0 : ERR_SHAPE);
		mp_close(doc);
	}
}

static void open_refuses(void **state)
{
	struct mp_doc *doc = (struct mp_doc *)state;
	struct mp_cur root;

	assert_int_equal(mp_open(BYTES("\xdd\xff\xff\xff\xff"), &doc, &root), ERR_PROTO);
	assert_null(doc);
	assert_int_equal(mp_err(&root), ERR_PROTO);
	assert_int_equal(mp_left(&root), 0);
	mp_skip(&root);
	assert_int_equal(mp_done(&root), ERR_PROTO);
	assert_int_equal(mp_open(BYTES("\x91\xcc\x05"), &doc, &root), ERR_CANON);
	assert_null(doc);
	assert_int_equal(mp_open(BYTES("\x91\xa1\xff"), &doc, &root), ERR_UTF8);
	assert_null(doc);
}

static void a_full_buffer_sticks(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	mp_put_array(&b, 2);
	mp_put_u64(&b, UINT64_MAX);
	assert_int_equal(buf_err(&b), ERR_TOO_BIG);
	mp_put_nil(&b);
	assert_int_equal(buf_err(&b), ERR_TOO_BIG);
	buf_wipe(&b);
#if SIZE_MAX > UINT32_MAX
	/* nothing that has no form is ever begun, however large the buffer may be; the bytes are not touched */
	buf_init(&b, SIZE_MAX / 2);
	mp_put_bin(&b, "", (size_t)UINT32_MAX + 1);
	assert_int_equal(buf_err(&b), ERR_TOO_BIG);
	assert_int_equal(b.len, 0);
	buf_wipe(&b);
	buf_init(&b, SIZE_MAX / 2);
	mp_put_str(&b, "", (size_t)UINT32_MAX + 1);
	assert_int_equal(buf_err(&b), ERR_TOO_BIG);
	assert_int_equal(b.len, 0);
	buf_wipe(&b);
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(unsigned_boundaries), cmocka_unit_test(negative_boundaries),
	    cmocka_unit_test(length_boundaries),   cmocka_unit_test(array_boundaries),
	    cmocka_unit_test(mixed_written),       cmocka_unit_test(mixed_read),
	    cmocka_unit_test(wrong_reads),         cmocka_unit_test(errors_stick),
	    cmocka_unit_test(open_refuses),        cmocka_unit_test(a_full_buffer_sticks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
