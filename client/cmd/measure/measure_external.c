/* measure_external: the result of a questionnaire that was filled in elsewhere: its name, the total and what the
 * highest could be, and who filled it in. No text of it and no answers. */
#include "client/care/measure.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/content.h"

#include "client/cmd/desk.h"
#include "client/cmd/form.h"
#include "client/cmd/subject.h"

static const struct cmd_option options[] = {FORM_OPTIONS, {0}};
static const uint32_t asked[] = {MEASURE_EXT_NAME, MEASURE_EXT_TOTAL, MEASURE_EXT_MAX, MEASURE_EXT_BY, 0};
static const uint32_t needed[] = {MEASURE_EXT_NAME, MEASURE_EXT_TOTAL, 0};

static int fill(struct desk *d, const struct chart *chart, struct form *form)
{
	int exit_code = form_options(form);
	if (!exit_code)
		exit_code = form_ask(form, asked);
	if (!exit_code)
		exit_code = form_need(form, needed);
	if (exit_code)
		return exit_code;
	if (content_u64(form->content, MEASURE_EXT_TOTAL, 0) > content_u64(form->content, MEASURE_EXT_MAX, UINT64_MAX))
		return kap_fail(d->kap, KAP_INVALID, "The total is above the highest possible. Not saved.");
	exit_code = subject_write(d, form, chart, NULL);
	if (exit_code)
		return exit_code;
	out_say(d->kap->out, "Saved about %s.", chart->client->name);
	return desk_send(d);
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct chart chart;
	struct form form;
	struct desk d;
	(void)argc;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = form_init(&form, kap, &care_measure, NULL);
	if (!exit_code)
		exit_code = subject_client(&d, argv[0], &chart);
	if (!exit_code)
		exit_code = fill(&d, &chart, &form);
	form_wipe(&form);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_measure_external = {
    .name = "measure external",
    .args = "CLIENT",
    .summary = "keep the result of a questionnaire from elsewhere",
    .about = "For questionnaires whose text is not part of this program. Fields: external (its name), external-total, "
             "external-max, external-by, context.",
    .example = "kap measure external jo --set external=MDQ --set external-total=7 --set external-max=13",
    .options = options,
    .roles = CMD_CLINICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
