/* vector: see vector.h. */
#include "vector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void forget_row(struct vector *v)
{
	for (size_t i = 0; i < VECTOR_COLUMNS; i++) {
		free(v->bytes[i]);
		v->bytes[i] = NULL;
		v->text[i] = NULL;
		v->len[i] = 0;
	}
}

void vector_open(struct vector *v, const char *path, size_t columns)
{
	*v = (struct vector){.file = fopen(path, "r"), .path = path, .columns = columns};
	if (v->file == NULL)
		fail_msg("%s does not open; run from the root of the repository", path);
	assert_true(columns > 0 && columns <= VECTOR_COLUMNS);
}

static void split(struct vector *v)
{
	size_t n = 0;
	char *at = v->line;

	v->line[strcspn(v->line, "\n")] = '\0';
	for (; at != NULL && n < VECTOR_COLUMNS; n++) {
		v->text[n] = at;
		at = strchr(at, ' ');
		if (at != NULL)
			*at++ = '\0';
	}
	if (at != NULL || n != v->columns)
		fail_msg("%s:%zu: wrong number of columns", v->path, v->line_no);
}

bool vector_next(struct vector *v)
{
	forget_row(v);
	while (getline(&v->line, &v->room, v->file) > 0) {
		v->line_no++;
		if (v->line[0] == '#' || v->line[0] == '\n')
			continue;
		split(v);
		v->rows++;
		return true;
	}
	if (v->rows == 0)
		fail_msg("%s has no rows", v->path);
	fclose(v->file);
	free(v->line);
	v->file = NULL;
	v->line = NULL;
	return false;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

const uint8_t *vector_hex(struct vector *v, size_t i)
{
	const char *text = v->text[i];
	size_t len = strlen(text);

	if (v->bytes[i] != NULL)
		return v->bytes[i];
	if (strcmp(text, "-") == 0)
		len = 0;
	v->len[i] = len / 2;
	v->bytes[i] = malloc(len / 2 + 1);
	assert_non_null(v->bytes[i]);
	for (size_t k = 0; k < len; k += 2) {
		int high = digit(text[k]), low = high < 0 ? -1 : digit(text[k + 1]);

		if (low < 0)
			fail_msg("%s:%zu: column %zu is not hex", v->path, v->line_no, i);
		v->bytes[i][k / 2] = (uint8_t)(high << 4 | low);
	}
	return v->bytes[i];
}

const uint8_t *vector_fixed(struct vector *v, size_t i, size_t len)
{
	const uint8_t *bytes = vector_hex(v, i);

	if (v->len[i] != len)
		fail_msg("%s:%zu: column %zu is not %zu bytes", v->path, v->line_no, i, len);
	return bytes;
}

unsigned long vector_number(struct vector *v, size_t i)
{
	char *end;
	unsigned long n = strtoul(v->text[i], &end, 10);

	if (*v->text[i] == '\0' || *end != '\0')
		fail_msg("%s:%zu: column %zu is not a number", v->path, v->line_no, i);
	return n;
}
