/* sync_cast: see sync_cast.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/book/links.h"
#include "client/care/kinds.h"
#include "client/vault.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/label.h"
#include "proto/link.h"

#include "sync_cast.h"

void sync_cast_begin(struct sync_cast *c, uint64_t now_ms)
{
	c->n_more = 0;
	people_begin(&c->pp, now_ms == 99 ? 12 : 11);
	c->pp.now_ms = now_ms ? now_ms : PEOPLE_TIME;
	c->admin = people_found(&c->pp);
	c->ana = people_staff(&c->pp, c->admin, ROLE_THERAPIST);
	c->osei = people_staff(&c->pp, c->admin, ROLE_PRESCRIBER);
	c->lund = people_staff(&c->pp, c->admin, ROLE_THERAPIST);
	struct person *team[] = {c->ana, c->osei};
	c->jo = people_join(&c->pp, &(struct people_invite){.by = c->ana, .role = ROLE_CLIENT, .team = team, .n_team = 2});
}

void sync_cast_end(struct sync_cast *c)
{
	people_end(&c->pp);
	while (c->n_more)
		buf_wipe(&c->more[--c->n_more].bytes);
}

void sync_cast_link(struct sync_cast *c, const struct person *who, uint64_t seq, struct buf *out)
{
	struct link link;
	people_link(&c->pp, seq, &link);
	bool whole = clinic_may_see_inner(c->pp.clinic, seq, who->genesis);
	assert_int_equal(link_put(&link, whole ? 0 : LINK_WITHOUT_INNER, out), 0);
}

void sync_cast_keychain(const struct person *who, const struct person *of, struct buf *out)
{
	struct link link;
	assert_int_equal(link_parse(of->link.data, of->link.len, &link), 0);
	assert_int_equal(link_put(&link, who == of ? 0 : LINK_WITHOUT_BOXES, out), 0);
}

void sync_cast_grow(struct sync_cast *c, struct person *of, const struct buf *bytes)
{
	struct link link;
	assert_true(c->n_more < SYNC_LINKS);
	assert_int_equal(link_parse(bytes->data, bytes->len, &link), 0);
	if (link.seq == keychain_links(of->chain))
		assert_int_equal(keychain_apply(of->chain, &link), 0);
	struct sync_link *at = &c->more[c->n_more++];
	at->of = of;
	buf_init(&at->bytes, 0);
	assert_int_equal(buf_put(&at->bytes, bytes->data, bytes->len), 0);
}

bool sync_cast_keychain_at(const struct sync_cast *c, const struct person *who, const struct person *of, uint64_t seq,
                           struct buf *out)
{
	struct link link;
	if (seq == 0)
		sync_cast_keychain(who, of, out);
	for (size_t i = 0; seq && i < c->n_more; i++) {
		const struct buf *bytes = &c->more[i].bytes;
		if (c->more[i].of != of || link_parse(bytes->data, bytes->len, &link) || link.seq != seq)
			continue;
		assert_int_equal(link_put(&link, who == of ? 0 : LINK_WITHOUT_BOXES, out), 0);
		return true;
	}
	return seq == 0;
}

/* --- a device --- */

void sync_device_begin(struct sync_device *d)
{
	assert_null(d->at.txn);
	assert_int_equal(vault_begin(d->at.vault, true, &d->at.txn), 0);
}

void sync_device_commit(struct sync_device *d)
{
	assert_int_equal(vault_commit(d->at.txn), 0);
	d->at.txn = NULL;
}

void sync_device_links(struct sync_device *d, struct sync_cast *c, const struct person *who)
{
	struct buf b;
	buf_init(&b, 0);
	sync_device_begin(d);
	for (size_t i = 0; i < c->pp.n; i++) {
		const struct person *p = c->pp.all[i];
		if (!clinic_may_see_chain(c->pp.clinic, who->genesis, p->genesis))
			continue;
		for (uint64_t seq = 0; seq < keychain_links(p->chain); seq++) {
			buf_reset(&b);
			assert_true(sync_cast_keychain_at(c, who, p, seq, &b));
			assert_int_equal(links_put(d->at.txn, p->genesis, seq, b.data, b.len), 0);
		}
	}
	for (uint64_t seq = 0; seq < c->pp.n_links; seq++) {
		buf_reset(&b);
		sync_cast_link(c, who, seq, &b);
		assert_int_equal(links_put(d->at.txn, clinic_id(c->pp.clinic), seq, b.data, b.len), 0);
	}
	sync_device_commit(d);
	buf_wipe(&b);
}

static void fill(struct identity *id, const struct sync_cast *c, const struct person *who)
{
	id->joined = true;
	memcpy(id->genesis, who->genesis, sizeof(id->genesis));
	memcpy(id->pid, who->genesis, sizeof(id->pid));
	memcpy(id->did, who->did, sizeof(id->did));
	memcpy(id->clinic, clinic_id(c->pp.clinic), sizeof(id->clinic));
	id->device = who->device;
	id->role = (uint8_t)clinic_role(c->pp.clinic, who->genesis);
	memcpy(id->host, "127.0.0.1", sizeof("127.0.0.1"));
	memcpy(id->name, "A Name", sizeof("A Name"));
	memcpy(id->clinic_name, "Meadow", sizeof("Meadow"));
	id->n_pins = 1;
	memcpy(id->pins[0], c->pp.server_tls_pub, 32);
	memcpy(id->log_public, c->pp.log_pub, 32);
	id->n_epochs = 1;
	id->epochs[0].epoch = 1;
	memcpy(id->epochs[0].seed, who->seed, sizeof(id->epochs[0].seed));
}

