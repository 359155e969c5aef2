/* recover: see recover.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/code.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/keychain_sign.h"
#include "proto/link.h"
#include "proto/msg_reply.h"
#include "proto/name.h"
#include "proto/role.h"

#include "client/sync/chains.h"
#include "enrol.h"
#include "client/sync/keylink.h"
#include "client/sync/rpc.h"
#include "client/sync/settle.h"

#include "recover.h"

#define TIMEOUT_S 30
#define RETRIES 8
#define FACT "recovering"
#define AT_HOST "the clinic at "

struct recover {
	struct rpc_opts where; /* as the paper device */
	char host[IDENTITY_HOST];
	uint8_t server[1][32]; /* who answered first; the clinic chain says whether it is the right one */
	struct rpc *c;
	struct device_secret paper, device;
	struct device_public paper_public;
	struct keychain *chain;
	uint8_t genesis[32], clinic[32], role;
};

static uint64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* --- whose paper it is --- */

/* The hello says a pid; a list that begins right before it says the whole genesis. */
static int find_genesis(struct recover *r)
{
	struct msg_chain_list_reply *got = malloc(sizeof(*got));
	uint8_t before[32] = {0};
	struct msg_chain_list m = {before};
	struct msg_reply *reply;
	uint32_t id;
	memcpy(before, rpc_hello(r->c)->pid, 16);
	for (size_t i = sizeof(before); i-- > 0 && before[i]-- == 0;)
		;
	struct buf *out = rpc_begin(r->c, &id);
	int err = got ? rpc_call(r->c, msg_put_chain_list(out, id, &m), &reply) : ERR_NOMEM;
	if (!err)
		err = rpc_answer(msg_get_chain_list_reply(&reply->body, got));
	if (!err && (got->n == 0 || memcmp(got->chains[0].chain, rpc_hello(r->c)->pid, 16) != 0))
		err = ERR_AUTHOR;
	if (!err)
		memcpy(r->genesis, got->chains[0].chain, sizeof(r->genesis));
	free(got);
	return err;
}

static int take_link(struct recover *r, const struct msg_bytes *bytes)
{
	struct link link;
	if (!r->chain) {
		int err = keychain_new(bytes->data, bytes->len, &r->chain);
		return !err && memcmp(keychain_genesis(r->chain), r->genesis, 32) != 0 ? ERR_AUTHOR : err;
	}
	int err = link_parse(bytes->data, bytes->len, &link);
	return err ? err : keychain_apply(r->chain, &link);
}

static int read_chain(struct recover *r)
{
	struct msg_chain_get_reply *got = malloc(sizeof(*got));
	int err = got ? 0 : ERR_NOMEM;
	for (bool more = true; !err && more;) {
		struct msg_chain_get m = {r->genesis, r->chain ? keychain_links(r->chain) : 0, MSG_LINKS_MAX};
		struct msg_reply *reply;
		uint32_t id;
		struct buf *out = rpc_begin(r->c, &id);
		err = rpc_call(r->c, msg_put_chain_get(out, id, &m), &reply);
		if (!err)
			err = rpc_answer(msg_get_chain_get_reply(&reply->body, got));
		if (!err && got->n == 0)
			err = ERR_LINK;
		for (uint32_t i = 0; !err && i < got->n; i++)
			err = take_link(r, &got->links[i]);
		more = !err && got->head.seq > keychain_head_seq(r->chain);
	}
	free(got);
	return err;
}

/* Nobody but the holder of the paper could have signed the proofs that put its keys into a chain. */
static int check_chain(const struct recover *r)
{
	const struct device_public *there = keychain_recovery(r->chain);
	return there && memcmp(there, &r->paper_public, sizeof(*there)) == 0 ? 0 : ERR_AUTHOR;
}

