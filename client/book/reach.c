/* reach: see reach.h. */
#include "reach.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/care/contact.h"
#include "client/setting.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"

#define TAKEN_AT "clinic.contact-at"

static const struct {
	uint32_t key;
	const char *setting;
} rows[] = {
    {CONTACT_PHONE, SETTING_CLINIC_PHONE},
    {CONTACT_HOURS, SETTING_CLINIC_HOURS},
    {CONTACT_AFTER_HOURS, SETTING_CLINIC_AFTER},
    {CONTACT_LOOKS, SETTING_CLINIC_LOOKS},
};

static int put(struct vault_txn *txn, const struct content *contact, size_t row)
{
	size_t len = 0;
	const char *text = content_str(contact, rows[row].key, &len);
	struct buf copy;
	buf_init(&copy, 0);
	buf_put(&copy, text, text ? len : 0);
	buf_put_u8(&copy, 0);
	int err = buf_err(&copy);
	if (!err)
		err = setting_put(txn, rows[row].setting, text ? (const char *)copy.data : NULL);
	buf_wipe(&copy);
	return err;
}

int reach_take(struct vault_txn *txn, const struct content *contact)
{
	uint64_t at = content_peek_head(contact)->at_ms;
	char text[32];
	struct buf was;
	buf_init(&was, 0);
	int err = setting_get(txn, TAKEN_AT, &was);
	bool older = !err && strtoull((const char *)was.data, NULL, 10) > at;
	buf_wipe(&was);
	if (older || (err && err != ERR_NOT_FOUND))
		return older ? 0 : err;
	snprintf(text, sizeof(text), "%" PRIu64, at);
	err = setting_put(txn, TAKEN_AT, text);
	for (size_t i = 0; !err && i < sizeof(rows) / sizeof(rows[0]); i++)
		err = put(txn, contact, i);
	return err;
}
