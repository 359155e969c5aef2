/* session_vitals: a reading of vitals, beside the limits of the order: what is beyond them is recorded, flagged, and
 * the prescriber told. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/care/event.h"
#include "client/care/kinds.h"
#include "client/care/order.h"
#include "client/cmd.h"
#include "proto/buf.h"
#include "proto/content.h"

#include "client/cmd/form.h"
#include "session.h"
#include "session_limit.h"
#include "vitals.h"

static const struct cmd_option options[] = {VITALS_OPTIONS, SESSION_AT, FORM_OPTIONS, {0}};

static int record(struct session_desk *sd, struct form *f)
{
	struct session_write w = {.event = f->content};
	struct session_limit l;
	int exit_code = session_when(sd, &w.at_ms, &w.offset);
	if (!exit_code)
		exit_code = session_limit_set(sd, f, &w, &l);
	if (!exit_code)
		exit_code = session_save(sd, &w, f->lost);
	if (exit_code)
		return exit_code;
	exit_code = desk_send(&sd->d);
	session_limit_say(sd, &w, &l, exit_code);
	return exit_code;
}

static int fill(struct session_desk *sd, struct form *f, int argc, char **argv)
{
	struct kap *kap = sd->d.kap;
	int exit_code = form_options(f);
	if (!exit_code)
		exit_code = vitals_read(f, argc, argv);
	if (!exit_code)
		exit_code = vitals_ask(f, "Vitals > ");
	if (!exit_code)
		exit_code = vitals_check(f);
	if (!exit_code && !vitals_any(f->content))
		exit_code = kap_fail(kap, KAP_INVALID, "Which vitals? Such as `%s session vitals %s 122/79 68 98`. Not saved.",
		                     kap->title, argv[-1]);
	return exit_code;
}

static int run(struct kap *kap, int argc, char **argv)
{
	return session_event(kap, argc, argv, fill, record);
}

const struct cmd cmd_session_vitals = {
    .name = "session vitals",
    .args = "CLIENT [TOP/BOTTOM] [HEART-RATE] [OXYGEN]",
    .summary = "record vitals; the order's limits are looked at",
    .about = "What cannot be is refused. What is beyond the order's limits is recorded and flagged, and the prescriber "
             "told.",
    .example = "kap session vitals jo 168/102 96 97",
    .options = options,
    .roles = CMD_THERAPIST | CMD_MEDICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 4,
    .run = run,
};
