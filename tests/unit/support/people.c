/* people: builds key chains and clinics with the same functions the programs use. Knows no rule of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/crypto.h"

#include "people.h"

#define ANY_LABEL "device" /* the secrets below are no real ones */

void people_draw(struct people *pp, uint8_t out[32])
{
	uint64_t from[2] = {pp->number, ++pp->drawn};

	if (pp->number == 0)
		assert_int_equal(crypto_random(out, 32), 0);
	else
		assert_int_equal(crypto_derive(from, sizeof from, ANY_LABEL, NULL, out, 32), 0);
}

void people_begin(struct people *pp, uint64_t number)
{
	*pp = (struct people){.number = number, .now_ms = PEOPLE_TIME};
	people_draw(pp, pp->server_tls);
	people_draw(pp, pp->log);
	assert_int_equal(crypto_sign_public(pp->server_tls, pp->server_tls_pub), 0);
	assert_int_equal(crypto_sign_public(pp->log, pp->log_pub), 0);
	assert_int_equal(clinic_new(&(struct clinic_lookup){people_lookup, pp}, &pp->clinic), 0);
}

void people_end(struct people *pp)
{
	clinic_free(pp->clinic);
	for (size_t i = 0; i < pp->n; i++) {
		buf_wipe(&pp->all[i]->link);
		keychain_free(pp->all[i]->chain);
		free(pp->all[i]);
	}
	for (size_t i = 0; i < pp->n_links; i++)
		buf_wipe(&pp->links[i]);
	free(pp->all);
	free(pp->links);
	memset(pp, 0, sizeof *pp);
}

void people_code(struct people *pp, struct invite_keys *keys)
{
	uint8_t secret[32];

	people_draw(pp, secret);
	assert_int_equal(invite_derive((const char *)secret, sizeof secret, keys), 0);
}

void people_remake(struct people *pp, struct person *p)
{
	assert_int_equal(device_public_of(&p->device, &p->pub), 0);
	assert_int_equal(device_id(&p->pub, p->did), 0);
	assert_int_equal(device_public_of(&p->recovery, &p->recovery_pub), 0);
	assert_int_equal(device_id(&p->recovery_pub, p->recovery_did), 0);
	assert_int_equal(epoch_derive(p->seed, &p->epoch), 0);
	buf_wipe(&p->link);
	keychain_free(p->chain);
	assert_int_equal(keychain_create(&(struct keychain_opts){.device = &p->device,
	                                                         .recovery = &p->recovery,
	                                                         .seed = p->seed,
	                                                         .invite_seed = p->invite.seed,
	                                                         .time_ms = pp->now_ms},
	                                 &p->link),
	                 0);
	assert_int_equal(keychain_new(p->link.data, p->link.len, &p->chain), 0);
	memcpy(p->genesis, keychain_genesis(p->chain), KEYCHAIN_GENESIS);
}

static void draw_device(struct people *pp, struct device_secret *secret)
{
	people_draw(pp, secret->tls);
	people_draw(pp, secret->sign);
	people_draw(pp, secret->seal);
}

struct person *people_new(struct people *pp, const struct invite_keys *code)
{
	struct person *p = calloc(1, sizeof *p);

	assert_non_null(p);
	draw_device(pp, &p->device);
	draw_device(pp, &p->recovery);
	people_draw(pp, p->seed);
	p->invite = *code;
	buf_init(&p->link, 0);
	people_remake(pp, p);
	if (pp->n == pp->cap) {
		pp->cap = pp->cap ? pp->cap * 2 : 16;
		pp->all = realloc(pp->all, pp->cap * sizeof(struct person *));
		assert_non_null(pp->all);
	}
	pp->all[pp->n++] = p;
	return p;
}

