/* mp_spec: see mp_spec.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/mp.h"

#include "mp_spec.h"

static const char *skip_space(const char *at)
{
	return at + strspn(at, " ");
}

/* The K of "K*" at `*at`, which moves behind it; 1 where there is none. */
static unsigned long repeat(const char **at)
{
	char *end;
	unsigned long k;

	if (**at < '0' || **at > '9')
		return 1;
	k = strtoul(*at, &end, 10);
	if (*end != '*')
		return 1;
	*at = end + 1;
	return k;
}

/* Where the element at `at` ends. */
static const char *past(const char *at)
{
	int depth = 0;

	if (*at != '[')
		return at + strcspn(at, " ]");
	do {
		if (*at == '\0')
			fail_msg("a bracket is missing");
		depth += *at == '[' ? 1 : *at == ']' ? -1 : 0;
		at++;
	} while (depth > 0);
	return at;
}

static uint32_t count_of(const char *at)
{
	unsigned long n = 0;

	for (at = skip_space(at); *at != ']'; at = skip_space(past(at))) {
		if (*at == '\0')
			fail_msg("a bracket is missing");
		n += repeat(&at);
	}
	return (uint32_t)n;
}

static void put_filled(struct buf *out, char type, size_t len)
{
	char *bytes = malloc(len + 1);

	assert_non_null(bytes);
	memset(bytes, 'a', len);
	if (type == 'b')
		mp_put_bin(out, bytes, len);
	else
		mp_put_str(out, bytes, len);
	free(bytes);
}

static void put_scalar(struct buf *out, const char *at)
{
	if (*at == 'b' || *at == 's')
		put_filled(out, *at, strtoul(at + 1, NULL, 10));
	else if (*at == 'n')
		mp_put_nil(out);
	else if (*at == 't' || *at == 'f')
		mp_put_bool(out, *at == 't');
	else if (*at == '-')
		mp_put_i64(out, strtoll(at, NULL, 10));
	else if (*at >= '0' && *at <= '9')
		mp_put_u64(out, strtoull(at, NULL, 10));
	else
		fail_msg("what is \"%s\"?", at);
}

void mp_spec(struct buf *out, const char *text)
{
	const char *at = skip_space(text);

	if (*at != '[') {
		put_scalar(out, at);
		return;
	}
	mp_put_array(out, count_of(at + 1));
	for (at = skip_space(at + 1); *at != ']'; at = skip_space(past(at)))
		for (unsigned long k = repeat(&at); k > 0; k--)
			mp_spec(out, at);
}
