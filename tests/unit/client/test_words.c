/* test_words: the list's ends and order, the bits' order, and a word for every number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "client/ui/words.h"
#include "proto/buf.h"
#include "proto/err.h"

/* BIP-39: sorted, and told apart by the first four letters. */
static void the_list(void **state)
{
	(void)state;
	assert_string_equal(words_at(0), "abandon");
	assert_string_equal(words_at(1023), "lend");
	assert_string_equal(words_at(2047), "zoo");
	assert_null(words_at(2048));
	for (unsigned i = 1; i < WORDS_COUNT; i++)
		assert_true(strncmp(words_at(i - 1), words_at(i), 4) < 0);
}

static void expect(const uint8_t *bits, size_t n, const char *text)
{
	struct buf out;
	buf_init(&out, 0);
	assert_int_equal(words_of(bits, n, &out), 0);
	assert_int_equal(out.len, strlen(text));
	assert_memory_equal(out.data, text, out.len);
	buf_wipe(&out);
}

/* The first words of three of the BIP-39 test vectors, entropy to words. */
static void bits_to_words(void **state)
{
	static const uint8_t zeroes[6], seven[6] = {0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f};
	static const uint8_t eight[6] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80}, ones[6] = {255, 255, 255, 255, 255, 255};
	(void)state;
	expect(zeroes, WORDS_COMPARED, "abandon abandon abandon abandon");
	expect(seven, WORDS_COMPARED, "legal winner thank year");
	expect(eight, WORDS_COMPARED, "letter advice cage absurd");
	expect(ones, WORDS_COMPARED, "zoo zoo zoo zoo");
	expect(ones, 1, "zoo");
	expect(ones, 0, "");
}

static void no_room(void **state)
{
	static const uint8_t zeroes[2];
	struct buf out;
	(void)state;
	buf_init(&out, 3);
	assert_int_not_equal(words_of(zeroes, 1, &out), 0);
	buf_wipe(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_list),
	    cmocka_unit_test(bits_to_words),
	    cmocka_unit_test(no_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
