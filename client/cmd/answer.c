/* answer: a prompt, or what a clinician asked, is shown and may be answered, skipped, or left for later. Skipping is
 * never counted or mentioned. An answer is private; whether somebody reads it is asked afterwards. */
#include <stdio.h>
#include <string.h>

#include "client/book/dosing.h"
#include "client/book/skip.h"
#include "client/care/assignment.h"
#include "client/care/offer.h"
#include "client/care/prompts.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/text.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"

#include "asking.h"
#include "desk.h"
#include "entry.h"
#include "resting.h"
#include "subject.h"

static const char unsaved[] = "Nothing was saved.";

static const struct cmd_option options[] = {
    {"share", 's', NULL, "share the answer with whoever asked, without being asked again"},
    ENTRY_OPTIONS,
    COMPOSE_OPTIONS,
    {0},
};

/* What is answered: a prompt, or an assignment, which may ask for a prompt. */
struct question {
	const struct prompts_row *row;
	const struct book_item *asked;
};

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

static void show_question(struct desk *d, const struct question *q)
{
	struct out *out = d->kap->out;
	struct buf text;
	buf_init(&text, 0);
	if (q->asked)
		out_line(out, "%s asks:", q->asked->author->name);
	if (q->row && q->row->weight >= 3)
		out_line(out, "%s", PROMPTS_WARNING);
	if (q->asked)
		out_line(out, "%s", asking_text(chart_content(q->asked), &text));
	else
		out_line(out, "%s", q->row->text);
	if (q->asked)
		out_line(out, "  %s is told that you answered, not what. Sharing it is asked afterwards.",
		         q->asked->author->name);
	out_line(out, "%s", "  Write and end with a dot on its own line · s skip · l later");
	out_show(out);
	buf_wipe(&text);
}

static int pass_over(struct write_ctx *ctx, void *arg)
{
	const struct question *q = arg;
	int64_t day = ((int64_t)(ctx->now_ms / 1000) + 60 * (int64_t)ctx->offset) / 86400;
	return q->asked ? skip_assignment(ctx->txn, q->asked, day) : skip_prompt(ctx->txn, q->row->id, day);
}

static int skip(struct desk *d, struct question *q)
{
	int err = desk_write(d, pass_over, q);
	if (err)
		return kap_fail_err(d->kap, err, NULL);
	out_say(d->kap->out, "Skipped.");
	return KAP_OK;
}

/* --- sharing an answer --- */

struct share {
	const struct book_item *item;
	const struct person *with;
};

static int share_it(struct write_ctx *ctx, void *arg)
{
	const struct share *s = arg;
	return write_share(ctx, s->item, &s->with, 1);
}

static bool wants_to_share(struct desk *d, const char *name)
{
	char question[256];
	if (cmd_flag(d->kap, "share"))
		return true;
	if (!prompt_interactive(d->kap->prompt) || prompt_has_yes(d->kap->prompt))
		return false;
	out_line(d->kap->out, "  %s will be able to READ this entry until you unshare it. Nothing is copied", name);
	out_line(d->kap->out, "  into your clinic record. They may remember or chart what they read.");
	out_show(d->kap->out);
	snprintf(question, sizeof(question), "  Share it with %s?", name);
	return prompt_yes(d->kap->prompt, question) == 1;
}

/* `d` is opened anew: the answer is in its book. */
static int offer_to_share(struct desk *d, const uint8_t ref[32], const uint8_t asker[16])
{
	struct share s = {book_by_ref(d->book, ref), people_by_pid(d->people, asker)};
	if (!s.item || !s.with || !people_cares(d->people, people_self(d->people)->pid, s.with->pid))
		return KAP_OK;
	out_say(d->kap->out, "%s is told that you answered, not what.", s.with->name);
	if (resting_until(d)) {
		if (cmd_flag(d->kap, "share"))
			return resting_entries(d, &s.item, 1, "It is saved, and was not shared.");
		return KAP_OK;
	}
	if (!wants_to_share(d, s.with->name)) {
		out_line(d->kap->out, "`%s share %u --with NAME` shares it later.", d->kap->title, s.item->number);
		return KAP_OK;
	}
	int err = desk_write(d, share_it, &s);
	if (err)
		return desk_refused(d, err, "It is saved, and was not shared.");
	out_bool(d->kap->out, "shared", NULL, true);
	out_say(d->kap->out, "Shared with %s.", s.with->name);
	return KAP_OK;
}

