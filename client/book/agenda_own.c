/* agenda_own: what waits for everybody, for clients and for the clinic's admin; see agenda.h. */
#include "client/care/assignment.h"
#include "client/care/consent.h"
#include "client/care/form.h"
#include "client/care/plan.h"
#include "proto/content.h"
#include "proto/role.h"

#include "agenda_internal.h"
#include "asked.h"
#include "checked.h"
#include "dosing.h"
#include "people.h"
#include "skip.h"
#include "unanswered.h"

#define SOON 1 /* of a message */
#define TEAM_MAX 32

/* --- messages --- */

struct unread {
	struct agenda *a;
	struct agenda_row row;
};

/* Those that ask to be acknowledged stand in a row of their own. */
static int count_message(void *arg, const struct book_item *item)
{
	struct unread *u = arg;
	const struct content *c = chart_content(item);
	struct unanswered open;
	if (item->author->is_self || item->opened_here || item->n_acks || !c || content_has(c, CONTENT_WITHDRAWN))
		return 0;
	if (unanswered_is(&u->a->everybody, item, u->a->at.now_ms, &open) && open.mine)
		return 0;
	u->row.count++;
	u->row.soon += content_u64(c, CONTENT_PRIORITY, 0) == SOON;
	u->row.at_ms = item->at_ms;
	return 0;
}

int agenda_messages(struct agenda *a)
{
	struct unread u = {a, {.what = AGENDA_MESSAGES}};
	(void)book_each(a->everybody.book, CONTENT_MESSAGE, NULL, count_message, &u);
	return u.row.count ? agenda_add(a, &u.row) : 0;
}

/* --- a client's own --- */

static int add_assignment(void *arg, const struct book_item *item)
{
	struct agenda *a = arg;
	int64_t day = ((int64_t)(a->at.now_ms / 1000) + 60 * (int64_t)a->at.offset) / 86400;
	struct agenda_row row = {.what = AGENDA_ASSIGNMENT, .item = item, .about = a->self, .count = 1};
	if (asked_state(item, day, a->at.offset) != ASKED_OPEN || skip_has_assignment(a->at.txn, item, day))
		return 0;
	row.at_ms = item->at_ms;
	return agenda_add(a, &row);
}

int agenda_assignments(struct agenda *a)
{
	struct chart own = {a->everybody.book, a->everybody.people, a->self};
	return chart_each(&own, ASSIGNMENT_KIND, add_assignment, a);
}

struct signing {
	struct agenda *a;
	struct chart own;
	const struct book_item *form;
};

static int is_signed(void *arg, const struct book_item *consent)
{
	const struct signing *s = arg;
	return chart_ref(&s->own, chart_content(consent), CONSENT_FORM) == s->form;
}

static int add_form(void *arg, const struct book_item *item)
{
	struct signing *s = arg;
	struct agenda_row row = {.what = AGENDA_FORM, .item = item, .about = s->own.client, .count = 1};
	s->form = item;
	if (chart_each(&s->own, CONSENT_KIND, is_signed, s))
		return 0;
	row.at_ms = item->at_ms;
	row.due_ms = dosing_no_sign_until(&s->own, s->a->at.now_ms);
	return agenda_add(s->a, &row);
}

int agenda_forms(struct agenda *a)
{
	struct signing s = {.a = a, .own = {a->everybody.book, a->everybody.people, a->self}};
	return chart_each(&s.own, FORM_KIND, add_form, &s);
}

int agenda_plan(struct agenda *a)
{
	struct chart own = {a->everybody.book, a->everybody.people, a->self};
	struct agenda_row row = {.what = AGENDA_PLAN, .item = chart_newest(&own, PLAN_KIND), .about = a->self, .count = 1};
	return row.item ? agenda_add(a, &row) : 0;
}

/* --- the admin's --- */

int agenda_members(struct agenda *a)
{
	struct agenda_row never = {.what = AGENDA_UNCHECKED};
	int err = 0;
	for (size_t i = 0; !err && i < people_count(a->everybody.people); i++) {
		const struct person *p = people_at(a->everybody.people, i);
		struct agenda_row row = {.what = AGENDA_STOPPED, .about = p, .count = 1, .at_ms = p->checked_ms};
		if (p->is_self || !p->active)
			continue;
		never.count += p->checked == CHECKED_NEVER && role_is_staff((enum role)p->role);
		if (checked_stops((enum checked_state)p->checked))
			err = agenda_add(a, &row);
	}
	return err || !never.count ? err : agenda_add(a, &never);
}

static bool has_role(const struct agenda *a, const struct person *client, unsigned role)
{
	const struct person *team[TEAM_MAX];
	size_t n = people_team(a->everybody.people, client->pid, team, TEAM_MAX);
	for (size_t i = 0; i < n && i < TEAM_MAX; i++)
		if (team[i]->role == role && team[i]->active)
			return true;
	return false;
}

int agenda_teams(struct agenda *a)
{
	static const unsigned wanted[] = {ROLE_THERAPIST, ROLE_PRESCRIBER};
	int err = 0;
	for (size_t i = 0; !err && i < people_count(a->everybody.people); i++) {
		const struct person *p = people_at(a->everybody.people, i);
		struct agenda_row row = {.what = AGENDA_TEAM, .about = p, .count = 1};
		for (size_t k = 0; !err && k < 2 && p->active && p->role == ROLE_CLIENT; k++) {
			row.role = wanted[k];
			if (!has_role(a, p, wanted[k]))
				err = agenda_add(a, &row);
		}
	}
	return err;
}

int agenda_unsent(struct agenda *a)
{
	struct agenda_row row = {.what = AGENDA_UNSENT, .count = a->at.unsent};
	return row.count ? agenda_add(a, &row) : 0;
}
