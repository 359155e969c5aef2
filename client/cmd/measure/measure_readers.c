/* measure_readers: who asked for a questionnaire, and who will see what is answered; see measure_internal.h. */
#include <stdio.h>
#include <string.h>

#include "client/care/assignment.h"
#include "client/care/contact.h"
#include "client/care/measure.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/content.h"
#include "proto/role.h"

#include "client/cmd/desk.h"
#include "client/cmd/pick.h"
#include "client/cmd/short_name.h"
#include "client/cmd/subject.h"

#include "measure_internal.h"

static bool asks_for(const struct measure_filling *f, const struct content *c)
{
	char id[MEASURE_ID_MAX + 1];
	size_t len;
	const char *text = c ? content_str(c, ASSIGNMENT_MEASURE, &len) : NULL;
	if (!text || len > MEASURE_ID_MAX || content_u64(c, ASSIGNMENT_STATE, ASSIGNMENT_OPEN) != ASSIGNMENT_OPEN)
		return false;
	memcpy(id, text, len);
	id[len] = '\0';
	return measures_same_id(id, f->m->id);
}

struct answered {
	const struct measure_filling *f;
	const struct book_item *assignment;
	size_t n;
};

static int count_answer(void *arg, const struct book_item *item)
{
	struct answered *a = arg;
	const struct content *c = chart_content(item);
	a->n += content_bool(c, MEASURE_COMPLETE, false) && chart_ref(&a->f->chart, c, MEASURE_ASSIGNMENT) == a->assignment;
	return 0;
}

/* How often it is still to be filled in for this assignment. */
static size_t left_of(const struct measure_filling *f, const struct book_item *assignment)
{
	const struct content *c = chart_content(assignment);
	struct answered a = {f, assignment, 0};
	uint64_t times =
	    content_u64(c, ASSIGNMENT_REPEAT, ASSIGNMENT_NONE) == ASSIGNMENT_NONE ? 1 : content_u64(c, ASSIGNMENT_TIMES, 1);
	(void)chart_each(&f->chart, MEASURE_KIND, count_answer, &a);
	return a.n < times ? (size_t)times - a.n : 0;
}

static int is_open(void *arg, const struct book_item *item)
{
	struct measure_filling *f = arg;
	if (!asks_for(f, chart_content(item)) || chart_closing(&f->chart, item) || !left_of(f, item))
		return 0;
	f->assignment = item;
	return 1;
}

static int find_assignment(struct measure_filling *f)
{
	const char *typed = cmd_opt(f->d->kap, "assignment");
	if (!typed) {
		(void)chart_each(&f->chart, ASSIGNMENT_KIND, is_open, f);
		return KAP_OK;
	}
	int exit_code = subject_item(f->d, typed, ASSIGNMENT_KIND, &f->assignment);
	if (!exit_code && !(chart_stands(f->assignment) && asks_for(f, chart_content(f->assignment))))
		exit_code = kap_fail(f->d->kap, KAP_INVALID, "%s does not ask for %s. " MEASURE_NOT_SAVED, typed, f->m->name);
	return exit_code;
}

static bool is_among(const struct measure_filling *f, const struct person *person)
{
	for (size_t i = 0; i < f->n_to; i++)
		if (f->to[i] == person)
			return true;
	return false;
}

/* Whoever the kind is for, of the client's team, and who asked for it. */
static void take_team(struct measure_filling *f)
{
	const struct person *team[MEASURE_TEAM_MAX], *asker = f->assignment ? f->assignment->author : NULL;
	size_t n = people_team(f->d->people, f->chart.client->pid, team, MEASURE_TEAM_MAX);
	for (size_t i = 0; i < n && i < MEASURE_TEAM_MAX; i++)
		if (care_measure.readers & 1u << team[i]->role && !team[i]->is_self)
			f->to[f->n_to++] = team[i];
	if (asker && f->n_to < MEASURE_TEAM_MAX && !is_among(f, asker) &&
	    people_cares(f->d->people, f->chart.client->pid, asker->pid))
		f->to[f->n_to++] = asker;
}

int measure_find_readers(struct measure_filling *f)
{
	struct kap *kap = f->d->kap;
	const char *typed = cmd_opt(kap, "with");
	if (cmd_flag(kap, "private") && (typed || cmd_opt(kap, "assignment")))
		return kap_fail(kap, KAP_USAGE, "--private and --%s do not fit together. " MEASURE_NOT_SAVED,
		                typed ? "with" : "assignment");
	if (cmd_flag(kap, "private"))
		return KAP_OK;
	int exit_code = kap->role == ROLE_CLIENT ? find_assignment(f) : KAP_OK;
	if (!exit_code && typed)
		exit_code = desk_people(f->d, typed, NULL, "someone you can share with", f->to, PICK_PEOPLE, &f->n_to);
	for (size_t i = 0; !exit_code && typed && i < f->n_to; i++)
		if (!people_cares(f->d->people, f->chart.client->pid, f->to[i]->pid))
			exit_code = kap_fail(kap, KAP_NOT_ALLOWED,
			                     "%s is not on %s care team, so they cannot be given a key. Ask the clinic to add "
			                     "them. " MEASURE_NOT_SAVED,
			                     f->to[i]->name, kap->role == ROLE_CLIENT ? "your" : "the");
	if (!exit_code && !typed && (f->assignment || kap->role != ROLE_CLIENT))
		take_team(f);
	return exit_code;
}

/* "They look on weekdays.": as the clinic's admin said it. */
static void put_looks(const struct measure_filling *f, char *out, size_t max)
{
	struct chart everybody = subject_everybody(f->d);
	const struct book_item *contact = chart_newest(&everybody, CONTACT_KIND);
	size_t len = 0;
	const char *looks = contact ? content_str(chart_content(contact), CONTACT_LOOKS, &len) : NULL;
	while (len && looks[len - 1] == '.')
		len--;
	if (looks && len)
		snprintf(out, max, "They look %.*s.", (int)len, looks);
	else
		snprintf(out, max, "It may be days before they look.");
}

void measure_say_who_sees(const struct measure_filling *f)
{
	char names[MEASURE_NAMES_MAX], looks[192], start[128] = "";
	if (!cmd_opt(f->d->kap, "answers"))
		snprintf(start, sizeof(start), "%d question%s about %s. ", f->m->n_items, f->m->n_items == 1 ? "" : "s",
		         f->m->window);
	if (!f->n_to) {
		out_say(f->d->kap->out, "%sOnly you will see your answers.", start);
		return;
	}
	put_looks(f, looks, sizeof(looks));
	out_say(f->d->kap->out, "%s%s will see your answers. %s", start,
	        short_name_list(f->to, f->n_to, names, sizeof(names)), looks);
}
