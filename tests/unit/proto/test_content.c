/* test_content: heads, kinds and fields at each limit and one beyond; text; what newer versions wrote; setters and
 * getters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"
#include "tests/unit/support/mp_spec.h"

#define HEAD(kind) "[1 " kind " b16 [] 1000 0 1000 n "
#define FIELDS(kind, fields) HEAD(kind) "[" fields "]]"
#define COMMENT "[10 [b16 b16]] [11 b32]"
#define MESSAGE "[2 s5] [20 b16]"

static const struct {
	const char *spec;
	int err;
} rows[] = {
    /* the head */
    {"[1 1 b16 [] 0 0 0 n [[2 s5]]]", 0},
    {"[1 1 b16 [8*b32] 9007199254740991 840 9007199254740991 b16 [[2 s5]]]", 0},
    {"[1 1 b16 [] 0 -720 0 n [[2 s5]]]", 0},
    {"[2 1 b16 [] 0 0 0 n [[2 s5]]]", ERR_SUITE},
    {"[0 1 b16 [] 0 0 0 n [[2 s5]]]", ERR_SUITE},
    {"[n 1 b16 [] 0 0 0 n [[2 s5]]]", ERR_SHAPE},
    {"[1 0 b16 [] 0 0 0 n []]", ERR_SHAPE},
    {"[1 4294967296 b16 [] 0 0 0 n []]", ERR_SHAPE},
    {"[1 1 b15 [] 0 0 0 n [[2 s5]]]", ERR_SHAPE},
    {"[1 1 b17 [] 0 0 0 n [[2 s5]]]", ERR_SHAPE},
    {"[1 1 b16 [9*b32] 0 0 0 n [[2 s5]]]", ERR_SHAPE},
    {"[1 1 b16 [b31] 0 0 0 n [[2 s5]]]", ERR_SHAPE},
    {"[1 1 b16 [] 9007199254740992 0 0 n [[2 s5]]]", ERR_SHAPE},
    {"[1 1 b16 [] 0 -721 0 n [[2 s5]]]", ERR_SHAPE},
    {"[1 1 b16 [] 0 841 0 n [[2 s5]]]", ERR_SHAPE},
    {"[1 1 b16 [] 0 0 9007199254740992 n [[2 s5]]]", ERR_SHAPE},
    {"[1 1 b16 [] 0 0 0 b15 [[2 s5]]]", ERR_SHAPE},
    {"[1 1 b16 [] 0 0 0 n [[2 s5]] n]", ERR_SHAPE},
    {"[1 1 b16 [] 0 0 0 n]", ERR_SHAPE},
    {"[]", ERR_SHAPE},
    /* fields: order, number, form */
    {FIELDS("1", "[1 s1] [2 s5]"), 0},
    {FIELDS("1", "[2 s5] [1 s1]"), ERR_SHAPE},
    {FIELDS("1", "[2 s5] [2 s5]"), ERR_SHAPE},
    {FIELDS("1", "[0 s5]"), ERR_SHAPE},
    {FIELDS("1", "[2 s5] [4294967296 1]"), ERR_SHAPE},
    {FIELDS("1", "[2]"), ERR_SHAPE},
    {FIELDS("1", "[2 s5 s5]"), ERR_SHAPE},
    {FIELDS("1", "2"), ERR_SHAPE},
    {FIELDS("1", ""), ERR_SCHEMA},
    /* kinds */
    {FIELDS("63", ""), ERR_SCHEMA},
    {FIELDS("64", ""), 0},
    {FIELDS("4294967295", "[1 n] [2 [[t f] -5]]"), 0},
    /* journal */
    {FIELDS("1", "[1 s120] [2 s0] [3 [16*s32]] [4 10] [5 s32] [6 4]"), 0},
    {FIELDS("1", "[1 s0] [2 s983040] [3 []] [4 0] [5 s1] [6 0]"), 0},
    {FIELDS("1", "[1 s121] [2 s0]"), ERR_SCHEMA},
    {FIELDS("1", "[2 s983041]"), ERR_SCHEMA},
    {FIELDS("1", "[2 b5]"), ERR_SCHEMA},
    {FIELDS("1", "[2 n]"), ERR_SCHEMA},
    {FIELDS("1", "[2 s0] [3 [17*s1]]"), ERR_SCHEMA},
    {FIELDS("1", "[2 s0] [3 [s33]]"), ERR_SCHEMA},
    {FIELDS("1", "[2 s0] [3 [s0]]"), ERR_SCHEMA},
    {FIELDS("1", "[2 s0] [3 s5]"), ERR_SCHEMA},
    {FIELDS("1", "[2 s0] [3 [[s5]]]"), ERR_SCHEMA},
    {FIELDS("1", "[2 s0] [4 11]"), ERR_SCHEMA},
    {FIELDS("1", "[2 s0] [4 -1]"), ERR_SCHEMA},
    {FIELDS("1", "[2 s0] [4 t]"), ERR_SCHEMA},
    {FIELDS("1", "[2 s0] [5 s0]"), ERR_SCHEMA},
    {FIELDS("1", "[2 s0] [5 s33]"), ERR_SCHEMA},
    {FIELDS("1", "[2 s0] [6 5]"), ERR_SCHEMA},
    /* comment */
    {FIELDS("2", "[2 s1] " COMMENT), 0},
    {FIELDS("2", "[2 s4096] " COMMENT " [12 [0 983040]]"), 0},
    {FIELDS("2", "[2 s0] " COMMENT), ERR_SCHEMA},
    {FIELDS("2", "[2 s4097] " COMMENT), ERR_SCHEMA},
    {FIELDS("2", COMMENT), ERR_SCHEMA},
    {FIELDS("2", "[2 s1] [10 [b16 b16]]"), ERR_SCHEMA},
    {FIELDS("2", "[2 s1] [11 b32]"), ERR_SCHEMA},
    {FIELDS("2", "[2 s1] [10 [b16]] [11 b32]"), ERR_SCHEMA},
    {FIELDS("2", "[2 s1] [10 [b16 b16 b16]] [11 b32]"), ERR_SCHEMA},
    {FIELDS("2", "[2 s1] [10 [b16 n]] [11 b32]"), ERR_SCHEMA},
    {FIELDS("2", "[2 s1] [10 [b16 b17]] [11 b32]"), ERR_SCHEMA},
    {FIELDS("2", "[2 s1] [10 b16] [11 b32]"), ERR_SCHEMA},
    {FIELDS("2", "[2 s1] [10 [b16 b16]] [11 b31]"), ERR_SCHEMA},
    {FIELDS("2", "[2 s1] " COMMENT " [12 [0]]"), ERR_SCHEMA},
    {FIELDS("2", "[2 s1] " COMMENT " [12 [0 983041]]"), ERR_SCHEMA},
    {FIELDS("2", "[2 s1] " COMMENT " [12 [-1 0]]"), ERR_SCHEMA},
    /* message */
    {FIELDS("3", MESSAGE " [21 0]"), 0},
    {FIELDS("3", "[2 s16384] [20 b16] [21 3] [22 s32] [23 b32]"), 0},
    {FIELDS("3", "[2 s16385] [20 b16] [21 3]"), ERR_SCHEMA},
    {FIELDS("3", "[2 s0] [20 b16] [21 3]"), ERR_SCHEMA},
    {FIELDS("3", MESSAGE " [21 4]"), ERR_SCHEMA},
    {FIELDS("3", MESSAGE), ERR_SCHEMA},
    {FIELDS("3", "[2 s5] [21 0]"), ERR_SCHEMA},
    {FIELDS("3", "[20 b16] [21 0]"), ERR_SCHEMA},
    {FIELDS("3", "[2 s5] [20 b17] [21 0]"), ERR_SCHEMA},
    {FIELDS("3", MESSAGE " [21 0] [22 s33]"), ERR_SCHEMA},
    {FIELDS("3", MESSAGE " [21 0] [22 s0]"), ERR_SCHEMA},
    {FIELDS("3", MESSAGE " [21 0] [23 b33]"), ERR_SCHEMA},
    /* acknowledgement, profile, receipt, unshare */
    {FIELDS("4", ""), 0},
    {FIELDS("4", "[2 s4096]"), 0},
    {FIELDS("4", "[2 s4097]"), ERR_SCHEMA},
    {FIELDS("5", "[40 s1]"), 0},
    {FIELDS("5", "[40 s80] [41 s40]"), 0},
    {FIELDS("5", "[40 s0]"), ERR_SCHEMA},
    {FIELDS("5", "[40 s81]"), ERR_SCHEMA},
    {FIELDS("5", "[40 s1] [41 s41]"), ERR_SCHEMA},
    {FIELDS("5", "[41 s1]"), ERR_SCHEMA},
    {FIELDS("6", "[50 1]"), 0},
    {FIELDS("6", "[50 2]"), 0},
    {FIELDS("6", "[50 0]"), ERR_SCHEMA},
    {FIELDS("6", "[50 3]"), ERR_SCHEMA},
    {FIELDS("6", ""), ERR_SCHEMA},
    {FIELDS("7", "[60 b16] [61 [b16]]"), 0},
    {FIELDS("7", "[60 b16] [61 [31*b16]]"), 0},
    {FIELDS("7", "[60 b16] [61 []]"), ERR_SCHEMA},
    {FIELDS("7", "[60 b16] [61 [32*b16]]"), ERR_SCHEMA},
    {FIELDS("7", "[60 b16]"), ERR_SCHEMA},
    /* tombstone, bin */
    {FIELDS("11", "[60 b16] [64 1]"), 0},
    {FIELDS("11", "[60 b16] [64 4294967295]"), 0},
    {FIELDS("11", "[60 b16] [64 0]"), ERR_SCHEMA},
    {FIELDS("11", "[60 b16] [64 4294967296]"), ERR_SCHEMA},
    {FIELDS("11", "[60 b15] [64 1]"), ERR_SCHEMA},
    {FIELDS("11", "[60 b17] [64 1]"), ERR_SCHEMA},
    {FIELDS("11", "[60 b16]"), ERR_SCHEMA},
    {FIELDS("11", "[64 1]"), ERR_SCHEMA},
    {FIELDS("12", "[60 b16] [62 [b32]] [63 1]"), 0},
    {FIELDS("12", "[60 b16] [62 [64*b32]] [63 9007199254740991]"), 0},
    {FIELDS("12", "[60 b16] [62 []] [63 0]"), 0},
    {FIELDS("12", "[60 b16] [62 []] [63 1]"), ERR_SCHEMA},
    {FIELDS("12", "[60 b16] [62 [b32]] [63 0]"), ERR_SCHEMA},
    {FIELDS("12", "[60 b16] [62 [65*b32]] [63 1]"), ERR_SCHEMA},
    {FIELDS("12", "[60 b16] [62 [b31]] [63 1]"), ERR_SCHEMA},
    {FIELDS("12", "[60 b16] [62 b32] [63 1]"), ERR_SCHEMA},
    {FIELDS("12", "[60 b16] [62 [b32]] [63 9007199254740992]"), ERR_SCHEMA},
    {FIELDS("12", "[60 b16] [62 [b32]]"), ERR_SCHEMA},
    {FIELDS("12", "[60 b16] [63 0]"), ERR_SCHEMA},
    {FIELDS("12", "[62 []] [63 0]"), ERR_SCHEMA},
    {FIELDS("7", "[61 [b16]]"), ERR_SCHEMA},
    {FIELDS("7", "[60 b15] [61 [b16]]"), ERR_SCHEMA},
    /* device, stream end */
    {FIELDS("8", "[70 b16] [71 s1]"), 0},
    {FIELDS("8", "[70 b16] [71 s80]"), 0},
    {FIELDS("8", "[70 b16] [71 s0]"), ERR_SCHEMA},
    {FIELDS("8", "[70 b16] [71 s81]"), ERR_SCHEMA},
    {FIELDS("8", "[70 b15] [71 s1]"), ERR_SCHEMA},
    {FIELDS("8", "[70 b16]"), ERR_SCHEMA},
    {FIELDS("8", "[71 s1]"), ERR_SCHEMA},
    {FIELDS("9", "[72 b16] [73 1] [74 b32]"), 0},
    {FIELDS("9", "[72 b16] [73 9007199254740991] [74 b32]"), 0},
    {FIELDS("9", "[72 b16] [73 9007199254740992] [74 b32]"), ERR_SCHEMA},
    {FIELDS("9", "[72 b16] [73 0] [74 b32]"), ERR_SCHEMA},
    {FIELDS("9", "[72 b16] [73 1] [74 b31]"), ERR_SCHEMA},
    {FIELDS("9", "[72 b15] [73 1] [74 b32]"), ERR_SCHEMA},
    {FIELDS("9", "[72 b16] [74 b32]"), ERR_SCHEMA},
    {FIELDS("9", "[72 b16] [73 1]"), ERR_SCHEMA},
    {FIELDS("9", "[73 1] [74 b32]"), ERR_SCHEMA},
    /* given to the record, and what asked for it */
    {FIELDS("1", "[2 s5] [8 t] [9 [b16 b16]]"), 0},
    {FIELDS("1", "[2 s5] [8 1]"), ERR_SCHEMA},
    {FIELDS("1", "[2 s5] [9 [b16 b15]]"), ERR_SCHEMA},
    {FIELDS("1", "[2 s5] [9 [b16]]"), ERR_SCHEMA},
    /* the fields of a message's type */
    {FIELDS("3", "[2 s5] [20 b16] [21 0] [24 [[s3 s5] [s4 s6]]]"), 0},
    {FIELDS("3", "[2 s5] [20 b16] [21 0] [24 []]"), 0},
    {FIELDS("3", "[2 s5] [20 b16] [21 0] [24 [[s3 s0]]]"), ERR_SCHEMA},
    {FIELDS("3", "[2 s5] [20 b16] [21 0] [24 [[s33 s5]]]"), ERR_SCHEMA},
    {FIELDS("3", "[2 s5] [20 b16] [21 0] [24 [[s3]]]"), ERR_SCHEMA},
    /* fields that nobody listed */
    {FIELDS("1", "[2 s5] [98 n] [900 [1 -2 t f n b3 s3 [[]]]]"), 0},
    {FIELDS("5", "[2 b5] [40 s5]"), 0},
};

