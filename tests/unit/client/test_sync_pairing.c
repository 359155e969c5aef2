/* Pairing from both sides, against a server that passes on, loses, or changes what lies in its mailbox; and links of
 * one's own chain: put, behind, and a yes that is none. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/enrol/pair_join.h"
#include "client/enrol/pairing.h"
#include "client/enrol/paper.h"
#include "client/sync/revoke.h"
#include "client/sync/settle.h"
#include "client/sync/sync.h"
#include "client/vault.h"
#include "proto/clinic.h"
#include "proto/code.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/frame.h"
#include "proto/keychain.h"
#include "proto/keychain_sign.h"
#include "proto/link.h"
#include "proto/pair.h"
#include "tests/unit/support/sync_server.h"

#define SLOTS 4

static struct sync_cast cast;
static struct sync_device jo;
static struct sync_server server;
static struct code code;
static struct pair_keys keys;

/* The one mailbox, which any box id opens. */
static struct buf slots[SLOTS];
static struct {
	int put_err;    /* answers to puts of every slot but 0 */
	bool drop_link; /* says yes to a link of a key chain and forgets it */
	bool hang_up;   /* takes it and says nothing */
	int link_err;
	unsigned links;
} way;

/* --- the mailbox and key chains, beside what sync_server does --- */

static int mailbox_put(const struct msg_request *m, struct buf *out)
{
	struct mp_cur args = m->args;
	struct msg_mailbox_put put;
	assert_int_equal(msg_get_mailbox_put(&args, &put), 0);
	assert_true(put.slot < SLOTS);
	if (put.slot && way.put_err)
		return msg_put_refusal(out, m->id, way.put_err);
	buf_reset(&slots[put.slot]);
	buf_put(&slots[put.slot], put.bytes.data, put.bytes.len);
	return msg_put_mailbox_put_reply(out, m->id, &(struct msg_mailbox_put_reply){0});
}

static int mailbox_get(const struct msg_request *m, struct buf *out)
{
	struct mp_cur args = m->args;
	struct msg_mailbox_get get;
	assert_int_equal(msg_get_mailbox_get(&args, &get), 0);
	const struct buf *slot = &slots[get.slot];
	if (!slot->len)
		return msg_put_refusal(out, m->id, ERR_NOT_FOUND);
	return msg_put_mailbox_get_reply(out, m->id, &(struct msg_mailbox_get_reply){{slot->data, slot->len}});
}

static int own_link(const struct msg_request *m, struct buf *out, bool *end)
{
	struct mp_cur args = m->args;
	struct msg_chain_put put;
	struct buf link;
	assert_int_equal(msg_get_chain_put(&args, &put), 0);
	assert_memory_equal(put.chain, cast.jo->genesis, 32);
	struct msg_head head = {keychain_head_seq(cast.jo->chain), keychain_head_hash(cast.jo->chain)};
	way.links++;
	if (way.link_err)
		return way.link_err == ERR_CHAIN_BEHIND ? msg_put_behind(out, m->id, &head)
		                                        : msg_put_refusal(out, m->id, way.link_err);
	buf_init(&link, 0);
	buf_put(&link, put.link.data, put.link.len);
	if (!way.drop_link)
		sync_cast_grow(&cast, cast.jo, &link);
	buf_wipe(&link);
	*end = way.hang_up;
	if (way.hang_up)
		return 0;
	head = (struct msg_head){keychain_head_seq(cast.jo->chain), keychain_head_hash(cast.jo->chain)};
	return msg_put_chain_put_reply(out, m->id, &head);
}

static bool raw(void *arg, const struct msg_request *m, struct buf *out, bool *end)
{
	uint32_t op = m->row->op;
	(void)arg;
	if (op != MSG_OP_MAILBOX_PUT && op != MSG_OP_MAILBOX_GET && op != MSG_OP_CHAIN_PUT)
		return false;
	size_t at = frame_begin(out);
	int err = op == MSG_OP_MAILBOX_PUT   ? mailbox_put(m, out)
	          : op == MSG_OP_MAILBOX_GET ? mailbox_get(m, out)
	                                     : own_link(m, out, end);
	assert_int_equal(err, 0);
	if (*end)
		buf_reset(out);
	else
		assert_int_equal(frame_end(out, at, FRAME_MAX), 0);
	return true;
}

