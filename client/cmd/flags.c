/* flags: what was flagged, the open ones first of all, with whether somebody has taken each of them on. */
#include <string.h>

#include "client/care/flag.h"
#include "client/care/look.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/content.h"

#include "desk.h"
#include "show.h"
#include "show_care.h"
#include "subject.h"

static const struct cmd_option options[] = {
    {"all", 'a', NULL, "also those that are closed"},
    {0},
};

struct listing {
	struct desk *d;
	struct chart everybody;
};

static void show_state(struct listing *l, const struct book_item *item)
{
	struct out *out = l->d->kap->out;
	const struct content *c = chart_content(item);
	const struct book_item *closing = chart_closing(&l->everybody, item);
	const struct book_ack *ack = chart_ack(item, NULL);
	char when[WHEN_TEXT];
	const struct content_rule *rule = look_by_key(&care_flag.content, FLAG_SEVERITY);
	out_word(out, "severity", "", look_word(rule, content_u64(c, FLAG_SEVERITY, FLAG_INFO)));
	out_word(out, "state", "State", closing ? "closed" : ack ? "acknowledged" : "open");
	if (closing)
		out_line(out, "     closed by %s %s", closing->author->is_self ? "you" : closing->author->name,
		         desk_time(l->d, closing->at_ms, when));
	else if (ack)
		out_line(out, "     acknowledged by %s %s", ack->person->is_self ? "you" : ack->person->name,
		         desk_time(l->d, ack->at_ms, when));
	else
		show_due(l->d, item);
	if (ack)
		out_str(out, "acknowledged-by", NULL, ack->person->name);
}

static int row(void *arg, const struct book_item *item)
{
	struct listing *l = arg;
	if (!cmd_flag(l->d->kap, "all") && chart_closing(&l->everybody, item))
		return 0;
	show_care_row(l->d, item);
	show_state(l, item);
	return 0;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
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
    .args = "[CLIENT]",
    .summary = "what was flagged and is not closed",
    .about = "`kap ack F7` takes one on, `kap close F7` says how it ended.",
    .example = "kap flags jo",
    .options = options,
    .roles = CMD_CLINICAL,
    .needs = CMD_UNLOCKED,
    .max_args = 1,
    .run = run,
};
