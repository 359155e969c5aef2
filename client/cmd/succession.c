/* succession: the admin signs that somebody who joined anew is the same person as one who lost every device. See
 * succession.h for what others call. */
#include <stdio.h>
#include <string.h>

#include "client/book/ledger.h"
#include "client/cmd.h"
#include "client/sync/statement.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/clinic_body.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/role.h"

#include "desk.h"

#include "succession.h"

#define FACT "replaces"         /* invite public{32} -> genesis{32} of who lost their devices */
#define FACT_TOLD "regive-told" /* pid{16} */
#define PAIRS_MAX 16

struct pair {
	const struct person *old, *new;
};

int succession_expect(struct write_ctx *ctx, const uint8_t invite_public[32], const struct person *old)
{
	return ledger_fact_put(ctx->txn, FACT, invite_public, 32, old->genesis, sizeof(old->genesis));
}

/* --- finding both --- */

static uint64_t joined(struct desk *d, const struct person *person)
{
	const struct clinic_member *m = clinic_member(people_clinic(d->people), person->genesis);
	return m ? m->joined_seq : 0;
}

static bool was_replaced(struct desk *d, const struct person *person)
{
	return clinic_successor(people_clinic(d->people), person->pid) != NULL;
}

static bool has_replaced(struct desk *d, const struct person *person)
{
	return clinic_predecessor_genesis(people_clinic(d->people), person->pid) != NULL;
}

/* Whom this member was invited to replace, by this admin's own notes; NULL. */
static const struct person *expected_old(struct desk *d, struct vault_txn *txn, const struct person *new)
{
	const struct keychain *k = people_keychain(d->people, new->pid);
	const struct person *old = NULL;
	struct buf value;
	buf_init(&value, 0);
	if (k && !ledger_fact_get(txn, FACT, keychain_invite(k), 32, &value) && value.len == 32)
		old = people_by_pid(d->people, value.data);
	buf_wipe(&value);
	return old && old != new && old->role == new->role && !was_replaced(d, old) ? old : NULL;
}

static int find_expected(struct desk *d, struct pair *pairs, size_t *n)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(d->kap->vault, false, &txn);
	*n = 0;
	for (size_t i = 0; !err && i < people_count(d->people) && *n < PAIRS_MAX; i++) {
		const struct person *new = people_at(d->people, i);
		const struct person *old = new->active && !has_replaced(d, new) ? expected_old(d, txn, new) : NULL;
		if (old)
			pairs[(*n)++] = (struct pair){old, new};
	}
	vault_abort(txn);
	return err;
}

static bool is_anybody(const struct person *person, void *arg)
{
	(void)person;
	(void)arg;
	return true;
}

/* The one of those with this name who joined first, or last and is active. */
static const struct person *named(struct desk *d, const char *typed, bool first)
{
	const struct person *found[32], *best = NULL;
	size_t n = people_matches(d->people, typed, is_anybody, NULL, found, 32);
	for (size_t i = 0; i < n && i < 32; i++) {
		bool better = !best || (joined(d, found[i]) < joined(d, best)) == first;
		if (better && (first || found[i]->active))
			best = found[i];
	}
	return best;
}

static int find_typed(struct desk *d, int argc, char **argv, struct pair *out)
{
	struct pair pairs[PAIRS_MAX];
	size_t n;
	const char *new_name = argv[argc - 1];
	int err = find_expected(d, pairs, &n);
	if (err)
		return kap_fail_err(d->kap, err, "Nothing was changed.");
	*out = (struct pair){named(d, argv[0], true), named(d, new_name, false)};
	for (size_t i = 0; argc == 1 && i < n; i++)
		if (pairs[i].old == out->old || pairs[i].new == out->new)
			*out = pairs[i];
	if (!out->old || !out->new)
		return kap_fail(d->kap, KAP_INVALID, "Nobody here is called \"%s\". Nothing was changed.",
		                out->old ? new_name : argv[0]);
	if (out->old == out->new)
		return kap_fail(d->kap, KAP_INVALID,
		                "There is only one %s here. First they join anew: `%s invite --replaces NAME`. Nothing was "
		                "changed.",
		                out->old->name, d->kap->title);
	if (out->old->role != out->new->role)
		return kap_fail(d->kap, KAP_INVALID, "%s is a %s, and %s is a %s. Nothing was changed.", out->old->name,
		                role_name((enum role)out->old->role), out->new->name, role_name((enum role)out->new->role));
	return KAP_OK;
}

/* --- signing --- */

