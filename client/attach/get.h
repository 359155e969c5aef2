/* get: an attachment that is in the vault becomes a file: proved against its root first, then opened part by part. The
 * file has no name until all of it is right. Knows no server. */
#ifndef KAP_CLIENT_ATTACH_GET_H
#define KAP_CLIENT_ATTACH_GET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct attachment;
struct vault;
struct why;

/* ERR_NOT_FOUND: not every part is here. ERR_HASH: they are not what the author attached. */
int get_prove(struct vault *vault, const struct attachment *a);

/* Gives the file's bytes out in order, which are not to be trusted before the end: only 0 says that they are what was
 * attached. Call get_prove first. ERR_OPEN, ERR_PADDING (it is not what it says it is), ERR_NOT_FOUND, what the sink
 * returns. */
typedef int get_sink(void *arg, const uint8_t *bytes, size_t len);
int get_stream(struct vault *vault, const struct attachment *a, get_sink *sink, void *arg);

/* Writes it to `path` with mode 0600, whole or not at all; `replace`: also over a file that is there. Call get_prove
 * first. ERR_EXISTS; errors of newfile_begin with the sentence in `why`, of newfile_commit and of get_stream. */
int get_file(struct vault *vault, const struct attachment *a, const char *path, bool replace, struct why *why);

#endif
