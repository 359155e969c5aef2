/* people: the members of the fold with their names, in an order to show them in; see people.h. What a typed name means
 * is people_match.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/vault.h"
#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/role.h"

#include "checked.h"
#include "fold.h"
#include "identity.h"
#include "ledger_row.h"
#include "people_match.h"

#include "people.h"

#define NAME_BYTES 320 /* 80 characters */
#define NAME_CHARS 80
#define PRONOUNS_BYTES 160
#define PRONOUNS_CHARS 40

struct entry {
	struct person person; /* first: a person is found from it */
	char name[NAME_BYTES + 1], pronouns[PRONOUNS_BYTES + 1];
	uint8_t *words;          /* of the name */
	struct entry *successor; /* who took their place, at the end; NULL */
};

/* A pid that the chain as seen here does not name: what one was oneself before. */
struct alias {
	uint8_t pid[16];
	struct entry *entry;
};

struct people {
	struct fold *fold;
	struct entry *entries;   /* ascending by pid */
	const struct entry **by; /* in the order to show */
	const struct person *self;
	struct alias *aliases;
	size_t n, n_by, n_aliases;
};

static int by_pid(const void *a, const void *b)
{
	return memcmp(((const struct entry *)a)->person.pid, ((const struct entry *)b)->person.pid, 16);
}

static struct entry *find(const struct people *p, const uint8_t pid[16])
{
	struct entry key;
	memcpy(key.person.pid, pid, sizeof(key.person.pid));
	return p->n ? bsearch(&key, p->entries, p->n, sizeof(*p->entries), by_pid) : NULL;
}

/* The same, but of somebody who was replaced the one who took their place. */
static struct entry *find_now(const struct people *p, const uint8_t pid[16])
{
	struct entry *e = find(p, pid);
	for (size_t i = 0; !e && i < p->n_aliases; i++)
		if (memcmp(p->aliases[i].pid, pid, sizeof(p->aliases[i].pid)) == 0)
			e = p->aliases[i].entry;
	return e && e->successor ? e->successor : e;
}

/* --- names --- */

struct name_row {
	const char *name, *pronouns;
	size_t name_len, pronouns_len;
	bool from_profile;
};

static int name_open(const uint8_t *row, size_t len, struct name_row *out)
{
	struct mp_doc *doc;
	struct mp_cur c;
	int err = ledger_row_open(row, len, 3, &doc, &c);
	if (err)
		return err;
	out->name = mp_str(&c, 1, NAME_BYTES, &out->name_len);
	out->pronouns = mp_str(&c, 0, PRONOUNS_BYTES, &out->pronouns_len);
	out->from_profile = mp_bool(&c);
	return ledger_row_close(doc, &c);
}

static int check_name(const char *text, size_t min, size_t max)
{
	size_t characters;
	int err = content_check_text(text, strlen(text), &characters);
	return err || characters < min || characters > max ? ERR_SCHEMA : 0;
}

static int name_is_profile(struct vault_txn *txn, const uint8_t pid[16], bool *yes)
{
	struct name_row had;
	struct buf row;
	buf_init(&row, 0);
	int err = vault_get(txn, VAULT_NAME, pid, 16, &row);
	if (!err)
		err = name_open(row.data, row.len, &had);
	*yes = !err && had.from_profile;
	buf_wipe(&row);
	return err == ERR_NOT_FOUND ? 0 : err;
}

int people_name_put(struct vault_txn *txn, const uint8_t pid[16], const char *name, const char *pronouns,
                    bool from_profile)
{
	struct buf row;
	bool profile;
	int err = check_name(name, 1, NAME_CHARS);
	if (!err)
		err = check_name(pronouns, 0, PRONOUNS_CHARS);
	if (!err)
		err = name_is_profile(txn, pid, &profile);
	if (err || (profile && !from_profile))
		return err;
	buf_init(&row, 0);
	mp_put_array(&row, 3);
	mp_put_cstr(&row, name);
	mp_put_cstr(&row, pronouns);
	mp_put_bool(&row, from_profile);
	err = buf_err(&row);
	if (!err)
		err = vault_put(txn, VAULT_NAME, pid, 16, &row);
	buf_wipe(&row);
	return err;
}

/* Copies a name so that it is one line. */
static void copy_line(char *out, size_t room, const char *text, size_t len)
{
	size_t n = len < room ? len : room - 1;
	memcpy(out, text, n);
	out[n] = 0;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)out[i] < ' ')
			out[i] = ' ';
}

