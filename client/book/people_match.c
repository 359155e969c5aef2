/* people_match: see people_match.h. Unicode by libunistring. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "people_match.h"

static bool is_in_word(ucs4_t c)
{
	return uc_is_property_alphabetic(c) || uc_is_general_category_withtable(c, UC_CATEGORY_MASK_M | UC_CATEGORY_MASK_N);
}

/* Copies the words of valid UTF-8; `out` has room for len + 2 bytes. An apostrophe does not end a word. */
static void put_words(const uint8_t *text, size_t len, uint8_t *out)
{
	size_t n = 0;
	ucs4_t c;
	for (size_t i = 0; i < len;) {
		size_t bytes = (size_t)u8_mbtouc_unsafe(&c, text + i, len - i);
		if (is_in_word(c)) {
			memcpy(out + n, text + i, bytes);
			n += bytes;
		} else if (n && out[n - 1] && c != '\'' && c != 0x2019) {
			out[n++] = 0;
		}
		i += bytes;
	}
	if (n && out[n - 1])
		out[n++] = 0;
	out[n] = 0;
}

uint8_t *people_match_words(const char *text)
{
	const uint8_t *bytes = (const uint8_t *)text;
	size_t len = strlen(text), folded_len = 0;
	if (u8_check(bytes, len))
		return NULL;
	uint8_t *folded = u8_casefold(bytes, len, NULL, UNINORM_NFC, NULL, &folded_len);
	uint8_t *words = folded || folded_len == 0 ? malloc(folded_len + 2) : NULL;
	if (words)
		put_words(folded, folded_len, words);
	free(folded);
	return words;
}

static const uint8_t *next_word(const uint8_t *words)
{
	return words + strlen((const char *)words) + 1;
}

/* How well `typed` fits the beginning of `name`. */
static enum people_match fit(const uint8_t *name, const uint8_t *typed)
{
	enum people_match how = PEOPLE_WORDS;
	for (; *typed; typed = next_word(typed), name = next_word(name)) {
		size_t len = strlen((const char *)typed);
		if (!*name || strncmp((const char *)name, (const char *)typed, len) != 0)
			return PEOPLE_NO_MATCH;
		if (name[len])
			how = PEOPLE_BEGINNING;
	}
	return how == PEOPLE_WORDS && !*name ? PEOPLE_WHOLE : how;
}

enum people_match people_match_of(const uint8_t *name, const uint8_t *typed)
{
	enum people_match best = PEOPLE_NO_MATCH;
	if (!*typed)
		return PEOPLE_NO_MATCH;
	for (const uint8_t *at = name; *at; at = next_word(at)) {
		enum people_match how = fit(at, typed);
		if (how == PEOPLE_WHOLE && at != name)
			how = PEOPLE_WORDS;
		if (how > best)
			best = how;
	}
	return best;
}
