/* unlock: see unlock.h. The key lies in the user's keyring, which is first made this process's own to search: a login
 * without its own session keyring could otherwise add to it but not read it back. */
#include <errno.h>
#include <keyutils.h>
#include <string.h>

#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/label.h"
#include "client/unlock.h"
#include "client/vault.h"

#define VERSION 1

/* What is kept. The time is kept with it so that it can start anew without knowing whose it is. */
struct payload {
	uint8_t version;
	uint8_t seconds[3];
	uint8_t key[VAULT_KEY_LEN];
};

static int describe(const char *dir, char out[40])
{
	static const char digits[] = "0123456789abcdef";
	static const char prefix[] = "kap:";
	uint8_t hash[CRYPTO_HASH];
	int rc = crypto_hash1(LABEL_VAULT, dir, strlen(dir), hash);

	if (rc)
		return rc;
	memcpy(out, prefix, sizeof prefix);
	for (size_t i = 0; i < 16; i++) {
		out[sizeof prefix - 1 + 2 * i] = digits[hash[i] >> 4];
		out[sizeof prefix + 2 * i] = digits[hash[i] & 15];
	}
	out[sizeof prefix - 1 + 32] = 0;
	return 0;
}

static int reach_keyring(void)
{
	return keyctl_link(KEY_SPEC_USER_KEYRING, KEY_SPEC_PROCESS_KEYRING) < 0 ? ERR_NO_KEYRING : 0;
}

static int find(const char *dir, key_serial_t *key)
{
	char name[40];
	long found;
	int rc;

	if ((rc = describe(dir, name)) || (rc = reach_keyring()))
		return rc;
	found = keyctl_search(KEY_SPEC_USER_KEYRING, "user", name, 0);
	if (found >= 0) {
		*key = (key_serial_t)found;
		return 0;
	}
	return errno == ENOKEY || errno == EKEYEXPIRED || errno == EKEYREVOKED ? ERR_LOCKED : ERR_NO_KEYRING;
}

int unlock_keep(const char *dir, const uint8_t *key, unsigned seconds)
{
	struct payload *p;
	key_serial_t made;
	char name[40];
	int rc;

	if (seconds < 1 || seconds > UNLOCK_MAX_S)
		return ERR_RANGE;
	if ((rc = describe(dir, name)) || (rc = reach_keyring()))
		return rc;
	p = crypto_secret_new(sizeof *p);
	if (!p)
		return ERR_NOMEM;
	p->version = VERSION;
	for (int i = 0; i < 3; i++)
		p->seconds[i] = (uint8_t)(seconds >> (16 - 8 * i));
	memcpy(p->key, key, VAULT_KEY_LEN);
	made = add_key("user", name, p, sizeof *p, KEY_SPEC_USER_KEYRING);
	if (made < 0) {
		rc = errno == EDQUOT ? ERR_NO_SPACE : ERR_NO_KEYRING;
	} else if (keyctl_setperm(made, KEY_POS_ALL | KEY_USR_VIEW) < 0 || keyctl_set_timeout(made, seconds) < 0) {
		/* a key that would stay for ever must not stay */
		keyctl_invalidate(made);
		rc = ERR_NO_KEYRING;
	}
	crypto_secret_free(p, sizeof *p);
	return rc;
}

int unlock_get(const char *dir, uint8_t *key)
{
	key_serial_t found;
	struct payload *p;
	unsigned seconds;
	int rc;

	memset(key, 0, VAULT_KEY_LEN);
	if ((rc = find(dir, &found)))
		return rc;
	p = crypto_secret_new(sizeof *p);
	if (!p)
		return ERR_NOMEM;
	rc = ERR_LOCKED;
	if (keyctl_read(found, (char *)p, sizeof *p) == (long)sizeof *p && p->version == VERSION) {
		seconds = (unsigned)p->seconds[0] << 16 | (unsigned)p->seconds[1] << 8 | p->seconds[2];
		if (seconds >= 1 && seconds <= UNLOCK_MAX_S && keyctl_set_timeout(found, seconds) >= 0) {
			memcpy(key, p->key, VAULT_KEY_LEN);
			rc = 0;
		}
	}
	crypto_secret_free(p, sizeof *p);
	return rc;
}

bool unlock_is_kept(const char *dir)
{
	key_serial_t key;
	return find(dir, &key) == 0;
}

int unlock_drop(const char *dir)
{
	key_serial_t found;
	int rc = find(dir, &found);

	if (rc == ERR_LOCKED)
		return 0;
	if (rc)
		return rc;
	if (keyctl_invalidate(found) < 0 && keyctl_revoke(found) < 0)
		return ERR_NO_KEYRING;
	return 0;
}
