/* hold: see hold.h. */
#include <stdlib.h>
#include <string.h>

#include "client/book/checked.h"
#include "client/book/fold.h"
#include "client/book/ledger.h"
#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/err.h"
#include "proto/record.h"

#include "refs.h"

#include "hold.h"

struct ids {
	uint8_t (*at)[LEDGER_REF];
	size_t n, room;
};

struct hold {
	struct ids people; /* pids, padded with zeroes */
	struct ids rows;   /* lids that stay */
};

static int add(struct ids *ids, const uint8_t *id, size_t len)
{
	if (ids->n == ids->room) {
		size_t room = ids->room ? 2 * ids->room : 8;
		void *more = reallocarray(ids->at, room, sizeof(*ids->at));
		if (!more)
			return ERR_NOMEM;
		ids->at = more;
		ids->room = room;
	}
	memset(ids->at[ids->n], 0, sizeof(*ids->at));
	memcpy(ids->at[ids->n++], id, len);
	return 0;
}

static bool has(const struct ids *ids, const uint8_t *id, size_t len)
{
	for (size_t i = 0; i < ids->n; i++)
		if (memcmp(ids->at[i], id, len) == 0)
			return true;
	return false;
}

int hold_new(struct vault_txn *txn, const struct fold *fold, struct hold **out)
{
	const struct clinic *clinic = fold_clinic(fold);
	struct hold *h = *out = calloc(1, sizeof(*h));
	int err = h ? 0 : ERR_NOMEM;
	for (size_t i = 0; !err && i < clinic_members(clinic); i++) {
		const struct clinic_member *m = clinic_member_at(clinic, i);
		const struct keychain *k = fold_keychain(fold, m->genesis);
		struct checked_person checked;
		if (!m->active || !k)
			continue;
		err = checked_get(txn, clinic, k, &checked);
		if (!err && checked_stops(checked.state))
			err = add(&h->people, m->genesis, RECORD_PID);
	}
	if (err) {
		hold_free(h);
		*out = NULL;
	}
	return err;
}

void hold_free(struct hold *h)
{
	if (!h)
		return;
	free(h->people.at);
	free(h->rows.at);
	free(h);
}

bool hold_stops(const struct hold *h, const uint8_t pid[16])
{
	return has(&h->people, pid, RECORD_PID);
}

static int stands_on(void *arg, uint8_t ref[32])
{
	const struct hold *h = arg;
	return has(&h->rows, ref, LEDGER_REF) ? ERR_MORE : 0;
}

static bool takes_back(const struct ledger_pending *p)
{
	return p->op == RECORD_UNSHARE || p->op == RECORD_TOMBSTONE;
}

int hold_keeps(struct hold *h, const struct ledger_pending *p)
{
	struct buf unused;
	bool keeps = false;
	int err = 0;
	if (!h->people.n)
		return 0;
	for (uint32_t i = 0; !takes_back(p) && i < p->n_audience; i++)
		keeps = keeps || hold_stops(h, p->audience[i]);
	for (uint32_t i = 0; !keeps && i < p->n_targets; i++)
		keeps = has(&h->rows, p->targets[i], LEDGER_REF);
	if (!keeps && h->rows.n) {
		buf_init(&unused, 0);
		err = refs_replace(p->content, p->content_len, stands_on, h, &unused);
		buf_wipe(&unused);
		keeps = err == ERR_MORE;
	}
	if (keeps)
		err = add(&h->rows, p->lid, sizeof(p->lid));
	return err ? err : keeps;
}
