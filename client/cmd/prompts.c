/* prompts: questions to write from: all, those of one phase, or one. */
#include <string.h>

#include "client/care/prompts.h"
#include "client/cmd.h"
#include "client/ui/out.h"

static void facts(struct kap *kap, const struct prompts_row *row, const char *label)
{
	out_str(kap->out, "id", label, row->id);
	out_int(kap->out, "minutes", NULL, row->minutes);
	out_int(kap->out, "weight", NULL, row->weight);
	if (label && row->weight == 3)
		out_str(kap->out, "note", label, "(can be heavy)");
	out_text(kap->out, "text", "", row->text, strlen(row->text));
}

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

static int run(struct kap *kap, int argc, char **argv)
{
	const struct prompts_phase *phases;
	const struct prompts_row *row;
	size_t n;

	phases = prompts_phases(&n);
	for (size_t i = 0; i < n; i++) {
		if (argc && strcmp(phases[i].name, argv[0]))
			continue;
		out_line(kap->out, "%s%s", i && !argc ? "\n" : "", phases[i].title);
		phase(kap, &phases[i]);
		if (argc)
			return KAP_OK;
	}
	if (!argc)
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
    .args = "[PHASE | PROMPT]",
    .summary = "questions to write from",
    .about = "Phases: prep before a session, first for the first hours, days, weeks, bound for boundaries, rel for "
             "relationships, mean for meaning and practice.",
    .example = "kap prompts first",
    .roles = CMD_ANYONE,
    .max_args = 1,
    .run = run,
};
