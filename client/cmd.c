/* cmd: reads command lines, finds commands by name. Help is cmd_help.c. */
#include <ctype.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cmd.h"
#include "client/cmd_internal.h"
#include "client/ui/why.h"

#define OPTIONS_MAX 48
#define GIVEN_MAX 64
#define LONG_ONLY 256 /* getopt's number for the first option without a letter */

const struct cmd_option cmd_globals[] = {
    {"json", 'j', NULL, "answer in JSON, for programs"},
    {"plain", 'p', NULL, "answer in lines of \"key: value\", for screen readers"},
    {"yes", 'y', NULL, "answer yes to questions"},
    {"passphrase-fd", 0, "N", "read the passphrase from descriptor N"},
    {"help", 'h', NULL, "explain, and do nothing"},
    {"version", 'V', NULL, "say which version this is"},
    {NULL, 0, NULL, NULL},
};

struct given {
	const struct cmd_option *option;
	const char *value; /* "" for a flag */
};

struct cmd_args {
	const struct cmd *cmd;
	const char *word;
	struct given given[GIVEN_MAX];
	size_t n_given;
	char **operands; /* a copy of argv's pointers, in getopt's order */
	int first, argc;
};

/* getopt's tables for the global options and those of a command. */
struct grammar {
	const struct cmd_option *rows[OPTIONS_MAX];
	struct option longs[OPTIONS_MAX + 1];
	char shorts[2 * OPTIONS_MAX + 4];
	size_t n, n_shorts;
};

static void add_rows(struct grammar *g, const struct cmd_option *rows)
{
	for (; rows && rows->name && g->n < OPTIONS_MAX; rows++) {
		g->rows[g->n] = rows;
		g->longs[g->n] =
		    (struct option){rows->name, rows->arg ? required_argument : no_argument, NULL, LONG_ONLY + (int)g->n};
		g->n++;
		if (rows->letter) {
			g->shorts[g->n_shorts++] = rows->letter;
			if (rows->arg)
				g->shorts[g->n_shorts++] = ':';
		}
	}
}

static const struct cmd_option *row_of(const struct grammar *g, int c)
{
	if (c >= LONG_ONLY)
		return g->rows[c - LONG_ONLY];
	for (size_t i = 0; i < g->n; i++)
		if (g->rows[i]->letter == c)
			return g->rows[i];
	return NULL;
}

static int take_fd(const char *value, struct cmd_global *global, struct why *why)
{
	char *end;
	long fd = strtol(value, &end, 10);

	if (!isdigit((unsigned char)*value) || *end || fd > 1023)
		return why_set(why, KAP_USAGE, "--passphrase-fd needs the number of an open descriptor.");
	global->pass_fd = (int)fd;
	return KAP_OK;
}

static int take_global(const struct cmd_option *row, const char *value, struct cmd_global *global, struct why *why)
{
	switch (row - cmd_globals) {
	case 0:
		global->json = true;
		break;
	case 1:
		global->plain = true;
		break;
	case 2:
		global->yes = true;
		break;
	case 3:
		return take_fd(value, global, why);
	case 4:
		global->help = true;
		break;
	default:
		global->version = true;
	}
	return KAP_OK;
}

static bool is_global(const struct cmd_option *row)
{
	for (size_t i = 0; cmd_globals[i].name; i++)
		if (row == &cmd_globals[i])
			return true;
	return false;
}

static int refuse_option(const struct grammar *g, int c, const char *arg, struct why *why)
{
	const struct cmd_option *row = optopt ? row_of(g, optopt) : NULL;

	if (c == ':' && row)
		return why_set(why, KAP_USAGE, "--%s needs a value: --%s %s.", row->name, row->name, row->arg);
	if (row)
		return why_set(why, KAP_USAGE, "--%s takes no value.", row->name);
	return why_set(why, KAP_USAGE, "There is no option %.60s here.", arg);
}

/* Runs getopt over argv from `start`. The leading '+' of `shorts` stops it at the first word. */
static int scan(struct grammar *g, struct cmd_args *args, int argc, struct cmd_global *global, struct why *why)
{
	char **argv = args->operands;
	int c, at = 1, rc;

	opterr = 0;
	optind = 0; /* starts anew */
	while ((c = getopt_long(argc, argv, g->shorts, g->longs, NULL)) != -1) {
		const struct cmd_option *row = c == '?' || c == ':' ? NULL : row_of(g, c);

		if (!row)
			return refuse_option(g, c, optind > 1 ? argv[optind - 1] : argv[at], why);
		at = optind;
		if (is_global(row)) {
			if ((rc = take_global(row, optarg, global, why)))
				return rc;
			continue;
		}
		if (args->n_given == GIVEN_MAX)
			return why_set(why, KAP_USAGE, "That is more options than fit.");
		args->given[args->n_given++] = (struct given){row, optarg ? optarg : ""};
	}
	return KAP_OK;
}

const struct cmd *cmd_by_name(const struct cmd *const *cmds, const char *name)
{
	for (; *cmds; cmds++)
		if (!strcmp((*cmds)->name, name))
			return *cmds;
	return NULL;
}

/* The command that the words at the front of argv name; *words is how many they are. */
static const struct cmd *find_words(const struct cmd *const *cmds, int argc, char **argv, int *words)
{
	char two[64];
	const struct cmd *cmd = NULL;

	*words = 2;
	if (argc > 1 && snprintf(two, sizeof two, "%s %s", argv[0], argv[1]) < (int)sizeof two)
		cmd = cmd_by_name(cmds, two);
	if (cmd)
		return cmd;
	*words = 1;
	return cmd_by_name(cmds, argv[0]);
}

