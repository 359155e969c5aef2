/* note: a therapist's psychotherapy note, for nobody else. What the law gives to the record is refused. */
#include <string.h>

#include "client/book/write_care.h"
#include "client/care/psynote.h"
#include "client/care/psynote_guard.h"
#include "client/care/session.h"
#include "client/cmd.h"
#include "client/ui/compose.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"

#include "desk.h"
#include "entry.h"
#include "form.h"
#include "subject.h"

#define NOTE_MAX 65536

static const struct cmd_option options[] = {
    {"session", 's', "NUMBER", "the session it is about"},
    COMPOSE_OPTIONS,
    {0},
};

static int set_session(struct desk *d, struct form *f)
{
	const char *typed = cmd_opt(d->kap, "session");
	const struct book_item *session = NULL;
	if (!typed)
		return KAP_OK;
	int exit_code = subject_item(d, typed, SESSION_KIND, &session);
	if (exit_code)
		return exit_code;
	int err = chart_set_ref(f->content, PSYNOTE_SESSION, session);
	return err ? kap_fail_err(d->kap, err, f->lost) : KAP_OK;
}

/* What is refused is kept for its writer if there is no file of it. */
static int set_text(struct desk *d, struct form *f)
{
	static const struct text_limit limit = {.what = "A note", .max_bytes = NOTE_MAX, .min_chars = 1};
	static const struct compose_opts how = {.intro = "Write. A dot on a line of its own, or Ctrl-D, ends and saves.",
	                                        .limit = &limit};
	struct buf text;
	buf_init(&text, 0);
	int exit_code = entry_compose(d->kap, &how, "The note was not saved.", &text);
	const char *refused = exit_code ? NULL : psynote_guard_find((const char *)text.data, text.len);
	if (refused) {
		exit_code = kap_fail(d->kap, KAP_INVALID, "%s", refused);
		if (!cmd_opt(d->kap, "file"))
			entry_keep_words(d, &text);
	}
	int err = exit_code ? 0 : content_set_str(f->content, PSYNOTE_TEXT, (const char *)text.data, text.len);
	buf_wipe(&text);
	return err ? kap_fail_err(d->kap, err, f->lost) : exit_code;
}

/* CLIENT: a new note; N2: the next revision of that one. */
static int find(struct desk *d, const char *typed, struct chart *chart, const struct book_item **note)
{
	if (!subject_is_item(typed))
		return subject_client(d, typed, chart);
	int exit_code = subject_item(d, typed, PSYNOTE_KIND, note);
	if (exit_code)
		return exit_code;
	*chart = subject_everybody(d);
	chart->client = chart_subject(chart, *note);
	if (chart_stands(*note))
		return KAP_OK;
	return kap_fail(d->kap, KAP_INVALID, "%s is not there any more. The note was not saved.", typed);
}

static int run(struct kap *kap, int argc, char **argv)
{
	const struct book_item *note = NULL;
	struct form f = {0};
	struct chart chart;
	struct desk d;
	(void)argc;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = find(&d, argv[0], &chart, &note);
	if (!exit_code)
		exit_code = form_init(&f, kap, &care_psynote, note);
	f.lost = "The note was not saved.";
	if (!exit_code)
		exit_code = set_session(&d, &f);
	if (!exit_code)
		exit_code = set_text(&d, &f);
	if (!exit_code)
		exit_code = subject_write(&d, &f, &chart, &(struct write_care){.revises = note});
	if (!exit_code) {
		out_say(kap->out, "Saved. Only you can read it. `%s notes` shows it.", kap->title);
		exit_code = desk_send(&d);
	}
	form_wipe(&f);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_note = {
    .name = "note",
    .args = "CLIENT|NUMBER",
    .summary = "write a psychotherapy note that nobody else can read",
    .about =
        "For what a conversation meant. Doses, vitals, measures and times belong in the session record. The clinic "
        "cannot open it and the client does not get it. A number, like N2, writes its next revision.",
    .example = "kap note jo --file note.txt",
    .options = options,
    .roles = CMD_THERAPIST,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
