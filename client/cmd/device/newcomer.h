/* newcomer: what the commands share by which a machine becomes somebody's device (join, device join, recover): the
 * vault with its passphrase, names, the paper recovery code, the settings. Knows none of the ways in. */
#ifndef KAP_CLIENT_CMD_NEWCOMER_H
#define KAP_CLIENT_CMD_NEWCOMER_H

#include <stdint.h>

#include "proto/code.h"

struct buf;
struct identity;
struct kap;

/* Rows for a table of options. */
#define NEWCOMER_COST                                                                                                  \
	{                                                                                                                  \
		"kdf-cost", 0, "N", "how hard the passphrase is to guess, 16 to 20 (17): one more doubles the wait"            \
	}
#define NEWCOMER_DEVICE                                                                                                \
	{                                                                                                                  \
		"device-name", 0, "NAME", "what you call this device"                                                          \
	}

/* All of them return KAP_OK, or an exit code after the reason was said; `then` ends the sentence ("Nothing was
 * joined."). */

/* --kdf-cost. */
int newcomer_cost(struct kap *kap, unsigned *cost, const char *then);
/* Asks for a new passphrase and makes the vault, unless one is open already. */
int newcomer_make_vault(struct kap *kap, unsigned cost, const char *then);
/* Opens the vault of an earlier attempt: *id is its identity, not joined, the caller's; NULL if there is none. Fails
 * when this machine is a device of somebody already. */
int newcomer_take_up(struct kap *kap, struct identity **id);
/* --device-name, or asks; 1 to 80 characters, NUL-terminated beyond buf.len. */
int newcomer_device_name(struct kap *kap, struct buf *name, const char *then);
/* A whole line of text of 1 to 80 characters as a name. */
int newcomer_name(struct kap *kap, const char *typed, struct buf *name, const char *then);
/* CODE@HOST of one of `kinds`, typed or asked for. Wipe with crypto_wipe. */
struct newcomer_address {
	struct code code;
	char host[CODE_HOST];
	uint16_t port;
};
int newcomer_code(struct kap *kap, const char *kinds, const char *typed, struct newcomer_address *to, const char *then);

/* Shows a paper code, with the server's address it is used with, and waits until it is written down. Out before
 * anything is sent, for programs too: a code that was never shown must not be in force. */
void newcomer_show_recovery(struct kap *kap, const struct code *recovery, const char *host);

/* Role, name and clinic into the settings, from the identity. Returns the error. */
int newcomer_save_settings(struct kap *kap);

#endif
