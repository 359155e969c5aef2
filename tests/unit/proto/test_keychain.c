/* test_keychain: what a person's first link must be, one change at a time, each signed by the right keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/label.h"
#include "proto/link.h"
#include "proto/mp.h"
#include "tests/unit/support/people.h"

/* --- a forger: makes a first link out of parts, any of which may be wrong --- */

struct forge {
	const struct person *p, *other;
	struct device_public device, recovery;
	const uint8_t *link_seed, *signer;
	const uint8_t *proof_seed[4];
	const char *proof_label[4];
	uint8_t epoch_public[CRYPTO_KEY], invite[CRYPTO_KEY], boxes_root[CRYPTO_HASH];
	uint8_t boxes[3 * EPOCH_BOX];
	size_t n_boxes, salt_len;
	uint64_t suite, epoch, seq;
	uint8_t type;
	bool own_root;              /* boxes_root is computed over whatever boxes there are */
	bool more_core, more_inner; /* one element too many */
};

static void forge_begin(struct forge *f, const struct person *p, const struct person *other)
{
	struct epoch_ref epoch = {.number = 1};

	*f = (struct forge){
	    .p = p,
	    .other = other,
	    .device = p->pub,
	    .recovery = p->recovery_pub,
	    .link_seed = p->device.sign,
	    .signer = p->did,
	    .proof_seed = {p->device.tls, p->recovery.sign, p->recovery.tls, p->invite.seed},
	    .proof_label = {LABEL_POP_TLS, LABEL_POP_RECOVERY_SIGN, LABEL_POP_RECOVERY_TLS, LABEL_INVITE_GENESIS},
	    .n_boxes = 2,
	    .salt_len = LINK_SALT,
	    .suite = 1,
	    .epoch = 1,
	    .type = 1,
	    .own_root = true};
	memcpy(f->epoch_public, p->epoch.seal_public, CRYPTO_KEY);
	memcpy(epoch.seal_public, p->epoch.seal_public, CRYPTO_KEY);
	memcpy(f->invite, p->invite.public, CRYPTO_KEY);
	assert_int_equal(epoch_box_seal(&epoch, &p->pub, p->seed, f->boxes), 0);
	assert_int_equal(epoch_box_seal(&epoch, &p->recovery_pub, p->seed, f->boxes + EPOCH_BOX), 0);
	assert_int_equal(epoch_box_seal(&epoch, &other->pub, p->seed, f->boxes + 2 * EPOCH_BOX), 0);
}

static void put_keys(const struct device_public *d, struct buf *b)
{
	mp_put_array(b, 3);
	mp_put_bin(b, d->tls, CRYPTO_KEY);
	mp_put_bin(b, d->sign, CRYPTO_KEY);
	mp_put_bin(b, d->seal, CRYPTO_KEY);
}

static void put_core(struct forge *f, struct buf *b)
{
	if (f->own_root)
		assert_int_equal(epoch_boxes_root(f->boxes, f->n_boxes, f->boxes_root), 0);
	mp_put_array(b, f->more_core ? 6 : 5);
	mp_put_u64(b, f->suite);
	put_keys(&f->device, b);
	put_keys(&f->recovery, b);
	mp_put_array(b, 3);
	mp_put_u64(b, f->epoch);
	mp_put_bin(b, f->epoch_public, CRYPTO_KEY);
	mp_put_bin(b, f->boxes_root, CRYPTO_HASH);
	mp_put_bin(b, f->invite, CRYPTO_KEY);
	if (f->more_core)
		mp_put_nil(b);
}

static void put_inner(struct forge *f, struct buf *b)
{
	uint8_t salt[LINK_SALT + 1] = {0}, sig[CRYPTO_SIG];
	struct crypto_bytes part;
	struct buf core;

	buf_init(&core, 0);
	put_core(f, &core);
	part = (struct crypto_bytes){core.data, core.len};
	mp_put_array(b, f->more_inner ? 4 : 3);
	mp_put_bin(b, salt, f->salt_len);
	mp_put_bin(b, core.data, core.len);
	mp_put_array(b, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(crypto_sign(f->proof_seed[i], f->proof_label[i], &part, 1, sig), 0);
		mp_put_bin(b, sig, sizeof sig);
	}
	if (f->more_inner)
		mp_put_nil(b);
	assert_int_equal(buf_err(b), 0);
	buf_wipe(&core);
}

