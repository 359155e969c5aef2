/* worked_example: the second half: what Jo writes and how it reaches Ana. See worked_example.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/frame.h"
#include "proto/msg_reply.h"
#include "proto/record.h"

#include "ossl_rand.h"
#include "worked_chain.h"
#include "worked_clinic.h"
#include "worked_example.h"

#define OK(call) assert_int_equal(call, 0)

struct example {
	struct worked_clinic c;
	struct buf record, payload;
	uint8_t rid[RECORD_RID], jo_head[FEED_HEAD], ana_head[FEED_HEAD];
};

static void put_content(struct example *x, struct buf *content)
{
	struct content_head h = {.kind = CONTENT_JOURNAL,
	                         .at_ms = WORKED_NOW + 100000,
	                         .offset = -420,
	                         .made_ms = WORKED_NOW + 160000,
	                         .has_subject = true};
	struct content *c;
	static const uint8_t tags[] = {0x92, 0xa5, 'w', 'a', 't', 'e', 'r', 0xa5, 'c', 'h', 'i', 'l', 'd'};

	OK(crypto_random(h.item, sizeof h.item));
	memcpy(h.subject, x->c.jo.genesis, KEYCHAIN_PID);
	c = content_new(&h);
	assert_non_null(c);
	OK(content_set_str(c, CONTENT_TITLE, "The river", 9));
	OK(content_set_str(c, CONTENT_BODY, "I was a river.\nCaf\xc3\xa9 after.", 27));
	OK(content_set_array(c, CONTENT_TAGS, tags, sizeof tags));
	OK(content_set_u64(c, CONTENT_MOOD, 7));
	OK(content_set_u64(c, CONTENT_PHASE, 3));
	OK(content_encode(c, &content_base_kinds, content));
	example_text_hex(&x->c.text, "item", h.item, sizeof h.item);
	example_text_hex(&x->c.text, "content", content->data, content->len);
	content_free(c);
}

static void put_wrap(struct example *x, const struct record *r, const struct worked_person *w)
{
	const struct record_wrap *wrap = record_wrap_for(r, w->genesis);
	const struct record_epoch e = {1, w->epoch.self, w->epoch.seal_private};
	struct record_opened o;
	uint8_t plain[72] = {0};
	char name[64];

	assert_non_null(wrap);
	OK(record_open_wrap(r, w->genesis, &e, &o));
	assert_int_equal(o.seq, 1);
	memcpy(plain, o.content_key, 32);
	plain[39] = 1;
	memcpy(plain + 40, o.prev, 32);
	snprintf(name, sizeof name, "wrap_%s_plain", w->name);
	example_text_hex(&x->c.text, name, plain, sizeof plain);
	snprintf(name, sizeof name, "wrap_%s", w->name);
	example_text_hex(&x->c.text, name, wrap->bytes, wrap->len);
	snprintf(name, sizeof name, "wrap_%s_hash", w->name);
	example_text_hex(&x->c.text, name, wrap->hash, 32);
}

static void seal(struct example *x, const struct buf *content)
{
	static const uint8_t none[RECORD_RID];
	const struct record_to to[] = {{x->c.jo.genesis, 1, x->c.jo.epoch.self, 1, none},
	                               {x->c.ana.genesis, 1, x->c.ana.epoch.seal_public, 1, none}};
	const struct record_seal_opts o = {.clinic = clinic_id(x->c.clinic),
	                                   .author = x->c.jo.genesis,
	                                   .did = x->c.jo.did,
	                                   .chain_head = keychain_head_hash(x->c.jo.chain),
	                                   .sign_seed = x->c.jo.device.sign,
	                                   .class = RECORD_SHARED,
	                                   .op = RECORD_CONTENT,
	                                   .to = to,
	                                   .n_to = 2,
	                                   .content = content->data,
	                                   .content_len = content->len};

	OK(record_seal(&o, &x->record, &x->payload, x->rid));
}

static void put_entry(struct example *x)
{
	struct buf content, served;
	struct record r;

	buf_init(&content, 0);
	buf_init(&served, 0);
	example_text_say(&x->c.text, "\n# Jo writes an entry and shares it with Ana; the first record of either stream.");
	example_text_about(&x->c.text, "entry");
	put_content(x, &content);
	seal(x, &content);
	OK(record_parse(x->record.data, x->record.len, &r));
	OK(record_check_rules(&r));
	OK(record_verify(&r, x->c.jo.device_pub.sign));
	example_text_hex(&x->c.text, "salt", r.salt, RECORD_SALT);
	example_text_hex(&x->c.text, "payload", x->payload.data, x->payload.len);
	example_text_hex(&x->c.text, "payload_hash", r.payload_hash, 32);
	example_text_hex(&x->c.text, "core", r.core, r.core_len);
	example_text_hex(&x->c.text, "core_hash", r.core_hash, 32);
	put_wrap(x, &r, &x->c.jo);
	put_wrap(x, &r, &x->c.ana);
	example_text_hex(&x->c.text, "wraps_root", r.wraps_root, 32);
	example_text_hex(&x->c.text, "rid", r.rid, RECORD_RID);
	example_text_hex(&x->c.text, "signature", r.sig, CRYPTO_SIG);
	example_text_hex(&x->c.text, "record", x->record.data, x->record.len);
	OK(record_for_reader(&r, x->c.ana.genesis, &served));
	example_text_hex(&x->c.text, "record_for_ana", served.data, served.len);
	buf_wipe(&content);
	buf_wipe(&served);
}

static void put_feed(struct example *x, const struct worked_person *w, uint8_t head[FEED_HEAD])
{
	char name[64];

	OK(feed_start(w->genesis, x->c.generation, head));
	snprintf(name, sizeof name, "%s_head_0", w->name);
	example_text_hex(&x->c.text, name, head, FEED_HEAD);
	OK(feed_step(head, 1, FEED_RECORD, x->rid, head));
	snprintf(name, sizeof name, "%s_head_1", w->name);
	example_text_hex(&x->c.text, name, head, FEED_HEAD);
}

static void put_frame(struct example *x, const char *name, struct buf *b, size_t start)
{
	OK(frame_end(b, start, FRAME_MAX));
	example_text_hex(&x->c.text, name, b->data, b->len);
	buf_reset(b);
}

static void put_statements(struct example *x, struct buf *receipt, struct buf *head, uint8_t sigs[2][CRYPTO_SIG])
{
	struct crypto_sign_key *key = NULL;
	struct feed_receipt r = {.clinic = clinic_id(x->c.clinic),
	                         .generation = x->c.generation,
	                         .author = x->c.jo.genesis,
	                         .time_ms = WORKED_NOW + 200000,
	                         .count = 1,
	                         .entries = {{.seq = 1}}};
	const struct feed_statement s = {clinic_id(x->c.clinic), x->c.generation, x->c.ana.genesis, x->ana_head, 1,
	                                 WORKED_NOW + 300000};

	memcpy(r.entries[0].rid, x->rid, RECORD_RID);
	memcpy(r.entries[0].head, x->jo_head, FEED_HEAD);
	OK(crypto_sign_key_new(x->c.server.sign, &key));
	OK(feed_receipt_sign(&r, key, receipt, sigs[0]));
	OK(feed_statement_sign(&s, key, head, sigs[1]));
	crypto_sign_key_free(key);
	example_text_hex(&x->c.text, "receipt", receipt->data, receipt->len);
	example_text_hex(&x->c.text, "receipt_signature", sigs[0], CRYPTO_SIG);
	example_text_hex(&x->c.text, "ana_feed_head", head->data, head->len);
	example_text_hex(&x->c.text, "ana_feed_head_signature", sigs[1], CRYPTO_SIG);
}

/* Jo's push and its answer; Ana's pull and its answer. */
static void put_frames(struct example *x, const struct buf *receipt, const struct buf *head,
                       uint8_t sigs[2][CRYPTO_SIG])
{
	const struct msg_item item = {{x->record.data, x->record.len}, {x->payload.data, x->payload.len}};
	const struct msg_push push = {1, {item}};
	const struct msg_push_reply pushed = {1, {receipt->data, receipt->len}, sigs[0], 0};
	const struct msg_pull_reply tail = {.feed_head = {head->data, head->len}, .signature = sigs[1]};
	struct msg_pull_entry entry = {.seq = 1, .event = FEED_RECORD, .rid = x->rid, .item = item};
	struct msg_pull pull = {x->c.generation, 0, NULL, MSG_PULL_BYTES};
	uint8_t start[FEED_HEAD];
	struct msg_list list;
	struct record r;
	struct buf b, served;

	buf_init(&b, 0);
	buf_init(&served, 0);
	OK(feed_start(x->c.ana.genesis, x->c.generation, start));
	pull.head = start;
	OK(record_parse(x->record.data, x->record.len, &r));
	OK(record_for_reader(&r, x->c.ana.genesis, &served));
	entry.item.record = (struct msg_bytes){served.data, served.len};
	example_text_about(&x->c.text, "frame");
	frame_begin(&b);
	OK(msg_put_push(&b, 2, &push));
	put_frame(x, "jo_push", &b, 0);
	frame_begin(&b);
	OK(msg_put_push_reply(&b, 2, &pushed));
	put_frame(x, "jo_push_answer", &b, 0);
	frame_begin(&b);
	OK(msg_put_pull(&b, 2, &pull));
	put_frame(x, "ana_pull", &b, 0);
	frame_begin(&b);
	msg_begin_pull_reply(&list, &b, 2);
	OK(msg_add_pull_entry(&list, &entry));
	OK(msg_end_pull_reply(&list, &tail));
	put_frame(x, "ana_pull_answer", &b, 0);
	buf_wipe(&b);
	buf_wipe(&served);
}

