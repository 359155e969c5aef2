/* example_text: writes the lines of a worked example: comments, hex, texts, numbers; names have a prefix. Whatever goes
 * wrong fails the running test. */
#ifndef KAP_TESTS_EXAMPLE_TEXT_H
#define KAP_TESTS_EXAMPLE_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct buf;

struct example_text {
	struct buf *out;
	char prefix[32];
};

/* A line as it is. */
void example_text_say(struct example_text *t, const char *line);
/* What the names of the lines that follow begin with. */
void example_text_about(struct example_text *t, const char *prefix);

void example_text_hex(struct example_text *t, const char *name, const void *bytes, size_t len); /* prefix.name = 00ff */
void example_text_word(struct example_text *t, const char *name, const char *value); /* prefix.name = "value" */
void example_text_number(struct example_text *t, const char *name, uint64_t value);  /* prefix.name : 17 */

#endif
