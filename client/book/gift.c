/* gift: see gift.h. */
#include <string.h>

#include "proto/content.h"

#include "book.h"

#include "gift.h"

bool gift_is(const struct book_revision *revision)
{
	return revision->content && revision->n_access && content_bool(revision->content, CONTENT_GIVEN, false);
}

/* What was given stays given, whoever lost the key to it since. */
static bool is_to(const struct book_revision *revision, const struct person *person)
{
	for (size_t i = 0; i < revision->n_access; i++)
		if (revision->access[i].person == person)
			return true;
	return !person;
}

const struct book_revision *gift_last(const struct book_item *item)
{
	for (size_t i = item->n_revisions; item->kind == CONTENT_JOURNAL && i > 0; i--)
		if (gift_is(&item->revisions[i - 1]))
			return &item->revisions[i - 1];
	return NULL;
}

bool gift_is_to(const struct book_item *item, const struct person *person)
{
	for (size_t i = 0; item->kind == CONTENT_JOURNAL && i < item->n_revisions; i++)
		if (gift_is(&item->revisions[i]) && is_to(&item->revisions[i], person))
			return true;
	return false;
}

static bool is_same(const struct content *a, const struct content *b, uint32_t key)
{
	size_t a_len = 0, b_len = 0;
	const char *a_text = content_str(a, key, &a_len), *b_text = content_str(b, key, &b_len);
	if (!a_text || !b_text)
		return !a_text && !b_text;
	return a_len == b_len && memcmp(a_text, b_text, a_len) == 0;
}

bool gift_is_current(const struct book_item *item, const struct person *person)
{
	const struct content *now = book_head(item)->content;
	for (size_t i = 0; now && i < item->n_revisions; i++) {
		const struct book_revision *r = &item->revisions[i];
		if (gift_is(r) && is_to(r, person) && is_same(r->content, now, CONTENT_TITLE) &&
		    is_same(r->content, now, CONTENT_BODY))
			return true;
	}
	return false;
}

static bool is_among(const struct person *const *people, size_t n, const struct person *person)
{
	for (size_t i = 0; i < n; i++)
		if (people[i] == person)
			return true;
	return false;
}

size_t gift_people(const struct book_item *item, const struct person **out, size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < item->n_revisions; i++) {
		const struct book_revision *r = &item->revisions[i];
		for (size_t k = 0; gift_is(r) && k < r->n_access && n < max; k++)
			if (!is_among(out, n, r->access[k].person))
				out[n++] = r->access[k].person;
	}
	return n;
}
