/* meds: see meds.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/book/write_care.h"
#include "client/book/dosing.h"
#include "client/book/gate.h"
#include "client/care/clearance.h"
#include "client/care/look.h"
#include "client/care/med.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/value.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"

#include "client/cmd/desk.h"
#include "client/cmd/form.h"
#include "client/cmd/show_care.h"
#include "client/cmd/subject.h"
#include "tell.h"

#include "meds.h"

#define BODY_MAX 512

/* --- writing --- */

int meds_may(struct desk *d, const struct chart *chart)
{
	if (d->kap->role != ROLE_CLIENT || !dosing_is_open(chart, (uint64_t)d->now.s * 1000))
		return KAP_OK;
	return kap_fail(d->kap, KAP_NOT_ALLOWED, "A session is open. Say it to the person with you. Not saved.");
}

struct saving {
	struct desk *desk;
	const struct chart *chart;
	const struct write_care *med;
	struct write_message *message; /* NULL: no clearance was given yet */
};

static int save(struct write_ctx *ctx, void *arg)
{
	const struct saving *s = arg;
	int err = write_care(ctx, s->med, NULL);
	if (err || !s->message)
		return err;
	return tell_write(ctx, s->desk, s->chart->client, KINDS_T | KINDS_P, s->message);
}

static void put_value(const struct desk *d, const struct content *c, uint32_t key, char *out, size_t max)
{
	struct buf text;
	buf_init(&text, 0);
	value_put(c, look_by_key(&care_med.content, key), &d->now, &text);
	snprintf(out, max, "%.*s", buf_err(&text) ? 0 : (int)text.len, text.data ? (const char *)text.data : "");
	buf_wipe(&text);
}

/* What the message says, in fields and in a line. */
struct news {
	char name[330], dose[330], day[64], by[330], body[BODY_MAX * 3];
	struct write_field fields[4];
	struct write_message message;
};

static void make_news(struct desk *d, const struct content *c, const char *how, struct news *n)
{
	const struct person *self = people_self(d->people);
	put_value(d, c, MED_NAME, n->name, sizeof(n->name));
	put_value(d, c, MED_DOSE, n->dose, sizeof(n->dose));
	put_value(d, c, MED_CHANGED, n->day, sizeof(n->day));
	put_value(d, c, MED_SOURCE, n->by, sizeof(n->by));
	if (!*n->by)
		snprintf(n->by, sizeof(n->by), "%s", self->name);
	snprintf(n->body, sizeof(n->body), "%s: %s%s%s, %s. Told by %s.", n->name, how, *n->dose ? ", " : "", n->dose,
	         n->day, n->by);
	n->fields[0] = (struct write_field){"drug", n->name};
	n->fields[1] = (struct write_field){"change", how};
	n->fields[2] = (struct write_field){"date", n->day};
	n->fields[3] = (struct write_field){"told-by", n->by};
	n->message = (struct write_message){.type = GATE_MED_CHANGE,
	                                    /* a client's message is routine or needs attention */
	                                    .priority = self->role == ROLE_CLIENT ? 3 : 1,
	                                    .body = n->body,
	                                    .body_len = strlen(n->body),
	                                    .fields = n->fields,
	                                    .n_fields = 4};
}

static void say_saved(struct desk *d, const struct person *client, bool told)
{
	const struct person *team[TELL_MAX];
	char names[TELL_NAMES];
	size_t n = tell_team(d, client, KINDS_T | KINDS_P, team);
	out_bool(d->kap->out, "told", NULL, told && n);
	if (!told || !n) {
		out_say(d->kap->out, "Saved. %s can read it.",
		        d->kap->role == ROLE_CLIENT ? "Your care team" : "The care team");
		return;
	}
	tell_names(team, n, "", names);
	if (d->kap->role == ROLE_PRESCRIBER)
		out_say(d->kap->out, "Saved. %s %s told.", names, n > 1 ? "are" : "is");
	else
		out_say(d->kap->out, "Saved. %s %s told. A prescriber must acknowledge it before the next session can open.",
		        names, n > 1 ? "are" : "is");
}

int meds_save(struct desk *d, struct form *f, const struct chart *chart, const struct book_item *revises,
              const char *how)
{
	bool told = chart_newest(chart, CLEARANCE_KIND) != NULL;
	struct news *news = calloc(1, sizeof(*news));
	struct write_care w = {.kind = &care_med, .fields = f->content, .about = chart->client, .revises = revises};
	if (!news)
		return kap_fail_err(d->kap, ERR_NOMEM, f->lost);
	make_news(d, f->content, how, news);
	int err = desk_write(d, save, &(struct saving){d, chart, &w, told ? &news->message : NULL});
	free(news);
	if (err)
		return desk_refused(d, err, f->lost);
	say_saved(d, chart->client, told);
	return desk_send(d);
}

/* --- the list: of each name what was said last --- */

struct listing {
	struct desk *desk;
	const struct chart *chart;
	const struct book_item *item; /* is there a newer one with its name? */
	bool newer;
};

static bool same_name(const struct book_item *a, const struct book_item *b)
{
	size_t n, m;
	const char *one = content_str(chart_content(a), MED_NAME, &n), *two = content_str(chart_content(b), MED_NAME, &m);
	return one && two && n == m && strncasecmp(one, two, n) == 0;
}

static int look_newer(void *arg, const struct book_item *other)
{
	struct listing *l = arg;
	uint64_t mine = content_peek_head(chart_content(l->item))->at_ms;
	uint64_t theirs = content_peek_head(chart_content(other))->at_ms;
	bool later = theirs > mine || (theirs == mine && book_head(other)->arrived > book_head(l->item)->arrived);
	l->newer = other != l->item && later && same_name(other, l->item);
	return l->newer;
}

static int show(void *arg, const struct book_item *item)
{
	struct listing *l = arg;
	struct listing search = {.item = item};
	(void)chart_each(l->chart, MED_KIND, look_newer, &search);
	if (search.newer)
		return 0;
	show_care_row(l->desk, item);
	out_str(l->desk->kap->out, "state", NULL, med_states[content_u64(chart_content(item), MED_STATE, MED_TAKING)]);
	return 0;
}

int meds_run(struct kap *kap, int argc, char **argv)
{
	struct chart chart;
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = subject_client(&d, argc ? argv[0] : NULL, &chart);
	if (!exit_code) {
		out_list(kap->out, "medicines", "No medicines are written down.");
		(void)chart_each(&chart, MED_KIND, show, &(struct listing){.desk = &d, .chart = &chart});
		out_end(kap->out);
		if (gate_med_change(&chart).state == GATE_UNACKNOWLEDGED)
			out_say(kap->out, "A change waits to be acknowledged by a prescriber. No session opens before.");
	}
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_meds = {
    .name = "meds",
    .args = "[CLIENT]",
    .summary = "list the medicines a client takes",
    .example = "kap meds jo",
    .roles = CMD_CLIENT | CMD_CLINICAL,
    .needs = CMD_UNLOCKED,
    .max_args = 1,
    .run = meds_run,
};
