/* The same facts in three forms, and nothing in any of them that a terminal would obey. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "proto/err.h"
#include "client/ui/out.h"
#include "client/ui/when.h"
#include "tests/unit/support/pty.h"

typedef void (*facts)(struct out *out);

static char *answer(enum out_form form, facts say)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	struct out *out;

	assert_int_equal(out_new(form, f, NULL, &out), 0);
	assert_false(out_has_said(out));
	say(out);
	assert_true(out_has_said(out));
	assert_int_equal(out_finish(out), 0);
	out_free(out);
	fclose(f);
	return text;
}

static void gives(facts say, const char *human, const char *plain, const char *json)
{
	const char *const expect[] = {[OUT_HUMAN] = human, [OUT_PLAIN] = plain, [OUT_JSON] = json};

	for (int form = OUT_HUMAN; form <= OUT_JSON; form++) {
		char *text = answer((enum out_form)form, say);

		assert_string_equal(text, expect[form]);
		free(text);
	}
}

static void say_entries(struct out *out)
{
	const struct when first = {1772583000, -300}, second = {1772755320, -300};

	out_list(out, "entries", "Nothing is written yet.");
	out_item(out);
	out_int(out, "number", "", 9);
	out_when(out, "at", "", &first);
	out_excerpt(out, "text", "", "warm orange. a door that was only a curtain", 29);
	out_word(out, "readers", "", "private");
	out_item(out);
	out_int(out, "number", "", 10);
	out_when(out, "at", "", &second);
	out_excerpt(out, "text", "", "\xE6\xB8\xA9\xE3\x81\x8B\xE3\x81\x84", 29);
	out_str(out, "readers", "", "Ana Reyes");
	out_str(out, "id", NULL, "only for programs");
	out_line(out, "     2 versions");
	out_end(out);
}

static void test_list(void **state)
{
	const struct when first = {1772583000, -300}, second = {1772755320, -300};
	char human[512], a[WHEN_TEXT], b[WHEN_TEXT];
	struct when now = when_now(); /* the year is shown unless it is this one */

	(void)state;
	snprintf(human, sizeof human,
	         "   9  %s  warm orange. a door that was…  PRIVATE\n"
	         "  10  %s  \xE6\xB8\xA9\xE3\x81\x8B\xE3\x81\x84                         Ana Reyes\n"
	         "     2 versions\n",
	         when_human(&first, &now, a), when_human(&second, &now, b));
	gives(say_entries, human,
	      "entries: 1\nnumber: 9\nat: 2026-03-03T19:10:00-05:00\ntext: warm orange. a door that was only a curtain\n"
	      "readers: private\nentries: 2\nnumber: 10\nat: 2026-03-05T19:02:00-05:00\n"
	      "text: \xE6\xB8\xA9\xE3\x81\x8B\xE3\x81\x84\nreaders: Ana Reyes\nid: only for programs\n",
	      "{\"entries\": [{\"number\": 9, \"at\": \"2026-03-03T19:10:00-05:00\", \"text\": \"warm orange. a door that "
	      "was only a "
	      "curtain\", \"readers\": \"private\"}, {\"number\": 10, \"at\": \"2026-03-05T19:02:00-05:00\", \"text\": "
	      "\"\\u6E29\\u304B\\u3044\", \"readers\": \"Ana Reyes\", \"id\": \"only for programs\"}]}\n");
}

static void say_people(struct out *out)
{
	out_list(out, "people", NULL);
	out_item(out);
	out_int(out, "number", "No", 7);
	out_str(out, "name", "Name", "Jo M.");
	out_str(out, "note", "", NULL);
	out_item(out);
	out_int(out, "number", "No", 12);
	out_str(out, "name", "Name", "A name that is longer than any cell of a table may be");
	out_end(out);
}

static void test_heading(void **state)
{
	(void)state;
	gives(say_people,
	      "  No  Name\n   7  Jo M.                                    -\n"
	      "  12  A name that is longer than any cell of…\n",
	      "people: 1\nnumber: 7\nname: Jo M.\nnote: \npeople: 2\nnumber: 12\n"
	      "name: A name that is longer than any cell of a table may be\n",
	      "{\"people\": [{\"number\": 7, \"name\": \"Jo M.\", \"note\": null}, {\"number\": 12, \"name\": "
	      "\"A name that is longer than any cell of a table may be\"}]}\n");
}

static void say_nothing_much(struct out *out)
{
	out_list(out, "entries", "Nothing is written yet.");
	out_end(out);
}

static void test_empty_list(void **state)
{
	(void)state;
	gives(say_nothing_much, "Nothing is written yet.\n", "entries: 0\n", "{\"entries\": []}\n");
}

