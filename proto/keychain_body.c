/* keychain_body: the inner parts of links 2 to 5, one row a type. Knows no chain and no signer. */
#include <string.h>

#include "buf.h"
#include "err.h"
#include "label.h"
#include "link.h"
#include "mp.h"

#include "keychain_body.h"

struct row {
	uint8_t type;
	bool has_epoch;
	uint32_t fields; /* of the inner part, the salt and the epoch part among them */
	void (*get)(struct mp_cur *c, struct keychain_body *b);
	void (*put)(const struct keychain_body *b, struct buf *out);
	const char *pop_label[KEYCHAIN_BODY_POPS]; /* NULL: no core */
};

void keychain_body_get_keys(struct mp_cur *c, struct device_public *pub)
{
	struct mp_cur in = mp_enter(c, 3, 3);

	mp_fixed(&in, pub->tls, CRYPTO_KEY);
	mp_fixed(&in, pub->sign, CRYPTO_KEY);
	mp_fixed(&in, pub->seal, CRYPTO_KEY);
	mp_leave(c, &in);
}

void keychain_body_put_keys(const struct device_public *pub, struct buf *out)
{
	mp_put_array(out, 3);
	mp_put_bin(out, pub->tls, CRYPTO_KEY);
	mp_put_bin(out, pub->sign, CRYPTO_KEY);
	mp_put_bin(out, pub->seal, CRYPTO_KEY);
}

/* --- boxes --- */

/* A box begins with its encoded did: array head, bin head, length. */
static const uint8_t *box_did(const uint8_t *boxes, size_t i)
{
	return boxes + i * EPOCH_BOX + 3;
}

int keychain_body_check_boxes(const struct link *link, const uint8_t *const *dids, size_t n,
                              const uint8_t root[CRYPTO_HASH])
{
	uint8_t found[CRYPTO_HASH];
	const uint8_t *boxes;
	size_t there;
	int err;

	if (link->boxes == NULL)
		return 0;
	err = epoch_boxes_get(link->boxes, link->boxes_len, &boxes, &there);
	if (err)
		return err;
	if (there != n)
		return ERR_LINK;
	err = epoch_boxes_root(boxes, n, found);
	if (err)
		return err;
	if (memcmp(found, root, CRYPTO_HASH) != 0)
		return ERR_HASH;
	for (size_t i = 0; i < n; i++)
		if (memcmp(box_did(boxes, i), dids[i], DEVICE_ID) != 0)
			return ERR_LINK;
	return 0;
}

const uint8_t *keychain_body_find_box(const struct link *link, const uint8_t did[DEVICE_ID])
{
	const uint8_t *boxes;
	size_t n;

	if (link->boxes == NULL || epoch_boxes_get(link->boxes, link->boxes_len, &boxes, &n))
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (memcmp(box_did(boxes, i), did, DEVICE_ID) == 0)
			return boxes + i * EPOCH_BOX;
	return NULL;
}

/* --- core and its proofs --- */

static void get_core(struct mp_cur *c, struct keychain_body *b)
{
	struct mp_cur pops;

	b->core = mp_bin(c, 1, LINK_INNER_MAX, &b->core_len);
	pops = mp_enter(c, KEYCHAIN_BODY_POPS, KEYCHAIN_BODY_POPS);
	for (size_t i = 0; i < KEYCHAIN_BODY_POPS; i++)
		mp_fixed(&pops, b->pops[i], CRYPTO_SIG);
	mp_leave(c, &pops);
}

static void put_core(const struct keychain_body *b, struct buf *out)
{
	mp_put_bin(out, b->core, b->core_len);
	mp_put_array(out, KEYCHAIN_BODY_POPS);
	for (size_t i = 0; i < KEYCHAIN_BODY_POPS; i++)
		mp_put_bin(out, b->pops[i], CRYPTO_SIG);
}

int keychain_body_read_core(struct keychain_body *b)
{
	struct mp_doc *doc;
	struct mp_cur c;
	uint64_t suite;
	int err = mp_open(b->core, b->core_len, &doc, &c);

	if (err)
		return err;
	suite = mp_u64(&c, 0, UINT64_MAX);
	if (!mp_err(&c) && suite != KEYCHAIN_BODY_SUITE) {
		mp_close(doc);
		return ERR_SUITE;
	}
	mp_fixed(&c, b->genesis, KEYCHAIN_GENESIS);
	keychain_body_get_keys(&c, &b->pub);
	err = mp_done(&c);
	mp_close(doc);
	return err ? err : device_check(&b->pub);
}

/* --- the other pieces --- */

static void get_root(struct mp_cur *c, struct keychain_body *b)
{
	get_core(c, b);
	mp_fixed(c, b->boxes_root, CRYPTO_HASH);
}

static void put_root(const struct keychain_body *b, struct buf *out)
{
	put_core(b, out);
	mp_put_bin(out, b->boxes_root, CRYPTO_HASH);
}

static void get_revoked(struct mp_cur *c, struct keychain_body *b)
{
	struct mp_cur list = mp_enter(c, 1, KEYCHAIN_DEVICES_MAX), head;

	b->n_dids = mp_left(&list);
	for (size_t i = 0; i < b->n_dids; i++)
		mp_fixed(&list, b->dids[i], DEVICE_ID);
	mp_leave(c, &list);
	head = mp_enter(c, 2, 2);
	b->clinic_seq = mp_u64(&head, 0, MP_NUMBER_MAX);
	mp_fixed(&head, b->clinic_head, CRYPTO_HASH);
	mp_leave(c, &head);
}

