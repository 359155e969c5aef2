/* export: see export.h. What is where:
 *   README.txt                          what this is
 *   entries/0007-2026-03-03.md .json    one's own entries
 *   from/NAME-1a2b/0001-2026-03-03...   entries that others share
 *   messages/0003-2026-03-03...         messages, sent and received
 *   record/order-2026-03-03-1a2b3c4d    what belongs to one's care: check-ins, measures, orders, sessions
 *   entries/0007-2026-03-03-1-NAME      the first file attached to that entry */
#include "export.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "client/book/book.h"
#include "client/book/people.h"
#include "client/care/kinds.h"
#include "client/ui/when.h"
#include "proto/attachment.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"

#include "item_json.h"
#include "page.h"

#define SLUG 24

static const char readme[] = "This is everything you could read in kap on the day this was made.\n"
                             "\n"
                             "Every entry and every message is there twice: as a page (.md, plain text that\n"
                             "any program shows) and as data (.json, for programs).\n"
                             "\n"
                             "entries/    what you wrote\n"
                             "from/       what others share with you, a folder for each person\n"
                             "messages/   messages, sent and received\n"
                             "record/     what belongs to care: check-ins, measures, orders, sessions\n"
                             "\n"
                             "Files that were attached lie beside the entry they belong to.\n"
                             "\n"
                             "Comments stand below the entry they are about. Earlier versions of an entry are\n"
                             "on its page, below the current one.\n"
                             "\n"
                             "What is in here is no longer sealed. Keep it where you would keep a diary.\n";

struct run {
	const struct export_opts *o;
	struct export_result *result;
	struct tar tar;
	size_t done, total;
};

/* Letters and digits of a name that any file system takes; the pid's beginning tells people of one name apart. */
static void folder_of(const struct person *p, char out[SLUG + 8])
{
	size_t n = 0;
	for (const char *c = p->name; *c && n < SLUG; c++) {
		if (isascii((unsigned char)*c) && isalnum((unsigned char)*c))
			out[n++] = (char)tolower((unsigned char)*c);
		else if (n && out[n - 1] != '-')
			out[n++] = '-';
	}
	if (n && out[n - 1] == '-')
		n--;
	snprintf(out + n, 8, "%s%02x%02x", n ? "-" : "", p->pid[0], p->pid[1]);
}

static void name_of(const struct book_item *item, char out[TAR_NAME_MAX])
{
	struct when at = {(int64_t)(item->at_ms / 1000), item->offset};
	char day[WHEN_TEXT], folder[SLUG + 8];

	when_iso(&at, day);
	day[10] = '\0';
	const struct care_kind *care = kinds_care(item->kind);
	if (care)
		snprintf(out, TAR_NAME_MAX, "record/%s-%s-%02x%02x%02x%02x", care->content.name, day, item->id[0], item->id[1],
		         item->id[2], item->id[3]);
	else if (item->kind == CONTENT_MESSAGE)
		snprintf(out, TAR_NAME_MAX, "messages/%04u-%s", item->number, day);
	else if (item->author->is_self)
		snprintf(out, TAR_NAME_MAX, "entries/%04u-%s", item->number, day);
	else {
		folder_of(item->author, folder);
		snprintf(out, TAR_NAME_MAX, "from/%s/%04u-%s", folder, item->number, day);
	}
}

static int add(struct run *r, const struct book_item *item, const char *end,
               int (*make)(const struct book_item *item, struct buf *out))
{
	char name[TAR_NAME_MAX + 8], base[TAR_NAME_MAX];
	struct buf page;

	name_of(item, base);
	snprintf(name, sizeof(name), "%s%s", base, end);
	buf_init(&page, 0);
	int err = make(item, &page);
	if (!err)
		err = tar_add(&r->tar, name, page.data, page.len, item->at_ms / 1000);
	buf_wipe(&page);
	return err;
}

/* --- attachments --- */

#define FILE_NAME 40

/* What a name keeps that any file system and any shell take. */
static void plain_name(const char *name, char out[FILE_NAME + 1])
{
	size_t n = 0;
	for (const char *c = name; *c && n < FILE_NAME; c++) {
		if (isascii((unsigned char)*c) && (isalnum((unsigned char)*c) || (*c == '.' && n) || *c == '_'))
			out[n++] = *c;
		else if (n && out[n - 1] != '-')
			out[n++] = '-';
	}
	out[n] = '\0';
}

static int to_tar(void *to, const uint8_t *bytes, size_t len)
{
	return tar_write(to, bytes, len);
}

