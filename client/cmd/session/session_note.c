/* session_note: a note in the timeline of a session. It is part of the record that the team reads. */
#include <string.h>

#include "client/care/event.h"
#include "client/care/kinds.h"
#include "client/cmd.h"
#include "client/ui/compose.h"
#include "client/ui/text.h"
#include "proto/buf.h"
#include "proto/content.h"

#include "client/cmd/entry.h"
#include "client/cmd/form.h"
#include "session.h"

#define NOTE_CHARS 4096

static const struct cmd_option options[] = {SESSION_AT, COMPOSE_OPTIONS, FORM_OPTIONS, {0}};

static int fill(struct session_desk *sd, struct form *f, int argc, char **argv)
{
	(void)sd;
	(void)argc;
	(void)argv;
	static const struct text_limit limit = {.what = "A note", .min_chars = 1, .max_chars = NOTE_CHARS};
	static const struct compose_opts how = {.intro = "Write. A dot on a line of its own, or Ctrl-D, ends and saves.",
	                                        .limit = &limit};
	struct buf text;
	int exit_code = form_options(f), err = 0;
	buf_init(&text, 0);
	if (!exit_code && !content_has(f->content, EVENT_TEXT)) {
		exit_code = entry_compose(f->kap, &how, f->lost, &text);
		if (!exit_code)
			err = content_set_str(f->content, EVENT_TEXT, (const char *)text.data, text.len);
	}
	buf_wipe(&text);
	if (!err)
		err = content_set_u64(f->content, EVENT_WHAT, EVENT_NOTE);
	return exit_code || !err ? exit_code : kap_fail_err(f->kap, err, f->lost);
}

static int record(struct session_desk *sd, struct form *f)
{
	struct session_write w = {.event = f->content};
	char clock[WHEN_TEXT];
	struct buf line;
	int exit_code = session_when(sd, &w.at_ms, &w.offset);
	if (!exit_code)
		exit_code = session_save(sd, &w, f->lost);
	if (exit_code)
		return exit_code;
	buf_init(&line, 0);
	session_put(&line, "%s \xc2\xb7 note. Recorded.", session_clock(w.at_ms, clock));
	session_say(sd, &line);
	return desk_send(&sd->d);
}

static int run(struct kap *kap, int argc, char **argv)
{
	return session_event(kap, argc, argv, fill, record);
}

const struct cmd cmd_session_note = {
    .name = "session note",
    .args = "CLIENT",
    .summary = "add a note to the timeline of a session",
    .about = "The team reads it. What belongs to your own process notes does not belong here.",
    .example = "kap session note jo --file note.txt",
    .options = options,
    .roles = CMD_THERAPIST | CMD_MEDICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
