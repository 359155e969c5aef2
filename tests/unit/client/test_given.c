/* test_given: what is given back is believed only if the old identity signed it, and only as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/fold.h"
#include "client/book/given.h"
#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/care/kinds.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/epoch.h"
#include "proto/err.h"
#include "proto/record.h"
#include "tests/unit/support/people.h"

#define PID 16

struct world {
	struct people pp;
	struct people_cast who; /* who.client lost everything */
	struct person *now;     /* and joined anew */
	struct fold *fold;
	struct identity *ana, *jo;
	struct epoch_keys ana_keys;
	struct record outer; /* what the checks of the record around it leave to know */
	uint8_t outer_author[PID];
};

static struct identity *identity_of(const struct world *w, const struct person *p)
{
	struct identity *id = identity_new();
	assert_non_null(id);
	memcpy(id->genesis, p->genesis, sizeof(id->genesis));
	memcpy(id->pid, p->genesis, sizeof(id->pid));
	memcpy(id->clinic, clinic_id(w->pp.clinic), sizeof(id->clinic));
	id->n_epochs = 1;
	id->epochs[0].epoch = 1;
	memcpy(id->epochs[0].seed, p->seed, sizeof(id->epochs[0].seed));
	return id;
}

static void fold_everything(struct world *w)
{
	struct link link;
	assert_int_equal(fold_new(&w->fold), 0);
	for (size_t i = 0; i < w->pp.n; i++)
		assert_int_equal(fold_add(w->fold, w->pp.all[i]->genesis, w->pp.all[i]->link.data, w->pp.all[i]->link.len), 0);
	for (size_t i = 0; i < w->pp.n_links; i++) {
		people_link(&w->pp, i, &link);
		assert_int_equal(fold_apply(w->fold, &link), 0);
	}
}

static int begin(void **state)
{
	static struct world w;
	memset(&w, 0, sizeof(w));
	people_begin(&w.pp, 0);
	people_cast(&w.pp, &w.who);
	struct person *team[] = {w.who.therapist, w.who.prescriber};
	w.now = people_join(&w.pp, &(struct people_invite){w.who.admin, ROLE_CLIENT, team, 2});
	struct clinic_body body = {.type = CLINIC_SUCCESSION};
	memcpy(body.old, w.who.client->genesis, sizeof(body.old));
	memcpy(body.genesis, w.now->genesis, sizeof(body.genesis));
	people_say(&w.pp, w.who.admin, &body);
	fold_everything(&w);
	w.ana = identity_of(&w, w.who.therapist);
	w.jo = identity_of(&w, w.now);
	assert_int_equal(epoch_derive(w.who.therapist->seed, &w.ana_keys), 0);
	memcpy(w.outer_author, w.who.therapist->genesis, PID);
	w.outer.class = RECORD_SHARED;
	w.outer.author = w.outer_author;
	*state = &w;
	return 0;
}

static int end(void **state)
{
	struct world *w = *state;
	fold_free(w->fold);
	identity_free(w->ana);
	identity_free(w->jo);
	people_end(&w->pp);
	return 0;
}

/* --- an old record --- */

struct old {
	const struct person *by, *for_, *also; /* also: NULL, or a third in the audience */
	const struct person *signer;           /* whose device signs; NULL: the author's */
	enum record_class class;
	uint32_t kind;
	const uint8_t *clinic; /* NULL: this one */
};

struct stored {
	struct buf record, payload, content;
	struct ledger_record row;
};

static void put_content(const struct old *o, struct buf *out)
{
	struct content_head head = {.kind = o->kind, .item = {9}, .at_ms = 1, .made_ms = 1};
	struct content *c = content_new(&head);
	assert_int_equal(content_set_str(c, o->kind == CONTENT_PROFILE ? CONTENT_NAME : CONTENT_BODY, "orange", 6), 0);
	if (o->kind == CONTENT_MESSAGE) {
		assert_int_equal(content_set_u64(c, CONTENT_PRIORITY, 0), 0);
		assert_int_equal(content_set_bin(c, CONTENT_THREAD, head.item, 16), 0);
	}
	assert_int_equal(content_encode(c, &care_kinds, out), 0);
	content_free(c);
}

