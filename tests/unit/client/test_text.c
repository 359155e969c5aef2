/* What people wrote: kept in one form, refused with a place, shown without power over the terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "client/ui/text.h"
#include "client/ui/why.h"

static const struct text_limit body = {.what = "The file", .max_bytes = 4096, .min_chars = 1};

static void normal(const char *in, size_t len, const struct text_limit *limit, const char *expect)
{
	struct buf out;
	struct why why;

	buf_init(&out, 0);
	assert_int_equal(text_normalise(in, len, limit, &out, &why), 0);
	assert_string_equal(why.text, "");
	assert_int_equal(out.len, strlen(expect));
	assert_memory_equal(out.data, expect, out.len);
	buf_wipe(&out);
}

static void refused(const char *in, size_t len, const struct text_limit *limit, int err, const char *sentence)
{
	struct buf out;
	struct why why;

	buf_init(&out, 0);
	assert_int_equal(buf_put(&out, "before", 6), 0);
	assert_int_equal(text_normalise(in, len, limit, &out, &why), err);
	assert_string_equal(why.text, sentence);
	assert_int_equal(out.len, 6);
	buf_wipe(&out);
}
#define N(in) in, sizeof(in) - 1

static void test_normalise(void **state)
{
	(void)state;
	normal(N("plain"), &body, "plain");
	normal(N("one\r\ntwo\rthree\n"), &body, "one\ntwo\nthree");
	normal(N("\xEF\xBB\xBF"
	         "with a mark"),
	       &body, "with a mark");
	normal(N("  indented\n\n  kept \t\n\n"), &body, "  indented\n\n  kept");
	normal(N("e\xCC\x81 A\xCC\x8A"), &body, "\xC3\xA9 \xC3\x85");             /* accents are composed */
	normal(N("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB"), &body, "\xED\x95\x9C"); /* so is Hangul */
	normal(N("\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x94\xAC"), &body,
	       "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x94\xAC"); /* joined emoji stay joined */
	normal(N("\xD7\xA9\xD6\xB8\xD7\x9C\xE2\x80\x8F"), &body,
	       "\xD7\xA9\xD6\xB8\xD7\x9C\xE2\x80\x8F");             /* RTL and its mark */
	normal(N("q\xCC\xA3\xCC\x87"), &body, "q\xCC\xA3\xCC\x87"); /* no composed form exists */
}

static void test_not_utf8(void **state)
{
	char text[300];

	(void)state;
	memset(text, 'a', sizeof text);
	text[210] = (char)0x80;
	refused(text, sizeof text, &body, ERR_UTF8,
	        "The file is not valid UTF-8 text (byte 211). Convert it, or attach it as a file.");
	text[210] = 0;
	refused(text, sizeof text, &body, ERR_UTF8,
	        "The file is not valid UTF-8 text (byte 211). Convert it, or attach it as a file.");
	text[210] = 'a';
	text[5] = 0;
	text[210] = (char)0xFF;
	refused(text, sizeof text, &body, ERR_UTF8,
	        "The file is not valid UTF-8 text (byte 6). Convert it, or attach it as a file.");
	refused(N("\xC0\xAF"), &body, ERR_UTF8, /* overlong */
	        "The file is not valid UTF-8 text (byte 1). Convert it, or attach it as a file.");
	refused(N("ab\xED\xA0\x80"), &body, ERR_UTF8, /* half a surrogate pair */
	        "The file is not valid UTF-8 text (byte 3). Convert it, or attach it as a file.");
	refused(N("abc\xE2\x82"), &body, ERR_UTF8, /* cut short */
	        "The file is not valid UTF-8 text (byte 4). Convert it, or attach it as a file.");
	assert_true(text_valid(N("\xC3\xA9")));
	assert_false(text_valid(N("\xC3")));
	assert_false(text_valid(N("a\0b")));
}

