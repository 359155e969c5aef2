/* unanswered: see unanswered.h. */
#include "unanswered.h"

#include <string.h>

#include "client/care/flag.h"
#include "client/care/msgtype.h"
#include "proto/content.h"
#include "proto/role.h"

#include "chart.h"
#include "deadline.h"
#include "people.h"

static bool asks(const struct book_item *item)
{
	const struct content *c = chart_content(item);
	size_t len = 0;
	const char *name = content_str(c, CONTENT_MESSAGE_TYPE, &len);
	const struct msgtype *type = name ? msgtype_find(name, len) : NULL;
	if (item->kind == FLAG_KIND)
		return true;
	return item->kind == CONTENT_MESSAGE && !content_has(c, CONTENT_WITHDRAWN) &&
	       (book_head(item)->answer_by_s || (type && type->must_ack));
}

/* A client's device may not ask for a time: of its urgent flags the same time is told from when they were made. */
static uint64_t due_of(const struct chart *everybody, const struct book_item *item)
{
	const struct content *c = chart_content(item);
	if (book_head(item)->answer_by_s)
		return book_head(item)->answer_by_s * 1000;
	if (item->kind != FLAG_KIND || content_u64(c, FLAG_SEVERITY, FLAG_INFO) != FLAG_URGENT)
		return 0;
	struct chart about = {everybody->book, everybody->people, chart_subject(everybody, item)};
	return deadline_urgent_ms(&about, content_peek_head(c)->made_ms);
}

static bool is_clinician(const struct person *person)
{
	return role_is_staff((enum role)person->role) && person->role != ROLE_ADMIN && person->role != ROLE_AUDITOR;
}

bool unanswered_is(const struct chart *everybody, const struct book_item *item, uint64_t now_ms, struct unanswered *out)
{
	if (!chart_stands(item) || !asks(item) || chart_ack(item, NULL) || chart_closing(everybody, item))
		return false;
	*out = (struct unanswered){.item = item, .due_ms = due_of(everybody, item)};
	out->overdue = out->due_ms && out->due_ms <= now_ms;
	out->mine = !item->author->is_self && is_clinician(people_self(everybody->people));
	return true;
}

struct list {
	const struct chart *everybody;
	uint64_t now_ms;
	struct unanswered *rows;
	size_t n, max;
};

static bool is_before(const struct unanswered *a, const struct unanswered *b)
{
	return a->due_ms && (!b->due_ms || a->due_ms < b->due_ms);
}

/* Put in its place; of more than there is room for the first due stay. */
static int add(void *arg, const struct book_item *item)
{
	struct list *l = arg;
	struct unanswered row;
	if (!unanswered_is(l->everybody, item, l->now_ms, &row))
		return 0;
	size_t kept = l->n < l->max ? l->n : l->max, at = kept;
	l->n++;
	while (at > 0 && is_before(&row, &l->rows[at - 1]))
		at--;
	size_t last = kept < l->max ? kept + 1 : kept;
	if (at >= last)
		return 0;
	memmove(&l->rows[at + 1], &l->rows[at], (last - at - 1) * sizeof(row));
	l->rows[at] = row;
	return 0;
}

size_t unanswered_list(const struct chart *chart, uint64_t now_ms, struct unanswered *out, size_t max)
{
	struct chart everybody = {chart->book, chart->people, NULL};
	struct list l = {.everybody = &everybody, .now_ms = now_ms, .rows = out, .max = max};
	(void)chart_each(chart, CONTENT_MESSAGE, add, &l);
	(void)chart_each(chart, FLAG_KIND, add, &l);
	return l.n;
}
