/* history: all revisions of an entry; nothing is ever overwritten. */
#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/buf.h"
#include "proto/content.h"

#include "desk.h"
#include "show.h"

static const char *state_of(const struct book_item *item, const struct book_revision *revision)
{
	if (revision->deleted)
		return "deleted by its author";
	if (revision->withdrawn)
		return "taken back";
	if (!revision->superseded)
		return item->n_heads > 1 ? "a current version" : "current";
	return "earlier";
}

static void row(struct desk *d, const struct book_item *item, const struct book_revision *revision)
{
	struct out *out = d->kap->out;
	const struct content *c = revision->content;
	struct when made = desk_when(c ? content_peek_head(c)->made_ms : 0);
	struct buf text;
	size_t len = 0;
	const char *body = c ? content_str(c, CONTENT_BODY, &len) : NULL;
	buf_init(&text, 0);
	buf_put(&text, body, body ? len : 0);
	buf_put_u8(&text, 0);
	out_item(out);
	out_int(out, "revision", "Rev", (int64_t)show_revision_number(item, revision));
	out_when(out, "made", "Written", c ? &made : NULL);
	out_excerpt(out, "text", "Text", buf_err(&text) ? "" : (const char *)text.data, 30);
	out_str(out, "state", "State", state_of(item, revision));
	out_bool(out, "on-server", NULL, !revision->pending && !revision->waiting);
	buf_wipe(&text);
}

/* Why there may be nothing to read. */
static void say_state(struct desk *d, const struct book_item *item)
{
	struct when at = desk_when(item->deleted ? item->deleted_ms : item->bin_until_ms);
	char date[WHEN_TEXT];
	when_date(&at, &d->now, date);
	if (item->deleted)
		out_say(d->kap->out, "Deleted by %s on %s.", item->author->is_self ? "you" : "its author", date);
	else if (item->bin_until_ms)
		out_say(d->kap->out, "In the bin until %s. `%s undelete %u` brings it back.", date, d->kap->title,
		        item->number);
	if (item->deleted)
		out_when(d->kap->out, "deleted", NULL, &at);
}

static int run(struct kap *kap, int argc, char **argv)
{
	const struct book_item *item;
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = desk_any_entry(&d, argc, argv, &item);
	if (!exit_code) {
		say_state(&d, item);
		out_list(kap->out, "revisions", NULL);
		for (size_t i = 0; i < item->n_revisions; i++)
			row(&d, item, &item->revisions[i]);
		out_end(kap->out);
		out_line(kap->out, "`%s read %s%s --rev N` shows one of them.", kap->title, argc == 2 ? "PERSON " : "",
		         "NUMBER");
	}
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_history = {
    .name = "history",
    .args = "[PERSON] NUMBER",
    .summary = "all versions of an entry",
    .example = "kap history 3",
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
