/* notes: a therapist's own psychotherapy notes: the list, or one of them. */
#include "client/care/psynote.h"
#include "client/cmd.h"
#include "client/ui/out.h"

#include "desk.h"
#include "show_care.h"
#include "subject.h"

static int show(void *arg, const struct book_item *note)
{
	show_care_row(arg, note);
	return 0;
}

static int list(struct desk *d, const char *client)
{
	struct chart chart = subject_everybody(d);
	int exit_code = client ? subject_client(d, client, &chart) : KAP_OK;
	if (exit_code)
		return exit_code;
	out_list(d->kap->out, "notes", "There are no psychotherapy notes.");
	(void)chart_each(&chart, PSYNOTE_KIND, show, d);
	out_end(d->kap->out);
	return KAP_OK;
}

static int read_one(struct desk *d, const char *typed)
{
	const struct book_item *note = NULL;
	int exit_code = subject_item(d, typed, PSYNOTE_KIND, &note);
	if (!exit_code)
		show_care_item(d, note, NULL);
	return exit_code;
}

static int run(struct kap *kap, int argc, char **argv)
{
	return subject_list(kap, argc, argv, read_one, list);
}

const struct cmd cmd_notes = {
    .name = "notes",
    .args = "[CLIENT|NUMBER]",
    .summary = "list your psychotherapy notes, or read one",
    .example = "kap notes N2",
    .roles = CMD_THERAPIST,
    .needs = CMD_UNLOCKED,
    .max_args = 1,
    .run = run,
};
