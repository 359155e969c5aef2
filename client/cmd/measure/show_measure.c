/* show_measure: see show_measure.h. */
#include <stdio.h>
#include <string.h>

#include "client/book/packs.h"
#include "client/book/scoring.h"
#include "client/care/measure.h"
#include "client/care/measures_score.h"
#include "client/ui/out.h"
#include "proto/content.h"
#include "proto/role.h"

#include "client/cmd/desk.h"

#include "show_measure.h"

#define QUESTION_COLUMNS 44

struct shown {
	struct out *out;
	const struct measures_instrument *m;
	const struct scoring *scoring;
	struct measures_score score;
	int answers[MEASURES_ITEMS];
};

static void show_answers(const struct shown *s)
{
	char number[16];
	out_list(s->out, "questions", NULL);
	for (int i = 0; i < s->m->n_items; i++) {
		const char *word = measures_word(s->m, i + 1, s->answers[i]);
		snprintf(number, sizeof(number), "%d", s->answers[i]);
		out_item(s->out);
		out_int(s->out, "question", "#", i + 1);
		if (measures_has_text(s->m))
			out_excerpt(s->out, "text", "Question", s->m->items[i], QUESTION_COLUMNS);
		out_str(s->out, "answer", "Answer", s->answers[i] == MEASURES_MISSING ? NULL : word ? word : number);
	}
	out_end(s->out);
}

static void show_number(const struct shown *s)
{
	char range[48];
	out_str(s->out, "name", "Name", s->m->name);
	out_str(s->out, "about", NULL, s->m->about);
	if (out_form_of(s->out) == OUT_HUMAN)
		out_text(s->out, "about", "Asks about", s->m->about, strlen(s->m->about));
	if (s->m->total == MEASURES_SUM) {
		snprintf(range, sizeof(range), "%d to %d", measures_lowest(s->m), measures_highest(s->m));
		out_str(s->out, "range", "Range", range);
	}
	if (!s->score.complete)
		out_say(s->out, "%d of %d answered \xe2\x80\x94 no score.", s->score.answered, s->m->n_items);
}

/* --- for clinicians --- */

static void show_total_words(const struct shown *s)
{
	int cut = scoring_cut(s->scoring, s->m);
	char text[64];
	if (s->scoring->prorate && s->score.can_prorate) {
		snprintf(text, sizeof(text), "%d, prorated from %d of %d answers", s->score.prorated, s->score.answered,
		         s->m->n_items);
		out_str(s->out, "prorated-total", "Total", text);
	}
	if (!s->score.has_total)
		return;
	if (measures_band(s->m, s->score.total))
		out_str(s->out, "band", "Band", measures_band(s->m, s->score.total));
	if (cut) {
		snprintf(text, sizeof(text), "%s %d", s->score.total >= cut ? "at or above" : "below", cut);
		out_str(s->out, "cut-point", "Cut-point", text);
	}
}

static void show_parts(const struct shown *s)
{
	char text[128] = "";
	size_t at = 0;
	for (size_t p = 0; p < MEASURES_PARTS && s->m->parts[p].name && at < sizeof(text); p++) {
		const char *name = s->m->parts[p].name;
		if (s->score.parts[p] == MEASURES_MISSING)
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s not complete", at ? ", " : "", name);
		else
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s %d", at ? ", " : "", name, s->score.parts[p]);
	}
	if (at)
		out_str(s->out, "parts", "Parts", text);
	if (s->score.has_pattern)
		out_str(s->out, "pattern", "Pattern", s->score.pattern ? "met" : "not met");
}

static void show_count(const struct shown *s)
{
	static const char *const words[] = {NULL, "none", "other", "major"};
	if (s->score.count != MEASURES_COUNT_UNKNOWN)
		out_str(s->out, "symptom-count", "Symptom count", words[s->score.count]);
}

static void show_safety(const struct shown *s)
{
	char text[64];
	if (!s->score.safety)
		return;
	snprintf(text, sizeof(text), "%d%s", s->score.safety_answer,
	         s->m->safety == MEASURES_REVIEW ? ": look at it with the client" : "");
	char label[24];
	snprintf(label, sizeof(label), "Item %d", s->m->safety_item);
	out_str(s->out, "safety-item", label, text);
}

static void show_all(const struct shown *s, bool clinician)
{
	show_number(s);
	if (clinician) {
		show_total_words(s);
		show_parts(s);
		show_count(s);
		show_safety(s);
	}
	show_answers(s);
}

static const struct measures_instrument *find(const struct packs *packs, const struct content *c)
{
	char id[MEASURE_ID_MAX + 1];
	size_t len;
	const char *text = content_str(c, MEASURE_INSTRUMENT, &len);
	if (!text || len > MEASURE_ID_MAX)
		return NULL;
	memcpy(id, text, len);
	id[len] = '\0';
	const struct measures_instrument *m = packs_find(packs, id);
	return m && content_u64(c, MEASURE_VERSION, 1) == (uint64_t)m->version ? m : NULL;
}

int show_measure(struct desk *d, const struct content *c)
{
	struct packs *packs = NULL;
	struct scoring scoring;
	if (!content_has(c, MEASURE_INSTRUMENT))
		return KAP_OK;
	int err = packs_load(d->kap->vault, &packs);
	if (!err)
		err = scoring_load(d->kap->vault, &scoring);
	struct shown s = {.out = d->kap->out, .m = err ? NULL : find(packs, c), .scoring = &scoring};
	size_t n = measure_answers(c, s.answers, MEASURES_ITEMS);
	if (s.m && !measures_score(s.m, s.answers, n, &s.score))
		show_all(&s, d->kap->role != ROLE_CLIENT);
	else if (!err)
		out_say(d->kap->out, "Its questions are not on this device, so the total could not be checked here.");
	/* a pack's own total is held against what its rule makes here */
	if (s.m && content_has(c, MEASURE_TOTAL) && !content_bool(c, MEASURE_PRORATED, false) &&
	    (!s.score.has_total || content_u64(c, MEASURE_TOTAL, 0) != (uint64_t)s.score.total))
		out_say(d->kap->out, "DOES NOT HOLD: the total is not what these answers make. It counts nowhere.");
	packs_free(packs);
	return err ? kap_fail_err(d->kap, err, NULL) : KAP_OK;
}
