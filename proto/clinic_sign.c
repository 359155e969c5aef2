/* clinic_sign: makes links of a clinic chain. Knows how they are placed and signed; clinic_fold.c knows how they are
 * judged. */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "crypto.h"
#include "device.h"
#include "err.h"
#include "link.h"

#include "clinic_sign.h"

/* Writes the inner part and the link. `n` has everything but type and inner part. */
static int seal(const struct clinic_body *body, struct link_new *n, struct buf *out)
{
	uint8_t salt[LINK_SALT];
	struct buf inner;
	int err = crypto_random(salt, sizeof salt);

	buf_init(&inner, LINK_INNER_MAX);
	if (!err)
		err = clinic_body_put(body, salt, &inner);
	n->type = (uint8_t)(body->type | (body->confined ? CLINIC_CONFINED : 0));
	n->inner = inner.data;
	n->inner_len = inner.len;
	if (!err)
		err = link_sign(n, out);
	buf_wipe(&inner);
	return err;
}

static int did_of(const struct device_secret *device, uint8_t did[DEVICE_ID])
{
	struct device_public pub;
	int err = device_public_of(device, &pub);

	return err ? err : device_id(&pub, did);
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, CRYPTO_HASH);
}

/* Works out confinement and `about`, and sorts staff. */
static int complete(const struct clinic *c, struct clinic_body *b)
{
	const struct clinic_member *m = NULL;
	bool of_person =
	    b->type == CLINIC_ROLE || b->type == CLINIC_REMOVE || b->type == CLINIC_TEAM || b->type == CLINIC_SUCCESSION;

	if (b->type == CLINIC_GENESIS || b->type == CLINIC_JOIN || b->n_list > CLINIC_TEAM_MAX)
		return ERR_ARG;
	if (of_person) {
		m = clinic_member(c, b->genesis);
		if (m == NULL)
			return ERR_NOT_FOUND;
	}
	b->confined = b->type == CLINIC_TEAM || (b->type == CLINIC_INVITE && b->role == ROLE_CLIENT) ||
	              ((b->type == CLINIC_REMOVE || b->type == CLINIC_SUCCESSION) && m->role == ROLE_CLIENT);
	b->has_about = b->confined && m != NULL;
	b->about = 0;
	if (b->type == CLINIC_INVITE || b->type == CLINIC_TEAM)
		qsort(b->list, b->n_list, sizeof b->list[0], compare);
	return b->has_about ? clinic_about(c, b->genesis, &b->about) : 0;
}

int clinic_sign(const struct clinic *c, const struct device_secret *device, uint64_t time_ms,
                const struct clinic_body *body, struct buf *out)
{
	struct clinic_body b = *body;
	struct clinic_head head;
	uint8_t did[DEVICE_ID];
	int err;

	if (!clinic_head(c, &head))
		return ERR_ARG;
	err = complete(c, &b);
	if (!err)
		err = did_of(device, did);
	if (err)
		return err;
	return seal(&b,
	            &(struct link_new){.chain = clinic_id(c),
	                               .prev = head.hash,
	                               .seq = head.seq + 1,
	                               .time_ms = time_ms,
	                               .signer = did,
	                               .seed = device->sign},
	            out);
}

int clinic_sign_genesis(const struct clinic_sign_genesis *o, struct buf *out)
{
	struct clinic_body b = {.type = CLINIC_GENESIS};
	uint8_t did[DEVICE_ID];
	int err = did_of(o->device, did);

	if (err)
		return err;
	memcpy(b.genesis, o->admin, sizeof b.genesis);
	memcpy(b.key, o->founding, sizeof b.key);
	return seal(&b, &(struct link_new){.time_ms = o->time_ms, .signer = did, .seed = o->device->sign}, out);
}

int clinic_sign_join(const struct clinic_sign_join *o, struct buf *out)
{
	struct clinic_body b = {.type = CLINIC_JOIN, .invite_seq = o->invite_seq};
	uint8_t key[CRYPTO_KEY];
	int err = crypto_sign_public(o->invite_seed, key);

	if (err)
		return err;
	memcpy(b.genesis, o->genesis, sizeof b.genesis);
	if (o->role == ROLE_CLIENT) {
		b.confined = b.has_about = true;
		b.about = o->invite_seq;
	}
	return seal(&b,
	            &(struct link_new){.chain = o->clinic,
	                               .prev = o->head.hash,
	                               .seq = o->head.seq + 1,
	                               .time_ms = o->time_ms,
	                               .signer = key,
	                               .seed = o->invite_seed},
	            out);
}
