/* scoring: see scoring.h. */
#include <stdio.h>
#include <stdlib.h>

#include "client/care/measures.h"
#include "client/setting.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/err.h"

#include "scoring.h"

#define CUT "measures.cut." SCORING_CUT_OF
#define PRORATE "measures.prorate"

static int read_number(struct vault_txn *txn, const char *name, int *out)
{
	struct buf text;
	buf_init(&text, 0);
	int err = setting_get(txn, name, &text);
	if (!err)
		*out = (int)strtol((const char *)text.data, NULL, 10);
	buf_wipe(&text);
	return err == ERR_NOT_FOUND ? 0 : err;
}

int scoring_load(struct vault *vault, struct scoring *out)
{
	struct vault_txn *txn = NULL;
	int prorate = 0;
	*out = (struct scoring){0};
	int err = vault_begin(vault, false, &txn);
	if (!err)
		err = read_number(txn, CUT, &out->cut);
	if (!err)
		err = read_number(txn, PRORATE, &prorate);
	out->prorate = prorate;
	vault_abort(txn);
	return err;
}

int scoring_save(struct vault *vault, const struct scoring *scoring)
{
	struct vault_txn *txn = NULL;
	char cut[16];
	snprintf(cut, sizeof(cut), "%d", scoring->cut);
	int err = vault_begin(vault, true, &txn);
	if (err)
		return err;
	err = setting_put(txn, CUT, scoring->cut ? cut : NULL);
	if (!err)
		err = setting_put(txn, PRORATE, scoring->prorate ? "1" : NULL);
	if (!err)
		return vault_commit(txn);
	vault_abort(txn);
	return err;
}

int scoring_cut(const struct scoring *scoring, const struct measures_instrument *m)
{
	return scoring->cut && measures_same_id(m->id, SCORING_CUT_OF) ? scoring->cut : m->cut;
}
