/* gone: see gone.h. */
#include <string.h>

#include "gone.h"

void gone_add(struct gone *g, const uint8_t pid[16], const uint8_t did[16], size_t entries)
{
	uint32_t at = 0;
	if (!entries)
		return;
	while (at < g->n && memcmp(g->devices[at].did, did, 16) != 0)
		at++;
	if (at == GONE_DEVICES) {
		at--;
	} else if (at == g->n) {
		memcpy(g->devices[at].pid, pid, 16);
		memcpy(g->devices[at].did, did, 16);
		g->n++;
	}
	g->devices[at].entries += entries;
}

void gone_add_all(struct gone *g, const struct gone *more)
{
	for (uint32_t i = 0; i < more->n; i++)
		gone_add(g, more->devices[i].pid, more->devices[i].did, more->devices[i].entries);
}