static int setup(void **state)
{
	(void)state;
	memset(&way, 0, sizeof(way));
	for (size_t i = 0; i < SLOTS; i++)
		buf_init(&slots[i], 0);
	sync_cast_begin(&cast, 0);
	sync_device_open(&jo, &cast, cast.jo, true);
	sync_server_start(&server, &cast, cast.jo, NULL);
	sync_device_port(&jo, server.port);
	server.twist.raw = raw;
	assert_int_equal(code_new(CODE_PAIRING, &code), 0);
	assert_int_equal(pair_derive(code.symbols, CODE_SYMBOLS, &keys), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sync_server_stop(&server);
	sync_device_close(&jo);
	sync_cast_end(&cast);
	for (size_t i = 0; i < SLOTS; i++)
		buf_wipe(&slots[i]);
	return 0;
}

static void seal_into(enum pair_slot slot, const struct pair_keys *with, const struct buf *plain)
{
	buf_reset(&slots[slot]);
	assert_int_equal(pair_seal(with, slot, plain->data, plain->len, &slots[slot]), 0);
}

static void hash_of(size_t n, uint8_t out[32])
{
	struct crypto_bytes parts[SLOTS];
	for (size_t i = 0; i < n; i++)
		parts[i] = (struct crypto_bytes){slots[i].data, slots[i].len};
	assert_int_equal(pair_hash(parts, n, out), 0);
}

/* --- the new device's side --- */

/* What the other device commits to and reveals. */
static const uint8_t number[PAIR_RANDOM] = {7};

static struct pair_offer an_offer(void)
{
	struct pair_offer m = {.n_servers = 1, .role = ROLE_CLIENT, .clinic_name = "Meadow", .name = "Jo M."};
	assert_int_equal(pair_commit(number, m.commit), 0);
	memcpy(m.clinic, clinic_id(cast.pp.clinic), 32);
	memcpy(m.genesis, cast.jo->genesis, 32);
	memcpy(m.servers[0], cast.pp.server_tls_pub, 32);
	memcpy(m.log, cast.pp.log_pub, 32);
	return m;
}

static void leave_offer(const struct pair_offer *m)
{
	struct buf plain;
	buf_init(&plain, 0);
	assert_int_equal(pair_offer_put(m, &plain), 0);
	seal_into(PAIR_OFFER, &keys, &plain);
	buf_wipe(&plain);
}

static int connect_with(struct pair_join **j)
{
	server.member = NULL;
	return pair_join_connect(
	    &(struct pair_join_opts){.host = "127.0.0.1", .port = server.port, .code = &code, .timeout_s = 5}, j);
}

static void test_offers(void **state)
{
	struct pair_join *j;
	struct pair_offer m = an_offer();
	(void)state;
	assert_int_equal(connect_with(&j), ERR_CODE_UNKNOWN);
	assert_null(j);
	buf_put(&slots[0], "no message at all, but long enough to be one", 44);
	assert_int_equal(connect_with(&j), ERR_OPEN);
	memcpy(m.servers[0], cast.pp.log_pub, 32);
	leave_offer(&m);
	assert_int_equal(connect_with(&j), ERR_PIN);
	m = an_offer();
	leave_offer(&m);
	slots[0].data[20] ^= 1;
	assert_int_equal(connect_with(&j), ERR_OPEN);
	slots[0].data[20] ^= 1;
	assert_int_equal(connect_with(&j), 0);
	assert_string_equal(pair_join_offer(j)->name, "Jo M.");
	pair_join_free(j);
}

/* What the old device does with an answer: lets it in. */
static void let_in(void)
{
	struct keychain_sign by = {cast.jo->chain, &cast.jo->device, 1};
	struct pair_answer a;
	struct buf plain, link;
	buf_init(&plain, 0);
	buf_init(&link, 0);
	assert_int_equal(pair_open(&keys, PAIR_ANSWER, slots[1].data, slots[1].len, &plain), 0);
	assert_int_equal(pair_answer_get(plain.data, plain.len, &a), 0);
	assert_int_equal(keychain_sign_add(&by, &(struct crypto_bytes){a.core, a.core_len}, a.pops, cast.jo->seed, &link),
	                 0);
	sync_cast_grow(&cast, cast.jo, &link);
	buf_wipe(&plain);
	buf_wipe(&link);
}

static struct pair_welcome a_welcome(void)
{
	static struct pair_person ana = {.name = "Ana from the other device"};
	struct pair_welcome m = {.link_seq = keychain_head_seq(cast.jo->chain), .n_people = 1, .people = &ana};
	struct clinic_head head;
	assert_true(clinic_head(cast.pp.clinic, &head));
	memcpy(ana.pid, cast.ana->genesis, 16);
	memcpy(m.link_hash, keychain_head_hash(cast.jo->chain), 32);
	m.clinic_seq = head.seq;
	memcpy(m.clinic_head, head.hash, 32);
	memcpy(m.generation, server.generation, 16);

	assert_int_equal(feed_start(cast.jo->genesis, server.generation, m.feed_head), 0);
	hash_of(3, m.before);
	return m;
}

static struct pair_reveal a_reveal(void)
{
	struct pair_reveal m;
	memcpy(m.random, number, sizeof(m.random));
	hash_of(2, m.before);
	return m;
}

static void leave_reveal(const struct pair_reveal *m, const struct pair_keys *with)
{
	struct buf plain;
	buf_init(&plain, 0);
	assert_int_equal(pair_reveal_put(m, &plain), 0);
	seal_into(PAIR_REVEAL, with, &plain);
	buf_wipe(&plain);
}

/* What lies in a slot, opened. */
static void open_slot(enum pair_slot slot, const struct pair_keys *with, struct buf *plain)
{
	buf_init(plain, 0);
	assert_int_equal(pair_open(with, slot, slots[slot].data, slots[slot].len, plain), 0);
}

/* The words of what lies in slots 0 and 1, and a number. */
static void words_of(const struct pair_keys *with, const uint8_t random[PAIR_RANDOM], uint8_t words[PAIR_WORDS])
{
	struct buf offer, answer;
	open_slot(PAIR_OFFER, with, &offer);
	open_slot(PAIR_ANSWER, with, &answer);
	assert_int_equal(pair_words(&(struct crypto_bytes){offer.data, offer.len},
	                            &(struct crypto_bytes){answer.data, answer.len}, random, words),
	                 0);
	buf_wipe(&offer);
	buf_wipe(&answer);
}

static void leave_welcome(const struct pair_welcome *m, const struct pair_keys *with)
{
	struct buf plain;
	buf_init(&plain, 0);
	assert_int_equal(pair_welcome_put(m, &plain), 0);
	seal_into(PAIR_WELCOME, with, &plain);
	buf_wipe(&plain);
}

static struct identity *identity_of(struct vault *vault)
{
	struct vault_txn *txn;
	struct identity *id = NULL;
	assert_int_equal(vault_begin(vault, false, &txn), 0);
	assert_int_equal(identity_load(txn, &id), 0);
	vault_abort(txn);
	return id;
}

/* An offer was taken, the keys are kept, the answer is in its slot. */
static struct pair_join *answered(struct scratch_vault *at)
{
	struct pair_offer m = an_offer();
	struct pair_join *j;
	leave_offer(&m);
	assert_int_equal(connect_with(&j), 0);
	scratch_vault_open(at);
	vault_abort(at->txn);
	at->txn = NULL;
	assert_int_equal(pair_join_prepare(j, at->vault, "phone"), 0);
	assert_int_equal(pair_join_answer(j), 0);
	return j;
}

static void close_new(struct scratch_vault *at, struct pair_join *j)
{
	pair_join_free(j);
	assert_int_equal(vault_begin(at->vault, true, &at->txn), 0);
	scratch_vault_close(at);
}

static void test_new_device(void **state)
{
	static const struct pair_keys other = {{1}, {2}};
	struct scratch_vault at;
	uint8_t words[PAIR_WORDS], expected[PAIR_WORDS];
	struct settle settle;
	struct pair_join *j = answered(&at);
	struct pair_reveal r = a_reveal();
	(void)state;
	leave_reveal(&r, &keys);
	assert_int_equal(pair_join_reveal(j, 0, words), 0);
	words_of(&keys, number, expected);
	assert_memory_equal(words, expected, sizeof(words));
	assert_int_equal(pair_join_answer(j), ERR_ARG);
	assert_int_equal(pair_join_wait(j, 0), ERR_NOT_FOUND);
	let_in();
	struct pair_welcome m = a_welcome();
	leave_welcome(&m, &other);
	assert_int_equal(pair_join_wait(j, 0), ERR_OPEN);
	m.before[0] ^= 1;
	leave_welcome(&m, &keys);
	assert_int_equal(pair_join_wait(j, 0), ERR_HASH);
	hash_of(2, m.before); /* without the reveal */
	leave_welcome(&m, &keys);
	assert_int_equal(pair_join_wait(j, 0), ERR_HASH);
	m = a_welcome();
	m.clinic_seq++; /* the other device has seen more */
	leave_welcome(&m, &keys);
	assert_int_equal(pair_join_wait(j, 0), 0);
	server.member = cast.jo;
	assert_int_equal(pair_join_commit(j, at.vault), ERR_ROLLBACK);
	struct identity *id = identity_of(at.vault);
	assert_false(id->joined);
	identity_free(id);
	server.member = NULL;
	m = a_welcome();
	leave_welcome(&m, &keys);
	assert_int_equal(pair_join_wait(j, 0), 0);
	server.member = cast.jo;
	assert_int_equal(pair_join_commit(j, at.vault), 0);
	id = identity_of(at.vault);
	assert_true(id->joined);
	assert_memory_equal(identity_current(id)->seed, cast.jo->seed, 32);
	identity_free(id);
	assert_int_equal(settle_get(at.vault, &settle), 0);
	assert_true(settle.due && settle.has_floor);
	close_new(&at, j);
}

/* There are no words for a number that is not the one committed to, or not of this very exchange. */
static void test_reveals(void **state)
{
	static const struct pair_keys other = {{1}, {2}};
	struct scratch_vault at;
	uint8_t words[PAIR_WORDS] = {0};
	struct buf first;
	struct pair_join *j = answered(&at);
	(void)state;
	assert_int_equal(pair_join_reveal(j, 0, words), ERR_NOT_FOUND);
	assert_int_equal(pair_join_wait(j, 0), ERR_ARG);
	struct pair_reveal m = a_reveal();
	leave_reveal(&m, &other);
	assert_int_equal(pair_join_reveal(j, 0, words), ERR_OPEN);
	m.random[31] ^= 1;
	leave_reveal(&m, &keys);
	assert_int_equal(pair_join_reveal(j, 0, words), ERR_HASH);
	m = a_reveal();
	m.before[0] ^= 1;
	leave_reveal(&m, &keys);
	assert_int_equal(pair_join_reveal(j, 0, words), ERR_HASH);
	/* the slots before it in the other order */
	struct crypto_bytes reordered[] = {{slots[1].data, slots[1].len}, {slots[0].data, slots[0].len}};
	assert_int_equal(pair_hash(reordered, 2, m.before), 0);
	leave_reveal(&m, &keys);
	assert_int_equal(pair_join_reveal(j, 0, words), ERR_HASH);
	/* slots in each other's places: its own answer, the offer, a reveal that was sealed for the welcome's slot */
	for (size_t from = PAIR_OFFER; from <= PAIR_ANSWER; from++) {
		buf_reset(&slots[PAIR_REVEAL]);
		buf_put(&slots[PAIR_REVEAL], slots[from].data, slots[from].len);
		assert_int_equal(pair_join_reveal(j, 0, words), ERR_OPEN);
	}
	m = a_reveal();
	leave_reveal(&m, &keys);
	open_slot(PAIR_REVEAL, &keys, &first);
	buf_reset(&slots[PAIR_REVEAL]);
	assert_int_equal(pair_seal(&keys, PAIR_WELCOME, first.data, first.len, &slots[PAIR_REVEAL]), 0);
	assert_int_equal(pair_join_reveal(j, 0, words), ERR_OPEN);
	/* a welcome in the reveal's place is no reveal, though it is sealed for that slot */
	struct pair_welcome w = a_welcome();
	buf_reset(&first);
	assert_int_equal(pair_welcome_put(&w, &first), 0);
	seal_into(PAIR_REVEAL, &keys, &first);
	assert_int_equal(pair_join_reveal(j, 0, words), ERR_SHAPE);
	buf_wipe(&first);
	assert_int_equal(pair_join_wait(j, 0), ERR_ARG);
	assert_memory_equal(words, ((uint8_t[PAIR_WORDS]){0}), sizeof(words));
	/* control: the true one */
	leave_reveal(&m, &keys);
	assert_int_equal(pair_join_reveal(j, 0, words), 0);
	close_new(&at, j);
}

/* The same keys answer once more: what goes into the words is fresh, and after a reveal the code is used up. */
static void test_answer_again(void **state)
{
	struct scratch_vault at;
	struct buf plain;
	struct pair_answer a, b;
	struct pair_join *j = answered(&at);
	(void)state;
	open_slot(PAIR_ANSWER, &keys, &plain);
	assert_int_equal(pair_answer_get(plain.data, plain.len, &a), 0);
	buf_wipe(&plain);
	assert_int_equal(pair_join_answer(j), 0);
	open_slot(PAIR_ANSWER, &keys, &plain);
	assert_int_equal(pair_answer_get(plain.data, plain.len, &b), 0);
	buf_wipe(&plain);
	assert_memory_equal(a.core, b.core, sizeof(a.core));
	assert_memory_not_equal(a.random, b.random, sizeof(a.random));
	struct pair_reveal m = a_reveal();
	leave_reveal(&m, &keys);
	assert_int_equal(pair_join_answer(j), ERR_EXISTS);
	close_new(&at, j);
}

/* The welcome is lost: the chain says it, too. */
static void test_resume(void **state)
{
	struct scratch_vault at;
	struct pair_join *j = answered(&at);
	struct identity *id = identity_of(at.vault);
	(void)state;
	pair_join_free(j); /* the process ended */
	assert_int_equal(pair_join_resume(at.vault, id, 5), ERR_GUEST);
	let_in();
	server.member = cast.jo;
	assert_int_equal(pair_join_resume(at.vault, id, 5), 0);
	assert_true(id->joined);
	identity_free(id);
	close_new(&at, NULL);
}

static void test_answer_refused(void **state)
{
	struct scratch_vault at;
	struct pair_join *j = answered(&at);
	(void)state;
	way.put_err = ERR_EXISTS;
	assert_int_equal(pair_join_answer(j), ERR_EXISTS);
	way.put_err = ERR_NOT_FOUND;
	assert_int_equal(pair_join_answer(j), ERR_CODE_UNKNOWN);
	close_new(&at, j);
}

/* --- the old device's side --- */

/* A new device that answers what lies in slot 0; `genesis` and `before` as it will. */
static void answer_as(const struct pairing *p, const uint8_t genesis[32], const uint8_t *before,
                      const struct device_secret *device)
{
	struct pair_answer a = {.name = "phone"};
	struct pair_keys with;
	struct buf plain, core;
	buf_init(&plain, 0);
	buf_init(&core, 0);
	assert_int_equal(pair_derive(pairing_code(p)->symbols, CODE_SYMBOLS, &with), 0);
	assert_int_equal(keychain_prove_device(device, genesis, &core, a.pops), 0);
	memcpy(a.core, core.data, core.len);
	a.core_len = core.len;
	hash_of(1, a.before);
	if (before)
		memcpy(a.before, before, 32);
	assert_int_equal(pair_answer_put(&a, &plain), 0);
	seal_into(PAIR_ANSWER, &with, &plain);
	buf_wipe(&plain);
	buf_wipe(&core);
}

static void test_old_device(void **state)
{
	static const uint8_t nothing[32];
	struct device_secret device;
	uint8_t words[PAIR_WORDS];
	struct pairing *p;
	bool welcomed;
	(void)state;
	assert_int_equal(device_generate(&device), 0);
	assert_int_equal(pairing_begin(jo.at.vault, &p), 0);
	assert_int_equal(pairing_wait(p, 0), ERR_NOT_FOUND);
	assert_int_equal(pairing_words(p, words), ERR_ARG);
	assert_int_equal(pairing_confirm(p, &welcomed), ERR_ARG);
	buf_put(&slots[1], "no message at all, but long enough to be one", 44);
	assert_int_equal(pairing_wait(p, 0), ERR_OPEN);
	answer_as(p, cast.jo->genesis, nothing, &device);
	assert_int_equal(pairing_wait(p, 0), ERR_HASH);
	answer_as(p, cast.ana->genesis, NULL, &device);
	assert_int_equal(pairing_wait(p, 0), ERR_AUTHOR);
	assert_int_equal(slots[PAIR_REVEAL].len, 0); /* nothing is revealed to what is no answer */
	/* keys that the chain has had */
	answer_as(p, cast.jo->genesis, NULL, &cast.jo->recovery);
	assert_int_equal(pairing_wait(p, 0), 0);
	assert_int_equal(pairing_confirm(p, &welcomed), ERR_KEY);
	assert_int_equal(way.links, 0);
	pairing_free(p);

	assert_int_equal(pairing_begin(jo.at.vault, &p), 0);
	answer_as(p, cast.jo->genesis, NULL, &device);
	assert_int_equal(pairing_wait(p, 0), 0);
	assert_string_equal(pairing_name(p), "phone");
	assert_int_equal(pairing_confirm(p, &welcomed), 0);
	assert_true(welcomed);
	assert_int_equal(keychain_devices(cast.jo->chain), 2);
	assert_true(slots[PAIR_WELCOME].len > 0);
	pairing_free(p);
}

/* Who has the code and the server answers, is told the number, and answers anew to make the words agree. */
static void test_answered_twice(void **state)
{
	struct device_secret device, thief;
	struct device_public pub;
	struct pair_keys with;
	struct pair_offer offer;
	struct pair_reveal r;
	struct pairing *p;
	struct buf plain;
	uint8_t words[PAIR_WORDS], again[PAIR_WORDS], commit[32], before[32], did[2][16];
	(void)state;
	assert_int_equal(device_generate(&device), 0);
	assert_int_equal(device_generate(&thief), 0);
	assert_int_equal(pairing_begin(jo.at.vault, &p), 0);
	assert_int_equal(pair_derive(pairing_code(p)->symbols, CODE_SYMBOLS, &with), 0);
	answer_as(p, cast.jo->genesis, NULL, &device);
	assert_int_equal(slots[PAIR_REVEAL].len, 0);
	assert_int_equal(pairing_wait(p, 0), 0);
	assert_int_equal(pairing_words(p, words), 0);
	/* what it revealed is what it had promised, for these two slots */
	open_slot(PAIR_OFFER, &with, &plain);
	assert_int_equal(pair_offer_get(plain.data, plain.len, &offer), 0);
	buf_wipe(&plain);
	open_slot(PAIR_REVEAL, &with, &plain);
	assert_int_equal(pair_reveal_get(plain.data, plain.len, &r), 0);
	buf_wipe(&plain);
	assert_int_equal(pair_commit(r.random, commit), 0);
	assert_memory_equal(commit, offer.commit, sizeof(commit));
	hash_of(2, before);
	assert_memory_equal(before, r.before, sizeof(before));
	words_of(&with, r.random, again);
	assert_memory_equal(words, again, sizeof(words));

	answer_as(p, cast.jo->genesis, NULL, &thief);
	assert_int_equal(pairing_wait(p, 0), ERR_ARG);
	assert_int_equal(pairing_words(p, again), 0);
	assert_memory_equal(words, again, sizeof(words));
	words_of(&with, r.random, again);
	assert_memory_not_equal(words, again, sizeof(words));
	assert_int_equal(pairing_confirm(p, NULL), 0);
	assert_int_equal(device_public_of(&device, &pub), 0);
	assert_int_equal(device_id(&pub, did[0]), 0);
	assert_int_equal(device_public_of(&thief, &pub), 0);
	assert_int_equal(device_id(&pub, did[1]), 0);
	assert_non_null(keychain_device(cast.jo->chain, did[0]));
	assert_null(keychain_device(cast.jo->chain, did[1]));
	pairing_free(p);
}

/* The number could not be told: the code is over, and nothing can be let in with words nobody else has. */
static void test_reveal_refused(void **state)
{
	struct device_secret device;
	struct pairing *p;
	(void)state;
	assert_int_equal(device_generate(&device), 0);
	assert_int_equal(pairing_begin(jo.at.vault, &p), 0);
	answer_as(p, cast.jo->genesis, NULL, &device);
	way.put_err = ERR_EXISTS;
	assert_int_equal(pairing_wait(p, 0), ERR_EXISTS);
	assert_int_equal(pairing_wait(p, 0), ERR_ARG);
	pairing_free(p);
	assert_int_equal(pairing_begin(jo.at.vault, &p), 0);
	way.put_err = ERR_NOT_FOUND;
	answer_as(p, cast.jo->genesis, NULL, &device);
	assert_int_equal(pairing_wait(p, 0), ERR_CODE_EXPIRED);
	pairing_free(p);
	assert_int_equal(way.links, 0);
}

/* --- links of one's own chain --- */

static void add_phone(uint8_t did[16])
{
	struct keychain_sign by = {cast.jo->chain, &cast.jo->device, 1};
	uint8_t pops[KEYCHAIN_SIGN_POPS][CRYPTO_SIG];
	struct device_secret device;
	struct device_public pub;
	struct buf core, link;
	buf_init(&core, 0);
	buf_init(&link, 0);
	assert_int_equal(device_generate(&device), 0);
	assert_int_equal(device_public_of(&device, &pub), 0);
	assert_int_equal(device_id(&pub, did), 0);
	assert_int_equal(keychain_prove_device(&device, cast.jo->genesis, &core, pops), 0);
	assert_int_equal(keychain_sign_add(&by, &(struct crypto_bytes){core.data, core.len}, pops, cast.jo->seed, &link),
	                 0);
	sync_cast_grow(&cast, cast.jo, &link);
	buf_wipe(&core);
	buf_wipe(&link);
}

static int exchange(struct sync_result *result)
{
	return sync_run(&(struct sync_opts){.vault = jo.at.vault, .timeout_s = 5}, result);
}

static size_t noted(void)
{
	uint8_t dids[REVOKE_MAX][16];
	size_t n;
	sync_device_begin(&jo);
	assert_int_equal(revoke_noted(jo.at.txn, dids, &n), 0);
	sync_device_commit(&jo);
	return n;
}

static int count_ends(void *arg, const struct ledger_record *row)
{
	struct record r;
	assert_int_equal(record_parse(row->record, row->record_len, &r), 0);
	if (r.class == RECORD_CONTROL && r.op == RECORD_CONTENT && memmem(row->content, row->content_len, arg, 16))
		server.asked[0]++;
	return 0;
}

/* Records that say where the streams of this device end. */
static unsigned ends_of(uint8_t did[16])
{
	server.asked[0] = 0;
	sync_device_begin(&jo);
	assert_int_equal(ledger_record_each(jo.at.txn, count_ends, did), 0);
	sync_device_commit(&jo);
	return server.asked[0];
}

static void test_revoke(void **state)
{
	struct sync_result result;
	uint8_t did[1][16], self[1][16];
	(void)state;
	memcpy(self[0], cast.jo->did, 16);
	assert_int_equal(revoke_note(jo.at.vault, (const uint8_t(*)[16])self, 1), ERR_ARG);
	memcpy(self[0], cast.ana->did, 16);
	assert_int_equal(revoke_note(jo.at.vault, (const uint8_t(*)[16])self, 1), ERR_ARG);
	add_phone(did[0]);
	assert_int_equal(revoke_note(jo.at.vault, (const uint8_t(*)[16])did, 1), ERR_ARG); /* not heard of yet */
	assert_int_equal(exchange(&result), 0);
	assert_int_equal(revoke_note(jo.at.vault, (const uint8_t(*)[16])did, 1), 0);
	assert_int_equal(revoke_note(jo.at.vault, (const uint8_t(*)[16])did, 1), 0);
	assert_int_equal(noted(), 1);
	assert_int_equal(exchange(&result), 0);
	assert_int_equal(result.revoked, 1);
	assert_int_equal(noted(), 0);
	assert_int_equal(keychain_devices(cast.jo->chain), 1);
	assert_int_equal(ends_of(did[0]), 4); /* oneself, Ana, Osei, the admin */
	assert_int_equal(exchange(&result), 0);
	assert_int_equal(result.revoked, 0);
	assert_int_equal(way.links, 1);
}

/* The link was taken and nobody heard: the next exchange finds it, and tells the ends that were counted before. */
static void test_revoke_unheard(void **state)
{
	struct sync_result result;
	uint8_t did[1][16];
	(void)state;
	add_phone(did[0]);
	assert_int_equal(exchange(&result), 0);
	assert_int_equal(revoke_note(jo.at.vault, (const uint8_t(*)[16])did, 1), 0);
	way.hang_up = true;
	assert_int_not_equal(exchange(&result), 0);
	assert_int_equal(noted(), 1);
	assert_int_equal(ends_of(did[0]), 0);
	way.hang_up = false;
	assert_int_equal(exchange(&result), 0);
	assert_int_equal(result.revoked, 1);
	assert_int_equal(way.links, 1);
	assert_int_equal(noted(), 0);
	assert_int_equal(ends_of(did[0]), 4);
}

/* A server that is behind for ever, or says yes and does nothing: it stays noted. */
static void test_revoke_denied(void **state)
{
	struct sync_result result;
	uint8_t did[1][16];
	(void)state;
	add_phone(did[0]);
	assert_int_equal(exchange(&result), 0);
	assert_int_equal(revoke_note(jo.at.vault, (const uint8_t(*)[16])did, 1), 0);
	way.link_err = ERR_CHAIN_BEHIND;
	assert_int_equal(exchange(&result), ERR_CHAIN_BEHIND);
	assert_int_equal(way.links, 8);
	way.link_err = 0;
	way.drop_link = true;
	assert_int_equal(exchange(&result), ERR_ROLLBACK);
	assert_int_equal(noted(), 1);
	way.drop_link = false;
	assert_int_equal(exchange(&result), 0);
	assert_int_equal(noted(), 0);
}

static void test_paper(void **state)
{
	struct code paper, other;
	struct device_secret secret;
	struct device_public pub;
	uint64_t at_ms;
	bool right = true;
	(void)state;
	assert_int_equal(code_new(CODE_RECOVERY, &paper), 0);
	assert_int_equal(code_new(CODE_RECOVERY, &other), 0);
	assert_int_equal(paper_test(jo.at.vault, &paper, &right), 0);
	assert_false(right);
	assert_int_equal(paper_replace(jo.at.vault, &paper), 0);
	assert_int_equal(device_from_recovery(paper.symbols, CODE_SYMBOLS, &secret), 0);
	assert_int_equal(device_public_of(&secret, &pub), 0);
	assert_memory_equal(keychain_recovery(cast.jo->chain), &pub, sizeof(pub));
	assert_int_equal(paper_tested(jo.at.vault, &at_ms), 0);
	assert_int_equal(at_ms, 0);
	assert_int_equal(paper_test(jo.at.vault, &other, &right), 0);
	assert_false(right);
	assert_int_equal(paper_test(jo.at.vault, &paper, &right), 0);
	assert_true(right);
	assert_int_equal(paper_tested(jo.at.vault, &at_ms), 0);
	assert_true(at_ms > 0);
}

static int begin(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	return crypto_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_offers, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_new_device, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_reveals, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_answer_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_resume, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_answer_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_old_device, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_answered_twice, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_reveal_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_revoke, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_revoke_unheard, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_revoke_denied, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_paper, setup, teardown),
	};
	return cmocka_run_group_tests(tests, begin, NULL);
}
