/* get: an attachment that is in the vault becomes a file: proved against its root first, then opened part by part. The
 * file has no name until all of it is right. Knows no server. */
#ifndef KAP_CLIENT_ATTACH_GET_H
#define KAP_CLIENT_ATTACH_GET_H

#include <stdbool.h>

struct attachment;
struct vault;
struct why;

/* ERR_NOT_FOUND: not every part is here. ERR_HASH: they are not what the author attached. */
int get_prove(struct vault *vault, const struct attachment *a);

/* Writes it to `path` with mode 0600, whole or not at all; `replace`: also over a file that is there. Call get_prove
 * first. ERR_EXISTS; ERR_IO, ERR_NO_SPACE with the sentence in `why`; ERR_OPEN, ERR_PADDING (it is not what it says it
 * is), ERR_NOT_FOUND. */
int get_file(struct vault *vault, const struct attachment *a, const char *path, bool replace, struct why *why);

#endif