static void every_limit(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct content *c;
		struct buf in, out;
		int err;

		buf_init(&in, 0);
		buf_init(&out, 0);
		mp_spec(&in, rows[i].spec);
		err = content_decode(in.data, in.len, &content_base_kinds, &c);
		if (err != rows[i].err)
			fail_msg("%s: %s", rows[i].spec, err_name(err));
		assert_true(err ? c == NULL : c != NULL);
		if (!err) {
			assert_int_equal(content_encode(c, &content_base_kinds, &out), 0);
			assert_int_equal(in.len, out.len);
			assert_memory_equal(in.data, out.data, in.len);
			assert_null(content_find_fault(c, &content_base_kinds));
			for (size_t len = 0; len < in.len && len < 400; len++) {
				struct content *part;

				assert_int_not_equal(content_decode(in.data, len, &content_base_kinds, &part), 0);
				assert_null(part);
			}
		}
		content_free(c);
		buf_wipe(&in);
		buf_wipe(&out);
	}
}

/* A stream in which nothing was written ends at number 0, after no record: both or neither. */
static void end_of_an_empty_stream(void **state)
{
	struct content_head h = {.kind = CONTENT_STREAM_END, .item = {1}};
	struct content *c = content_new(&h);
	uint8_t none[32] = {0};
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_non_null(c);
	assert_int_equal(content_set_bin(c, CONTENT_ENDED_DEVICE, none, 16), 0);
	assert_int_equal(content_set_u64(c, CONTENT_LAST_SEQ, 0), 0);
	assert_int_equal(content_set_bin(c, CONTENT_LAST_RID, none, 32), 0);
	assert_int_equal(content_encode(c, &content_base_kinds, &b), 0);
	assert_int_equal(content_set_u64(c, CONTENT_LAST_SEQ, 1), 0);
	assert_int_equal(content_encode(c, &content_base_kinds, &b), ERR_SCHEMA);
	content_free(c);
	buf_wipe(&b);
}

