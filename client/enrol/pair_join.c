/* pair_join: see pair_join.h. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/book/people.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/code.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/keychain_sign.h"

#include "enrol.h"
#include "client/sync/mailbox.h"
#include "client/sync/rpc.h"
#include "client/sync/settle.h"

#include "pair_join.h"

#define TIMEOUT_S 30

struct pair_join {
	struct rpc_opts where;
	char host[IDENTITY_HOST];
	struct rpc *c;
	struct device_secret device;
	struct pair_keys keys;
	struct pair_offer offer;
	struct pair_answer answer;
	struct pair_welcome welcome;
	uint64_t until_ms;
	bool revealed;
	struct buf offer_plain, offer_stored, answer_plain, answer_stored, reveal_stored, slot;
};

static uint64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* --- the offer --- */

/* What was promised is who answers: at once, before anything is told. */
static int check_server(const struct pair_join *j)
{
	uint8_t key[32];
	rpc_key(j->c, key);
	for (uint32_t i = 0; i < j->offer.n_servers; i++)
		if (memcmp(key, j->offer.servers[i], sizeof(key)) == 0)
			return 0;
	return ERR_PIN;
}

static int read_offer(struct pair_join *j)
{
	int err = mailbox_get(j->c, j->keys.box, PAIR_OFFER, 0, &j->offer_stored);
	if (err == ERR_NOT_FOUND)
		return ERR_CODE_UNKNOWN;
	if (!err)
		err = pair_open(&j->keys, PAIR_OFFER, j->offer_stored.data, j->offer_stored.len, &j->offer_plain);
	if (!err)
		err = pair_offer_get(j->offer_plain.data, j->offer_plain.len, &j->offer);
	return err ? err : check_server(j);
}

int pair_join_connect(const struct pair_join_opts *opts, struct pair_join **out)
{
	*out = NULL;
	struct pair_join *j = crypto_secret_new(sizeof(*j));
	if (!j)
		return ERR_NOMEM;
	struct buf *all[] = {&j->offer_plain,   &j->offer_stored,  &j->answer_plain,
	                     &j->answer_stored, &j->reveal_stored, &j->slot};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		buf_init(all[i], 0);
	snprintf(j->host, sizeof(j->host), "%s", opts->host);
	j->where = (struct rpc_opts){.host = j->host, .port = opts->port, .tls_seed = j->device.tls};
	j->where.timeout_s = opts->timeout_s ? opts->timeout_s : TIMEOUT_S;
	j->until_ms = now_ms() + MAILBOX_LIFE_MS;
	int err = pair_derive(opts->code->symbols, CODE_SYMBOLS, &j->keys);
	if (!err && opts->again)
		j->device = opts->again->device;
	else if (!err)
		err = device_generate(&j->device);
	if (!err)
		err = rpc_open(&j->where, &j->c);
	if (!err)
		err = read_offer(j);
	/* a person now reads and chooses a passphrase: a guest's connection does not wait for that */
	rpc_close(j->c);
	j->c = NULL;
	j->where.pins = (const uint8_t(*)[32])j->offer.servers;
	j->where.n_pins = j->offer.n_servers;
	if (err)
		pair_join_free(j);
	else
		*out = j;
	return err;
}

void pair_join_free(struct pair_join *j)
{
	if (!j)
		return;
	rpc_close(j->c);
	buf_wipe(&j->offer_plain);
	buf_wipe(&j->offer_stored);
	buf_wipe(&j->answer_plain);
	buf_wipe(&j->answer_stored);
	buf_wipe(&j->reveal_stored);
	buf_wipe(&j->slot);
	pair_welcome_free(&j->welcome);
	crypto_secret_free(j, sizeof(*j));
}

const struct pair_offer *pair_join_offer(const struct pair_join *j)
{
	return &j->offer;
}

/* --- keeping what must not be lost --- */

static int fill_identity(const struct pair_join *j, struct identity *id)
{
	struct device_public pub;
	memcpy(id->genesis, j->offer.genesis, sizeof(id->genesis));
	memcpy(id->pid, j->offer.genesis, sizeof(id->pid));
	memcpy(id->clinic, j->offer.clinic, sizeof(id->clinic));
	id->device = j->device;
	id->role = (uint8_t)j->offer.role;
	snprintf(id->name, sizeof(id->name), "%s", j->offer.name);
	snprintf(id->clinic_name, sizeof(id->clinic_name), "%s", j->offer.clinic_name);
	snprintf(id->host, sizeof(id->host), "%s", j->host);
	id->port = j->where.port;
	id->n_pins = j->offer.n_servers;
	memcpy(id->pins, j->offer.servers, sizeof(id->pins));
	memcpy(id->log_public, j->offer.log, sizeof(id->log_public));
	int err = device_public_of(&j->device, &pub);
	return err ? err : device_id(&pub, id->did);
}

