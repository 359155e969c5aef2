/* clinic_fold: the rules of the clinic chain, one row a type. A link is checked in full, then room is made, then it
 * takes effect by steps that cannot fail: so an error leaves everything as it was. Knows no query. PROTOCOL 5.2. */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "link.h"

#include "clinic_fold.h"
#include "clinic_state.h"
#include "clinic_step.h"

#define FIRST_DEVICES 2 /* in a first link */
#define MS_PER_DAY UINT64_C(86400000)

/* --- rules: what must be so --- */

static bool is_active_staff(const struct clinic_person *p)
{
	return p != NULL && p->member.active && role_is_staff(p->member.role);
}

static int check_list(const struct clinic_step *s)
{
	for (size_t i = 0; i < s->body.n_list; i++)
		if (!is_active_staff(clinic_state_person_of(s->c, s->body.list[i])))
			return ERR_LINK;
	return 0;
}

static bool last_admin(const struct clinic_step *s)
{
	return clinic_step_is_admin(s->person) && s->c->admins == 1;
}

static int check_newcomer(const struct clinic_step *s, const uint8_t key[CRYPTO_KEY])
{
	const struct keychain_device *d;

	if (memcmp(keychain_invite(s->joiner), key, CRYPTO_KEY) != 0 || clinic_state_person(s->c, s->body.genesis) != NULL)
		return ERR_LINK;
	for (size_t i = 0; (d = keychain_ever_at(s->joiner, i)) != NULL && d->added_seq == 0; i++)
		if (clinic_state_owner(s->c, d->did) != NULL)
			return ERR_LINK;
	return 0;
}

static int check_genesis(struct clinic_step *s)
{
	return check_newcomer(s, s->body.key);
}

/* Who may sign an invitation, when it is made and still when it is used. */
static bool may_invite(const struct clinic_person *p, enum role role)
{
	return p->member.active && (clinic_step_is_admin(p) || (p->member.role == ROLE_THERAPIST && role == ROLE_CLIENT));
}

static bool listed(const struct clinic_body *b, const struct clinic_person *p)
{
	for (size_t i = 0; i < b->n_list; i++)
		if (memcmp(b->list[i], p->member.genesis, KEYCHAIN_GENESIS) == 0)
			return true;
	return false;
}

static int check_invite(struct clinic_step *s)
{
	uint64_t begins = s->link->time_ms, ends = s->body.expires_ms;
	uint64_t longest = s->c->policy[CLINIC_POLICY_INVITE_DAYS] * MS_PER_DAY;

	if (!may_invite(s->signer, s->body.role) || (!clinic_step_is_admin(s->signer) && !listed(&s->body, s->signer)))
		return ERR_ROLE;
	if (ends <= begins || ends - begins > longest)
		return ERR_LINK;
	if (clinic_state_ticket(s->c, s->body.key) != NULL || crypto_equal(s->c->founding, s->body.key, CRYPTO_KEY))
		return ERR_LINK;
	return check_list(s);
}

static int check_join(struct clinic_step *s)
{
	const struct clinic_invite *invite = &s->ticket->invite;

	if (invite->used)
		return ERR_CODE_USED;
	if (s->link->time_ms > invite->expires_ms ||
	    !may_invite(clinic_state_person_of(s->c, invite->inviter->genesis), invite->role))
		return ERR_CODE_EXPIRED;
	s->joiner = s->c->lookup.find(s->c->lookup.arg, s->body.genesis);
	if (s->joiner == NULL)
		return ERR_NOT_FOUND;
	return check_newcomer(s, invite->key);
}

static int check_role(struct clinic_step *s)
{
	s->person = clinic_state_person_of(s->c, s->body.genesis);
	if (!is_active_staff(s->person))
		return ERR_LINK;
	return s->body.role != ROLE_ADMIN && last_admin(s) ? ERR_LINK : 0;
}

static int check_remove(struct clinic_step *s)
{
	s->person = clinic_state_person_of(s->c, s->body.genesis);
	if (s->person == NULL || !s->person->member.active || last_admin(s))
		return ERR_LINK;
	if (s->body.confined != (s->person->member.role == ROLE_CLIENT))
		return ERR_LINK;
	return s->body.confined && s->person->ticket != s->ticket ? ERR_LINK : 0;
}

