/* test_record_attack: a server, a recipient or another author who changes, swaps, cuts or re-signs. Whatever it is, a
 * reader who makes every check in order says no, at the check that is meant to; and reads the untouched record before
 * and after. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/cobblestone.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/hpke.h"
#include "proto/label.h"
#include "proto/mp.h"
#include "proto/record.h"
#include "tests/unit/support/mutate.h"
#include "tests/unit/support/sealed.h"

static struct sealed_person ann, ben, cas, eve;

struct made {
	struct buf record, payload;
	uint8_t rid[32];
};

static struct made one, two; /* by ann to ben and cas, first and second in every stream */

static void seal(struct made *m, const struct record_seal_opts *o)
{
	buf_init(&m->record, 0);
	buf_init(&m->payload, 0);
	assert_int_equal(record_seal(o, &m->record, &m->payload, m->rid), 0);
}

static void drop(struct made *m)
{
	buf_wipe(&m->record);
	buf_wipe(&m->payload);
}

static int setup(void **state)
{
	const struct sealed_person *others[] = {&ben, &cas};
	struct sealed_opts s;

	(void)state;
	if (crypto_init())
		return -1;
	sealed_person(&ben, 1);
	sealed_person(&ann, 2);
	sealed_person(&cas, 3);
	sealed_person(&eve, 4);
	sealed_opts(&s, &ann, others, 2);
	seal(&one, &s.o);
	for (unsigned i = 0; i < 3; i++) {
		s.to[i].seq = 2;
		s.to[i].prev = one.rid;
	}
	seal(&two, &s.o);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	drop(&one);
	drop(&two);
	return 0;
}

static struct sealed_reader reader(const struct sealed_person *me)
{
	return (struct sealed_reader){.me = me, .author = &ann};
}

static int read_one(const struct sealed_person *me, const void *record, size_t len, const struct buf *payload)
{
	struct sealed_reader r = reader(me);

	return sealed_read(&r, record, len, payload->data, payload->len, NULL);
}

static void control(void)
{
	assert_int_equal(read_one(&ann, one.record.data, one.record.len, &one.payload), 0);
	assert_int_equal(read_one(&ben, one.record.data, one.record.len, &one.payload), 0);
	assert_int_equal(read_one(&cas, one.record.data, one.record.len, &one.payload), 0);
}

/* As ben is served it, and as it lies on the server and the author is served it. */
static void damaged_record(void **state)
{
	const struct sealed_person *const served_to[] = {&ben, &ann};
	struct record r;

	(void)state;
	control();
	assert_int_equal(record_parse(one.record.data, one.record.len, &r), 0);
	for (size_t i = 0; i < 2; i++) {
		struct buf b;
		struct mutate m;

		buf_init(&b, 0);
		assert_int_equal(record_for_reader(&r, served_to[i]->pid, &b), 0);
		assert_int_equal(read_one(served_to[i], b.data, b.len, &one.payload), 0);
		for (mutate_begin(&m, i == 0 ? MUTATE_ALL : MUTATE_BITS, b.data, b.len); mutate_next(&m);) {
			struct sealed_reader rd = reader(served_to[i]);
			int err = sealed_read(&rd, m.data, m.len, one.payload.data, one.payload.len, NULL);

			if (err == 0)
				fail_msg("accepted: %s", mutate_what(&m));
			/* nothing that was changed gets as far as a key */
			if (strcmp(rd.refused, "form") != 0 && strcmp(rd.refused, "author") != 0 &&
			    strcmp(rd.refused, "signature") != 0)
				fail_msg("%s: refused only at %s", mutate_what(&m), rd.refused);
		}
		buf_wipe(&b);
	}
	control();
}

static void damaged_payload(void **state)
{
	struct mutate m;

	(void)state;
	control();
	for (mutate_begin(&m, MUTATE_ALL, one.payload.data, one.payload.len); mutate_next(&m);) {
		struct sealed_reader r = reader(&ben);

		if (sealed_read(&r, one.record.data, one.record.len, m.data, m.len, NULL) != ERR_HASH)
			fail_msg("%s", mutate_what(&m));
	}
	control();
}

