/* kap: the running program as every command sees it: which profile, the vault once it is open, where output and
 * questions go, what was asked for on the command line. Knows how to get from "locked" to "open". Knows no command. */
#ifndef KAP_CLIENT_KAP_H
#define KAP_CLIENT_KAP_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/role.h"
#include "client/ui/fail.h"

struct cmd;
struct cmd_args;
struct cmd_group;
struct out;
struct profile;
struct prompt;
struct vault;
struct why;

struct kap {
	const char *title;              /* the name shown: "kap", or another one when discreet */
	const struct cmd *const *cmds;  /* all commands, NULL at the end */
	const struct cmd_group *groups; /* their headings in that order, NULL for none */
	const struct cmd *cmd;          /* the one that runs */
	const struct cmd_args *args;    /* its options, read with cmd_opt, cmd_flag */
	struct profile *profile;
	struct vault *vault; /* NULL until kap_open_vault or kap_try_vault succeeded */
	struct prompt *prompt;
	struct out *out;
	enum role role; /* of the vault's owner; ROLE_GUEST while locked or not enrolled */
	bool discreet;
};

/* Opens the vault: with the key that `kap unlock` keeps if there is one, else by asking for the passphrase. Idempotent.
 * Returns an exit code; after anything but KAP_OK the reason has been said. Commands with CMD_UNLOCKED find it done. */
int kap_open_vault(struct kap *kap);

/* For who has opened kap->vault without it: whose it is. After an error, which has been said, the vault is closed. */
int kap_finish_open(struct kap *kap);

/* The same as kap_open_vault but never asks and says nothing: true if it is open now. */
bool kap_try_vault(struct kap *kap);

/* The time without use after which it locks itself: what the settings say, else by role. */
unsigned kap_idle_seconds(const struct kap *kap);

/* Says one or more plain sentences on stderr (as {"error":..., "exit":...} with --json) and returns `exit`. The
 * sentences say what is wrong, what is allowed, how to fix it, and what happened to what was typed. No newline at the
 * end. */
__attribute__((format(printf, 3, 4))) int kap_fail(struct kap *kap, enum fail_exit exit, const char *fmt, ...);

/* The same for a negative err: its sentence from err.def, then `then` ("Nothing was saved.") unless NULL; the exit code
 * is fail_exit_of(err). */
int kap_fail_err(struct kap *kap, int err, const char *then);

/* For functions that explain themselves: the sentence in `why`, or err's if it is empty. */
int kap_fail_why(struct kap *kap, int err, const struct why *why, const char *then);

#endif