static int check_team(struct clinic_step *s)
{
	s->person = clinic_state_person_of(s->c, s->body.genesis);
	if (s->person == NULL || s->person->ticket != s->ticket || !s->person->member.active)
		return ERR_LINK;
	if (!clinic_step_is_admin(s->signer) &&
	    (s->signer->member.role != ROLE_THERAPIST || !clinic_state_on_team(s->person, s->signer)))
		return ERR_ROLE;
	return check_list(s);
}

static int check_notice(struct clinic_step *s)
{
	for (size_t i = 0; i < s->c->n_notices; i++)
		for (size_t j = 0; j < 2; j++)
			if (memcmp(s->c->notices[i].generation[j], s->body.generation[1], CLINIC_GENERATION) == 0)
				return ERR_LINK;
	return 0;
}

/* The last active admin is no question here: the new one is an admin, too. Where links were withheld, the old one may
 * not be known. */
static int check_succession(struct clinic_step *s)
{
	const struct clinic_person *p = s->person = clinic_state_person_of(s->c, s->body.genesis);

	s->old = clinic_state_person_of(s->c, s->body.old);
	if (p == NULL || !p->member.active || p->has_old || s->body.confined != (p->member.role == ROLE_CLIENT))
		return ERR_LINK;
	if (s->body.confined && p->ticket != s->ticket)
		return ERR_LINK;
	if (s->old == NULL)
		return s->body.confined && s->c->veiled ? 0 : ERR_LINK;
	return s->old->has_new || s->old->member.role != p->member.role ? ERR_LINK : 0;
}

static int check_nothing(struct clinic_step *s)
{
	(void)s;
	return 0;
}

/* --- effects --- */

static void add_person(struct clinic_step *s, enum role role)
{
	struct clinic_person *p = s->new_person;

	memcpy(p->member.genesis, s->body.genesis, KEYCHAIN_GENESIS);
	p->member.role = role;
	p->member.active = true;
	p->member.joined_seq = s->link->seq;
	p->ticket = s->ticket;
	clinic_state_add_person(s->c, p, s->joiner);
	s->new_person = NULL;
	s->person = p;
}

static void set_team(struct clinic_step *s)
{
	s->person->n_team = s->body.n_list;
	for (size_t i = 0; i < s->body.n_list; i++)
		s->person->team[i] = clinic_state_person_of(s->c, s->body.list[i]);
}

static void do_genesis(struct clinic_step *s)
{
	memcpy(s->c->id, s->link->hash, CRYPTO_HASH);
	memcpy(s->c->founding, s->body.key, CRYPTO_KEY);
	add_person(s, ROLE_ADMIN);
}

static void do_invite(struct clinic_step *s)
{
	struct clinic_ticket *t = s->new_ticket;

	t->invite.seq = s->link->seq;
	memcpy(t->invite.key, s->body.key, CRYPTO_KEY);
	t->invite.role = s->body.role;
	t->invite.expires_ms = s->body.expires_ms;
	t->invite.inviter = &s->signer->member;
	t->invite.n_staff = s->body.n_list;
	for (size_t i = 0; i < s->body.n_list; i++)
		t->invite.staff[i] = &clinic_state_person_of(s->c, s->body.list[i])->member;
	clinic_state_add_ticket(s->c, t);
	s->ticket = t;
	s->new_ticket = NULL;
}

static void do_join(struct clinic_step *s)
{
	struct clinic_ticket *t = s->ticket;

	add_person(s, t->invite.role);
	s->signer = s->person;
	t->joined = s->person;
	t->invite.used = true;
	t->invite.joined = &s->person->member;
	for (size_t i = 0; i < t->invite.n_staff; i++)
		if (t->invite.staff[i]->active)
			s->person->team[s->person->n_team++] = clinic_state_person_of(s->c, t->invite.staff[i]->genesis);
}

static void do_role(struct clinic_step *s)
{
	s->c->admins -= clinic_step_is_admin(s->person);
	s->person->member.role = s->body.role;
	s->c->admins += clinic_step_is_admin(s->person);
}

