/* name: see name.h. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "err.h"
#include "mp.h"

#include "name.h"

static bool is_control(const uint8_t *c)
{
	return c[0] < 0x20 || c[0] == 0x7f || (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0);
}

int name_check_optional(const char name[NAME_ROOM], size_t chars)
{
	size_t n = 0;

	if (!memchr(name, '\0', NAME_ROOM))
		return ERR_SHAPE;
	for (const uint8_t *c = (const uint8_t *)name; *c != '\0'; c++) {
		if (is_control(c))
			return ERR_SHAPE;
		n += (*c & 0xc0) != 0x80;
	}
	return n > chars ? ERR_SHAPE : 0;
}

int name_check(const char name[NAME_ROOM])
{
	return name[0] == '\0' ? ERR_SHAPE : name_check_optional(name, NAME_CHARS);
}

void name_read(struct mp_cur *c, char name[NAME_ROOM])
{
	size_t len;
	const char *text = mp_str(c, 0, NAME_ROOM - 1, &len);

	memset(name, 0, NAME_ROOM);
	if (text != NULL)
		memcpy(name, text, len);
	/* What follows a NUL inside would be lost without a word. */
	if (text != NULL && strlen(name) != len)
		c->err = ERR_SHAPE;
}
