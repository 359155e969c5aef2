/* export: everything a person can read, as an archive for life after this program: a page of Markdown and a JSON
 * document for every entry and message, and the files attached to them. Knows no command, no file and no sealing: the
 * bytes go to a sink (age.h has a writer of this shape), and attachments are brought by the caller. */
#ifndef KAP_CLIENT_LEAVE_EXPORT_H
#define KAP_CLIENT_LEAVE_EXPORT_H

#include <stddef.h>
#include <stdint.h>

#include "tar.h"

struct attachment;
struct book;
struct people;

/* Gives out the bytes of an attachment, exactly a->size of them. export_bring says before whether it can: 0, or
 * ERR_NOT_FOUND when it is not to be had now. */
typedef int export_bring(void *arg, const struct attachment *a);
typedef int export_bytes(void *arg, const struct attachment *a, int (*sink)(void *to, const uint8_t *bytes, size_t len),
                         void *to);

struct export_opts {
	const struct book *book;
	const struct people *people;
	const char *clinic; /* its name */
	uint64_t now_ms;
	tar_sink *sink;
	void *arg;
	export_bring *bring;
	export_bytes *bytes;
	void *attachments;                                      /* the arg of both */
	void (*progress)(void *arg, size_t done, size_t total); /* NULL: silent */
	void *progress_arg;
};

struct export_result {
	size_t entries, messages, comments, files;
	size_t clinical; /* items of clinical kinds */
	size_t missing;  /* attachments that could not be brought */
};

/* Writes the whole archive. ERR_NOMEM, ERR_TOO_BIG, what the sink and the two functions return. */
int export_run(const struct export_opts *opts, struct export_result *result);

#endif
