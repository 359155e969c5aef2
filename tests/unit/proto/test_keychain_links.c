/* test_keychain_links: what a later link of a key chain must be, one change at a time, each signed by the right keys.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/keychain_body.h"
#include "proto/label.h"
#include "proto/mp.h"
#include "tests/unit/support/phones.h"

#define BOXES_MAX 20

/* The chain: first, add phone, add gone, revoke gone. Its head is at 3, epoch 2. */
static struct people pp;
static struct phones *f, *other;
static struct phone *phone, *gone, fresh, spare;

/* --- a forger: makes a link out of parts, any of which may be wrong --- */

struct forge {
	struct keychain_body body;
	struct buf core;
	struct device_public pub; /* of the core */
	uint64_t suite;
	uint8_t genesis[KEYCHAIN_GENESIS];
	const uint8_t *pop_seed[2];
	const char *pop_label[2];
	const uint8_t *seed, *next; /* what prev seals, and with what */
	uint8_t prev_genesis[KEYCHAIN_GENESIS];
	uint32_t before;            /* the number that prev is bound to */
	struct phone to[BOXES_MAX]; /* who gets a box */
	size_t n_to;
	const uint8_t *boxed; /* the seed inside */
	const struct phone *by;
	const uint8_t *link_seed;
	uint64_t seq;
	uint8_t chain[CRYPTO_HASH], prev[CRYPTO_HASH];
	uint8_t type;
	bool own_root, no_boxes, more_inner, short_prev, no_inner;
};

static uint8_t next_seed[EPOCH_SEED];

static void forge_begin(struct forge *g, uint8_t type)
{
	*g = (struct forge){.type = type, .own_root = true, .suite = 1, .by = phone, .before = 2};
	buf_init(&g->core, 0);
	g->body.type = type;
	g->body.has_epoch = type != KEYCHAIN_DEVICE_ADD;
	g->pub = fresh.pub;
	memcpy(g->genesis, f->p->genesis, KEYCHAIN_GENESIS);
	memcpy(g->prev_genesis, f->p->genesis, KEYCHAIN_GENESIS);
	g->pop_seed[0] = type == KEYCHAIN_DEVICE_ADD ? fresh.secret.tls : fresh.secret.sign;
	g->pop_seed[1] = type == KEYCHAIN_DEVICE_ADD ? fresh.secret.sign : fresh.secret.tls;
	g->pop_label[0] = type == KEYCHAIN_DEVICE_ADD ? LABEL_POP_TLS : LABEL_POP_RECOVERY_SIGN;
	g->pop_label[1] = type == KEYCHAIN_DEVICE_ADD ? LABEL_POP_SIGN : LABEL_POP_RECOVERY_TLS;
	g->seed = f->seeds[2];
	g->next = next_seed;
	g->boxed = g->body.has_epoch ? next_seed : f->seeds[2];
	g->body.n_dids = 1;
	memcpy(g->body.dids[0], f->all[0].did, DEVICE_ID);
	g->body.clinic_seq = 4;
	g->body.epoch.ref.number = 3;
	g->link_seed = phone->secret.sign;
	g->seq = 4;
	memcpy(g->chain, f->p->genesis, CRYPTO_HASH);
	memcpy(g->prev, keychain_head_hash(f->p->chain), CRYPTO_HASH);
	assert_int_equal(epoch_public(next_seed, g->body.epoch.ref.seal_public), 0);
	if (type == KEYCHAIN_DEVICE_ADD) {
		g->to[g->n_to++] = fresh;
		return;
	}
	if (type != KEYCHAIN_DEVICE_REVOKE)
		g->to[g->n_to++] = f->all[0];
	g->to[g->n_to++] = *phone;
	g->to[g->n_to++] = type == KEYCHAIN_RECOVERY_ROTATE ? fresh : f->paper;
}

static void make_core(struct forge *g)
{
	struct crypto_bytes said;

	mp_put_array(&g->core, 3);
	mp_put_u64(&g->core, g->suite);
	mp_put_bin(&g->core, g->genesis, KEYCHAIN_GENESIS);
	keychain_body_put_keys(&g->pub, &g->core);
	said = (struct crypto_bytes){g->core.data, g->core.len};
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(crypto_sign(g->pop_seed[i], g->pop_label[i], &said, 1, g->body.pops[i]), 0);
	g->body.core = g->core.data;
	g->body.core_len = g->core.len;
}

