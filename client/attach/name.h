/* name: names of attachments: what a person's file is called when it is attached, and what a name that somebody else
 * chose is made into before it touches a disk or a terminal. Knows no file. */
#ifndef KAP_CLIENT_ATTACH_NAME_H
#define KAP_CLIENT_ATTACH_NAME_H

#include <stddef.h>
#include <stdint.h>

struct attachment;
struct why;

#define NAME_SHOWN_MAX 1024 /* bytes of a name as text_put_safe makes it */

/* Sets the attachment's name from what was typed: its last part, in NFC. ERR_SCHEMA or errors of text_normalise with
 * the sentence in `why`: nothing left, more than 120 characters, control characters. */
int name_set(struct attachment *a, const char *path, struct why *why);

#define NAME_FILE_MAX 200

/* A name for a file in a folder, from that of an attachment by anybody: no slash or backslash, no control character or
 * one that turns text around, no dot or dash at its beginning, not empty, at most NAME_FILE_MAX bytes; its end is
 * the type's when it had none. */
void name_for_disk(const struct attachment *a, char out[NAME_FILE_MAX + 1]);
/* For a terminal: what it does is visible, not done. */
void name_for_show(const struct attachment *a, char out[NAME_SHOWN_MAX]);
/* "1.2 MB", "640 KB", "12 bytes" */
#define NAME_SIZE_MAX 24
void name_for_size(uint64_t size, char out[NAME_SIZE_MAX]);

#endif
