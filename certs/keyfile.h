/* keyfile: one 32-byte secret seed on disk, as text:
 *
 *     kap-key 1 KIND
 *     64 lower-case hex digits
 *
 * Written so that a crash leaves the old file or the new one, never half of one. Refuses to read what others could have
 * read or replaced. Knows the kinds' names, not what the keys are for. Any thread. */
#ifndef KAP_CERTS_KEYFILE_H
#define KAP_CERTS_KEYFILE_H

#include <stdint.h>

#define KEYFILE_SEED 32

enum keyfile_kind { KEYFILE_SERVER_TLS, KEYFILE_SERVER_LOG, KEYFILE_SERVER_ROOT, KEYFILE_KINDS };

/* The name of a kind as it stands in the file ("server-tls"). Static. */
const char *keyfile_kind_name(enum keyfile_kind kind);

/* Writes a file of mode 0600 beside `path`, syncs it, renames it over `path`, syncs the folder. ERR_IO, ERR_ARG (path
 * too long). On error the file that was there is untouched. */
int keyfile_write(const char *path, enum keyfile_kind kind, const uint8_t seed[KEYFILE_SEED]);

/* As keyfile_write, but ERR_EXISTS when there is anything at `path` already. */
int keyfile_create(const char *path, enum keyfile_kind kind, const uint8_t seed[KEYFILE_SEED]);

/* ERR_NOT_FOUND; ERR_CONFIG: not a regular file, a link, another owner than this process or root, or readable or
 * writable by anyone else; ERR_CORRUPT: not exactly the text above; ERR_IO. `seed` is zeroed on error. A file that the
 * service manager made for this process alone (root's, in CREDENTIALS_DIRECTORY) may be readable by its group. */
int keyfile_read(const char *path, enum keyfile_kind kind, uint8_t seed[KEYFILE_SEED]);

#endif