static void make_boxes(struct forge *g, struct buf *boxes)
{
	uint8_t all[BOXES_MAX * EPOCH_BOX];
	const struct epoch_ref *epoch = g->body.has_epoch ? &g->body.epoch.ref : keychain_epoch(f->p->chain);

	for (size_t i = 0; i < g->n_to; i++)
		assert_int_equal(epoch_box_seal(epoch, &g->to[i].pub, g->boxed, all + i * EPOCH_BOX), 0);
	if (g->own_root)
		assert_int_equal(epoch_boxes_root(all, g->n_to, g->body.boxes_root), 0);
	assert_int_equal(epoch_boxes_put(all, g->n_to, boxes), 0);
}

/* The inner part as keychain_body writes it, and perhaps one element more. */
static void make_inner(const struct forge *g, struct buf *inner)
{
	assert_int_equal(keychain_body_put(&g->body, inner), 0);
	if (g->more_inner) {
		inner->data[0]++;
		mp_put_nil(inner);
	}
	if (g->short_prev) {
		/* the last element of the epoch part is prev: one byte less */
		inner->data[inner->len - EPOCH_PREV - 1]--;
		buf_truncate(inner, inner->len - 1);
	}
}

static void forge_link(struct forge *g, struct buf *out)
{
	struct buf inner, boxes;

	buf_init(&inner, 0);
	buf_init(&boxes, 0);
	if (g->type == KEYCHAIN_DEVICE_ADD || g->type == KEYCHAIN_RECOVERY_ROTATE)
		make_core(g);
	make_boxes(g, &boxes);
	assert_int_equal(epoch_prev_seal(g->next, g->prev_genesis, g->before, g->seed, g->body.epoch.prev), 0);
	make_inner(g, &inner);
	assert_int_equal(link_sign(&(struct link_new){.chain = g->chain,
	                                              .prev = g->prev,
	                                              .seq = g->seq,
	                                              .type = g->type,
	                                              .signer = g->by->did,
	                                              .seed = g->link_seed,
	                                              .inner = inner.data,
	                                              .inner_len = inner.len,
	                                              .boxes = g->no_boxes ? NULL : boxes.data,
	                                              .boxes_len = g->no_boxes ? 0 : boxes.len},
	                           out),
	                 0);
	buf_wipe(&inner);
	buf_wipe(&boxes);
	buf_wipe(&g->core);
}

/* --- the changes --- */

#define CHANGE(name, ...)                                                                                              \
	static void name(struct forge *g)                                                                                  \
	{                                                                                                                  \
		__VA_ARGS__                                                                                                    \
	}

