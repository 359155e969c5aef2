/* cmd: what a command is: a row of facts and one function. Parses its command line from its own table of options,
 * prints its help, finds commands by name and guesses at mistyped ones. Knows no particular command: a new one is a
 * file in client/cmd/ that defines `const struct cmd cmd_NAME`, and a line CMD(NAME) in client/cmd/list.def. */
#ifndef KAP_CLIENT_CMD_H
#define KAP_CLIENT_CMD_H

#include <stdbool.h>
#include <stddef.h>

#include "client/kap.h"

/* Who may use it, as bits by role. Before joining, and while locked, every command that could be used later is shown.
 */
#define CMD_CLIENT (1u << ROLE_CLIENT)
#define CMD_THERAPIST (1u << ROLE_THERAPIST)
#define CMD_PRESCRIBER (1u << ROLE_PRESCRIBER)
#define CMD_MEDICAL (1u << ROLE_MEDICAL)
#define CMD_ADMIN (1u << ROLE_ADMIN)
#define CMD_AUDITOR (1u << ROLE_AUDITOR)
#define CMD_CLINICAL (CMD_THERAPIST | CMD_PRESCRIBER | CMD_MEDICAL)
#define CMD_STAFF (CMD_CLINICAL | CMD_ADMIN | CMD_AUDITOR)
#define CMD_MEMBER (CMD_CLIENT | CMD_STAFF)
#define CMD_ANYONE (CMD_MEMBER | 1u << ROLE_GUEST)

/* What must be there before run is called; main sees to it and fails with the right exit code. */
enum cmd_needs {
	CMD_NOTHING = 0,
	CMD_UNLOCKED = 1, /* kap->vault is open; asks for the passphrase if need be. Exit 7 when there is no vault */
	CMD_NETWORK = 2,  /* speaks to the server (said in the help) */
	CMD_FRESH = 4,    /* only where there is no vault yet (join) */
	CMD_PROFILE = 8   /* a usable profile directory; implied by the others */
};

struct cmd_option {
	const char *name; /* long, without the dashes */
	char letter;      /* 0: none. h, j, p, y and V are taken by the global options */
	const char *arg;  /* what to call its value in the help, NULL for a flag */
	const char *help;
};

struct cmd {
	const char *name;                 /* one word, or two for a family: "session start" */
	const char *args;                 /* "CLIENT [TEXT...]", "" for none */
	const char *summary;              /* one line, no full stop */
	const char *about;                /* more, for `kap COMMAND --help`, wrapped when printed; NULL for none */
	const char *example;              /* one real example, with its output where that helps */
	const struct cmd_option *options; /* ends with {0}; NULL for none */
	unsigned roles;
	unsigned needs;
	int min_args, max_args;                             /* operands after the name; max_args -1: any number */
	int (*run)(struct kap *kap, int argc, char **argv); /* operands only. Returns an exit code of fail.h */
};

/* A heading of the list of all commands, before the first of those it is about. */
struct cmd_group {
	const struct cmd *first; /* NULL: the end of the groups */
	const char *title;
};

/* --- for commands --- */

/* The value of an option of the running command, NULL when it was not given; the last one if given several times. */
const char *cmd_opt(const struct kap *kap, const char *name);
/* The nth (from 0) value of an option that may be repeated; NULL beyond the last. */
const char *cmd_opt_nth(const struct kap *kap, const char *name, size_t n);
bool cmd_flag(const struct kap *kap, const char *name);

/* --- for main and help --- */

struct cmd_global {
	bool json, plain, yes, help, version;
	int pass_fd; /* -1: none */
};

/* Reads a whole command line: global options before or after the command's name, the command's own options, operands.
 * Whether a command was named, and which, is in the args. KAP_OK; KAP_USAGE with a sentence in `why`, or without one
 * when the first word is no command (see cmd_args_word); KAP_INTERNAL without memory. `global` is filled in as far as
 * it was understood. The args borrow from argv; free with cmd_args_free, also after an error. */
int cmd_parse(const struct cmd *const *cmds, int argc, char **argv, struct cmd_global *global, struct cmd_args **args,
              struct why *why);
void cmd_args_free(struct cmd_args *args);                   /* NULL is legal */
const struct cmd *cmd_args_cmd(const struct cmd_args *args); /* NULL: none was named */
int cmd_args_operands(const struct cmd_args *args, char ***argv);
/* The first word when it is no command: unknown, or the first word of a family ("session"). NULL otherwise. */
const char *cmd_args_word(const struct cmd_args *args);

/* Exact name (one or two words, a single space between); NULL. */
const struct cmd *cmd_by_name(const struct cmd *const *cmds, const char *name);
/* True if some command that `role` may use has this first word of two. */
bool cmd_is_family(const struct cmd *const *cmds, const char *word, enum role role);
/* The nearest name to a mistyped one that `role` may use, NULL if none is near. */
const struct cmd *cmd_suggest(const struct cmd *const *cmds, const char *name, enum role role);
/* ROLE_GUEST stands for "not known yet": everything may be. */
bool cmd_allowed(const struct cmd *cmd, enum role role);

/* Print help: one command; all that kap->role may use (family NULL), or those of one family. */
void cmd_help_one(struct kap *kap, const struct cmd *cmd);
void cmd_help_all(struct kap *kap, const char *family);
/* The manual page of these commands to `to`, a FILE. ERR_IO. */
int cmd_man(const struct cmd *const *cmds, void *to);

#endif
