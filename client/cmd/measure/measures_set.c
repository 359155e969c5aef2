/* measures_set: how totals are read on this device: the cut-point of the PCL-5, and prorated totals. */
#include <stdlib.h>
#include <string.h>

#include "client/book/scoring.h"
#include "client/care/measures.h"
#include "client/cmd.h"
#include "client/ui/out.h"

#define NOT_CHANGED "Nothing was changed."

static void say(struct kap *kap, const struct scoring *scoring)
{
	out_int(kap->out, "pcl5-cut", "PCL-5 cut-point", scoring_cut(scoring, measures_find(SCORING_CUT_OF)));
	out_bool(kap->out, "prorate", "Prorated totals", scoring->prorate);
}

static int change(struct kap *kap, struct scoring *scoring, const char *name, const char *value)
{
	char *end;
	long v = strtol(value, &end, 10);
	int most = measures_highest(measures_find(SCORING_CUT_OF));
	if (strcmp(name, "pcl5-cut") == 0) {
		if (*value < '0' || *value > '9' || *end || v < 1 || v > most)
			return kap_fail(kap, KAP_INVALID, "The cut-point is a number from 1 to %d. " NOT_CHANGED, most);
		scoring->cut = (int)v;
	} else if (strcmp(name, "prorate") == 0) {
		if (strcmp(value, "yes") && strcmp(value, "no"))
			return kap_fail(kap, KAP_INVALID, "prorate is yes or no. " NOT_CHANGED);
		scoring->prorate = *value == 'y';
	} else {
		return kap_fail(kap, KAP_INVALID, "There is pcl5-cut and prorate, not \"%.40s\". " NOT_CHANGED, name);
	}
	return KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct scoring scoring;
	int err = scoring_load(kap->vault, &scoring);
	if (err)
		return kap_fail_err(kap, err, NOT_CHANGED);
	if (argc == 1)
		return kap_fail(kap, KAP_USAGE, "It is `%s measures set NAME VALUE`. " NOT_CHANGED, kap->title);
	int exit_code = argc ? change(kap, &scoring, argv[0], argv[1]) : KAP_OK;
	if (exit_code)
		return exit_code;
	err = argc ? scoring_save(kap->vault, &scoring) : 0;
	if (err)
		return kap_fail_err(kap, err, NOT_CHANGED);
	say(kap, &scoring);
	return KAP_OK;
}

const struct cmd cmd_measures_set = {
    .name = "measures set",
    .args = "[NAME VALUE]",
    .summary = "how totals are read on this device",
    .about = "pcl5-cut: from which total on the PCL-5 is above its cut-point (33 unless set). prorate: yes or no (no "
             "unless set): with yes, where at most two answers of a PHQ-9 are missing, a total is made from the mean "
             "of the others and called prorated. Both change what you are shown, and nothing that is kept.",
    .example = "kap measures set pcl5-cut 31",
    .roles = CMD_CLINICAL,
    .needs = CMD_UNLOCKED,
    .max_args = 2,
    .run = run,
};
