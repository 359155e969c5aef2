/* pairing: see pairing.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/book/devices.h"
#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/code.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/keychain_sign.h"

#include "client/sync/contact.h"
#include "client/sync/keylink.h"
#include "client/sync/mailbox.h"
#include "client/sync/rpc.h"

#include "pairing.h"

struct pairing {
	struct vault *vault;
	struct contact c;
	struct code code;
	struct pair_keys keys;
	char host[IDENTITY_HOST];
	uint16_t port;
	uint64_t until_ms;                                     /* of the mailbox */
	struct buf offer, answer;                              /* plain */
	struct buf offer_stored, answer_stored, reveal_stored; /* as in their slots */
	struct pair_reveal reveal;
	bool revealed; /* the answer stands: whoever has the code may know the words */
	struct pair_answer new;
	uint8_t did[16]; /* of the new device */
	uint64_t link_seq;
	uint8_t link_hash[32];
};

static uint64_t clock_ms(clockid_t which)
{
	struct timespec t;
	clock_gettime(which, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* --- the offer --- */

static int fill_offer(struct pairing *p, struct pair_offer *m)
{
	const struct identity *id = p->c.id;
	const struct clinic_pins *pins = clinic_pins(fold_clinic(p->c.fold));
	const struct clinic_member *self = clinic_member(fold_clinic(p->c.fold), id->genesis);
	memcpy(m->clinic, id->clinic, sizeof(m->clinic));
	memcpy(m->genesis, id->genesis, sizeof(m->genesis));
	m->n_servers = (uint32_t)(pins ? pins->n_tls : id->n_pins);
	memcpy(m->servers, pins ? pins->tls[0] : id->pins[0], m->n_servers * sizeof(m->servers[0]));
	memcpy(m->log, contact_log_public(&p->c), sizeof(m->log));
	snprintf(m->clinic_name, sizeof(m->clinic_name), "%s", id->clinic_name);
	snprintf(m->name, sizeof(m->name), "%s", id->name);
	m->role = self ? self->role : (enum role)id->role;
	int err = crypto_random(p->reveal.random, sizeof(p->reveal.random));
	return err ? err : pair_commit(p->reveal.random, m->commit);
}

static int leave_offer(struct pairing *p)
{
	struct pair_offer offer = {0};
	int err = fill_offer(p, &offer);
	if (!err)
		err = pair_offer_put(&offer, &p->offer);
	if (!err)
		err = pair_seal(&p->keys, PAIR_OFFER, p->offer.data, p->offer.len, &p->offer_stored);
	if (!err)
		err = mailbox_put(p->c.rpc, p->keys.box, PAIR_OFFER,
		                  &(struct crypto_bytes){p->offer_stored.data, p->offer_stored.len});
	p->until_ms = clock_ms(CLOCK_MONOTONIC) + MAILBOX_LIFE_MS;
	return err;
}

int pairing_begin(struct vault *vault, struct pairing **out)
{
	*out = NULL;
	struct pairing *p = crypto_secret_new(sizeof(*p));
	if (!p)
		return ERR_NOMEM;
	p->vault = vault;
	buf_init(&p->offer, 0);
	buf_init(&p->answer, 0);
	buf_init(&p->offer_stored, 0);
	buf_init(&p->answer_stored, 0);
	buf_init(&p->reveal_stored, 0);
	int err = contact_open(vault, 0, &p->c);
	if (!err)
		err = contact_refresh(&p->c);
	if (!err && keychain_devices(fold_keychain(p->c.fold, p->c.id->genesis)) >= KEYCHAIN_DEVICES_MAX)
		err = ERR_RANGE;
	if (!err)
		err = code_new(CODE_PAIRING, &p->code);
	if (!err)
		err = pair_derive(p->code.symbols, CODE_SYMBOLS, &p->keys);
	if (!err)
		err = leave_offer(p);
	if (!err) {
		snprintf(p->host, sizeof(p->host), "%s", p->c.id->host);
		p->port = p->c.id->port;
		*out = p;
	} else {
		pairing_free(p);
	}
	return err;
}

void pairing_free(struct pairing *p)
{
	if (!p)
		return;
	contact_close(&p->c);
	buf_wipe(&p->offer);
	buf_wipe(&p->answer);
	buf_wipe(&p->offer_stored);
	buf_wipe(&p->answer_stored);
	buf_wipe(&p->reveal_stored);
	crypto_secret_free(p, sizeof(*p));
}

const struct code *pairing_code(const struct pairing *p)
{
	return &p->code;
}

const char *pairing_host(const struct pairing *p, uint16_t *port)
{
	*port = p->port;
	return p->host;
}

/* --- the answer --- */

/* It knows the code, it answers this very offer, and it has the keys that it names. */
static int read_answer(struct pairing *p)
{
	const struct crypto_bytes offer = {p->offer_stored.data, p->offer_stored.len};
	struct device_public pub;
	uint8_t genesis[32], before[32];
	buf_reset(&p->answer);
	int err = pair_open(&p->keys, PAIR_ANSWER, p->answer_stored.data, p->answer_stored.len, &p->answer);
	if (!err)
		err = pair_answer_get(p->answer.data, p->answer.len, &p->new);
	if (!err)
		err = pair_hash(&offer, 1, before);
	if (!err && memcmp(before, p->new.before, sizeof(before)) != 0)
		err = ERR_HASH;
	if (!err)
		err = keychain_read_device(&(struct crypto_bytes){p->new.core, p->new.core_len}, p->new.pops, genesis, &pub);
	if (!err && memcmp(genesis, p->c.id->genesis, sizeof(genesis)) != 0)
		err = ERR_AUTHOR;
	return err ? err : device_id(&pub, p->did);
}

/* --- the reveal --- */

/* From here on no other answer is taken: one that is made to fit would need this number. */
static int reveal(struct pairing *p)
{
	const struct crypto_bytes slots[] = {{p->offer_stored.data, p->offer_stored.len},
	                                     {p->answer_stored.data, p->answer_stored.len}};
	struct buf plain;
	buf_init(&plain, 0);
	buf_reset(&p->reveal_stored);
	int err = pair_hash(slots, 2, p->reveal.before);
	if (!err)
		err = pair_reveal_put(&p->reveal, &plain);
	if (!err)
		err = pair_seal(&p->keys, PAIR_REVEAL, plain.data, plain.len, &p->reveal_stored);
	p->revealed = !err;
	if (!err)
		err = mailbox_put(p->c.rpc, p->keys.box, PAIR_REVEAL,
		                  &(struct crypto_bytes){p->reveal_stored.data, p->reveal_stored.len});
	buf_wipe(&plain);
	return err == ERR_NOT_FOUND ? ERR_CODE_EXPIRED : err;
}

int pairing_wait(struct pairing *p, unsigned ms)
{
	if (p->revealed)
		return ERR_ARG;
	if (clock_ms(CLOCK_MONOTONIC) >= p->until_ms)
		return ERR_CODE_EXPIRED;
	int err = mailbox_get(p->c.rpc, p->keys.box, PAIR_ANSWER, ms, &p->answer_stored);
	if (!err)
		err = read_answer(p);
	return err ? err : reveal(p);
}

const char *pairing_name(const struct pairing *p)
{
	return p->new.name;
}

int pairing_words(const struct pairing *p, uint8_t words[PAIR_WORDS])
{
	if (!p->revealed)
		return ERR_ARG;
	return pair_words(&(struct crypto_bytes){p->offer.data, p->offer.len},
	                  &(struct crypto_bytes){p->answer.data, p->answer.len}, p->reveal.random, words);
}

/* --- letting it in --- */

static int make_link(void *arg, const struct contact *c, const struct keychain_sign *by, struct buf *out)
{
	const struct pairing *p = arg;
	const struct crypto_bytes core = {p->new.core, p->new.core_len};
	return keychain_sign_add(by, &core, p->new.pops, identity_current(c->id)->seed, out);
}

/* The name it gave itself, as ours to change later. */
static int note_name(struct pairing *p)
{
	struct vault_txn *txn = NULL;
	struct people *people = NULL;
	struct devices *names = NULL;
	int err = vault_begin(p->vault, true, &txn);
	if (!err)
		err = people_load(txn, p->c.id->genesis, &people);
	if (!err)
		err = devices_load(txn, p->c.id->pid, &names);
	struct write_ctx ctx = {.txn = txn, .people = people, .now_ms = clock_ms(CLOCK_REALTIME)};
	if (!err)
		err = write_device(&ctx, p->did, p->new.name, names);
	if (err)
		vault_abort(txn);
	else
		err = vault_commit(txn);
	devices_free(names);
	people_free(people);
	return err;
}

static void add_people(const struct people *people, struct pair_welcome *m)
{
	size_t n = people_count(people) < PAIR_PEOPLE ? people_count(people) : PAIR_PEOPLE;
	m->people = calloc(n ? n : 1, sizeof(*m->people));
	for (size_t i = 0; m->people && i < n; i++) {
		const struct person *person = people_at(people, i);
		struct pair_person *to = &m->people[m->n_people];
		if (person->is_self || !person->named)
			continue;
		memcpy(to->pid, person->pid, sizeof(to->pid));
		snprintf(to->name, sizeof(to->name), "%s", person->name);
		snprintf(to->pronouns, sizeof(to->pronouns), "%s", person->pronouns);
		m->n_people += !name_check(to->name) && !name_check_optional(to->pronouns, PAIR_PRONOUNS_CHARS);
	}
}

/* Where this device stands, so that the new one notices if it is shown less. */
static int fill_welcome(const struct pairing *p, struct pair_welcome *m)
{
	const struct crypto_bytes slots[] = {{p->offer_stored.data, p->offer_stored.len},
	                                     {p->answer_stored.data, p->answer_stored.len},
	                                     {p->reveal_stored.data, p->reveal_stored.len}};
	struct ledger_cursor cursor = {0};
	struct people *people = NULL;
	struct vault_txn *txn = NULL;
	struct clinic_head head = {0};
	m->link_seq = p->link_seq;
	memcpy(m->link_hash, p->link_hash, sizeof(m->link_hash));
	clinic_head(fold_clinic(p->c.fold), &head);
	m->clinic_seq = head.seq;
	memcpy(m->clinic_head, head.hash, sizeof(m->clinic_head));
	int err = vault_begin(p->vault, false, &txn);
	if (!err) {
		err = ledger_cursor_get(txn, &cursor);
		err = err == ERR_NOT_FOUND ? 0 : err;
	}
	if (!err)
		err = people_load(txn, p->c.id->genesis, &people);
	vault_abort(txn);
	memcpy(m->generation, cursor.generation, sizeof(m->generation));
	m->feed_seq = cursor.seq;
	memcpy(m->feed_head, cursor.head, sizeof(m->feed_head));
	if (!err)
		add_people(people, m);
	people_free(people);
	return err ? err : pair_hash(slots, 3, m->before);
}

static int welcome(struct pairing *p)
{
	struct pair_welcome m = {0};
	struct buf plain, stored;
	buf_init(&plain, 0);
	buf_init(&stored, 0);
	int err = fill_welcome(p, &m);
	if (!err)
		err = pair_welcome_put(&m, &plain);
	if (!err)
		err = pair_seal(&p->keys, PAIR_WELCOME, plain.data, plain.len, &stored);
	if (!err)
		err = mailbox_put(p->c.rpc, p->keys.box, PAIR_WELCOME, &(struct crypto_bytes){stored.data, stored.len});
	pair_welcome_free(&m);
	buf_wipe(&plain);
	buf_wipe(&stored);
	return err;
}

int pairing_confirm(struct pairing *p, bool *welcomed)
{
	if (!p->revealed)
		return ERR_ARG;
	/* a person took their time: a new connection */
	contact_close(&p->c);
	int err = contact_open(p->vault, 0, &p->c);
	if (!err)
		err = keylink_put(&p->c, make_link, p, &p->link_seq, p->link_hash);
	if (!err)
		err = note_name(p);
	bool told = !err && !welcome(p);
	if (welcomed)
		*welcomed = told;
	return err;
}