CHANGE(nothing, (void)g;)
CHANGE(no_boxes, g->no_boxes = true;)
/* signers */
CHANGE(by_paper, g->by = &f->paper; g->link_seed = f->paper.secret.sign;)
CHANGE(by_gone, g->by = gone; g->link_seed = gone->secret.sign;)
CHANGE(by_stranger, g->by = &spare; g->link_seed = spare.secret.sign;)
CHANGE(by_newcomer, g->by = &fresh; g->link_seed = fresh.secret.sign;)
CHANGE(by_other_person, g->by = &other->all[0]; g->link_seed = other->all[0].secret.sign;)
CHANGE(signed_by_another_key, g->link_seed = phone->secret.tls;)
CHANGE(signed_by_another_device, g->link_seed = f->all[0].secret.sign;)
/* place */
CHANGE(too_late, g->seq++;)
CHANGE(too_early, g->seq--;)
CHANGE(after_another, g->prev[0] ^= 1;)
CHANGE(in_another_chain, memcpy(g->chain, other->p->genesis, CRYPTO_HASH);)
CHANGE(type_6, g->type = 6; g->body.type = KEYCHAIN_EPOCH_ROTATE;)
CHANGE(type_1, g->type = 1; g->body.type = KEYCHAIN_EPOCH_ROTATE;)
CHANGE(another_type, g->type = KEYCHAIN_DEVICE_REVOKE; g->body.type = KEYCHAIN_EPOCH_ROTATE;)
/* core */
CHANGE(suite_2, g->suite = 2;)
CHANGE(core_of_another, memcpy(g->genesis, other->p->genesis, KEYCHAIN_GENESIS);)
CHANGE(pop_0_by_other, g->pop_seed[0] = spare.secret.tls;)
CHANGE(pop_1_by_other, g->pop_seed[1] = spare.secret.sign;)
CHANGE(pops_swapped, const uint8_t *s = g->pop_seed[0]; g->pop_seed[0] = g->pop_seed[1]; g->pop_seed[1] = s;)
CHANGE(pop_0_labelled_tls, g->pop_label[0] = LABEL_POP_RECOVERY_TLS;)
CHANGE(pop_1_labelled_sign, g->pop_label[1] = LABEL_POP_RECOVERY_SIGN;)
CHANGE(pop_labelled_link, g->pop_label[0] = LABEL_LINK;)
CHANGE(pops_of_a_paper, g->pop_label[0] = LABEL_POP_RECOVERY_TLS; g->pop_label[1] = LABEL_POP_RECOVERY_SIGN;)
CHANGE(pops_of_a_device, g->pop_label[0] = LABEL_POP_SIGN; g->pop_label[1] = LABEL_POP_TLS;)
CHANGE(small_tls, memset(g->pub.tls, 0, CRYPTO_KEY);)
CHANGE(small_seal, memset(g->pub.seal, 0, CRYPTO_KEY);)
CHANGE(tls_is_sign, memcpy(g->pub.tls, g->pub.sign, CRYPTO_KEY);)
CHANGE(tls_of_first, memcpy(g->pub.tls, f->all[0].pub.tls, CRYPTO_KEY);)
CHANGE(sign_of_gone, memcpy(g->pub.sign, gone->pub.sign, CRYPTO_KEY);)
CHANGE(sign_as_gones_tls, memcpy(g->pub.sign, gone->pub.tls, CRYPTO_KEY);)
CHANGE(seal_of_paper, memcpy(g->pub.seal, f->paper.pub.seal, CRYPTO_KEY);)
CHANGE(seal_of_epoch_1, memcpy(g->pub.seal, keychain_epoch_number(f->p->chain, 1)->seal_public, CRYPTO_KEY);)
CHANGE(seal_of_this_epoch, memcpy(g->pub.seal, g->body.epoch.ref.seal_public, CRYPTO_KEY);)
CHANGE(sign_of_invite, memcpy(g->pub.sign, f->p->invite.public, CRYPTO_KEY);)
/* lists */
CHANGE(out_oneself, memcpy(g->body.dids[0], phone->did, DEVICE_ID);)
CHANGE(out_gone, memcpy(g->body.dids[0], gone->did, DEVICE_ID);)
CHANGE(out_paper, memcpy(g->body.dids[0], f->paper.did, DEVICE_ID);)
CHANGE(out_stranger, memcpy(g->body.dids[0], spare.did, DEVICE_ID);)
CHANGE(out_nobody, g->body.n_dids = 0;)
CHANGE(out_twice, memcpy(g->body.dids[1], g->body.dids[0], DEVICE_ID); g->body.n_dids = 2;)
CHANGE(out_descending, memset(g->body.dids[1], 0, DEVICE_ID); g->body.n_dids = 2;)
CHANGE(head_too_far, g->body.clinic_seq = MP_NUMBER_MAX + 1;)
CHANGE(head_far, g->body.clinic_seq = MP_NUMBER_MAX;)
/* epochs */
CHANGE(epoch_same, g->body.epoch.ref.number = 2;)
CHANGE(epoch_skipped, g->body.epoch.ref.number = 4;)
CHANGE(epoch_1, g->body.epoch.ref.number = 1;)
CHANGE(epoch_257, g->body.epoch.ref.number = 257;)
CHANGE(epoch_key_small, memset(g->body.epoch.ref.seal_public, 0, CRYPTO_KEY);)
CHANGE(epoch_key_again, g->body.epoch.ref = *keychain_epoch_number(f->p->chain, 1); g->body.epoch.ref.number = 3;)
CHANGE(epoch_key_of_device, memcpy(g->body.epoch.ref.seal_public, phone->pub.seal, CRYPTO_KEY);)
CHANGE(short_prev, g->short_prev = true;)
CHANGE(more_inner, g->more_inner = true;)
/* boxes */
CHANGE(root_of_others, g->own_root = false; g->body.boxes_root[0] = 1;)
CHANGE(box_omitted, g->n_to--;)
CHANGE(box_added, g->to[g->n_to++] = spare;)
CHANGE(box_for_gone, g->to[g->n_to - 1] = *gone;)
CHANGE(box_twice, g->to[g->n_to - 1] = g->to[0]; g->n_to = g->n_to == 1 ? 2 : g->n_to; g->to[1] = g->to[0];)
CHANGE(boxes_swapped, struct phone d = g->to[0]; g->to[0] = g->to[g->n_to - 1]; g->to[g->n_to - 1] = d;)
CHANGE(box_for_out, g->to[2] = g->to[1]; g->to[1] = g->to[0]; g->to[0] = f->all[0]; g->n_to = 3;)
CHANGE(box_for_old_paper, g->to[g->n_to - 1] = f->paper;)

