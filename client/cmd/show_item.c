/* show_item: any item of the clinical kinds by its letter and number, in full. Looking at somebody else's tells them
 * that it was opened, if one is staff. */
#include "client/care/measure.h"
#include "client/cmd.h"

#include "desk.h"
#include "opened.h"
#include "show_care.h"
#include "client/cmd/measure/show_measure.h"
#include "subject.h"

static int run(struct kap *kap, int argc, char **argv)
{
	const struct book_item *item;
	struct desk d;
	(void)argc;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = subject_item(&d, argv[0], 0, &item);
	if (!exit_code) {
		show_care_item(&d, item, NULL);
		if (item->kind == MEASURE_KIND && chart_content(item))
			exit_code = show_measure(&d, chart_content(item));
	}
	if (!exit_code)
		exit_code = opened_mark(&d, item);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_show_item = {
    .name = "show",
    .args = "NUMBER",
    .summary = "show one item of the record: M3, F7, A2",
    .about = "The letter says what it is: M a questionnaire, F a flag, A an assignment, and so on. Lists show the "
             "numbers.",
    .example = "kap show M3",
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
