/* crisis: what to tell a person in danger, by region: a table of words. Nothing here needs a key, a network or a file,
 * and nothing claims that anybody sees anything. */
#ifndef KAP_CLIENT_CARE_CRISIS_H
#define KAP_CLIENT_CARE_CRISIS_H

#include <stddef.h>

struct crisis_card {
	const char *region; /* "us" */
	const char *country;
	const char *danger; /* what to do now */
	const char *line;   /* whom to call otherwise */
};

#define CRISIS_UNWATCHED "Nobody is watching this app. Messages here may not be read for hours or days."

/* The card of a region; the first one for NULL, the last, without numbers, for a region that has none. Never NULL. */
const struct crisis_card *crisis_find(const char *region);
const struct crisis_card *crisis_all(size_t *n);

#endif
