/* edit: a new version of one's own entry, for everybody who reads it now. The versions before stay. */
#include <string.h>

#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "proto/buf.h"
#include "proto/content.h"

#include "desk.h"
#include "entry.h"

static const struct cmd_option options[] = {ENTRY_OPTIONS, COMPOSE_OPTIONS, {0}};

/* What was not said anew stays as it was. */
static void keep_old(struct write_entry *entry, const struct content *old)
{
	size_t len;
	if (!entry->title) {
		entry->title = content_str(old, CONTENT_TITLE, &len);
		entry->title_len = entry->title ? len : 0;
	}
	if (entry->mood < 0)
		entry->mood = (int)content_i64(old, CONTENT_MOOD, -1);
	entry->phase = (int)content_i64(old, CONTENT_PHASE, -1);
	if (!entry->at_ms) {
		entry->at_ms = content_peek_head(old)->at_ms;
		entry->at_offset = content_peek_head(old)->offset;
	}
}

static int revise(struct desk *d, const struct book_item *item, struct write_entry *entry)
{
	const struct content *old = book_head(item)->content;
	struct buf text, before;
	struct compose_opts how = {.intro =
	                               "Write the new version. A dot on a line of its own, or Ctrl-D, ends and saves."};
	size_t len = 0;
	const char *body = content_str(old, CONTENT_BODY, &len);
	buf_init(&text, 0);
	buf_init(&before, 0);
	buf_put(&before, body, len);
	buf_put_u8(&before, 0);
	how.initial = (const char *)before.data;
	keep_old(entry, old);
	int exit_code = buf_err(&before) ? kap_fail_err(d->kap, buf_err(&before), "Nothing was saved.") : KAP_OK;
	if (!exit_code)
		exit_code = entry_compose(d->kap, &how, "Nothing was saved.", &text);
	if (!exit_code && text.len == len && len && memcmp(text.data, body, len) == 0 && !cmd_opt(d->kap, "title") &&
	    !cmd_opt(d->kap, "tag") && !cmd_opt(d->kap, "mood")) {
		out_say(d->kap->out, "Nothing was changed.");
	} else if (!exit_code) {
		entry->body = (const char *)text.data;
		entry->body_len = text.len;
		exit_code = entry_save(d, entry, item);
	}
	buf_wipe(&before);
	buf_wipe(&text);
	return exit_code;
}

static int run(struct kap *kap, int argc, char **argv)
{
	const struct book_item *item;
	struct entry_fields fields;
	struct write_entry entry;
	struct desk d;
	int exit_code = entry_options(kap, &entry, &fields);
	if (exit_code || (exit_code = desk_open(kap, &d)))
		return exit_code;
	exit_code = desk_entry(&d, argc, argv, &item);
	if (!exit_code && item->author->is_self)
		exit_code = desk_one_version(&d, item);
	if (!exit_code)
		exit_code = revise(&d, item, &entry);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_edit = {
    .name = "edit",
    .args = "NUMBER",
    .summary = "change an entry of yours; earlier versions stay",
    .about = "Whoever can read the entry now can read the new version. `kap history` shows all versions.",
    .example = "kap edit 3 --editor",
    .options = options,
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
