/* chart: see chart.h. */
#include <string.h>

#include "client/care/closing.h"
#include "client/care/hold.h"
#include "client/care/kinds.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/role.h"

#include "people.h"

#include "chart.h"

bool chart_stands(const struct book_item *item)
{
	return kinds_may_write(item->kind, item->author->role) && chart_content(item);
}

const struct content *chart_content(const struct book_item *item)
{
	return item->deleted ? NULL : book_head(item)->content;
}

const struct person *chart_subject(const struct chart *c, const struct book_item *item)
{
	const struct content *content = book_head(item)->content;
	const struct content_head *head = content ? content_peek_head(content) : NULL;
	return head && head->has_subject ? people_by_pid(c->people, head->subject) : NULL;
}

/* A visit to those about one client alone. */
struct visiting {
	const struct chart *chart;
	book_visit *visit;
	void *arg;
};

/* What a client writes is about that client, whatever it says. */
static bool is_about_client(const struct chart *c, const struct book_item *item)
{
	return chart_subject(c, item) == c->client && (item->author->role != ROLE_CLIENT || item->author == c->client);
}

static int visit_one(void *arg, const struct book_item *item)
{
	const struct visiting *v = arg;
	if (!chart_stands(item) || (v->chart->client && !is_about_client(v->chart, item)))
		return 0;
	return v->visit(v->arg, item);
}

int chart_each(const struct chart *c, uint32_t kind, book_visit *visit, void *arg)
{
	struct visiting v = {c, visit, arg};
	return book_each(c->book, kind, NULL, visit_one, &v);
}

static int keep_newest(void *arg, const struct book_item *item)
{
	const struct book_item **newest = arg;
	if (!*newest || content_peek_head(chart_content(item))->at_ms >= content_peek_head(chart_content(*newest))->at_ms)
		*newest = item;
	return 0;
}

const struct book_item *chart_newest(const struct chart *c, uint32_t kind)
{
	const struct book_item *newest = NULL;
	(void)chart_each(c, kind, keep_newest, &newest);
	return newest;
}

static int count_one(void *arg, const struct book_item *item)
{
	size_t *n = arg;
	(void)item;
	++*n;
	return 0;
}

size_t chart_count(const struct chart *c, uint32_t kind)
{
	size_t n = 0;
	(void)chart_each(c, kind, count_one, &n);
	return n;
}

const struct book_item *chart_ref(const struct chart *c, const struct content *content, uint32_t key)
{
	uint8_t author[16], id[16];
	struct mp_doc *doc = NULL;
	struct mp_cur ref;
	if (!content || content_open(content, key, &doc, &ref))
		return NULL;
	mp_fixed(&ref, author, sizeof(author));
	mp_fixed(&ref, id, sizeof(id));
	int err = mp_done(&ref);
	mp_close(doc);
	return err ? NULL : book_by_id(c->book, author, id);
}

int chart_set_ref(struct content *content, uint32_t key, const struct book_item *item)
{
	struct buf ref;
	buf_init(&ref, 0);
	mp_put_array(&ref, 2);
	mp_put_bin(&ref, item->author->pid, sizeof(item->author->pid));
	mp_put_bin(&ref, item->id, sizeof(item->id));
	int err = buf_err(&ref);
	if (!err)
		err = content_set_array(content, key, ref.data, ref.len);
	buf_wipe(&ref);
	return err;
}

/* The first closing about one item. */
struct search {
	const struct chart *chart;
	const struct book_item *about, *found;
};

/* A hold is lifted by a prescriber or by who placed it. */
static bool may_close(const struct book_item *closing, const struct book_item *item)
{
	return item->kind != HOLD_KIND || closing->author == item->author || closing->author->role == ROLE_PRESCRIBER;
}

static int is_about(void *arg, const struct book_item *closing)
{
	struct search *s = arg;
	if (chart_ref(s->chart, chart_content(closing), CLOSING_ON) != s->about || !may_close(closing, s->about))
		return 0;
	s->found = closing;
	return 1;
}

const struct book_item *chart_closing(const struct chart *c, const struct book_item *item)
{
	struct search s = {.chart = c, .about = item};
	(void)chart_each(&(struct chart){c->book, c->people, NULL}, CLOSING_KIND, is_about, &s);
	return s.found;
}

size_t chart_revision(const struct book_item *item)
{
	return (size_t)(book_head(item) - item->revisions) + 1;
}

const struct book_ack *chart_ack(const struct book_item *item, const struct person *person)
{
	if (item->n_heads > 1)
		return NULL;
	for (size_t i = 0; i < item->n_acks; i++)
		if (item->acks[i].revision == book_head(item) && (!person || item->acks[i].person == person))
			return &item->acks[i];
	return NULL;
}
