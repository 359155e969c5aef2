/* keychain_sign: writes the later links of a key chain. Knows how they are put together; keychain_rules.c knows how
 * they are judged, and is asked before one is handed out. */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "err.h"
#include "label.h"
#include "link.h"
#include "mp.h"

#include "keychain_body.h"
#include "keychain_rules.h"
#include "keychain_sign.h"

/* --- what a device says of itself --- */

static int put_core(const struct device_public *pub, const uint8_t genesis[KEYCHAIN_GENESIS], struct buf *core)
{
	mp_put_array(core, 3);
	mp_put_u64(core, KEYCHAIN_BODY_SUITE);
	mp_put_bin(core, genesis, KEYCHAIN_GENESIS);
	keychain_body_put_keys(pub, core);
	return buf_err(core);
}

/* One proof: by which key, under which label. */
struct proof {
	const uint8_t *seed;
	const char *label;
};

static int prove(const struct device_secret *device, const uint8_t genesis[KEYCHAIN_GENESIS],
                 const struct proof proofs[KEYCHAIN_SIGN_POPS], struct buf *core,
                 uint8_t pops[KEYCHAIN_SIGN_POPS][CRYPTO_SIG])
{
	size_t begin = core->len;
	struct device_public pub;
	struct crypto_bytes said;
	int err = device_public_of(device, &pub);

	if (!err)
		err = device_check(&pub);
	if (!err)
		err = put_core(&pub, genesis, core);
	if (err)
		return err;
	said = (struct crypto_bytes){core->data + begin, core->len - begin};
	for (size_t i = 0; !err && i < KEYCHAIN_SIGN_POPS; i++)
		err = crypto_sign(proofs[i].seed, proofs[i].label, &said, 1, pops[i]);
	return err;
}

int keychain_prove_device(const struct device_secret *device, const uint8_t genesis[KEYCHAIN_GENESIS], struct buf *core,
                          uint8_t pops[KEYCHAIN_SIGN_POPS][CRYPTO_SIG])
{
	const struct proof proofs[] = {{device->tls, LABEL_POP_TLS}, {device->sign, LABEL_POP_SIGN}};

	return prove(device, genesis, proofs, core, pops);
}

int keychain_read_device(const struct crypto_bytes *core, const uint8_t pops[KEYCHAIN_SIGN_POPS][CRYPTO_SIG],
                         uint8_t genesis[KEYCHAIN_GENESIS], struct device_public *pub)
{
	struct keychain_body b = {.type = KEYCHAIN_DEVICE_ADD, .core = core->data, .core_len = core->len};
	int err = keychain_body_read_core(&b);

	memcpy(b.pops, pops, sizeof b.pops);
	if (!err)
		err = keychain_body_verify(&b);
	memset(pub, 0, sizeof *pub);
	memset(genesis, 0, KEYCHAIN_GENESIS);
	if (err)
		return err;
	*pub = b.pub;
	memcpy(genesis, b.genesis, KEYCHAIN_GENESIS);
	return 0;
}

/* --- a link --- */

/* Seals `seed` to everybody who gets a box, and writes the root into the body. */
static int put_boxes(const struct keychain *k, struct keychain_body *b, const uint8_t seed[EPOCH_SEED], struct buf *out)
{
	const struct epoch_ref *epoch = b->has_epoch ? &b->epoch.ref : keychain_epoch(k);
	const struct device_public *to[KEYCHAIN_RULES_BOXES];
	uint8_t boxes[KEYCHAIN_RULES_BOXES * EPOCH_BOX];
	size_t n = keychain_rules_boxes(k, b, to);
	int err = 0;

	for (size_t i = 0; !err && i < n; i++)
		err = epoch_box_seal(epoch, to[i], seed, boxes + i * EPOCH_BOX);
	if (!err)
		err = epoch_boxes_root(boxes, n, b->boxes_root);
	return err ? err : epoch_boxes_put(boxes, n, out);
}

static int sign(const struct keychain_sign *by, const struct keychain_body *b, const struct buf *boxes, struct buf *out)
{
	struct device_public pub;
	uint8_t did[DEVICE_ID];
	struct buf inner;
	int err = device_public_of(by->device, &pub);

	buf_init(&inner, LINK_INNER_MAX);
	if (!err)
		err = device_id(&pub, did);
	if (!err)
		err = keychain_body_put(b, &inner);
	if (!err)
		err = link_sign(&(struct link_new){.chain = keychain_genesis(by->chain),
		                                   .prev = keychain_head_hash(by->chain),
		                                   .seq = keychain_links(by->chain),
		                                   .time_ms = by->time_ms,
		                                   .type = b->type,
		                                   .signer = did,
		                                   .seed = by->device->sign,
		                                   .inner = inner.data,
		                                   .inner_len = inner.len,
		                                   .boxes = boxes->data,
		                                   .boxes_len = boxes->len},
		                out);
	buf_wipe(&inner);
	return err;
}

