/* answer: a prompt is shown and may be answered, skipped, or left for later. Skipping is never counted or mentioned. */
#include <string.h>

#include "client/care/prompts.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/text.h"
#include "proto/buf.h"

#include "entry.h"

static const struct cmd_option options[] = {ENTRY_OPTIONS, COMPOSE_OPTIONS, {0}};

/* The phase of an entry, as the field numbers it; prompts that belong to no time are "free". */
static int phase_of(const struct prompts_row *row)
{
	static const char *const phases[] = {"free", "prep", "first", "days", "weeks"};
	for (int i = 1; i < 5; i++) {
		size_t len = strlen(phases[i]);
		if (strncmp(phases[i], row->id, len) == 0 && row->id[len] == '-')
			return i;
	}
	return 0;
}

static bool is_word(const struct buf *text, char letter)
{
	return text->len == 1 && text->data[0] == (uint8_t)letter;
}

static int save(struct kap *kap, const struct prompts_row *row, struct write_entry *entry, const struct buf *text)
{
	if (is_word(text, 's') || is_word(text, 'l')) {
		out_say(kap->out, is_word(text, 's') ? "Skipped." : "Later, then. Nothing was saved.");
		return KAP_OK;
	}
	entry->prompt = row->id;
	entry->phase = phase_of(row);
	return entry_keep(kap, entry, text);
}

static int run(struct kap *kap, int argc, char **argv)
{
	const struct prompts_row *row = prompts_find(argv[0]);
	struct entry_fields fields;
	struct write_entry entry;
	struct buf text;
	(void)argc;
	if (!row)
		return kap_fail(kap, KAP_INVALID, "There is no prompt \"%s\". `%s prompts` lists them.", argv[0], kap->title);
	if (prompt_interactive(kap->prompt) && !cmd_opt(kap, "file")) {
		if (row->weight >= 3)
			out_line(kap->out, "%s", PROMPTS_WARNING);
		out_line(kap->out, "%s", row->text);
		out_line(kap->out, "%s", "  Write and end with a dot on its own line · s skip · l later");
		out_show(kap->out);
	}
	buf_init(&text, 0);
	int exit_code = entry_options(kap, &entry, &fields);
	if (!exit_code)
		exit_code = entry_compose(kap, &(struct compose_opts){0}, "Nothing was saved.", &text);
	if (!exit_code)
		exit_code = save(kap, row, &entry, &text);
	buf_wipe(&text);
	return exit_code;
}

const struct cmd cmd_answer = {
    .name = "answer",
    .args = "PROMPT",
    .summary = "answer a prompt, or skip it",
    .about = "`kap prompts` lists the prompts. An answer is a private entry like any other. s alone skips, l alone "
             "leaves it "
             "for later; neither is counted.",
    .example = "kap answer first-03",
    .options = options,
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
