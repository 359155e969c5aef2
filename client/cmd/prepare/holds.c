/* holds: which holds there are, those that were lifted as well. */
#include "client/book/gate.h"
#include "client/care/closing.h"
#include "client/care/hold.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/content.h"

#include "client/cmd/desk.h"
#include "client/cmd/show_care.h"
#include "client/cmd/subject.h"

struct listing {
	struct desk *desk;
	struct chart chart;
	uint32_t today;
};

static int show(void *arg, const struct book_item *hold)
{
	struct listing *l = arg;
	struct out *out = l->desk->kap->out;
	const struct book_item *closing = chart_closing(&l->chart, hold);
	uint64_t until = content_u64(chart_content(hold), HOLD_UNTIL, UINT64_MAX);
	show_care_row(l->desk, hold);
	out_str(out, "state", "", closing ? "lifted" : l->today > until ? "over" : "stands");
	out_str(out, "lifted-by", NULL, closing ? closing->author->name : NULL);
	return 0;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct listing l = {0};
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	l.desk = &d;
	l.today = gate_today((uint64_t)d.now.s * 1000, d.now.offset_min);
	l.chart = subject_everybody(&d);
	if (argc)
		exit_code = subject_client(&d, argv[0], &l.chart);
	if (!exit_code) {
		out_list(kap->out, "holds", "There are no holds.");
		(void)chart_each(&l.chart, HOLD_KIND, show, &l);
		out_end(kap->out);
	}
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_holds = {
    .name = "holds",
    .args = "[CLIENT]",
    .summary = "list holds and whether they stand",
    .example = "kap holds jo",
    .roles = CMD_CLINICAL,
    .needs = CMD_UNLOCKED,
    .max_args = 1,
    .run = run,
};