static void say_facts(struct out *out)
{
	out_str(out, "clinic", "Clinic", "North Street");
	out_bool(out, "unlocked", "Unlocked", true);
	out_int(out, "waiting", "Waiting to be sent", 3);
	out_hex(out, "device", "Device", "\x01\xab", 2);
	out_str(out, "server", "Server", NULL);
	out_object(out, "sync", "Last sync");
	out_str(out, "result", "Result", "all sent");
	out_object(out, "counts", "");
	out_int(out, "sent", "Sent", 2);
	out_end(out);
	out_end(out);
	out_str(out, "note", "Note",
	        "a value that is so long that it does not fit beside its label within seventy-six columns and is wrapped "
	        "there");
	out_say(out, "Saved. Only %s can read it.", "you");
	out_say(out, "Second\nsentence.");
}

static void test_facts(void **state)
{
	(void)state;
	gives(
	    say_facts,
	    "Clinic              North Street\nUnlocked            yes\nWaiting to be sent  3\nDevice              01ab\n"
	    "Server\nLast sync\nResult  all sent\nSent  2\n"
	    "Note  a value that is so long that it does not fit beside its label within\n"
	    "      seventy-six columns and is wrapped there\nSaved. Only you can read it.\nSecond\nsentence.\n",
	    "clinic: North Street\nunlocked: yes\nwaiting: 3\ndevice: 01ab\nserver: \nsync.result: all sent\n"
	    "sync.counts.sent: 2\n"
	    "note: a value that is so long that it does not fit beside its label within seventy-six columns and is wrapped "
	    "there\nmessage: Saved. Only you can read it.\nmessage: Second\nmessage: sentence.\n",
	    "{\"clinic\": \"North Street\", \"unlocked\": true, \"waiting\": 3, \"device\": \"01ab\", \"server\": null, "
	    "\"sync\": {\"result\": \"all sent\", \"counts\": {\"sent\": 2}}, \"note\": \"a value that is so long that it "
	    "does "
	    "not fit beside its label within seventy-six columns and is wrapped there\", \"messages\": [\"Saved. Only you "
	    "can "
	    "read it.\", \"Second\\nsentence.\"]}\n");
}

static void say_nested(struct out *out)
{
	out_list(out, "items", NULL);
	for (int i = 0; i < 2; i++) {
		out_item(out);
		out_str(out, "name", "", i ? "two" : "one");
		out_list(out, "readers", NULL);
		for (int k = 0; k <= i; k++) {
			out_item(out);
			out_str(out, "who", "Who", k ? "Dr. Osei" : "Ana");
		}
		out_end(out);
		out_int(out, "count", "", i + 1);
	}
	out_end(out);
	out_str(out, "after", "After", "the list");
}

static void test_nested(void **state)
{
	(void)state;
	gives(say_nested, "  one  1\n  two  2\nAfter  the list\n",
	      "items: 1\nname: one\nreaders: 1\nwho: Ana\ncount: 1\nitems: 2\nname: two\nreaders: 1\nwho: Ana\nreaders: 2\n"
	      "who: Dr. Osei\ncount: 2\nafter: the list\n",
	      "{\"items\": [{\"name\": \"one\", \"readers\": [{\"who\": \"Ana\"}], \"count\": 1}, {\"name\": \"two\", "
	      "\"readers\": [{\"who\": \"Ana\"}, {\"who\": \"Dr. Osei\"}], \"count\": 2}], \"after\": \"the list\"}\n");
}

static void say_text(struct out *out)
{
	static const char text[] =
	    "The kitchen. Mum at the sink, nobody waiting to be cross.\n\nI keep thinking I was allowed to be "
	    "there, in the noise, for as long as I liked.";

	out_text(out, "text", "", text, sizeof text - 1);
	out_text(out, "none", NULL, NULL, 0);
}

static void test_text(void **state)
{
	(void)state;
	gives(say_text,
	      "  The kitchen. Mum at the sink, nobody waiting to be cross.\n\n"
	      "  I keep thinking I was allowed to be there, in the noise, for as long as I\n  liked.\n",
	      "text: The kitchen. Mum at the sink, nobody waiting to be cross.\ntext: \n"
	      "text: I keep thinking I was allowed to be there, in the noise, for as long as I liked.\nnone: \n",
	      "{\"text\": \"The kitchen. Mum at the sink, nobody waiting to be cross.\\n\\nI keep thinking I was allowed "
	      "to be "
	      "there, in the noise, for as long as I liked.\", \"none\": null}\n");
}

#define EVIL                                                                                                           \
	"a\x1b[2J\x07\xC2\x9B"                                                                                             \
	"b\xE2\x80\xAE"                                                                                                    \
	"c\nd\xFF"

