/* Command lines: global options anywhere, a command's own, operands, families of two words, mistakes; and help for each
 * role. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/why.h"

static int run(struct kap *kap, int argc, char **argv)
{
	(void)kap;
	(void)argc;
	(void)argv;
	return KAP_OK;
}

static const struct cmd_option write_options[] = {
    {"file", 'f', "FILE", "take the text from FILE"},
    {"tag", 't', "TAG", "add a tag"},
    {"private", 0, NULL, "keep it private"},
    {0},
};
static const struct cmd cmd_write = {.name = "write",
                                     .args = "[TITLE]",
                                     .summary = "write an entry",
                                     .about = "More about it.",
                                     .example = "kap write\nkap write --tag sleep",
                                     .options = write_options,
                                     .roles = CMD_CLIENT,
                                     .max_args = 1,
                                     .run = run};
static const struct cmd cmd_start = {.name = "session start",
                                     .args = "CLIENT",
                                     .summary = "open a session",
                                     .roles = CMD_CLINICAL,
                                     .min_args = 1,
                                     .max_args = 1,
                                     .run = run};
static const struct cmd cmd_end = {.name = "session end",
                                   .args = "CLIENT",
                                   .summary = "end it",
                                   .roles = CMD_CLINICAL,
                                   .min_args = 1,
                                   .max_args = 1,
                                   .run = run};
static const struct cmd cmd_msg = {.name = "msg",
                                   .args = "PERSON [WORD...]",
                                   .summary = "send a message",
                                   .roles = CMD_MEMBER,
                                   .needs = CMD_NETWORK,
                                   .min_args = 1,
                                   .max_args = -1,
                                   .run = run};
static const struct cmd *const cmds[] = {&cmd_write, &cmd_start, &cmd_end, &cmd_msg, NULL};

#define MAX 12
struct line {
	struct cmd_global global;
	struct cmd_args *args;
	struct why why;
	struct kap kap;
	char **operands;
	int n;
};

/* Splits `text` at spaces into an argv. */
static int parse(const char *text, struct line *l)
{
	static char words[256];
	char *argv[MAX + 1] = {"kap"}, *save = NULL;
	int argc = 1, rc;

	memset(l, 0, sizeof *l);
	snprintf(words, sizeof words, "%s", text);
	for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		assert_true(argc < MAX);
		argv[argc++] = w;
	}
	rc = cmd_parse(cmds, argc, argv, &l->global, &l->args, &l->why);
	assert_non_null(l->args);
	l->kap.args = l->args;
	l->n = cmd_args_operands(l->args, &l->operands);
	return rc;
}

static void usage(const char *text, const char *sentence)
{
	struct line l;

	assert_int_equal(parse(text, &l), KAP_USAGE);
	assert_string_equal(l.why.text, sentence);
	cmd_args_free(l.args);
}

static void test_globals_anywhere(void **state)
{
	static const char *const texts[] = {"--json -y --passphrase-fd 3 write hello",
	                                    "write --json hello --yes --passphrase-fd=3",
	                                    "--yes write --passphrase-fd 3 hello -j"};
	struct line l;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_int_equal(parse(texts[i], &l), KAP_OK);
		assert_ptr_equal(cmd_args_cmd(l.args), &cmd_write);
		assert_true(l.global.json && l.global.yes && !l.global.plain && !l.global.help);
		assert_int_equal(l.global.pass_fd, 3);
		assert_int_equal(l.n, 1);
		assert_string_equal(l.operands[0], "hello");
		cmd_args_free(l.args);
	}
	assert_int_equal(parse("", &l), KAP_OK);
	assert_null(cmd_args_cmd(l.args));
	assert_int_equal(l.global.pass_fd, -1);
	cmd_args_free(l.args);
	assert_int_equal(parse("--version", &l), KAP_OK);
	assert_true(l.global.version);
	cmd_args_free(l.args);
}

static void test_own_options(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(parse("write --tag sleep -t sea -f- --private", &l), KAP_OK);
	assert_string_equal(cmd_opt(&l.kap, "file"), "-");
	assert_string_equal(cmd_opt(&l.kap, "tag"), "sea"); /* the last */
	assert_string_equal(cmd_opt_nth(&l.kap, "tag", 0), "sleep");
	assert_string_equal(cmd_opt_nth(&l.kap, "tag", 1), "sea");
	assert_null(cmd_opt_nth(&l.kap, "tag", 2));
	assert_true(cmd_flag(&l.kap, "private"));
	assert_false(cmd_flag(&l.kap, "absent"));
	assert_int_equal(l.n, 0);
	cmd_args_free(l.args);
	assert_int_equal(parse("write -- --private", &l), KAP_OK);
	assert_false(cmd_flag(&l.kap, "private"));
	assert_string_equal(l.operands[0], "--private");
	cmd_args_free(l.args);
	/* a word of the text may look like anything once it stands behind -- */
	assert_int_equal(parse("msg ana see -- -5 degrees", &l), KAP_OK);
	assert_int_equal(l.n, 4);
	assert_string_equal(l.operands[2], "-5");
	cmd_args_free(l.args);
}

static void test_families(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(parse("session start jo --json", &l), KAP_OK);
	assert_ptr_equal(cmd_args_cmd(l.args), &cmd_start);
	assert_int_equal(l.n, 1);
	assert_string_equal(l.operands[0], "jo");
	assert_true(l.global.json);
	cmd_args_free(l.args);
	assert_int_equal(parse("session", &l), KAP_USAGE);
	assert_string_equal(l.why.text, "");
	assert_string_equal(cmd_args_word(l.args), "session");
	cmd_args_free(l.args);
	assert_int_equal(parse("session --help", &l), KAP_USAGE);
	assert_true(l.global.help);
	cmd_args_free(l.args);
	assert_true(cmd_is_family(cmds, "session", ROLE_THERAPIST));
	assert_true(cmd_is_family(cmds, "session", ROLE_GUEST));
	assert_false(cmd_is_family(cmds, "session", ROLE_CLIENT));
	assert_false(cmd_is_family(cmds, "msg", ROLE_CLIENT));
}

