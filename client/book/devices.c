/* devices: see devices.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/care/kinds.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/record.h"

#include "ledger.h"

#include "devices.h"

#define PARENTS CONTENT_PARENTS

/* One device's name, and the revisions that nobody superseded. */
struct row {
	uint8_t did[16];
	char name[DEVICES_NAME];
	uint32_t n_heads;
	uint8_t heads[PARENTS][32];
};

struct devices {
	const uint8_t *pid;
	struct row *rows;
	size_t n, room;
};

static const struct row *find(const struct devices *d, const uint8_t did[16])
{
	for (size_t i = 0; i < d->n; i++)
		if (memcmp(d->rows[i].did, did, 16) == 0)
			return &d->rows[i];
	return NULL;
}

static struct row *add(struct devices *d, const uint8_t did[16])
{
	const struct row *had = find(d, did);
	if (had)
		return &d->rows[had - d->rows];
	if (d->n == d->room) {
		size_t room = d->room ? 2 * d->room : 16;
		struct row *more = realloc(d->rows, room * sizeof(*more));
		if (!more)
			return NULL;
		d->rows = more;
		d->room = room;
	}
	struct row *row = &d->rows[d->n++];
	memset(row, 0, sizeof(*row));
	memcpy(row->did, did, 16);
	return row;
}

static void drop_head(struct row *row, const uint8_t ref[32])
{
	for (uint32_t i = 0; i < row->n_heads; i++)
		if (memcmp(row->heads[i], ref, 32) == 0) {
			row->n_heads--;
			memmove(row->heads[i], row->heads[i + 1], (row->n_heads - i) * sizeof(row->heads[0]));
			return;
		}
}

/* What arrives later is newer. */
static int take(struct devices *d, const uint8_t *content, size_t len, const uint8_t ref[32])
{
	struct content *c = NULL;
	size_t did_len, name_len;
	int err = content_decode(content, len, &care_kinds, &c);
	if (err)
		return err;
	const struct content_head *head = content_peek_head(c);
	const uint8_t *did = content_bin(c, CONTENT_DEVICE_ID, &did_len);
	const char *name = content_str(c, CONTENT_DEVICE_NAME, &name_len);
	if (head->kind != CONTENT_DEVICE || !did || !name || memcmp(head->item, did, 16) != 0)
		goto out;
	struct row *row = add(d, did);
	if (!row) {
		err = ERR_NOMEM;
		goto out;
	}
	snprintf(row->name, sizeof(row->name), "%.*s", (int)name_len, name);
	for (char *at = row->name; *at; at++)
		if (*at == '\n' || *at == '\t')
			*at = ' ';
	for (uint32_t i = 0; i < head->n_parents; i++)
		drop_head(row, head->parents[i]);
	if (row->n_heads == PARENTS)
		drop_head(row, row->heads[0]);
	memcpy(row->heads[row->n_heads++], ref, 32);
out:
	content_free(c);
	return err;
}

static int visit_record(void *arg, const struct ledger_record *row)
{
	struct devices *d = arg;
	struct record r;
	int err = record_parse(row->record, row->record_len, &r);
	if (err || r.class != RECORD_PRIVATE || r.op != RECORD_CONTENT || !row->content_len ||
	    memcmp(r.author, d->pid, 16) != 0)
		return err;
	return take(d, row->content, row->content_len, row->rid);
}

static int visit_pending(void *arg, const struct ledger_pending *p)
{
	return p->record_class == RECORD_PRIVATE && p->op == RECORD_CONTENT ? take(arg, p->content, p->content_len, p->lid)
	                                                                    : 0;
}

int devices_load(struct vault_txn *txn, const uint8_t pid[16], struct devices **out)
{
	*out = NULL;
	struct devices *d = calloc(1, sizeof(*d));
	if (!d)
		return ERR_NOMEM;
	d->pid = pid;
	int err = ledger_record_each(txn, visit_record, d);
	if (!err)
		err = ledger_pending_each(txn, visit_pending, d);
	d->pid = NULL;
	if (err)
		devices_free(d);
	else
		*out = d;
	return err;
}

void devices_free(struct devices *d)
{
	if (d)
		free(d->rows);
	free(d);
}

bool devices_is_named(const struct devices *d, const uint8_t did[16])
{
	return find(d, did);
}

const char *devices_name(const struct devices *d, const uint8_t did[16], char out[DEVICES_NAME])
{
	const struct row *row = d ? find(d, did) : NULL;
	if (row)
		snprintf(out, DEVICES_NAME, "%s", row->name);
	else
		snprintf(out, DEVICES_NAME, "device %02X%02X", did[0], did[1]);
	return out;
}

uint32_t devices_heads(const struct devices *d, const uint8_t did[16], uint8_t (*refs)[32])
{
	const struct row *row = d ? find(d, did) : NULL;
	if (!row)
		return 0;
	memcpy(refs, row->heads, row->n_heads * sizeof(row->heads[0]));
	return row->n_heads;
}
