/* measures: which questionnaires there are, whose they are and under which licence; with one of them, all of it. */
#include <stdio.h>
#include <string.h>

#include "client/book/packs.h"
#include "client/care/measures.h"
#include "client/cmd.h"
#include "client/ui/out.h"

static void row(struct kap *kap, const struct packs *packs, const struct measures_instrument *m)
{
	const char *permission = packs_permission(packs, m);
	char questions[16];
	snprintf(questions, sizeof(questions), "%d", m->n_items);
	out_item(kap->out);
	out_str(kap->out, "id", "Measure", m->id);
	out_str(kap->out, "name", "Name", m->name);
	out_str(kap->out, "questions", "Questions", questions);
	out_str(kap->out, "filled-in-by", "Filled in by", m->clinician ? "clinician" : "client");
	out_str(kap->out, "text", "Text", permission ? "from a pack" : measures_has_text(m) ? "here" : "not here");
	out_str(kap->out, "licence", NULL, m->licence);
	out_str(kap->out, "attribution", NULL, m->attribution);
	out_str(kap->out, "source", NULL, m->source);
	if (permission)
		out_str(kap->out, "permission", NULL, permission);
}

static void put_text(struct kap *kap, const char *id, const char *label, const char *text)
{
	if (text)
		out_text(kap->out, id, label, text, strlen(text));
}

static void one(struct kap *kap, const struct packs *packs, const struct measures_instrument *m)
{
	out_str(kap->out, "id", "Measure", m->id);
	out_str(kap->out, "name", "Name", m->name);
	out_int(kap->out, "version", "Version", m->version);
	out_int(kap->out, "questions", "Questions", m->n_items);
	if (m->total == MEASURES_SUM)
		out_int(kap->out, "lowest", "Lowest total", measures_lowest(m));
	if (m->total == MEASURES_SUM)
		out_int(kap->out, "highest", "Highest total", measures_highest(m));
	put_text(kap, "about", "Asks about", m->about);
	put_text(kap, "licence", "Licence", m->licence);
	put_text(kap, "attribution", "Attribution", m->attribution);
	put_text(kap, "source", "Source", m->source);
	put_text(kap, "permission", "Permission", packs_permission(packs, m));
	put_text(kap, "stem", "Asked", m->stem);
	out_list(kap->out, "items", NULL);
	for (int i = 0; measures_has_text(m) && i < m->n_items; i++) {
		out_item(kap->out);
		out_int(kap->out, "number", "#", i + 1);
		out_excerpt(kap->out, "text", "Question", m->items[i], 68);
	}
	out_end(kap->out);
}

static int show(struct kap *kap, const struct packs *packs, const char *id)
{
	const struct measures_instrument *m = id ? packs_find(packs, id) : NULL;
	if (id && !m)
		return kap_fail(kap, KAP_INVALID, "There is no questionnaire \"%.40s\". `%s measures` lists them.", id,
		                kap->title);
	if (m) {
		one(kap, packs, m);
		return KAP_OK;
	}
	out_list(kap->out, "measures", NULL);
	for (size_t i = 0; (m = packs_at(packs, i)); i++)
		row(kap, packs, m);
	out_end(kap->out);
	/* the owners of these texts ask to be named wherever the texts are */
	for (size_t i = 0; (m = packs_at(packs, i)); i++)
		out_line(kap->out, "%s%s: %s", i ? "" : "\n", m->name, m->attribution);
	return KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct packs *packs = NULL;
	int err = packs_load(kap->vault, &packs);
	int exit_code = err ? kap_fail_err(kap, err, NULL) : show(kap, packs, argc ? argv[0] : NULL);
	packs_free(packs);
	return exit_code;
}

const struct cmd cmd_measures = {
    .name = "measures",
    .args = "[MEASURE]",
    .summary = "which questionnaires there are, and whose they are",
    .example = "kap measures phq9",
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .max_args = 1,
    .run = run,
};
