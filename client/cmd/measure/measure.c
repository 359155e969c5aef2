/* measure: a questionnaire is filled in: by a client about themselves, or, where it is a clinician's rating, about a
 * client. Without one, what was filled in so far. Says beforehand who will see the answers; what an answer about
 * self-harm leads to comes after everything is saved. */
#include <stdio.h>
#include <string.h>

#include "client/book/dosing.h"
#include "client/book/packs.h"
#include "client/care/look.h"
#include "client/care/measure.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/value.h"
#include "client/ui/why.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/role.h"

#include "client/cmd/desk.h"
#include "client/cmd/show_care.h"
#include "client/cmd/subject.h"

#include "measure_internal.h"

static const struct cmd_option options[] = {
    {"answers", 'a', "LIST", "the answers, like 0,1,s,2 (s skips one), or a file of them (- for standard input)"},
    {"difficulty", 'd', "0-3", "with --answers: how difficult these problems made things (PHQ-9, GAD-7)"},
    {"context", 'c', "WORD", "baseline, pre, post, weekly, monthly or discharge"},
    {"assignment", 'A', "NUMBER", "it was asked for by this assignment, like A3"},
    {"with", 'w', "NAME,...", "who is to see the answers, from your care team"},
    {"private", 'P', NULL, "for yourself alone, even if it was asked for"},
    {0},
};

static uint64_t now_ms(const struct desk *d)
{
	return (uint64_t)d->now.s * 1000;
}

/* --- the answers --- */

static int get_answers(struct measure_filling *f)
{
	struct kap *kap = f->d->kap;
	const char *typed = cmd_opt(kap, "answers");
	if (typed)
		return measure_ask_list(kap, f->m, typed, &f->a);
	if (!measures_has_text(f->m))
		return kap_fail(
		    kap, KAP_INVALID,
		    "The text of %s is not part of this program: its licence does not allow that. The clinic can "
		    "add it (%s measures pack FILE), or give the answers by number with --answers. " MEASURE_NOT_SAVED,
		    f->m->name, kap->title);
	if (out_form_of(kap->out) == OUT_JSON)
		return kap_fail(kap, KAP_USAGE, "With --json nothing is asked: give --answers 0,1,... " MEASURE_NOT_SAVED);
	out_say(kap->out, "s skips a question, q stops and saves.");
	out_show(kap->out);
	return measure_ask(kap, f->m, &f->a);
}

static int put_answers(const struct measure_filling *f, struct content *c)
{
	struct buf list;
	buf_init(&list, 0);
	mp_put_array(&list, (uint32_t)f->m->n_items);
	for (int i = 0; i < f->m->n_items; i++)
		mp_put_i64(&list, f->a.answers[i]);
	int err = buf_err(&list);
	if (!err)
		err = content_set_array(c, MEASURE_ANSWERS, list.data, list.len);
	buf_wipe(&list);
	return err;
}

static int fill_content(struct measure_filling *f)
{
	struct content *c = content_new(&(struct content_head){.kind = MEASURE_KIND});
	f->content = c;
	int err = c ? content_set_str(c, MEASURE_INSTRUMENT, f->m->id, strlen(f->m->id)) : ERR_NOMEM;
	if (!err)
		err = content_set_u64(c, MEASURE_VERSION, (uint64_t)f->m->version);
	if (!err)
		err = put_answers(f, c);
	if (!err)
		err = content_set_bool(c, MEASURE_COMPLETE, f->score.complete);
	if (!err && f->score.has_total)
		err = content_set_u64(c, MEASURE_TOTAL, (uint64_t)f->score.total);
	if (!err && f->a.difficulty != MEASURES_MISSING)
		err = content_set_u64(c, MEASURE_DIFFICULTY, (uint64_t)f->a.difficulty);
	if (!err && f->assignment)
		err = chart_set_ref(c, MEASURE_ASSIGNMENT, f->assignment);
	return err ? kap_fail_err(f->d->kap, err, MEASURE_NOT_SAVED) : KAP_OK;
}

static int take_difficulty(struct measure_filling *f)
{
	const char *typed = cmd_opt(f->d->kap, "difficulty");
	if (!typed)
		return KAP_OK;
	if (strlen(typed) != 1 || *typed < '0' || *typed > '3' || !f->m->functional)
		return kap_fail(f->d->kap, KAP_INVALID,
		                "--difficulty is 0, 1, 2 or 3, for PHQ-9 and GAD-7. " MEASURE_NOT_SAVED);
	/* it is asked of those alone who have checked off a problem */
	if (f->score.sum > 0)
		f->a.difficulty = *typed - '0';
	return KAP_OK;
}