static void seal(const struct world *w, const struct old *o, struct stored *s)
{
	static const uint8_t none[32];
	const struct person *people[] = {o->by, o->for_, o->also};
	const struct person *signer = o->signer ? o->signer : o->by;
	struct record_to to[3];
	struct record_seal_opts opts = {.class = o->class, .op = RECORD_CONTENT, .to = to, .n_to = o->also ? 3 : 2};
	for (uint32_t i = 0; i < opts.n_to; i++)
		to[i] = (struct record_to){people[i]->genesis, 1, i ? people[i]->epoch.seal_public : people[i]->epoch.self, 1,
		                           none};
	buf_init(&s->record, 0);
	buf_init(&s->payload, 0);
	buf_init(&s->content, 0);
	put_content(o, &s->content);
	opts.clinic = o->clinic ? o->clinic : clinic_id(w->pp.clinic);
	opts.author = o->by->genesis;
	opts.did = signer->did;
	opts.chain_head = keychain_head_hash(signer->chain);
	opts.sign_seed = signer->device.sign;
	opts.retain_day = o->class == RECORD_CLINICAL ? 40000 : 0;
	opts.content = s->content.data;
	opts.content_len = s->content.len;
	memset(&s->row, 0, sizeof(s->row));
	assert_int_equal(record_seal(&opts, &s->record, &s->payload, s->row.rid), 0);
	s->row.state = LEDGER_STORED;
	s->row.record = s->record.data;
	s->row.record_len = s->record.len;
	s->row.content = s->content.data;
	s->row.content_len = s->content.len;
	s->row.has_salt = true;
	memcpy(s->row.salt, s->payload.data, sizeof(s->row.salt));
}

static void stored_wipe(struct stored *s)
{
	buf_wipe(&s->record);
	buf_wipe(&s->payload);
	buf_wipe(&s->content);
}

static struct content *regiven(const struct world *w, const struct stored *s)
{
	struct content_head head = {.kind = CONTENT_REGIVEN, .at_ms = 1, .made_ms = 1};
	struct content *c = content_new(&head);
	assert_int_equal(given_fill(w->ana, &w->ana_keys, &s->row, c), 0);
	return c;
}

static struct old usual(const struct world *w)
{
	return (struct old){.by = w->who.client, .for_ = w->who.therapist, .class = RECORD_SHARED, .kind = CONTENT_JOURNAL};
}

/* Seals, gives back, judges. */
static int judge(const struct world *w, const struct old *o)
{
	struct stored s;
	seal(w, o, &s);
	struct content *c = regiven(w, &s);
	int err = given_check(w->fold, w->jo, &w->outer, c);
	content_free(c);
	stored_wipe(&s);
	return err;
}

/* --- tests --- */

static void ones_own_words_are_believed(void **state)
{
	struct world *w = *state;
	struct old o = usual(w);
	assert_int_equal(judge(w, &o), 0);
	o.kind = CONTENT_MESSAGE;
	assert_int_equal(judge(w, &o), 0);
	o.also = w->who.prescriber;
	assert_int_equal(judge(w, &o), 0);
}

static void what_the_giver_wrote_is_believed(void **state)
{
	struct world *w = *state;
	struct old o = {.by = w->who.therapist, .for_ = w->who.client, .class = RECORD_SHARED, .kind = CONTENT_MESSAGE};
	assert_int_equal(judge(w, &o), 0);
	o.class = RECORD_CLINICAL;
	assert_int_equal(judge(w, &o), 0);
}

static void nobody_elses_words_are(void **state)
{
	struct world *w = *state;
	struct old o = {.by = w->who.prescriber, .for_ = w->who.therapist, .also = w->who.client, .class = RECORD_SHARED};
	o.kind = CONTENT_MESSAGE;
	assert_int_equal(judge(w, &o), ERR_AUTHOR);
	/* a record of the new identity, or of the giver to it, needs nobody to give it back */
	o = usual(w);
	o.by = w->now;
	assert_int_equal(judge(w, &o), ERR_AUTHOR);
	o = (struct old){.by = w->who.therapist, .for_ = w->now, .class = RECORD_SHARED, .kind = CONTENT_MESSAGE};
	assert_int_equal(judge(w, &o), ERR_AUDIENCE);
}

static void a_forged_record_is_refused(void **state)
{
	struct world *w = *state;
	struct old o = usual(w);
	o.signer = w->who.therapist; /* the giver's own device, in the client's name */
	assert_int_equal(judge(w, &o), ERR_AUTHOR);

	struct stored s;
	o = usual(w);
	seal(w, &o, &s);
	s.record.data[s.record.len - 1] ^= 1;
	struct content *c = regiven(w, &s);
	assert_int_equal(given_check(w->fold, w->jo, &w->outer, c), ERR_SIGNATURE);
	content_free(c);
	stored_wipe(&s);
}

