/* tar: see tar.h. */
#include "tar.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "proto/err.h"

#define BLOCK 512
#define SIZE_LIMIT ((uint64_t)8 << 30) /* eleven octal digits */

/* The header of a file; numbers are octal digits, each field ended by a NUL. */
struct header {
	char name[TAR_NAME_MAX], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100];
	char magic[6], version[2], owner[32], group[32], major[8], minor[8], prefix[155], rest[12];
};

_Static_assert(sizeof(struct header) == BLOCK, "one block");

static const uint8_t zero[BLOCK];

static bool is_name(const char *name)
{
	size_t len = strlen(name);
	bool good = len >= 1 && len < TAR_NAME_MAX && name[0] != '/';
	for (size_t i = 0; good && i < len; i++)
		good = name[i] > 0x20 - (i > 0) && name[i] < 0x7f;
	return good && !strstr(name, "../");
}

static void octal(char *field, size_t width, uint64_t value)
{
	field[--width] = '\0';
	while (width-- > 0) {
		field[width] = (char)('0' + (value & 7));
		value >>= 3;
	}
}

static int put(struct tar *t, const void *bytes, size_t len)
{
	return len ? t->sink(t->arg, bytes, len) : 0;
}

int tar_file(struct tar *t, const char *name, uint64_t size, uint64_t time_s)
{
	struct header h;
	unsigned sum = 0;

	if (t->left || size >= SIZE_LIMIT || time_s >= SIZE_LIMIT || !is_name(name))
		return ERR_ARG;
	memset(&h, 0, sizeof(h));
	memcpy(h.name, name, strlen(name));
	octal(h.mode, sizeof(h.mode), 0600);
	octal(h.uid, sizeof(h.uid), 0);
	octal(h.gid, sizeof(h.gid), 0);
	octal(h.size, sizeof(h.size), size);
	octal(h.mtime, sizeof(h.mtime), time_s);
	h.type = '0';
	memcpy(h.magic, "ustar", sizeof(h.magic));
	memcpy(h.version, "00", sizeof(h.version));
	octal(h.major, sizeof(h.major), 0);
	octal(h.minor, sizeof(h.minor), 0);
	memset(h.sum, ' ', sizeof(h.sum)); /* so it counts in its own sum */
	for (size_t i = 0; i < sizeof(h); i++)
		sum += ((const unsigned char *)&h)[i];
	octal(h.sum, sizeof(h.sum) - 1, sum);
	int err = put(t, &h, sizeof(h));
	if (err)
		return err;
	t->left = size;
	t->pad = (BLOCK - size % BLOCK) % BLOCK;
	return 0;
}

int tar_write(struct tar *t, const void *bytes, size_t len)
{
	if (len > t->left)
		return ERR_ARG;
	int err = put(t, bytes, len);
	if (err)
		return err;
	t->left -= len;
	return t->left || !len ? 0 : put(t, zero, (size_t)t->pad);
}

int tar_add(struct tar *t, const char *name, const void *bytes, size_t len, uint64_t time_s)
{
	int err = tar_file(t, name, len, time_s);
	return err ? err : tar_write(t, bytes, len);
}

int tar_finish(struct tar *t)
{
	if (t->left)
		return ERR_ARG;
	int err = put(t, zero, BLOCK);
	return err ? err : put(t, zero, BLOCK);
}