static int take_context(struct measure_filling *f)
{
	const char *typed = cmd_opt(f->d->kap, "context");
	struct why why = {""};
	int err =
	    typed ? value_parse(look_by_key(&care_measure.content, MEASURE_CONTEXT), typed, &f->d->now, f->content, &why)
	          : 0;
	return err ? kap_fail_why(f->d->kap, err, &why, MEASURE_NOT_SAVED) : KAP_OK;
}

static int fill(struct measure_filling *f)
{
	struct kap *kap = f->d->kap;
	int exit_code = measure_find_readers(f);
	if (exit_code)
		return exit_code;
	if (kap->role == ROLE_CLIENT)
		measure_say_who_sees(f);
	exit_code = get_answers(f);
	if (exit_code)
		return exit_code;
	int err = measures_score(f->m, f->a.answers, (size_t)f->m->n_items, &f->score);
	if (err)
		return kap_fail_err(kap, err, MEASURE_NOT_SAVED);
	if (!f->score.answered && cmd_opt(kap, "answers"))
		return kap_fail(kap, KAP_INVALID, "None of the questions was answered. " MEASURE_NOT_SAVED);
	if (!f->score.answered) {
		out_say(kap->out, "None of the questions was answered. " MEASURE_NOT_SAVED);
		return KAP_OK;
	}
	exit_code = take_difficulty(f);
	if (!exit_code)
		exit_code = fill_content(f);
	if (!exit_code)
		exit_code = take_context(f);
	return exit_code ? exit_code : measure_save(f);
}

/* --- what was filled in so far --- */

static int show_one(void *arg, const struct book_item *item)
{
	show_care_row(arg, item);
	return 0;
}

static int list(struct desk *d, const char *client)
{
	struct chart chart;
	int exit_code = subject_client(d, client, &chart);
	if (exit_code)
		return exit_code;
	out_list(d->kap->out, "measures", "Nothing was filled in yet.");
	(void)chart_each(&chart, MEASURE_KIND, show_one, d);
	out_end(d->kap->out);
	return KAP_OK;
}

static int may_fill(struct measure_filling *f)
{
	struct kap *kap = f->d->kap;
	if (kap->role == ROLE_CLIENT && f->m->clinician)
		return kap_fail(kap, KAP_NOT_ALLOWED, "%s is filled in by clinicians. " MEASURE_NOT_SAVED, f->m->name);
	if (kap->role != ROLE_CLIENT && !f->m->clinician)
		return kap_fail(
		    kap, KAP_NOT_ALLOWED,
		    "%s is filled in by the client. A result from elsewhere: %s measure external CLIENT. " MEASURE_NOT_SAVED,
		    f->m->name, kap->title);
	if (kap->role == ROLE_CLIENT && dosing_is_open(&f->chart, now_ms(f->d)))
		return kap_fail(kap, KAP_NOT_ALLOWED,
		                "A session is open. Questionnaires wait until it is over. " MEASURE_NOT_SAVED);
	return KAP_OK;
}

static int run_with(struct desk *d, const struct packs *packs, int argc, char **argv)
{
	struct measure_filling f = {.d = d};
	f.m = argc ? packs_find(packs, argv[0]) : NULL;
	if (!f.m && argc < 2 && (!argc || (d->kap->role != ROLE_CLIENT && !subject_is_item(argv[0]))))
		return list(d, argc ? argv[0] : NULL);
	if (!f.m)
		return kap_fail(d->kap, KAP_INVALID,
		                "There is no questionnaire \"%.40s\". `%s measures` lists them. " MEASURE_NOT_SAVED, argv[0],
		                d->kap->title);
	int exit_code = subject_client(d, argc > 1 ? argv[1] : NULL, &f.chart);
	if (!exit_code)
		exit_code = may_fill(&f);
	if (!exit_code)
		exit_code = fill(&f);
	content_free(f.content);
	book_free(f.book);
	return exit_code;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct packs *packs = NULL;
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	int err = packs_load(kap->vault, &packs);
	exit_code = err ? kap_fail_err(kap, err, MEASURE_NOT_SAVED) : run_with(&d, packs, argc, argv);
	packs_free(packs);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_measure = {
    .name = "measure",
    .args = "[MEASURE] [CLIENT]",
    .summary = "fill in a questionnaire, or see those filled in",
    .about =
        "Any question may be skipped. There is a score only when all were answered. What you begin by yourself only "
        "you can read; what was asked for goes to your therapist and prescriber, and it is said before the first "
        "question. Clinicians fill in the CGI about a client. `kap measures` lists what there is.",
    .example = "kap measure phq9",
    .options = options,
    .roles = CMD_CLIENT | CMD_CLINICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .max_args = 2,
    .run = run,
};
