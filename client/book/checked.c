/* checked: see checked.h. */
#include <string.h>

#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/link.h"
#include "proto/record.h"

#include "ledger.h"
#include "links.h"
#include "write.h"
#include "write_internal.h"

#include "checked.h"

#define FACT "checked"
#define GENERATIONS 16 /* how far back identities are followed */

/* What is remembered: head{32} || u8 outcome || u64 when. */
struct fact {
	uint8_t head[32];
	uint8_t outcome;
	uint64_t at_ms;
};

bool checked_stops(enum checked_state state)
{
	return state == CHECKED_RECOVERED || state == CHECKED_SUCCEEDED || state == CHECKED_DIFFERED;
}

/* --- the fact --- */

static int fact_get(struct vault_txn *txn, const uint8_t *genesis, struct fact *out)
{
	struct buf value;
	memset(out, 0, sizeof(*out));
	buf_init(&value, 0);
	int err = ledger_fact_get(txn, FACT, genesis, KEYCHAIN_GENESIS, &value);
	if (!err && value.len != 41)
		err = ERR_CORRUPT;
	if (!err) {
		memcpy(out->head, value.data, 32);
		out->outcome = value.data[32];
		for (size_t i = 33; i < 41; i++)
			out->at_ms = out->at_ms << 8 | value.data[i];
	}
	buf_wipe(&value);
	return err;
}

static int fact_put(struct vault_txn *txn, const uint8_t *genesis, const struct fact *fact)
{
	struct fact had;
	struct buf value;
	int err = fact_get(txn, genesis, &had);
	if (err != ERR_NOT_FOUND && (err || had.at_ms > fact->at_ms))
		return err;
	buf_init(&value, 0);
	buf_put(&value, fact->head, sizeof(fact->head));
	buf_put_u8(&value, fact->outcome);
	buf_put_u64(&value, fact->at_ms);
	err = buf_err(&value);
	if (!err)
		err = ledger_fact_put(txn, FACT, genesis, KEYCHAIN_GENESIS, value.data, value.len);
	buf_wipe(&value);
	return err;
}

int checked_note(struct vault_txn *txn, const struct content *c)
{
	size_t genesis_len, head_len;
	const uint8_t *genesis = content_bin(c, CONTENT_CHECKED, &genesis_len);
	const uint8_t *head = content_bin(c, CONTENT_CHECKED_HEAD, &head_len);
	struct fact fact = {.outcome = (uint8_t)content_u64(c, CONTENT_CHECK_STATE, 0)};
	if (!genesis || genesis_len != KEYCHAIN_GENESIS || !head || head_len != sizeof(fact.head))
		return ERR_SCHEMA;
	memcpy(fact.head, head, sizeof(fact.head));
	fact.at_ms = content_peek_head(c)->made_ms;
	return fact_put(txn, genesis, &fact);
}

int checked_write(const struct write_ctx *ctx, const uint8_t genesis[32], const uint8_t head[32],
                  enum checked_outcome outcome)
{
	struct ledger_pending p = {.record_class = RECORD_PRIVATE, .op = RECORD_CONTENT};
	struct content_head top;
	int err = write_head(ctx, CONTENT_CHECK, &top);
	struct content *c = err ? NULL : content_new(&top);
	if (!err && !c)
		err = ERR_NOMEM;
	if (!err)
		err = content_set_bin(c, CONTENT_CHECKED, genesis, KEYCHAIN_GENESIS);
	if (!err)
		err = content_set_bin(c, CONTENT_CHECKED_HEAD, head, 32);
	if (!err)
		err = content_set_u64(c, CONTENT_CHECK_STATE, outcome);
	if (!err)
		err = write_put(ctx, c, &p, NULL);
	if (!err)
		err = checked_note(ctx->txn, c);
	content_free(c);
	return err;
}

/* --- what became of them since --- */

/* Did the paper device sign a link after `since`? */
static int was_recovered(struct vault_txn *txn, const struct keychain *k, uint64_t since, bool *yes)
{
	const struct keychain_device *signer;
	struct link link;
	struct buf bytes;
	int err = 0;
	buf_init(&bytes, 0);
	for (uint64_t seq = since + 1; !err && !*yes && seq < keychain_links(k); seq++) {
		err = links_get(txn, keychain_genesis(k), seq, &bytes);
		if (!err)
			err = link_parse(bytes.data, bytes.len, &link);
		signer = err ? NULL : keychain_find_device(k, link.signer);
		*yes = signer && signer->paper;
	}
	buf_wipe(&bytes);
	return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
}

/* Nobody compared words with this identity: was it somebody else's before? */
static int look_back(struct vault_txn *txn, const struct clinic *clinic, const uint8_t *genesis,
                     struct checked_person *out)
{
	const uint8_t *before = genesis;
	struct fact fact;
	for (unsigned i = 0; i < GENERATIONS; i++) {
		before = clinic_predecessor_genesis(clinic, before);
		if (!before)
			return 0;
		int err = fact_get(txn, before, &fact);
		if (!err) {
			*out = (struct checked_person){CHECKED_SUCCEEDED, fact.at_ms};
			return 0;
		}
		if (err != ERR_NOT_FOUND)
			return err;
	}
	return 0;
}

int checked_get(struct vault_txn *txn, const struct clinic *clinic, const struct keychain *k,
                struct checked_person *out)
{
	struct fact fact;
	uint64_t seq = 0;
	bool recovered = false;
	*out = (struct checked_person){CHECKED_NEVER, 0};
	int err = fact_get(txn, keychain_genesis(k), &fact);
	if (err == ERR_NOT_FOUND)
		return look_back(txn, clinic, keychain_genesis(k), out);
	if (err)
		return err;
	out->at_ms = fact.at_ms;
	out->state = fact.outcome == CHECKED_ACCEPT ? CHECKED_ACCEPTED : CHECKED_EQUAL;
	if (fact.outcome == CHECKED_OTHER_WORDS)
		out->state = CHECKED_DIFFERED;
	else if (!keychain_seq_of(k, fact.head, &seq))
		out->state = CHECKED_RECOVERED;
	else
		err = was_recovered(txn, k, seq, &recovered);
	if (recovered)
		out->state = CHECKED_RECOVERED;
	return err;
}
