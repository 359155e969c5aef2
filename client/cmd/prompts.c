/* prompts: questions to write from: what fits today, one phase, one prompt, or all. Of what fits today there are one or
 * two, never a pile. */
#include <stdio.h>
#include <string.h>

#include "client/book/dosing.h"
#include "client/book/skip.h"
#include "client/care/assignment.h"
#include "client/care/offer.h"
#include "client/care/prompts.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/vault.h"
#include "proto/content.h"
#include "proto/role.h"

#include "asking.h"
#include "desk.h"
#include "subject.h"

#define ASKED_MAX 64
#define HOUR_MS 3600000

static void facts(struct kap *kap, const struct prompts_row *row, const char *label)
{
	out_str(kap->out, "id", label, row->id);
	out_int(kap->out, "minutes", NULL, row->minutes);
	out_int(kap->out, "weight", NULL, row->weight);
	if (label && row->weight == 3)
		out_str(kap->out, "note", label, "(can be heavy)");
	out_text(kap->out, "text", "", row->text, strlen(row->text));
}

/* --- what fits today --- */

struct today {
	struct desk *d;
	struct vault_txn *txn;
	uint64_t from_ms; /* where the step begins */
	const char *offered[OFFER_MAX];
	size_t n_offered;
	const struct book_item *asked[ASKED_MAX];
	size_t n_asked;
};

struct looking {
	const struct today *today;
	const char *id;
};

static int is_answer(void *arg, const struct book_item *item)
{
	const struct looking *l = arg;
	const struct content *c = book_head(item)->content;
	size_t len = 0;
	const char *prompt = c ? content_str(c, CONTENT_PROMPT, &len) : NULL;
	return prompt && len == strlen(l->id) && memcmp(prompt, l->id, len) == 0 &&
	       content_peek_head(c)->at_ms >= l->today->from_ms;
}

static int is_answered(void *arg, const char *id)
{
	const struct today *t = arg;
	return book_each(t->d->book, CONTENT_JOURNAL, people_self(t->d->people), is_answer, &(struct looking){t, id});
}

static bool is_asked(const struct today *t, const char *id)
{
	for (size_t i = 0; i < t->n_asked; i++) {
		const struct prompts_row *row = asking_prompt(chart_content(t->asked[i]));
		if (row && strcmp(row->id, id) == 0)
			return true;
	}
	return false;
}

static int take_asked(void *arg, const struct book_item *item)
{
	struct today *t = arg;
	if (t->n_asked < ASKED_MAX && asking_state(t->d, item) == ASKED_OPEN &&
	    !skip_has_assignment(t->txn, item, asking_day(t->d)))
		t->asked[t->n_asked++] = item;
	return 0;
}

/* What was skipped today leaves its place empty: nothing else is offered instead. */
static void take_offered(struct today *t, const struct chart *chart)
{
	const struct offer_step *steps[OFFER_STEPS];
	uint64_t dose = dosing_last(chart), now = (uint64_t)t->d->now.s * 1000;
	size_t n_steps;
	offer_steps(dose, now, steps, &n_steps);
	for (size_t i = 0; i < n_steps; i++) {
		const char *picked[OFFER_MAX];
		t->from_ms = dose + (uint64_t)steps[i]->from_h * HOUR_MS;
		size_t n = offer_pick(steps[i], is_answered, t, picked);
		for (size_t k = 0; k < n && t->n_offered < OFFER_MAX; k++)
			if (!is_asked(t, picked[k]) && !skip_has_prompt(t->txn, picked[k], asking_day(t->d)))
				t->offered[t->n_offered++] = picked[k];
	}
}

