/* packs: see packs.h. */
#include <stdlib.h>
#include <string.h>

#include "client/care/measures.h"
#include "client/ui/why.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/err.h"

#include "ledger.h"
#include "measures_pack.h"

#include "packs.h"

#define FACT "measure-pack" /* with its NUL it begins the key; the id follows */

struct packs {
	struct measures_pack **all;
	size_t n;
};

static int take(void *arg, const struct vault_entry *e)
{
	struct packs *p = arg;
	struct why why;
	if (e->id_len <= sizeof(FACT) || memcmp(e->id, FACT, sizeof(FACT)))
		return 0;
	struct measures_pack **all = reallocarray(p->all, p->n + 1, sizeof(struct measures_pack *));
	if (!all)
		return ERR_NOMEM;
	p->all = all;
	int err = measures_pack_parse(e->value, e->len, &all[p->n], &why);
	p->n += !err;
	return err == ERR_NOMEM ? err : 0;
}

int packs_load(struct vault *vault, struct packs **out)
{
	struct vault_txn *txn = NULL;
	struct packs *p = calloc(1, sizeof(*p));
	int err = p ? vault_begin(vault, false, &txn) : ERR_NOMEM;
	if (!err)
		err = vault_each(txn, VAULT_FACT, 0, take, p);
	vault_abort(txn);
	*out = err ? NULL : p;
	if (err)
		packs_free(p);
	return err;
}

void packs_free(struct packs *p)
{
	for (size_t i = 0; p && i < p->n; i++)
		measures_pack_free(p->all[i]);
	if (p)
		free(p->all);
	free(p);
}

static const struct measures_pack *pack_of(const struct packs *p, const char *id)
{
	for (size_t i = 0; i < p->n; i++)
		if (measures_same_id(measures_pack_peek(p->all[i])->id, id))
			return p->all[i];
	return NULL;
}

const struct measures_instrument *packs_find(const struct packs *p, const char *id)
{
	const struct measures_instrument *m = measures_find(id);
	const struct measures_pack *pack = m && measures_has_text(m) ? NULL : pack_of(p, id);
	return pack ? measures_pack_peek(pack) : m;
}

const struct measures_instrument *packs_at(const struct packs *p, size_t i)
{
	size_t built_in = 0;
	const struct measures_instrument *m;
	for (; (m = measures_at(built_in)); built_in++)
		if (built_in == i)
			return packs_find(p, m->id);
	for (size_t k = 0, n = built_in; k < p->n; k++) {
		m = measures_pack_peek(p->all[k]);
		if (!measures_find(m->id) && n++ == i)
			return m;
	}
	return NULL;
}

const char *packs_permission(const struct packs *p, const struct measures_instrument *m)
{
	for (size_t i = 0; i < p->n; i++)
		if (measures_pack_peek(p->all[i]) == m)
			return measures_pack_permission(p->all[i]);
	return NULL;
}

int packs_put(struct vault_txn *txn, const void *bytes, size_t len, struct why *why)
{
	struct measures_pack *pack = NULL;
	int err = measures_pack_parse(bytes, len, &pack, why);
	if (!err) {
		const char *id = measures_pack_peek(pack)->id;
		err = ledger_fact_put(txn, FACT, (const uint8_t *)id, strlen(id), bytes, len);
	}
	measures_pack_free(pack);
	return err;
}