#define ADD (1u << KEYCHAIN_DEVICE_ADD)
#define OUT (1u << KEYCHAIN_DEVICE_REVOKE)
#define ROTATE (1u << KEYCHAIN_EPOCH_ROTATE)
#define PAPER (1u << KEYCHAIN_RECOVERY_ROTATE)
#define EPOCH (OUT | ROTATE | PAPER)
#define ALL (ADD | EPOCH)

/* What replay says is the same, but for signatures, at which it does not look. */
static const struct {
	const char *name;
	void (*change)(struct forge *g);
	unsigned types;
	int err;
} rows[] = {
    {"nothing", nothing, ALL, 0},
    {"no_boxes", no_boxes, ALL, 0},
    {"by_paper", by_paper, ADD, 0},
    {"by_paper", by_paper, EPOCH, ERR_LINK},
    {"by_gone", by_gone, ALL, ERR_LINK},
    {"by_stranger", by_stranger, ALL, ERR_LINK},
    {"by_newcomer", by_newcomer, ADD | PAPER, ERR_LINK},
    {"by_other_person", by_other_person, ALL, ERR_LINK},
    {"signed_by_another_key", signed_by_another_key, ALL, ERR_SIGNATURE},
    {"signed_by_another_device", signed_by_another_device, ALL, ERR_SIGNATURE},
    {"too_late", too_late, ALL, ERR_LINK},
    {"too_early", too_early, ALL, ERR_LINK},
    {"after_another", after_another, ALL, ERR_LINK},
    {"in_another_chain", in_another_chain, ALL, ERR_LINK},
    {"type_6", type_6, ROTATE, ERR_LINK},
    {"type_1", type_1, ROTATE, ERR_LINK},
    {"another_type", another_type, ROTATE, ERR_SHAPE},
    {"suite_2", suite_2, ADD | PAPER, ERR_SUITE},
    {"core_of_another", core_of_another, ADD | PAPER, ERR_LINK},
    {"pop_0_by_other", pop_0_by_other, ADD | PAPER, ERR_SIGNATURE},
    {"pop_1_by_other", pop_1_by_other, ADD | PAPER, ERR_SIGNATURE},
    {"pops_swapped", pops_swapped, ADD | PAPER, ERR_SIGNATURE},
    {"pop_0_labelled_tls", pop_0_labelled_tls, ADD | PAPER, ERR_SIGNATURE},
    {"pop_1_labelled_sign", pop_1_labelled_sign, ADD | PAPER, ERR_SIGNATURE},
    {"pop_labelled_link", pop_labelled_link, ADD | PAPER, ERR_SIGNATURE},
    {"pops_of_a_paper", pops_of_a_paper, ADD, ERR_SIGNATURE},
    {"pops_of_a_device", pops_of_a_device, PAPER, ERR_SIGNATURE},
    {"small_tls", small_tls, ADD | PAPER, ERR_KEY},
    {"tls_is_sign", tls_is_sign, ADD | PAPER, ERR_KEY},
    {"tls_of_first", tls_of_first, ADD | PAPER, ERR_KEY},
    {"sign_of_gone", sign_of_gone, ADD | PAPER, ERR_KEY},
    {"sign_as_gones_tls", sign_as_gones_tls, ADD | PAPER, ERR_KEY},
    {"small_seal", small_seal, ADD | PAPER, ERR_KEY},
    {"seal_of_paper", seal_of_paper, ADD | PAPER, ERR_KEY},
    {"seal_of_epoch_1", seal_of_epoch_1, ADD | PAPER, ERR_KEY},
    {"seal_of_this_epoch", seal_of_this_epoch, PAPER, ERR_KEY},
    {"sign_of_invite", sign_of_invite, ADD | PAPER, ERR_KEY},
    {"out_oneself", out_oneself, OUT, ERR_LINK},
    {"out_gone", out_gone, OUT, ERR_LINK},
    {"out_paper", out_paper, OUT, ERR_LINK},
    {"out_stranger", out_stranger, OUT, ERR_LINK},
    {"out_nobody", out_nobody, OUT, ERR_SHAPE},
    {"out_twice", out_twice, OUT, ERR_LINK},
    {"out_descending", out_descending, OUT, ERR_LINK},
    {"head_far", head_far, OUT, 0},
    {"head_too_far", head_too_far, OUT, ERR_SHAPE},
    {"epoch_same", epoch_same, EPOCH, ERR_LINK},
    {"epoch_skipped", epoch_skipped, EPOCH, ERR_LINK},
    {"epoch_1", epoch_1, EPOCH, ERR_SHAPE},
    {"epoch_257", epoch_257, EPOCH, ERR_SHAPE},
    {"epoch_key_small", epoch_key_small, EPOCH, ERR_KEY},
    {"epoch_key_again", epoch_key_again, EPOCH, ERR_KEY},
    {"epoch_key_of_device", epoch_key_of_device, EPOCH, ERR_KEY},
    {"short_prev", short_prev, EPOCH, ERR_SHAPE},
    {"more_inner", more_inner, ALL, ERR_SHAPE},
    {"root_of_others", root_of_others, ALL, ERR_HASH},
    {"box_omitted", box_omitted, ALL, ERR_LINK},
    {"box_added", box_added, ALL, ERR_LINK},
    {"box_for_gone", box_for_gone, ALL, ERR_LINK},
    {"box_twice", box_twice, ALL, ERR_LINK},
    {"boxes_swapped", boxes_swapped, EPOCH, ERR_LINK},
    {"box_for_out", box_for_out, OUT, ERR_LINK},
    {"box_for_old_paper", box_for_old_paper, PAPER, ERR_LINK},
};

