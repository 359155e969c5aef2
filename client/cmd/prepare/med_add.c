/* med_add: a medicine that a client takes, or one that changed. */
#include <string.h>

#include "client/book/gate.h"
#include "client/care/med.h"
#include "client/cmd.h"
#include "proto/content.h"
#include "proto/err.h"

#include "client/cmd/desk.h"
#include "client/cmd/form.h"
#include "meds.h"
#include "client/cmd/subject.h"

static const struct cmd_option options[] = {
    FORM_OPTIONS,
    {0},
};

static const char *const hows[] = {"started", "stopped", "as needed"};

/* What was not said is so: it is taken, and the change is of today. */
static int complete(struct desk *d, struct form *f)
{
	int err = 0;
	if (!content_has(f->content, MED_STATE))
		err = content_set_u64(f->content, MED_STATE, MED_TAKING);
	if (!err && !content_has(f->content, MED_CHANGED))
		err = content_set_u64(f->content, MED_CHANGED, gate_today((uint64_t)d->now.s * 1000, d->now.offset_min));
	return err ? kap_fail_err(d->kap, err, f->lost) : KAP_OK;
}

static int fill(struct desk *d, struct form *f)
{
	static const uint32_t keys[] = {MED_NAME, MED_DOSE, MED_STATE, MED_SINCE, 0}, by[] = {MED_SOURCE, 0};
	int exit_code = form_options(f);
	if (!exit_code)
		exit_code = form_ask(f, keys);
	if (!exit_code && d->kap->role != ROLE_CLIENT)
		exit_code = form_ask(f, by);
	if (!exit_code)
		exit_code = form_need(f, (const uint32_t[]){MED_NAME, 0});
	return exit_code ? exit_code : complete(d, f);
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct form f = {0};
	struct chart chart;
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = subject_client(&d, argc ? argv[0] : NULL, &chart);
	if (!exit_code)
		exit_code = meds_may(&d, &chart);
	if (!exit_code)
		exit_code = form_init(&f, kap, &care_med, NULL);
	if (!exit_code)
		exit_code = fill(&d, &f);
	if (!exit_code)
		exit_code = meds_save(&d, &f, &chart, NULL, hows[content_u64(f.content, MED_STATE, MED_TAKING)]);
	form_wipe(&f);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_med_add = {
    .name = "med add",
    .args = "[CLIENT]",
    .summary = "write down a medicine, or what changed about one",
    .about =
        "After a clearance the prescriber and the therapist are told, and no session opens before a prescriber has "
        "acknowledged it. The last that was written under a name counts.",
    .example = "kap med add",
    .options = options,
    .roles = CMD_CLIENT | CMD_CLINICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .max_args = 1,
    .run = run,
};