/* The hash left aside: the payload also defends itself. */
static void damaged_payload_without_its_hash(void **state)
{
	const struct record_epoch e = {ben.epoch, ben.self, ben.seal_private};
	uint8_t hash[32];
	struct record r;
	struct record_opened o;
	struct buf content;
	struct mutate m;

	(void)state;
	assert_int_equal(record_parse(one.record.data, one.record.len, &r), 0);
	assert_int_equal(record_open_wrap(&r, ben.pid, &e, &o), 0);
	buf_init(&content, 0);
	mutate_begin(&m, MUTATE_BITS | MUTATE_CUT_END | MUTATE_GROW, one.payload.data, one.payload.len);
	while (mutate_next(&m)) {
		struct crypto_bytes part = {m.data, m.len};
		int err;

		assert_int_equal(crypto_sha256(&part, 1, hash), 0);
		r.payload_hash = hash;
		r.payload_len = (uint32_t)m.len;
		err = record_open_payload(&r, o.content_key, m.data, m.len, &content);
		if (err != ERR_OPEN)
			fail_msg("%s: %s", mutate_what(&m), err_name(err));
		assert_int_equal(content.len, 0);
	}
	crypto_wipe(&o, sizeof o);
	buf_wipe(&content);
}

static void damaged_wrap(void **state)
{
	const struct sealed_person *const people[] = {&ann, &ben};
	struct record r;
	struct record_opened o;
	struct mutate m;
	uint32_t at = 0;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct record_epoch e = {people[i]->epoch, people[i]->self, people[i]->seal_private};
		const uint8_t *sealed;

		assert_int_equal(record_parse(one.record.data, one.record.len, &r), 0);
		assert_true(record_audience_has(&r, people[i]->pid, &at));
		sealed = r.wraps[at].sealed;
		mutate_begin(&m, MUTATE_BITS, sealed, r.wraps[at].sealed_len);
		while (mutate_next(&m)) {
			r.wraps[at].sealed = m.data;
			if (record_open_wrap(&r, people[i]->pid, &e, &o) != ERR_OPEN)
				fail_msg("%s", mutate_what(&m));
			assert_int_equal(o.seq, 0);
		}
		r.wraps[at].sealed = sealed;
		assert_int_equal(record_open_wrap(&r, people[i]->pid, &e, &o), 0);
	}
}

/* A wrap opens in its own record, place, person and epoch alone. */
static void wrap_elsewhere(void **state)
{
	const struct sealed_person *others[] = {&ben};
	struct sealed_person ben2 = ben; /* the same keys in another epoch */
	struct record_epoch e = {ben.epoch, ben.self, ben.seal_private};
	struct record a, b;
	struct record_opened o;
	struct sealed_opts s;
	struct made m;

	(void)state;
	assert_int_equal(record_parse(one.record.data, one.record.len, &a), 0);
	assert_int_equal(record_parse(two.record.data, two.record.len, &b), 0);
	assert_int_equal(record_open_wrap(&a, ben.pid, &e, &o), 0);
	/* another record */
	a.wraps[0].sealed = b.wraps[0].sealed;
	assert_int_equal(record_open_wrap(&a, ben.pid, &e, &o), ERR_OPEN);
	/* another recipient's */
	assert_int_equal(record_parse(one.record.data, one.record.len, &a), 0);
	a.wraps[0].sealed = a.wraps[2].sealed;
	assert_int_equal(record_open_wrap(&a, ben.pid, &e, &o), ERR_OPEN);
	e = (struct record_epoch){ben.epoch, NULL, cas.seal_private};
	assert_int_equal(record_open_wrap(&a, ben.pid, &e, &o), ERR_OPEN);
	/* another epoch, though the key were the same */
	ben2.epoch++;
	others[0] = &ben2;
	sealed_opts(&s, &ann, others, 1);
	seal(&m, &s.o);
	assert_int_equal(record_parse(m.record.data, m.record.len, &a), 0);
	e = (struct record_epoch){ben.epoch, ben.self, ben.seal_private};
	assert_int_equal(record_open_wrap(&a, ben.pid, &e, &o), ERR_ARG);
	a.wraps[0].epoch--;
	assert_int_equal(record_open_wrap(&a, ben.pid, &e, &o), ERR_OPEN);
	a.wraps[0].epoch++;
	e.epoch++;
	assert_int_equal(record_open_wrap(&a, ben.pid, &e, &o), 0);
	drop(&m);
	/* the author's wrap under another record, and opened as somebody else's */
	assert_int_equal(record_parse(one.record.data, one.record.len, &a), 0);
	e = (struct record_epoch){ann.epoch, ann.self, ann.seal_private};
	a.wraps[1].sealed = b.wraps[1].sealed;
	assert_int_equal(record_open_wrap(&a, ann.pid, &e, &o), ERR_OPEN);
	assert_int_equal(record_open_wrap(&b, ann.pid, &e, &o), 0);
}

