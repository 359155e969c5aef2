/* name: see name.h. */
#include "name.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <unistr.h>

#include "client/ui/text.h"
#include "client/ui/why.h"
#include "proto/attachment.h"
#include "proto/buf.h"
#include "proto/err.h"

#include "type.h"

#define CHARACTERS 120
#define KB 1000
#define MB (1000 * KB)

int name_set(struct attachment *a, const char *path, struct why *why)
{
	static const struct text_limit limit = {
	    .what = "The file's name", .min_chars = 1, .max_chars = CHARACTERS, .one_line = true};
	const char *slash = strrchr(path, '/'), *last = slash ? slash + 1 : path;
	struct buf name;
	buf_init(&name, 0);
	int err = text_normalise(last, strlen(last), &limit, &name, why);
	if (!err) {
		memset(a->name, 0, sizeof(a->name));
		memcpy(a->name, name.data, name.len);
	}
	buf_wipe(&name);
	return err;
}

/* Marks and overrides of direction, joiners and other characters without a width of their own. */
static bool is_invisible(ucs4_t c)
{
	return (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	       c == 0xfeff || c == 0x061c || c == 0x00ad;
}

static bool is_plain(ucs4_t c)
{
	return c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0) && c != '/' && c != '\\' && !is_invisible(c) &&
	       c != 0xfffd;
}

/* Room is left for an ending. */
static size_t copy_plain(const char *name, char *out, size_t max)
{
	const uint8_t *s = (const uint8_t *)name;
	size_t len = strlen(name), n = 0, at = 0;
	while (at < len) {
		ucs4_t c;
		int used = u8_mbtoucr(&c, s + at, len - at);
		size_t step = used > 0 ? (size_t)used : 1;
		bool plain = used > 0 && is_plain(c) && !(n == 0 && (c == '.' || c == '-' || c == ' '));
		if (plain && n + step > max)
			break;
		if (plain) {
			memcpy(out + n, s + at, step);
			n += step;
		}
		at += step;
	}
	while (n > 0 && (out[n - 1] == ' ' || out[n - 1] == '.'))
		n--;
	out[n] = '\0';
	return n;
}

void name_for_disk(const struct attachment *a, char out[NAME_FILE_MAX + 1])
{
	const struct type *type = type_by_media(a->media);
	size_t n = copy_plain(a->name, out, NAME_FILE_MAX - 8);
	if (n == 0)
		n = (size_t)snprintf(out, NAME_FILE_MAX, "attachment");
	if (!strchr(out, '.') && type)
		snprintf(out + n, NAME_FILE_MAX + 1 - n, ".%s", type->ending);
}

void name_for_show(const struct attachment *a, char out[NAME_SHOWN_MAX])
{
	struct buf safe;
	buf_init(&safe, 0);
	text_put_safe(&safe, a->name, strlen(a->name), false);
	size_t n = safe.len < NAME_SHOWN_MAX ? safe.len : NAME_SHOWN_MAX - 1;
	if (n)
		memcpy(out, safe.data, n);
	out[n] = '\0';
	buf_wipe(&safe);
}

void name_for_size(uint64_t size, char out[NAME_SIZE_MAX])
{
	if (size >= MB)
		snprintf(out, NAME_SIZE_MAX, "%" PRIu64 ".%" PRIu64 " MB", size / MB, size % MB / (MB / 10));
	else if (size >= KB)
		snprintf(out, NAME_SIZE_MAX, "%" PRIu64 " KB", size / KB);
	else
		snprintf(out, NAME_SIZE_MAX, "%" PRIu64 " byte%s", size, size == 1 ? "" : "s");
}
