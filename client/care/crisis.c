/* crisis: the table of crisis.def. */
#include <string.h>

#include "client/care/crisis.h"

static const struct crisis_card cards[] = {
#define CRISIS(region, country, danger, line) {region, country, danger, line},
#include "client/care/crisis.def"
#undef CRISIS
};
#define CARDS (sizeof cards / sizeof *cards)

const struct crisis_card *crisis_all(size_t *n)
{
	*n = CARDS;
	return cards;
}

const struct crisis_card *crisis_find(const char *region)
{
	if (!region)
		return &cards[0];
	for (size_t i = 0; i < CARDS; i++)
		if (!strcmp(cards[i].region, region))
			return &cards[i];
	return &cards[CARDS - 1];
}