static int check_operands(const struct cmd_args *args, struct why *why)
{
	const struct cmd *cmd = args->cmd;
	int n = args->argc - args->first;

	if (n < cmd->min_args)
		return why_set(why, KAP_USAGE, "Something is missing. It is written: %s %s", cmd->name, cmd->args);
	if (cmd->max_args >= 0 && n > cmd->max_args)
		return why_set(why, KAP_USAGE, "\"%.60s\" is one word too many. It is written: %s%s%s",
		               args->operands[args->first + cmd->max_args], cmd->name, *cmd->args ? " " : "", cmd->args);
	return KAP_OK;
}

int cmd_parse(const struct cmd *const *cmds, int argc, char **argv, struct cmd_global *global, struct cmd_args **args,
              struct why *why)
{
	struct grammar g = {.shorts = "+:", .n_shorts = 2};
	struct cmd_args *a = calloc(1, sizeof *a);
	int rc, words, at;

	*global = (struct cmd_global){.pass_fd = -1};
	*args = a;
	why->text[0] = 0;
	if (!a || !(a->operands = calloc((size_t)argc + 1, sizeof *a->operands)))
		return KAP_INTERNAL;
	memcpy(a->operands, argv, (size_t)argc * sizeof *argv);
	add_rows(&g, cmd_globals);
	if ((rc = scan(&g, a, argc, global, why)))
		return rc;
	at = optind;
	a->first = a->argc = argc;
	if (at >= argc)
		return KAP_OK;
	a->cmd = find_words(cmds, argc - at, a->operands + at, &words);
	if (!a->cmd) {
		a->word = a->operands[at];
		/* "session --help" asks about a family; other options of an unknown command are no concern */
		for (int i = at + 1; i < argc; i++)
			global->help = global->help || !strcmp(argv[i], "--help") || !strcmp(argv[i], "-h");
		return KAP_USAGE;
	}
	g = (struct grammar){.shorts = ":", .n_shorts = 1};
	add_rows(&g, cmd_globals);
	add_rows(&g, a->cmd->options);
	memmove(a->operands, a->operands + at + words - 1, (size_t)(argc - at - words + 1) * sizeof *argv);
	a->argc = argc - at - words + 1;
	if ((rc = scan(&g, a, a->argc, global, why)))
		return rc;
	a->first = optind;
	return global->help ? KAP_OK : check_operands(a, why);
}

void cmd_args_free(struct cmd_args *args)
{
	if (!args)
		return;
	free(args->operands);
	free(args);
}

const struct cmd *cmd_args_cmd(const struct cmd_args *args)
{
	return args->cmd;
}

const char *cmd_args_word(const struct cmd_args *args)
{
	return args->word;
}

int cmd_args_operands(const struct cmd_args *args, char ***argv)
{
	*argv = args->operands + args->first;
	return args->argc - args->first;
}

const char *cmd_opt_nth(const struct kap *kap, const char *name, size_t n)
{
	for (size_t i = 0; i < kap->args->n_given; i++)
		if (!strcmp(kap->args->given[i].option->name, name) && !n--)
			return kap->args->given[i].value;
	return NULL;
}

const char *cmd_opt(const struct kap *kap, const char *name)
{
	const char *value = NULL, *next;

	for (size_t n = 0; (next = cmd_opt_nth(kap, name, n)); n++)
		value = next;
	return value;
}

bool cmd_flag(const struct kap *kap, const char *name)
{
	return cmd_opt_nth(kap, name, 0) != NULL;
}

bool cmd_allowed(const struct cmd *cmd, enum role role)
{
	return role == ROLE_GUEST || (cmd->roles & 1u << role);
}

bool cmd_is_family(const struct cmd *const *cmds, const char *word, enum role role)
{
	size_t len = strlen(word);

	for (; *cmds; cmds++)
		if (cmd_allowed(*cmds, role) && !strncmp((*cmds)->name, word, len) && (*cmds)->name[len] == ' ')
			return true;
	return false;
}

#define NAME_MAX_LEN 32

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* How many letters must be put in, left out, changed, or swapped with a neighbour, to make one of the other. */
static unsigned distance(const char *a, const char *b)
{
	unsigned d[NAME_MAX_LEN + 1][NAME_MAX_LEN + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > NAME_MAX_LEN || m > NAME_MAX_LEN)
		return NAME_MAX_LEN;
	for (size_t i = 0; i <= n; i++) {
		for (size_t j = 0; j <= m; j++) {
			if (!i || !j) {
				d[i][j] = (unsigned)(i + j);
				continue;
			}
			d[i][j] = least(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	}
	return d[n][m];
}

const struct cmd *cmd_suggest(const struct cmd *const *cmds, const char *name, enum role role)
{
	const struct cmd *best = NULL;
	unsigned near = strlen(name) < 4 ? 2 : 3, d; /* first distance that is too far */

	for (; *cmds; cmds++) {
		if (!cmd_allowed(*cmds, role))
			continue;
		d = distance(name, (*cmds)->name);
		if (strlen(name) >= 2 && !strncmp((*cmds)->name, name, strlen(name)))
			d = 1;
		if (d < near) {
			near = d;
			best = *cmds;
		}
	}
	return best;
}
