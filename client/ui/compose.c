/* compose: chooses the way a text comes in, and checks what came. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "client/ui/compose.h"
#include "client/ui/compose_internal.h"
#include "client/ui/text.h"
#include "client/ui/why.h"

size_t compose_raw_max(const struct compose_opts *opts)
{
	/* normalising may make a text shorter, and white space at its end goes */
	return opts->limit->max_bytes ? opts->limit->max_bytes * 2 + 4096 : BUF_MAX_DEFAULT - 4096;
}

int compose_read(int fd, size_t max, struct buf *raw)
{
	uint8_t chunk[4096];
	ssize_t n;
	int rc = 0;

	while (!rc) {
		n = read(fd, chunk, sizeof chunk);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			rc = ERR_IO;
		else if (n > 0)
			rc = buf_put(raw, chunk, (size_t)n);
		else
			break;
		if (!rc && raw->len > max)
			rc = ERR_TOO_BIG;
	}
	crypto_wipe(chunk, sizeof chunk);
	return rc;
}

static int explain_read(int rc, const struct compose_opts *opts, struct why *why)
{
	size_t max = opts->limit->max_bytes ? opts->limit->max_bytes : compose_raw_max(opts);

	if (rc == ERR_TOO_BIG)
		why_set(why, rc, "%s is too long; at most %zu KiB fit.", opts->limit->what, max / 1024);
	return rc;
}

static int from_file(const struct compose_opts *opts, struct buf *raw, struct why *why)
{
	int fd = open(opts->file, O_RDONLY | O_CLOEXEC | O_NOCTTY), rc;
	struct stat st;

	if (fd < 0) {
		if (errno == ENOENT)
			return why_set(why, ERR_NOT_FOUND, "There is no file %.200s.", opts->file);
		return why_set(why, ERR_IO, "%.200s cannot be read: %s.", opts->file, strerror(errno));
	}
	if (!fstat(fd, &st) && S_ISDIR(st.st_mode))
		rc = why_set(why, ERR_SHAPE, "%.200s is a directory, not a text.", opts->file);
	else
		rc = explain_read(compose_read(fd, compose_raw_max(opts), raw), opts, why);
	close(fd);
	return rc;
}

/* *typed: a person wrote it just now, and there is no other copy. */
static int choose(const struct compose_opts *opts, struct buf *raw, bool *typed, struct why *why)
{
	bool stopped = false;
	int rc;

	*typed = false;
	if (opts->file && strcmp(opts->file, "-"))
		return from_file(opts, raw, why);
	if (opts->file || (!isatty(STDIN_FILENO) && !opts->editor))
		return explain_read(compose_read(STDIN_FILENO, compose_raw_max(opts), raw), opts, why);
	*typed = true;
	if (opts->editor || opts->initial)
		rc = compose_editor(opts, raw, &stopped, why);
	else
		rc = compose_lines(opts, raw, &stopped, why);
	if (stopped)
		return why->text[0] ? ERR_CLOSED : why_set(why, ERR_CLOSED, "Writing was stopped.");
	return explain_read(rc, opts, why);
}

/* Refused or unfinished, but somebody's words: as much as can be kept of them. */
static void rescue(const struct buf *raw, struct buf *out)
{
	const struct text_limit anything = {.what = ""};
	struct why ignored;

	if (text_normalise(raw->data, raw->len, &anything, out, &ignored))
		text_put_safe(out, (const char *)raw->data, raw->len, true);
}

int compose_text(const struct compose_opts *opts, struct buf *out, struct why *why)
{
	struct buf raw;
	bool typed;
	int rc;

	why->text[0] = 0;
	buf_init(&raw, BUF_MAX_DEFAULT);
	rc = choose(opts, &raw, &typed, why);
	if (!rc)
		rc = text_normalise(raw.data, raw.len, opts->limit, out, why);
	if (rc && typed)
		rescue(&raw, out);
	buf_wipe(&raw);
	return rc;
}
