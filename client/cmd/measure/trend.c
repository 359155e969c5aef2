/* trend: mood and totals over time: drawn for people, a table with --plain, numbers with --json, a picture in a file.
 * Shows what was said and interprets nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/book/packs.h"
#include "client/book/trend.h"
#include "client/care/measures_score.h"
#include "client/cmd.h"
#include "client/ui/newfile.h"
#include "client/ui/out.h"
#include "client/ui/plot.h"
#include "client/ui/text.h"
#include "client/ui/why.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "proto/role.h"

#include "client/cmd/desk.h"
#include "client/cmd/subject.h"

#define NOTE_MAX 64

static const struct cmd_option options[] = {
    {"measure", 'm', "NAME", "only this one: mood, phq9 ..."},
    {"since", 's', "DAY", "only from this day on"},
    {"svg", 'o', "FILE", "draw it into FILE"},
    {"force", 'f', NULL, "write over FILE if it is there"},
    {0},
};

/* What is drawn: all series, or the one that was asked for, over the same time. */
struct drawing {
	struct desk *d;
	struct chart chart;
	const struct trend_series *series;
	size_t n;
	int64_t from_s, to_s;
	struct plot *plots;
	struct plot_point **points;
	char (*notes)[NOTE_MAX];
};

static void find_span(struct drawing *g)
{
	g->from_s = INT64_MAX;
	g->to_s = INT64_MIN;
	for (size_t i = 0; i < g->n; i++) {
		int64_t first = (int64_t)(g->series[i].points[0].at_ms / 1000);
		int64_t last = (int64_t)(g->series[i].points[g->series[i].n - 1].at_ms / 1000);
		g->from_s = first < g->from_s ? first : g->from_s;
		g->to_s = last > g->to_s ? last : g->to_s;
	}
}

static int make_plot(struct drawing *g, size_t i)
{
	const struct trend_series *s = &g->series[i];
	struct plot_point *points = calloc(s->n, sizeof(*points));
	if (!points)
		return ERR_NOMEM;
	for (size_t k = 0; k < s->n; k++)
		points[k] = (struct plot_point){(int64_t)(s->points[k].at_ms / 1000), s->points[k].offset, s->points[k].value};
	snprintf(g->notes[i], NOTE_MAX, "%d to %d \xc2\xb7 %zu value%s \xc2\xb7 newest %d", s->least, s->most, s->n,
	         s->n == 1 ? "" : "s", s->points[s->n - 1].value);
	g->points[i] = points;
	g->plots[i] = (struct plot){s->name, g->notes[i], s->least, s->most, points, s->n, g->from_s, g->to_s};
	return 0;
}

static int make_plots(struct drawing *g)
{
	int err = 0;
	find_span(g);
	g->plots = calloc(g->n, sizeof(*g->plots));
	g->points = calloc(g->n, sizeof(*g->points));
	g->notes = calloc(g->n, sizeof(*g->notes));
	if (!g->plots || !g->points || !g->notes)
		return ERR_NOMEM;
	for (size_t i = 0; !err && i < g->n; i++)
		err = make_plot(g, i);
	return err;
}

static void wipe(struct drawing *g)
{
	for (size_t i = 0; g->points && i < g->n; i++)
		free(g->points[i]);
	free(g->points);
	free(g->plots);
	free(g->notes);
}

/* --- for people --- */

static void say_lines(struct out *out, const struct buf *text)
{
	const char *at = (const char *)text->data;
	size_t left = text->len;
	while (left) {
		const char *end = memchr(at, '\n', left);
		size_t n = end ? (size_t)(end - at) : left;
		out_line(out, "%.*s", (int)n, at);
		left -= n + (end ? 1 : 0);
		at += n + (end ? 1 : 0);
	}
}

static int draw_text(struct drawing *g)
{
	const char *ascii = getenv("KAP_ASCII");
	struct buf text, name;
	int err = 0;
	buf_init(&text, 0);
	buf_init(&name, 0);
	for (size_t i = 0; !err && i < g->n; i++) {
		buf_reset(&text);
		buf_reset(&name);
		text_put_safe(&name, g->plots[i].title, strlen(g->plots[i].title), false);
		buf_put_u8(&name, 0);
		err = buf_err(&name);
		if (!err)
			err = plot_text(&g->plots[i], ascii && *ascii, &text);
		if (err)
			break;
		out_line(g->d->kap->out, "%s%s \xc2\xb7 %s", i ? "\n" : "", (const char *)name.data, g->plots[i].note);
		say_lines(g->d->kap->out, &text);
	}
	buf_wipe(&text);
	buf_wipe(&name);
	return err;
}

/* --- for programs and screen readers: one list, a value a row --- */

