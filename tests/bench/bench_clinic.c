/* bench_clinic: founds a clinic over the wire and lets members join it; see bench.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/sync/rpc.h"
#include "proto/clinic.h"
#include "proto/code.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/msg_reply.h"
#include "proto/record.h"
#include "tests/unit/support/people.h"

#include "bench.h"

#define BODY_BYTES 1900 /* padded to 2,048 with what stands around it */
#define TIMEOUT_S 30

struct bench_clinic {
	struct people pp;
	char host[CODE_HOST];
	uint16_t port;
	struct person *admin, **members;
	size_t n;
};

void bench_check(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "bench: %s: %s %s\n", what, err_name(err), err_text(err));
	exit(1);
}

double bench_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct rpc *connect_as(const struct bench_clinic *c, const struct person *p)
{
	struct rpc_opts o = {.host = c->host, .port = c->port, .tls_seed = p->device.tls, .timeout_s = TIMEOUT_S};
	struct rpc *rpc = NULL;
	bench_check(rpc_open(&o, &rpc), "connect");
	return rpc;
}

/* Links `first`.. of the clinic chain join `p`. */
static void join(const struct bench_clinic *c, const struct person *p, const uint8_t *invite, size_t first, uint32_t n)
{
	struct rpc *rpc = connect_as(c, p);
	struct msg_join m = {.invite = invite, .genesis = {p->link.data, p->link.len}, .n_links = n};
	struct msg_reply *reply;
	uint32_t id;
	for (uint32_t i = 0; i < n; i++)
		m.links[i] = (struct msg_bytes){c->pp.links[first + i].data, c->pp.links[first + i].len};
	struct buf *out = rpc_begin(rpc, &id);
	bench_check(rpc_call(rpc, msg_put_join(out, id, &m), &reply), "join");
	rpc_close(rpc);
}

static void add_member(struct bench_clinic *c, struct rpc *admin)
{
	static const uint8_t packet[64] = {1};
	size_t at = c->pp.n_links;
	struct person *p = people_staff(&c->pp, c->admin, ROLE_THERAPIST);
	struct msg_invite_put m = {p->invite.id, {packet, sizeof(packet)}, {c->pp.links[at].data, c->pp.links[at].len}};
	struct msg_reply *reply;
	uint32_t id;
	struct buf *out = rpc_begin(admin, &id);
	bench_check(rpc_call(admin, msg_put_invite_put(out, id, &m), &reply), "invite");
	join(c, p, p->invite.id, at + 1, 1);
	c->members[c->n++] = p;
}

struct bench_clinic *bench_clinic_new(const char *code_at_host, size_t n)
{
	struct bench_clinic *c = calloc(1, sizeof(*c));
	struct code code;
	struct invite_keys founding;
	if (!c)
		bench_check(ERR_NOMEM, "start");
	bench_check(code_parse_at("F", code_at_host, &code, c->host, &c->port), "the founding code");
	bench_check(invite_derive(code.symbols, CODE_SYMBOLS, &founding), "the founding code");
	people_begin(&c->pp, 0);
	c->pp.now_ms = (uint64_t)time(NULL) * 1000;
	c->members = calloc(n, sizeof(struct person *));
	c->admin = people_found(&c->pp);
	join(c, c->admin, founding.id, 0, 3);
	struct rpc *admin = connect_as(c, c->admin);
	while (c->n < n)
		add_member(c, admin);
	rpc_close(admin);
	return c;
}

void bench_clinic_free(struct bench_clinic *c)
{
	people_end(&c->pp);
	free(c->members);
	free(c);
}

struct rpc *bench_clinic_connect(const struct bench_clinic *c, size_t i)
{
	return connect_as(c, c->members[i]);
}

const struct person *bench_clinic_member(const struct bench_clinic *c, size_t i)
{
	return c->members[i];
}

/* --- records --- */

static void encode(struct buf *out)
{
	struct content_head head = {.kind = CONTENT_JOURNAL, .at_ms = 1, .made_ms = 1};
	char body[BODY_BYTES];
	memset(body, 'x', sizeof(body));
	struct content *content = content_new(&head);
	bench_check(content ? 0 : ERR_NOMEM, "a record");
	bench_check(content_set_str(content, CONTENT_BODY, body, sizeof(body)), "a record");
	bench_check(content_encode(content, &content_base_kinds, out), "a record");
	content_free(content);
}

void bench_record_seal(const struct bench_clinic *c, size_t i, struct bench_record *out)
{
	static const uint8_t none[32];
	const struct person *p = c->members[i];
	struct record_to to = {p->genesis, 1, p->epoch.self, 1, none};
	struct record_seal_opts o = {.clinic = clinic_id(c->pp.clinic), .author = p->genesis, .did = p->did};
	struct buf content;
	buf_init(&content, 0);
	buf_init(&out->record, 0);
	buf_init(&out->payload, 0);
	encode(&content);
	o.chain_head = keychain_head_hash(p->chain);
	o.sign_seed = p->device.sign;
	o.class = RECORD_PRIVATE;
	o.op = RECORD_CONTENT;
	o.to = &to;
	o.n_to = 1;
	o.content = content.data;
	o.content_len = content.len;
	bench_check(record_seal(&o, &out->record, &out->payload, out->rid), "a record");
	buf_wipe(&content);
}

void bench_record_wipe(struct bench_record *r)
{
	buf_wipe(&r->record);
	buf_wipe(&r->payload);
}
