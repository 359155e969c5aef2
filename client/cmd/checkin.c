/* checkin: a few scales, asked one by one, each of which may be left out. Private unless somebody asked for it or is
 * named, and then that is said before the first question. Whoever does not feel safe gets the crisis card after saving,
 * and hears whether anybody was told. */
#include <stdio.h>
#include <string.h>

#include "client/book/write_care.h"
#include "client/care/assignment.h"
#include "client/care/checkin.h"
#include "client/care/flag.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/role.h"

#include "asking.h"
#include "card.h"
#include "desk.h"
#include "form.h"
#include "pick.h"
#include "resting.h"
#include "subject.h"

#define NAMES_MAX 512

static const char unsaved[] = "Nothing was saved.";

static const struct cmd_option options[] = {
    {"assignment", 'a', "A3", "the assignment it answers; whoever asked sees it"},
    {"with", 'w', "NAME,...", "who is to see it, from your care team"},
    FORM_OPTIONS,
    {0},
};

static const uint32_t questions[] = {CHECKIN_MOOD,
                                     CHECKIN_ANXIETY,
                                     CHECKIN_ENERGY,
                                     CHECKIN_CONNECTION,
                                     CHECKIN_HOPE,
                                     CHECKIN_SLEEP,
                                     CHECKIN_SAFE,
                                     CHECKIN_URINARY,
                                     CHECKIN_ALCOHOL,
                                     CHECKIN_CANNABIS,
                                     CHECKIN_OTHER,
                                     CHECKIN_NEW_MEDS,
                                     0};

struct checkin {
	struct form form;
	const struct person *with[PICK_PEOPLE];
	size_t n;
	const struct book_item *asked;
	bool flagged;
};

static void put_names(const struct person *const *people, size_t n, char out[NAMES_MAX])
{
	size_t at = 0;
	out[0] = '\0';
	for (size_t i = 0; i < n && at < NAMES_MAX; i++)
		at += (size_t)snprintf(out + at, NAMES_MAX - at, "%s%s", i ? ", " : "", people[i]->name);
}

/* Whom a flag goes to: the clinicians of the team. */
static void put_team(struct desk *d, char out[NAMES_MAX])
{
	const struct person *team[PICK_PEOPLE];
	size_t n = people_team(d->people, people_self(d->people)->pid, team, PICK_PEOPLE), kept = 0;
	for (size_t i = 0; i < n && i < PICK_PEOPLE; i++)
		if (care_flag.readers & 1u << team[i]->role)
			team[kept++] = team[i];
	put_names(team, kept, out);
}

/* --- for whom --- */

static int take_assignment(struct desk *d, struct checkin *c)
{
	const char *typed = cmd_opt(d->kap, "assignment");
	int exit_code = typed ? subject_item(d, typed, ASSIGNMENT_KIND, &c->asked) : KAP_OK;
	if (exit_code || !typed)
		return exit_code;
	enum asked_state state = asking_state(d, c->asked);
	if (state == ASKED_WITHDRAWN)
		return kap_fail(d->kap, KAP_INVALID, "%s took %s back. %s", c->asked->author->name, typed, unsaved);
	if (!content_bool(chart_content(c->asked), ASSIGNMENT_CHECKIN, false))
		return kap_fail(d->kap, KAP_INVALID, "%s does not ask for a check-in. %s", typed, unsaved);
	if (state != ASKED_OPEN)
		return kap_fail(d->kap, KAP_INVALID, "You have answered %s%s. `%s checkin` alone is always there. %s", typed,
		                state == ASKED_AGAIN ? " for now; it comes again" : " already", d->kap->title, unsaved);
	if (!people_cares(d->people, people_self(d->people)->pid, c->asked->author->pid))
		return kap_fail(d->kap, KAP_NOT_ALLOWED,
		                "%s is not on your care team any more, so they cannot see it. `%s checkin` alone keeps it for "
		                "you. %s",
		                c->asked->author->name, d->kap->title, unsaved);
	c->with[c->n++] = c->asked->author;
	return chart_set_ref(c->form.content, CHECKIN_ASSIGNMENT, c->asked) ? kap_fail_err(d->kap, ERR_NOMEM, unsaved)
	                                                                    : KAP_OK;
}

static int take_people(struct desk *d, struct checkin *c)
{
	const char *typed = cmd_opt(d->kap, "with");
	size_t n = 0;
	int exit_code = typed ? desk_people(d, typed, desk_is_clinician, "someone who can see a check-in", c->with + c->n,
	                                    PICK_PEOPLE - c->n, &n)
	                      : KAP_OK;
	c->n += n;
	for (size_t i = 0; !exit_code && i < c->n; i++)
		if (!people_cares(d->people, people_self(d->people)->pid, c->with[i]->pid))
			exit_code =
			    kap_fail(d->kap, KAP_NOT_ALLOWED,
			             "%s is not on your care team, so they cannot be given a key. Ask the clinic to add them. %s",
			             c->with[i]->name, unsaved);
	return exit_code;
}

