/* unlock: keeps a vault's unlock key in the kernel's keyring of this user, with a time limit. Knows the keyring; knows
 * nothing of vaults or passphrases. The key's description holds only a hash of the profile's path. Where the kernel
 * offers no keyring, every call answers ERR_NO_KEYRING and the passphrase is asked for each time. */
#ifndef KAP_CLIENT_UNLOCK_H
#define KAP_CLIENT_UNLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define UNLOCK_CLIENT_S (5u * 60)
#define UNLOCK_STAFF_S (15u * 60)
#define UNLOCK_MAX_S (60u * 60)

/* Keeps `key` (VAULT_KEY_LEN bytes) for `seconds` (1..UNLOCK_MAX_S, else ERR_RANGE) for the profile at `dir`, replacing
 * what was kept. ERR_NO_KEYRING, ERR_NO_SPACE (the user's keyring quota). */
int unlock_keep(const char *dir, const uint8_t *key, unsigned seconds);

/* Copies the kept key out and starts its time anew. ERR_LOCKED when none is kept (never was, timed out, dropped);
 * ERR_NO_KEYRING. `key` should be on the secure heap; it is zeroed on error. */
int unlock_get(const char *dir, uint8_t *key);

/* True if a key is kept; its time goes on as it was. */
bool unlock_is_kept(const char *dir);

/* Forgets at once. 0 also when nothing was kept; ERR_NO_KEYRING. */
int unlock_drop(const char *dir);

#endif