/* The newest first: tests ask for whom they have just made. */
const struct keychain *people_lookup(void *arg, const uint8_t genesis[KEYCHAIN_GENESIS])
{
	const struct people *pp = arg;

	for (size_t i = pp->n; i-- > 0;)
		if (memcmp(pp->all[i]->genesis, genesis, KEYCHAIN_GENESIS) == 0)
			return pp->all[i]->chain;
	return NULL;
}

void people_sign(struct people *pp, const struct person *signer, const struct clinic_body *body, struct buf *out)
{
	assert_int_equal(clinic_sign(pp->clinic, &signer->device, pp->now_ms, body, out), 0);
}

void people_sign_exactly(struct people *pp, const struct person *signer, const struct clinic_body *body,
                         struct buf *out)
{
	static const uint8_t salt[LINK_SALT] = {1};
	struct clinic_head head;
	struct buf inner;

	assert_true(clinic_head(pp->clinic, &head));
	buf_init(&inner, 0);
	assert_int_equal(clinic_body_put(body, salt, &inner), 0);
	assert_int_equal(
	    link_sign(&(struct link_new){.chain = clinic_id(pp->clinic),
	                                 .prev = head.hash,
	                                 .seq = head.seq + 1,
	                                 .time_ms = pp->now_ms,
	                                 .type = (uint8_t)(body->type | (body->confined ? CLINIC_CONFINED : 0)),
	                                 .signer = signer->did,
	                                 .seed = signer->device.sign,
	                                 .inner = inner.data,
	                                 .inner_len = inner.len},
	              out),
	    0);
	buf_wipe(&inner);
}

int people_apply(struct people *pp, const void *bytes, size_t len)
{
	struct link link;
	int err = link_parse(bytes, len, &link);

	if (!err)
		err = clinic_apply(pp->clinic, &link);
	if (err)
		return err;
	if (pp->n_links == pp->cap_links) {
		pp->cap_links = pp->cap_links ? pp->cap_links * 2 : 16;
		pp->links = realloc(pp->links, pp->cap_links * sizeof(struct buf));
		assert_non_null(pp->links);
	}
	buf_init(&pp->links[pp->n_links], 0);
	assert_int_equal(buf_put(&pp->links[pp->n_links++], bytes, len), 0);
	pp->now_ms += 1000;
	return 0;
}

static uint64_t must_apply(struct people *pp, struct buf *b)
{
	assert_int_equal(people_apply(pp, b->data, b->len), 0);
	buf_wipe(b);
	return pp->n_links - 1;
}

uint64_t people_say(struct people *pp, const struct person *signer, const struct clinic_body *body)
{
	struct buf b;

	buf_init(&b, 0);
	people_sign(pp, signer, body, &b);
	return must_apply(pp, &b);
}

struct person *people_found(struct people *pp)
{
	struct clinic_body pin = {.type = CLINIC_SERVER_PIN, .n_list = 1};
	struct clinic_body policy = {
	    .type = CLINIC_POLICY,
	    .n_policy = 3,
	    .policy = {{CLINIC_POLICY_SUITE, 1}, {CLINIC_POLICY_RETAIN_DAYS, 2557}, {CLINIC_POLICY_INVITE_DAYS, 14}}};
	struct invite_keys code;
	struct person *admin;
	struct buf b;

	people_code(pp, &code);
	admin = people_new(pp, &code);
	buf_init(&b, 0);
	assert_int_equal(clinic_sign_genesis(&(struct clinic_sign_genesis){.device = &admin->device,
	                                                                   .admin = admin->genesis,
	                                                                   .founding = code.public,
	                                                                   .time_ms = pp->now_ms},
	                                     &b),
	                 0);
	must_apply(pp, &b);
	memcpy(pin.list[0], pp->server_tls_pub, CRYPTO_KEY);
	memcpy(pin.key, pp->log_pub, CRYPTO_KEY);
	people_say(pp, admin, &pin);
	people_say(pp, admin, &policy);
	return admin;
}

