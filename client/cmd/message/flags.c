/* flags: what was flagged, the open ones first of all, with whether somebody has taken each of them on. */
#include "client/care/flag.h"
#include "client/cmd.h"
#include "client/ui/out.h"

#include "client/cmd/desk.h"
#include "client/cmd/show.h"
#include "client/cmd/show_care.h"
#include "show_flag.h"
#include "client/cmd/subject.h"

static const struct cmd_option options[] = {
    {"all", 'a', NULL, "also those that are closed"},
    {0},
};

struct listing {
	struct desk *d;
	struct chart everybody;
};

static int row(void *arg, const struct book_item *item)
{
	struct listing *l = arg;
	if (!cmd_flag(l->d->kap, "all") && chart_closing(&l->everybody, item))
		return 0;
	show_flag_row(l->d, item);
	return 0;
}

static int show_one(struct desk *d, const char *typed)
{
	const struct book_item *item;
	int exit_code = subject_item(d, typed, FLAG_KIND, &item);
	if (exit_code)
		return exit_code;
	show_care_item(d, item, NULL);
	show_due(d, item);
	return KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	if (argc && subject_is_item(argv[0])) {
		exit_code = show_one(&d, argv[0]);
		desk_close(&d);
		return exit_code;
	}
	struct listing l = {&d, subject_everybody(&d)};
	struct chart chart = l.everybody;
	if (argc)
		exit_code = subject_client(&d, argv[0], &chart);
	if (!exit_code) {
		out_list(kap->out, "flags", cmd_flag(kap, "all") ? "No flags." : "No open flags.");
		(void)chart_each(&chart, FLAG_KIND, row, &l);
		out_end(kap->out);
	}
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_flags = {
    .name = "flags",
    .args = "[CLIENT | F7]",
    .summary = "what was flagged and is not closed",
    .about = "With a number, one flag in full, with the notes and how it ended. `kap ack F7` takes one on, `kap close "
             "F7` says how it ended.",
    .example = "kap flags jo",
    .options = options,
    .roles = CMD_CLINICAL,
    .needs = CMD_UNLOCKED,
    .max_args = 1,
    .run = run,
};
