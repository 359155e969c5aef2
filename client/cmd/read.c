/* read: one entry or one message in full, with its comments or with what became of it. Reading somebody else's tells
 * them that it was opened, if one is staff. */
#include <string.h>

#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/content.h"

#include "desk.h"
#include "opened.h"
#include "show.h"

static const struct cmd_option options[] = {
    {"rev", 'r', "N", "an earlier revision"},
    {0},
};

static void say_versions(struct desk *d, const struct book_item *item)
{
	out_int(d->kap->out, "versions", NULL, (int64_t)item->n_heads);
	if (item->author->is_self)
		out_say(d->kap->out,
		        "There are %zu versions of this, written apart. `%s merge %u` joins them; `%s history %u` lists them.",
		        item->n_heads, d->kap->title, item->number, d->kap->title, item->number);
	else
		out_say(d->kap->out, "There are %zu versions of this. `%s history` lists them.", item->n_heads, d->kap->title);
}

static int read_entry(struct desk *d, int argc, char **argv)
{
	const struct book_item *item;
	const char *rev = cmd_opt(d->kap, "rev");
	int exit_code = desk_entry(d, argc, argv, &item);
	if (exit_code)
		return exit_code;
	const struct book_revision *revision = book_head(item);
	if (rev) {
		size_t n = 0;
		const char *p = rev;
		for (; *p >= '0' && *p <= '9' && n <= item->n_revisions; p++)
			n = n * 10 + (size_t)(*p - '0');
		if (*p || n < 1 || n > item->n_revisions)
			return kap_fail(d->kap, KAP_INVALID, "There is no revision %s. `%s history` lists them.", rev,
			                d->kap->title);
		revision = &item->revisions[n - 1];
	}
	show_revision(d, item, revision);
	if (item->n_heads > 1 && !rev)
		say_versions(d, item);
	show_comments(d, item, revision);
	return opened_mark(d, item);
}

static int read_message(struct desk *d, int argc, char **argv)
{
	const struct book_item *item;
	int exit_code = desk_message(d, argc, argv, &item);
	if (exit_code)
		return exit_code;
	show_message(d, item);
	show_progress(d, item);
	return opened_mark(d, item);
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	if (argc == 2 && strcmp(argv[0], "inbox") == 0)
		exit_code = read_message(&d, argc, argv);
	else
		exit_code = read_entry(&d, argc, argv);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_read = {
    .name = "read",
    .args = "[PERSON | inbox] NUMBER",
    .summary = "read an entry or a message",
    .about =
        "With a number, an entry of your own; with a name and a number, one that this person shares with you; with "
        "\"inbox\", a message.",
    .example = "kap read jo 3",
    .options = options,
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