static void show_today(struct kap *kap, const struct today *t)
{
	if (t->n_offered)
		out_line(kap->out, "For now, if you like:");
	out_list(kap->out, "offered", NULL);
	for (size_t i = 0; i < t->n_offered; i++) {
		out_item(kap->out);
		facts(kap, prompts_find(t->offered[i]), "");
	}
	out_end(kap->out);
	if (t->n_asked)
		out_line(kap->out, "%sAsked of you:", t->n_offered ? "\n" : "");
	out_list(kap->out, "asked", NULL);
	for (size_t i = 0; i < t->n_asked; i++)
		asking_row(t->d, t->asked[i]);
	out_end(kap->out);
	if (!t->n_offered && !t->n_asked)
		out_say(kap->out, "No question for today. `%s prompts all` lists every one there is; `%s write` needs none.",
		        kap->title, kap->title);
	else
		out_line(kap->out, "Answer with `%s answer %s`. Every question may be skipped.", kap->title,
		         t->n_offered ? t->offered[0] : "NUMBER");
}

static int today(struct kap *kap)
{
	struct desk d;
	struct today t = {.d = &d};
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	struct chart chart = {d.book, d.people, people_self(d.people)};
	int err = vault_begin(kap->vault, false, &t.txn);
	if (err) {
		exit_code = kap_fail_err(kap, err, NULL);
	} else {
		(void)chart_each(&chart, ASSIGNMENT_KIND, take_asked, &t);
		take_offered(&t, &chart);
		vault_abort(t.txn);
		show_today(kap, &t);
	}
	desk_close(&d);
	return exit_code;
}

/* --- all, by phase, one --- */

static void phase(struct kap *kap, const struct prompts_phase *wanted)
{
	const struct prompts_row *rows;
	size_t n;

	rows = prompts_all(&n);
	out_list(kap->out, wanted->name, NULL);
	for (size_t i = 0; i < n; i++) {
		if (!prompts_in(&rows[i], wanted))
			continue;
		out_item(kap->out);
		facts(kap, &rows[i], "");
	}
	out_end(kap->out);
}

static int one(struct kap *kap, const struct prompts_row *row)
{
	if (row->weight == 3)
		out_say(kap->out, "%s", PROMPTS_WARNING);
	facts(kap, row, NULL);
	out_line(kap->out, "About %u minute%s. Every question may be skipped.", row->minutes, row->minutes == 1 ? "" : "s");
	return KAP_OK;
}

/* `name` NULL: all. False: there is no such phase. */
static bool phases(struct kap *kap, const char *name)
{
	size_t n, shown = 0;
	const struct prompts_phase *rows = prompts_phases(&n);
	for (size_t i = 0; i < n; i++) {
		if (name && strcmp(rows[i].name, name) != 0)
			continue;
		out_line(kap->out, "%s%s", shown++ ? "\n" : "", rows[i].title);
		phase(kap, &rows[i]);
	}
	return shown > 0;
}

/* A client whose vault opens without a question is asked what fits today; everybody else gets the whole list. */
static bool has_today(struct kap *kap)
{
	return kap_try_vault(kap) && kap->role == ROLE_CLIENT;
}

static int run(struct kap *kap, int argc, char **argv)
{
	const struct prompts_row *row;
	if (!argc && kap->profile && prompt_offered(kap->prompt)) {
		int exit_code = kap_open_vault(kap);
		if (exit_code)
			return exit_code;
	}
	if (!argc && has_today(kap))
		return today(kap);
	if (phases(kap, argc && strcmp(argv[0], "all") != 0 ? argv[0] : NULL))
		return KAP_OK;
	if ((row = prompts_find(argv[0])))
		return one(kap, row);
	return kap_fail(
	    kap, KAP_INVALID,
	    "There is no phase or prompt \"%.40s\". The phases are prep, first, days, weeks, bound, rel and mean.",
	    argv[0]);
}

const struct cmd cmd_prompts = {
    .name = "prompts",
    .args = "[all | PHASE | PROMPT]",
    .summary = "questions to write from",
    .about =
        "Alone: what fits today, one or two, and what somebody asked of you. \"all\" lists every one. Phases: prep "
        "before a session, first for the first hours, days, weeks, bound for boundaries, rel for relationships, "
        "mean for meaning and practice. Each may be skipped; nothing is counted.",
    .example = "kap prompts first",
    .roles = CMD_ANYONE,
    .max_args = 1,
    .run = run,
};
