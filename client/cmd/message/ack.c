/* ack: says that a person has taken a message, a flag or another item on: who, when, and a note. Reading is not
 * acknowledging. */
#include <stdio.h>
#include <string.h>

#include "client/care/flag.h"
#include "client/cmd.h"
#include "client/ui/compose.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/text.h"
#include "client/ui/why.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/role.h"

#include "client/cmd/desk.h"
#include "client/cmd/subject.h"
#include "client/cmd/target.h"

#define NOTE_MAX 4096
#define READERS 32
#define NAMES_MAX 512

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

/* A client has what clinicians wrote for them to know, such as an order; what asks for help is not theirs to take on.
 */
static int check_client(struct desk *d, const struct book_item *item)
{
	if (d->kap->role != ROLE_CLIENT || (item->kind != CONTENT_MESSAGE && item->kind != FLAG_KIND))
		return KAP_OK;
	return kap_fail(d->kap, KAP_NOT_ALLOWED, "Messages and flags are acknowledged by clinicians. Nothing was changed.");
}

/* Who sees the note: of a flag the clinicians alone. */
static void say(struct desk *d, const struct ack *a)
{
	const struct person *others[READERS];
	char names[NAMES_MAX], when[WHEN_TEXT], span[TARGET_SPAN], after[TARGET_SPAN + 32] = "";
	uint64_t now = (uint64_t)d->now.s * 1000, made = content_peek_head(chart_content(a->item))->made_ms;
	size_t n = 1;
	others[0] = a->item->author;
	if (a->item->kind == FLAG_KIND)
		n = target_clinicians(a->item, others, READERS);
	target_names(others, n, names, sizeof(names));
	if (a->item->kind == CONTENT_MESSAGE)
		snprintf(after, sizeof(after), " (%s after sending)", target_span(now > made ? now - made : 0, span));
	out_when(d->kap->out, "acknowledged", NULL, &d->now);
	if (n)
		out_say(d->kap->out, "Acknowledged %s%s. %s see%s this%s.", when_clock(&d->now, when), after, names,
		        n == 1 ? "s" : "", a->note.len ? " note" : "");
	else
		out_say(d->kap->out, "Acknowledged %s%s.", when_clock(&d->now, when), after);
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct ack a = {0};
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	buf_init(&a.note, 0);
	exit_code = target_item(&d, argc, argv, &a.item);
	if (!exit_code)
		exit_code = check_client(&d, a.item);
	if (!exit_code)
		exit_code = get_note(kap, &a.note);
	if (!exit_code) {
		int err = desk_write(&d, save, &a);
		exit_code = err ? desk_refused(&d, err, "Nothing was changed.") : KAP_OK;
	}
	if (!exit_code) {
		say(&d, &a);
		exit_code = desk_send(&d);
	}
	buf_wipe(&a.note);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_ack = {
    .name = "ack",
    .args = "[inbox] NUMBER | F7",
    .summary = "acknowledge a message or a flag: you have taken it on",
    .about =
        "Everybody who has it learns that you have, and sees the note; what you note on a flag only the clinicians "
        "see. Other numbers with a letter, such as O3, are acknowledged in the same way.",
    .example = "kap ack inbox 1 --file note.txt",
    .options = options,
    .roles = CMD_CLIENT | CMD_CLINICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