static void say_evil(struct out *out)
{
	out_str(out, "a", "A", EVIL);
	out_word(out, "b", "B", EVIL);
	out_text(out, "c", "C", EVIL, sizeof EVIL - 1);
	out_say(out, "%s", EVIL);
	out_line(out, "%s", EVIL);
	out_list(out, "l", NULL);
	out_item(out);
	out_str(out, "d", "", EVIL);
	out_excerpt(out, "e", "", EVIL, 30);
	out_line(out, "%s", EVIL);
	out_end(out);
}

static void test_nothing_is_obeyed(void **state)
{
	(void)state;
	for (int form = OUT_HUMAN; form <= OUT_JSON; form++) {
		char *text = answer((enum out_form)form, say_evil);

		assert_true(strlen(text) > 40);
		for (const char *p = text; *p; p++) {
			assert_true((unsigned char)*p >= 0x20 || *p == '\n');
			assert_false((unsigned char)p[0] == 0xC2 && (unsigned char)p[1] < 0xA0);
			assert_false((unsigned char)p[0] == 0xFF);
		}
		assert_null(strstr(text, "\xE2\x80\xAE"));
		assert_non_null(strstr(text, "\\x1b"));
		free(text);
	}
}

static void test_ascii(void **state)
{
	char *text;

	(void)state;
	setenv("KAP_ASCII", "1", 1);
	text = answer(OUT_HUMAN, say_entries);
	assert_non_null(strstr(text, "that was...  PRIVATE"));
	assert_non_null(strstr(text, "???"));
	free(text);
	unsetenv("KAP_ASCII");
}

static void say_twice(struct out *out)
{
	out_str(out, "n", "N", "one");
	assert_int_equal(out_finish(out), 0);
	out_str(out, "n", "N", "two");
}

static void test_one_document_each(void **state)
{
	(void)state;
	gives(say_twice, "N  one\nN  two\n", "n: one\nn: two\n", "{\"n\": \"one\"}\n{\"n\": \"two\"}\n");
}

static void test_reader_is_gone(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	struct out *out;

	(void)state;
	assert_int_equal(out_new(OUT_HUMAN, full, NULL, &out), 0);
	out_say(out, "Saved.");
	assert_int_equal(out_finish(out), ERR_IO);
	out_free(out);
	fclose(full);
}

static void test_misuse_is_an_error(void **state)
{
	struct out *out;
	FILE *f = fopen("/dev/null", "w");

	(void)state;
	assert_int_equal(out_new(OUT_PLAIN, f, NULL, &out), 0);
	out_item(out);
	assert_int_equal(out_finish(out), ERR_INTERNAL);
	out_free(out);
	fclose(f);
}

struct screen {
	const char *term, *no_color;
};

static int child(void *arg, int result)
{
	const struct screen *s = arg;
	struct out *out;

	(void)result;
	setenv("TERM", s->term, 1);
	if (s->no_color)
		setenv("NO_COLOR", s->no_color, 1);
	else
		unsetenv("NO_COLOR");
	if (out_new(OUT_HUMAN, stdout, stderr, &out))
		return 1;
	out_progress(out, "Sending", 3, 12);
	out_word(out, "w", "Readers", "private");
	out_finish(out);
	out_free(out);
	return 0;
}

/* Bold and progress only where a terminal can and may; the words are there in every case. */
static void test_terminals(void **state)
{
	static const struct {
		struct screen s;
		bool bold, progress;
	} rows[] = {{{"xterm", NULL}, true, true},
	            {{"xterm", "1"}, false, true},
	            {{"xterm", ""}, true, true},
	            {{"dumb", NULL}, false, false}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct pty p;
		char out[16];

		pty_start(&p, child, (void *)&rows[i].s);
		assert_int_equal(pty_finish(&p, out, sizeof out), 0);
		assert_non_null(strstr(p.screen, "PRIVATE"));
		assert_int_equal(strstr(p.screen, "\033[1mPRIVATE\033[0m") != NULL, rows[i].bold);
		assert_int_equal(strstr(p.screen, "Sending  3 of 12") != NULL, rows[i].progress);
		if (!rows[i].progress)
			assert_null(strchr(p.screen, '\033'));
	}
}

static int zone(void **state)
{
	(void)state;
	unsetenv("KAP_ASCII");
	return setenv("TZ", "America/New_York", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_list),
	    cmocka_unit_test(test_heading),
	    cmocka_unit_test(test_empty_list),
	    cmocka_unit_test(test_facts),
	    cmocka_unit_test(test_nested),
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_nothing_is_obeyed),
	    cmocka_unit_test(test_ascii),
	    cmocka_unit_test(test_one_document_each),
	    cmocka_unit_test(test_reader_is_gone),
	    cmocka_unit_test(test_misuse_is_an_error),
	    cmocka_unit_test(test_terminals),
	};

	return cmocka_run_group_tests(tests, zone, NULL);
}
