/* test_clinic_place: where a link stands: its chain, its seq, the link before it, the story it continues, and what
 * becomes of one that comes without its inner part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/clinic.h"
#include "proto/clinic_sign.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/link.h"
#include "tests/unit/support/people.h"

static struct people pp;
static struct people_cast who;

/* Links 0 genesis, 1 pin, 2 policy, 3 invite, 4 join, 5 invite, 6 join, 7 invite of the client, 8 their join. */
enum { CLIENT_INVITE = 7, CLIENT_JOIN = 8, LINKS = 9 };

static int begin(void **state)
{
	(void)state;
	people_begin(&pp, 4);
	people_cast(&pp, &who);
	assert_int_equal(pp.n_links, LINKS);
	return 0;
}

static int end(void **state)
{
	(void)state;
	people_end(&pp);
	return 0;
}

/* A clinic that holds the first `n` links. */
static struct clinic *up_to(uint64_t n)
{
	struct clinic *c;
	struct link l;

	assert_int_equal(clinic_new(&(struct clinic_lookup){people_lookup, &pp}, &c), 0);
	for (uint64_t seq = 0; seq < n; seq++) {
		people_link(&pp, seq, &l);
		assert_int_equal(clinic_apply(c, &l), 0);
	}
	return c;
}

static void every_link_has_one_place(void **state)
{
	struct link l;

	(void)state;
	for (uint64_t n = 0; n <= LINKS; n++) {
		struct clinic *c = up_to(n);

		for (uint64_t seq = 0; seq < LINKS; seq++) {
			people_link(&pp, seq, &l);
			assert_int_equal(clinic_is_next(c, &l), seq == n);
			if (seq != n)
				assert_int_equal(clinic_apply(c, &l), ERR_LINK);
		}
		clinic_free(c);
	}
}

/* The right words of the right person for another place: signed again with another chain, seq or link before it. */
static void place_is_signed(void **state)
{
	struct clinic *c = up_to(LINKS - 1);
	struct link_new n;
	struct link last;
	uint8_t prev[CRYPTO_HASH];

	(void)state;
	people_link(&pp, LINKS - 1, &last);
	for (int row = 0; row < 5; row++) {
		struct link l;
		struct buf b;

		n = (struct link_new){.chain = clinic_id(c),
		                      .prev = last.prev,
		                      .seq = last.seq,
		                      .time_ms = last.time_ms,
		                      .type = last.type,
		                      .signer = last.signer,
		                      .seed = who.client->invite.seed,
		                      .inner = last.inner,
		                      .inner_len = last.inner_len};
		memcpy(prev, last.prev, sizeof prev);
		if (row == 0)
			n.chain = who.client->genesis;
		if (row == 1)
			n.seq++;
		if (row == 2)
			n.seq--;
		if (row == 3)
			prev[31] ^= 1;
		n.prev = prev;
		buf_init(&b, 0);
		assert_int_equal(link_sign(&n, &b), 0);
		assert_int_equal(link_parse(b.data, b.len, &l), 0);
		assert_int_equal(clinic_apply(c, &l), row < 4 ? ERR_LINK : 0);
		buf_wipe(&b);
	}
	clinic_free(c);
}

static void links_of_another_clinic_are_refused(void **state)
{
	struct people other;
	struct people_cast cast;
	struct clinic *c = up_to(1);
	struct link l;

	(void)state;
	people_begin(&other, 5);
	people_cast(&other, &cast);
	people_link(&other, 1, &l);
	assert_int_equal(clinic_apply(c, &l), ERR_LINK);
	people_link(&pp, 1, &l);
	assert_int_equal(clinic_apply(c, &l), 0);
	clinic_free(c);
	people_end(&other);
}