static void show_values(struct drawing *g)
{
	struct out *out = g->d->kap->out;
	bool clinician = g->d->kap->role != ROLE_CLIENT;
	out_list(out, "values", NULL);
	for (size_t i = 0; i < g->n; i++) {
		const struct trend_series *s = &g->series[i];
		for (size_t k = 0; k < s->n; k++) {
			struct when at = {(int64_t)(s->points[k].at_ms / 1000), s->points[k].offset};
			out_item(out);
			out_str(out, "measure", NULL, s->id);
			out_str(out, "name", NULL, s->name);
			out_when(out, "at", NULL, &at);
			out_int(out, "value", NULL, s->points[k].value);
			out_int(out, "lowest", NULL, s->least);
			out_int(out, "highest", NULL, s->most);
			if (clinician && s->m && s->m->total == MEASURES_SUM && measures_band(s->m, s->points[k].value))
				out_str(out, "band", NULL, measures_band(s->m, s->points[k].value));
		}
	}
	out_end(out);
}

/* --- a file --- */

static int write_svg(struct drawing *g, const char *path, struct why *why)
{
	struct newfile *file = NULL;
	char title[256];
	struct buf svg;
	buf_init(&svg, 0);
	snprintf(title, sizeof(title), "Over time%s%s", g->d->kap->role == ROLE_CLIENT ? "" : " \xc2\xb7 ",
	         g->d->kap->role == ROLE_CLIENT ? "" : g->chart.client->name);
	int err = plot_svg(title, g->plots, g->n, &svg);
	if (!err)
		err = newfile_begin(path, cmd_flag(g->d->kap, "force"), &file, why);
	if (!err)
		err = newfile_write(file, svg.data, svg.len);
	if (!err)
		err = newfile_commit(file);
	else
		newfile_abort(file);
	buf_wipe(&svg);
	return err;
}

static int save_svg(struct drawing *g, const char *path)
{
	struct why why = {""};
	int err = write_svg(g, path, &why);
	if (err == ERR_EXISTS)
		return kap_fail(g->d->kap, KAP_CHOICE,
		                "There is a file named %s. Give another name, or --force to write over it. Nothing was saved.",
		                path);
	if (err)
		return kap_fail_why(g->d->kap, err, &why, "Nothing was saved.");
	out_str(g->d->kap->out, "file", NULL, path);
	out_say(g->d->kap->out,
	        "Saved as %s. It is not locked there: only you can open it, but programs of yours can, too.", path);
	return KAP_OK;
}

/* --- the whole --- */

static int draw(struct drawing *g)
{
	struct kap *kap = g->d->kap;
	const char *svg = cmd_opt(kap, "svg");
	int err = make_plots(g);
	if (!err && svg)
		return save_svg(g, svg);
	if (!err && out_form_of(kap->out) == OUT_HUMAN)
		err = draw_text(g);
	else if (!err)
		show_values(g);
	return err ? kap_fail_err(kap, err, NULL) : KAP_OK;
}

static int pick_series(struct drawing *g, const struct trend *t)
{
	struct kap *kap = g->d->kap;
	const char *wanted = cmd_opt(kap, "measure");
	g->series = wanted ? trend_find(t, wanted) : t->series;
	g->n = wanted ? g->series != NULL : t->n;
	if (g->n)
		return KAP_OK;
	out_list(kap->out, "values", NULL);
	out_end(kap->out);
	if (wanted && t->n)
		out_say(kap->out, "There are no values of \"%.40s\" here.", wanted);
	else
		out_say(kap->out, "There are no values here yet.");
	return KAP_OK;
}

static int load(struct drawing *g, struct packs *packs, struct trend **t)
{
	struct kap *kap = g->d->kap;
	const char *since = cmd_opt(kap, "since");
	struct when from = {0};
	struct why why = {""};
	int err = since ? when_parse_day(since, &g->d->now, &from, &why) : 0;
	if (err)
		return kap_fail_why(kap, err, &why, NULL);
	err = trend_load(&g->chart, packs, from.s > 0 ? (uint64_t)from.s * 1000 : 0, t);
	return err ? kap_fail_err(kap, err, NULL) : KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct packs *packs = NULL;
	struct trend *t = NULL;
	struct desk d;
	int exit_code = desk_open(kap, &d);
	struct drawing g = {.d = &d};
	if (exit_code)
		return exit_code;
	int err = packs_load(kap->vault, &packs);
	exit_code = err ? kap_fail_err(kap, err, NULL) : subject_client(&d, argc ? argv[0] : NULL, &g.chart);
	if (!exit_code)
		exit_code = load(&g, packs, &t);
	if (!exit_code)
		exit_code = pick_series(&g, t);
	if (!exit_code && g.n)
		exit_code = draw(&g);
	wipe(&g);
	trend_free(t);
	packs_free(packs);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_trend = {
    .name = "trend",
    .args = "[CLIENT]",
    .summary = "mood and totals over time",
    .about = "Mood comes from entries and check-ins, totals from questionnaires in which every question was answered. "
             "It shows numbers and says nothing about them.",
    .example = "kap trend --measure phq9 --since \"1 Mar 2026\"",
    .options = options,
    .roles = CMD_CLIENT | CMD_CLINICAL,
    .needs = CMD_UNLOCKED,
    .max_args = 1,
    .run = run,
};
