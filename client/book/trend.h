/* trend: numbers of one client over time, as far as one can read them: mood from entries and check-ins, totals of
 * questionnaires, a clinician's ratings. Knows the book and the questionnaires; draws nothing and says nothing about
 * what a number means. */
#ifndef KAP_CLIENT_BOOK_TREND_H
#define KAP_CLIENT_BOOK_TREND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct book_item;
struct chart;
struct measures_instrument;
struct packs;

#define TREND_ID 84
#define TREND_MOOD "mood"

struct trend_point {
	uint64_t at_ms;
	int16_t offset; /* of the zone it was said in, minutes */
	int value;
	const struct book_item *item; /* where it stands */
};

struct trend_series {
	char id[TREND_ID];                   /* "mood", "phq9", "cgi-s", or the name of what was filled in elsewhere */
	char name[TREND_ID];                 /* "PHQ-9" */
	int least, most;                     /* of the scale; where that is not known, of the values */
	const struct measures_instrument *m; /* NULL */
	struct trend_point *points;          /* oldest first */
	size_t n;
};

struct trend {
	struct trend_series *series; /* mood first, then in order of appearance */
	size_t n;
};

/* What there is about the chart's client (not NULL) from that moment on. Only complete answers make a point. ERR_NOMEM.
 */
int trend_load(const struct chart *chart, const struct packs *packs, uint64_t since_ms, struct trend **out);
void trend_free(struct trend *t); /* NULL is legal */
/* NULL: there is nothing of that name. */
const struct trend_series *trend_find(const struct trend *t, const char *id);

#endif
