/* clinic_contact: how the clinic can be reached and when its team reads: said by an admin to everybody, shown to
 * everybody. */
#include <string.h>

#include "client/book/oncall.h"
#include "client/care/contact.h"
#include "client/care/look.h"
#include "client/cmd.h"
#include "client/ui/hours.h"
#include "client/ui/out.h"
#include "client/ui/value.h"
#include "client/ui/why.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/role.h"

#include "contact_write.h"
#include "client/cmd/desk.h"

#define LOST "Not saved."

static const struct cmd_option options[] = {
    {"phone", 0, "NUMBER", "the clinic's telephone number"},
    {"hours", 0, "TEXT", "when the clinic is open, such as \"Mon-Fri 9-5\"; several with a semicolon between them"},
    {"after-hours", 0, "NUMBER", "the number to call at other times"},
    {"looks", 0, "TEXT", "when the team looks at what comes in, such as \"on weekdays\""},
    {"zone", 0, "NAME", "the time zone of these hours, such as America/New_York; else this computer's"},
    {0},
};

static const struct {
	const char *option;
	uint32_t key;
} rows[] = {
    {"phone", CONTACT_PHONE},
    {"hours", CONTACT_HOURS},
    {"after-hours", CONTACT_AFTER_HOURS},
    {"looks", CONTACT_LOOKS},
};

/* The hours once more as numbers, so that a device can tell whether the clinic is open. */
static int set_spans(struct desk *d, const char *typed, struct content *c)
{
	struct hours_span spans[CONTACT_SPANS];
	struct oncall_turn open[CONTACT_SPANS];
	struct zone_time now;
	struct why why = {""};
	char here[ZONE_NAME];
	const char *zone = cmd_opt(d->kap, "zone");
	size_t n = 0;
	int err = *typed ? hours_parse(typed, spans, CONTACT_SPANS, &n, &why) : 0;
	if (err)
		return kap_fail_why(d->kap, err, &why, LOST);
	zone = zone ? zone : zone_here(here);
	if (strlen(zone) >= ZONE_NAME || zone_local(zone, d->now.s, &now))
		return kap_fail(d->kap, KAP_INVALID,
		                "\"%s\" is not a time zone here. It is a name like America/New_York. " LOST, zone);
	for (size_t i = 0; i < n; i++) {
		open[i] = (struct oncall_turn){.days = spans[i].days, .from = spans[i].from, .to = spans[i].to};
		memcpy(open[i].zone, zone, strlen(zone) + 1);
	}
	err = oncall_set_spans(c, open, n);
	return err ? kap_fail_err(d->kap, err, LOST) : KAP_OK;
}

static int set(struct desk *d, struct content *c)
{
	struct why why = {""};
	int exit_code = KAP_OK;
	for (size_t i = 0; !exit_code && i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *typed = cmd_opt(d->kap, rows[i].option);
		if (!typed)
			continue;
		int err = value_parse(look_by_key(&care_contact.content, rows[i].key), typed, &d->now, c, &why);
		exit_code = err ? kap_fail_why(d->kap, err, &why, LOST) : KAP_OK;
		if (!exit_code && rows[i].key == CONTACT_HOURS)
			exit_code = set_spans(d, typed, c);
	}
	return exit_code;
}

static int change(struct desk *d)
{
	if (d->kap->role != ROLE_ADMIN)
		return kap_fail(d->kap, KAP_NOT_ALLOWED,
		                "Only an admin says how the clinic can be reached. Nothing was changed.");
	struct content *c = contact_write_begin(d);
	int exit_code = c ? set(d, c) : kap_fail_err(d->kap, ERR_NOMEM, LOST);
	if (!exit_code)
		exit_code = contact_write_end(d, c);
	content_free(c);
	if (exit_code)
		return exit_code;
	out_say(d->kap->out,
	        "Saved. Everybody at the clinic gets it with their next sync, and it is on the card of "
	        "`%s help-now`.",
	        d->kap->title);
	return desk_send(d);
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct desk d;
	bool changes = cmd_flag(kap, "zone");
	(void)argc;
	(void)argv;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		changes = changes || cmd_flag(kap, rows[i].option);
	if (cmd_flag(kap, "zone") && !cmd_flag(kap, "hours"))
		return kap_fail(kap, KAP_USAGE, "--zone belongs to --hours. Nothing was changed.");
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	if (changes)
		exit_code = change(&d);
	else
		contact_write_show(&d);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_clinic_contact = {
    .name = "clinic contact",
    .args = "",
    .summary = "how the clinic can be reached, and when its team reads",
    .about =
        "Without options, shows it. An admin changes it with options; an empty one (--looks \"\") takes it away. It "
        "stands on everybody's crisis card, once unlocked.",
    .example = "kap clinic contact --phone 555-0137 --hours \"Mon-Fri 9-5\" --after-hours 555-0199",
    .options = options,
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .run = run,
};