static int sign(struct desk *d, const struct pair *pair)
{
	struct clinic_body body = {.type = CLINIC_SUCCESSION};
	memcpy(body.old, pair->old->genesis, sizeof(body.old));
	memcpy(body.genesis, pair->new->genesis, sizeof(body.genesis));
	int err = statement_put(d->kap->vault, &body);
	if (err == ERR_ROLE)
		return kap_fail(d->kap, KAP_NOT_ALLOWED, "Only an admin can do that. Nothing was changed.");
	if (err == ERR_LINK)
		return kap_fail(d->kap, KAP_NOT_ALLOWED,
		                "The clinic's rules do not allow that for these two. Nothing was changed.");
	if (err == ERR_UNREACHABLE || err == ERR_TIMEOUT || err == ERR_CLOSED)
		return kap_fail(
		    d->kap, KAP_SAVED_LOCALLY,
		    "The clinic's server cannot be reached, and this needs it. Nothing was changed; try again later.");
	if (err)
		return desk_refused_statement(d, err, "Nothing was changed.");
	out_str(d->kap->out, "successor", NULL, pair->new->name);
	out_say(d->kap->out,
	        "Signed. The old devices of %s are shut out. Their team can give back what was shared: `kap regive NAME`.",
	        pair->old->name);
	return KAP_OK;
}

static int confirm(struct desk *d, const struct pair *pair)
{
	struct out *out = d->kap->out;
	out_line(out, "  %s (%s) joined anew. Sign that this is the same person as", pair->new->name,
	         role_name((enum role)pair->new->role));
	out_line(out, "  %s from before? Only if you know it: you saw them, or their voice.", pair->old->name);
	out_line(out, "  The old devices are shut out for good, and people's lists show one person.");
	out_show(out);
	return prompt_yes(d->kap->prompt, "  Sign it?");
}

static int ask_and_sign(struct desk *d, const struct pair *pair)
{
	int yes = confirm(d, pair);
	if (yes > 0)
		return sign(d, pair);
	if (yes < 0)
		return kap_fail(d->kap, KAP_INVALID,
		                "This needs your yes. Run it at a terminal, or say --yes. Nothing was changed.");
	out_say(d->kap->out, "Nothing was changed.");
	return KAP_OK;
}

/* To clinicians, once: what they can do for somebody who has joined anew. */
static int tell_once(struct write_ctx *ctx, void *arg)
{
	struct desk *d = arg;
	struct buf value;
	int err = 0;
	buf_init(&value, 0);
	for (size_t i = 0; !err && i < people_count(d->people); i++) {
		const struct person *p = people_at(d->people, i);
		if (p->is_self || !p->active || !has_replaced(d, p) ||
		    ledger_fact_get(ctx->txn, FACT_TOLD, p->pid, sizeof(p->pid), &value) != ERR_NOT_FOUND)
			continue;
		out_say(d->kap->out,
		        "%s joined anew after losing every device. `%s regive NAME` gives back what they had "
		        "shared with you.",
		        p->name, d->kap->title);
		err = ledger_fact_put(ctx->txn, FACT_TOLD, p->pid, sizeof(p->pid), NULL, 0);
	}
	buf_wipe(&value);
	return err;
}

static int offer_to_give(struct kap *kap)
{
	struct desk d;
	bool any = false;
	int exit_code = desk_open_people(kap, &d);
	if (exit_code)
		return exit_code;
	for (size_t i = 0; i < people_count(d.people); i++)
		any = any || has_replaced(&d, people_at(d.people, i));
	int err = any ? desk_write(&d, tell_once, &d) : 0;
	desk_close(&d);
	return err ? kap_fail_err(kap, err, NULL) : KAP_OK;
}

int succession_offer(struct kap *kap)
{
	struct pair pairs[PAIRS_MAX];
	struct desk d;
	size_t n = 0;
	if (kap->role != ROLE_ADMIN)
		return kap->role != ROLE_CLIENT && kap->role != ROLE_AUDITOR ? offer_to_give(kap) : KAP_OK;
	int exit_code = desk_open_people(kap, &d);
	if (exit_code)
		return exit_code;
	if (find_expected(&d, pairs, &n))
		n = 0;
	for (size_t i = 0; i < n && !exit_code; i++) {
		if (prompt_interactive(kap->prompt) && out_form_of(kap->out) == OUT_HUMAN)
			exit_code = ask_and_sign(&d, &pairs[i]);
		else
			out_say(kap->out, "%s has joined with the code that replaces lost devices. Sign it: `%s succession NAME`.",
			        pairs[i].new->name, kap->title);
	}
	desk_close(&d);
	return exit_code;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct pair pair;
	struct desk d;
	int exit_code = desk_open_people(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = find_typed(&d, argc, argv, &pair);
	if (!exit_code)
		exit_code = ask_and_sign(&d, &pair);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_succession = {
    .name = "succession",
    .args = "[OLD] NAME",
    .summary = "sign that one who joined anew is the same person",
    .about = "For somebody who lost every device and the recovery code. Invite them again with `kap invite --replaces "
             "NAME`; when they have joined, sign this. The old devices are shut out.",
    .example = "kap succession jo",
    .roles = CMD_ADMIN,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