static int keep_name(void *arg, struct vault_txn *txn, const struct identity *id)
{
	(void)id;
	return settle_begin(txn, &(struct settle){.due = true}, arg);
}

int pair_join_prepare(struct pair_join *j, struct vault *vault, const char *device_name)
{
	struct enrol_way way = {.keep = keep_name, .arg = (char *)(uintptr_t)device_name};
	struct identity *id = identity_new();
	int err = id ? fill_identity(j, id) : ERR_NOMEM;
	if (!err)
		err = enrol_keep(vault, id, &way);
	snprintf(j->answer.name, sizeof(j->answer.name), "%s", device_name);
	identity_free(id);
	return err;
}

/* --- the answer --- */

static int make_answer(struct pair_join *j)
{
	const struct crypto_bytes offer = {j->offer_stored.data, j->offer_stored.len};
	struct buf core;
	buf_init(&core, PAIR_CORE_MAX);
	buf_reset(&j->answer_plain);
	buf_reset(&j->answer_stored);
	int err = keychain_prove_device(&j->device, j->offer.genesis, &core, j->answer.pops);
	if (!err)
		memcpy(j->answer.core, core.data, core.len);
	j->answer.core_len = core.len;
	buf_wipe(&core);
	if (!err)
		err = crypto_random(j->answer.random, sizeof(j->answer.random));
	if (!err)
		err = pair_hash(&offer, 1, j->answer.before);
	if (!err)
		err = pair_answer_put(&j->answer, &j->answer_plain);
	return err ? err : pair_seal(&j->keys, PAIR_ANSWER, j->answer_plain.data, j->answer_plain.len, &j->answer_stored);
}

/* A reveal that is there before the answer belongs to another answer. */
static int check_unused(struct pair_join *j)
{
	int err = mailbox_get(j->c, j->keys.box, PAIR_REVEAL, 0, &j->slot);
	return err == ERR_NOT_FOUND ? 0 : err ? err : ERR_EXISTS;
}

int pair_join_answer(struct pair_join *j)
{
	if (j->revealed)
		return ERR_ARG;
	int err = make_answer(j);
	if (!err && !j->c)
		err = rpc_open(&j->where, &j->c);
	if (!err)
		err = check_unused(j);
	if (!err)
		err = mailbox_put(j->c, j->keys.box, PAIR_ANSWER,
		                  &(struct crypto_bytes){j->answer_stored.data, j->answer_stored.len});
	return err == ERR_NOT_FOUND ? ERR_CODE_UNKNOWN : err;
}

/* --- the reveal and the welcome --- */

/* Each names all slots before it, as this device has them. */
static int check_before(const struct pair_join *j, size_t n, const uint8_t before[32])
{
	const struct crypto_bytes slots[] = {{j->offer_stored.data, j->offer_stored.len},
	                                     {j->answer_stored.data, j->answer_stored.len},
	                                     {j->reveal_stored.data, j->reveal_stored.len}};
	uint8_t hash[32];
	int err = pair_hash(slots, n, hash);
	return !err && memcmp(hash, before, sizeof(hash)) != 0 ? ERR_HASH : err;
}

static int read_reveal(struct pair_join *j, struct pair_reveal *m)
{
	struct buf plain;
	uint8_t commit[32];
	buf_init(&plain, 0);
	int err = pair_open(&j->keys, PAIR_REVEAL, j->slot.data, j->slot.len, &plain);
	if (!err)
		err = pair_reveal_get(plain.data, plain.len, m);
	if (!err)
		err = check_before(j, 2, m->before);
	if (!err)
		err = pair_commit(m->random, commit);
	if (!err && memcmp(commit, j->offer.commit, sizeof(commit)) != 0)
		err = ERR_HASH;
	buf_wipe(&plain);
	return err;
}

static int read_welcome(struct pair_join *j)
{
	struct buf plain;
	buf_init(&plain, 0);
	pair_welcome_free(&j->welcome);
	int err = pair_open(&j->keys, PAIR_WELCOME, j->slot.data, j->slot.len, &plain);
	if (!err)
		err = pair_welcome_get(plain.data, plain.len, &j->welcome);
	if (!err)
		err = check_before(j, 3, j->welcome.before);
	buf_wipe(&plain);
	return err;
}

