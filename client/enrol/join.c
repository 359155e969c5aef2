/* join: see join.h. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/book/links.h"
#include "client/book/people.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/clinic_sign.h"
#include "proto/code.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/invite.h"
#include "proto/keychain.h"
#include "proto/link.h"
#include "proto/msg_reply.h"

#include "enrol.h"
#include "client/sync/rpc.h"

#include "join.h"

#define TIMEOUT_S 30
#define RETRIES 8 /* others may add to the clinic chain at the same time */
#define FOUNDING_LINKS 3

struct join {
	struct rpc_opts where;
	char host[IDENTITY_HOST];
	struct rpc *c;
	struct device_secret device;
	struct invite_keys keys;
	struct invite_packet packet;
	struct clinic_head head; /* the clinic chain's, as the server says: what a join is signed onto */
	/* made by join_prepare */
	uint8_t genesis[32];
	struct buf person, founding[FOUNDING_LINKS];
};

static uint64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int get_packet(struct join *j)
{
	struct msg_invite_get m = {j->keys.id};
	struct msg_invite_get_reply got;
	struct msg_reply *reply;
	uint8_t key[32];
	uint32_t id;
	struct buf *out = rpc_begin(j->c, &id);
	int err = rpc_call(j->c, msg_put_invite_get(out, id, &m), &reply);
	if (!err)
		err = rpc_answer(msg_get_invite_get_reply(&reply->body, &got));
	if (!err)
		err = invite_open(&j->keys, got.packet.data, got.packet.len, &j->packet);
	if (err)
		return err;
	rpc_key(j->c, key);
	if (memcmp(key, j->packet.server_tls, sizeof(key)) != 0)
		return ERR_PIN;
	if (now_ms() > j->packet.expires_ms)
		return ERR_CODE_EXPIRED;
	if ((j->packet.kind == INVITE_MEMBER) != got.has_head)
		return ERR_LINK;
	if (got.has_head) {
		j->head.seq = got.head.seq;
		memcpy(j->head.hash, got.head.hash, sizeof(j->head.hash));
	}
	return 0;
}

int join_connect(const struct join_opts *opts, struct join **out)
{
	*out = NULL;
	struct join *j = crypto_secret_new(sizeof(*j));
	if (!j)
		return ERR_NOMEM;
	buf_init(&j->person, 0);
	for (size_t i = 0; i < FOUNDING_LINKS; i++)
		buf_init(&j->founding[i], 0);
	snprintf(j->host, sizeof(j->host), "%s", opts->host);
	j->where = (struct rpc_opts){.host = j->host, .port = opts->port, .tls_seed = j->device.tls};
	j->where.timeout_s = opts->timeout_s ? opts->timeout_s : TIMEOUT_S;
	int err = invite_derive(opts->code->symbols, CODE_SYMBOLS, &j->keys);
	if (!err)
		err = device_generate(&j->device);
	if (!err)
		err = rpc_open(&j->where, &j->c);
	if (!err)
		err = get_packet(j);
	/* A person now reads, chooses a passphrase, writes a code down: a guest's connection does not wait for that. */
	rpc_close(j->c);
	j->c = NULL;
	if (err)
		join_free(j);
	else
		*out = j;
	return err;
}

void join_free(struct join *j)
{
	if (!j)
		return;
	rpc_close(j->c);
	buf_wipe(&j->person);
	for (size_t i = 0; i < FOUNDING_LINKS; i++)
		buf_wipe(&j->founding[i]);
	crypto_secret_free(j, sizeof(*j));
}

const struct invite_packet *join_packet(const struct join *j)
{
	return &j->packet;
}

/* --- making the person --- */

static int make_person(struct join *j, const uint8_t seed[EPOCH_SEED], struct code *recovery)
{
	struct device_secret paper;
	struct keychain *chain = NULL;
	struct keychain_opts opts = {&j->device, &paper, seed, j->keys.seed, now_ms()};
	buf_reset(&j->person);
	int err = code_new(CODE_RECOVERY, recovery);
	if (!err)
		err = device_from_recovery(recovery->symbols, CODE_SYMBOLS, &paper);
	if (!err)
		err = keychain_create(&opts, &j->person);
	if (!err)
		err = keychain_new(j->person.data, j->person.len, &chain);
	if (!err)
		memcpy(j->genesis, keychain_genesis(chain), sizeof(j->genesis));
	keychain_free(chain);
	device_wipe(&paper);
	return err;
}