void sync_device_open(struct sync_device *d, struct sync_cast *c, const struct person *who, bool links)
{
	scratch_vault_open(&d->at);
	d->id = identity_new();
	assert_non_null(d->id);
	fill(d->id, c, who);
	assert_int_equal(identity_save(d->at.txn, d->id), 0);
	assert_int_equal(links_put(d->at.txn, who->genesis, 0, who->link.data, who->link.len), 0);
	sync_device_commit(d);
	if (links)
		sync_device_links(d, c, who);
}

void sync_device_close(struct sync_device *d)
{
	scratch_vault_close(&d->at);
	identity_free(d->id);
	memset(d, 0, sizeof(*d));
}

void sync_device_port(struct sync_device *d, uint16_t port)
{
	d->id->port = port;
	sync_device_begin(d);
	assert_int_equal(identity_save(d->at.txn, d->id), 0);
	sync_device_commit(d);
}

struct fold *sync_device_fold(struct sync_device *d)
{
	struct vault_txn *txn;
	struct fold *fold;
	assert_int_equal(vault_begin(d->at.vault, false, &txn), 0);
	assert_int_equal(fold_load(txn, d->id->clinic, true, &fold), 0);
	vault_abort(txn);
	return fold;
}

static int add_row(void *ctx, const struct vault_entry *e)
{
	uint8_t *sum = ctx, one[32];
	const struct crypto_bytes parts[] = {{e->id, e->id_len}, {&e->seq, sizeof(e->seq)}, {e->value, e->len}};
	assert_int_equal(crypto_sha256(parts, 3, one), 0);
	for (int i = 0; i < 32; i++)
		sum[i] = (uint8_t)(sum[i] * 3 + one[i]);
	return 0;
}

void sync_device_print(struct sync_device *d, uint8_t out[32])
{
	static const enum vault_table tables[] = {
#define TABLE(name, number, kind) VAULT_##name,
#include "client/vault.def"
#undef TABLE
	};
	struct vault_txn *txn;
	memset(out, 0, 32);
	assert_int_equal(vault_begin(d->at.vault, false, &txn), 0);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		assert_int_equal(vault_each(txn, tables[i], 0, add_row, out), 0);
	vault_abort(txn);
}

/* --- records --- */

void sync_content(const char *body, struct buf *out)
{
	const struct content_head head = {.kind = CONTENT_JOURNAL, .item = {7}, .at_ms = 1000, .made_ms = 2000};
	struct content *c = content_new(&head);
	assert_int_equal(content_set_str(c, CONTENT_BODY, body, strlen(body)), 0);
	assert_int_equal(content_encode(c, &care_kinds, out), 0);
	content_free(c);
}

void sync_draft(struct sync_draft *d, const struct sync_cast *c, const struct person *author,
                struct person *const *others, uint32_t n)
{
	memset(d, 0, sizeof(*d));
	buf_init(&d->content, 0);
	sync_content("The morning after.", &d->content);
	d->o = (struct record_seal_opts){.clinic = clinic_id(c->pp.clinic),
	                                 .author = author->genesis,
	                                 .did = author->did,
	                                 .chain_head = keychain_head_hash(author->chain),
	                                 .sign_seed = author->device.sign,
	                                 .class = n ? RECORD_SHARED : RECORD_PRIVATE,
	                                 .to = d->to,
	                                 .n_to = n + 1};
	d->to[0] = (struct record_to){author->genesis, 1, author->epoch.self, 1, d->prev};
	for (uint32_t i = 0; i < n; i++)
		d->to[i + 1] = (struct record_to){others[i]->genesis, 1, others[i]->epoch.seal_public, 1, d->prev};
}

void sync_draft_place(struct sync_draft *d, uint64_t seq, const uint8_t *prev)
{
	for (uint32_t i = 0; i < d->o.n_to; i++)
		d->to[i].seq = seq;
	memcpy(d->prev, prev, 32);
}

void sync_draft_end(struct sync_draft *d)
{
	buf_wipe(&d->content);
}

void sync_draft_seal(struct sync_draft *d, struct sync_record *out)
{
	buf_init(&out->record, 0);
	buf_init(&out->payload, 0);
	d->o.content = d->content.data;
	d->o.content_len = d->content.len;
	assert_int_equal(record_seal(&d->o, &out->record, &out->payload, out->rid), 0);
}

void sync_record_end(struct sync_record *r)
{
	buf_wipe(&r->record);
	buf_wipe(&r->payload);
}

void sync_record_sign(struct sync_record *r, const struct person *as)
{
	struct record parsed;
	assert_int_equal(record_parse(r->record.data, r->record.len, &parsed), 0);
	const struct crypto_bytes both[] = {{parsed.core_hash, 32}, {parsed.wraps_root, 32}};
	assert_int_equal(crypto_sign(as->device.sign, LABEL_RECORD, both, 2, (uint8_t *)(uintptr_t)parsed.sig), 0);
	memcpy(r->rid, parsed.rid, 32);
}

void sync_record_serve(struct sync_record *r, const struct person *to, bool taken)
{
	struct record parsed;
	struct buf out;
	buf_init(&out, 0);
	assert_int_equal(record_parse(r->record.data, r->record.len, &parsed), 0);
	if (taken)
		assert_int_equal(record_without_wraps(&parsed, (const uint8_t(*)[16])to->genesis, 1, &out), 0);
	else
		assert_int_equal(record_for_reader(&parsed, to->genesis, &out), 0);
	buf_wipe(&r->record);
	r->record = out;
}
