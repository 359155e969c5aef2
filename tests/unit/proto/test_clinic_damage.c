/* test_clinic_damage: every type of clinic link, whole and without its inner part, damaged in every single bit, cut and
 * grown: none is accepted in its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/link.h"
#include "tests/unit/support/mutate.h"
#include "tests/unit/support/people.h"

static struct people pp;
static struct people_cast who;

/* A chain that holds each type, confined and not: 16..20, 22, 23, 145, 146, 148, 149. */
static int begin(void **state)
{
	(void)state;
	people_begin(&pp, 9);
	people_cast(&pp, &who);
	people_role(&pp, who.admin, who.prescriber, ROLE_MEDICAL);
	people_set_team(&pp, who.therapist, who.client, &who.therapist, 1);
	people_remove(&pp, who.admin, who.client);
	people_remove(&pp, who.admin, who.prescriber);
	return 0;
}

static int end(void **state)
{
	(void)state;
	people_end(&pp);
	return 0;
}

/* A clinic that holds the links before `seq`. */
static struct clinic *before(uint64_t seq)
{
	struct clinic *c;
	struct link l;

	assert_int_equal(clinic_new(&(struct clinic_lookup){people_lookup, &pp}, &c), 0);
	for (uint64_t i = 0; i < seq; i++) {
		people_link(&pp, i, &l);
		assert_int_equal(clinic_apply(c, &l), 0);
	}
	return c;
}

static int apply(struct clinic *c, const uint8_t *bytes, size_t len)
{
	struct link l;
	int err = link_parse(bytes, len, &l);

	return err ? err : clinic_apply(c, &l);
}

static void damage(uint64_t seq, const uint8_t *bytes, size_t len)
{
	struct clinic *c = before(seq);
	struct mutate m;

	for (mutate_begin(&m, MUTATE_BITS | MUTATE_CUT_END | MUTATE_CUT_START | MUTATE_GROW, bytes, len); mutate_next(&m);)
		if (apply(c, m.data, m.len) == 0)
			fail_msg("link %u accepted: %s", (unsigned)seq, mutate_what(&m));
	assert_true(m.count > 8 * len);
	assert_int_equal(apply(c, bytes, len), 0);
	clinic_free(c);
}

static void damaged_links_are_refused(void **state)
{
	bool seen[256] = {false};
	struct link l;

	(void)state;
	for (uint64_t seq = 0; seq < pp.n_links; seq++) {
		people_link(&pp, seq, &l);
		if (seen[l.type])
			continue;
		seen[l.type] = true;
		damage(seq, pp.links[seq].data, pp.links[seq].len);
	}
	for (int type = 16; type <= 23; type++)
		assert_int_equal(seen[type], type != 21);
	assert_true(seen[145] && seen[146] && seen[148] && seen[149]);
}

/* Without the inner part the signature still covers all there is; but of a join, whose key is in the part withheld. */
static void damaged_links_without_inner_are_refused(void **state)
{
	struct link l;
	struct buf b;
	size_t tried = 0;

	(void)state;
	for (uint64_t seq = 0; seq < pp.n_links; seq++) {
		people_link(&pp, seq, &l);
		if (!clinic_body_is_confined(l.type) || l.type == (CLINIC_JOIN | CLINIC_CONFINED))
			continue;
		buf_init(&b, 0);
		assert_int_equal(link_put(&l, LINK_WITHOUT_INNER, &b), 0);
		damage(seq, b.data, b.len);
		buf_wipe(&b);
		tried++;
	}
	assert_int_equal(tried, 3);
}

/* A withheld join that is not the chain's own is found out by the link after it. */
static void forged_withheld_join_leads_nowhere(void **state)
{
	struct clinic *c;
	struct link join, forged, next;
	struct buf b;
	uint64_t seq;

	(void)state;
	for (seq = 0; seq < pp.n_links; seq++) {
		people_link(&pp, seq, &join);
		if (join.type == (CLINIC_JOIN | CLINIC_CONFINED))
			break;
	}
	buf_init(&b, 0);
	assert_int_equal(link_sign(&(struct link_new){.chain = join.chain,
	                                              .prev = join.prev,
	                                              .seq = join.seq,
	                                              .type = join.type,
	                                              .signer = who.prescriber->did,
	                                              .seed = who.prescriber->device.sign,
	                                              .inner = join.inner,
	                                              .inner_len = join.inner_len},
	                           &b),
	                 0);
	assert_int_equal(link_parse(b.data, b.len, &forged), 0);
	people_link(&pp, seq + 1, &next);
	c = before(seq);
	assert_int_equal(clinic_apply(c, &forged), ERR_ROLE); /* with the inner part it is refused at once */
	forged.inner = join.inner = NULL;
	assert_int_equal(clinic_apply(c, &forged), 0);
	assert_int_equal(clinic_members(c), 3);
	assert_int_equal(clinic_apply(c, &next), ERR_LINK);
	clinic_free(c);
	c = before(seq);
	assert_int_equal(clinic_apply(c, &join), 0);
	assert_int_equal(clinic_apply(c, &next), 0);
	clinic_free(c);
	buf_wipe(&b);
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
	    TEST(damaged_links_are_refused),
	    TEST(damaged_links_without_inner_are_refused),
	    TEST(forged_withheld_join_leads_nowhere),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
