/* pick: see pick.h. */
#include <stdio.h>
#include <string.h>

#include "desk.h"

#include "pick.h"

static int pick_list(struct desk *d, const char *typed, struct pick *out)
{
	char copy[256], *rest = copy, *word;
	if ((size_t)snprintf(copy, sizeof(copy), "%s", typed) >= sizeof(copy))
		return kap_fail(d->kap, KAP_INVALID, "That list of numbers is too long. Nothing was changed.");
	while ((word = strsep(&rest, ","))) {
		if (!*word)
			continue;
		if (out->n == PICK_ITEMS)
			return kap_fail(d->kap, KAP_INVALID, "At most %d entries at a time. Nothing was changed.", PICK_ITEMS);
		int exit_code = desk_entry(d, 1, &word, &out->items[out->n]);
		if (exit_code)
			return exit_code;
		out->n++;
	}
	return KAP_OK;
}

int pick_own(struct desk *d, int argc, char **argv, struct pick *out)
{
	out->n = 0;
	for (int i = 0; i < argc; i++) {
		int exit_code = pick_list(d, argv[i], out);
		if (exit_code)
			return exit_code;
	}
	return out->n ? KAP_OK : kap_fail(d->kap, KAP_INVALID, "No entry was named. Nothing was changed.");
}
