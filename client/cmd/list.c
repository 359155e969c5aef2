/* list: entries, oldest first: one's own, or those of somebody who shares with one. */
#include <stdio.h>
#include <string.h>

#include "client/care/prompts.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/buf.h"
#include "proto/content.h"

#include "desk.h"
#include "show.h"

static const struct cmd_option options[] = {
    {"tag", 'g', "TAG", "only entries with this tag"},
    {0},
};

struct listing {
	struct desk *d;
	const char *tag;
	bool with_author;
};

static int row(void *arg, const struct book_item *item)
{
	const struct listing *l = arg;
	if (l->tag && !show_has_tag(book_head(item), l->tag))
		return 0;
	show_row(l->d, item, l->with_author);
	return 0;
}

static int run(struct kap *kap, int argc, char **argv)
{
	const struct person *author = NULL;
	struct listing l = {.tag = cmd_opt(kap, "tag")};
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	if (argc)
		exit_code = desk_person(&d, argv[0], NULL, "someone you can read", &author);
	else if (kap->role == ROLE_CLIENT)
		author = people_self(d.people);
	l.d = &d;
	l.with_author = !author;
	if (!exit_code) {
		out_list(kap->out, "entries", argc ? "Nothing of theirs is shared with you." : "No entries yet.");
		(void)book_each(d.book, CONTENT_JOURNAL, author, row, &l);
		out_end(kap->out);
	}
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_list = {
    .name = "list",
    .args = "[PERSON]",
    .summary = "list entries",
    .about = "Your own entries, or with a name those that person shares with you. The last column says who can read: "
             "PRIVATE "
             "is you alone.",
    .example = "kap list",
    .options = options,
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .max_args = 1,
    .run = run,
};
