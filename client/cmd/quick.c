/* quick: one line, saved, done; for the hours when anything more is too much. */
#include "client/cmd.h"
#include "client/ui/text.h"
#include "proto/buf.h"

#include "entry.h"

static const struct cmd_option options[] = {COMPOSE_OPTIONS, {0}};

static int run(struct kap *kap, int argc, char **argv)
{
	static const struct compose_opts how = {.one_line = true, .intro = "One line, then Enter. Nothing else needed."};
	struct write_entry entry = {.mood = -1, .phase = -1};
	struct buf text;
	(void)argc;
	(void)argv;
	buf_init(&text, 0);
	int exit_code = entry_compose(kap, &how, "Nothing was saved.", &text);
	if (!exit_code)
		exit_code = entry_keep(kap, &entry, &text);
	buf_wipe(&text);
	return exit_code;
}

const struct cmd cmd_quick = {
    .name = "quick",
    .args = "",
    .summary = "write one line, nothing else needed",
    .about = "Saves one line as a private entry. No questions, no network. Typing mistakes are kept.",
    .example = "kap quick\n> warm orange. a door that was only a curtain",
    .options = options,
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .run = run,
};