static void test_controls(void **state)
{
	static const struct text_limit title = {.what = "The title", .min_chars = 1, .max_chars = 20, .one_line = true};

	(void)state;
	refused(N("a\nb\x1b[2J"), &body, ERR_SHAPE,
	        "The file holds a control character (0x1b) at line 2, character 2. Remove it and try again.");
	refused(N("\x7f"), &body, ERR_SHAPE,
	        "The file holds a control character (0x7f) at line 1, character 1. Remove it and try again.");
	refused(N("\xC3\xA9\xC2\x9B"
	          "31m"),
	        &body, ERR_SHAPE,
	        "The file holds a control character (0x9b) at line 1, character 2. Remove it and try again.");
	normal(N("tab\tand\nline"), &body, "tab\tand\nline");
	refused(N("two\nlines"), &title, ERR_SHAPE, "The title must be one line.");
	refused(N("tab\there"), &title, ERR_SHAPE,
	        "The title holds a control character (0x09) at line 1, character 4. Remove it and try again.");
	normal(N("one line\n"), &title, "one line");
}

static void test_limits(void **state)
{
	static const struct text_limit chars = {.what = "The title", .min_chars = 2, .max_chars = 4};
	static const struct text_limit bytes = {.what = "The file", .max_bytes = 1024};
	char *text = malloc(2000);

	(void)state;
	refused(N(""), &chars, ERR_SHAPE, "The title is empty.");
	refused(N(" \n\t "), &chars, ERR_SHAPE, "The title is empty.");
	refused(N("a"), &chars, ERR_SHAPE, "The title has 1 characters; it needs at least 2.");
	normal(N("\xC3\xA9\xC3\xA9"), &chars, "\xC3\xA9\xC3\xA9");
	normal(N("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"), &chars, "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9");
	refused(N("abcde"), &chars, ERR_TOO_BIG, "The title has 5 characters; at most 4 fit.");
	normal(N("e\xCC\x81"
	         "e\xCC\x81"
	         "e\xCC\x81"
	         "e\xCC\x81"),
	       &chars, "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"); /* after NFC */
	memset(text, 'x', 2000);
	refused(text, 1025, &bytes, ERR_TOO_BIG, "The file is 2 KiB long; at most 1 KiB fit.");
	normal(text, 1024, &bytes, (text[1024] = 0, text));
	text[1024] = ' '; /* what is trimmed does not count */
	refused(text, 1026, &bytes, ERR_TOO_BIG, "The file is 2 KiB long; at most 1 KiB fit.");
	text[1025] = '\n';
	text[1026] = 0;
	{
		char *expect = strndup(text, 1024);

		normal(text, 1026, &bytes, expect);
		free(expect);
	}
	normal(N(""), &bytes, "");
	free(text);
}

static void shown(const char *in, size_t len, bool lines, const char *expect)
{
	struct buf out;

	buf_init(&out, 0);
	text_put_safe(&out, in, len, lines);
	assert_int_equal(buf_put_u8(&out, 0), 0);
	assert_string_equal((char *)out.data, expect);
	buf_wipe(&out);
}

static void test_safe(void **state)
{
	(void)state;
	shown(N("\x1b[31mred\x1b]0;title\x07"), true, "\\x1b[31mred\\x1b]0;title\\x07");
	shown(N("\xC2\x9B"
	        "2J"),
	      true, "\\u{9b}2J"); /* one-character CSI */
	shown(N("a\x7f\r\b"), true, "a\\x7f\\x0d\\x08");
	shown(N("one\ttwo\nthree"), true, "one\ttwo\nthree");
	shown(N("one\ttwo\nthree"), false, "one two three");
	shown(N("safe\xE2\x80\xAE"
	        "txt.exe"),
	      true, "safe\\u{202e}txt.exe");
	shown(N("\xE2\x81\xA6x\xE2\x81\xA9"), true, "\\u{2066}x\\u{2069}");
	shown(N("a\xE2\x80\xA8"
	        "b"),
	      true, "a\\u{2028}b");
	shown(N("\xFF"
	        "a\xC3"),
	      true, "\\xffa\\xc3");
	shown(N("\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D\xE2\x80\x8F"), true, "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D\xE2\x80\x8F");
	shown(N("e\xCC\x81 \xF0\x9F\x8C\xB1"), true, "e\xCC\x81 \xF0\x9F\x8C\xB1");
	shown(N("a\0b"), true, "a\\x00b");
}

