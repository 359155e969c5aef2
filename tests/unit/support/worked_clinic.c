/* worked_clinic: see worked_clinic.h. Values that the programs' functions keep to themselves are opened again with the
 * keys of those who may. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "proto/clinic_sign.h"
#include "proto/crypto.h"
#include "proto/label.h"
#include "proto/link.h"

#include "worked_clinic.h"

#define DAY UINT64_C(86400000)
#define OK(call) assert_int_equal(call, 0)

static void put_code(struct worked_clinic *x, const char *prefix, char kind, struct code *code,
                     struct invite_keys *keys)
{
	char typed[CODE_TEXT];

	example_text_about(&x->text, prefix);
	OK(code_new(kind, code));
	OK(code_format(code, typed));
	OK(invite_derive(code->symbols, CODE_SYMBOLS, keys));
	example_text_word(&x->text, "code", typed);
	example_text_word(&x->text, "secret", code->symbols);
	example_text_hex(&x->text, "invite_id", keys->id, INVITE_ID);
	example_text_hex(&x->text, "invite_key", keys->key, CRYPTO_KEY);
	example_text_hex(&x->text, "invite_sign_seed", keys->seed, CRYPTO_KEY);
	example_text_hex(&x->text, "invite_public", keys->public, CRYPTO_KEY);
}

void worked_clinic_put_device(struct worked_clinic *x, const char *which, const struct device_secret *s,
                              const struct device_public *p)
{
	const struct {
		const char *name;
		const uint8_t *key;
	} keys[] = {
	    {"tls_private", s->tls},  {"tls_public", p->tls},    {"sign_private", s->sign},
	    {"sign_public", p->sign}, {"seal_private", s->seal}, {"seal_public", p->seal},
	};
	char name[64];

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		snprintf(name, sizeof name, "%s_%s", which, keys[i].name);
		example_text_hex(&x->text, name, keys[i].key, CRYPTO_KEY);
	}
}

void worked_clinic_put_link(struct worked_clinic *x, const struct buf *bytes)
{
	struct link link;

	OK(link_parse(bytes->data, bytes->len, &link));
	example_text_hex(&x->text, "inner", link.inner, link.inner_len);
	example_text_hex(&x->text, "outer", link.outer, link.outer_len);
	if (link.boxes)
		example_text_hex(&x->text, "boxes", link.boxes, link.boxes_len);
	example_text_hex(&x->text, "link", bytes->data, bytes->len);
	example_text_hex(&x->text, "hash", link.hash, CRYPTO_HASH);
}

static void put_epoch(struct worked_clinic *x, const struct worked_person *w)
{
	const struct epoch_ref *epoch = keychain_epoch(w->chain);
	const uint8_t *boxes;
	struct link link;
	uint8_t root[CRYPTO_HASH];
	size_t n;

	example_text_hex(&x->text, "epoch_seed", w->seed, EPOCH_SEED);
	example_text_number(&x->text, "epoch", epoch->number);
	example_text_hex(&x->text, "epoch_seal_private", w->epoch.seal_private, CRYPTO_KEY);
	example_text_hex(&x->text, "epoch_seal_public", w->epoch.seal_public, CRYPTO_KEY);
	example_text_hex(&x->text, "epoch_self_key", w->epoch.self, CRYPTO_KEY);
	example_text_hex(&x->text, "epoch_previous_key", w->epoch.prev, CRYPTO_KEY);
	OK(link_parse(w->link.data, w->link.len, &link));
	OK(epoch_boxes_get(link.boxes, link.boxes_len, &boxes, &n));
	OK(epoch_boxes_root(boxes, n, root));
	example_text_hex(&x->text, "boxes_root", root, CRYPTO_HASH);
}

static void put_person(struct worked_clinic *x, const char *name, const struct invite_keys *code,
                       struct worked_person *w)
{
	char typed[CODE_TEXT];

	example_text_about(&x->text, name);
	OK(code_new(CODE_RECOVERY, &w->recovery));
	OK(code_format(&w->recovery, typed));
	OK(device_generate(&w->device));
	OK(device_from_recovery(w->recovery.symbols, CODE_SYMBOLS, &w->paper));
	OK(device_public_of(&w->device, &w->device_pub));
	OK(device_public_of(&w->paper, &w->paper_pub));
	OK(device_id(&w->device_pub, w->did));
	OK(device_id(&w->paper_pub, w->paper_did));
	OK(crypto_random(w->seed, EPOCH_SEED));
	OK(epoch_derive(w->seed, &w->epoch));
	buf_init(&w->link, 0);
	OK(keychain_create(&(struct keychain_opts){&w->device, &w->paper, w->seed, code->seed, WORKED_NOW}, &w->link));
	OK(keychain_new(w->link.data, w->link.len, &w->chain));
	w->genesis = keychain_genesis(w->chain);
	worked_clinic_put_device(x, "device", &w->device, &w->device_pub);
	example_text_hex(&x->text, "did", w->did, DEVICE_ID);
	example_text_word(&x->text, "recovery_code", typed);
	worked_clinic_put_device(x, "recovery", &w->paper, &w->paper_pub);
	example_text_hex(&x->text, "recovery_did", w->paper_did, DEVICE_ID);
	put_epoch(x, w);
	worked_clinic_put_link(x, &w->link);
	example_text_hex(&x->text, "genesis", w->genesis, KEYCHAIN_GENESIS);
	example_text_hex(&x->text, "pid", w->genesis, KEYCHAIN_PID);
}

static void put_packet(struct worked_clinic *x, const struct invite_keys *keys, const struct invite_packet *packet)
{
	static const char label[] = LABEL_PREFIX LABEL_PACKET;
	const struct crypto_bytes aad[] = {{label, sizeof label}, {keys->id, INVITE_ID}};
	struct buf sealed;
	uint8_t plain[4096];

	buf_init(&sealed, sizeof plain);
	OK(invite_seal(keys, packet, &sealed));
	OK(crypto_open(keys->key, sealed.data, aad, 2, sealed.data + CRYPTO_NONCE, sealed.len - CRYPTO_NONCE, plain));
	example_text_hex(&x->text, "packet_plain", plain, sealed.len - CRYPTO_NONCE - CRYPTO_TAG);
	example_text_hex(&x->text, "packet", sealed.data, sealed.len);
	buf_wipe(&sealed);
}

static const struct keychain *find(void *arg, const uint8_t genesis[KEYCHAIN_GENESIS])
{
	const struct worked_clinic *x = arg;

	if (x->ana.genesis && memcmp(genesis, x->ana.genesis, KEYCHAIN_GENESIS) == 0)
		return x->ana.chain;
	return x->jo.genesis && memcmp(genesis, x->jo.genesis, KEYCHAIN_GENESIS) == 0 ? x->jo.chain : NULL;
}

static void put_clinic_link(struct worked_clinic *x, const char *prefix, struct buf *bytes)
{
	struct link link;

	example_text_about(&x->text, prefix);
	OK(link_parse(bytes->data, bytes->len, &link));
	OK(clinic_apply(x->clinic, &link));
	example_text_number(&x->text, "seq", link.seq);
	example_text_number(&x->text, "type", link.type);
	worked_clinic_put_link(x, bytes);
	buf_wipe(bytes);
}

static void found(struct worked_clinic *x)
{
	struct invite_packet packet = {.kind = INVITE_FOUNDING,
	                               .clinic_name = "Riverside",
	                               .role = ROLE_ADMIN,
	                               .invitee_name = "Ana",
	                               .expires_ms = WORKED_NOW + 7 * DAY};
	struct clinic_body pin = {.type = CLINIC_SERVER_PIN, .n_list = 1};
	struct clinic_body policy = {
	    .type = CLINIC_POLICY,
	    .n_policy = 3,
	    .policy = {{CLINIC_POLICY_SUITE, 1}, {CLINIC_POLICY_RETAIN_DAYS, 2557}, {CLINIC_POLICY_INVITE_DAYS, 14}}};
	struct buf b;

	buf_init(&b, 0);
	example_text_say(&x->text, "\n# What the operator's founding code opens.");
	memcpy(packet.server_tls, x->server_pub.tls, CRYPTO_KEY);
	memcpy(packet.log, x->server_pub.sign, CRYPTO_KEY);
	example_text_about(&x->text, "founding");
	put_packet(x, &x->founding, &packet);
	example_text_say(&x->text, "\n# Ana, the first admin: her keys and her key chain.");
	put_person(x, "ana", &x->founding, &x->ana);
	example_text_say(&x->text, "\n# The clinic chain begins. The hash of its first link is the clinic.");
	OK(clinic_sign_genesis(
	    &(struct clinic_sign_genesis){&x->ana.device, x->ana.genesis, x->founding.public, WORKED_NOW}, &b));
	put_clinic_link(x, "clinic.genesis", &b);
	memcpy(pin.list[0], x->server_pub.tls, CRYPTO_KEY);
	memcpy(pin.key, x->server_pub.sign, CRYPTO_KEY);
	OK(clinic_sign(x->clinic, &x->ana.device, WORKED_NOW + 1000, &pin, &b));
	put_clinic_link(x, "clinic.server_pin", &b);
	OK(clinic_sign(x->clinic, &x->ana.device, WORKED_NOW + 2000, &policy, &b));
	put_clinic_link(x, "clinic.policy", &b);
}

static void invite(struct worked_clinic *x)
{
	struct invite_packet packet = {.kind = INVITE_MEMBER,
	                               .n_team = 1,
	                               .clinic_name = "Riverside",
	                               .role = ROLE_CLIENT,
	                               .invitee_name = "Jo",
	                               .expires_ms = WORKED_NOW + 10 * DAY};
	struct clinic_body body = {
	    .type = CLINIC_INVITE, .role = ROLE_CLIENT, .expires_ms = WORKED_NOW + 10 * DAY, .n_list = 1};
	struct clinic_sign_join join = {.clinic = clinic_id(x->clinic), .role = ROLE_CLIENT, .time_ms = WORKED_NOW + 4000};
	struct clinic_head head;
	struct buf b;

	buf_init(&b, 0);
	example_text_say(&x->text, "\n# Ana invites Jo, a client; she is on the care team herself.");
	memcpy(body.key, x->invitation.public, CRYPTO_KEY);
	memcpy(body.list[0], x->ana.genesis, KEYCHAIN_GENESIS);
	OK(clinic_sign(x->clinic, &x->ana.device, WORKED_NOW + 3000, &body, &b));
	put_clinic_link(x, "clinic.invite", &b);
	assert_true(clinic_head(x->clinic, &head));
	memcpy(packet.clinic, clinic_id(x->clinic), CRYPTO_HASH);
	packet.head_seq = head.seq;
	memcpy(packet.head_hash, head.hash, CRYPTO_HASH);
	memcpy(packet.inviter, x->ana.genesis, KEYCHAIN_GENESIS);
	memcpy(packet.team[0].genesis, x->ana.genesis, KEYCHAIN_GENESIS);
	packet.team[0].role = ROLE_ADMIN;
	memcpy(packet.team[0].name, "Ana", 4);
	memcpy(packet.server_tls, x->server_pub.tls, CRYPTO_KEY);
	memcpy(packet.log, x->server_pub.sign, CRYPTO_KEY);
	example_text_about(&x->text, "invitation");
	put_packet(x, &x->invitation, &packet);
	example_text_say(&x->text, "\n# Jo joins.");
	put_person(x, "jo", &x->invitation, &x->jo);
	join.head = head;
	join.invite_seed = x->invitation.seed;
	join.invite_seq = head.seq;
	join.genesis = x->jo.genesis;
	OK(clinic_sign_join(&join, &b));
	put_clinic_link(x, "clinic.join", &b);
	assert_true(clinic_on_team(x->clinic, x->ana.genesis, x->jo.genesis));
}

static void put_server(struct worked_clinic *x)
{
	example_text_say(&x->text,
	                 "\n# The server: the key of its connections, the key of its receipts, the life of its store.");
	example_text_about(&x->text, "server");
	OK(device_generate(&x->server));
	OK(device_public_of(&x->server, &x->server_pub));
	OK(crypto_random(x->generation, FEED_GENERATION));
	example_text_hex(&x->text, "tls_private", x->server.tls, CRYPTO_KEY);
	example_text_hex(&x->text, "tls_public", x->server_pub.tls, CRYPTO_KEY);
	example_text_hex(&x->text, "log_private", x->server.sign, CRYPTO_KEY);
	example_text_hex(&x->text, "log_public", x->server_pub.sign, CRYPTO_KEY);
	example_text_hex(&x->text, "generation", x->generation, FEED_GENERATION);
}

void worked_clinic_make(struct worked_clinic *x)
{
	x->ana.name = "ana";
	x->jo.name = "jo";
	OK(clinic_new(&(struct clinic_lookup){find, x}, &x->clinic));
	example_text_say(&x->text, "\n# Codes, and what is derived from them.");
	put_code(x, "founding", CODE_FOUNDING, &x->founding_code, &x->founding);
	put_code(x, "invitation", CODE_INVITATION, &x->invitation_code, &x->invitation);
	put_server(x);
	found(x);
	invite(x);
}

void worked_clinic_drop(struct worked_clinic *x)
{
	clinic_free(x->clinic);
	buf_wipe(&x->ana.link);
	buf_wipe(&x->jo.link);
	keychain_free(x->ana.chain);
	keychain_free(x->jo.chain);
}
