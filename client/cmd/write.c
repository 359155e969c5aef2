/* write: a private entry of any length, from a file, standard input, the line editor or $EDITOR. */
#include "client/cmd.h"
#include "client/ui/text.h"
#include "proto/buf.h"

#include "entry.h"

static const struct cmd_option options[] = {ENTRY_OPTIONS, COMPOSE_OPTIONS, {0}};

static int run(struct kap *kap, int argc, char **argv)
{
	static const struct compose_opts how = {.intro = "Write. A dot on a line of its own, or Ctrl-D, ends and saves."};
	struct entry_fields fields;
	struct write_entry entry;
	struct buf text;
	(void)argc;
	(void)argv;
	buf_init(&text, 0);
	int exit_code = entry_options(kap, &entry, &fields);
	if (!exit_code)
		exit_code = entry_compose(kap, &how, "Nothing was saved.", &text);
	if (!exit_code)
		exit_code = entry_keep(kap, &entry, &text);
	buf_wipe(&text);
	return exit_code;
}

const struct cmd cmd_write = {
    .name = "write",
    .args = "",
    .summary = "write an entry",
    .about = "The entry is private: only you can read it, on the server too, until you share it. Text comes from the "
             "terminal, from --file, or from your editor on a file that is only in memory.",
    .example = "kap write --file reflection.txt --title \"The kitchen\" --tag family",
    .options = options,
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .run = run,
};
