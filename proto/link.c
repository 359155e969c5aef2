/* link: the form of signed statements. Knows bounds, hashes and signatures, and no chain's rules. */
#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "crypto.h"
#include "err.h"
#include "label.h"
#include "mp.h"

#include "link.h"

#define SUITE 1

static const uint8_t zeros[CRYPTO_HASH];

static bool is_zero(const uint8_t hash[CRYPTO_HASH])
{
	return memcmp(hash, zeros, CRYPTO_HASH) == 0;
}

static int parse_outer(struct link *link, uint8_t inner_hash[CRYPTO_HASH])
{
	struct mp_doc *doc;
	struct mp_cur c;
	uint64_t suite;
	int err = mp_open(link->outer, link->outer_len, &doc, &c);

	if (err)
		return err;
	suite = mp_u64(&c, 0, UINT64_MAX);
	if (!mp_err(&c) && suite != SUITE) {
		mp_close(doc);
		return ERR_SUITE;
	}
	mp_fixed(&c, link->chain, CRYPTO_HASH);
	link->seq = mp_u64(&c, 0, UINT64_MAX);
	mp_fixed(&c, link->prev, CRYPTO_HASH);
	link->time_ms = mp_u64(&c, 0, UINT64_MAX);
	link->type = (uint8_t)mp_u64(&c, 0, UINT8_MAX);
	mp_fixed(&c, link->signer, LINK_SIGNER);
	mp_fixed(&c, inner_hash, CRYPTO_HASH);
	err = mp_done(&c);
	mp_close(doc);
	return err;
}

static int parse_parts(const void *bytes, size_t len, struct link *link)
{
	struct mp_doc *doc;
	struct mp_cur c;
	size_t sig_len;
	int err = mp_open(bytes, len, &doc, &c);

	if (err)
		return err;
	link->outer = mp_bin(&c, 1, LINK_OUTER_MAX, &link->outer_len);
	link->signature = mp_bin(&c, CRYPTO_SIG, CRYPTO_SIG, &sig_len);
	if (!mp_nil(&c))
		link->inner = mp_bin(&c, 1, LINK_INNER_MAX, &link->inner_len);
	if (!mp_nil(&c))
		link->boxes = mp_bin(&c, 1, LINK_BOXES_MAX, &link->boxes_len);
	err = mp_done(&c);
	mp_close(doc);
	return err;
}

static int parse(const void *bytes, size_t len, struct link *link)
{
	uint8_t named[CRYPTO_HASH], inner[CRYPTO_HASH];
	int err = parse_parts(bytes, len, link);

	if (!err)
		err = parse_outer(link, named);
	if (err)
		return err;
	if ((link->seq == 0) != is_zero(link->chain) || (link->seq == 0) != is_zero(link->prev))
		return ERR_LINK;
	if (link->inner != NULL) {
		err = crypto_hash1(LABEL_INNER, link->inner, link->inner_len, inner);
		if (err)
			return err;
		if (memcmp(inner, named, CRYPTO_HASH) != 0)
			return ERR_HASH;
	}
	err = crypto_hash1(LABEL_LINK, link->outer, link->outer_len, link->hash);
	if (!err && link->seq == 0)
		memcpy(link->chain, link->hash, CRYPTO_HASH);
	return err;
}

int link_parse(const void *bytes, size_t len, struct link *link)
{
	int err;

	memset(link, 0, sizeof *link);
	if (len > LINK_MAX)
		return ERR_TOO_BIG;
	err = parse(bytes, len, link);
	if (err)
		memset(link, 0, sizeof *link);
	return err;
}

int link_verify(const struct link *link, const uint8_t pub[CRYPTO_KEY])
{
	const struct crypto_bytes outer = {link->outer, link->outer_len};

	return crypto_verify(pub, LABEL_LINK, &outer, 1, link->signature);
}

static int put_outer(const struct link_new *n, struct buf *outer)
{
	uint8_t hash[CRYPTO_HASH];
	int err = crypto_hash1(LABEL_INNER, n->inner, n->inner_len, hash);

	if (err)
		return err;
	mp_put_array(outer, 8);
	mp_put_u64(outer, SUITE);
	mp_put_bin(outer, n->chain != NULL ? n->chain : zeros, CRYPTO_HASH);
	mp_put_u64(outer, n->seq);
	mp_put_bin(outer, n->prev != NULL ? n->prev : zeros, CRYPTO_HASH);
	mp_put_u64(outer, n->time_ms);
	mp_put_u64(outer, n->type);
	mp_put_bin(outer, n->signer, LINK_SIGNER);
	mp_put_bin(outer, hash, CRYPTO_HASH);
	return buf_err(outer);
}

int link_sign(const struct link_new *n, struct buf *out)
{
	bool first = n->seq == 0;
	uint8_t sig[CRYPTO_SIG];
	struct link link = {0};
	struct crypto_bytes part;
	struct buf outer;
	int err;

	if (first != (n->chain == NULL) || first != (n->prev == NULL) || n->inner == NULL || n->inner_len == 0)
		return ERR_ARG;
	if (n->inner_len > LINK_INNER_MAX || n->boxes_len > LINK_BOXES_MAX)
		return ERR_TOO_BIG;
	buf_init(&outer, LINK_OUTER_MAX);
	err = put_outer(n, &outer);
	if (err)
		goto out;
	part = (struct crypto_bytes){outer.data, outer.len};
	err = crypto_sign(n->seed, LABEL_LINK, &part, 1, sig);
	if (err)
		goto out;
	link.outer = outer.data;
	link.outer_len = outer.len;
	link.signature = sig;
	link.inner = n->inner;
	link.inner_len = n->inner_len;
	link.boxes = n->boxes;
	link.boxes_len = n->boxes_len;
	err = link_put(&link, 0, out);
out:
	buf_wipe(&outer);
	return err;
}

static void put_part(const uint8_t *bytes, size_t len, bool without, struct buf *out)
{
	if (bytes == NULL || without)
		mp_put_nil(out);
	else
		mp_put_bin(out, bytes, len);
}

int link_put(const struct link *link, unsigned without, struct buf *out)
{
	mp_put_array(out, 4);
	mp_put_bin(out, link->outer, link->outer_len);
	mp_put_bin(out, link->signature, CRYPTO_SIG);
	put_part(link->inner, link->inner_len, (without & LINK_WITHOUT_INNER) != 0, out);
	put_part(link->boxes, link->boxes_len, (without & LINK_WITHOUT_BOXES) != 0, out);
	return buf_err(out);
}
