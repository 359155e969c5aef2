/* given: see given.h. */
#include <string.h>

#include "client/care/kinds.h"
#include "proto/attachment.h"
#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/epoch.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/record.h"

#include "fold.h"
#include "identity.h"
#include "ledger.h"

#include "given.h"

#define GENERATIONS 16 /* how far back identities are followed */

bool given_open(const struct content *c, struct given *out)
{
	out->record = content_bin(c, CONTENT_GIVEN_RECORD, &out->record_len);
	out->content = content_bin(c, CONTENT_GIVEN_CONTENT, &out->content_len);
	return content_peek_head(c)->kind == CONTENT_REGIVEN && out->record && out->content;
}

/* --- judging --- */

/* Is this one of the identities that `id` took the place of? */
static bool was_me(const struct fold *fold, const struct identity *id, const uint8_t pid[16])
{
	const uint8_t *before = id->genesis;
	for (unsigned i = 0; i < GENERATIONS; i++) {
		before = clinic_predecessor_genesis(fold_clinic(fold), before);
		if (!before)
			return false;
		if (memcmp(before, pid, RECORD_PID) == 0)
			return true;
	}
	return false;
}

static bool was_for_me(const struct fold *fold, const struct identity *id, const struct record *r)
{
	for (uint32_t i = 0; i < r->audience; i++)
		if (was_me(fold, id, r->wraps[i].pid))
			return true;
	return false;
}

static int check_form(const struct identity *id, const struct record *r)
{
	for (uint32_t i = 0; i < r->audience; i++)
		if (r->wraps[i].present)
			return ERR_SHAPE;
	if (memcmp(r->clinic, id->clinic, 32) != 0)
		return ERR_AUTHOR;
	if (r->op != RECORD_CONTENT && r->op != RECORD_SHARE)
		return ERR_CLASS;
	if (r->class != RECORD_SHARED && r->class != RECORD_CLINICAL)
		return ERR_CLASS;
	return record_check_rules(r);
}

/* By the old identity for the giver, or by the giver for the old identity. */
static int check_people(const struct fold *fold, const struct identity *id, const struct record *outer,
                        const struct record *r)
{
	bool by_giver = memcmp(r->author, outer->author, RECORD_PID) == 0;
	if (!by_giver && !was_me(fold, id, r->author))
		return ERR_AUTHOR;
	if (!record_audience_has(r, outer->author, NULL) || !was_for_me(fold, id, r))
		return ERR_AUDIENCE;
	return 0;
}

static int check_signature(const struct fold *fold, const struct record *r)
{
	const struct keychain *k = fold_keychain_by_pid(fold, r->author);
	const struct keychain_device *device = k ? keychain_find_device(k, r->did) : NULL;
	uint64_t seq;
	if (!device || !keychain_seq_of(k, r->chain_head, &seq) || !keychain_active_at(k, r->did, seq))
		return ERR_AUTHOR;
	return record_verify(r, device->pub.sign);
}

static int check_payload(const struct content *c, const struct given *g, const struct record *r)
{
	size_t key_len, salt_len;
	const uint8_t *key = content_bin(c, CONTENT_GIVEN_KEY, &key_len);
	const uint8_t *salt = content_bin(c, CONTENT_GIVEN_SALT, &salt_len);
	struct buf payload;
	if (!key || key_len != CRYPTO_KEY || !salt || salt_len != RECORD_PAYLOAD_SALT)
		return ERR_SCHEMA;
	buf_init(&payload, 0);
	int err = record_rebuild_payload(r, &(struct record_again){key, salt, g->content, g->content_len}, &payload);
	buf_wipe(&payload);
	return err;
}

static int check_content(const struct given *g, const struct record *r)
{
	struct content *c = NULL;
	int err = content_decode(g->content, g->content_len, &care_kinds, &c);
	if (!err)
		err = content_check_place(c, &care_kinds, r->class, r->op);
	if (!err && !kinds_is_written(content_peek_head(c)->kind))
		err = ERR_SCHEMA;
	if (!err)
		err = attachment_check(c, r);
	content_free(c);
	return err;
}

int given_check(const struct fold *fold, const struct identity *id, const struct record *outer, const struct content *c)
{
	struct given g;
	struct record r;
	if (!given_open(c, &g) || outer->class != RECORD_SHARED)
		return ERR_SCHEMA;
	int err = record_parse(g.record, g.record_len, &r);
	if (!err)
		err = check_form(id, &r);
	if (!err)
		err = check_people(fold, id, outer, &r);
	if (!err)
		err = check_signature(fold, &r);
	if (!err)
		err = check_payload(c, &g, &r);
	return err ? err : check_content(&g, &r);
}

/* --- making --- */

static bool is_a_text(const struct ledger_record *row)
{
	struct content *c = NULL;
	bool yes = !content_decode(row->content, row->content_len, &care_kinds, &c) &&
	           kinds_is_written(content_peek_head(c)->kind);
	content_free(c);
	return yes;
}

bool given_is_theirs(const struct identity *id, const struct ledger_record *row, const struct record *r,
                     const uint8_t old[16])
{
	bool by_them = memcmp(r->author, old, RECORD_PID) == 0 && record_audience_has(r, id->pid, NULL);
	bool by_me = memcmp(r->author, id->pid, RECORD_PID) == 0 && record_audience_has(r, old, NULL);
	if ((!by_them && !by_me) || row->state != LEDGER_STORED || !row->content_len || !row->has_salt)
		return false;
	if ((r->class != RECORD_SHARED && r->class != RECORD_CLINICAL) ||
	    (r->op != RECORD_CONTENT && r->op != RECORD_SHARE))
		return false;
	return record_wrap_for(r, id->pid) && is_a_text(row);
}

static int open_wrap(const struct identity *id, const struct epoch_keys *epochs, const struct record *r,
                     struct record_opened *out)
{
	const struct record_wrap *wrap = record_wrap_for(r, id->pid);
	for (uint32_t i = 0; wrap && i < id->n_epochs; i++) {
		struct record_epoch epoch = {id->epochs[i].epoch, epochs[i].self, epochs[i].seal_private};
		if (epoch.epoch == wrap->epoch)
			return record_open_wrap(r, id->pid, &epoch, out);
	}
	return ERR_NOT_FOUND;
}

int given_fill(const struct identity *id, const struct epoch_keys *epochs, const struct ledger_record *row,
               struct content *c)
{
	struct record_opened *opened = crypto_secret_new(sizeof(*opened));
	struct record r;
	struct buf bare;
	buf_init(&bare, RECORD_MAX);
	int err = opened ? record_parse(row->record, row->record_len, &r) : ERR_NOMEM;
	if (!err)
		err = open_wrap(id, epochs, &r, opened);
	if (!err)
		err = record_stub(&r, &bare);
	if (!err)
		err = content_set_bin(c, CONTENT_GIVEN_RECORD, bare.data, bare.len);
	if (!err)
		err = content_set_bin(c, CONTENT_GIVEN_KEY, opened->content_key, sizeof(opened->content_key));
	if (!err)
		err = content_set_bin(c, CONTENT_GIVEN_SALT, row->salt, sizeof(row->salt));
	if (!err)
		err = content_set_bin(c, CONTENT_GIVEN_CONTENT, row->content, row->content_len);
	buf_wipe(&bare);
	crypto_secret_free(opened, sizeof(*opened));
	return err;
}
