/* example_text: see example_text.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"

#include "example_text.h"

#define OK(call) assert_int_equal(call, 0)

void example_text_say(struct example_text *t, const char *line)
{
	OK(buf_put(t->out, line, strlen(line)));
	OK(buf_put(t->out, "\n", 1));
}

static void put_name(struct example_text *t, const char *name)
{
	OK(buf_put(t->out, t->prefix, strlen(t->prefix)));
	OK(buf_put(t->out, ".", 1));
	OK(buf_put(t->out, name, strlen(name)));
}

void example_text_hex(struct example_text *t, const char *name, const void *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *b = bytes;

	put_name(t, name);
	OK(buf_put(t->out, " = ", 3));
	for (size_t i = 0; i < len; i++) {
		OK(buf_put(t->out, &digits[b[i] >> 4], 1));
		OK(buf_put(t->out, &digits[b[i] & 15], 1));
	}
	OK(buf_put(t->out, "\n", 1));
}

void example_text_word(struct example_text *t, const char *name, const char *value)
{
	put_name(t, name);
	OK(buf_put(t->out, " = \"", 4));
	OK(buf_put(t->out, value, strlen(value)));
	OK(buf_put(t->out, "\"\n", 2));
}

void example_text_number(struct example_text *t, const char *name, uint64_t value)
{
	char digits[32];
	int n = snprintf(digits, sizeof digits, " : %llu\n", (unsigned long long)value);

	put_name(t, name);
	OK(buf_put(t->out, digits, (size_t)n));
}

void example_text_about(struct example_text *t, const char *prefix)
{
	assert_true(strlen(prefix) < sizeof t->prefix);
	memcpy(t->prefix, prefix, strlen(prefix) + 1);
}
