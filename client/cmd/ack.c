/* ack: says that a person has taken a message on: who, when, and a note. Reading is not acknowledging. */
#include <string.h>

#include "client/cmd.h"
#include "client/ui/compose.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/text.h"
#include "client/ui/why.h"
#include "proto/buf.h"
#include "proto/err.h"

#include "desk.h"

#define NOTE_MAX 4096

static const struct cmd_option options[] = {
    {"note", 'n', "TEXT", "a note; stands in the shell's history, so rather leave it out and be asked"},
    {"file", 'f', "FILE", "take the note from FILE (- for standard input)"},
    {0},
};

struct ack {
	const struct book_item *item;
	struct buf note;
};

static int save(struct write_ctx *ctx, void *arg)
{
	const struct ack *a = arg;
	return write_ack(ctx, a->item, (const char *)a->note.data, a->note.len);
}

static int get_note(struct kap *kap, struct buf *note)
{
	static const struct text_limit limit = {.what = "A note", .max_bytes = NOTE_MAX};
	const char *typed = cmd_opt(kap, "note");
	struct why why = {""};
	struct buf line;
	int err = 0;
	buf_init(&line, 0);
	if (typed) {
		err = text_normalise(typed, strlen(typed), &limit, note, &why);
	} else if (cmd_opt(kap, "file")) {
		err = compose_text(&(struct compose_opts){.file = cmd_opt(kap, "file"), .limit = &limit}, note, &why);
	} else if (prompt_interactive(kap->prompt)) {
		err = prompt_line(kap->prompt, "Note (Enter for none): ", NOTE_MAX, &line);
		if (!err)
			err = text_normalise(line.data, line.len, &limit, note, &why);
	}
	buf_wipe(&line);
	return err ? kap_fail_why(kap, err, &why, "Not acknowledged.") : KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct ack a = {0};
	struct desk d;
	char when[WHEN_TEXT];
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	buf_init(&a.note, 0);
	exit_code = desk_message(&d, argc, argv, &a.item);
	if (!exit_code)
		exit_code = get_note(kap, &a.note);
	if (!exit_code) {
		int err = desk_write(&d, save, &a);
		exit_code = err ? desk_refused(&d, err, "Nothing was changed.") : KAP_OK;
	}
	if (!exit_code) {
		out_say(kap->out, "Acknowledged %s. %s sees this%s.", when_clock(&d.now, when), a.item->author->name,
		        a.note.len ? " note" : "");
		exit_code = desk_send(&d);
	}
	buf_wipe(&a.note);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_ack = {
    .name = "ack",
    .args = "[inbox] NUMBER",
    .summary = "acknowledge a message: you have taken it on",
    .example = "kap ack inbox 1 --file note.txt",
    .options = options,
    .roles = CMD_CLINICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
