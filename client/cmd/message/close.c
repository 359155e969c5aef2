/* close: says that a message or a flag is dealt with, and how. It stays as it was written. */
#include <string.h>

#include "client/book/write_care.h"
#include "client/book/unanswered.h"
#include "client/care/closing.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"

#include "client/cmd/desk.h"
#include "client/cmd/short_text.h"
#include "client/cmd/subject.h"
#include "client/cmd/target.h"

#define HOW_MAX 2048
#define HOW_MIN_CHARS 3
#define HOW_MAX_CHARS 500
#define READERS 31
#define NOT_CLOSED "Not closed."

static const struct cmd_option options[] = {
    {"how", 'w', "TEXT", "how it was resolved; stands in the shell's history, so rather leave it out and be asked"},
    {0},
};

static int get_how(struct kap *kap, struct buf *how)
{
	static const struct text_limit limit = {
	    .what = "How it was resolved", .max_bytes = HOW_MAX, .min_chars = HOW_MIN_CHARS, .max_chars = HOW_MAX_CHARS};
	static const struct short_text text = {.option = "how",
	                                       .question = "How was it resolved? > ",
	                                       .missing = "Say how it was resolved (--how).",
	                                       .lost = NOT_CLOSED,
	                                       .limit = &limit};
	return short_text_get(kap, &text, how);
}

/* Closing is no way around acknowledging. */
static int check_state(struct desk *d, const struct chart *everybody, const struct book_item *item)
{
	const struct book_item *closing = chart_closing(everybody, item);
	struct unanswered u;
	char name[TARGET_NAME], when[WHEN_TEXT];
	if (closing)
		return kap_fail(d->kap, KAP_INVALID, "%s closed it already, %s. Nothing was changed.",
		                closing->author->is_self ? "You" : closing->author->name, desk_time(d, closing->at_ms, when));
	if (!chart_stands(item))
		return kap_fail(d->kap, KAP_INVALID,
		                "There is nothing to close: its text was taken back. Nothing was changed.");
	if (unanswered_is(everybody, item, (uint64_t)d->now.s * 1000, &u) && u.mine)
		return kap_fail(d->kap, KAP_INVALID, "Nobody has acknowledged it yet. First: %s ack %s. %s", d->kap->title,
		                target_name(item, name), NOT_CLOSED);
	return KAP_OK;
}

static int write_it(struct desk *d, const struct chart *everybody, const struct book_item *item, const struct buf *how)
{
	const struct person *to[READERS];
	struct content_head head = {.kind = CLOSING_KIND};
	struct content *c = content_new(&head);
	struct write_care w = {.kind = &care_closing, .fields = c, .about = chart_subject(everybody, item)};
	if (item->kind == CONTENT_MESSAGE) {
		w.n_to = target_clinicians(item, to, READERS);
		w.to = to;
	}
	int err = c ? chart_set_ref(c, CLOSING_ON, item) : ERR_NOMEM;
	if (!err)
		err = content_set_str(c, CLOSING_HOW, (const char *)how->data, how->len);
	int exit_code = err ? kap_fail_err(d->kap, err, NOT_CLOSED) : subject_write_content(d, &w, NOT_CLOSED);
	content_free(c);
	return exit_code;
}

static int run(struct kap *kap, int argc, char **argv)
{
	const struct book_item *item;
	struct buf how;
	struct desk d;
	char when[WHEN_TEXT];
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	struct chart everybody = subject_everybody(&d);
	buf_init(&how, 0);
	exit_code = target_message_or_flag(&d, argc, argv, &item);
	if (!exit_code)
		exit_code = check_state(&d, &everybody, item);
	if (!exit_code)
		exit_code = get_how(kap, &how);
	if (!exit_code)
		exit_code = write_it(&d, &everybody, item, &how);
	if (!exit_code) {
		out_when(kap->out, "closed", NULL, &d.now);
		out_say(kap->out, "Closed %s.", when_clock(&d.now, when));
		exit_code = desk_send(&d);
	}
	buf_wipe(&how);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_close = {
    .name = "close",
    .args = "[inbox] NUMBER | F7",
    .summary = "say that a message or a flag is dealt with, and how",
    .about =
        "What asks to be acknowledged has to be acknowledged first. It stays as it was written; the clinicians who "
        "have it see how it ended.",
    .example = "kap close F7 --how \"Seen at 3 pm, safety plan renewed\"",
    .options = options,
    .roles = CMD_CLINICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
