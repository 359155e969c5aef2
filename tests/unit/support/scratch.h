/* scratch: a directory of a test's own, gone afterwards; and what lies in it. For tests that need real files. */
#ifndef KAP_TESTS_SCRATCH_H
#define KAP_TESTS_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

/* Makes a new, empty directory (0700) under $TMPDIR or /tmp. The path is the caller's: give it to scratch_free. Ends
 * the program when it cannot. */
char *scratch_new(void);
/* Removes it with all that is in it, and frees the path. NULL is legal. */
void scratch_free(char *dir);

/* "dir/name" in memory that is the caller's. */
char *scratch_path(const char *dir, const char *name);

/* Copies every file of `from` (one level) into the new directory `to`. */
void scratch_copy(const char *from, const char *to);

/* True if any file below `dir` holds these bytes, or has them in its name. */
bool scratch_holds(const char *dir, const void *bytes, size_t len);

/* A whole file; *data is the caller's. */
void scratch_read(const char *path, unsigned char **data, size_t *len);
void scratch_write(const char *path, const void *data, size_t len);

#endif
