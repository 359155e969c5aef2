/* med_stop: a medicine that is not taken any more. One's own row gets a revision; beside somebody else's a new row says
 * so. */
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

static int find(struct desk *d, const char *typed, struct chart *chart, const struct book_item **med)
{
	int exit_code = subject_item(d, typed, MED_KIND, med);
	if (exit_code)
		return exit_code;
	*chart = subject_everybody(d);
	chart->client = chart_subject(chart, *med);
	if (!chart_stands(*med) || !chart->client)
		return kap_fail(d->kap, KAP_INVALID, "%s is not there any more. Not saved.", typed);
	if (content_u64(chart_content(*med), MED_STATE, MED_TAKING) == MED_STOPPED)
		return kap_fail(d->kap, KAP_INVALID, "%s is stopped already. Not saved.", typed);
	return meds_may(d, chart);
}

static int stop(struct desk *d, struct form *f, const struct chart *chart, const struct book_item *med)
{
	uint32_t today = gate_today((uint64_t)d->now.s * 1000, d->now.offset_min);
	content_drop(f->content, MED_SOURCE);
	int err = content_set_u64(f->content, MED_STATE, MED_STOPPED);
	if (!err)
		err = content_set_u64(f->content, MED_CHANGED, today);
	int exit_code = err ? kap_fail_err(d->kap, err, f->lost) : form_options(f);
	return exit_code ? exit_code : meds_save(d, f, chart, med->author->is_self ? med : NULL, "stopped");
}

static int run(struct kap *kap, int argc, char **argv)
{
	const struct book_item *med = NULL;
	struct form f = {0};
	struct chart chart;
	struct desk d;
	(void)argc;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = find(&d, argv[0], &chart, &med);
	if (!exit_code)
		exit_code = form_init(&f, kap, &care_med, med);
	if (!exit_code)
		exit_code = stop(&d, &f, &chart, med);
	form_wipe(&f);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_med_stop = {
    .name = "med stop",
    .args = "NUMBER",
    .summary = "say that a medicine is not taken any more",
    .example = "kap med stop R2",
    .options = options,
    .roles = CMD_CLIENT | CMD_CLINICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
