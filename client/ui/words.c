/* words: the table of words.def, and bits to places in it. */
#include "proto/buf.h"

#include <string.h>

#include "client/ui/words.h"

static const char *const rows[] = {
#define WORD(text) text,
#include "client/ui/words.def"
#undef WORD
};

_Static_assert(sizeof(rows) / sizeof(*rows) == WORDS_COUNT, "a word for every number");

const char *words_at(unsigned number)
{
	return number < WORDS_COUNT ? rows[number] : NULL;
}

int words_of(const uint8_t *bits, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		unsigned number = 0;
		for (size_t bit = i * WORDS_BITS; bit < (i + 1) * WORDS_BITS; bit++)
			number = number << 1 | ((unsigned)bits[bit / 8] >> (7 - bit % 8) & 1u);
		const char *word = rows[number];
		if (i)
			buf_put_u8(out, ' ');
		buf_put(out, word, strlen(word));
	}
	return buf_err(out);
}
