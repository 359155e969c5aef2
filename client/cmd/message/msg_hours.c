/* msg_hours: see msg_hours.h. */
#include "msg_hours.h"

#include <stdio.h>

#include "client/setting.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/content.h"

#include "client/cmd/desk.h"

#define DAY_S 86400

bool msg_hours(struct desk *d, char *out, size_t max)
{
	struct vault_txn *txn = NULL;
	struct buf text;
	if (vault_begin(d->kap->vault, false, &txn))
		return false;
	buf_init(&text, 0);
	bool known = !setting_get(txn, SETTING_CLINIC_HOURS, &text) && text.len;
	if (known)
		snprintf(out, max, "%s", (const char *)text.data);
	buf_wipe(&text);
	vault_abort(txn);
	return known;
}

static int is_today(void *arg, const struct book_item *item)
{
	const struct desk *d = arg;
	struct when at = desk_when(item->at_ms);
	return (at.s + 60 * (int64_t)at.offset_min) / DAY_S == (d->now.s + 60 * (int64_t)d->now.offset_min) / DAY_S;
}

bool msg_hours_is_first_today(struct desk *d)
{
	return !book_each(d->book, CONTENT_MESSAGE, people_self(d->people), is_today, d);
}