static void put_revoked(const struct keychain_body *b, struct buf *out)
{
	mp_put_array(out, (uint32_t)b->n_dids);
	for (size_t i = 0; i < b->n_dids; i++)
		mp_put_bin(out, b->dids[i], DEVICE_ID);
	mp_put_array(out, 2);
	mp_put_u64(out, b->clinic_seq);
	mp_put_bin(out, b->clinic_head, CRYPTO_HASH);
}

static void get_nothing(struct mp_cur *c, struct keychain_body *b)
{
	(void)c;
	(void)b;
}

static void put_nothing(const struct keychain_body *b, struct buf *out)
{
	(void)b;
	(void)out;
}

static void get_epoch(struct mp_cur *c, struct keychain_body *b)
{
	struct mp_cur in = mp_enter(c, 4, 4);

	b->epoch.ref.number = (uint32_t)mp_u64(&in, 2, KEYCHAIN_EPOCHS_MAX);
	mp_fixed(&in, b->epoch.ref.seal_public, CRYPTO_KEY);
	mp_fixed(&in, b->boxes_root, CRYPTO_HASH);
	mp_fixed(&in, b->epoch.prev, EPOCH_PREV);
	mp_leave(c, &in);
}

static void put_epoch(const struct keychain_body *b, struct buf *out)
{
	mp_put_array(out, 4);
	mp_put_u64(out, b->epoch.ref.number);
	mp_put_bin(out, b->epoch.ref.seal_public, CRYPTO_KEY);
	mp_put_bin(out, b->boxes_root, CRYPTO_HASH);
	mp_put_bin(out, b->epoch.prev, EPOCH_PREV);
}

static const struct row rows[] = {
    {KEYCHAIN_DEVICE_ADD, false, 4, get_root, put_root, {LABEL_POP_TLS, LABEL_POP_SIGN}},
    {KEYCHAIN_DEVICE_REVOKE, true, 4, get_revoked, put_revoked, {NULL, NULL}},
    {KEYCHAIN_EPOCH_ROTATE, true, 2, get_nothing, put_nothing, {NULL, NULL}},
    {KEYCHAIN_RECOVERY_ROTATE, true, 4, get_core, put_core, {LABEL_POP_RECOVERY_SIGN, LABEL_POP_RECOVERY_TLS}},
};

static const struct row *row_for(uint8_t type)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].type == type)
			return &rows[i];
	return NULL;
}

static int read_inner(const struct row *row, const struct link *link, struct keychain_body *b)
{
	uint8_t salt[LINK_SALT];
	struct mp_doc *doc;
	struct mp_cur c;
	int err = mp_open(link->inner, link->inner_len, &doc, &c);

	if (err)
		return err;
	mp_fixed(&c, salt, sizeof salt);
	row->get(&c, b);
	if (row->has_epoch)
		get_epoch(&c, b);
	err = mp_done(&c);
	mp_close(doc);
	return err;
}

static int check(const struct row *row, struct keychain_body *b)
{
	int err = 0;

	for (size_t i = 1; i < b->n_dids; i++)
		if (memcmp(b->dids[i - 1], b->dids[i], DEVICE_ID) >= 0)
			return ERR_LINK;
	if (row->pop_label[0] != NULL)
		err = keychain_body_read_core(b);
	if (!err && row->has_epoch)
		err = device_check_seal_key(b->epoch.ref.seal_public);
	return err;
}

int keychain_body_parse(const struct link *link, struct keychain_body *body)
{
	const struct row *row = row_for(link->type);
	int err;

	memset(body, 0, sizeof *body);
	if (row == NULL || link->inner == NULL)
		return ERR_LINK;
	body->type = row->type;
	body->has_epoch = row->has_epoch;
	err = read_inner(row, link, body);
	if (!err)
		err = check(row, body);
	if (err)
		memset(body, 0, sizeof *body);
	return err;
}

int keychain_body_verify(const struct keychain_body *b)
{
	const struct crypto_bytes core = {b->core, b->core_len};
	const struct row *row = row_for(b->type);
	const uint8_t *keys[KEYCHAIN_BODY_POPS];
	int err = 0;

	if (row == NULL || row->pop_label[0] == NULL)
		return 0;
	/* A device proves tls and sign, a paper device sign and tls, as they stand in a first link. */
	keys[0] = b->type == KEYCHAIN_DEVICE_ADD ? b->pub.tls : b->pub.sign;
	keys[1] = b->type == KEYCHAIN_DEVICE_ADD ? b->pub.sign : b->pub.tls;
	for (size_t i = 0; !err && i < KEYCHAIN_BODY_POPS; i++)
		err = crypto_verify(keys[i], row->pop_label[i], &core, 1, b->pops[i]);
	return err;
}

int keychain_body_put(const struct keychain_body *body, struct buf *out)
{
	const struct row *row = row_for(body->type);
	uint8_t salt[LINK_SALT];
	int err;

	if (row == NULL)
		return ERR_ARG;
	err = crypto_random(salt, sizeof salt);
	if (err)
		return err;
	mp_put_array(out, row->fields);
	mp_put_bin(out, salt, sizeof salt);
	row->put(body, out);
	if (row->has_epoch)
		put_epoch(body, out);
	return buf_err(out);
}