static struct content *a_journal(void)
{
	struct content_head h = {.kind = CONTENT_JOURNAL, .item = {1}, .at_ms = 5, .made_ms = 6};
	struct content *c = content_new(&h);

	assert_non_null(c);
	assert_int_equal(content_set_str(c, CONTENT_BODY, "text", 4), 0);
	return c;
}

static void number_of_fields(void **state)
{
	struct content *c = a_journal();
	struct buf b;

	(void)state;
	for (uint32_t key = 1000; key < 1000 + CONTENT_FIELDS - 1; key++)
		assert_int_equal(content_set_u64(c, key, key), 0);
	assert_int_equal(content_set_u64(c, 5000, 1), ERR_RANGE);
	assert_int_equal(content_set_u64(c, 0, 1), ERR_RANGE);
	assert_int_equal(content_set_u64(c, 1000, 7), 0);
	buf_init(&b, 0);
	assert_int_equal(content_encode(c, &content_base_kinds, &b), 0);
	assert_int_equal(content_drop(c, 5000), ERR_NOT_FOUND);
	assert_int_equal(content_drop(c, 1030), 0);
	assert_false(content_has(c, 1030));
	assert_int_equal(content_u64(c, 1031, 0), 1031);
	assert_int_equal(content_u64(c, 1000, 0), 7);
	assert_int_equal(content_set_u64(c, 5000, 1), 0);
	content_free(c);
	buf_reset(&b);
	mp_spec(&b, FIELDS("64", "64*[1 n]"));
	assert_int_equal(content_decode(b.data, b.len, &content_base_kinds, &c), ERR_SHAPE);
	buf_wipe(&b);
}