static int apply_bytes(struct fold *fold, const struct buf *bytes)
{
	struct link link;
	int err = link_parse(bytes->data, bytes->len, &link);
	return err ? err : fold_apply(fold, &link);
}

/* The founder's first three statements. */
static int make_clinic(struct join *j)
{
	struct fold *fold = NULL;
	struct clinic_sign_genesis first = {&j->device, j->genesis, j->keys.public, now_ms()};
	struct clinic_body pin = {.type = CLINIC_SERVER_PIN, .n_list = 1};
	struct clinic_body policy = {.type = CLINIC_POLICY};
	memcpy(pin.list[0], j->packet.server_tls, 32);
	memcpy(pin.key, j->packet.log, 32);
	int err = fold_new(&fold);
	for (enum clinic_policy_key key = 1; !err && key <= CLINIC_POLICY_KEYS; key++)
		policy.policy[policy.n_policy++] = (struct clinic_policy_entry){key, clinic_policy(fold_clinic(fold), key)};
	for (size_t i = 0; i < FOUNDING_LINKS; i++)
		buf_reset(&j->founding[i]);
	if (!err)
		err = fold_add(fold, j->genesis, j->person.data, j->person.len);
	if (!err)
		err = clinic_sign_genesis(&first, &j->founding[0]);
	if (!err)
		err = apply_bytes(fold, &j->founding[0]);
	if (!err)
		err = clinic_sign(fold_clinic(fold), &j->device, now_ms(), &pin, &j->founding[1]);
	if (!err)
		err = apply_bytes(fold, &j->founding[1]);
	if (!err)
		err = clinic_sign(fold_clinic(fold), &j->device, now_ms(), &policy, &j->founding[2]);
	if (!err)
		err = apply_bytes(fold, &j->founding[2]);
	if (!err)
		memcpy(j->packet.clinic, clinic_id(fold_clinic(fold)), 32);
	fold_free(fold);
	return err;
}

static int fill_identity(const struct join *j, const char *name, const uint8_t seed[EPOCH_SEED], struct identity *id)
{
	struct device_public pub;
	memcpy(id->genesis, j->genesis, sizeof(id->genesis));
	memcpy(id->pid, j->genesis, sizeof(id->pid));
	memcpy(id->clinic, j->packet.clinic, sizeof(id->clinic));
	id->device = j->device;
	id->role = (uint8_t)j->packet.role;
	snprintf(id->name, sizeof(id->name), "%s", name);
	snprintf(id->clinic_name, sizeof(id->clinic_name), "%s", j->packet.clinic_name);
	snprintf(id->host, sizeof(id->host), "%s", j->host);
	id->port = j->where.port;
	id->n_pins = 1;
	memcpy(id->pins[0], j->packet.server_tls, 32);
	memcpy(id->log_public, j->packet.log, 32);
	id->n_epochs = 1;
	id->epochs[0].epoch = 1;
	memcpy(id->epochs[0].seed, seed, EPOCH_SEED);
	int err = device_public_of(&j->device, &pub);
	return err ? err : device_id(&pub, id->did);
}

static int keep(const struct join *j, struct vault *vault, const struct identity *id)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(vault, true, &txn);
	if (!err)
		err = identity_save(txn, id);
	if (!err)
		err = links_put(txn, j->genesis, 0, j->person.data, j->person.len);
	for (size_t i = 0; !err && i < j->packet.n_team; i++)
		err = people_name_put(txn, j->packet.team[i].genesis, j->packet.team[i].name, "", false);
	if (err)
		vault_abort(txn);
	else
		err = vault_commit(txn);
	return err;
}