/* A name of nothing but white space is none. */
static void give_name(struct entry *e, const struct name_row *row)
{
	char name[NAME_BYTES + 1];
	copy_line(name, sizeof(name), row->name, row->name_len);
	if (!name[strspn(name, " ")])
		return;
	memcpy(e->name, name, sizeof(name));
	copy_line(e->pronouns, sizeof(e->pronouns), row->pronouns, row->pronouns_len);
	e->person.named = true;
}

static int name_visit(void *ctx, const struct vault_entry *entry)
{
	struct name_row row;
	struct entry *e = entry->id_len == 16 ? find(ctx, entry->id) : NULL;
	int err = name_open(entry->value, entry->len, &row);
	if (!err && e)
		give_name(e, &row);
	return err;
}

/* Names follow: until the new one has told theirs, they are called what they were called. */
static void inherit_names(struct people *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct entry *old = &p->entries[i], *e = old->successor;
		if (!e || e->person.named || !old->person.named)
			continue;
		memcpy(e->name, old->name, sizeof(e->name));
		memcpy(e->pronouns, old->pronouns, sizeof(e->pronouns));
		e->person.named = true;
	}
}

static int load_names(struct people *p, struct vault_txn *txn, const struct identity *id)
{
	struct entry *self = find(p, id->pid);
	int err = vault_each(txn, VAULT_NAME, 0, name_visit, p);
	if (self && id->name[0])
		give_name(self, &(struct name_row){.name = id->name,
		                                   .name_len = strlen(id->name),
		                                   .pronouns = self->pronouns,
		                                   .pronouns_len = strlen(self->pronouns)});
	inherit_names(p);
	for (size_t i = 0; !err && i < p->n; i++) {
		struct entry *e = &p->entries[i];
		if (!e->person.named)
			snprintf(e->name, sizeof(e->name), "%s %02X%02X", role_name((enum role)e->person.role), e->person.pid[0],
			         e->person.pid[1]);
		e->words = people_match_words(e->name);
		err = e->words ? 0 : ERR_NOMEM;
		e->person.name = e->name;
		e->person.pronouns = e->pronouns;
	}
	return err;
}

static int load_checked(struct people *p, struct vault_txn *txn)
{
	int err = 0;
	for (size_t i = 0; !err && i < p->n; i++) {
		struct person *person = &p->entries[i].person;
		const struct keychain *k = fold_keychain(p->fold, person->genesis);
		struct checked_person checked;
		if (!k || person->is_self)
			continue;
		err = checked_get(txn, fold_clinic(p->fold), k, &checked);
		person->checked = (uint8_t)checked.state;
		person->checked_ms = checked.at_ms;
	}
	return err;
}

/* --- loading --- */

static int by_show(const void *a, const void *b)
{
	const struct entry *x = *(const struct entry *const *)a, *y = *(const struct entry *const *)b;
	if (x->person.active != y->person.active)
		return x->person.active ? -1 : 1;
	if (x->person.role != y->person.role)
		return x->person.role < y->person.role ? -1 : 1;
	int order = strcmp((const char *)x->words, (const char *)y->words);
	return order ? order : by_pid(x, y);
}

static int load_members(struct people *p, const uint8_t self[32])
{
	const struct clinic *clinic = fold_clinic(p->fold);
	size_t n = clinic_members(clinic);
	p->entries = calloc(n ? n : 1, sizeof(*p->entries));
	p->by = calloc(n ? n : 1, sizeof(*p->by));
	if (!p->entries || !p->by)
		return ERR_NOMEM;
	for (; p->n < n; p->n++) {
		const struct clinic_member *member = clinic_member_at(clinic, p->n);
		struct person *person = &p->entries[p->n].person;
		memcpy(person->genesis, member->genesis, sizeof(person->genesis));
		memcpy(person->pid, member->genesis, sizeof(person->pid));
		memcpy(person->root, member->genesis, sizeof(person->root));
		person->role = (uint8_t)member->role;
		person->active = member->active;
		person->is_self = memcmp(member->genesis, self, 32) == 0;
	}
	qsort(p->entries, p->n, sizeof(*p->entries), by_pid);
	return 0;
}