static void test_mistakes(void **state)
{
	struct line l;

	(void)state;
	usage("write --nonsense", "There is no option --nonsense here.");
	usage("write -x", "There is no option -x here.");
	usage("--nonsense write", "There is no option --nonsense here.");
	usage("write --file", "--file needs a value: --file FILE.");
	usage("write -f", "--file needs a value: --file FILE.");
	usage("write --private=1", "--private takes no value.");
	usage("write one two", "\"two\" is one word too many. It is written: write [TITLE]");
	usage("session start", "Something is missing. It is written: session start CLIENT");
	usage("msg", "Something is missing. It is written: msg PERSON [WORD...]");
	usage("--passphrase-fd x write", "--passphrase-fd needs the number of an open descriptor.");
	usage("--passphrase-fd -1 write", "--passphrase-fd needs the number of an open descriptor.");
	usage("--passphrase-fd 1024 write", "--passphrase-fd needs the number of an open descriptor.");
	usage("--passphrase-fd= write", "--passphrase-fd needs the number of an open descriptor.");
	assert_int_equal(parse("wriet", &l), KAP_USAGE);
	assert_string_equal(cmd_args_word(l.args), "wriet");
	cmd_args_free(l.args);
	/* asking for help is never a mistake in the number of words */
	assert_int_equal(parse("session start --help", &l), KAP_OK);
	assert_true(l.global.help);
	cmd_args_free(l.args);
}

static void suggests(const char *typed, enum role role, const struct cmd *expect)
{
	assert_ptr_equal(cmd_suggest(cmds, typed, role), expect);
}

static void test_suggestions(void **state)
{
	(void)state;
	suggests("wriet", ROLE_CLIENT, &cmd_write);
	suggests("writ", ROLE_CLIENT, &cmd_write);
	suggests("wr", ROLE_CLIENT, &cmd_write);
	suggests("mgs", ROLE_CLIENT, &cmd_msg);
	suggests("wirte", ROLE_THERAPIST, NULL); /* not a therapist's verb: not even hinted at */
	suggests("session strat", ROLE_THERAPIST, &cmd_start);
	suggests("zzzzz", ROLE_CLIENT, NULL);
	suggests("w", ROLE_CLIENT, NULL);
	suggests("", ROLE_CLIENT, NULL);
	suggests("a-word-of-more-than-thirty-two-letters-in-all", ROLE_CLIENT, NULL);
}

static void help(enum role role, enum out_form form, const struct cmd *one, const char *title, char *text, size_t room)
{
	struct kap kap = {.title = title, .cmds = cmds, .role = role};
	FILE *f = fmemopen(text, room, "w");

	memset(text, 0, room);
	assert_int_equal(out_new(form, f, NULL, &kap.out), 0);
	if (one)
		cmd_help_one(&kap, one);
	else
		cmd_help_all(&kap, NULL);
	assert_int_equal(out_finish(kap.out), 0);
	out_free(kap.out);
	fclose(f);
}

static void test_help_by_role(void **state)
{
	static char text[8192];

	(void)state;
	help(ROLE_CLIENT, OUT_HUMAN, NULL, "kap", text, sizeof text);
	assert_non_null(strstr(text, "  write  write an entry\n"));
	assert_non_null(strstr(text, "  msg    send a message\n"));
	assert_null(strstr(text, "session"));
	help(ROLE_THERAPIST, OUT_HUMAN, NULL, "kap", text, sizeof text);
	assert_non_null(strstr(text, "  session start  open a session\n"));
	assert_null(strstr(text, "write an entry"));
	help(ROLE_AUDITOR, OUT_JSON, NULL, "kap", text, sizeof text);
	assert_non_null(strstr(
	    text, "{\"commands\": [{\"name\": \"msg\", \"args\": \"PERSON [WORD...]\", \"summary\": \"send a message\"}]"));
	help(ROLE_GUEST, OUT_PLAIN, NULL, "kap", text, sizeof text);
	assert_non_null(strstr(text, "commands: 4\nname: msg\n"));
}

static void test_help_of_one(void **state)
{
	static char text[8192];

	(void)state;
	help(ROLE_CLIENT, OUT_HUMAN, &cmd_write, "kap", text, sizeof text);
	assert_string_equal(text, "Use  kap write [OPTION...] [TITLE]\nFor  write an entry\n\n  More about it.\n\nOptions\n"
	                          "  -f, --file FILE  take the text from FILE\n  -t, --tag TAG    add a tag\n"
	                          "      --private    keep it private\n\nExample\n  kap write\n  kap write --tag sleep\n");
	help(ROLE_CLIENT, OUT_HUMAN, &cmd_write, "notes", text, sizeof text);
	assert_null(strstr(text, "kap"));
	assert_non_null(strstr(text, "  notes write --tag sleep\n"));
	help(ROLE_CLIENT, OUT_HUMAN, &cmd_msg, "kap", text, sizeof text);
	assert_non_null(strstr(text, "speaks to the clinic's server"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_globals_anywhere), cmocka_unit_test(test_own_options),
	    cmocka_unit_test(test_families),         cmocka_unit_test(test_mistakes),
	    cmocka_unit_test(test_suggestions),      cmocka_unit_test(test_help_by_role),
	    cmocka_unit_test(test_help_of_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