static int share_and_send(struct kap *kap, const uint8_t ref[32], const uint8_t asker[16])
{
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = offer_to_share(&d, ref, asker);
	int sent = desk_send(&d);
	desk_close(&d);
	return exit_code ? exit_code : sent;
}

/* --- answering --- */

static int keep(struct desk *d, struct question *q, struct write_entry *entry, const struct buf *text)
{
	struct chart chart = {d->book, d->people, people_self(d->people)};
	uint8_t ref[32], asker[16];
	if (is_word(text, 's'))
		return skip(d, q);
	if (is_word(text, 'l')) {
		out_say(d->kap->out, "Later, then. %s", unsaved);
		return KAP_OK;
	}
	entry->prompt = q->row ? q->row->id : NULL;
	entry->phase = q->row ? phase_of(q->row) : offer_phase(dosing_last(&chart), (uint64_t)d->now.s * 1000);
	entry->assignment = q->asked;
	entry->body = (const char *)text->data;
	entry->body_len = text->len;
	if (q->asked)
		memcpy(asker, q->asked->author->pid, sizeof(asker));
	int exit_code = entry_save_ref(d, entry, NULL, ref);
	return exit_code || !q->asked ? exit_code : share_and_send(d->kap, ref, asker);
}

static int check_asked(struct desk *d, const struct book_item *item, const char *typed)
{
	const struct content *c = chart_content(item);
	enum asked_state state = asking_state(d, item);
	size_t len = 0;
	const char *measure = c ? content_str(c, ASSIGNMENT_MEASURE, &len) : NULL;
	if (d->kap->role != ROLE_CLIENT)
		return kap_fail(d->kap, KAP_NOT_ALLOWED, "%s is for your client to answer. %s", typed, unsaved);
	if (state == ASKED_WITHDRAWN)
		return kap_fail(d->kap, KAP_INVALID, "%s took %s back. %s", item->author->name, typed, unsaved);
	if (measure)
		return kap_fail(d->kap, KAP_INVALID, "%s asks for a measure: `%s measure %.*s`. %s", typed, d->kap->title,
		                (int)len, measure, unsaved);
	if (content_bool(c, ASSIGNMENT_CHECKIN, false))
		return kap_fail(d->kap, KAP_INVALID, "%s asks for a check-in: `%s checkin --assignment %s`. %s", typed,
		                d->kap->title, typed, unsaved);
	if (state != ASKED_OPEN)
		return kap_fail(d->kap, KAP_INVALID, "You have answered %s%s. `%s write` is always there. %s", typed,
		                state == ASKED_AGAIN ? " for now; it comes again" : " already", d->kap->title, unsaved);
	return KAP_OK;
}

static int find_question(struct desk *d, const char *typed, struct question *q)
{
	if (!subject_is_item(typed)) {
		q->row = prompts_find(typed);
		return q->row ? KAP_OK
		              : kap_fail(d->kap, KAP_INVALID, "There is no prompt \"%s\". `%s prompts all` lists them.", typed,
		                         d->kap->title);
	}
	int exit_code = subject_item(d, typed, ASSIGNMENT_KIND, &q->asked);
	if (!exit_code)
		exit_code = check_asked(d, q->asked, typed);
	if (!exit_code)
		q->row = asking_prompt(chart_content(q->asked));
	return exit_code;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct entry_fields fields;
	struct write_entry entry;
	struct question q = {0};
	struct buf text;
	struct desk d;
	(void)argc;
	int exit_code = entry_options(kap, &entry, &fields);
	if (exit_code || (exit_code = desk_open(kap, &d)))
		return exit_code;
	buf_init(&text, 0);
	exit_code = find_question(&d, argv[0], &q);
	if (!exit_code && prompt_interactive(kap->prompt) && !cmd_opt(kap, "file"))
		show_question(&d, &q);
	if (!exit_code)
		exit_code = entry_compose(kap, &(struct compose_opts){0}, unsaved, &text);
	if (!exit_code)
		exit_code = keep(&d, &q, &entry, &text);
	desk_close(&d);
	buf_wipe(&text);
	return exit_code;
}

const struct cmd cmd_answer = {
    .name = "answer",
    .args = "PROMPT | A3",
    .summary = "answer a prompt or what was asked of you, or skip it",
    .about = "`kap prompts` shows what fits today, `kap assignments` what was asked of you. An answer is a private "
             "entry like any other. Whoever asked is told that you answered, and reads it only if you share it. s "
             "alone skips, l alone leaves it for later; neither is counted.",
    .example = "kap answer first-03",
    .options = options,
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