/* No byte that a terminal obeys is left, whatever comes in. */
static void test_safe_always(void **state)
{
	uint8_t in[64];
	unsigned seed = 7;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct buf out;

		for (size_t i = 0; i < sizeof in; i++) {
			seed = seed * 1103515245u + 12345u;
			in[i] = (uint8_t)(seed >> 16);
		}
		buf_init(&out, 0);
		text_put_safe(&out, (const char *)in, sizeof in, round % 2);
		assert_true(text_valid((const char *)out.data, out.len));
		for (size_t i = 0; i < out.len; i++) {
			assert_true(out.data[i] >= 0x20 || (round % 2 && (out.data[i] == '\n' || out.data[i] == '\t')));
			assert_int_not_equal(out.data[i], 0x7f);
			assert_false(i + 1 < out.len && out.data[i] == 0xC2 && out.data[i + 1] < 0xA0);
		}
		buf_wipe(&out);
	}
}

static void excerpt(const char *in, size_t columns, const char *expect)
{
	struct buf out;

	buf_init(&out, 0);
	text_put_excerpt(&out, in, strlen(in), columns);
	assert_int_equal(buf_put_u8(&out, 0), 0);
	assert_string_equal((char *)out.data, expect);
	assert_true(text_width((char *)out.data, out.len - 1) <= columns);
	buf_wipe(&out);
}

static void test_excerpt(void **state)
{
	(void)state;
	excerpt("warm orange. a door that was only a curtain", 28, "warm orange. a door that…");
	excerpt("warm orange. a door that was only a curtain", 29, "warm orange. a door that was…");
	excerpt("short", 28, "short");
	excerpt("exactly ten", 11, "exactly ten");
	excerpt("exactly ten", 10, "exactly…");
	excerpt("two\n\n  lines\tof it", 28, "two lines of it");
	excerpt("unbelievablylongfirstword and more", 12, "unbelievabl…");
	excerpt("\xE6\xB8\xA9\xE3\x81\x8B\xE3\x81\x84\xE6\xA9\x99", 7,
	        "\xE6\xB8\xA9\xE3\x81\x8B\xE3\x81\x84…"); /* wide: two each */
	excerpt("\xE6\xB8\xA9\xE3\x81\x8B\xE3\x81\x84\xE6\xA9\x99", 6, "\xE6\xB8\xA9\xE3\x81\x8B…");
	excerpt("ee\xCC\x81\xCC\x81\xCC\x81"
	        "ee",
	        3, "ee\xCC\x81\xCC\x81\xCC\x81…"); /* marks take no room and stay with their letter */
	excerpt("a\x1b[2Jb", 20, "a\\x1b[2Jb");
	excerpt("", 5, "");
}

static void wrapped(const char *in, size_t columns, size_t indent, const char *expect)
{
	struct buf out;

	buf_init(&out, 0);
	text_put_wrapped(&out, in, strlen(in), columns, indent);
	assert_int_equal(buf_put_u8(&out, 0), 0);
	assert_string_equal((char *)out.data, expect);
	buf_wipe(&out);
}

static void test_wrapped(void **state)
{
	(void)state;
	wrapped("one two three four", 10, 0, "one two\nthree four\n");
	wrapped("one two three four", 10, 2, "  one two\n  three\n  four\n");
	wrapped("one\n\ntwo", 10, 2, "  one\n\n  two\n");
	wrapped("  kept indent", 40, 0, "  kept indent\n");
	wrapped("unbelievablylongword x", 8, 0, "unbelievablylongword\nx\n");
	wrapped("\xE6\xB8\xA9\xE3\x81\x8B\xE3\x81\x84\xE6\xA9\x99", 4, 0,
	        "\xE6\xB8\xA9\xE3\x81\x8B\n\xE3\x81\x84\xE6\xA9\x99\n");
	wrapped("\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xD7\xA2\xD7\x95\xD7\x9C\xD7\x9D", 5, 0,
	        "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D\n\xD7\xA2\xD7\x95\xD7\x9C\xD7\x9D\n");
	wrapped("e\xCC\x81"
	        "e\xCC\x81"
	        "e\xCC\x81 x",
	        5, 0,
	        "e\xCC\x81"
	        "e\xCC\x81"
	        "e\xCC\x81 x\n");
	wrapped("\x1b[2J", 20, 0, "\\x1b[2J\n");
	wrapped("", 20, 0, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_normalise), cmocka_unit_test(test_not_utf8), cmocka_unit_test(test_controls),
	    cmocka_unit_test(test_limits),    cmocka_unit_test(test_safe),     cmocka_unit_test(test_safe_always),
	    cmocka_unit_test(test_excerpt),   cmocka_unit_test(test_wrapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
