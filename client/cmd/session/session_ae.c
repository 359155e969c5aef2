/* session_ae: something adverse, by a word of a fixed list; what is severe is flagged. */
#include <stdio.h>
#include <string.h>

#include "client/care/event.h"
#include "client/care/flag.h"
#include "client/care/kinds.h"
#include "client/care/look.h"
#include "client/cmd.h"
#include "proto/buf.h"
#include "proto/content.h"

#include "client/cmd/form.h"
#include "session.h"

#define SEVERE 3

static const struct cmd_option options[] = {
    {"severity", 'S', "1-4", "1 mild, 2 moderate, 3 severe, 4 life-threatening"},
    SESSION_AT,
    FORM_OPTIONS,
    {0},
};

static int unknown_term(struct kap *kap, const char *typed)
{
	char all[512];
	size_t at = 0;
	for (size_t i = 0; event_ae_terms[i] && at < sizeof(all); i++)
		at += (size_t)snprintf(all + at, sizeof(all) - at, "%s%s", i ? ", " : "", event_ae_terms[i]);
	return kap_fail(kap, KAP_INVALID, "\"%.40s\" is not in the list: %s. Not saved.", typed, all);
}

/* "distressing dissociation" is the term distressing-dissociation. */
static int set_term(struct form *f, int argc, char **argv)
{
	char term[64] = "";
	size_t at = 0;
	for (int i = 0; i < argc && at < sizeof(term); i++)
		at += (size_t)snprintf(term + at, sizeof(term) - at, "%s%s", i ? "-" : "", argv[i]);
	for (uint64_t i = 0; event_ae_terms[i]; i++)
		if (strcmp(event_ae_terms[i], term) == 0) {
			int err = content_set_u64(f->content, EVENT_AE_TERM, i);
			return err ? kap_fail_err(f->kap, err, f->lost) : KAP_OK;
		}
	return unknown_term(f->kap, term);
}

static bool is_other(const struct content *c)
{
	return strcmp(event_ae_terms[content_u64(c, EVENT_AE_TERM, 0)], "other") == 0;
}

static int fill(struct session_desk *sd, struct form *f, int argc, char **argv)
{
	(void)sd;
	static const uint32_t needed[] = {EVENT_SEVERITY, 0}, other[] = {EVENT_AE_OTHER, 0};
	static const uint32_t asked[] = {EVENT_SEVERITY, EVENT_ACTION, EVENT_OUTCOME, 0};
	const char *severity = cmd_opt(f->kap, "severity");
	int exit_code = form_options(f);
	if (!exit_code)
		exit_code = set_term(f, argc, argv);
	if (!exit_code && severity)
		exit_code = form_set(f, EVENT_SEVERITY, severity);
	if (!exit_code && is_other(f->content))
		exit_code = form_ask(f, other);
	if (!exit_code && !severity)
		exit_code = form_ask(f, asked);
	if (!exit_code)
		exit_code = form_need(f, needed);
	if (!exit_code && is_other(f->content))
		exit_code = form_need(f, other);
	if (exit_code)
		return exit_code;
	int err = content_set_u64(f->content, EVENT_WHAT, EVENT_AE);
	return err ? kap_fail_err(f->kap, err, f->lost) : KAP_OK;
}

static int record(struct session_desk *sd, struct form *f)
{
	static const char *const words[] = {"", "mild", "moderate", "severe", "life-threatening"};
	struct session_write w = {.event = f->content};
	uint64_t severity = content_u64(f->content, EVENT_SEVERITY, 1);
	const char *term = event_ae_terms[content_u64(f->content, EVENT_AE_TERM, 0)];
	char clock[WHEN_TEXT];
	struct buf line;
	int exit_code = session_when(sd, &w.at_ms, &w.offset);
	if (!exit_code && severity >= SEVERE)
		session_flag(&w, FLAG_ADVERSE_EVENT, FLAG_URGENT, "%s, %s, %s", term, words[severity],
		             session_clock(w.at_ms, clock));
	if (!exit_code)
		exit_code = session_save(sd, &w, f->lost);
	if (exit_code)
		return exit_code;
	exit_code = desk_send(&sd->d);
	buf_init(&line, 0);
	session_put(&line, "%s \xc2\xb7 %s, %s. Recorded.", session_clock(w.at_ms, clock), term, words[severity]);
	if (severity >= SEVERE)
		session_put_told(sd, exit_code, "notified", &line);
	if (severity >= SEVERE)
		session_put(&line, " If someone may be in danger, call 911 now.");
	session_say(sd, &line);
	return exit_code;
}

static int run(struct kap *kap, int argc, char **argv)
{
	return session_event(kap, argc, argv, fill, record);
}

const struct cmd cmd_session_ae = {
    .name = "session ae",
    .args = "CLIENT TERM",
    .summary = "record an adverse event",
    .about = "The terms are a fixed list (any other word shows it); \"other\" takes words of your own. What is severe "
             "is flagged, and the prescriber told.",
    .example = "kap session ae jo nausea --severity 1",
    .options = options,
    .roles = CMD_THERAPIST | CMD_MEDICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 2,
    .max_args = 5,
    .run = run,
};