static void forge_link(struct forge *f, struct buf *out)
{
	static const uint8_t any[CRYPTO_HASH] = {1};
	struct buf inner, boxes;

	buf_init(&inner, 0);
	buf_init(&boxes, 0);
	put_inner(f, &inner);
	assert_int_equal(epoch_boxes_put(f->boxes, f->n_boxes, &boxes), 0);
	assert_int_equal(link_sign(&(struct link_new){.chain = f->seq ? any : NULL,
	                                              .prev = f->seq ? any : NULL,
	                                              .seq = f->seq,
	                                              .type = f->type,
	                                              .signer = f->signer,
	                                              .seed = f->link_seed,
	                                              .inner = inner.data,
	                                              .inner_len = inner.len,
	                                              .boxes = boxes.data,
	                                              .boxes_len = boxes.len},
	                           out),
	                 0);
	buf_wipe(&inner);
	buf_wipe(&boxes);
}

static void nothing(struct forge *f)
{
	(void)f;
}
static void pop_tls_by_other(struct forge *f)
{
	f->proof_seed[0] = f->other->device.tls;
}
static void pop_recovery_sign_by_other(struct forge *f)
{
	f->proof_seed[1] = f->other->recovery.sign;
}
static void pop_recovery_tls_by_other(struct forge *f)
{
	f->proof_seed[2] = f->other->recovery.tls;
}
static void invite_by_other(struct forge *f)
{
	f->proof_seed[3] = f->other->invite.seed;
}
static void pop_with_other_label(struct forge *f)
{
	f->proof_label[0] = LABEL_POP_RECOVERY_TLS;
}
static void proofs_in_other_order(struct forge *f)
{
	f->proof_seed[1] = f->p->recovery.tls;
	f->proof_seed[2] = f->p->recovery.sign;
}
static void link_by_tls_key(struct forge *f)
{
	f->link_seed = f->p->device.tls;
}
static void link_by_recovery(struct forge *f)
{
	f->link_seed = f->p->recovery.sign;
}
static void link_by_other(struct forge *f)
{
	f->link_seed = f->other->device.sign;
}
static void signer_is_recovery(struct forge *f)
{
	f->signer = f->p->recovery_did;
	f->link_seed = f->p->recovery.sign;
}
static void signer_is_other(struct forge *f)
{
	f->signer = f->other->did;
}
static void recovery_is_device(struct forge *f)
{
	f->recovery = f->device;
	f->proof_seed[1] = f->p->device.sign;
	f->proof_seed[2] = f->p->device.tls;
}
static void recovery_shares_seal(struct forge *f)
{
	memcpy(f->recovery.seal, f->device.seal, CRYPTO_KEY);
}
static void tls_is_sign(struct forge *f)
{
	memcpy(f->device.tls, f->device.sign, CRYPTO_KEY);
	f->proof_seed[0] = f->p->device.sign;
}
static void small_sign(struct forge *f)
{
	memset(f->device.sign, 0, CRYPTO_KEY);
}
static void small_seal(struct forge *f)
{
	memset(f->recovery.seal, 0, CRYPTO_KEY);
}
static void small_epoch(struct forge *f)
{
	memset(f->epoch_public, 0, CRYPTO_KEY);
}
static void small_invite(struct forge *f)
{
	memset(f->invite, 0, CRYPTO_KEY);
}
static void suite_2(struct forge *f)
{
	f->suite = 2;
}
static void epoch_2(struct forge *f)
{
	f->epoch = 2;
}
static void epoch_0(struct forge *f)
{
	f->epoch = 0;
}
static void root_of_others(struct forge *f)
{
	f->own_root = false;
	memset(f->boxes_root, 1, CRYPTO_HASH);
}
static void boxes_swapped(struct forge *f)
{
	uint8_t box[EPOCH_BOX];

	memcpy(box, f->boxes, EPOCH_BOX);
	memcpy(f->boxes, f->boxes + EPOCH_BOX, EPOCH_BOX);
	memcpy(f->boxes + EPOCH_BOX, box, EPOCH_BOX);
}
static void box_for_other(struct forge *f)
{
	memcpy(f->boxes + EPOCH_BOX, f->boxes + 2 * EPOCH_BOX, EPOCH_BOX);
}
static void one_box(struct forge *f)
{
	f->n_boxes = 1;
}
static void three_boxes(struct forge *f)
{
	f->n_boxes = 3;
}
static void type_2(struct forge *f)
{
	f->type = 2;
}
static void type_16(struct forge *f)
{
	f->type = 16;
}
static void seq_1(struct forge *f)
{
	f->seq = 1;
}
static void short_salt(struct forge *f)
{
	f->salt_len--;
}
static void long_salt(struct forge *f)
{
	f->salt_len++;
}
static void more_core(struct forge *f)
{
	f->more_core = true;
}
static void more_inner(struct forge *f)
{
	f->more_inner = true;
}

