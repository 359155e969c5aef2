/* newfile: makes a file that the person asked for: readable by its owner alone, whole or not at all, in the place of
 * another only where that was asked for. Knows nothing of what is in it. */
#ifndef KAP_CLIENT_UI_NEWFILE_H
#define KAP_CLIENT_UI_NEWFILE_H

#include <stdbool.h>
#include <stddef.h>

struct newfile;
struct why;

/* Begins a file beside `path`, under another name. ERR_EXISTS when there is something at `path` and not `replace`,
 * ERR_NOT_FOUND (no such folder), ERR_NO_SPACE, ERR_IO, ERR_NOMEM; the sentence is in `why`. *out is NULL then. */
int newfile_begin(const char *path, bool replace, struct newfile **out, struct why *why);
/* Of the shape of age_sink, tar_sink and blob_sink; `file` is a struct newfile. ERR_NO_SPACE, ERR_IO. */
int newfile_write(void *file, const void *bytes, size_t len);
/* Makes it durable and gives it its name; `file` is gone afterwards, whatever is returned. ERR_EXISTS when something
 * has come to be there meanwhile. On an error nothing is left behind. */
int newfile_commit(struct newfile *file);
/* Takes it away again. NULL is legal. */
void newfile_abort(struct newfile *file);

#endif