static int judge(const struct keychain *k, const struct buf *bytes)
{
	struct keychain_body b;
	struct link link;
	int err = link_parse(bytes->data, bytes->len, &link);

	return err ? err : keychain_rules_check(k, &link, true, &b);
}

/* Boxes with `seed`, the link, and the judgement over it. */
static int finish(const struct keychain_sign *by, struct keychain_body *b, const uint8_t seed[EPOCH_SEED],
                  struct buf *out)
{
	struct buf boxes, link;
	int err;

	buf_init(&boxes, LINK_BOXES_MAX);
	buf_init(&link, LINK_MAX);
	err = put_boxes(by->chain, b, seed, &boxes);
	if (!err)
		err = sign(by, b, &boxes, &link);
	if (!err)
		err = judge(by->chain, &link);
	if (!err)
		err = buf_put(out, link.data, link.len);
	buf_wipe(&boxes);
	buf_wipe(&link);
	return err;
}

static int check_now(const struct keychain *k, const uint8_t now[EPOCH_SEED])
{
	uint8_t public[CRYPTO_KEY];
	int err = epoch_public(now, public);

	if (err)
		return err;
	return crypto_equal(public, keychain_epoch(k)->seal_public, CRYPTO_KEY) ? 0 : ERR_OPEN;
}

/* Fills the epoch part but for the root of the boxes. */
static int begin_epoch(const struct keychain *k, const struct keychain_sign_seeds *seeds, struct keychain_body *b)
{
	uint32_t before = keychain_epoch(k)->number;
	int err = check_now(k, seeds->now);

	b->has_epoch = true;
	b->epoch.ref.number = before + 1;
	if (!err)
		err = epoch_public(seeds->next, b->epoch.ref.seal_public);
	if (!err)
		err = epoch_prev_seal(seeds->next, keychain_genesis(k), before, seeds->now, b->epoch.prev);
	return err;
}

/* --- the four --- */

int keychain_sign_add(const struct keychain_sign *by, const struct crypto_bytes *core,
                      const uint8_t pops[KEYCHAIN_SIGN_POPS][CRYPTO_SIG], const uint8_t now[EPOCH_SEED],
                      struct buf *out)
{
	struct keychain_body b = {.type = KEYCHAIN_DEVICE_ADD, .core = core->data, .core_len = core->len};
	int err = check_now(by->chain, now);

	memcpy(b.pops, pops, sizeof b.pops);
	if (!err)
		err = keychain_body_read_core(&b);
	return err ? err : finish(by, &b, now, out);
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, DEVICE_ID);
}

int keychain_sign_revoke(const struct keychain_sign *by, const struct keychain_sign_out *what,
                         const struct keychain_sign_seeds *seeds, struct buf *out)
{
	struct keychain_body b = {.type = KEYCHAIN_DEVICE_REVOKE, .n_dids = what->n, .clinic_seq = what->clinic_seq};
	int err;

	if (what->n < 1 || what->n > KEYCHAIN_DEVICES_MAX || what->clinic_seq > MP_NUMBER_MAX)
		return ERR_LINK;
	memcpy(b.dids, what->dids, what->n * DEVICE_ID);
	qsort(b.dids, b.n_dids, DEVICE_ID, compare);
	memcpy(b.clinic_head, what->clinic_head, CRYPTO_HASH);
	err = begin_epoch(by->chain, seeds, &b);
	return err ? err : finish(by, &b, seeds->next, out);
}

int keychain_sign_rotate(const struct keychain_sign *by, const struct keychain_sign_seeds *seeds, struct buf *out)
{
	struct keychain_body b = {.type = KEYCHAIN_EPOCH_ROTATE};
	int err = begin_epoch(by->chain, seeds, &b);

	return err ? err : finish(by, &b, seeds->next, out);
}

int keychain_sign_recovery(const struct keychain_sign *by, const struct device_secret *paper,
                           const struct keychain_sign_seeds *seeds, struct buf *out)
{
	const struct proof proofs[] = {{paper->sign, LABEL_POP_RECOVERY_SIGN}, {paper->tls, LABEL_POP_RECOVERY_TLS}};
	struct keychain_body b = {.type = KEYCHAIN_RECOVERY_ROTATE};
	struct buf core;
	int err;

	buf_init(&core, KEYCHAIN_SIGN_CORE_MAX);
	err = prove(paper, keychain_genesis(by->chain), proofs, &core, b.pops);
	b.core = core.data;
	b.core_len = core.len;
	if (!err)
		err = keychain_body_read_core(&b);
	if (!err)
		err = begin_epoch(by->chain, seeds, &b);
	if (!err)
		err = finish(by, &b, seeds->next, out);
	buf_wipe(&core);
	return err;
}
