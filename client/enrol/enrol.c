/* enrol: see enrol.h. */
#include <string.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/vault.h"
#include "proto/clinic.h"
#include "proto/err.h"

#include "client/sync/chains.h"
#include "client/sync/rpc.h"

#include "enrol.h"

int enrol_keep(struct vault *vault, const struct identity *id, const struct enrol_way *way)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(vault, true, &txn);
	if (!err)
		err = identity_save(txn, id);
	if (!err && way->keep)
		err = way->keep(way->arg, txn, id);
	if (err)
		vault_abort(txn);
	else
		err = vault_commit(txn);
	return err;
}

static int take_place(struct vault *vault, struct identity *id, const struct fold *fold, const struct enrol_way *way)
{
	const struct clinic_pins *pins = clinic_pins(fold_clinic(fold));
	const struct clinic_member *self = clinic_member(fold_clinic(fold), id->genesis);
	if (!self)
		return ERR_GUEST;
	id->role = (uint8_t)self->role;
	if (pins)
		memcpy(id->log_public, pins->log, sizeof(id->log_public));
	id->joined = true;
	int err = enrol_keep(vault, id, way);
	id->joined = !err;
	return err;
}

int enrol_finish(const struct rpc_opts *where, struct vault *vault, struct identity *id, const struct enrol_way *way)
{
	struct rpc *c = NULL;
	struct fold *fold = NULL;
	int err = rpc_open(where, &c);
	if (!err && !rpc_hello(c)->is_member)
		err = ERR_GUEST;
	if (!err)
		err = chains_refresh(c, vault, id, &fold);
	if (!err && way->check)
		err = way->check(way->arg, fold);
	if (!err)
		err = take_place(vault, id, fold, way);
	fold_free(fold);
	rpc_close(c);
	return err;
}
