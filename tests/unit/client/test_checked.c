/* test_checked: what is known of somebody after words were compared, and which of what was written must wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/checked.h"
#include "client/book/fold.h"
#include "client/book/ledger.h"
#include "client/book/links.h"
#include "client/care/kinds.h"
#include "client/sync/hold.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/keychain_sign.h"
#include "proto/record.h"
#include "tests/unit/support/people.h"
#include "tests/unit/support/scratch_vault.h"

struct world {
	struct people pp;
	struct people_cast who;
	struct scratch_vault at;
};

static int begin(void **state)
{
	static struct world w;
	memset(&w, 0, sizeof(w));
	people_begin(&w.pp, 0);
	people_cast(&w.pp, &w.who);
	scratch_vault_open(&w.at);
	*state = &w;
	return 0;
}

static int end(void **state)
{
	struct world *w = *state;
	scratch_vault_close(&w->at);
	people_end(&w->pp);
	return 0;
}

static int note(struct world *w, const struct person *p, const uint8_t head[32], uint64_t outcome, uint64_t at_ms)
{
	struct content_head top = {.kind = CONTENT_CHECK, .at_ms = at_ms, .made_ms = at_ms};
	struct content *c = content_new(&top);
	assert_int_equal(content_set_bin(c, CONTENT_CHECKED, p->genesis, 32), 0);
	if (head)
		assert_int_equal(content_set_bin(c, CONTENT_CHECKED_HEAD, head, 32), 0);
	assert_int_equal(content_set_u64(c, CONTENT_CHECK_STATE, outcome), 0);
	int err = checked_note(w->at.txn, c);
	content_free(c);
	return err;
}

static enum checked_state state_of(struct world *w, const struct person *p)
{
	struct checked_person checked;
	assert_int_equal(checked_get(w->at.txn, w->pp.clinic, p->chain, &checked), 0);
	return checked.state;
}

static const uint8_t *head_of(const struct person *p)
{
	return keychain_head_hash(p->chain);
}

static void newest_outcome_counts(void **state)
{
	struct world *w = *state;
	const struct person *jo = w->who.client;
	assert_int_equal(state_of(w, jo), CHECKED_NEVER);
	assert_int_equal(note(w, jo, head_of(jo), 1, 100), 0);
	assert_int_equal(state_of(w, jo), CHECKED_EQUAL);
	assert_int_equal(note(w, jo, head_of(jo), 3, 200), 0);
	assert_int_equal(state_of(w, jo), CHECKED_DIFFERED);
	assert_int_equal(note(w, jo, head_of(jo), 1, 150), 0); /* written earlier, arrived later */
	assert_int_equal(state_of(w, jo), CHECKED_DIFFERED);
	assert_int_equal(note(w, jo, head_of(jo), 2, 300), 0);
	assert_int_equal(state_of(w, jo), CHECKED_ACCEPTED);
	assert_int_equal(state_of(w, w->who.therapist), CHECKED_NEVER);
	assert_int_equal(note(w, jo, NULL, 1, 400), ERR_SCHEMA);
}

static void which_states_stop(void **state)
{
	(void)state;
	assert_false(checked_stops(CHECKED_NEVER));
	assert_false(checked_stops(CHECKED_EQUAL));
	assert_false(checked_stops(CHECKED_ACCEPTED));
	assert_true(checked_stops(CHECKED_RECOVERED));
	assert_true(checked_stops(CHECKED_SUCCEEDED));
	assert_true(checked_stops(CHECKED_DIFFERED));
}

static void a_chain_without_the_head_stops(void **state)
{
	static const uint8_t elsewhere[32] = {7};
	struct world *w = *state;
	assert_int_equal(note(w, w->who.client, elsewhere, 1, 100), 0);
	assert_int_equal(state_of(w, w->who.client), CHECKED_RECOVERED);
}

