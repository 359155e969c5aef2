/* trend: see trend.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/care/checkin.h"
#include "client/care/look.h"
#include "client/care/measure.h"
#include "client/care/measures_score.h"
#include "proto/content.h"
#include "proto/err.h"

#include "chart.h"
#include "packs.h"

#include "trend.h"

#define MOOD_MOST 10

struct gathering {
	const struct packs *packs;
	struct trend *t;
	uint64_t since_ms;
	const struct book_item *item;
};

static struct trend_series *series_of(struct trend *t, const char *id, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->series[i].id, id) == 0)
			return &t->series[i];
	struct trend_series *all = reallocarray(t->series, t->n + 1, sizeof(*all));
	if (!all)
		return NULL;
	t->series = all;
	struct trend_series *s = &all[t->n++];
	memset(s, 0, sizeof(*s));
	snprintf(s->id, sizeof(s->id), "%s", id);
	snprintf(s->name, sizeof(s->name), "%s", name);
	return s;
}

static int add(struct gathering *g, struct trend_series *s, int value)
{
	const struct content_head *head = content_peek_head(chart_content(g->item));
	if (!s)
		return ERR_NOMEM;
	if (head->at_ms < g->since_ms)
		return 0;
	struct trend_point *points = reallocarray(s->points, s->n + 1, sizeof(*points));
	if (!points)
		return ERR_NOMEM;
	s->points = points;
	points[s->n++] = (struct trend_point){head->at_ms, head->offset, value, g->item};
	return 0;
}

static int add_mood(struct gathering *g, uint64_t mood)
{
	if (mood > MOOD_MOST)
		return 0;
	struct trend_series *s = series_of(g->t, TREND_MOOD, "Mood");
	if (s)
		s->most = MOOD_MOST;
	return add(g, s, (int)mood);
}

static int take_journal(void *arg, const struct book_item *item)
{
	struct gathering *g = arg;
	const struct content *c = chart_content(item);
	g->item = item;
	return c ? add_mood(g, content_u64(c, CONTENT_MOOD, LOOK_RATHER_NOT)) : 0;
}

static int take_checkin(void *arg, const struct book_item *item)
{
	struct gathering *g = arg;
	g->item = item;
	return add_mood(g, content_u64(chart_content(item), CHECKIN_MOOD, LOOK_RATHER_NOT));
}

/* --- questionnaires --- */

static void copy_text(const struct content *c, uint32_t key, char out[TREND_ID])
{
	size_t len = 0;
	const char *text = content_str(c, key, &len);
	snprintf(out, TREND_ID, "%.*s", (int)(len < TREND_ID ? len : TREND_ID - 1), text ? text : "");
}

/* Two ratings that are never added up: a line each. */
static int add_ratings(struct gathering *g, const struct measures_instrument *m, const int *answers)
{
	static const char *const ids[] = {"cgi-s", "cgi-i"}, *const names[] = {"CGI-S", "CGI-I"};
	for (size_t i = 0; i < 2; i++) {
		if (answers[i] < 1) /* missing, or not assessed */
			continue;
		struct trend_series *s = series_of(g->t, ids[i], names[i]);
		int err = add(g, s, answers[i]);
		if (err)
			return err;
		s->least = 1;
		s->most = m->most;
		s->m = m;
	}
	return 0;
}

static int add_known(struct gathering *g, const struct measures_instrument *m, const struct content *c)
{
	int answers[MEASURES_ITEMS];
	struct measures_score score;
	size_t n = measure_answers(c, answers, MEASURES_ITEMS);
	if (measures_score(m, answers, n, &score))
		return 0;
	if (m->clinician && m->n_items == 2)
		return add_ratings(g, m, answers);
	if (!score.has_total)
		return 0;
	struct trend_series *s = series_of(g->t, m->id, m->name);
	if (s) {
		s->least = measures_lowest(m);
		s->most = measures_highest(m);
		s->m = m;
	}
	return add(g, s, score.total);
}

/* One without questions here, or from elsewhere: its scale is as wide as is known. */
static int add_foreign(struct gathering *g, const struct content *c, uint32_t name_key, uint32_t total_key)
{
	char name[TREND_ID];
	int total = (int)content_u64(c, total_key, 0), most = (int)content_u64(c, MEASURE_EXT_MAX, 0);
	copy_text(c, name_key, name);
	struct trend_series *s = series_of(g->t, name, name);
	if (s && most > s->most)
		s->most = most;
	if (s && total > s->most)
		s->most = total;
	return add(g, s, total);
}

static int take_measure(void *arg, const struct book_item *item)
{
	struct gathering *g = arg;
	const struct content *c = chart_content(item);
	char id[TREND_ID];
	g->item = item;
	if (content_has(c, MEASURE_EXT_NAME))
		return add_foreign(g, c, MEASURE_EXT_NAME, MEASURE_EXT_TOTAL);
	copy_text(c, MEASURE_INSTRUMENT, id);
	const struct measures_instrument *m = packs_find(g->packs, id);
	if (m && content_u64(c, MEASURE_VERSION, 1) == (uint64_t)m->version)
		return add_known(g, m, c);
	return content_has(c, MEASURE_TOTAL) ? add_foreign(g, c, MEASURE_INSTRUMENT, MEASURE_TOTAL) : 0;
}

static int compare(const void *a, const void *b)
{
	const struct trend_point *x = a, *y = b;
	return x->at_ms < y->at_ms ? -1 : x->at_ms > y->at_ms;
}

/* Series without a point are left out. */
static void tidy(struct trend *t)
{
	size_t kept = 0;
	for (size_t i = 0; i < t->n; i++) {
		if (!t->series[i].n)
			continue;
		qsort(t->series[i].points, t->series[i].n, sizeof(struct trend_point), compare);
		if (t->series[i].most <= t->series[i].least)
			t->series[i].most = t->series[i].least + 1;
		t->series[kept++] = t->series[i];
	}
	t->n = kept;
}

int trend_load(const struct chart *chart, const struct packs *packs, uint64_t since_ms, struct trend **out)
{
	struct gathering g = {.packs = packs, .since_ms = since_ms};
	*out = NULL;
	g.t = calloc(1, sizeof(*g.t));
	int err = g.t ? book_each(chart->book, CONTENT_JOURNAL, chart->client, take_journal, &g) : ERR_NOMEM;
	if (!err)
		err = chart_each(chart, CHECKIN_KIND, take_checkin, &g);
	if (!err)
		err = chart_each(chart, MEASURE_KIND, take_measure, &g);
	if (err) {
		trend_free(g.t);
		return err;
	}
	tidy(g.t);
	*out = g.t;
	return 0;
}

void trend_free(struct trend *t)
{
	for (size_t i = 0; t && i < t->n; i++)
		free(t->series[i].points);
	if (t)
		free(t->series);
	free(t);
}

const struct trend_series *trend_find(const struct trend *t, const char *id)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->series[i].id, id) == 0 || measures_same_id(t->series[i].id, id))
			return &t->series[i];
	return NULL;
}
