/* cmd_help: prints what cmd.h's tables say about commands. */
#include <stdio.h>
#include <string.h>

#include "proto/buf.h"
#include "client/cmd.h"
#include "client/cmd_internal.h"
#include "client/ui/out.h"

/* Examples are written with "kap"; under another title they are shown with that. */
static void retitle(const struct kap *kap, const char *text, struct buf *out)
{
	for (const char *p = text; *p;) {
		bool word = !strncmp(p, "kap ", 4) && (p == text || p[-1] == ' ' || p[-1] == '\n');

		if (word)
			buf_put(out, kap->title, strlen(kap->title));
		else
			buf_put_u8(out, (uint8_t)*p);
		p += word ? 3 : 1;
	}
	buf_put_u8(out, 0);
}

static void text(struct kap *kap, const char *id, const char *label, const char *words)
{
	struct buf b;

	if (!words)
		return;
	buf_init(&b, 0);
	retitle(kap, words, &b);
	if (!buf_err(&b))
		out_text(kap->out, id, label, (const char *)b.data, b.len - 1);
	buf_wipe(&b);
}

static void options(struct kap *kap, const char *id, const char *heading, const struct cmd_option *rows)
{
	char left[64], letter[8];

	if (!rows || !rows->name)
		return;
	out_line(kap->out, "\n%s", heading);
	out_list(kap->out, id, NULL);
	for (; rows->name; rows++) {
		snprintf(letter, sizeof letter, rows->letter ? "-%c, " : "    ", rows->letter);
		snprintf(left, sizeof left, "%s--%s%s%s", letter, rows->name, rows->arg ? " " : "", rows->arg ? rows->arg : "");
		out_item(kap->out);
		out_str(kap->out, "option", "", left);
		out_excerpt(kap->out, "help", "", rows->help, 56);
	}
	out_end(kap->out);
}

void cmd_help_one(struct kap *kap, const struct cmd *cmd)
{
	char usage[160];

	snprintf(usage, sizeof usage, "%s %s%s%s%s", kap->title, cmd->name, cmd->options ? " [OPTION...]" : "",
	         *cmd->args ? " " : "", cmd->args);
	out_str(kap->out, "usage", "Use", usage);
	out_str(kap->out, "summary", "For", cmd->summary);
	if (cmd->about) {
		out_line(kap->out, "%s", "");
		text(kap, "about", "", cmd->about);
	}
	options(kap, "options", "Options", cmd->options);
	if (cmd->example) {
		out_line(kap->out, "%s", "");
		text(kap, "example", "Example", cmd->example);
	}
	if (cmd->needs & CMD_NETWORK)
		out_say(kap->out, "\nThis one speaks to the clinic's server.");
}

/* The last heading at or before a command; NULL before the first. */
static const char *group_of(const struct kap *kap, const struct cmd *const *at)
{
	const char *title = NULL;
	const struct cmd_group *g = kap->groups;

	for (const struct cmd *const *c = kap->cmds; g && g->first && c <= at; c++) {
		if (*c != g->first)
			continue;
		title = g->title;
		g++;
	}
	return title;
}

void cmd_help_all(struct kap *kap, const char *family)
{
	size_t len = family ? strlen(family) : 0;
	const char *group = NULL, *next;

	if (!family) {
		out_line(kap->out, "%s COMMAND [OPTION...] [WORD...]", kap->title);
		out_line(kap->out, "%s COMMAND --help  says more about one.\n", kap->title);
	}
	out_list(kap->out, "commands", NULL);
	for (const struct cmd *const *c = kap->cmds; *c; c++) {
		if (!cmd_allowed(*c, kap->role) || (family && (strncmp((*c)->name, family, len) || (*c)->name[len] != ' ')))
			continue;
		next = family ? NULL : group_of(kap, c);
		if (next && next != group)
			out_line(kap->out, "\n%s", next);
		group = next;
		out_item(kap->out);
		out_str(kap->out, "name", "", (*c)->name);
		if (group)
			out_str(kap->out, "group", NULL, group);
		out_str(kap->out, "args", NULL, (*c)->args);
		out_excerpt(kap->out, "summary", "", (*c)->summary, 56);
	}
	out_end(kap->out);
	if (!family)
		options(kap, "options", "With every command", cmd_globals);
}
