/* store_mount: see the header. A line: id parent major:minor root mount-point options [tags...] - type source options
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "store_mount.h"

#define FIELD_DEVICE 2

/* The n-th field of a line whose fields are parted by one space; NULL if there is none. */
static const char *field(const char *line, int n, size_t *len)
{
	for (; line && n > 0; n--) {
		line = strchr(line, ' ');
		line += line != NULL;
	}
	*len = line ? strcspn(line, " \n") : 0;
	return line;
}

static bool has_option(const char *options, size_t len, const char *name)
{
	size_t name_len = strlen(name);
	while (len > 0) {
		size_t part = 0;
		while (part < len && options[part] != ',')
			part++;
		if (part == name_len && memcmp(options, name, part) == 0)
			return true;
		part += part < len;
		options += part;
		len -= part;
	}
	return false;
}

bool store_mount_line_skips(const char *line, const char *device)
{
	size_t len;
	const char *at = field(line, FIELD_DEVICE, &len);
	if (!at || len != strlen(device) || memcmp(at, device, len) != 0)
		return false;
	const char *rest = strstr(at, " - ");
	at = rest ? field(rest + 3, 2, &len) : NULL; /* of the file system itself, not of this mount */
	return at && (has_option(at, len, "nobarrier") || has_option(at, len, "barrier=0"));
}

bool store_mount_skips_flushes(const char *dir)
{
	struct stat st;
	char device[32], *line = NULL;
	size_t size = 0;
	bool skips = false;
	FILE *f = stat(dir, &st) == 0 ? fopen("/proc/self/mountinfo", "re") : NULL;
	if (!f)
		return false;
	snprintf(device, sizeof(device), "%u:%u", major(st.st_dev), minor(st.st_dev));
	while (!skips && getline(&line, &size, f) > 0)
		skips = store_mount_line_skips(line, device);
	free(line);
	fclose(f);
	return skips;
}