/* Lets in a device, signed by `by`, and keeps the chain's links in the vault. */
static void let_in(struct world *w, struct person *p, const struct device_secret *by)
{
	struct device_secret more;
	struct buf core, link;
	uint8_t pops[KEYCHAIN_SIGN_POPS][CRYPTO_SIG];
	struct link parsed;
	buf_init(&core, 0);
	buf_init(&link, 0);
	assert_int_equal(device_generate(&more), 0);
	assert_int_equal(keychain_prove_device(&more, p->genesis, &core, pops), 0);
	assert_int_equal(keychain_sign_add(&(struct keychain_sign){p->chain, by, 1},
	                                   &(struct crypto_bytes){core.data, core.len}, (const uint8_t(*)[CRYPTO_SIG])pops,
	                                   p->seed, &link),
	                 0);
	assert_int_equal(link_parse(link.data, link.len, &parsed), 0);
	assert_int_equal(keychain_apply(p->chain, &parsed), 0);
	assert_int_equal(links_put(w->at.txn, p->genesis, parsed.seq, link.data, link.len), 0);
	buf_wipe(&core);
	buf_wipe(&link);
}

static void only_the_paper_stops(void **state)
{
	struct world *w = *state;
	struct person *jo = w->who.client;
	assert_int_equal(note(w, jo, head_of(jo), 1, 100), 0);
	let_in(w, jo, &jo->device);
	assert_int_equal(state_of(w, jo), CHECKED_EQUAL);
	let_in(w, jo, &jo->recovery);
	assert_int_equal(state_of(w, jo), CHECKED_RECOVERED);
	let_in(w, jo, &jo->device);
	assert_int_equal(state_of(w, jo), CHECKED_RECOVERED);
	assert_int_equal(note(w, jo, head_of(jo), 2, 200), 0);
	assert_int_equal(state_of(w, jo), CHECKED_ACCEPTED);
	let_in(w, jo, &jo->recovery);
	assert_int_equal(state_of(w, jo), CHECKED_RECOVERED);
}

static void a_link_that_is_not_here_is_damage(void **state)
{
	struct world *w = *state;
	struct person *jo = w->who.client;
	struct checked_person checked;
	assert_int_equal(note(w, jo, head_of(jo), 1, 100), 0);
	let_in(w, jo, &jo->device);
	scratch_vault_abort(&w->at);
	assert_int_equal(note(w, jo, keychain_hash_at(jo->chain, 0), 1, 100), 0);
	assert_int_equal(checked_get(w->at.txn, w->pp.clinic, jo->chain, &checked), ERR_CORRUPT);
}

static struct person *succeed(struct world *w)
{
	struct person *team[] = {w->who.therapist};
	struct person *now = people_join(&w->pp, &(struct people_invite){w->who.admin, ROLE_CLIENT, team, 1});
	struct clinic_body body = {.type = CLINIC_SUCCESSION};
	memcpy(body.old, w->who.client->genesis, sizeof(body.old));
	memcpy(body.genesis, now->genesis, sizeof(body.genesis));
	people_say(&w->pp, w->who.admin, &body);
	return now;
}

static void a_successor_of_somebody_checked_stops(void **state)
{
	struct world *w = *state;
	struct person *now = succeed(w);
	assert_int_equal(state_of(w, now), CHECKED_NEVER);
	assert_int_equal(note(w, w->who.client, head_of(w->who.client), 1, 100), 0);
	assert_int_equal(state_of(w, now), CHECKED_SUCCEEDED);
	assert_int_equal(note(w, now, head_of(now), 1, 200), 0);
	assert_int_equal(state_of(w, now), CHECKED_EQUAL);
}

/* --- what waits --- */

static struct fold *fold_of(const struct world *w)
{
	struct fold *fold;
	struct link link;
	assert_int_equal(fold_new(&fold), 0);
	for (size_t i = 0; i < w->pp.n; i++)
		assert_int_equal(fold_add(fold, w->pp.all[i]->genesis, w->pp.all[i]->link.data, w->pp.all[i]->link.len), 0);
	for (size_t i = 0; i < w->pp.n_links; i++) {
		people_link(&w->pp, i, &link);
		assert_int_equal(fold_apply(fold, &link), 0);
	}
	return fold;
}