/* Who took whose place. Chains of successions end: nobody is the old one, or the new one, twice. */
static int load_successions(struct people *p)
{
	const struct clinic *clinic = fold_clinic(p->fold);
	p->aliases = calloc(p->n ? p->n : 1, sizeof(*p->aliases));
	if (!p->aliases)
		return ERR_NOMEM;
	for (size_t i = 0; i < p->n; i++) {
		struct entry *e = &p->entries[i], *before;
		const struct clinic_member *next = clinic_successor(clinic, e->person.pid);
		for (size_t steps = 0; next && steps < p->n; steps++) {
			e->successor = find(p, next->genesis);
			next = clinic_successor(clinic, next->genesis);
		}
		const uint8_t *old = clinic_predecessor_genesis(clinic, e->person.pid);
		for (size_t steps = 0; old && steps < p->n; steps++) {
			memcpy(e->person.root, old, sizeof(e->person.root));
			before = find(p, old);
			if (!before && p->n_aliases < p->n) {
				memcpy(p->aliases[p->n_aliases].pid, old, sizeof(p->aliases->pid));
				p->aliases[p->n_aliases++].entry = e;
			}
			old = clinic_predecessor_genesis(clinic, old);
		}
	}
	return 0;
}

static void set_order(struct people *p)
{
	for (size_t i = 0; i < p->n; i++) {
		if (!p->entries[i].successor)
			p->by[p->n_by++] = &p->entries[i];
		if (p->entries[i].person.is_self)
			p->self = &p->entries[i].person;
	}
	qsort(p->by, p->n_by, sizeof(struct entry *), by_show);
}

int people_load(struct vault_txn *txn, const uint8_t self_genesis[32], struct people **out)
{
	struct identity *id = NULL;
	*out = NULL;
	struct people *p = calloc(1, sizeof(*p));
	int err = p ? identity_load(txn, &id) : ERR_NOMEM;
	if (!err)
		err = fold_load(txn, id->clinic, false, &p->fold);
	if (!err)
		err = load_members(p, self_genesis);
	if (!err)
		err = load_successions(p);
	if (!err)
		err = load_names(p, txn, id);
	if (!err)
		err = load_checked(p, txn);
	if (!err)
		set_order(p);
	if (!err && !p->self)
		err = ERR_NOT_FOUND;
	identity_free(id);
	if (err)
		people_free(p);
	else
		*out = p;
	return err;
}

void people_free(struct people *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++)
		free(p->entries[i].words);
	free(p->entries);
	free(p->by);
	free(p->aliases);
	fold_free(p->fold);
	free(p);
}

/* --- asking --- */

size_t people_count(const struct people *p)
{
	return p->n_by;
}

const struct person *people_at(const struct people *p, size_t i)
{
	return i < p->n_by ? &p->by[i]->person : NULL;
}

const struct person *people_by_pid(const struct people *p, const uint8_t pid[16])
{
	const struct entry *e = find_now(p, pid);
	return e ? &e->person : NULL;
}

const struct person *people_self(const struct people *p)
{
	return p->self;
}

size_t people_team(const struct people *p, const uint8_t client_pid[16], const struct person **out, size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < p->n_by; i++) {
		const struct person *person = people_at(p, i);
		if (!clinic_on_team(fold_clinic(p->fold), person->pid, client_pid))
			continue;
		if (n < max)
			out[n] = person;
		n++;
	}
	return n;
}

bool people_cares(const struct people *p, const uint8_t a[16], const uint8_t b[16])
{
	const struct clinic *clinic = fold_clinic(p->fold);
	const struct entry *x = find_now(p, a), *y = find_now(p, b);
	return x && y &&
	       (clinic_on_team(clinic, x->person.pid, y->person.pid) ||
	        clinic_on_team(clinic, y->person.pid, x->person.pid));
}

const struct clinic *people_clinic(const struct people *p)
{
	return fold_clinic(p->fold);
}

const struct keychain *people_keychain(const struct people *p, const uint8_t pid[16])
{
	return fold_keychain_by_pid(p->fold, pid);
}

/* --- typed names --- */

size_t people_matches(const struct people *p, const char *typed, people_allow *allow, void *arg,
                      const struct person **out, size_t max)
{
	enum people_match best = PEOPLE_BEGINNING;
	uint8_t *words = people_match_words(typed);
	size_t n = 0;
	for (size_t i = 0; words && i < p->n_by; i++) {
		const struct entry *e = p->by[i];
		enum people_match how = people_match_of(e->words, words);
		if (how < best || !(allow ? allow(&e->person, arg) : e->person.active))
			continue;
		if (how > best)
			n = 0;
		best = how;
		if (n < max)
			out[n] = &e->person;
		n++;
	}
	free(words);
	return n;
}

int people_find(const struct people *p, const char *typed, people_allow *allow, void *arg, const struct person **out)
{
	*out = NULL;
	size_t n = people_matches(p, typed, allow, arg, out, 1);
	if (n > 1)
		return ERR_AMBIGUOUS;
	return n ? 0 : ERR_NOT_FOUND;
}
