/* prompts: the table of prompts.def, and how to find a row. */
#include <string.h>

#include "client/care/prompts.h"

static const struct prompts_row rows[] = {
#define PROMPT(id, minutes, weight, text) {id, minutes, weight, text},
#include "client/care/prompts.def"
#undef PROMPT
};

static const struct prompts_phase phases[] = {
    {"prep", "Preparation: intention"},
    {"first", "The first hours: keep it tiny"},
    {"days", "One to three days after"},
    {"weeks", "The weeks after"},
    {"bound", "Boundaries"},
    {"rel", "Relationships and old wounds"},
    {"mean", "Meaning and practice"},
};

const struct prompts_row *prompts_all(size_t *n)
{
	*n = sizeof rows / sizeof *rows;
	return rows;
}

const struct prompts_phase *prompts_phases(size_t *n)
{
	*n = sizeof phases / sizeof *phases;
	return phases;
}

const struct prompts_row *prompts_find(const char *id)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!strcmp(rows[i].id, id))
			return &rows[i];
	return NULL;
}

bool prompts_in(const struct prompts_row *row, const struct prompts_phase *phase)
{
	size_t len = strlen(phase->name);

	return !strncmp(row->id, phase->name, len) && row->id[len] == '-';
}