/* A record with the same core whose wrap of `who` is replaced; not signed anew. */
static void replace_wrap(struct buf *out, const struct record *r, uint32_t who, const uint8_t *bytes, size_t len)
{
	mp_put_array(out, 3);
	mp_put_bin(out, r->core, r->core_len);
	mp_put_array(out, r->audience);
	for (uint32_t i = 0; i < r->audience; i++)
		if (i == who)
			buf_put(out, bytes, len);
		else
			buf_put(out, r->wraps[i].bytes, r->wraps[i].len);
	mp_put_bin(out, r->sig, 64);
}

/* Eve knows everybody's public keys and so can make a wrap of her own; she cannot make it ann's. */
static void wrap_replaced(void **state)
{
	uint8_t info[10 + 32 + 16 + 4] = LABEL_PREFIX LABEL_WRAP, sealed[RECORD_SEALED], plain[72] = {0};
	struct sealed_reader rd = reader(&ben);
	struct record r;
	struct record_opened o;
	struct record_epoch e = {ben.epoch, ben.self, ben.seal_private};
	struct buf wrap, b;

	(void)state;
	assert_int_equal(record_parse(one.record.data, one.record.len, &r), 0);
	memcpy(info + 10, r.core_hash, 32);
	memcpy(info + 42, ben.pid, 16);
	info[61] = (uint8_t)ben.epoch;
	plain[39] = 1;
	assert_int_equal(hpke_seal(ben.seal_public, info, sizeof info, plain, sizeof plain, sealed), 0);
	buf_init(&wrap, 0);
	buf_init(&b, 0);
	mp_put_array(&wrap, 3);
	mp_put_bin(&wrap, ben.pid, 16);
	mp_put_u64(&wrap, ben.epoch);
	mp_put_bin(&wrap, sealed, sizeof sealed);
	replace_wrap(&b, &r, 0, wrap.data, wrap.len);
	assert_int_equal(sealed_read(&rd, b.data, b.len, one.payload.data, one.payload.len, NULL), ERR_SIGNATURE);
	assert_string_equal(rd.refused, "signature");
	/* it is a good wrap: it opens, to a key that is not the payload's */
	assert_int_equal(record_parse(b.data, b.len, &r), 0);
	assert_int_equal(record_open_wrap(&r, ben.pid, &e, &o), 0);
	assert_int_equal(o.seq, 1);
	buf_reset(&wrap);
	assert_int_equal(record_open_payload(&r, o.content_key, one.payload.data, one.payload.len, &wrap), ERR_OPEN);
	/* control: the same bytes put together again */
	buf_reset(&b);
	assert_int_equal(record_parse(one.record.data, one.record.len, &r), 0);
	replace_wrap(&b, &r, 0, r.wraps[0].bytes, r.wraps[0].len);
	assert_int_equal(sealed_read(&rd, b.data, b.len, one.payload.data, one.payload.len, NULL), 0);
	buf_wipe(&b);
	buf_wipe(&wrap);
}

/* The content key of one record does not open the payload of another, nor does a payload fit another record. */
static void payloads_and_keys_swapped(void **state)
{
	const struct record_epoch e = {ben.epoch, ben.self, ben.seal_private};
	uint8_t hash[32];
	struct crypto_bytes part = {two.payload.data, two.payload.len};
	struct record a, b;
	struct record_opened oa, ob;
	struct buf content;

	(void)state;
	assert_int_equal(read_one(&ben, one.record.data, one.record.len, &two.payload), ERR_HASH);
	assert_int_equal(record_parse(one.record.data, one.record.len, &a), 0);
	assert_int_equal(record_parse(two.record.data, two.record.len, &b), 0);
	assert_int_equal(record_open_wrap(&a, ben.pid, &e, &oa), 0);
	assert_int_equal(record_open_wrap(&b, ben.pid, &e, &ob), 0);
	buf_init(&content, 0);
	assert_int_equal(record_open_payload(&a, ob.content_key, one.payload.data, one.payload.len, &content), ERR_OPEN);
	assert_int_equal(record_open_payload(&b, oa.content_key, two.payload.data, two.payload.len, &content), ERR_OPEN);
	/* even with the right key and hash: the context has the other record's salt */
	assert_int_equal(crypto_sha256(&part, 1, hash), 0);
	a.payload_hash = hash;
	assert_int_equal(record_open_payload(&a, ob.content_key, two.payload.data, two.payload.len, &content), ERR_OPEN);
	a.salt = b.salt;
	assert_int_equal(record_open_payload(&a, ob.content_key, two.payload.data, two.payload.len, &content), 0);
	/* nor another author's or device's name */
	a.author = eve.pid;
	assert_int_equal(record_open_payload(&a, ob.content_key, two.payload.data, two.payload.len, &content), ERR_OPEN);
	a.author = b.author;
	a.did = eve.did;
	assert_int_equal(record_open_payload(&a, ob.content_key, two.payload.data, two.payload.len, &content), ERR_OPEN);
	a.did = b.did;
	a.clinic = hash;
	assert_int_equal(record_open_payload(&a, ob.content_key, two.payload.data, two.payload.len, &content), ERR_OPEN);
	buf_wipe(&content);
}

