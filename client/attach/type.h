/* type: what a file is, told by its content and never by its name: sound, pictures, PDF and plain text, and how large
 * each may be. Knows no file: is given bytes. */
#ifndef KAP_CLIENT_ATTACH_TYPE_H
#define KAP_CLIENT_ATTACH_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct type {
	const char *media;  /* "audio/ogg" */
	const char *word;   /* "recording": for people */
	const char *ending; /* "ogg" */
	uint64_t max;       /* bytes of the file */
	bool text;          /* every byte has to be text: type_text_put */
};

#define TYPE_HEAD 512 /* bytes of the beginning that are enough */

/* By the first bytes, all of them when there are fewer than TYPE_HEAD. NULL: none that can be attached. Static. */
const struct type *type_of(const uint8_t *head, size_t len);
/* By a media type as an author's device gave it; NULL for one that is not known here. */
const struct type *type_by_media(const char *media);

/* Is a stream plain text: UTF-8 without control characters but line ends, tab and form feed? Begin zeroed. */
struct type_text {
	uint8_t held[4];
	size_t n;
	bool bad;
};
void type_text_put(struct type_text *t, const uint8_t *bytes, size_t len);
/* True if all that was put is text, and its last character is whole. */
bool type_text_end(const struct type_text *t);

#endif