static int add_attachment(struct run *r, const struct book_item *item, unsigned number, const struct attachment *a)
{
	char base[TAR_NAME_MAX], plain[FILE_NAME + 1], name[TAR_NAME_MAX + FILE_NAME + 16];
	int err = r->o->bring(r->o->attachments, a);
	if (err == ERR_NOT_FOUND) {
		r->result->missing++;
		return 0;
	}
	name_of(item, base);
	plain_name(a->name, plain);
	snprintf(name, sizeof(name), "%s-%u-%s", base, number, plain);
	if (!err)
		err = tar_file(&r->tar, name, a->size, item->at_ms / 1000);
	if (!err)
		err = r->o->bytes(r->o->attachments, a, to_tar, &r->tar);
	r->result->files += !err;
	return err;
}

/* Was it attached to an earlier revision, too? */
static bool had_before(const struct book_item *item, size_t revision, const struct attachment *a)
{
	bool had = false;
	struct attachment other;
	for (size_t i = 0; i < revision && !had; i++)
		for (uint32_t k = 0; item->revisions[i].content && k < attachment_count(item->revisions[i].content) && !had;
		     k++)
			had = !attachment_get(item->revisions[i].content, k, &other) && memcmp(other.id, a->id, sizeof(a->id)) == 0;
	crypto_wipe(&other, sizeof(other));
	return had;
}

/* Those of all revisions, each once. */
static int add_attachments(struct run *r, const struct book_item *item)
{
	struct attachment a;
	unsigned number = 0;
	int err = 0;
	for (size_t i = 0; i < item->n_revisions; i++) {
		const struct content *c = item->revisions[i].content;
		for (uint32_t k = 0; c && !err && k < attachment_count(c); k++) {
			err = attachment_get(c, k, &a);
			if (!err && !had_before(item, i, &a))
				err = add_attachment(r, item, ++number, &a);
		}
	}
	crypto_wipe(&a, sizeof(a));
	return err;
}

static int add_item(void *arg, const struct book_item *item)
{
	struct run *r = arg;
	int err = add(r, item, ".md", page_put);

	if (!err)
		err = add(r, item, ".json", item_json_put);
	if (!err)
		err = add_attachments(r, item);
	if (err)
		return err;
	if (kinds_care(item->kind))
		r->result->clinical++;
	else if (item->kind == CONTENT_MESSAGE)
		r->result->messages++;
	else
		r->result->entries++;
	r->result->comments += item->n_comments;
	if (r->o->progress)
		r->o->progress(r->o->progress_arg, ++r->done, r->total);
	return 0;
}

static int count(void *arg, const struct book_item *item)
{
	(void)item;
	++*(size_t *)arg;
	return 0;
}

static int add_readme(struct run *r)
{
	char about[512], day[WHEN_TEXT];
	struct when now = when_local((int64_t)(r->o->now_ms / 1000));
	int n = snprintf(about, sizeof(about), "%s, %s, %s\n\n", people_self(r->o->people)->name, r->o->clinic,
	                 when_date(&now, NULL, day));
	struct buf text;

	buf_init(&text, 0);
	buf_put(&text, about, n < 0 ? 0 : (size_t)n < sizeof(about) ? (size_t)n : sizeof(about) - 1);
	buf_put(&text, readme, sizeof(readme) - 1);
	int err = buf_err(&text);
	if (!err)
		err = tar_add(&r->tar, "README.txt", text.data, text.len, r->o->now_ms / 1000);
	buf_wipe(&text);
	return err;
}

int export_run(const struct export_opts *opts, struct export_result *result)
{
	struct run r = {.o = opts, .result = result, .tar = {.sink = opts->sink, .arg = opts->arg}};

	size_t n;
	const struct care_kind *const *care = kinds_all_care(&n);
	memset(result, 0, sizeof(*result));
	(void)book_each(opts->book, CONTENT_JOURNAL, NULL, count, &r.total);
	(void)book_each(opts->book, CONTENT_MESSAGE, NULL, count, &r.total);
	for (size_t i = 0; i < n; i++)
		(void)book_each(opts->book, care[i]->content.kind, NULL, count, &r.total);
	int err = add_readme(&r);
	if (!err)
		err = book_each(opts->book, CONTENT_JOURNAL, NULL, add_item, &r);
	if (!err)
		err = book_each(opts->book, CONTENT_MESSAGE, NULL, add_item, &r);
	for (size_t i = 0; !err && i < n; i++)
		err = book_each(opts->book, care[i]->content.kind, NULL, add_item, &r);
	return err ? err : tar_finish(&r.tar);
}
