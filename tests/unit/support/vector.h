/* vector: reads files of known answers: one test a line, columns parted by one space, # begins a comment line, - is
 * empty. Paths are relative to the root of the repository. Whatever is wrong with the file fails the running test. */
#ifndef KAP_TESTS_VECTOR_H
#define KAP_TESTS_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define VECTOR_COLUMNS 16

struct vector {
	FILE *file;
	const char *path;
	char *line;
	size_t room, line_no, columns;
	char *text[VECTOR_COLUMNS];
	uint8_t *bytes[VECTOR_COLUMNS];
	size_t len[VECTOR_COLUMNS]; /* of bytes */
	size_t rows;                /* rows read so far */
};

/* `columns` is how many each line must have. */
void vector_open(struct vector *v, const char *path, size_t columns);

/* Reads the next line. False at the end, when everything is freed; a file without a row fails the test. */
bool vector_next(struct vector *v);

/* Column `i` decoded from hex, v->len[i] bytes; of exactly `len` bytes where `len` is given. Valid until vector_next.
 */
const uint8_t *vector_hex(struct vector *v, size_t i);
const uint8_t *vector_fixed(struct vector *v, size_t i, size_t len);

/* Column `i` as a decimal number. */
unsigned long vector_number(struct vector *v, size_t i);

#endif
