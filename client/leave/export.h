/* export: everything a person can read, as an archive for life after this program: a page of Markdown and a JSON
 * document for every entry and message. Knows no command, no file and no sealing: the bytes go to a sink (age.h has a
 * writer of this shape). */
#ifndef KAP_CLIENT_LEAVE_EXPORT_H
#define KAP_CLIENT_LEAVE_EXPORT_H

#include <stddef.h>
#include <stdint.h>

#include "tar.h"

struct book;
struct people;

struct export_opts {
	const struct book *book;
	const struct people *people;
	const char *clinic; /* its name */
	uint64_t now_ms;
	tar_sink *sink;
	void *arg;
	void (*progress)(void *arg, size_t done, size_t total); /* NULL: silent */
	void *progress_arg;
};

struct export_result {
	size_t entries, messages, comments;
};

/* Writes the whole archive. ERR_NOMEM, ERR_TOO_BIG, what the sink returns. */
int export_run(const struct export_opts *opts, struct export_result *result);

#endif