/* 65 fields in order: the limit is on the list, before any field is kept. */
static void one_field_too_many(void **state)
{
	(void)state;
	for (unsigned n = CONTENT_FIELDS; n <= CONTENT_FIELDS + 1; n++) {
		struct content *c;
		struct buf b;

		buf_init(&b, 0);
		mp_spec(&b, HEAD("64") "]");
		b.data[0]++; /* one element more, written by hand */
		mp_put_array(&b, n);
		for (unsigned i = 1; i <= n; i++) {
			mp_put_array(&b, 2);
			mp_put_u64(&b, i);
			mp_put_nil(&b);
		}
		assert_int_equal(content_decode(b.data, b.len, &content_base_kinds, &c), n == CONTENT_FIELDS ? 0 : ERR_SHAPE);
		content_free(c);
		buf_wipe(&b);
	}
}

static const struct {
	const char *text;
	size_t len;
	bool ok;
	size_t characters;
} texts[] = {
    {"", 0, true, 0},
    {"a\tb\nc", 5, true, 5},
    {"\xc3\xa9", 2, true, 1},                  /* e acute */
    {"e\xcc\x81", 3, false, 0},                /* the same, decomposed */
    {"\xe2\x84\xab", 3, false, 0},             /* angstrom sign: NFC is a letter */
    {"\xea\xb0\x80", 3, true, 1},              /* a Hangul syllable */
    {"\xe1\x84\x80\xe1\x85\xa1", 6, false, 0}, /* its jamo */
    {"a\xcc\x96\xcc\x80", 5, false, 0},        /* marks below and above: a with grave composes */
    {"q\xcc\x96\xcc\x80", 5, true, 3},         /* nothing to compose, in order */
    {"q\xcc\x80\xcc\x96", 5, false, 0},        /* the same marks, out of order */
    {"\xf0\x9f\x92\x9c", 4, true, 1},          /* beyond the basic plane */
    {"a\0b", 3, false, 0},
    {"a\rb", 3, false, 0},
    {"\x1b[31m", 5, false, 0},
    {"\x01", 1, false, 0},
    {"\x1f", 1, false, 0},
    {"\x20\x7e", 2, true, 2},
    {"\x7f", 1, false, 0},             /* DEL */
    {"\xc2\x80", 2, false, 0},         /* C1 */
    {"\xc2\x9b", 2, false, 0},         /* C1: CSI */
    {"\xc2\x9f", 2, false, 0},         /* C1 */
    {"\xc2\xa0", 2, true, 1},          /* the next one */
    {"\xc0\x80", 2, false, 0},         /* overlong */
    {"\xed\xa0\x80", 3, false, 0},     /* surrogate */
    {"\xf4\x90\x80\x80", 4, false, 0}, /* beyond Unicode */
    {"\xff", 1, false, 0},
    {"ab\xe2\x82", 4, false, 0}, /* cut */
};