static void hashes_are_kept_by_seq(void **state)
{
	struct clinic_head head;
	struct link l;

	(void)state;
	for (uint64_t seq = 0; seq < LINKS; seq++) {
		people_link(&pp, seq, &l);
		assert_memory_equal(clinic_hash_at(pp.clinic, seq), l.hash, CRYPTO_HASH);
	}
	assert_null(clinic_hash_at(pp.clinic, LINKS));
	assert_null(clinic_hash_at(pp.clinic, UINT64_MAX));
	assert_true(clinic_head(pp.clinic, &head));
	assert_int_equal(head.seq, LINKS - 1);
	assert_memory_equal(head.hash, l.hash, CRYPTO_HASH);
}

/* --- stories --- */

static int team(uint64_t about)
{
	struct clinic_body b = {.type = CLINIC_TEAM, .confined = true, .has_about = true, .about = about, .n_list = 1};
	struct buf out;
	int err;

	memcpy(b.genesis, who.client->genesis, KEYCHAIN_GENESIS);
	memcpy(b.list[0], who.therapist->genesis, KEYCHAIN_GENESIS);
	buf_init(&out, 0);
	people_sign_exactly(&pp, who.admin, &b, &out);
	err = people_apply(&pp, out.data, out.len);
	buf_wipe(&out);
	return err;
}

static void about_is_the_last_link_about_the_client(void **state)
{
	struct person *other;
	uint64_t seq;

	(void)state;
	other = people_join(&pp, &(struct people_invite){who.admin, ROLE_CLIENT, &who.therapist, 1});
	for (uint64_t about = 0; about < pp.n_links + 2; about++)
		if (about != CLIENT_JOIN)
			assert_int_equal(team(about), ERR_LINK);
	assert_int_equal(team(UINT64_MAX), ERR_LINK);
	assert_int_equal(clinic_about(pp.clinic, who.client->genesis, &seq), 0);
	assert_int_equal(seq, CLIENT_JOIN);
	assert_int_equal(team(CLIENT_JOIN), 0);
	assert_int_equal(clinic_about(pp.clinic, who.client->genesis, &seq), 0);
	assert_int_equal(seq, pp.n_links - 1);
	assert_int_equal(team(CLIENT_JOIN), ERR_LINK); /* no longer the last */
	assert_int_equal(team(seq), 0);
	assert_int_equal(clinic_about(pp.clinic, other->genesis, &seq), 0);
	assert_int_equal(seq, LINKS + 1);
	assert_int_equal(clinic_about(pp.clinic, who.therapist->genesis, &seq), ERR_NOT_FOUND);
	assert_int_equal(clinic_about(pp.clinic, pp.log_pub, &seq), ERR_NOT_FOUND);
}

/* A team link that tells the story of one client and names another. */
static void story_and_client_must_agree(void **state)
{
	struct person *other = people_join(&pp, &(struct people_invite){who.admin, ROLE_CLIENT, &who.therapist, 1});
	struct clinic_body b = {.type = CLINIC_REMOVE, .confined = true, .has_about = true, .about = CLIENT_JOIN};
	struct buf out;

	(void)state;
	memcpy(b.genesis, other->genesis, KEYCHAIN_GENESIS);
	buf_init(&out, 0);
	people_sign_exactly(&pp, who.admin, &b, &out);
	assert_int_equal(people_apply(&pp, out.data, out.len), ERR_LINK);
	buf_reset(&out);
	memcpy(b.genesis, who.client->genesis, KEYCHAIN_GENESIS);
	people_sign_exactly(&pp, who.admin, &b, &out);
	assert_int_equal(people_apply(&pp, out.data, out.len), 0);
	buf_wipe(&out);
}

/* --- inner parts withheld --- */

static int apply_without(struct clinic *c, uint64_t seq)
{
	struct link l;

	people_link(&pp, seq, &l);
	l.inner = NULL;
	l.inner_len = 0;
	return clinic_apply(c, &l);
}

static void only_confined_links_may_lack_their_inner_part(void **state)
{
	(void)state;
	for (uint64_t seq = 0; seq < LINKS; seq++) {
		struct clinic *c = up_to(seq);

		assert_int_equal(apply_without(c, seq), seq < CLIENT_INVITE ? ERR_LINK : 0);
		clinic_free(c);
	}
}

