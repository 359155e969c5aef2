/* agenda: the sections, one row each; see agenda.h. */
#include <stdlib.h>

#include "client/care/kinds.h"
#include "proto/err.h"
#include "proto/role.h"

#include "agenda_internal.h"
#include "people.h"

static const struct {
	unsigned roles; /* KINDS_* */
	agenda_section *collect;
} sections[] = {
    {KINDS_CLINICIANS, agenda_flags},
    {KINDS_CLINICIANS, agenda_take_on},
    {KINDS_CLINICIANS, agenda_timers},
    {KINDS_P, agenda_meds},
    {KINDS_C | KINDS_CLINICIANS, agenda_messages},
    {KINDS_CLINICIANS, agenda_shared},
    {KINDS_T | KINDS_M, agenda_reports},
    {KINDS_T | KINDS_M, agenda_orders},
    {KINDS_P | KINDS_M, agenda_supplies},
    {KINDS_P, agenda_follow_ups},
    {KINDS_C, agenda_assignments},
    {KINDS_C, agenda_forms},
    {KINDS_C, agenda_plan},
    {KINDS_A, agenda_members},
    {KINDS_A, agenda_teams},
    {KINDS_A, agenda_unsent},
};

static const char *const names[] = {
    [AGENDA_FLAG] = "flag",     [AGENDA_TAKE_ON] = "message",     [AGENDA_WAITING] = "waiting",
    [AGENDA_TIMER] = "session", [AGENDA_ORDER] = "order",         [AGENDA_MED] = "med-change",
    [AGENDA_SUPPLY] = "supply", [AGENDA_MESSAGES] = "messages",   [AGENDA_SHARED] = "shared",
    [AGENDA_REPORT] = "report", [AGENDA_FOLLOW_UP] = "follow-up", [AGENDA_ASSIGNMENT] = "assignment",
    [AGENDA_FORM] = "form",     [AGENDA_PLAN] = "plan",           [AGENDA_UNCHECKED] = "unchecked",
    [AGENDA_STOPPED] = "check", [AGENDA_TEAM] = "team",           [AGENDA_UNSENT] = "unsent",
};

const char *agenda_name(enum agenda_what what)
{
	return names[what];
}

int agenda_add(struct agenda *a, const struct agenda_row *row)
{
	if (a->n == a->room) {
		size_t room = a->room ? 2 * a->room : 16;
		struct agenda_row *rows = realloc(a->rows, room * sizeof(*rows));
		if (!rows)
			return ERR_NOMEM;
		a->rows = rows;
		a->room = room;
	}
	a->rows[a->n++] = *row;
	return 0;
}

int agenda_each_client(struct agenda *a, agenda_client *fn)
{
	int err = 0;
	for (size_t i = 0; !err && i < people_count(a->everybody.people); i++) {
		const struct person *p = people_at(a->everybody.people, i);
		struct chart chart = {a->everybody.book, a->everybody.people, p};
		if (p->active && p->role == ROLE_CLIENT && people_cares(a->everybody.people, a->self->pid, p->pid))
			err = fn(a, &chart);
	}
	return err;
}

/* What is urgent first; what was collected first stays before what came later. */
static void put_urgent_first(struct agenda *a)
{
	size_t to = 0;
	for (size_t i = 0; i < a->n; i++) {
		struct agenda_row row = a->rows[i];
		if (!row.urgent)
			continue;
		for (size_t k = i; k > to; k--)
			a->rows[k] = a->rows[k - 1];
		a->rows[to++] = row;
	}
}

int agenda_collect(const struct chart *everybody, const struct agenda_at *at, struct agenda **out)
{
	struct agenda *a = calloc(1, sizeof(*a));
	int err = a ? 0 : ERR_NOMEM;
	*out = NULL;
	if (err)
		return err;
	a->everybody = (struct chart){everybody->book, everybody->people, NULL};
	a->at = *at;
	a->self = people_self(everybody->people);
	for (size_t i = 0; !err && i < sizeof(sections) / sizeof(sections[0]); i++)
		if (sections[i].roles & 1u << a->self->role)
			err = sections[i].collect(a);
	if (err) {
		agenda_free(a);
		return err;
	}
	put_urgent_first(a);
	*out = a;
	return 0;
}

size_t agenda_count(const struct agenda *a)
{
	return a->n;
}

const struct agenda_row *agenda_get(const struct agenda *a, size_t i)
{
	return &a->rows[i];
}

void agenda_free(struct agenda *a)
{
	if (a)
		free(a->rows);
	free(a);
}
