/* phones: key chains that go on, for tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "phones.h"

static const uint8_t no_clinic[CRYPTO_HASH] = {9, 9, 9};

static void complete(struct phone *d)
{
	assert_int_equal(device_public_of(&d->secret, &d->pub), 0);
	assert_int_equal(device_id(&d->pub, d->did), 0);
}

void phones_draw(struct people *pp, struct phone *out)
{
	memset(out, 0, sizeof *out);
	people_draw(pp, out->secret.tls);
	people_draw(pp, out->secret.sign);
	people_draw(pp, out->secret.seal);
	complete(out);
}

static void keep(struct phones *f, const struct buf *link)
{
	assert_true(f->n_links < PHONES_LINKS_MAX);
	buf_init(&f->links[f->n_links], 0);
	assert_int_equal(buf_put(&f->links[f->n_links++], link->data, link->len), 0);
}

struct phones *phones_new(struct people *pp, struct person *p)
{
	struct phones *f = calloc(1, sizeof *f);

	assert_non_null(f);
	f->pp = pp;
	f->p = p;
	f->all[0].secret = p->device;
	f->paper.secret = p->recovery;
	complete(&f->all[0]);
	complete(&f->paper);
	f->n = 1;
	f->epoch = 1;
	memcpy(f->seeds[1], p->seed, EPOCH_SEED);
	keep(f, &p->link);
	return f;
}

void phones_free(struct phones *f)
{
	for (size_t i = 0; i < f->n_links; i++)
		buf_wipe(&f->links[i]);
	free(f);
}

void phones_clinic_head(const struct phones *f, uint64_t *seq, uint8_t hash[CRYPTO_HASH])
{
	struct clinic_head head;
	bool is = clinic_head(f->pp->clinic, &head);

	*seq = is ? head.seq : 0;
	memcpy(hash, is ? head.hash : no_clinic, CRYPTO_HASH);
}

static struct keychain_sign by_of(const struct phones *f, const struct phone *by)
{
	return (struct keychain_sign){f->p->chain, &by->secret, f->pp->now_ms};
}

static struct keychain_sign_seeds next_seeds(struct phones *f)
{
	people_draw(f->pp, f->seeds[f->epoch + 1]);
	return (struct keychain_sign_seeds){f->seeds[f->epoch], f->seeds[f->epoch + 1]};
}

int phones_sign_add(struct phones *f, const struct phone *by, struct phone *device, struct buf *out)
{
	struct keychain_sign sign = by_of(f, by);
	uint8_t pops[KEYCHAIN_SIGN_POPS][CRYPTO_SIG];
	struct crypto_bytes core;
	struct buf b;
	int err;

	buf_init(&b, 0);
	assert_int_equal(keychain_prove_device(&device->secret, f->p->genesis, &b, pops), 0);
	core = (struct crypto_bytes){b.data, b.len};
	err = keychain_sign_add(&sign, &core, pops, f->seeds[f->epoch], out);
	buf_wipe(&b);
	return err;
}

int phones_sign_revoke(struct phones *f, const struct phone *by, const struct phone *const *out_of, size_t n,
                       struct buf *out)
{
	struct keychain_sign sign = by_of(f, by);
	struct keychain_sign_seeds seeds = next_seeds(f);
	uint8_t dids[PHONES_MAX][DEVICE_ID], head[CRYPTO_HASH];
	struct keychain_sign_out what = {.dids = (const uint8_t(*)[DEVICE_ID])dids, .n = n, .clinic_head = head};

	phones_clinic_head(f, &what.clinic_seq, head);
	for (size_t i = 0; i < n; i++)
		memcpy(dids[i], out_of[i]->did, DEVICE_ID);
	return keychain_sign_revoke(&sign, &what, &seeds, out);
}

int phones_sign_rotate(struct phones *f, const struct phone *by, struct buf *out)
{
	struct keychain_sign sign = by_of(f, by);
	struct keychain_sign_seeds seeds = next_seeds(f);

	return keychain_sign_rotate(&sign, &seeds, out);
}

int phones_sign_recovery(struct phones *f, const struct phone *by, struct phone *paper, struct buf *out)
{
	struct keychain_sign sign = by_of(f, by);
	struct keychain_sign_seeds seeds = next_seeds(f);

	return keychain_sign_recovery(&sign, &paper->secret, &seeds, out);
}

int phones_apply(struct phones *f, const struct buf *bytes)
{
	struct link link;
	int err = link_parse(bytes->data, bytes->len, &link);

	if (!err)
		err = keychain_apply(f->p->chain, &link);
	if (err)
		return err;
	f->epoch = keychain_epoch(f->p->chain)->number;
	f->pp->now_ms += 1000;
	keep(f, bytes);
	return 0;
}

/* Applies what was signed; that must have worked. */
static void must(struct phones *f, int err, struct buf *b)
{
	assert_int_equal(err, 0);
	assert_int_equal(phones_apply(f, b), 0);
	buf_wipe(b);
}

struct phone *phones_add(struct phones *f, const struct phone *by)
{
	struct phone *device = &f->all[f->n];
	struct buf b;

	assert_true(f->n < PHONES_MAX);
	buf_init(&b, 0);
	phones_draw(f->pp, device);
	must(f, phones_sign_add(f, by, device, &b), &b);
	f->n++;
	return device;
}

void phones_revoke(struct phones *f, const struct phone *by, const struct phone *whom)
{
	struct buf b;

	buf_init(&b, 0);
	must(f, phones_sign_revoke(f, by, &whom, 1, &b), &b);
}

void phones_rotate(struct phones *f, const struct phone *by)
{
	struct buf b;

	buf_init(&b, 0);
	must(f, phones_sign_rotate(f, by, &b), &b);
}

void phones_recovery(struct phones *f, const struct phone *by)
{
	struct phone paper;
	struct buf b;

	buf_init(&b, 0);
	phones_draw(f->pp, &paper);
	must(f, phones_sign_recovery(f, by, &paper, &b), &b);
	f->paper = paper;
}

void phones_link(const struct phones *f, uint64_t seq, struct link *out)
{
	assert_true(seq < f->n_links);
	assert_int_equal(link_parse(f->links[seq].data, f->links[seq].len, out), 0);
}

struct keychain *phones_chain(const struct phones *f, size_t n)
{
	struct keychain *k;
	struct link link;

	assert_int_equal(keychain_new(f->links[0].data, f->links[0].len, &k), 0);
	for (size_t i = 1; i < n; i++) {
		phones_link(f, i, &link);
		assert_int_equal(keychain_apply(k, &link), 0);
	}
	return k;
}
