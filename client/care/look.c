/* look: see look.h. */
#include <string.h>

#include "look.h"

const struct content_rule look_ref_parts[2] = {
    {.name = "author", .type = CONTENT_BYTES, .min = 16, .max = 16, .required = true},
    {.name = "item", .type = CONTENT_BYTES, .min = 16, .max = 16, .required = true},
};

const char *const look_yes_no_skip[] = {"yes", "no", "skip", NULL};

const struct content_rule *look_find(const struct content_kind *kind, const char *name)
{
	for (uint16_t i = 0; i < kind->n_fields; i++)
		if (strcmp(kind->fields[i].name, name) == 0)
			return &kind->fields[i];
	return NULL;
}

const struct content_rule *look_by_key(const struct content_kind *kind, uint32_t key)
{
	for (uint16_t i = 0; i < kind->n_fields; i++)
		if (kind->fields[i].key == key)
			return &kind->fields[i];
	return NULL;
}

const char *look_word(const struct content_rule *rule, uint64_t value)
{
	if (!rule->look || !rule->look->words)
		return NULL;
	for (uint64_t i = 0; rule->look->words[i]; i++)
		if (i == value)
			return rule->look->words[i];
	return NULL;
}
