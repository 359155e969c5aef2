/* find: entries whose title, text or tags hold all the words, upper and lower case alike. */
#include <stdlib.h>
#include <string.h>

#include <unicase.h>
#include <uninorm.h>

#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"

#include "desk.h"
#include "show.h"

#define WORDS_MAX 16
#define LINE_MAX_BYTES 512

struct search {
	struct desk *d;
	uint8_t *words[WORDS_MAX]; /* case-folded */
	size_t lens[WORDS_MAX];
	size_t n;
	int err;
};

static uint8_t *fold_case(const char *text, size_t len, size_t *out_len)
{
	return u8_casefold((const uint8_t *)text, len, NULL, UNINORM_NFC, NULL, out_len);
}

static bool holds(const struct content *c, uint32_t key, const uint8_t *word, size_t word_len)
{
	size_t len, folded_len;
	const char *text = content_str(c, key, &len);
	uint8_t *folded = text ? fold_case(text, len, &folded_len) : NULL;
	bool found = folded && memmem(folded, folded_len, word, word_len);
	if (folded)
		buf_free_bytes(folded, folded_len);
	return found;
}

static int visit(void *arg, const struct book_item *item)
{
	struct search *s = arg;
	const struct book_revision *head = book_head(item);
	if (!head->content)
		return 0;
	for (size_t i = 0; i < s->n; i++)
		if (!holds(head->content, CONTENT_TITLE, s->words[i], s->lens[i]) &&
		    !holds(head->content, CONTENT_BODY, s->words[i], s->lens[i]) &&
		    !show_has_tag(head, (const char *)s->words[i]))
			return 0;
	show_row(s->d, item, true);
	return 0;
}

static void add_words(struct search *s, char *line)
{
	char *word;
	while ((word = strsep(&line, " \t\n"))) {
		if (!*word || s->n == WORDS_MAX)
			continue;
		uint8_t *folded = fold_case(word, strlen(word) + 1, &s->lens[s->n]);
		if (!folded) {
			s->err = ERR_NOMEM;
			return;
		}
		s->lens[s->n]--;
		s->words[s->n++] = folded;
	}
}

/* Words from the command line, or asked for, so that they need not stand in a shell's history. */
static int get_words(struct kap *kap, struct search *s, int argc, char **argv)
{
	struct buf line;
	buf_init(&line, 0);
	for (int i = 0; i < argc; i++)
		add_words(s, argv[i]);
	if (!argc) {
		int err = prompt_line(kap->prompt, "Find: ", LINE_MAX_BYTES, &line);
		if (!err)
			add_words(s, (char *)line.data);
	}
	buf_wipe(&line);
	if (s->err)
		return kap_fail_err(kap, s->err, NULL);
	return s->n ? KAP_OK : kap_fail(kap, KAP_INVALID, "There is nothing to look for. Type one or more words.");
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct search s = {0};
	struct desk d;
	int exit_code = get_words(kap, &s, argc, argv);
	if (!exit_code)
		exit_code = desk_open(kap, &d);
	if (!exit_code) {
		s.d = &d;
		out_list(kap->out, "entries", "Nothing was found.");
		(void)book_each(d.book, CONTENT_JOURNAL, NULL, visit, &s);
		out_end(kap->out);
		desk_close(&d);
	}
	for (size_t i = 0; i < s.n; i++)
		buf_free_bytes(s.words[i], s.lens[i]);
	return exit_code;
}

const struct cmd cmd_find = {
    .name = "find",
    .args = "[WORD...]",
    .summary = "find entries by words",
    .about = "Looks through everything you can read on this device; nothing leaves it. Without words it asks for them, "
             "so that "
             "they do not stand in the shell's history.",
    .example = "kap find kitchen",
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .max_args = -1,
    .run = run,
};