/* `replay`: what keychain_replay says, where it differs. */
static const struct {
	const char *name;
	void (*change)(struct forge *f);
	int err;
	bool replays;
} rows[] = {
    {"nothing", nothing, 0, true},
    {"pop_tls_by_other", pop_tls_by_other, ERR_SIGNATURE, true},
    {"pop_recovery_sign_by_other", pop_recovery_sign_by_other, ERR_SIGNATURE, true},
    {"pop_recovery_tls_by_other", pop_recovery_tls_by_other, ERR_SIGNATURE, true},
    {"invite_by_other", invite_by_other, ERR_SIGNATURE, true},
    {"pop_with_other_label", pop_with_other_label, ERR_SIGNATURE, true},
    {"proofs_in_other_order", proofs_in_other_order, ERR_SIGNATURE, true},
    {"link_by_tls_key", link_by_tls_key, ERR_SIGNATURE, true},
    {"link_by_recovery", link_by_recovery, ERR_SIGNATURE, true},
    {"link_by_other", link_by_other, ERR_SIGNATURE, true},
    {"signer_is_recovery", signer_is_recovery, ERR_LINK, false},
    {"signer_is_other", signer_is_other, ERR_LINK, false},
    {"recovery_is_device", recovery_is_device, ERR_KEY, false},
    {"recovery_shares_seal", recovery_shares_seal, ERR_KEY, false},
    {"tls_is_sign", tls_is_sign, ERR_KEY, false},
    {"small_sign", small_sign, ERR_KEY, false},
    {"small_seal", small_seal, ERR_KEY, false},
    {"small_epoch", small_epoch, ERR_KEY, false},
    {"small_invite", small_invite, ERR_KEY, false},
    {"suite_2", suite_2, ERR_SUITE, false},
    {"epoch_2", epoch_2, ERR_SHAPE, false},
    {"epoch_0", epoch_0, ERR_SHAPE, false},
    {"root_of_others", root_of_others, ERR_HASH, false},
    {"boxes_swapped", boxes_swapped, ERR_LINK, false},
    {"box_for_other", box_for_other, ERR_LINK, false},
    {"one_box", one_box, ERR_LINK, false},
    {"three_boxes", three_boxes, ERR_LINK, false},
    {"type_2", type_2, ERR_LINK, false},
    {"type_16", type_16, ERR_LINK, false},
    {"seq_1", seq_1, ERR_LINK, false},
    {"short_salt", short_salt, ERR_SHAPE, false},
    {"long_salt", long_salt, ERR_SHAPE, false},
    {"more_core", more_core, ERR_SHAPE, false},
    {"more_inner", more_inner, ERR_SHAPE, false},
};

static void every_rule_of_a_first_link(void **state)
{
	struct invite_keys a, b;
	struct person *p, *other;
	struct keychain *k;
	struct people pp;
	struct forge f;
	struct buf out;

	(void)state;
	people_begin(&pp, 1);
	people_code(&pp, &a);
	people_code(&pp, &b);
	p = people_new(&pp, &a);
	other = people_new(&pp, &b);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int err;

		forge_begin(&f, p, other);
		rows[i].change(&f);
		buf_init(&out, 0);
		forge_link(&f, &out);
		err = keychain_new(out.data, out.len, &k);
		if (err != rows[i].err)
			fail_msg("%s: %s", rows[i].name, err_name(err));
		assert_int_equal(k == NULL, err != 0);
		keychain_free(k);
		err = keychain_replay(out.data, out.len, &k);
		if (err != (rows[i].replays ? 0 : rows[i].err))
			fail_msg("replay, %s: %s", rows[i].name, err_name(err));
		keychain_free(k);
		buf_wipe(&out);
	}
	people_end(&pp);
}

static int set_up(void **state)
{
	(void)state;
	return crypto_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_rule_of_a_first_link),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
