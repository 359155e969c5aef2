/* short_name: see short_name.h. */
#include <stdio.h>
#include <string.h>

#include "client/book/people.h"

#include "short_name.h"

static int length(const char *name)
{
	size_t first = strcspn(name, " ");
	return (int)(first && name[first - 1] == '.' ? strlen(name) : first);
}

const char *short_name_list(const struct person *const *people, size_t n, char *out, size_t max)
{
	size_t at = 0;
	out[0] = '\0';
	for (size_t i = 0; i < n && at < max; i++) {
		const char *between = !i ? "" : i + 1 == n ? " and " : ", ";
		const char *name = people[i]->name;
		/* a placeholder such as "therapist 3F9A" stays whole */
		at += (size_t)snprintf(out + at, max - at, "%s%.*s", between,
		                       people[i]->named ? length(name) : (int)strlen(name), name);
	}
	return out;
}
