/* keychain_create: makes the first link of a new person. Knows how a genesis is written; keychain.c knows how it is
 * judged. */
#include <string.h>

#include "buf.h"
#include "crypto.h"
#include "err.h"
#include "label.h"
#include "link.h"
#include "mp.h"

#include "keychain.h"
#include "keychain_body.h"

#define CORE_MAX 1024
#define BOXES 2

/* The public side of what the options hold. */
struct person {
	struct device_public device, recovery;
	struct epoch_ref epoch;
	uint8_t invite[CRYPTO_KEY];
	uint8_t did[DEVICE_ID];
	uint8_t boxes[BOXES * EPOCH_BOX];
	uint8_t boxes_root[CRYPTO_HASH];
};

static int fill_keys(const struct keychain_opts *o, struct person *p)
{
	int err = device_public_of(o->device, &p->device);

	if (!err)
		err = device_public_of(o->recovery, &p->recovery);
	if (!err)
		err = device_check_pair(&p->device, &p->recovery);
	if (!err)
		err = device_id(&p->device, p->did);
	if (!err)
		err = crypto_sign_public(o->invite_seed, p->invite);
	return err;
}

static int fill(const struct keychain_opts *o, struct person *p)
{
	int err = fill_keys(o, p);

	p->epoch.number = 1;
	if (!err)
		err = epoch_public(o->seed, p->epoch.seal_public);
	if (!err)
		err = epoch_box_seal(&p->epoch, &p->device, o->seed, p->boxes);
	if (!err)
		err = epoch_box_seal(&p->epoch, &p->recovery, o->seed, p->boxes + EPOCH_BOX);
	if (!err)
		err = epoch_boxes_root(p->boxes, BOXES, p->boxes_root);
	return err;
}

static int put_core(const struct person *p, struct buf *core)
{
	mp_put_array(core, 5);
	mp_put_u64(core, KEYCHAIN_BODY_SUITE);
	keychain_body_put_keys(&p->device, core);
	keychain_body_put_keys(&p->recovery, core);
	mp_put_array(core, 3);
	mp_put_u64(core, p->epoch.number);
	mp_put_bin(core, p->epoch.seal_public, CRYPTO_KEY);
	mp_put_bin(core, p->boxes_root, CRYPTO_HASH);
	mp_put_bin(core, p->invite, CRYPTO_KEY);
	return buf_err(core);
}

static int put_inner(const struct keychain_opts *o, const struct buf *core, struct buf *inner)
{
	const struct {
		const uint8_t *seed;
		const char *label;
	} proofs[] = {
	    {o->device->tls, LABEL_POP_TLS},
	    {o->recovery->sign, LABEL_POP_RECOVERY_SIGN},
	    {o->recovery->tls, LABEL_POP_RECOVERY_TLS},
	    {o->invite_seed, LABEL_INVITE_GENESIS},
	};
	const struct crypto_bytes part = {core->data, core->len};
	uint8_t salt[LINK_SALT], sig[CRYPTO_SIG];
	int err = crypto_random(salt, sizeof salt);

	if (err)
		return err;
	mp_put_array(inner, 3);
	mp_put_bin(inner, salt, sizeof salt);
	mp_put_bin(inner, core->data, core->len);
	mp_put_array(inner, sizeof proofs / sizeof proofs[0]);
	for (size_t i = 0; i < sizeof proofs / sizeof proofs[0]; i++) {
		err = crypto_sign(proofs[i].seed, proofs[i].label, &part, 1, sig);
		if (err)
			return err;
		mp_put_bin(inner, sig, sizeof sig);
	}
	return buf_err(inner);
}

int keychain_create(const struct keychain_opts *opts, struct buf *out)
{
	struct buf core, inner, boxes;
	struct person p = {0};
	int err = fill(opts, &p);

	buf_init(&core, CORE_MAX);
	buf_init(&inner, LINK_INNER_MAX);
	buf_init(&boxes, LINK_BOXES_MAX);
	if (!err)
		err = put_core(&p, &core);
	if (!err)
		err = put_inner(opts, &core, &inner);
	if (!err)
		err = epoch_boxes_put(p.boxes, BOXES, &boxes);
	if (!err)
		err = link_sign(&(struct link_new){.time_ms = opts->time_ms,
		                                   .type = KEYCHAIN_FIRST,
		                                   .signer = p.did,
		                                   .seed = opts->device->sign,
		                                   .inner = inner.data,
		                                   .inner_len = inner.len,
		                                   .boxes = boxes.data,
		                                   .boxes_len = boxes.len},
		                out);
	buf_wipe(&core);
	buf_wipe(&inner);
	buf_wipe(&boxes);
	return err;
}