static void text_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct content *c = a_journal();
		struct buf b;
		size_t n = 99;
		int err = content_check_text(texts[i].text, texts[i].len, &n);

		if (err != (texts[i].ok ? 0 : ERR_SCHEMA) || n != texts[i].characters)
			fail_msg("text %zu: %s, %zu", i, err_name(err), n);
		assert_int_equal(content_check_text(texts[i].text, texts[i].len, NULL), err);
		assert_int_equal(content_set_str(c, CONTENT_BODY, texts[i].text, texts[i].len), 0);
		buf_init(&b, 0);
		assert_int_equal(content_encode(c, &content_base_kinds, &b), err);
		if (err) {
			assert_int_equal(b.len, 0);
			assert_string_equal(content_find_fault(c, &content_base_kinds)->name, "body");
		}
		buf_wipe(&b);
		content_free(c);
	}
}

/* 120 characters of three bytes each are a title, 121 are not; a body counts bytes. */
static void units(void **state)
{
	struct content *c = a_journal();
	char text[3 * 121];
	struct buf b;

	(void)state;
	for (size_t i = 0; i < 121; i++)
		memcpy(text + 3 * i, "\xe2\x82\xac", 3);
	buf_init(&b, 0);
	assert_int_equal(content_set_str(c, CONTENT_TITLE, text, 3 * 120), 0);
	assert_int_equal(content_encode(c, &content_base_kinds, &b), 0);
	assert_int_equal(content_set_str(c, CONTENT_TITLE, text, 3 * 121), 0);
	assert_int_equal(content_encode(c, &content_base_kinds, &b), ERR_SCHEMA);
	assert_string_equal(content_find_fault(c, &content_base_kinds)->name, "title");
	assert_int_equal(content_drop(c, CONTENT_TITLE), 0);
	assert_int_equal(content_set_str(c, CONTENT_PROMPT, text, 30), 0);
	buf_reset(&b);
	assert_int_equal(content_encode(c, &content_base_kinds, &b), 0);
	assert_int_equal(content_set_str(c, CONTENT_PROMPT, text, 33), 0);
	assert_int_equal(content_encode(c, &content_base_kinds, &b), ERR_SCHEMA);
	buf_wipe(&b);
	content_free(c);
}

