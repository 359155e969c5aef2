/* msgtype: see msgtype.h. */
#include "msgtype.h"

#include <string.h>

#include "proto/buf.h"

#include "kinds.h"

#define MSGTYPE_FIELD(name, label, ask, required) {name, label, ask, required},
#define MSGTYPE(name, from, to, priority, must_ack, when, ...)                                                         \
	{name,                                                                                                             \
	 from,                                                                                                             \
	 to,                                                                                                               \
	 priority,                                                                                                         \
	 must_ack,                                                                                                         \
	 when,                                                                                                             \
	 (const struct msgtype_field[]){__VA_ARGS__},                                                                      \
	 sizeof((const struct msgtype_field[]){__VA_ARGS__}) / sizeof(struct msgtype_field)},

static const struct msgtype types[] = {
#include "msgtype.def"
};
#define TYPES (sizeof(types) / sizeof(types[0]))

size_t msgtype_count(void)
{
	return TYPES;
}

const struct msgtype *msgtype_at(size_t i)
{
	return i < TYPES ? &types[i] : NULL;
}

static bool is(const char *word, const char *name, size_t len)
{
	return strlen(word) == len && memcmp(word, name, len) == 0;
}

const struct msgtype *msgtype_find(const char *name, size_t len)
{
	for (size_t i = 0; i < TYPES; i++)
		if (is(types[i].name, name, len))
			return &types[i];
	return NULL;
}

size_t msgtype_field_at(const struct msgtype *type, const char *name, size_t len)
{
	size_t i = 0;
	while (i < type->n_fields && !is(type->fields[i].name, name, len))
		i++;
	return i;
}

void msgtype_put_names(unsigned role, struct buf *out)
{
	size_t n = 0;
	for (size_t i = 0; i < TYPES; i++) {
		if (role && !(types[i].from & 1u << role))
			continue;
		if (n++)
			buf_put(out, ", ", 2);
		buf_put(out, types[i].name, strlen(types[i].name));
	}
}
