/* setting: see setting.h. */
#include <string.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "client/setting.h"
#include "client/vault.h"

int setting_get(struct vault_txn *txn, const char *name, struct buf *text)
{
	int rc = vault_get(txn, VAULT_SETTING, name, strlen(name), text);

	if (rc)
		return rc;
	if ((rc = buf_put_u8(text, 0)))
		return rc;
	if (text->len > SETTING_MAX + 1 || memchr(text->data, 0, text->len - 1))
		return ERR_CORRUPT;
	buf_truncate(text, text->len - 1); /* the NUL stays behind the end */
	return 0;
}

int setting_put(struct vault_txn *txn, const char *name, const char *text)
{
	struct buf value;
	int rc;

	if (!text) {
		rc = vault_del(txn, VAULT_SETTING, name, strlen(name));
		return rc == ERR_NOT_FOUND ? 0 : rc;
	}
	if (strlen(text) > SETTING_MAX)
		return ERR_TOO_BIG;
	buf_init(&value, 0);
	rc = buf_put(&value, text, strlen(text));
	if (!rc)
		rc = vault_put(txn, VAULT_SETTING, name, strlen(name), &value);
	buf_wipe(&value);
	return rc;
}
