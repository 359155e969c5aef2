/* underway: a list: as long as a commit takes, and looked through only for what the store does not have. */
#include "underway.h"

#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "proto/record.h"

struct underway {
	struct underway_push *first;
};

int underway_new(struct underway **out)
{
	*out = calloc(1, sizeof **out);
	return *out != NULL ? 0 : ERR_NOMEM;
}

void underway_free(struct underway *u)
{
	free(u);
}

void underway_add(struct underway *u, struct underway_push *p)
{
	p->next = u->first;
	p->back = &u->first;
	if (p->next != NULL)
		p->next->back = &p->next;
	u->first = p;
}

void underway_remove(struct underway_push *p)
{
	if (p->back == NULL)
		return;
	*p->back = p->next;
	if (p->next != NULL)
		p->next->back = p->back;
	p->next = NULL;
	p->back = NULL;
}

const struct record *underway_find(const struct underway *u, const uint8_t *rid)
{
	for (const struct underway_push *p = u->first; p != NULL; p = p->next)
		for (uint32_t i = 0; i < p->n; i++)
			if (memcmp(p->records[i].rid, rid, RECORD_RID) == 0)
				return &p->records[i];
	return NULL;
}
