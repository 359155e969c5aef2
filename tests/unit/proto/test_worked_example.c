/* test_worked_example: builds the example again and compares it, line by line, with what is written in tests/vectors
 * and in docs/PROTOCOL.md. With the argument `write` it writes both instead: for whoever changes the format on purpose.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "tests/unit/support/worked_example.h"

#define PAGE "docs/PROTOCOL.md"
#define BEGIN "<!-- worked example: begin -->\n```\n"
#define END "```\n<!-- worked example: end -->\n"

static void slurp(const char *path, struct buf *b)
{
	FILE *f = fopen(path, "rb");
	char part[4096];
	size_t n;

	if (!f)
		fail_msg("%s cannot be read", path);
	while ((n = fread(part, 1, sizeof part, f)) > 0)
		assert_int_equal(buf_put(b, part, n), 0);
	fclose(f);
	assert_int_equal(buf_put_u8(b, 0), 0); /* so that it can be searched */
}

static int spill(const char *path, const void *bytes, size_t len)
{
	FILE *f = fopen(path, "wb");
	int bad = !f || fwrite(bytes, 1, len, f) != len;

	return (f && fclose(f)) || bad;
}

static size_t line_length(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t)(end - at));

	return (size_t)((newline ? newline : end) - at);
}

/* The first line of `have` that is not that of `want`; NULL if there is none. */
static const char *differs(const char *have, size_t have_len, const struct buf *want)
{
	const char *a = have, *a_end = have + have_len;
	const char *b = (const char *)want->data, *b_end = b + want->len;

	while (a < a_end && b < b_end) {
		size_t la = line_length(a, a_end), lb = line_length(b, b_end);

		if (la != lb || memcmp(a, b, la) != 0)
			return a;
		a += la + 1;
		b += lb + 1;
	}
	return have_len != want->len ? a : NULL;
}

static void compare(const char *where, const char *have, size_t have_len, const struct buf *want)
{
	const char *line = differs(have, have_len, want);

	if (line)
		fail_msg("%s says otherwise: %.*s", where, (int)line_length(line, have + have_len), line);
}

static void file_is_the_example(void **state)
{
	struct buf want, have;

	(void)state;
	buf_init(&want, 0);
	buf_init(&have, 0);
	worked_example_put(&want);
	slurp(WORKED_EXAMPLE_FILE, &have);
	compare(WORKED_EXAMPLE_FILE, (const char *)have.data, have.len - 1, &want);
	buf_wipe(&want);
	buf_wipe(&have);
}

/* The lines between the page's markers. */
static void find_block(const struct buf *page, size_t *start, size_t *end)
{
	const char *text = (const char *)page->data;
	const char *begin = strstr(text, BEGIN), *stop = begin ? strstr(begin, END) : NULL;

	assert_non_null(begin);
	assert_non_null(stop);
	*start = (size_t)(begin - text) + strlen(BEGIN);
	*end = (size_t)(stop - text);
}

static void page_shows_the_example(void **state)
{
	struct buf all, want, page;
	size_t start, end;

	(void)state;
	buf_init(&all, 0);
	buf_init(&want, 0);
	buf_init(&page, 0);
	worked_example_put(&all);
	worked_example_pick(&all, &want);
	slurp(PAGE, &page);
	find_block(&page, &start, &end);
	compare(PAGE, (const char *)page.data + start, end - start, &want);
	buf_wipe(&all);
	buf_wipe(&want);
	buf_wipe(&page);
}

/* Control: it is the same twice, and one changed, missing or added character is found. */
static void a_difference_is_found(void **state)
{
	struct buf once, twice;
	const char *text;

	(void)state;
	buf_init(&once, 0);
	buf_init(&twice, 0);
	worked_example_put(&once);
	worked_example_put(&twice);
	text = (const char *)once.data;
	assert_null(differs(text, once.len, &twice));
	assert_ptr_equal(differs(text, once.len - 1, &twice), text + once.len);
	for (size_t i = 0; i < once.len; i += 97) {
		once.data[i] ^= 1;
		assert_non_null(differs(text, once.len, &twice));
		once.data[i] ^= 1;
	}
	buf_truncate(&twice, twice.len - 1);
	assert_non_null(differs(text, once.len, &twice));
	buf_wipe(&once);
	buf_wipe(&twice);
}

static void write_both(void **state)
{
	struct buf all, shown, page;
	size_t start, end;

	(void)state;
	buf_init(&all, 0);
	buf_init(&shown, 0);
	buf_init(&page, 0);
	worked_example_put(&all);
	worked_example_pick(&all, &shown);
	assert_int_equal(spill(WORKED_EXAMPLE_FILE, all.data, all.len), 0);
	slurp(PAGE, &page);
	find_block(&page, &start, &end);
	buf_put(&shown, page.data + end, page.len - 1 - end);
	buf_truncate(&page, start);
	buf_put(&page, shown.data, shown.len);
	assert_int_equal(buf_err(&page), 0);
	assert_int_equal(spill(PAGE, page.data, page.len), 0);
	buf_wipe(&all);
	buf_wipe(&shown);
	buf_wipe(&page);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(file_is_the_example),
	    cmocka_unit_test(page_shows_the_example),
	    cmocka_unit_test(a_difference_is_found),
	};
	const struct CMUnitTest writing[] = {cmocka_unit_test(write_both)};

	if (crypto_init())
		return 1;
	if (argc == 2 && strcmp(argv[1], "write") == 0)
		return cmocka_run_group_tests(writing, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