/* A guest's requests are counted, so a long wait needs several connections. */
static int await(struct pair_join *j, enum pair_slot slot, unsigned ms)
{
	if (now_ms() >= j->until_ms)
		return ERR_CODE_EXPIRED;
	int err = j->c ? 0 : rpc_open(&j->where, &j->c);
	if (!err)
		err = mailbox_get(j->c, j->keys.box, slot, ms, &j->slot);
	if (err == ERR_CLOSED || err == ERR_RATE || err == ERR_GUEST || err == ERR_TIMEOUT) {
		rpc_close(j->c);
		j->c = NULL;
		err = ERR_NOT_FOUND;
	}
	return err;
}

int pair_join_reveal(struct pair_join *j, unsigned ms, uint8_t words[PAIR_WORDS])
{
	struct pair_reveal reveal;
	int err = await(j, PAIR_REVEAL, ms);
	if (!err)
		err = read_reveal(j, &reveal);
	buf_reset(&j->reveal_stored);
	if (!err)
		err = buf_put(&j->reveal_stored, j->slot.data, j->slot.len);
	if (!err)
		err = pair_words(&(struct crypto_bytes){j->offer_plain.data, j->offer_plain.len},
		                 &(struct crypto_bytes){j->answer_plain.data, j->answer_plain.len}, reveal.random, words);
	j->revealed = !err;
	return err;
}

int pair_join_wait(struct pair_join *j, unsigned ms)
{
	if (!j->revealed)
		return ERR_ARG;
	int err = await(j, PAIR_WELCOME, ms);
	return err ? err : read_welcome(j);
}

/* --- becoming a device --- */

/* We are in the chain by the link that was named, and the clinic has not less than the other device saw. */
static int check_welcome(void *arg, const struct fold *fold)
{
	const struct pair_join *j = arg;
	const struct keychain *own = fold_keychain(fold, j->offer.genesis);
	const uint8_t *link = own ? keychain_hash_at(own, j->welcome.link_seq) : NULL;
	const uint8_t *clinic = clinic_hash_at(fold_clinic(fold), j->welcome.clinic_seq);
	if (!link || memcmp(link, j->welcome.link_hash, 32) != 0)
		return ERR_ROLLBACK;
	return clinic && memcmp(clinic, j->welcome.clinic_head, 32) == 0 ? 0 : ERR_ROLLBACK;
}

static int check_added(void *arg, const struct fold *fold)
{
	const struct identity *id = arg;
	const struct keychain *own = fold_keychain(fold, id->genesis);
	return own && keychain_device(own, id->did) ? 0 : ERR_GUEST;
}

static int keep_welcome(void *arg, struct vault_txn *txn, const struct identity *id)
{
	const struct pair_join *j = arg;
	static const uint8_t none[16];
	struct settle s = {.due = true};
	int err = 0;
	(void)id;
	s.has_floor = memcmp(j->welcome.generation, none, sizeof(none)) != 0;
	memcpy(s.floor.generation, j->welcome.generation, sizeof(s.floor.generation));
	s.floor.seq = j->welcome.feed_seq;
	memcpy(s.floor.head, j->welcome.feed_head, sizeof(s.floor.head));
	for (size_t i = 0; !err && i < j->welcome.n_people; i++)
		err = people_name_put(txn, j->welcome.people[i].pid, j->welcome.people[i].name, j->welcome.people[i].pronouns,
		                      false);
	return err ? err : settle_begin(txn, &s, j->answer.name);
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

int pair_join_commit(struct pair_join *j, struct vault *vault)
{
	struct enrol_way way = {check_welcome, keep_welcome, j};
	struct identity *id = NULL;
	int err = load_identity(vault, &id);
	rpc_close(j->c);
	j->c = NULL;
	if (!err)
		err = enrol_finish(&j->where, vault, id, &way);
	identity_free(id);
	return err;
}

int pair_join_resume(struct vault *vault, struct identity *id, unsigned timeout_s)
{
	struct enrol_way way = {.check = check_added, .arg = id};
	struct rpc_opts where = {.host = id->host, .port = id->port, .tls_seed = id->device.tls};
	where.pins = (const uint8_t(*)[32])id->pins;
	where.n_pins = id->n_pins;
	where.timeout_s = timeout_s ? timeout_s : TIMEOUT_S;
	return enrol_finish(&where, vault, id, &way);
}
