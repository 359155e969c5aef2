/* given: the clinic's copies of what clients gave to the record, held against the entry itself where that is still
 * here. */
#include <string.h>

#include "client/care/given.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/content.h"

#include "desk.h"
#include "show_care.h"
#include "subject.h"

static int row(void *arg, const struct book_item *item)
{
	show_care_row(arg, item);
	return 0;
}

static int all(struct desk *d, const char *typed)
{
	struct chart chart = subject_everybody(d);
	int exit_code = typed ? subject_client(d, typed, &chart) : KAP_OK;
	if (exit_code)
		return exit_code;
	out_list(d->kap->out, "given", "Nothing was given to the record.");
	(void)chart_each(&chart, GIVEN_KIND, row, d);
	out_end(d->kap->out);
	return KAP_OK;
}

static bool is_same(const struct content *copy, const struct content *entry)
{
	size_t copy_len = 0, entry_len = 0;
	const char *a = content_str(copy, GIVEN_TEXT, &copy_len), *b = content_str(entry, CONTENT_BODY, &entry_len);
	return a && b && copy_len == entry_len && memcmp(a, b, copy_len) == 0;
}

/* The record id is a hash over what the client signed, text and all: the revision it names is what was given. */
static void say_proof(struct desk *d, const struct content *copy)
{
	size_t len = 0;
	const uint8_t *rid = content_bin(copy, GIVEN_RID, &len);
	const struct book_revision *entry = rid && len == 32 ? book_revision_by_ref(d->book, rid) : NULL;
	const char *found = "entry-gone";
	if (entry && entry->content)
		found = is_same(copy, entry->content) ? "same" : "differs";
	out_str(d->kap->out, "compared", NULL, found);
	if (*found == 's')
		out_line(d->kap->out, "Word for word what the client gave.");
	else if (*found == 'd')
		out_say(d->kap->out, "NOT what the client gave: the words differ from the entry.");
	else
		out_line(d->kap->out, "The client's own entry is not on this device any more.");
}

static int one(struct desk *d, const char *typed)
{
	const struct book_item *item;
	int exit_code = subject_item(d, typed, GIVEN_KIND, &item);
	if (exit_code)
		return exit_code;
	show_care_item(d, item, NULL);
	if (chart_content(item))
		say_proof(d, chart_content(item));
	return KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	return subject_list(kap, argc, argv, one, all);
}

const struct cmd cmd_given = {
    .name = "given",
    .args = "[CLIENT | G3]",
    .summary = "entries that clients gave to the clinic's record",
    .about = "A copy is made when a client gives an entry, and stays in the record. With a number, that one in full.",
    .example = "kap given jo",
    .roles = CMD_CLINICAL,
    .needs = CMD_UNLOCKED,
    .max_args = 1,
    .run = run,
};