static void put_delivery(struct example *x)
{
	struct buf receipt, head;
	uint8_t sigs[2][CRYPTO_SIG];

	buf_init(&receipt, 0);
	buf_init(&head, 0);
	example_text_say(&x->c.text, "\n# The server takes it: it is the first entry of both feeds.");
	example_text_about(&x->c.text, "feed");
	put_feed(x, &x->c.jo, x->jo_head);
	put_feed(x, &x->c.ana, x->ana_head);
	put_statements(x, &receipt, &head, sigs);
	example_text_say(
	    &x->c.text,
	    "\n# The frames that carry it, length included: Jo's push, id 2, and Ana's pull, id 2, with their answers.");
	put_frames(x, &receipt, &head, sigs);
	buf_wipe(&receipt);
	buf_wipe(&head);
}

void worked_example_put(struct buf *out)
{
	struct example x = {.c.text.out = out};
	struct example_text *t = &x.c.text;

	ossl_rand_fix();
	example_text_say(
	    t, "# A worked example of the kap protocol (docs/PROTOCOL.md): a clinic, two people, one invitation,");
	example_text_say(
	    t, "# one shared entry. Made by `build/plain/unit/proto/test_worked_example write` from random bytes");
	example_text_say(t, "# that are always the same.");
	example_text_say(t, "# name = hex        name = \"text\"        name : number");
	worked_clinic_make(&x.c);
	put_entry(&x);
	put_delivery(&x);
	worked_chain_put(&x.c);
	ossl_rand_mend();
	worked_clinic_drop(&x.c);
	buf_wipe(&x.record);
	buf_wipe(&x.payload);
}

