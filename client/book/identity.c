/* identity: one row in the vault; see identity.h. */
#include <string.h>

#include "client/vault.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"

#include "ledger_row.h"

#include "identity.h"

#define ROW_VERSION 1
#define ROW_ELEMENTS 12

static const char self[] = "self"; /* the one row of the table */

struct identity *identity_new(void)
{
	return crypto_secret_new(sizeof(struct identity));
}

void identity_free(struct identity *id)
{
	crypto_secret_free(id, sizeof(*id));
}

/* A NUL-terminated text in an array of `room` bytes; cut texts do not occur. */
static void put_text(struct buf *row, const char *text, size_t room)
{
	mp_put_str(row, text, strnlen(text, room - 1));
}

static void get_text(struct mp_cur *c, char *text, size_t room)
{
	size_t len;
	const char *read = mp_str(c, 0, room - 1, &len);
	if (read)
		memcpy(text, read, len);
}

static void put_row(struct buf *row, const struct identity *id)
{
	mp_put_array(row, ROW_ELEMENTS);
	mp_put_u64(row, ROW_VERSION);
	mp_put_bool(row, id->joined);
	mp_put_array(row, 3);
	mp_put_bin(row, id->genesis, sizeof(id->genesis));
	mp_put_bin(row, id->did, sizeof(id->did));
	mp_put_bin(row, id->clinic, sizeof(id->clinic));
	mp_put_array(row, 3);
	mp_put_bin(row, id->device.tls, sizeof(id->device.tls));
	mp_put_bin(row, id->device.sign, sizeof(id->device.sign));
	mp_put_bin(row, id->device.seal, sizeof(id->device.seal));
	mp_put_u64(row, id->role);
	put_text(row, id->name, sizeof(id->name));
	put_text(row, id->clinic_name, sizeof(id->clinic_name));
	put_text(row, id->host, sizeof(id->host));
	mp_put_u64(row, id->port);
	ledger_row_put_ids(row, id->pins[0], id->n_pins, sizeof(id->pins[0]));
	mp_put_bin(row, id->log_public, sizeof(id->log_public));
	mp_put_array(row, id->n_epochs);
	for (uint32_t i = 0; i < id->n_epochs; i++) {
		mp_put_array(row, 2);
		mp_put_u64(row, id->epochs[i].epoch);
		mp_put_bin(row, id->epochs[i].seed, sizeof(id->epochs[i].seed));
	}
}

int identity_save(struct vault_txn *txn, const struct identity *id)
{
	struct buf row;
	if (id->n_pins > IDENTITY_PINS || (id->joined && !id->n_epochs) || id->n_epochs > IDENTITY_EPOCHS)
		return ERR_RANGE;
	buf_init(&row, 0);
	put_row(&row, id);
	int err = buf_err(&row);
	if (!err)
		err = mp_scan(row.data, row.len);
	if (!err)
		err = vault_put(txn, VAULT_IDENTITY, self, sizeof(self), &row);
	buf_wipe(&row);
	return err;
}

static void get_epochs(struct mp_cur *c, struct identity *id)
{
	struct mp_cur list = mp_enter(c, 0, IDENTITY_EPOCHS);
	uint32_t n = mp_left(&list), last = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct mp_cur epoch = mp_enter(&list, 2, 2);
		last = (uint32_t)mp_u64(&epoch, (uint64_t)last + 1, UINT32_MAX);
		id->epochs[i].epoch = last;
		mp_fixed(&epoch, id->epochs[i].seed, sizeof(id->epochs[i].seed));
		mp_leave(&list, &epoch);
	}
	mp_leave(c, &list);
	id->n_epochs = n;
}

static int get_row(const struct buf *row, struct identity *id)
{
	struct mp_doc *doc;
	struct mp_cur c;
	int err = ledger_row_open(row->data, row->len, ROW_ELEMENTS, &doc, &c);
	if (err)
		return err;
	mp_u64(&c, ROW_VERSION, ROW_VERSION);
	id->joined = mp_bool(&c);
	struct mp_cur ids = mp_enter(&c, 3, 3);
	mp_fixed(&ids, id->genesis, sizeof(id->genesis));
	mp_fixed(&ids, id->did, sizeof(id->did));
	mp_fixed(&ids, id->clinic, sizeof(id->clinic));
	mp_leave(&c, &ids);
	struct mp_cur keys = mp_enter(&c, 3, 3);
	mp_fixed(&keys, id->device.tls, sizeof(id->device.tls));
	mp_fixed(&keys, id->device.sign, sizeof(id->device.sign));
	mp_fixed(&keys, id->device.seal, sizeof(id->device.seal));
	mp_leave(&c, &keys);
	id->role = (uint8_t)mp_u64(&c, 0, UINT8_MAX);
	get_text(&c, id->name, sizeof(id->name));
	get_text(&c, id->clinic_name, sizeof(id->clinic_name));
	get_text(&c, id->host, sizeof(id->host));
	id->port = (uint16_t)mp_u64(&c, 0, UINT16_MAX);
	ledger_row_get_ids(&c, id->pins[0], IDENTITY_PINS, sizeof(id->pins[0]), &id->n_pins);
	mp_fixed(&c, id->log_public, sizeof(id->log_public));
	get_epochs(&c, id);
	memcpy(id->pid, id->genesis, sizeof(id->pid));
	return ledger_row_close(doc, &c);
}

int identity_load(struct vault_txn *txn, struct identity **out)
{
	struct identity *id = NULL;
	struct buf row;
	*out = NULL;
	buf_init(&row, 0);
	int err = vault_get(txn, VAULT_IDENTITY, self, sizeof(self), &row);
	if (!err && !(id = identity_new()))
		err = ERR_NOMEM;
	if (!err)
		err = get_row(&row, id);
	if (err)
		identity_free(id);
	else
		*out = id;
	buf_wipe(&row);
	return err;
}

const uint8_t *identity_seed(const struct identity *id, uint32_t epoch)
{
	for (uint32_t i = 0; i < id->n_epochs; i++)
		if (id->epochs[i].epoch == epoch)
			return id->epochs[i].seed;
	return NULL;
}

const struct identity_epoch *identity_current(const struct identity *id)
{
	return &id->epochs[id->n_epochs - 1];
}