static void leave_team(struct clinic_person *client, const struct clinic_person *staff)
{
	size_t kept = 0;

	for (size_t i = 0; i < client->n_team; i++)
		if (client->team[i] != staff)
			client->team[kept++] = client->team[i];
	client->n_team = kept;
}

static void retire(struct clinic_step *s, struct clinic_person *p)
{
	if (!p->member.active)
		return;
	s->c->admins -= clinic_step_is_admin(p);
	p->member.active = false;
	p->member.removed_seq = s->link->seq;
	p->n_team = 0;
	for (size_t i = 0; i < s->c->n_people; i++)
		leave_team(s->c->people[i], p);
}

static void do_remove(struct clinic_step *s)
{
	retire(s, s->person);
}

static void do_notice(struct clinic_step *s)
{
	memcpy(s->c->notices[s->c->n_notices++].generation, s->body.generation, sizeof s->body.generation);
}

/* The old one's half of a succession; also where nothing is known of the new one. */
static void do_succeeded(struct clinic_step *s)
{
	s->old->has_new = true;
	s->old->successor = s->person;
	s->old->succeeded_seq = s->link->seq;
	retire(s, s->old);
}

static void do_succession(struct clinic_step *s)
{
	s->person->has_old = true;
	memcpy(s->person->old, s->body.old, KEYCHAIN_GENESIS);
	if (s->old != NULL)
		do_succeeded(s);
}

static void do_pin(struct clinic_step *s)
{
	struct clinic_pins *pins = &s->c->pins;

	s->c->pinned = true;
	*pins = (struct clinic_pins){.seq = s->link->seq, .n_tls = s->body.n_list};
	memcpy(pins->tls, s->body.list, sizeof pins->tls);
	memcpy(pins->log, s->body.key, CRYPTO_KEY);
}

static void do_policy(struct clinic_step *s)
{
	for (size_t i = 0; i < s->body.n_policy; i++)
		s->c->policy[s->body.policy[i].key] = s->body.policy[i].value;
	if (s->c->policy[CLINIC_POLICY_RETAIN_DAYS] < s->c->retain_least)
		s->c->retain_least = s->c->policy[CLINIC_POLICY_RETAIN_DAYS];
}

static const struct rule {
	uint8_t type;
	int (*signature)(struct clinic_step *s);
	int (*check)(struct clinic_step *s);
	void (*effect)(struct clinic_step *s);
} rules[] = {
    {CLINIC_GENESIS, clinic_step_by_founder, check_genesis, do_genesis},
    {CLINIC_INVITE, clinic_step_by_member, check_invite, do_invite},
    {CLINIC_JOIN, clinic_step_by_invite, check_join, do_join},
    {CLINIC_ROLE, clinic_step_by_admin, check_role, do_role},
    {CLINIC_REMOVE, clinic_step_by_admin, check_remove, do_remove},
    {CLINIC_TEAM, clinic_step_by_member, check_team, set_team},
    {CLINIC_SERVER_PIN, clinic_step_by_admin, check_nothing, do_pin},
    {CLINIC_POLICY, clinic_step_by_admin, check_nothing, do_policy},
    {CLINIC_RESTORE_NOTICE, clinic_step_by_admin, check_notice, do_notice},
    {CLINIC_SUCCESSION, clinic_step_by_admin, check_succession, do_succession},
};

static const struct rule *rule_for(uint8_t type)
{
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (rules[i].type == type)
			return &rules[i];
	return NULL;
}

/* --- one link --- */

/* Who knows only the old client of a succession learns that much of it. */
static void lose_old(struct clinic_step *s)
{
	s->old = clinic_state_person_of(s->c, s->body.old);
	if (s->old != NULL && s->old->member.role == ROLE_CLIENT && !s->old->has_new)
		do_succeeded(s);
}

/* A confined link of which too little is known here: its place in the chain, and the signature, are all there is to
 * judge. The key of a join stands in an invitation that was withheld too, so a join that is not the chain's own is
 * found out by the link after it. */
