/* tar: writes an archive of regular files in the POSIX ustar format (IEEE 1003.1, pax, "ustar Interchange Format").
 * Streams; knows nothing of what the files are. Every file belongs to nobody and is readable by its owner alone. */
#ifndef KAP_CLIENT_LEAVE_TAR_H
#define KAP_CLIENT_LEAVE_TAR_H

#include <stddef.h>
#include <stdint.h>

/* Takes the archive's bytes, in order. Another return than 0 is returned by the call that was made. */
typedef int tar_sink(void *arg, const void *bytes, size_t len);

/* Begin with {sink, arg}; the rest is the archive's own. */
struct tar {
	tar_sink *sink;
	void *arg;
	uint64_t left; /* of the file that was begun */
	uint64_t pad;
};

#define TAR_NAME_MAX 100 /* bytes of a name; names are printable ASCII with slashes, not at the beginning */

/* Begins a file of exactly `size` bytes (below 8 GiB). ERR_ARG: a name out of bounds, or the file before is not whole.
 */
int tar_file(struct tar *t, const char *name, uint64_t size, uint64_t time_s);
/* Some of its bytes. ERR_ARG: more than were announced. */
int tar_write(struct tar *t, const void *bytes, size_t len);
/* A whole file at once. */
int tar_add(struct tar *t, const char *name, const void *bytes, size_t len, uint64_t time_s);
/* Ends the archive. ERR_ARG: a file is not whole. */
int tar_finish(struct tar *t);

#endif