static int look_up(struct recover *r)
{
	int err = rpc_open(&r->where, &r->c);
	if (!err && (!rpc_hello(r->c)->is_member || !rpc_hello(r->c)->has_clinic))
		err = ERR_GUEST;
	if (err)
		return err;
	memcpy(r->clinic, rpc_hello(r->c)->clinic, sizeof(r->clinic));
	r->role = rpc_hello(r->c)->role;
	rpc_key(r->c, r->server[0]);
	r->where.pins = (const uint8_t(*)[32])r->server;
	r->where.n_pins = 1;
	err = find_genesis(r);
	if (!err)
		err = read_chain(r);
	return err ? err : check_chain(r);
}

int recover_connect(const struct recover_opts *opts, struct recover **out)
{
	*out = NULL;
	struct recover *r = crypto_secret_new(sizeof(*r));
	if (!r)
		return ERR_NOMEM;
	snprintf(r->host, sizeof(r->host), "%s", opts->host);
	r->where = (struct rpc_opts){.host = r->host, .port = opts->port, .tls_seed = r->paper.tls};
	r->where.timeout_s = opts->timeout_s ? opts->timeout_s : TIMEOUT_S;
	int err = device_from_recovery(opts->code->symbols, CODE_SYMBOLS, &r->paper);
	if (!err)
		err = device_public_of(&r->paper, &r->paper_public);
	if (!err && opts->again)
		r->device = opts->again->device;
	else if (!err)
		err = device_generate(&r->device);
	if (!err)
		err = look_up(r);
	/* a person now chooses a passphrase */
	rpc_close(r->c);
	r->c = NULL;
	if (err)
		recover_free(r);
	else
		*out = r;
	return err;
}

void recover_free(struct recover *r)
{
	if (!r)
		return;
	rpc_close(r->c);
	keychain_free(r->chain);
	crypto_secret_free(r, sizeof(*r));
}

uint8_t recover_role(const struct recover *r)
{
	return r->role;
}

size_t recover_devices(const struct recover *r)
{
	return keychain_devices(r->chain);
}

/* --- this machine --- */

static int fill_identity(const struct recover *r, struct identity *id)
{
	struct device_public pub;
	memcpy(id->genesis, r->genesis, sizeof(id->genesis));
	memcpy(id->pid, r->genesis, sizeof(id->pid));
	memcpy(id->clinic, r->clinic, sizeof(id->clinic));
	id->device = r->device;
	id->role = r->role;
	/* until one's own profile and the clinic's people say more */
	snprintf(id->name, sizeof(id->name), "%s", role_name((enum role)r->role));
	/* no chain and no record has the clinic's name; a long host would be no name any more */
	bool fits = sizeof(AT_HOST) - 1 + strlen(r->host) <= NAME_CHARS;
	snprintf(id->clinic_name, sizeof(id->clinic_name), AT_HOST "%s", fits ? r->host : "its server");
	snprintf(id->host, sizeof(id->host), "%s", r->host);
	id->port = r->where.port;
	id->n_pins = 1;
	memcpy(id->pins[0], r->server[0], sizeof(id->pins[0]));
	int err = device_public_of(&r->device, &pub);
	return err ? err : device_id(&pub, id->did);
}

static int keep_due(void *arg, struct vault_txn *txn, const struct identity *id)
{
	(void)id;
	int err = settle_begin(txn, &(struct settle){.due = true, .unnamed = true}, arg);
	return err ? err : ledger_fact_put(txn, FACT, NULL, 0, "1", 1);
}

int recover_prepare(struct recover *r, struct vault *vault, const char *device_name)
{
	struct enrol_way way = {.keep = keep_due, .arg = (char *)(uintptr_t)device_name};
	struct identity *id = identity_new();
	int err = id ? fill_identity(r, id) : ERR_NOMEM;
	if (!err)
		err = enrol_keep(vault, id, &way);
	identity_free(id);
	return err;
}

/* --- the link that the paper signs --- */