int join_prepare(struct join *j, struct vault *vault, const char *name, struct code *recovery)
{
	uint8_t *seed = crypto_secret_new(EPOCH_SEED);
	struct identity *id = identity_new();
	int err = seed && id ? crypto_random(seed, EPOCH_SEED) : ERR_NOMEM;
	if (!err)
		err = make_person(j, seed, recovery);
	if (!err && j->packet.kind == INVITE_FOUNDING)
		err = make_clinic(j);
	if (!err)
		err = fill_identity(j, name, seed, id);
	if (!err)
		err = keep(j, vault, id);
	identity_free(id);
	crypto_secret_free(seed, EPOCH_SEED);
	return err;
}

/* --- becoming a member --- */

static int sign_join(const struct join *j, struct buf *link)
{
	struct clinic_sign_join o = {.clinic = j->packet.clinic,
	                             .head = j->head,
	                             .invite_seed = j->keys.seed,
	                             .invite_seq = j->packet.head_seq,
	                             .role = j->packet.role,
	                             .genesis = j->genesis,
	                             .time_ms = now_ms()};
	buf_reset(link);
	return clinic_sign_join(&o, link);
}

static int send_once(struct join *j, const struct buf *join_link)
{
	struct msg_join m = {.invite = j->keys.id, .genesis = {j->person.data, j->person.len}};
	struct msg_reply *reply;
	struct msg_head head;
	uint32_t id;
	if (j->packet.kind == INVITE_FOUNDING)
		for (m.n_links = 0; m.n_links < FOUNDING_LINKS; m.n_links++)
			m.links[m.n_links] = (struct msg_bytes){j->founding[m.n_links].data, j->founding[m.n_links].len};
	else
		m.links[m.n_links++] = (struct msg_bytes){join_link->data, join_link->len};
	struct buf *out = rpc_begin(j->c, &id);
	int err = rpc_call(j->c, msg_put_join(out, id, &m), &reply);
	if (err == ERR_CHAIN_BEHIND && reply && !msg_get_head(&reply->body, &head)) {
		j->head.seq = head.seq;
		memcpy(j->head.hash, head.hash, sizeof(j->head.hash));
	}
	return err;
}

static int check_invitation(void *arg, const struct fold *fold)
{
	const struct invite_packet *packet = arg;
	return packet->kind == INVITE_MEMBER ? invite_check(packet, fold_clinic(fold)) : 0;
}

static int load_identity(struct vault *vault, struct identity **id)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(vault, false, &txn);
	if (!err)
		err = identity_load(txn, id);
	vault_abort(txn);
	return err;
}

int join_commit(struct join *j, struct vault *vault)
{
	struct enrol_way way = {.check = check_invitation, .arg = &j->packet};
	struct identity *id = NULL;
	struct buf join_link;
	buf_init(&join_link, LINK_MAX);
	int err = load_identity(vault, &id);
	int sent = ERR_CHAIN_BEHIND;
	if (!err) {
		j->where.pins = (const uint8_t(*)[32])id->pins;
		j->where.n_pins = id->n_pins;
		err = rpc_open(&j->where, &j->c);
	}
	for (unsigned tries = 0; !err && sent == ERR_CHAIN_BEHIND && tries < RETRIES; tries++) {
		if (j->packet.kind == INVITE_MEMBER)
			err = sign_join(j, &join_link);
		if (!err)
			sent = send_once(j, &join_link);
	}
	if (!err)
		err = sent;
	rpc_close(j->c);
	j->c = NULL;
	if (!err)
		err = enrol_finish(&j->where, vault, id, &way);
	buf_wipe(&join_link);
	identity_free(id);
	return err;
}

int join_resume(struct vault *vault, struct identity *id, unsigned timeout_s)
{
	struct rpc_opts where = {.host = id->host,
	                         .port = id->port,
	                         .tls_seed = id->device.tls,
	                         .pins = (const uint8_t(*)[32])id->pins,
	                         .n_pins = id->n_pins,
	                         .timeout_s = timeout_s ? timeout_s : TIMEOUT_S};
	return enrol_finish(&where, vault, id, &(struct enrol_way){0});
}