static void withheld_links_move_the_head_and_no_more(void **state)
{
	struct clinic *c = up_to(CLIENT_INVITE);
	struct clinic_head head;

	(void)state;
	assert_int_equal(apply_without(c, CLIENT_INVITE), 0);
	assert_int_equal(clinic_invites(c), 2);
	assert_int_equal(apply_without(c, CLIENT_JOIN), 0);
	assert_int_equal(clinic_members(c), 3);
	assert_true(clinic_head(c, &head));
	assert_int_equal(head.seq, LINKS - 1);
	assert_memory_equal(head.hash, clinic_hash_at(pp.clinic, LINKS - 1), CRYPTO_HASH);
	clinic_free(c);
}

/* A withheld link of each type, by each signer: the signature and the right are still checked. A join's key is not
 * known. */
static void withheld_links_are_still_signed(void **state)
{
	static const struct {
		uint8_t type;
		int by_admin, by_therapist, by_prescriber, by_client, by_nobody;
	} rows[] = {
	    {145, 0, 0, ERR_ROLE, ERR_ROLE, ERR_ROLE},
	    {146, 0, 0, 0, 0, 0},
	    {148, 0, ERR_ROLE, ERR_ROLE, ERR_ROLE, ERR_ROLE},
	    {149, 0, 0, ERR_ROLE, ERR_ROLE, ERR_ROLE},
	    {144, ERR_LINK, ERR_LINK, ERR_LINK, ERR_LINK, ERR_LINK},
	    {147, ERR_LINK, ERR_LINK, ERR_LINK, ERR_LINK, ERR_LINK},
	    {150, ERR_LINK, ERR_LINK, ERR_LINK, ERR_LINK, ERR_LINK},
	    {151, ERR_LINK, ERR_LINK, ERR_LINK, ERR_LINK, ERR_LINK},
	    {21, ERR_LINK, ERR_LINK, ERR_LINK, ERR_LINK, ERR_LINK},
	};
	static const uint8_t inner[] = {0x90};
	const struct person *by[] = {who.admin, who.therapist, who.prescriber, who.client, NULL};
	struct person stranger = *who.admin;

	(void)state;
	memset(stranger.did, 1, DEVICE_ID);
	by[4] = &stranger;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const int expect[] = {rows[i].by_admin, rows[i].by_therapist, rows[i].by_prescriber, rows[i].by_client,
		                      rows[i].by_nobody};

		for (size_t j = 0; j < 5; j++)
			for (int forged = 0; forged < 2; forged++) {
				struct clinic *c = up_to(LINKS);
				struct link l;
				struct buf b;
				int err, want = expect[j];

				if (forged && want == 0 && rows[i].type != 146)
					want = ERR_SIGNATURE;
				else if (forged && want == ERR_ROLE && j < 4)
					want = ERR_SIGNATURE;
				buf_init(&b, 0);
				assert_int_equal(link_sign(&(struct link_new){.chain = clinic_id(c),
				                                              .prev = clinic_hash_at(c, LINKS - 1),
				                                              .seq = LINKS,
				                                              .type = rows[i].type,
				                                              .signer = by[j]->did,
				                                              .seed = forged ? by[j]->device.tls : by[j]->device.sign,
				                                              .inner = inner,
				                                              .inner_len = sizeof inner},
				                           &b),
				                 0);
				assert_int_equal(link_parse(b.data, b.len, &l), 0);
				l.inner = NULL;
				err = clinic_apply(c, &l);
				if (err != want)
					fail_msg("type %u by %zu, forged %d: %s", rows[i].type, j, forged, err_name(err));
				buf_wipe(&b);
				clinic_free(c);
			}
	}
}

static void clinic_links_have_no_boxes(void **state)
{
	static const uint8_t boxes[] = {0x90};
	struct clinic *c = up_to(LINKS - 1);
	struct link l;

	(void)state;
	people_link(&pp, LINKS - 1, &l);
	l.boxes = boxes;
	l.boxes_len = sizeof boxes;
	assert_int_equal(clinic_apply(c, &l), ERR_LINK);
	l.inner = NULL;
	assert_int_equal(clinic_apply(c, &l), ERR_LINK);
	clinic_free(c);
}