static void tags(void **state)
{
	static const struct {
		const char *tag;
		int err;
	} all[] = {
	    {"a", 0},
	    {"0", 0},
	    {"first-week", 0},
	    {"a-", 0},
	    {"-a", ERR_SCHEMA},
	    {"A", ERR_SCHEMA},
	    {"a b", ERR_SCHEMA},
	    {"a_b", ERR_SCHEMA},
	    {"", ERR_SCHEMA},
	    {"\xc3\xa9", ERR_SCHEMA},
	    {"a\n", ERR_SCHEMA},
	};
	struct buf b, list;

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct content *c = a_journal();

		buf_init(&b, 0);
		buf_init(&list, 0);
		mp_put_array(&list, 2);
		mp_put_cstr(&list, "good");
		mp_put_cstr(&list, all[i].tag);
		assert_int_equal(content_set_array(c, CONTENT_TAGS, list.data, list.len), 0);
		assert_int_equal(content_encode(c, &content_base_kinds, &b), all[i].err);
		buf_wipe(&b);
		buf_wipe(&list);
		content_free(c);
	}
}

static void getters(void **state)
{
	struct content *c = a_journal();
	struct mp_doc *doc;
	struct mp_cur inside;
	struct buf list;
	uint32_t key;
	size_t len;

	(void)state;
	assert_int_equal(content_set_u64(c, 700, UINT64_MAX), 0);
	assert_int_equal(content_set_i64(c, 600, INT64_MIN), 0);
	assert_int_equal(content_set_bool(c, 650, true), 0);
	assert_int_equal(content_set_bin(c, 500, "\1\2\3", 3), 0);
	buf_init(&list, 0);
	mp_spec(&list, "[7 b2]");
	assert_int_equal(content_set_array(c, 550, list.data, list.len), 0);
	assert_int_equal(content_set_array(c, 551, list.data, list.len - 1), ERR_PROTO);
	assert_int_equal(content_set_array(c, 551, "\x05", 1), ERR_PROTO);
	buf_wipe(&list);
	assert_int_equal(content_u64(c, 700, 1), UINT64_MAX);
	assert_int_equal(content_u64(c, 600, 1), 1);
	assert_int_equal(content_u64(c, 9, 1), 1);
	assert_int_equal(content_i64(c, 600, 1), INT64_MIN);
	assert_int_equal(content_i64(c, 700, -1), -1);
	assert_true(content_bool(c, 650, false));
	assert_true(content_bool(c, 700, true));
	assert_false(content_bool(c, 9, false));
	assert_memory_equal(content_str(c, CONTENT_BODY, &len), "text", 4);
	assert_int_equal(len, 4);
	assert_null(content_str(c, 500, &len));
	assert_int_equal(len, 0);
	assert_null(content_str(c, 9, &len));
	assert_memory_equal(content_bin(c, 500, &len), "\1\2\3", 3);
	assert_int_equal(len, 3);
	assert_null(content_bin(c, CONTENT_BODY, &len));
	assert_int_equal(content_open(c, 550, &doc, &inside), 0);
	assert_int_equal(mp_u64(&inside, 0, 10), 7);
	assert_non_null(mp_bin(&inside, 2, 2, &len));
	assert_int_equal(mp_done(&inside), 0);
	mp_close(doc);
	assert_int_equal(content_open(c, 500, &doc, &inside), ERR_SHAPE);
	assert_null(doc);
	assert_int_equal(content_open(c, 9, &doc, &inside), ERR_NOT_FOUND);
	assert_null(doc);
	assert_true(content_field_at(c, 0, &key));
	assert_int_equal(key, CONTENT_BODY);
	assert_true(content_field_at(c, 5, &key));
	assert_int_equal(key, 700);
	assert_false(content_field_at(c, 6, &key));
	assert_int_equal(content_peek_head(c)->made_ms, 6);
	content_free(c);
	content_free(NULL);
}

static void newer_is_flagged(void **state)
{
	struct content *c = a_journal();
	struct content_head h = {.kind = 64};

	(void)state;
	assert_false(content_is_newer(c, &content_base_kinds));
	assert_int_equal(content_set_u64(c, 77, 1), 0);
	assert_true(content_is_newer(c, &content_base_kinds));
	content_free(c);
	c = content_new(&h);
	assert_true(content_is_newer(c, &content_base_kinds));
	assert_int_equal(content_check_place(c, &content_base_kinds, 9, 3), 0);
	assert_null(content_find_fault(c, &content_base_kinds));
	content_free(c);
}

