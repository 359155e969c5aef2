/* sealed: see sealed.h. */
#include "sealed.h"

#include <string.h>

#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"

const uint8_t sealed_clinic[32] = "a clinic's genesis hash in bytes";

static const uint8_t zero[32];

static void make(uint8_t *out, size_t len, unsigned n, const char *what)
{
	const uint8_t number = (uint8_t)n;
	const struct crypto_bytes parts[] = {{&number, 1}, {what, strlen(what)}};
	uint8_t hash[32];

	crypto_sha256(parts, 2, hash);
	memcpy(out, hash, len);
}

void sealed_person(struct sealed_person *p, unsigned n)
{
	make(p->pid, 16, n, "pid");
	make(p->did, 16, n, "did");
	p->pid[0] = p->did[0] = (uint8_t)n;
	make(p->chain_head, 32, n, "chain head");
	make(p->sign_seed, 32, n, "sign");
	make(p->self, 32, n, "self");
	make(p->seal_private, 32, n, "seal");
	p->epoch = n + 1;
	crypto_sign_public(p->sign_seed, p->sign_public);
	crypto_x25519_public(p->seal_private, p->seal_public);
}

static void put_content(struct sealed_opts *s)
{
	const struct content_head h = {.kind = CONTENT_JOURNAL, .item = {7}, .at_ms = 1000, .made_ms = 2000};
	struct content *c = content_new(&h);
	struct buf b;

	buf_init(&b, sizeof s->content);
	content_set_str(c, CONTENT_BODY, "The morning after.", 18);
	content_encode(c, &content_base_kinds, &b);
	memcpy(s->content, b.data, b.len);
	s->o.content = s->content;
	s->o.content_len = b.len;
	buf_wipe(&b);
	content_free(c);
}

void sealed_opts(struct sealed_opts *s, const struct sealed_person *author, const struct sealed_person *const *others,
                 uint32_t n)
{
	*s = (struct sealed_opts){0};
	s->o = (struct record_seal_opts){.clinic = sealed_clinic,
	                                 .author = author->pid,
	                                 .did = author->did,
	                                 .chain_head = author->chain_head,
	                                 .sign_seed = author->sign_seed,
	                                 .class = n > 0 ? RECORD_SHARED : RECORD_PRIVATE,
	                                 .op = RECORD_CONTENT,
	                                 .to = s->to,
	                                 .n_to = n + 1};
	s->to[0] = (struct record_to){author->pid, author->epoch, author->self, 1, zero};
	for (uint32_t i = 0; i < n; i++)
		s->to[i + 1] = (struct record_to){others[i]->pid, others[i]->epoch, others[i]->seal_public, 1, zero};
	put_content(s);
}

static int known(const struct sealed_reader *r, const struct record *rec)
{
	return memcmp(rec->clinic, sealed_clinic, 32) == 0 && memcmp(rec->author, r->author->pid, 16) == 0 &&
	               memcmp(rec->did, r->author->did, 16) == 0 && memcmp(rec->chain_head, r->author->chain_head, 32) == 0
	           ? 0
	           : ERR_AUTHOR;
}

static int check_content(const struct record *rec, const struct buf *b)
{
	struct content *c;
	int err = content_decode(b->data, b->len, &content_base_kinds, &c);

	if (!err)
		err = content_check_place(c, &content_base_kinds, rec->class, rec->op);
	content_free(c);
	return err;
}

#define STEP(name, call)                                                                                               \
	do {                                                                                                               \
		r->refused = name;                                                                                             \
		err = (call);                                                                                                  \
		if (err)                                                                                                       \
			goto out;                                                                                                  \
	} while (0)

int sealed_read(struct sealed_reader *r, const void *record, size_t record_len, const void *payload, size_t payload_len,
                struct buf *content)
{
	const struct record_epoch e = {r->me->epoch, r->me->self, r->me->seal_private};
	struct record_opened o = {0};
	struct record rec;
	struct buf plain;
	int err;

	buf_init(&plain, 0);
	STEP("form", record_parse(record, record_len, &rec));
	STEP("author", known(r, &rec));
	STEP("signature", record_verify(&rec, r->author->sign_public));
	STEP("rules", record_check_rules(&rec));
	STEP("wrap", record_open_wrap(&rec, r->me->pid, &e, &o));
	STEP("stream", stream_check(&r->stream, o.seq, o.prev));
	STEP("payload", record_open_payload(&rec, o.content_key, payload, payload_len, &plain));
	STEP("content", check_content(&rec, &plain));
	STEP("room", content ? buf_put(content, plain.data, plain.len) : 0);
	STEP("stream", stream_add(&r->stream, rec.rid));
	r->refused = NULL;
out:
	crypto_wipe(&o, sizeof o);
	buf_wipe(&plain);
	return err;
}