/* A row to this person (NULL: oneself alone), that stands on another (NULL: none). */
static int keeps(struct hold *h, const struct person *to, uint8_t lid, uint8_t op, const uint8_t *on)
{
	struct content_head head = {.kind = CONTENT_JOURNAL, .at_ms = 1, .made_ms = 1, .n_parents = on != NULL};
	struct ledger_pending p = {.lid = {lid}, .record_class = to ? RECORD_SHARED : RECORD_PRIVATE, .op = op};
	struct buf content;
	buf_init(&content, 0);
	if (on)
		memcpy(head.parents[0], on, 32);
	struct content *c = content_new(&head);
	assert_int_equal(content_set_str(c, CONTENT_BODY, "x", 1), 0);
	assert_int_equal(content_encode(c, &care_kinds, &content), 0);
	if (to)
		memcpy(p.audience[p.n_audience++], to->genesis, 16);
	if (on && op == RECORD_UNSHARE)
		memcpy(p.targets[p.n_targets++], on, 32);
	p.content = content.data;
	p.content_len = content.len;
	int said = hold_keeps(h, &p);
	content_free(c);
	buf_wipe(&content);
	return said;
}

static void what_is_for_them_waits(void **state)
{
	static const uint8_t waiting[32] = {2}, sent[32] = {1};
	struct world *w = *state;
	const struct person *jo = w->who.client, *osei = w->who.prescriber;
	struct hold *h;
	struct fold *fold = fold_of(w);
	assert_int_equal(note(w, jo, head_of(jo), 3, 100), 0);
	assert_int_equal(hold_new(w->at.txn, fold, &h), 0);
	assert_true(hold_stops(h, jo->genesis));
	assert_false(hold_stops(h, osei->genesis));
	assert_int_equal(keeps(h, osei, 1, RECORD_CONTENT, NULL), 0);
	assert_int_equal(keeps(h, NULL, 3, RECORD_CONTENT, NULL), 0);
	assert_int_equal(keeps(h, jo, 2, RECORD_CONTENT, NULL), 1);
	/* a revision of what waits, for others or oneself, would name what is not there */
	assert_int_equal(keeps(h, osei, 4, RECORD_CONTENT, waiting), 1);
	assert_int_equal(keeps(h, NULL, 5, RECORD_CONTENT, waiting), 1);
	assert_int_equal(keeps(h, osei, 6, RECORD_CONTENT, sent), 0);
	/* taking back never waits, but for what is not there yet */
	assert_int_equal(keeps(h, jo, 7, RECORD_UNSHARE, sent), 0);
	assert_int_equal(keeps(h, jo, 8, RECORD_UNSHARE, waiting), 1);
	hold_free(h);
	fold_free(fold);
}

static void nothing_waits_for_nobody(void **state)
{
	struct world *w = *state;
	const struct person *jo = w->who.client;
	struct hold *h;
	struct fold *fold = fold_of(w);
	assert_int_equal(note(w, jo, head_of(jo), 1, 100), 0);
	assert_int_equal(hold_new(w->at.txn, fold, &h), 0);
	assert_int_equal(keeps(h, jo, 2, RECORD_CONTENT, NULL), 0);
	hold_free(h);
	hold_free(NULL);
	fold_free(fold);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(newest_outcome_counts),
	    cmocka_unit_test(which_states_stop),
	    CASE(a_chain_without_the_head_stops),
	    CASE(only_the_paper_stops),
	    CASE(a_link_that_is_not_here_is_damage),
	    CASE(a_successor_of_somebody_checked_stops),
	    CASE(what_is_for_them_waits),
	    CASE(nothing_waits_for_nobody),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