static void say_who(struct desk *d, const struct checkin *c)
{
	char names[NAMES_MAX], team[NAMES_MAX];
	put_names(c->with, c->n, names);
	put_team(d, team);
	if (!c->n) {
		out_say(d->kap->out, "Only you will see your answers. Enter leaves a question out.");
		return;
	}
	out_say(d->kap->out,
	        "%s will see your answers. If you answer that you do not feel safe, your care team is told: %s.", names,
	        team);
	out_say(d->kap->out, "Nobody is watching this app. Enter leaves a question out.");
}

/* --- saving --- */

/* The flag is about the check-in that was written a moment ago: in the same transaction, so that neither is without the
 * other. */
static int flag_it(const struct write_ctx *ctx, const uint8_t ref[32])
{
	struct write_ctx fresh = *ctx;
	struct book *book = NULL;
	int err = book_load(ctx->txn, ctx->people, true, &book);
	fresh.book = book;
	if (!err) {
		struct write_flag flag = {.about = people_self(ctx->people),
		                          .cause = FLAG_NOT_SAFE,
		                          .severity = FLAG_URGENT,
		                          .text = "Does not feel safe (check-in)",
		                          .source = book_by_ref(book, ref)};
		err = write_flag(&fresh, &flag);
	}
	book_free(book);
	return err;
}

static int save(struct write_ctx *ctx, void *arg)
{
	struct checkin *c = arg;
	struct write_care w = {
	    .kind = &care_checkin, .fields = c->form.content, .only_me = !c->n, .to = c->with, .n_to = c->n};
	uint8_t ref[32];
	bool unsafe = content_u64(c->form.content, CHECKIN_SAFE, 0) == CHECKIN_SAFE_NO;
	int err = write_care(ctx, &w, ref);
	if (!err && c->asked)
		err = write_ack(ctx, c->asked, NULL, 0);
	c->flagged = c->n && unsafe;
	if (!err && c->flagged)
		err = flag_it(ctx, ref);
	return err;
}

/* What is true, and no more: told is only who can read it, and sent is only what the server has. */
static void say_told(struct desk *d, const struct checkin *c, int sent)
{
	char team[NAMES_MAX];
	put_team(d, team);
	out_bool(d->kap->out, "told", NULL, c->flagged && !sent);
	if (!c->flagged)
		out_say(d->kap->out, "Nobody was told. Only you can read this check-in.");
	else if (sent)
		out_say(d->kap->out, "Nobody has been told yet: it could not be sent. It goes to %s with the next sync.", team);
	else
		out_say(d->kap->out, "Sent to your care team: %s. They may not see it for hours or days.", team);
}

static int save_and_say(struct desk *d, struct checkin *c)
{
	char names[NAMES_MAX];
	bool unsafe = content_u64(c->form.content, CHECKIN_SAFE, 0) == CHECKIN_SAFE_NO;
	int err = desk_write(d, save, c), exit_code = KAP_OK;
	if (err)
		return desk_refused(d, err, unsaved);
	put_names(c->with, c->n, names);
	out_str(d->kap->out, "visibility", NULL, c->n ? "shared" : "private");
	if (c->n)
		out_say(d->kap->out, "Saved. %s can read it.", names);
	else
		out_say(d->kap->out, "Saved. Only you can read it.");
	if (c->n)
		exit_code = desk_send(d);
	if (unsafe) {
		card_show(d->kap);
		say_told(d, c, exit_code);
	}
	return exit_code;
}

static int check_in(struct desk *d, struct checkin *c)
{
	int exit_code = take_assignment(d, c);
	if (!exit_code)
		exit_code = take_people(d, c);
	if (!exit_code && c->n)
		exit_code = resting_session(d, "sharing a check-in", unsaved);
	if (!exit_code)
		exit_code = form_options(&c->form);
	if (exit_code)
		return exit_code;
	say_who(d, c);
	exit_code = form_ask(&c->form, questions);
	bool any = false;
	for (size_t i = 0; questions[i]; i++)
		any = any || content_has(c->form.content, questions[i]);
	if (!exit_code && !any) {
		out_say(d->kap->out, "No question was answered. %s", unsaved);
		return KAP_OK;
	}
	return exit_code ? exit_code : save_and_say(d, c);
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct checkin c = {.n = 0};
	struct desk d;
	(void)argc;
	(void)argv;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = form_init(&c.form, kap, &care_checkin, NULL);
	c.form.lost = unsaved;
	if (!exit_code)
		exit_code = check_in(&d, &c);
	form_wipe(&c.form);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_checkin = {
    .name = "checkin",
    .args = "",
    .summary = "note how you are: mood, sleep, a few more",
    .about = "Each question may be left out with Enter. A check-in is private unless you say --with, or answer an "
             "assignment. Whoever sees it then is said before the first question.",
    .example = "kap checkin --set mood=4 --set sleep=6.5",
    .options = options,
    .roles = CMD_CLIENT,
    .needs = CMD_UNLOCKED,
    .run = run,
};