/* kind, classes, ops */
static const struct {
	uint32_t kind, classes, ops;
} places_of[] = {
    {CONTENT_JOURNAL, 7, 3},
    {CONTENT_COMMENT, 7, 1},
    {CONTENT_MESSAGE, 7, 1},
    {CONTENT_PROFILE, 8, 1},
    {CONTENT_ACKNOWLEDGEMENT, 6, 1 << 5},
    {CONTENT_RECEIPT, 8, 1 << 4},
    {CONTENT_UNSHARE, 2, 1 << 2},
    {CONTENT_DEVICE, 1, 1},
    {CONTENT_STREAM_END, 8, 1},
    {CONTENT_REGIVEN, 3, 1},
    {CONTENT_TOMBSTONE, 7, 1 << 3},
    {CONTENT_BIN, 1, 1},
    {CONTENT_CHECK, 1, 1},
};

static void places(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof places_of / sizeof places_of[0]; i++) {
		struct content_head h = {.kind = places_of[i].kind};
		struct content *c = content_new(&h);

		for (unsigned class = 0; class < 34; class ++)
			for (unsigned op = 0; op < 34; op++) {
				bool in = class < 32 && places_of[i].classes >> class & 1;
				bool by = op < 32 && places_of[i].ops >> op & 1;

				assert_int_equal(content_check_place(c, &content_base_kinds, class, op), in && by ? 0 : ERR_SCHEMA);
			}
		content_free(c);
	}
	assert_int_equal(content_base_kinds.n, sizeof places_of / sizeof places_of[0]);
}

/* A kind of a program's own: one row, with every type, optional parts, and a rule between fields. */
static int dia_below_sys(const struct content *c)
{
	return content_u64(c, 2, 0) < content_u64(c, 1, 0) ? 0 : ERR_SCHEMA;
}

static const struct content_rule dose_parts[] = {
    {.name = "drug", .type = CONTENT_TEXT, .min = 1, .max = 10, .required = true},
    {.name = "tenths", .type = CONTENT_INT, .min = -10, .max = 10},
    {.name = "swallowed", .type = CONTENT_BOOL, .required = true},
};
static const struct content_rule own_fields[] = {
    {.key = 1, .name = "sys", .type = CONTENT_UINT, .min = 40, .max = 300, .required = true},
    {.key = 2, .name = "dia", .type = CONTENT_UINT, .min = 20, .max = 200, .required = true},
    {.key = 3, .name = "doses", .type = CONTENT_TUPLE, .list_min = 1, .list_max = 2, .parts = dose_parts, .n_parts = 3},
    {.key = 4, .name = "told", .type = CONTENT_BOOL},
};
static const struct content_kind own_kind = {40, "vitals", 1, 7, own_fields, 4, dia_below_sys};
static const struct content_kind *const own_rows[] = {CONTENT_BASE_KINDS, &own_kind};
static const struct content_kinds own_kinds = {own_rows, sizeof own_rows / sizeof own_rows[0]};

