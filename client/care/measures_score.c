/* measures_score: see measures_score.h. */
#include <string.h>

#include "proto/err.h"

#include "measures_score.h"

/* Item 9 of the PHQ-9 counts as a symptom from 1 on, the others from 2; one of the first two must be among them. */
#define COUNT_CORE 2
#define COUNT_MAJOR 5
#define COUNT_OTHER 2

static bool is_answer(const struct measures_instrument *m, int answer)
{
	return answer >= m->least && answer <= m->most;
}

static enum measures_count count_symptoms(const struct measures_instrument *m, const int *answers)
{
	int counted = 0, core = 0;
	for (int i = 0; i < m->n_items; i++) {
		int from = i + 1 == m->safety_item ? m->safety_from : m->endorsed;
		if (answers[i] < from)
			continue;
		counted++;
		core += i < COUNT_CORE;
	}
	if (!core || counted < COUNT_OTHER)
		return MEASURES_COUNT_NEITHER;
	return counted >= COUNT_MAJOR ? MEASURES_COUNT_MAJOR : MEASURES_COUNT_OTHER;
}

static void score_part(const struct measures_instrument *m, const int *answers, size_t p, struct measures_score *s)
{
	const struct measures_part *part = &m->parts[p];
	for (int i = part->first - 1; i < part->last; i++) {
		if (!is_answer(m, answers[i])) {
			s->parts[p] = MEASURES_MISSING;
		} else {
			s->endorsed[p] += answers[i] >= m->endorsed;
			s->parts[p] += s->parts[p] == MEASURES_MISSING ? 0 : answers[i];
		}
	}
	if (part->need) {
		s->pattern = (s->has_pattern ? s->pattern : true) && s->endorsed[p] >= part->need;
		s->has_pattern = true;
	}
}

static void score_parts(const struct measures_instrument *m, const int *answers, struct measures_score *s)
{
	for (size_t p = 0; p < MEASURES_PARTS && m->parts[p].name; p++)
		score_part(m, answers, p, s);
	if (!s->complete)
		s->has_pattern = s->pattern = false;
}

/* The mean of what was answered in the place of what was not, to the nearest whole number. */
static void prorate(const struct measures_instrument *m, struct measures_score *s)
{
	int missing = m->n_items - s->answered;
	s->can_prorate = m->total == MEASURES_SUM && missing > 0 && missing <= m->prorate;
	if (s->can_prorate)
		s->prorated = (2 * s->sum * m->n_items + s->answered) / (2 * s->answered) * (m->factor ? m->factor : 1);
}

int measures_score(const struct measures_instrument *m, const int *answers, size_t n, struct measures_score *out)
{
	memset(out, 0, sizeof(*out));
	if (n != (size_t)m->n_items)
		return ERR_SHAPE;
	for (size_t i = 0; i < n; i++) {
		if (answers[i] != MEASURES_MISSING && !is_answer(m, answers[i]))
			return ERR_RANGE;
		if (answers[i] == MEASURES_MISSING)
			continue;
		out->answered++;
		out->sum += answers[i];
	}
	out->complete = out->answered == m->n_items;
	out->has_total = out->complete && m->total == MEASURES_SUM;
	out->total = out->has_total ? out->sum * (m->factor ? m->factor : 1) : 0;
	prorate(m, out);
	if (m->safety && answers[m->safety_item - 1] >= m->safety_from) {
		out->safety = true;
		out->safety_answer = answers[m->safety_item - 1];
	}
	if (m->symptom_count && out->complete)
		out->count = count_symptoms(m, answers);
	score_parts(m, answers, out);
	return 0;
}

const char *measures_band(const struct measures_instrument *m, int total)
{
	const char *words = NULL;
	for (size_t i = 0; i < MEASURES_BANDS && m->bands[i].words; i++)
		if (total >= m->bands[i].from)
			words = m->bands[i].words;
	return words;
}
