/* profile: where one person's things are on this machine, and the few settings that may be read while everything is
 * locked. Knows the directory, its mode, and a small text file in it that holds nothing personal. Knows no key and no
 * vault. The directory is $KAP_HOME, else $XDG_DATA_HOME/kap, else $HOME/.local/share/kap. */
#ifndef KAP_CLIENT_PROFILE_H
#define KAP_CLIENT_PROFILE_H

#include <stddef.h>

struct profile;
struct why;

/* The settings of the open file `settings` (key = value lines, 0600). Adding one is adding a row in profile.c.
 *   region    which crisis card (crisis.h); "us" if absent
 *   discreet  "1": another program title
 *   lock-after  minutes after which `kap unlock` forgets, 1..60; absent: by role */

/* Finds the directory; makes nothing. A directory that exists must belong to this user and be closed to everybody else,
 * or the answer is ERR_CONFIG. ERR_CONFIG too when no directory is named and $HOME is absent, or a setting is not
 * valid. */
int profile_open(struct profile **profile, struct why *why);
void profile_free(struct profile *profile); /* NULL is legal */

/* Makes the directory (0700) with its missing parents. 0 when it is there already. */
int profile_create(struct profile *profile, struct why *why);

const char *profile_peek_dir(const struct profile *profile);
/* The vault's directory inside it. */
const char *profile_peek_vault_dir(const struct profile *profile);

/* NULL when absent. Borrowed until the next put. */
const char *profile_peek(const struct profile *profile, const char *key);
/* Stores durably, replacing the file at once; NULL removes. Makes the directory if need be. ERR_ARG for an unknown key,
 * ERR_RANGE for a value it may not have, ERR_IO. */
int profile_put(struct profile *profile, const char *key, const char *value);

#endif