static void check_row(size_t i, uint8_t type, bool verify)
{
	struct keychain *k = phones_chain(f, f->n_links);
	int err, want = !verify && rows[i].err == ERR_SIGNATURE ? 0 : rows[i].err;
	struct forge g;
	struct link link;
	struct buf b;

	buf_init(&b, 0);
	forge_begin(&g, type);
	rows[i].change(&g);
	forge_link(&g, &b);
	assert_int_equal(link_parse(b.data, b.len, &link), 0);
	err = verify ? keychain_apply(k, &link) : keychain_apply_replay(k, &link);
	if (err != want)
		fail_msg("%s, type %u%s: %s", rows[i].name, (unsigned)type, verify ? "" : ", replay", err_name(err));
	assert_int_equal(keychain_links(k), err ? 4 : 5);
	assert_int_equal(keychain_epoch(k)->number, err || type == KEYCHAIN_DEVICE_ADD ? 2 : 3);
	buf_wipe(&b);
	keychain_free(k);
}

static void every_rule_of_a_later_link(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (uint8_t type = KEYCHAIN_DEVICE_ADD; type <= KEYCHAIN_RECOVERY_ROTATE; type++)
			if (rows[i].types & 1u << type) {
				check_row(i, type, true);
				check_row(i, type, false);
			}
}

