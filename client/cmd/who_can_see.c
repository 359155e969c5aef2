/* who_can_see: for one entry, everybody who can read it, since when, and who has opened it. */
#include "client/book/gift.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/role.h"

#include "desk.h"
#include "show.h"

static void row(struct desk *d, const struct book_item *item, const struct book_reader *reader)
{
	struct out *out = d->kap->out;
	struct when since = desk_when(reader->since_ms), opened = desk_when(reader->opened_ms);
	out_item(out);
	out_str(out, "person", "Person", reader->person->is_self ? "you" : reader->person->name);
	out_str(out, "role", "Role", role_name((enum role)reader->person->role));
	out_word(out, "access", "Access", gift_is_to(item, reader->person) ? "given" : "shown");
	out_when(out, "since", "Since", reader->since_ms ? &since : NULL);
	out_when(out, "opened", "Opened", reader->opened_ms ? &opened : NULL);
	if (!reader->opened_ms)
		out_bool(out, "not-opened-yet", NULL, true);
}

static int run(struct kap *kap, int argc, char **argv)
{
	const struct book_item *item;
	struct desk d;
	size_t n = 0;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = desk_entry(&d, argc, argv, &item);
	if (!exit_code) {
		out_str(kap->out, "author", "Written by", item->author->is_self ? "you" : item->author->name);
		out_word(kap->out, "visibility", "Access", show_visibility(item));
		out_list(kap->out, "readers", NULL);
		for (size_t i = 0; i < item->n_readers; i++) {
			if (item->readers[i].withdrawn)
				continue;
			row(&d, item, &item->readers[i]);
			n++;
		}
		out_end(kap->out);
		out_bool(kap->out, "private", NULL, n == 0);
		if (!n)
			out_line(kap->out, "Only you can read it.");
		else if (!item->author->is_self)
			out_line(kap->out, "Whom the author gave it to. What was taken back from others is not told here.");
		else
			out_line(kap->out, "An empty \"Opened\" means: not opened yet.");
		if (n && item->author->is_self && gift_last(item))
			out_line(kap->out, "GIVEN: a copy is part of your clinic record, and stays there.");
	}
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_who_can_see = {
    .name = "who-can-see",
    .args = "[PERSON] NUMBER",
    .summary = "who can read an entry, and who has opened it",
    .example = "kap who-can-see 3",
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