static void set_list(struct clinic_body *b, struct person *const *team, size_t n)
{
	b->n_list = n;
	for (size_t i = 0; i < n; i++)
		memcpy(b->list[i], team[i]->genesis, KEYCHAIN_GENESIS);
}

uint64_t people_invite(struct people *pp, const struct people_invite *o, struct invite_keys *code)
{
	struct clinic_body b = {.type = CLINIC_INVITE, .role = o->role, .expires_ms = pp->now_ms + PEOPLE_WEEK};

	people_code(pp, code);
	memcpy(b.key, code->public, CRYPTO_KEY);
	set_list(&b, o->team, o->n_team);
	return people_say(pp, o->by, &b);
}

void people_sign_join(struct people *pp, const struct person *who, enum role role, uint64_t invite_seq, struct buf *out)
{
	struct clinic_sign_join o = {.clinic = clinic_id(pp->clinic),
	                             .invite_seed = who->invite.seed,
	                             .invite_seq = invite_seq,
	                             .role = role,
	                             .genesis = who->genesis,
	                             .time_ms = pp->now_ms};

	assert_true(clinic_head(pp->clinic, &o.head));
	assert_int_equal(clinic_sign_join(&o, out), 0);
}

struct person *people_join(struct people *pp, const struct people_invite *o)
{
	struct invite_keys code;
	uint64_t seq = people_invite(pp, o, &code);
	struct person *who = people_new(pp, &code);
	struct buf b;

	buf_init(&b, 0);
	people_sign_join(pp, who, o->role, seq, &b);
	must_apply(pp, &b);
	return who;
}

struct person *people_staff(struct people *pp, const struct person *by, enum role role)
{
	return people_join(pp, &(struct people_invite){.by = by, .role = role});
}

void people_set_team(struct people *pp, const struct person *by, const struct person *client,
                     struct person *const *team, size_t n_team)
{
	struct clinic_body b = {.type = CLINIC_TEAM};

	memcpy(b.genesis, client->genesis, KEYCHAIN_GENESIS);
	set_list(&b, team, n_team);
	people_say(pp, by, &b);
}

void people_remove(struct people *pp, const struct person *by, const struct person *who)
{
	struct clinic_body b = {.type = CLINIC_REMOVE};

	memcpy(b.genesis, who->genesis, KEYCHAIN_GENESIS);
	people_say(pp, by, &b);
}

void people_role(struct people *pp, const struct person *by, const struct person *who, enum role role)
{
	struct clinic_body b = {.type = CLINIC_ROLE, .role = role};

	memcpy(b.genesis, who->genesis, KEYCHAIN_GENESIS);
	people_say(pp, by, &b);
}

void people_link(const struct people *pp, uint64_t seq, struct link *out)
{
	assert_true(seq < pp->n_links);
	assert_int_equal(link_parse(pp->links[seq].data, pp->links[seq].len, out), 0);
}

struct clinic *people_view(struct people *pp, const struct person *reader)
{
	struct clinic *view;

	assert_int_equal(clinic_new(&(struct clinic_lookup){people_lookup, pp}, &view), 0);
	for (uint64_t seq = 0; seq < pp->n_links; seq++) {
		struct link link;

		people_link(pp, seq, &link);
		if (!clinic_may_see_inner(pp->clinic, seq, reader->genesis)) {
			link.inner = NULL;
			link.inner_len = 0;
		}
		assert_int_equal(clinic_apply(view, &link), 0);
	}
	return view;
}

void people_cast(struct people *pp, struct people_cast *who)
{
	who->admin = people_found(pp);
	who->therapist = people_staff(pp, who->admin, ROLE_THERAPIST);
	who->prescriber = people_staff(pp, who->admin, ROLE_PRESCRIBER);
	who->client = people_join(pp, &(struct people_invite){.by = who->therapist,
	                                                      .role = ROLE_CLIENT,
	                                                      .team = (struct person *[]){who->therapist, who->prescriber},
	                                                      .n_team = 2});
}
