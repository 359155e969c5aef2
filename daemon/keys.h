/* keys: the server's own two keys and where they are kept: `tls.key` (what devices pin) and `log.key` (signs receipts
 * and feed heads), as credentials of the service manager or in the state folder. Knows nothing of how they are used. */
#ifndef KAP_DAEMON_KEYS_H
#define KAP_DAEMON_KEYS_H

#include <stdint.h>

struct crypto_sign_key;
struct keys; /* on the secure heap */

/* New keys, written into `state_dir`. ERR_EXISTS when one is there; errors of keyfile_create. *out is NULL on error. */
int keys_create(const char *state_dir, struct keys **out);
/* Takes back what keys_create wrote, when what it was for did not come about. */
void keys_remove(const char *state_dir);
/* From CREDENTIALS_DIRECTORY where it has the file, else from `state_dir`. Errors of keyfile_read. *out is NULL then.
 */
int keys_load(const char *state_dir, struct keys **out);
void keys_free(struct keys *k); /* wipes; NULL is legal */

const uint8_t *keys_tls_seed(const struct keys *k);
/* The log key, parsed once. */
const struct crypto_sign_key *keys_log_key(const struct keys *k);
/* What a founding packet and a server_pin link hold. ERR_CRYPTO. */
int keys_public(const struct keys *k, uint8_t tls[32], uint8_t log[32]);

#endif