/* What the page shows: enough to find where one went wrong. */
void worked_example_pick(const struct buf *all, struct buf *out)
{
	static const char *const names[] = {
	    "founding.code",      "founding.invite_id",  "ana.did",
	    "ana.boxes_root",     "ana.genesis",         "clinic.genesis.hash",
	    "clinic.policy.hash", "invitation.code",     "invitation.invite_id",
	    "clinic.invite.hash", "jo.genesis",          "jo.pid",
	    "clinic.join.hash",   "entry.content",       "entry.core_hash",
	    "entry.wrap_jo_hash", "entry.wrap_ana_hash", "entry.wraps_root",
	    "entry.rid",          "entry.signature",     "feed.jo_head_0",
	    "feed.jo_head_1",     "jo.add.hash",         "jo.revoke.prev",
	    "jo.revoke.hash",     "jo.recovery.hash",
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		size_t n = strlen(names[i]), found_one = 0;
		const char *at = (const char *)all->data, *end = at + all->len;

		for (const char *next; at < end; at = next) {
			const char *newline = memchr(at, '\n', (size_t)(end - at));

			next = newline ? newline + 1 : end;
			if ((size_t)(next - at) > n && memcmp(at, names[i], n) == 0 && at[n] == ' ') {
				OK(buf_put(out, at, (size_t)(next - at)));
				found_one++;
			}
		}
		assert_int_equal(found_one, 1);
	}
}