static int make_link(const struct recover *r, const struct identity *id, const struct fold *fold,
                     const uint8_t seed[EPOCH_SEED], struct buf *out)
{
	struct keychain_sign by = {fold_keychain(fold, id->genesis), &r->paper, now_ms()};
	uint8_t pops[KEYCHAIN_SIGN_POPS][CRYPTO_SIG];
	struct buf core;
	buf_init(&core, KEYCHAIN_SIGN_CORE_MAX);
	int err = keychain_devices(by.chain) < KEYCHAIN_DEVICES_MAX ? 0 : ERR_RANGE;
	if (!err)
		err = keychain_prove_device(&r->device, id->genesis, &core, pops);
	if (!err)
		err = keychain_sign_add(&by, &(struct crypto_bytes){core.data, core.len}, pops, seed, out);
	buf_wipe(&core);
	return err;
}

/* `as_paper` is the identity as the paper device has it: it reads the chains, and opens the seed with its own box. */
static int add_once(struct recover *r, struct vault *vault, struct identity *as_paper, const uint8_t did[16])
{
	struct fold *fold = NULL;
	struct buf link;
	buf_init(&link, LINK_MAX);
	int err = chains_refresh(r->c, vault, as_paper, &fold);
	const struct keychain *own = err ? NULL : fold_keychain(fold, as_paper->genesis);
	if (!err && keychain_device(own, did)) /* an earlier attempt went through */
		goto out;
	if (!err)
		err = make_link(r, as_paper, fold, identity_current(as_paper)->seed, &link);
	if (!err)
		err = keylink_send(r->c, as_paper->genesis, &link);
out:
	buf_wipe(&link);
	fold_free(fold);
	return err;
}

static int add_machine(struct recover *r, struct vault *vault, const struct identity *id)
{
	struct identity *as_paper = identity_new();
	int err = as_paper ? rpc_open(&r->where, &r->c) : ERR_NOMEM;
	if (!err) {
		*as_paper = *id;
		as_paper->device = r->paper;
		err = device_id(&r->paper_public, as_paper->did);
	}
	int put = ERR_CHAIN_BEHIND;
	for (unsigned tries = 0; !err && put == ERR_CHAIN_BEHIND && tries < RETRIES; tries++)
		put = add_once(r, vault, as_paper, id->did);
	identity_free(as_paper);
	rpc_close(r->c);
	r->c = NULL;
	return err ? err : put;
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

static int check_added(void *arg, const struct fold *fold)
{
	const struct identity *id = arg;
	const struct keychain *own = fold_keychain(fold, id->genesis);
	return own && keychain_device(own, id->did) ? 0 : ERR_GUEST;
}

int recover_resume(struct vault *vault, struct identity *id, unsigned timeout_s)
{
	struct enrol_way way = {.check = check_added, .arg = id};
	struct rpc_opts where = {.host = id->host, .port = id->port, .tls_seed = id->device.tls};
	where.pins = (const uint8_t(*)[32])id->pins;
	where.n_pins = id->n_pins;
	where.timeout_s = timeout_s ? timeout_s : TIMEOUT_S;
	return enrol_finish(&where, vault, id, &way);
}

int recover_commit(struct recover *r, struct vault *vault)
{
	struct identity *id = NULL;
	int err = load_identity(vault, &id);
	if (!err)
		err = add_machine(r, vault, id);
	identity_free(id);
	id = NULL;
	if (!err)
		err = load_identity(vault, &id);
	if (!err)
		err = recover_resume(vault, id, r->where.timeout_s);
	identity_free(id);
	return err;
}

/* --- what is due afterwards --- */

int recover_due(struct vault *vault, bool *due)
{
	struct vault_txn *txn = NULL;
	struct buf row;
	buf_init(&row, 0);
	int err = vault_begin(vault, false, &txn);
	if (!err)
		err = ledger_fact_get(txn, FACT, NULL, 0, &row);
	*due = !err && row.len;
	vault_abort(txn);
	buf_wipe(&row);
	return err == ERR_NOT_FOUND ? 0 : err;
}

int recover_done(struct vault *vault)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(vault, true, &txn);
	if (!err)
		err = ledger_fact_put(txn, FACT, NULL, 0, "", 0);
	if (err)
		vault_abort(txn);
	else
		err = vault_commit(txn);
	return err;
}
