/* hold: a reason not to hold a session, until a day or until it is lifted. The others of the team are told. */
#include <string.h>

#include "client/book/write_care.h"
#include "client/care/hold.h"
#include "client/care/look.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/value.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"

#include "client/cmd/desk.h"
#include "client/cmd/form.h"
#include "client/cmd/subject.h"
#include "tell.h"

static const struct cmd_option options[] = {
    {"reason", 'r', "TEXT", "why; stands in the shell's history, so rather leave it out and be asked"},
    {"until", 'u', "DAY", "the last day of it; without one it stands until it is lifted"},
    FORM_OPTIONS,
    {0},
};

struct placing {
	struct desk *desk;
	const struct chart *chart;
	const struct write_care *hold;
	const char *reason, *until;
};

/* The hold and the word of it go out together. */
static int save(struct write_ctx *ctx, void *arg)
{
	const struct placing *p = arg;
	struct write_field fields[] = {{"reason", p->reason}, {"until", p->until ? p->until : "it is lifted"}};
	struct write_message m = {.type = "hold",
	                          .priority = 2,
	                          .body = p->reason,
	                          .body_len = strlen(p->reason),
	                          .fields = fields,
	                          .n_fields = 2};
	int err = write_care(ctx, p->hold, NULL);
	return err ? err : tell_write(ctx, p->desk, p->chart->client, KINDS_T | KINDS_P, &m);
}

static int place(struct desk *d, const struct form *f, const struct chart *chart)
{
	const struct person *team[TELL_MAX];
	char names[TELL_NAMES];
	struct buf reason, until;
	buf_init(&reason, 0);
	buf_init(&until, 0);
	value_put(f->content, look_by_key(&care_hold.content, HOLD_REASON), &d->now, &reason);
	value_put(f->content, look_by_key(&care_hold.content, HOLD_UNTIL), NULL, &until);
	buf_put_u8(&reason, 0);
	buf_put_u8(&until, 0);
	int err = buf_err(&reason) || buf_err(&until) ? ERR_NOMEM : 0;
	if (!err)
		err = desk_write(
		    d, save,
		    &(struct placing){d, chart,
		                      &(struct write_care){.kind = &care_hold, .fields = f->content, .about = chart->client},
		                      (const char *)reason.data, until.len > 1 ? (const char *)until.data : NULL});
	int exit_code = err ? desk_refused(d, err, f->lost) : KAP_OK;
	if (!exit_code) {
		size_t n = tell_team(d, chart->client, KINDS_T | KINDS_P, team);
		out_say(d->kap->out, "No session of %s can open until %s%s. %s %s told. `%s holds` shows its number.",
		        chart->client->name, until.len > 1 ? (const char *)until.data : "this is lifted",
		        until.len > 1 ? " is over" : "", tell_names(team, n, "Nobody else", names), n > 1 ? "are" : "is",
		        d->kap->title);
		exit_code = desk_send(d);
	}
	buf_wipe(&reason);
	buf_wipe(&until);
	return exit_code;
}

static int fill(struct kap *kap, struct form *f)
{
	static const uint32_t keys[] = {HOLD_REASON, HOLD_UNTIL, 0}, needed[] = {HOLD_REASON, 0};
	const char *reason = cmd_opt(kap, "reason"), *until = cmd_opt(kap, "until");
	int exit_code = form_options(f);
	if (!exit_code && reason)
		exit_code = form_set(f, HOLD_REASON, reason);
	if (!exit_code && until)
		exit_code = form_set(f, HOLD_UNTIL, until);
	if (!exit_code && !reason)
		exit_code = form_ask(f, keys);
	return exit_code ? exit_code : form_need(f, needed);
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct form f = {0};
	struct chart chart;
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = subject_client(&d, argc ? argv[0] : NULL, &chart);
	if (!exit_code)
		exit_code = form_init(&f, kap, &care_hold, NULL);
	if (!exit_code)
		exit_code = fill(kap, &f);
	if (!exit_code)
		exit_code = place(&d, &f, &chart);
	form_wipe(&f);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_hold = {
    .name = "hold",
    .args = "CLIENT",
    .summary = "hold a client's sessions, with a reason",
    .about = "No session opens while it stands. A prescriber lifts any hold, a therapist their own.",
    .example = "kap hold jo",
    .options = options,
    .roles = CMD_THERAPIST | CMD_PRESCRIBER,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
