/* oncall: who is on call after whom: set by an admin as one list, shown to everybody. */
#include <stdio.h>
#include <string.h>

#include "client/book/oncall.h"
#include "client/care/contact.h"
#include "client/cmd.h"
#include "client/ui/hours.h"
#include "client/ui/out.h"
#include "client/ui/why.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/role.h"

#include "contact_write.h"
#include "client/cmd/desk.h"

#define LOST "Nothing was changed."

static const struct cmd_option options[] = {
    {"zone", 0, "NAME", "the time zone of these times, such as America/New_York; else this computer's"},
    {0},
};

static int read_turn(struct desk *d, char **argv, const char *zone, struct oncall_turn *out)
{
	const struct person *person;
	struct why why = {""};
	int exit_code = desk_person(d, argv[0], desk_is_clinician, "a clinician here", &person);
	if (exit_code)
		return exit_code;
	*out = (struct oncall_turn){.person = person};
	int err = hours_parse_days(argv[1], &out->days, &why);
	if (!err)
		err = hours_parse_times(argv[2], &out->from, &out->to, &why);
	if (err)
		return kap_fail_why(d->kap, err, &why, LOST);
	memcpy(out->pid, person->pid, sizeof(out->pid));
	snprintf(out->zone, sizeof(out->zone), "%s", zone);
	snprintf(out->name, sizeof(out->name), "%s", person->name);
	return KAP_OK;
}

static int read_turns(struct desk *d, int argc, char **argv, struct oncall_turn *turns)
{
	char here[ZONE_NAME];
	const char *zone = cmd_opt(d->kap, "zone");
	struct zone_time now;
	zone = zone ? zone : zone_here(here);
	if (strlen(zone) >= ZONE_NAME || zone_local(zone, d->now.s, &now))
		return kap_fail(d->kap, KAP_INVALID,
		                "\"%s\" is not a time zone here. It is a name like America/New_York. " LOST, zone);
	int exit_code = KAP_OK;
	for (int i = 0; !exit_code && i < argc; i += 3)
		exit_code = read_turn(d, argv + i, zone, &turns[i / 3]);
	return exit_code;
}

static int put(struct desk *d, const struct oncall_turn *turns, size_t n)
{
	struct content *c = contact_write_begin(d);
	int err = c ? oncall_set_turns(c, turns, n) : ERR_NOMEM;
	int exit_code = err ? kap_fail_err(d->kap, err, LOST) : contact_write_end(d, c);
	content_free(c);
	return exit_code;
}

static int change(struct desk *d, int argc, char **argv)
{
	struct oncall_turn turns[CONTACT_TURNS];
	if (d->kap->role != ROLE_ADMIN)
		return kap_fail(d->kap, KAP_NOT_ALLOWED, "Only an admin sets who is on call. " LOST);
	if (argc % 3 || argc / 3 > CONTACT_TURNS)
		return kap_fail(d->kap, KAP_USAGE,
		                "It is `%s oncall set NAME DAYS FROM-TO`, for at most %d turns one after the other. " LOST,
		                d->kap->title, CONTACT_TURNS);
	int exit_code = read_turns(d, argc, argv, turns);
	if (!exit_code)
		exit_code = put(d, turns, (size_t)argc / 3);
	if (exit_code)
		return exit_code;
	out_say(d->kap->out, argc ? "Saved. Everybody at the clinic gets it with their next sync."
	                          : "Saved. Nobody is on the on-call list now.");
	return desk_send(d);
}

static int run(struct kap *kap, int argc, char **argv)
{
	const char *word = argc ? argv[0] : "list";
	struct desk d;
	bool set = strcmp(word, "set") == 0;
	if (!set && (strcmp(word, "list") != 0 || argc > 1))
		return kap_fail(kap, KAP_USAGE, "It is `%s oncall list` or `%s oncall set NAME DAYS FROM-TO ...`. " LOST,
		                kap->title, kap->title);
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	if (set)
		exit_code = change(&d, argc - 1, argv + 1);
	else
		contact_write_show_turns(&d);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_oncall = {
    .name = "oncall",
    .args = "[list | set NAME DAYS FROM-TO ...]",
    .summary = "who is on call, in the order in which they are asked",
    .about =
        "An admin sets the whole list at once, in order; \"set\" alone empties it. Times are local ones of the zone, "
        "and may run over midnight: 17:00-9:00.",
    .example = "kap oncall set ibarra Mon-Fri 9-17 osei daily 17:00-9:00",
    .options = options,
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .max_args = -1,
    .run = run,
};
