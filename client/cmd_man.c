/* cmd_man: the manual page of all commands, made of their table, in the language of man(7). */
#include <ctype.h>
#include <stdio.h>

#include "client/cmd.h"
#include "client/cmd_internal.h"
#include "proto/err.h"
#include "proto/role.h"

/* Text as roff shows it: no line of it is a request, no character a command. */
static void text(FILE *to, const char *words)
{
	for (const char *p = words; *p; p++) {
		if ((p == words || p[-1] == '\n') && (*p == '.' || *p == '\''))
			fputs("\\&", to);
		if (*p == '\\')
			fputs("\\e", to);
		else if (*p == '-')
			fputs("\\-", to);
		else
			fputc(*p, to);
	}
}

static void paragraph(FILE *to, const char *request, const char *words)
{
	fprintf(to, "%s\n", request);
	text(to, words);
	fputc('\n', to);
}

static void option(FILE *to, const struct cmd_option *o)
{
	fputs(".TP\n.B ", to);
	if (o->letter)
		fprintf(to, "\\-%c, ", o->letter);
	fputs("\\-\\-", to);
	text(to, o->name);
	if (o->arg) {
		fputs(" ", to);
		text(to, o->arg);
	}
	fputc('\n', to);
	text(to, o->help);
	fputc('\n', to);
}

static void roles(FILE *to, unsigned bits)
{
	if ((bits & CMD_MEMBER) == CMD_MEMBER)
		return;
	fputs(".PP\nFor:", to);
	for (unsigned role = ROLE_CLIENT, n = 0; role <= ROLE_AUDITOR; role++)
		if (bits & 1u << role)
			fprintf(to, "%s %s", n++ ? "," : "", role_name((enum role)role));
	fputs(".\n", to);
}

static void command(FILE *to, const struct cmd *c)
{
	fputs(".SS \"kap ", to);
	text(to, c->name);
	if (c->options)
		fputs(" [OPTION...]", to);
	if (*c->args) {
		fputc(' ', to);
		text(to, c->args);
	}
	fputs("\"\n", to);
	fputc(toupper((unsigned char)c->summary[0]), to);
	text(to, c->summary + 1);
	fputs(".\n", to);
	if (c->about)
		paragraph(to, ".PP", c->about);
	roles(to, c->roles);
	for (const struct cmd_option *o = c->options; o && o->name; o++)
		option(to, o);
	if (c->example) {
		fputs(".PP\nExample:\n.PP\n.EX\n", to);
		text(to, c->example);
		fputs("\n.EE\n", to);
	}
}

static const char head[] =
    ".\\\" Made by: kap help --man\n"
    ".TH KAP 1 \"\" \"kap\" \"User Commands\"\n"
    ".SH NAME\nkap \\- messages, a journal and the clinical record, sealed on your own device\n"
    ".SH SYNOPSIS\n.B kap\n.I COMMAND\n[OPTION...] [WORD...]\n"
    ".SH DESCRIPTION\n"
    "What is written is sealed on this device for those who may read it, and for nobody else; the clinic's server\n"
    "keeps and passes on what it cannot open. Everything but joining works without a network, and goes out later.\n"
    ".PP\nA role sees the commands that it can use. Options stand before or after the words of a command.\n";

static const char tail[] =
    ".SH EXIT STATUS\n"
    ".TP\n0\nDone.\n.TP\n1\nThe program or the machine failed.\n.TP\n2\nThe command line is not one that kap knows.\n"
    ".TP\n3\nWhat was given is not valid. Nothing was saved unless that is said.\n"
    ".TP\n4\nThis role or person may not.\n.TP\n5\nThe passphrase is missing or wrong.\n"
    ".TP\n6\nA person must choose between several.\n"
    ".TP\n7\nThere is no vault here, or this device no longer belongs to the clinic.\n"
    ".TP\n10\nSafe on this device; the server could not be reached.\n"
    ".SH ENVIRONMENT\n"
    ".TP\nKAP_HOME\nThe folder of the profile.\n"
    ".TP\nKAP_DISCREET\nWith 1, another name is shown for the program.\n"
    ".TP\nEDITOR, NO_COLOR, TERM, TZ\nAs everywhere.\n"
    ".SH NOTES\nNobody watches what is written here. In an emergency call the number that\n"
    ".B kap help\\-now\nshows; it works locked and without a network.\n"
    ".SH SEE ALSO\n.BR kapd (8),\n.BR kapctl (8),\n.BR age (1)\n";

int cmd_man(const struct cmd *const *cmds, void *stream)
{
	FILE *to = stream;
	fputs(head, to);
	fputs(".SH COMMANDS\n", to);
	for (const struct cmd *const *c = cmds; *c; c++)
		command(to, *c);
	fputs(".SH \"OPTIONS OF EVERY COMMAND\"\n", to);
	for (const struct cmd_option *o = cmd_globals; o->name; o++)
		option(to, o);
	fputs(tail, to);
	return fflush(to) || ferror(to) ? ERR_IO : 0;
}
