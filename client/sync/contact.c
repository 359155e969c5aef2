/* contact: see contact.h. */
#include <string.h>
#include <time.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/vault.h"
#include "proto/clinic.h"
#include "proto/err.h"

#include "chains.h"
#include "heal.h"
#include "rpc.h"

#include "contact.h"

static int load(struct contact *c)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(c->vault, false, &txn);
	if (!err)
		err = identity_load(txn, &c->id);
	if (!err) {
		err = fold_load(txn, c->id->clinic, false, &c->fold);
		err = err == ERR_NOT_FOUND ? 0 : err;
	}
	c->was_known = !err && heal_was_known(txn);
	vault_abort(txn);
	return err;
}

/* The first thing a server says: which clinic it is of, and whom it takes us for. */
static int check_hello(const struct contact *c)
{
	const struct rpc_hello *said = rpc_hello(c->rpc);
	bool same = said->has_clinic && memcmp(said->clinic, c->id->clinic, 32) == 0;
	if (c->was_known && !same)
		return ERR_ROLLBACK;
	if (!said->is_member)
		return c->was_known ? ERR_FORGOTTEN : ERR_GUEST;
	return same && memcmp(said->pid, c->id->pid, 16) == 0 ? 0 : ERR_ROLLBACK;
}

int contact_open(struct vault *vault, unsigned timeout_s, struct contact *c)
{
	*c = (struct contact){.vault = vault};
	int err = load(c);
	if (!err && !c->id->joined)
		err = ERR_GUEST;
	if (err)
		return err;
	/* before the first pins, the key of the invitation */
	const struct clinic_pins *pins = c->fold ? clinic_pins(fold_clinic(c->fold)) : NULL;
	struct rpc_opts where = {.host = c->id->host, .port = c->id->port, .tls_seed = c->id->device.tls};
	where.timeout_s = timeout_s ? timeout_s : CONTACT_TIMEOUT_S;
	where.pins = pins ? (const uint8_t(*)[32])pins->tls : (const uint8_t(*)[32])c->id->pins;
	where.n_pins = pins ? pins->n_tls : c->id->n_pins;
	err = rpc_open(&where, &c->rpc);
	return err ? err : check_hello(c);
}

void contact_close(struct contact *c)
{
	rpc_close(c->rpc);
	fold_free(c->fold);
	identity_free(c->id);
	memset(c, 0, sizeof(*c));
}

/* Every way in which a chain can be false is one thing to the person: a false statement about who is who. What the
 * server refuses, and what is wrong on this side, stays what it is. */
static int as_false_chain(int err)
{
	static const int ways[] = {ERR_ROLE,  ERR_KEY,          ERR_HASH,      ERR_SUITE,     ERR_AUTHOR, ERR_SHAPE,
	                           ERR_CANON, ERR_UTF8,         ERR_OPEN,      ERR_EXISTS,    ERR_RANGE,  ERR_TOO_BIG,
	                           ERR_PROTO, ERR_CODE_EXPIRED, ERR_CODE_USED, ERR_NOT_AUTHOR};
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (err == ways[i])
			return ERR_LINK;
	return err;
}

int contact_refresh(struct contact *c)
{
	struct fold *fresh = NULL;
	int err = as_false_chain(chains_refresh(c->rpc, c->vault, c->id, &fresh));
	if (err)
		return err;
	fold_free(c->fold);
	c->fold = fresh;
	return 0;
}

const uint8_t *contact_log_public(const struct contact *c)
{
	const struct clinic_pins *pins = clinic_pins(fold_clinic(c->fold));
	return pins ? pins->log : c->id->log_public;
}

int64_t contact_clock_ahead(const struct contact *c)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 - (int64_t)rpc_hello(c->rpc)->time_ms;
}