static int pass_over(struct clinic_step *s, enum clinic_place_kind kind)
{
	uint8_t type = s->link->type & (uint8_t)~CLINIC_CONFINED;
	int err = type == CLINIC_JOIN ? 0 : clinic_step_by_member(s);

	if (!err && type != CLINIC_JOIN && !clinic_step_is_admin(s->signer) &&
	    (type == CLINIC_REMOVE || type == CLINIC_SUCCESSION || s->signer->member.role != ROLE_THERAPIST))
		err = ERR_ROLE;
	if (!err)
		err = clinic_state_reserve(s->c, 0);
	if (err)
		return err;
	if (kind == CLINIC_PLACE_LOOSE)
		clinic_state_place(s->c, s->body.about)->wanted = true;
	clinic_step_note_signer(s);
	if (kind == CLINIC_PLACE_LOOSE && type == CLINIC_SUCCESSION)
		lose_old(s);
	clinic_state_add_place(s->c, s->link->hash, kind, 0);
	return 0;
}

/* Finds the story that a link continues or the invitation that a join uses. *known is false where a part was withheld.
 */
static int find_story(struct clinic_step *s, bool *known)
{
	bool join = s->body.type == CLINIC_JOIN;
	const struct clinic_place *p;

	*known = true;
	if (!s->body.has_about && !join)
		return 0;
	p = clinic_state_place(s->c, join ? s->body.invite_seq : s->body.about);
	if (p == NULL || (s->body.confined && p->kind < CLINIC_PLACE_MENTION) ||
	    (!s->body.confined && p->kind != CLINIC_PLACE_INVITE))
		return ERR_LINK;
	*known = p->kind <= CLINIC_PLACE_MENTION;
	if (!*known)
		return 0;
	s->ticket = p->kind == CLINIC_PLACE_MENTION ? s->c->mentions[p->index].ticket : s->c->tickets[p->index];
	if (join)
		return s->ticket->invite.seq == s->body.invite_seq ? 0 : ERR_LINK;
	return s->ticket->last == s->body.about ? 0 : ERR_LINK;
}

static int make_room(struct clinic_step *s)
{
	s->new_person = calloc(1, sizeof *s->new_person);
	s->new_ticket = calloc(1, sizeof *s->new_ticket);
	if (s->new_person == NULL || s->new_ticket == NULL)
		return ERR_NOMEM;
	return clinic_state_reserve(s->c, s->joiner != NULL ? FIRST_DEVICES : 0);
}

static void take_effect(struct clinic_step *s, const struct rule *rule)
{
	enum clinic_place_kind kind = CLINIC_PLACE_OPEN;
	size_t index = 0;

	clinic_step_note_signer(s);
	rule->effect(s);
	if (s->body.confined) {
		uint64_t also = s->old != NULL ? s->c->places[s->old->ticket->last].index : CLINIC_STATE_NONE;

		kind = CLINIC_PLACE_MENTION;
		index = clinic_state_add_mention(s->c, s->ticket, s->signer);
		s->c->mentions[index].also = also;
	} else if (s->body.type == CLINIC_INVITE) {
		kind = CLINIC_PLACE_INVITE;
		index = s->c->n_tickets - 1;
	}
	clinic_state_add_place(s->c, s->link->hash, kind, index);
}

static int apply_body(struct clinic_step *s)
{
	const struct rule *rule;
	bool known;
	int err = clinic_body_parse(s->link, &s->body);

	if (!err)
		err = find_story(s, &known);
	if (err)
		return err;
	if (!known)
		return pass_over(s, CLINIC_PLACE_LOOSE);
	rule = rule_for(s->body.type);
	err = rule->signature(s);
	if (!err)
		err = rule->check(s);
	if (!err)
		err = make_room(s);
	if (!err)
		take_effect(s, rule);
	free(s->new_person);
	free(s->new_ticket);
	return err;
}

int clinic_fold_link(struct clinic *c, const struct link *link, bool check)
{
	struct clinic_step s = {.c = c, .link = link, .verify = check};

	if (!clinic_is_next(c, link) || (c->n_places == 0) != (link->type == CLINIC_GENESIS) || link->boxes != NULL ||
	    clinic_state_breaks_cut(c, link->hash))
		return ERR_LINK;
	if (link->inner != NULL)
		return apply_body(&s);
	return clinic_body_is_confined(link->type) ? pass_over(&s, CLINIC_PLACE_WITHHELD) : ERR_LINK;
}