/* Signed again: by another key, with every other label, over other parts of it. */
static void label_matrix(void **state)
{
	static const char *const labels[] = {
	    LABEL_RECORD,
	    LABEL_LINK,
	    LABEL_RECEIPT,
	    LABEL_FEED_HEAD,
	    LABEL_POP_TLS,
	    LABEL_POP_RECOVERY_SIGN,
	    LABEL_POP_RECOVERY_TLS,
	    LABEL_INVITE_GENESIS,
	    LABEL_RID,
	    LABEL_CORE,
	    LABEL_WRAPS,
	    LABEL_WRAP,
	    "",
	};
	const struct sealed_person *const signers[] = {&ann, &ben, &eve};
	struct record r;
	uint8_t *sig;

	(void)state;
	assert_int_equal(record_parse(one.record.data, one.record.len, &r), 0);
	sig = one.record.data + (r.sig - one.record.data);
	for (size_t who = 0; who < 3; who++)
		for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
			for (unsigned what = 0; what < 4; what++) {
				const struct crypto_bytes all[] = {{r.core_hash, 32}, {r.wraps_root, 32}, {r.rid, 32}};
				bool good = who == 0 && i == 0 && what == 0;

				assert_int_equal(crypto_sign(signers[who]->sign_seed, labels[i], all + (what == 0 ? 0 : what - 1),
				                             what == 0 ? 2 : 1, sig),
				                 0);
				assert_int_equal(read_one(&ben, one.record.data, one.record.len, &one.payload),
				                 good ? 0 : ERR_SIGNATURE);
			}
	/* put the good one back */
	assert_int_equal(crypto_sign(ann.sign_seed, LABEL_RECORD,
	                             (const struct crypto_bytes[]){{r.core_hash, 32}, {r.wraps_root, 32}}, 2, sig),
	                 0);
	control();
}

/* Ben takes ann's words and signs them as his own. */
static void authorship_taken(void **state)
{
	const struct sealed_person *others[] = {&cas};
	struct sealed_reader rd = {.me = &cas, .author = &ben};
	const struct record_epoch e = {ben.epoch, ben.self, ben.seal_private};
	struct sealed_opts s;
	struct made m;
	struct record r;
	struct record_opened o;
	struct buf content;

	(void)state;
	sealed_opts(&s, &ben, others, 1);
	seal(&m, &s.o);
	assert_int_equal(sealed_read(&rd, m.record.data, m.record.len, m.payload.data, m.payload.len, NULL), 0);
	/* ann's payload does not open under his core, even with its key */
	assert_int_equal(record_parse(one.record.data, one.record.len, &r), 0);
	assert_int_equal(record_open_wrap(&r, ben.pid, &e, &o), 0);
	buf_init(&content, 0);
	assert_int_equal(record_open_payload(&r, o.content_key, one.payload.data, one.payload.len, &content), 0);
	r.author = ben.pid;
	r.did = ben.did;
	assert_int_equal(record_open_payload(&r, o.content_key, one.payload.data, one.payload.len, &content), ERR_OPEN);
	/* and her record is not taken for his */
	rd = (struct sealed_reader){.me = &cas, .author = &ben};
	assert_int_equal(sealed_read(&rd, one.record.data, one.record.len, one.payload.data, one.payload.len, NULL),
	                 ERR_AUTHOR);
	buf_wipe(&content);
	drop(&m);
}

static void stream_of_records(void **state)
{
	struct sealed_reader r = reader(&ben);
	struct record taken;

	(void)state;
	/* the second before the first, the first twice */
	assert_int_equal(sealed_read(&r, two.record.data, two.record.len, two.payload.data, two.payload.len, NULL),
	                 ERR_STREAM);
	assert_int_equal(sealed_read(&r, one.record.data, one.record.len, one.payload.data, one.payload.len, NULL), 0);
	assert_int_equal(sealed_read(&r, one.record.data, one.record.len, one.payload.data, one.payload.len, NULL),
	                 ERR_STREAM);
	assert_string_equal(r.refused, "stream");
	assert_int_equal(sealed_read(&r, two.record.data, two.record.len, two.payload.data, two.payload.len, NULL), 0);
	/* the first one's wrap was taken away before ben came */
	r = reader(&ben);
	assert_int_equal(record_parse(one.record.data, one.record.len, &taken), 0);
	assert_int_equal(stream_add(&r.stream, taken.rid), 0);
	assert_int_equal(sealed_read(&r, two.record.data, two.record.len, two.payload.data, two.payload.len, NULL), 0);
}

