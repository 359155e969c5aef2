/* session_check: somebody looked: awake or responding, how comfortable. */
#include <string.h>

#include "client/care/event.h"
#include "client/care/flag.h"
#include "client/care/kinds.h"
#include "client/cmd.h"
#include "proto/buf.h"
#include "proto/content.h"

#include "client/cmd/form.h"
#include "session.h"

static const struct cmd_option options[] = {
    {"responding", 'r', "YES|NO", "awake or responding"},
    {"comfort", 'c', "0-10", "how comfortable they look"},
    SESSION_AT,
    FORM_OPTIONS,
    {0},
};

static int fill(struct session_desk *sd, struct form *f, int argc, char **argv)
{
	(void)sd;
	(void)argc;
	(void)argv;
	static const uint32_t asked[] = {EVENT_RESPONDING, EVENT_COMFORT, 0}, needed[] = {EVENT_RESPONDING, 0};
	const char *responding = cmd_opt(f->kap, "responding"), *comfort = cmd_opt(f->kap, "comfort");
	int exit_code = form_options(f);
	if (!exit_code && responding)
		exit_code = form_set(f, EVENT_RESPONDING, responding);
	if (!exit_code && comfort)
		exit_code = form_set(f, EVENT_COMFORT, comfort);
	if (!exit_code && !responding)
		exit_code = form_ask(f, asked);
	if (!exit_code)
		exit_code = form_need(f, needed);
	if (exit_code)
		return exit_code;
	int err = content_set_u64(f->content, EVENT_WHAT, EVENT_CHECK);
	return err ? kap_fail_err(f->kap, err, f->lost) : KAP_OK;
}

static int record(struct session_desk *sd, struct form *f)
{
	struct session_write w = {.event = f->content};
	bool responding = content_bool(f->content, EVENT_RESPONDING, false);
	char clock[WHEN_TEXT];
	struct buf line;
	int exit_code = session_when(sd, &w.at_ms, &w.offset);
	if (!exit_code && !responding)
		session_flag(&w, FLAG_ADVERSE_EVENT, FLAG_URGENT, "Not awake and not responding at a check, %s",
		             session_clock(w.at_ms, clock));
	if (!exit_code)
		exit_code = session_save(sd, &w, f->lost);
	if (exit_code)
		return exit_code;
	exit_code = desk_send(&sd->d);
	buf_init(&line, 0);
	session_put(&line, "%s \xc2\xb7 check: %s. Recorded.", session_clock(w.at_ms, clock),
	            responding ? "awake or responding" : "NOT RESPONDING");
	if (!responding)
		session_put_told(sd, exit_code, "notified", &line);
	if (!responding)
		session_put(&line, " If someone may be in danger, call 911 now.");
	session_say(sd, &line);
	return exit_code;
}

static int run(struct kap *kap, int argc, char **argv)
{
	return session_event(kap, argc, argv, fill, record);
}

const struct cmd cmd_session_check = {
    .name = "session check",
    .args = "CLIENT",
    .summary = "record that somebody looked at the client",
    .example = "kap session check jo --responding yes --comfort 7",
    .options = options,
    .roles = CMD_THERAPIST | CMD_MEDICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