/* --- replay, fold, and people who are not known yet --- */

static void replay_leaves_out_signatures_alone(void **state)
{
	struct clinic *c = up_to(LINKS - 1);
	uint8_t sig[CRYPTO_SIG] = {0};
	struct link l, other;

	(void)state;
	people_link(&pp, LINKS - 1, &l);
	other = l;
	other.signature = sig;
	assert_int_equal(clinic_apply(c, &other), ERR_SIGNATURE);
	other.seq++;
	assert_int_equal(clinic_replay(c, &other), ERR_LINK);
	other.seq--;
	assert_int_equal(clinic_replay(c, &other), 0);
	assert_int_equal(clinic_members(c), 4);
	clinic_free(c);
}

struct tape {
	uint64_t at, end;
	int err;
};

static int next(void *arg, struct link *link)
{
	struct tape *t = arg;

	if (t->at == t->end)
		return t->err;
	people_link(&pp, t->at++, link);
	return 1;
}

static void fold_takes_all_or_says_why(void **state)
{
	struct tape whole = {0, LINKS, 0}, broken = {0, 5, ERR_IO}, late = {1, LINKS, 0};
	struct clinic *c = up_to(0);

	(void)state;
	assert_int_equal(clinic_fold(c, next, &whole), 0);
	assert_int_equal(clinic_members(c), 4);
	clinic_free(c);
	c = up_to(0);
	assert_int_equal(clinic_fold(c, next, &broken), ERR_IO);
	assert_int_equal(clinic_members(c), 2);
	clinic_free(c);
	c = up_to(0);
	assert_int_equal(clinic_fold(c, next, &late), ERR_LINK);
	assert_int_equal(late.at, 2);
	clinic_free(c);
}

struct partial {
	const struct people *all;
	const struct person *unknown;
	uint8_t asked[KEYCHAIN_GENESIS];
};

static const struct keychain *find_but_one(void *arg, const uint8_t genesis[KEYCHAIN_GENESIS])
{
	struct partial *p = arg;

	memcpy(p->asked, genesis, KEYCHAIN_GENESIS);
	if (p->unknown != NULL && memcmp(genesis, p->unknown->genesis, KEYCHAIN_GENESIS) == 0)
		return NULL;
	return people_lookup(&pp, genesis);
}

/* For every person: the fold stops where their key chain is first needed, says so, and goes on once it is there. */
static void unknown_people_are_asked_for(void **state)
{
	const struct person *people[] = {who.admin, who.therapist, who.prescriber, who.client};
	static const uint64_t needed_at[] = {0, 4, 6, 8};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct partial p = {.unknown = people[i]};
		struct clinic *c;
		struct link l;

		assert_int_equal(clinic_new(&(struct clinic_lookup){find_but_one, &p}, &c), 0);
		for (uint64_t seq = 0; seq < LINKS; seq++) {
			people_link(&pp, seq, &l);
			if (seq == needed_at[i]) {
				assert_int_equal(clinic_apply(c, &l), ERR_NOT_FOUND);
				assert_memory_equal(p.asked, people[i]->genesis, KEYCHAIN_GENESIS);
				p.unknown = NULL;
			}
			assert_int_equal(clinic_apply(c, &l), 0);
		}
		clinic_free(c);
	}
}

static int set_up(void **state)
{
	(void)state;
	return crypto_init();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(every_link_has_one_place),
	    TEST(place_is_signed),
	    TEST(links_of_another_clinic_are_refused),
	    TEST(hashes_are_kept_by_seq),
	    TEST(about_is_the_last_link_about_the_client),
	    TEST(story_and_client_must_agree),
	    TEST(only_confined_links_may_lack_their_inner_part),
	    TEST(withheld_links_move_the_head_and_no_more),
	    TEST(withheld_links_are_still_signed),
	    TEST(clinic_links_have_no_boxes),
	    TEST(replay_leaves_out_signatures_alone),
	    TEST(fold_takes_all_or_says_why),
	    TEST(unknown_people_are_asked_for),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