static void only_what_was_signed_for_is_taken(void **state)
{
	static const uint32_t fields[] = {CONTENT_GIVEN_KEY, CONTENT_GIVEN_SALT, CONTENT_GIVEN_CONTENT};
	struct world *w = *state;
	struct old o = usual(w);
	struct stored s;
	seal(w, &o, &s);
	for (size_t i = 0; i < 3; i++) {
		struct content *c = regiven(w, &s);
		uint8_t changed[1024];
		size_t len;
		const uint8_t *had = content_bin(c, fields[i], &len);
		assert_in_range(len, 1, sizeof(changed));
		memcpy(changed, had, len);
		assert_int_equal(given_check(w->fold, w->jo, &w->outer, c), 0);
		changed[len - 1] ^= 1;
		assert_int_equal(content_set_bin(c, fields[i], changed, len), 0);
		assert_int_equal(given_check(w->fold, w->jo, &w->outer, c), ERR_HASH);
		content_free(c);
	}
	stored_wipe(&s);
}

static void wraps_are_not_given(void **state)
{
	struct world *w = *state;
	struct old o = usual(w);
	struct stored s;
	seal(w, &o, &s);
	struct content *c = regiven(w, &s);
	assert_int_equal(content_set_bin(c, CONTENT_GIVEN_RECORD, s.record.data, s.record.len), 0);
	assert_int_equal(given_check(w->fold, w->jo, &w->outer, c), ERR_SHAPE);
	content_free(c);
	stored_wipe(&s);
}

static void other_things_are_not_given(void **state)
{
	static const uint8_t elsewhere[32] = {1};
	struct world *w = *state;
	struct old o = usual(w);
	o.clinic = elsewhere;
	assert_int_equal(judge(w, &o), ERR_AUTHOR);
	o = usual(w);
	o.class = RECORD_CONTROL;
	o.kind = CONTENT_PROFILE;
	assert_int_equal(judge(w, &o), ERR_CLASS);
	o = usual(w);
	o.kind = CONTENT_PROFILE;
	assert_int_equal(judge(w, &o), ERR_SCHEMA);
}

static void giver_must_have_been_able_to_read_it(void **state)
{
	struct world *w = *state;
	struct old o = usual(w);
	struct stored s;
	seal(w, &o, &s);
	struct content *c = regiven(w, &s);
	memcpy(w->outer_author, w->who.prescriber->genesis, PID);
	assert_int_equal(given_check(w->fold, w->jo, &w->outer, c), ERR_AUDIENCE);
	memcpy(w->outer_author, w->who.therapist->genesis, PID);
	w->outer.class = RECORD_CLINICAL;
	assert_int_equal(given_check(w->fold, w->jo, &w->outer, c), ERR_SCHEMA);
	w->outer.class = RECORD_SHARED;
	assert_int_equal(given_check(w->fold, w->jo, &w->outer, c), 0);
	/* to somebody who took nobody's place */
	assert_int_equal(given_check(w->fold, w->ana, &w->outer, c), ERR_AUTHOR);
	content_free(c);
	stored_wipe(&s);
}

static void what_can_be_given(void **state)
{
	struct world *w = *state;
	struct old o = usual(w);
	struct stored s;
	struct record r;
	seal(w, &o, &s);
	assert_int_equal(record_parse(s.row.record, s.row.record_len, &r), 0);
	assert_true(given_is_theirs(w->ana, &s.row, &r, w->who.client->genesis));
	assert_false(given_is_theirs(w->ana, &s.row, &r, w->now->genesis));
	s.row.has_salt = false;
	assert_false(given_is_theirs(w->ana, &s.row, &r, w->who.client->genesis));
	s.row.has_salt = true;
	s.row.state = LEDGER_WITHDRAWN;
	assert_false(given_is_theirs(w->ana, &s.row, &r, w->who.client->genesis));
	s.row.state = LEDGER_STORED;
	w->ana->n_epochs = 0;
	struct content_head head = {.kind = CONTENT_REGIVEN};
	struct content *c = content_new(&head);
	assert_int_equal(given_fill(w->ana, &w->ana_keys, &s.row, c), ERR_NOT_FOUND);
	w->ana->n_epochs = 1;
	assert_int_equal(given_fill(w->ana, &(struct epoch_keys){0}, &s.row, c), ERR_OPEN);
	content_free(c);
	stored_wipe(&s);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(ones_own_words_are_believed), CASE(what_the_giver_wrote_is_believed),     CASE(nobody_elses_words_are),
	    CASE(a_forged_record_is_refused),  CASE(only_what_was_signed_for_is_taken),    CASE(wraps_are_not_given),
	    CASE(other_things_are_not_given),  CASE(giver_must_have_been_able_to_read_it), CASE(what_can_be_given),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