/* A private record shown as shared, or given to others, is another record. */
static void class_changed(void **state)
{
	struct sealed_reader r = {.me = &ann, .author = &ann};
	struct sealed_opts s;
	struct made m;
	struct record rec;
	uint8_t *class;

	(void)state;
	sealed_opts(&s, &ann, NULL, 0);
	seal(&m, &s.o);
	assert_int_equal(record_parse(m.record.data, m.record.len, &rec), 0);
	class = m.record.data + (rec.salt - m.record.data) + 16;
	assert_int_equal(*class, RECORD_PRIVATE);
	*class = RECORD_SHARED;
	assert_int_equal(sealed_read(&r, m.record.data, m.record.len, m.payload.data, m.payload.len, NULL), ERR_SIGNATURE);
	*class = RECORD_PRIVATE;
	assert_int_equal(sealed_read(&r, m.record.data, m.record.len, m.payload.data, m.payload.len, NULL), 0);
	drop(&m);
}

/* Sealed by a legitimate author whose program does not keep the rules: padding, and a kind that does not fit its op. */
static void author_out_of_bounds(void **state)
{
	struct sealed_reader r = {.me = &ann, .author = &ann};
	struct sealed_opts s;
	struct made m;

	(void)state;
	sealed_opts(&s, &ann, NULL, 0);
	s.o.content_len--;
	seal(&m, &s.o);
	assert_int_equal(sealed_read(&r, m.record.data, m.record.len, m.payload.data, m.payload.len, NULL), ERR_PROTO);
	assert_string_equal(r.refused, "content");
	drop(&m);
	s.o.content_len++;
	s.o.class = RECORD_SHARED;
	s.o.op = RECORD_UNSHARE;
	s.o.targets = (const uint8_t(*)[32]) & one.rid;
	s.o.n_targets = 1;
	seal(&m, &s.o);
	assert_int_equal(sealed_read(&r, m.record.data, m.record.len, m.payload.data, m.payload.len, NULL), ERR_SCHEMA);
	drop(&m);
}

/* The author pads otherwise and signs it: refused after everything else held. */
static void other_padding(void **state)
{
	static const uint8_t context_label[] = LABEL_PREFIX LABEL_PAYLOAD;
	const struct record_epoch e = {ann.epoch, ann.self, NULL};
	uint8_t context[sizeof context_label + 80], padded[1024] = "content\x80", out[2048], hash[32];
	struct record r;
	struct record_opened o;
	struct buf content;

	(void)state;
	assert_int_equal(record_parse(one.record.data, one.record.len, &r), 0);
	assert_int_equal(record_open_wrap(&r, ann.pid, &e, &o), 0);
	memcpy(context, context_label, sizeof context_label);
	memcpy(context + sizeof context_label, r.clinic, 32);
	memcpy(context + sizeof context_label + 32, r.author, 16);
	memcpy(context + sizeof context_label + 48, r.did, 16);
	memcpy(context + sizeof context_label + 64, r.salt, 16);
	buf_init(&content, 0);
	for (size_t len = 8; len <= sizeof padded; len += 8) {
		struct crypto_bytes part = {out, cobblestone_size(len)};

		assert_int_equal(cobblestone_seal(o.content_key, context, sizeof context, padded, len, out), 0);
		assert_int_equal(crypto_sha256(&part, 1, hash), 0);
		r.payload_hash = hash;
		r.payload_len = (uint32_t)part.len;
		assert_int_equal(record_open_payload(&r, o.content_key, out, part.len, &content), len == 512 ? 0 : ERR_PADDING);
		assert_int_equal(content.len, len == 512 ? 7 : 0);
		buf_reset(&content);
	}
	crypto_wipe(&o, sizeof o);
	buf_wipe(&content);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(damaged_record),
	    cmocka_unit_test(damaged_payload),
	    cmocka_unit_test(damaged_payload_without_its_hash),
	    cmocka_unit_test(damaged_wrap),
	    cmocka_unit_test(wrap_elsewhere),
	    cmocka_unit_test(wrap_replaced),
	    cmocka_unit_test(payloads_and_keys_swapped),
	    cmocka_unit_test(label_matrix),
	    cmocka_unit_test(authorship_taken),
	    cmocka_unit_test(stream_of_records),
	    cmocka_unit_test(class_changed),
	    cmocka_unit_test(author_out_of_bounds),
	    cmocka_unit_test(other_padding),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