static void without_an_inner_part_it_says_nothing(void **state)
{
	struct forge g;
	struct link link;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	forge_begin(&g, KEYCHAIN_EPOCH_ROTATE);
	forge_link(&g, &b);
	assert_int_equal(link_parse(b.data, b.len, &link), 0);
	link.inner = NULL;
	assert_int_equal(keychain_apply(f->p->chain, &link), ERR_LINK);
	buf_wipe(&b);
}

/* Applies a forged link to a chain of its own. */
static struct keychain *with(struct forge *g, struct buf *b, struct link *link)
{
	struct keychain *k = phones_chain(f, f->n_links);

	buf_init(b, 0);
	forge_link(g, b);
	assert_int_equal(link_parse(b->data, b->len, link), 0);
	assert_int_equal(keychain_apply(k, link), 0);
	return k;
}

/* Nobody but who opens it sees what a box holds: that it is not what the chain says. */
static void a_seed_of_somebody_elses(void **state)
{
	static const uint8_t attackers[EPOCH_SEED] = {66};
	uint8_t seed[EPOCH_SEED];
	struct keychain *k;
	struct forge g;
	struct link link;
	struct buf b;

	(void)state;
	forge_begin(&g, KEYCHAIN_EPOCH_ROTATE);
	g.boxed = attackers;
	k = with(&g, &b, &link);
	assert_int_equal(keychain_open_seed(k, &link, &phone->secret, seed), ERR_OPEN);
	assert_int_equal(seed[0], 0);
	keychain_free(k);
	buf_wipe(&b);
	forge_begin(&g, KEYCHAIN_EPOCH_ROTATE);
	k = with(&g, &b, &link);
	assert_int_equal(keychain_open_seed(k, &link, &phone->secret, seed), 0);
	assert_memory_equal(seed, next_seed, EPOCH_SEED);
	keychain_free(k);
	buf_wipe(&b);
}

static void try_prev(void (*change)(struct forge *g), int want)
{
	uint8_t seed[EPOCH_SEED];
	struct keychain *k;
	struct forge g;
	struct link link;
	struct buf b;

	forge_begin(&g, KEYCHAIN_EPOCH_ROTATE);
	change(&g);
	k = with(&g, &b, &link);
	assert_int_equal(keychain_open_prev(k, &link, next_seed, seed), want);
	if (!want)
		assert_memory_equal(seed, f->seeds[2], EPOCH_SEED);
	keychain_free(k);
	buf_wipe(&b);
}

CHANGE(prev_of_another, memcpy(g->prev_genesis, other->p->genesis, KEYCHAIN_GENESIS);)
CHANGE(prev_of_epoch_1, g->before = 1;)
CHANGE(prev_holds_epoch_1, g->seed = f->seeds[1];)
CHANGE(prev_under_another_key, g->next = f->seeds[1];)

static void a_seed_before_of_another(void **state)
{
	(void)state;
	try_prev(nothing, 0);
	try_prev(prev_of_another, ERR_OPEN);
	try_prev(prev_of_epoch_1, ERR_OPEN);
	try_prev(prev_holds_epoch_1, ERR_OPEN);
	try_prev(prev_under_another_key, ERR_OPEN);
}

static int set_up(void **state)
{
	struct invite_keys a, b;

	(void)state;
	if (crypto_init())
		return -1;
	people_begin(&pp, 3);
	people_code(&pp, &a);
	people_code(&pp, &b);
	f = phones_new(&pp, people_new(&pp, &a));
	other = phones_new(&pp, people_new(&pp, &b));
	phone = phones_add(f, &f->all[0]);
	gone = phones_add(f, phone);
	phones_revoke(f, phone, gone);
	phones_draw(&pp, &fresh);
	phones_draw(&pp, &spare);
	people_draw(&pp, next_seed);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	phones_free(f);
	phones_free(other);
	people_end(&pp);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_rule_of_a_later_link),
	    cmocka_unit_test(without_an_inner_part_it_says_nothing),
	    cmocka_unit_test(a_seed_of_somebody_elses),
	    cmocka_unit_test(a_seed_before_of_another),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