static void a_kind_of_ones_own(void **state)
{
	static const struct {
		const char *spec;
		int err;
	} all[] = {
	    {FIELDS("40", "[1 120] [2 80]"), 0},
	    {FIELDS("40", "[1 80] [2 120]"), ERR_SCHEMA},
	    {FIELDS("40", "[1 39] [2 20]"), ERR_SCHEMA},
	    {FIELDS("40", "[1 120] [2 80] [3 [[s3 -10 t] [s3 n f]]] [4 t]"), 0},
	    {FIELDS("40", "[1 120] [2 80] [3 [[s3 -11 t]]]"), ERR_SCHEMA},
	    {FIELDS("40", "[1 120] [2 80] [3 [[n 1 t]]]"), ERR_SCHEMA},
	    {FIELDS("40", "[1 120] [2 80] [3 [[s3 1 n]]]"), ERR_SCHEMA},
	    {FIELDS("40", "[1 120] [2 80] [3 [[s3 1]]]"), ERR_SCHEMA},
	    {FIELDS("40", "[1 120] [2 80] [3 []]"), ERR_SCHEMA},
	    {FIELDS("40", "[1 120] [2 80] [3 [3*[s3 1 t]]]"), ERR_SCHEMA},
	    {FIELDS("40", "[1 120] [2 80] [4 1]"), ERR_SCHEMA},
	    {FIELDS("1", "[2 s5]"), 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct content *c;
		struct buf b;

		buf_init(&b, 0);
		mp_spec(&b, all[i].spec);
		if (content_decode(b.data, b.len, &own_kinds, &c) != all[i].err)
			fail_msg("%s", all[i].spec);
		content_free(c);
		buf_wipe(&b);
	}
	assert_ptr_equal(content_find_kind(&own_kinds, 40), &own_kind);
	assert_null(content_find_kind(&content_base_kinds, 40));
}

/* What is canonical field by field can be too much together. */
static void too_deep_or_too_many(void **state)
{
	struct content_head h = {.kind = 64};
	struct content *c = content_new(&h);
	struct buf b, v;

	(void)state;
	buf_init(&b, 0);
	buf_init(&v, 0);
	mp_spec(&v, "[[[[[]]]]]");
	assert_int_equal(content_set_array(c, 1, v.data, v.len), 0);
	assert_int_equal(content_encode(c, &content_base_kinds, &b), 0);
	buf_reset(&b);
	buf_reset(&v);
	mp_spec(&v, "[[[[[[]]]]]]");
	assert_int_equal(content_set_array(c, 1, v.data, v.len), 0);
	assert_int_equal(content_encode(c, &content_base_kinds, &b), ERR_TOO_BIG);
	assert_int_equal(b.len, 0);
	buf_reset(&v);
	mp_spec(&v, "[5000*n]");
	assert_int_equal(content_set_array(c, 1, v.data, v.len), 0);
	assert_int_equal(content_encode(c, &content_base_kinds, &b), 0);
	buf_reset(&b);
	assert_int_equal(content_set_array(c, 2, v.data, v.len), 0);
	assert_int_equal(content_encode(c, &content_base_kinds, &b), ERR_TOO_BIG);
	assert_int_equal(content_set_str(c, 2, "\xff", 1), 0);
	assert_int_equal(content_encode(c, &content_base_kinds, &b), ERR_SCHEMA);
	assert_null(content_str(c, 2, &(size_t){0}));
	buf_wipe(&b);
	buf_wipe(&v);
	content_free(c);
}

/* All fields go along, also those that no row lists; the copy stands for itself. */
static void copies(void **state)
{
	struct content_head head = {.kind = CONTENT_JOURNAL, .at_ms = 1}, other = {.kind = CONTENT_JOURNAL, .at_ms = 2};
	struct content *from = content_new(&head);
	size_t len;
	uint32_t key;

	(void)state;
	other.item[0] = 7;
	assert_int_equal(content_set_str(from, CONTENT_BODY, "words", 5), 0);
	assert_int_equal(content_set_u64(from, CONTENT_MOOD, 3), 0);
	assert_int_equal(content_set_bin(from, 1000, "new", 3), 0);
	struct content *to = content_copy(from, &other);
	assert_non_null(to);
	assert_memory_equal(content_peek_head(to), &other, sizeof other);
	assert_int_equal(content_drop(from, CONTENT_MOOD), 0);
	content_free(from);
	assert_memory_equal(content_str(to, CONTENT_BODY, &len), "words", 5);
	assert_int_equal(content_u64(to, CONTENT_MOOD, 0), 3);
	assert_memory_equal(content_bin(to, 1000, &len), "new", 3);
	assert_false(content_field_at(to, 3, &key));
	content_free(to);
}

static void bad_heads_are_not_written(void **state)
{
	static const struct content_head bad[] = {
	    {.kind = 0},
	    {.kind = 8},
	    {.kind = 4, .n_parents = 9},
	    {.kind = 4, .offset = 841},
	    {.kind = 4, .offset = -721},
	    {.kind = 4, .at_ms = MP_NUMBER_MAX + 1},
	    {.kind = 4, .made_ms = MP_NUMBER_MAX + 1},
	};
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct content *c = content_new(&bad[i]);

		assert_int_equal(content_encode(c, &content_base_kinds, &b), ERR_SCHEMA);
		content_free(c);
	}
	assert_int_equal(b.len, 0);
	buf_wipe(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_limit),
	    cmocka_unit_test(end_of_an_empty_stream),
	    cmocka_unit_test(number_of_fields),
	    cmocka_unit_test(one_field_too_many),
	    cmocka_unit_test(text_rules),
	    cmocka_unit_test(units),
	    cmocka_unit_test(tags),
	    cmocka_unit_test(getters),
	    cmocka_unit_test(newer_is_flagged),
	    cmocka_unit_test(places),
	    cmocka_unit_test(a_kind_of_ones_own),
	    cmocka_unit_test(too_deep_or_too_many),
	    cmocka_unit_test(copies),
	    cmocka_unit_test(bad_heads_are_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
