/* worked_chain: see worked_chain.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "proto/crypto.h"
#include "proto/keychain_body.h"
#include "proto/keychain_sign.h"
#include "proto/link.h"

#include "worked_chain.h"
#include "worked_clinic.h"

#define OK(call) assert_int_equal(call, 0)

struct chain {
	struct worked_clinic *x;
	struct device_secret phone, paper;
	struct device_public phone_pub, paper_pub;
	uint8_t seeds[4][EPOCH_SEED]; /* by number */
};

static void put_id(struct chain *c, const struct device_public *pub, const char *name)
{
	uint8_t did[DEVICE_ID];

	OK(device_id(pub, did));
	example_text_hex(&c->x->text, name, did, sizeof did);
}

static void put_epoch(struct chain *c, uint32_t number)
{
	struct epoch_keys keys;

	OK(crypto_random(c->seeds[number], EPOCH_SEED));
	OK(epoch_derive(c->seeds[number], &keys));
	example_text_hex(&c->x->text, "epoch_seed", c->seeds[number], EPOCH_SEED);
	example_text_hex(&c->x->text, "epoch_seal_private", keys.seal_private, CRYPTO_KEY);
	example_text_hex(&c->x->text, "epoch_seal_public", keys.seal_public, CRYPTO_KEY);
	example_text_hex(&c->x->text, "epoch_self_key", keys.self, CRYPTO_KEY);
	example_text_hex(&c->x->text, "epoch_previous_key", keys.prev, CRYPTO_KEY);
}

/* Applies the link and writes what is in it. */
static void put_link(struct chain *c, struct buf *bytes)
{
	struct keychain *k = c->x->jo.chain;
	struct keychain_body body;
	struct link link;
	uint8_t seed[EPOCH_SEED];

	OK(link_parse(bytes->data, bytes->len, &link));
	OK(keychain_apply(k, &link));
	OK(keychain_body_parse(&link, &body));
	example_text_number(&c->x->text, "seq", link.seq);
	example_text_number(&c->x->text, "type", link.type);
	if (body.core != NULL)
		example_text_hex(&c->x->text, "core", body.core, body.core_len);
	example_text_hex(&c->x->text, "boxes_root", body.boxes_root, sizeof body.boxes_root);
	if (body.has_epoch) {
		example_text_number(&c->x->text, "epoch", body.epoch.ref.number);
		example_text_hex(&c->x->text, "prev", body.epoch.prev, sizeof body.epoch.prev);
		OK(keychain_open_prev(k, &link, c->seeds[body.epoch.ref.number], seed));
		assert_memory_equal(seed, c->seeds[body.epoch.ref.number - 1], EPOCH_SEED);
	}
	OK(keychain_open_seed(k, &link, &c->phone, seed));
	assert_memory_equal(seed, c->seeds[keychain_epoch(k)->number], EPOCH_SEED);
	worked_clinic_put_link(c->x, bytes);
	buf_wipe(bytes);
}

static void add_phone(struct chain *c)
{
	const struct keychain_sign by = {c->x->jo.chain, &c->x->jo.device, WORKED_NOW + 400000};
	uint8_t pops[KEYCHAIN_SIGN_POPS][CRYPTO_SIG];
	struct buf core, link;

	buf_init(&core, 0);
	buf_init(&link, 0);
	example_text_say(&c->x->text, "\n# Jo's key chain goes on: with a phone, which the first device lets in.");
	example_text_about(&c->x->text, "jo.add");
	OK(device_generate(&c->phone));
	OK(device_public_of(&c->phone, &c->phone_pub));
	worked_clinic_put_device(c->x, "device", &c->phone, &c->phone_pub);
	put_id(c, &c->phone_pub, "did");
	OK(keychain_prove_device(&c->phone, c->x->jo.genesis, &core, pops));
	OK(keychain_sign_add(&by, &(struct crypto_bytes){core.data, core.len}, pops, c->seeds[1], &link));
	put_link(c, &link);
	buf_wipe(&core);
}

static void revoke_first(struct chain *c)
{
	const struct keychain_sign by = {c->x->jo.chain, &c->phone, WORKED_NOW + 500000};
	struct clinic_head head;
	struct buf link;

	buf_init(&link, 0);
	assert_true(clinic_head(c->x->clinic, &head));
	example_text_say(&c->x->text, "\n# The first device is lost; the phone puts it out and begins epoch 2.");
	example_text_about(&c->x->text, "jo.revoke");
	put_epoch(c, 2);
	OK(keychain_sign_revoke(
	    &by, &(struct keychain_sign_out){(const uint8_t(*)[DEVICE_ID])c->x->jo.did, 1, head.seq, head.hash},
	    &(struct keychain_sign_seeds){c->seeds[1], c->seeds[2]}, &link));
	put_link(c, &link);
}

static void new_paper(struct chain *c)
{
	const struct keychain_sign by = {c->x->jo.chain, &c->phone, WORKED_NOW + 600000};
	char typed[CODE_TEXT];
	struct code code;
	struct buf link;

	buf_init(&link, 0);
	example_text_say(&c->x->text, "\n# A new recovery code, and epoch 3.");
	example_text_about(&c->x->text, "jo.recovery");
	OK(code_new(CODE_RECOVERY, &code));
	OK(code_format(&code, typed));
	example_text_word(&c->x->text, "recovery_code", typed);
	OK(device_from_recovery(code.symbols, CODE_SYMBOLS, &c->paper));
	OK(device_public_of(&c->paper, &c->paper_pub));
	worked_clinic_put_device(c->x, "recovery", &c->paper, &c->paper_pub);
	put_id(c, &c->paper_pub, "recovery_did");
	put_epoch(c, 3);
	OK(keychain_sign_recovery(&by, &c->paper, &(struct keychain_sign_seeds){c->seeds[2], c->seeds[3]}, &link));
	put_link(c, &link);
}

void worked_chain_put(struct worked_clinic *x)
{
	struct chain c = {.x = x};

	memcpy(c.seeds[1], x->jo.seed, EPOCH_SEED);
	add_phone(&c);
	revoke_first(&c);
	new_paper(&c);
}
