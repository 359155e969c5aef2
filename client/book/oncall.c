/* oncall: see oncall.h. */
#include "oncall.h"

#include <stdio.h>
#include <string.h>

#include "client/care/contact.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/role.h"

#include "chart.h"
#include "people.h"

/* --- which one counts --- */

static int keep_newest(void *arg, const struct book_item *item)
{
	const struct book_item **newest = arg;
	const struct content *c = chart_content(item);
	if (item->author->active && item->author->role == ROLE_ADMIN &&
	    (!*newest || content_peek_head(c)->at_ms >= content_peek_head(chart_content(*newest))->at_ms))
		*newest = item;
	return 0;
}

const struct book_item *oncall_contact(const struct book *book, const struct people *people)
{
	struct chart everybody = {.book = book, .people = people};
	const struct book_item *newest = NULL;
	(void)chart_each(&everybody, CONTACT_KIND, keep_newest, &newest);
	return newest;
}

/* --- lists --- */

static void take_text(struct mp_cur *part, size_t max, char *out, size_t room)
{
	size_t len = 0;
	const char *text = mp_str(part, 1, max, &len);
	snprintf(out, room, "%.*s", text ? (int)len : 0, text ? text : "");
}

static void take_span(struct mp_cur *part, struct oncall_turn *turn)
{
	turn->days = (uint8_t)mp_u64(part, 1, 127);
	turn->from = (uint16_t)mp_u64(part, 0, 1439);
	turn->to = (uint16_t)mp_u64(part, 0, 1439);
	take_text(part, ZONE_NAME - 1, turn->zone, sizeof(turn->zone));
}

static void take_person(struct mp_cur *part, const struct people *people, struct oncall_turn *turn)
{
	mp_fixed(part, turn->pid, sizeof(turn->pid));
	take_span(part, turn);
	if (!mp_nil(part))
		take_text(part, ONCALL_NAME - 1, turn->name, sizeof(turn->name));
	turn->person = people_by_pid(people, turn->pid);
	if (turn->person && turn->person->named)
		snprintf(turn->name, sizeof(turn->name), "%s", turn->person->name);
}

static size_t read_list(const struct content *c, const struct people *people, struct oncall_turn *out, size_t max)
{
	struct mp_doc *doc = NULL;
	struct mp_cur list;
	size_t n = 0;
	if (!c || content_open(c, people ? CONTACT_ON_CALL : CONTACT_OPEN, &doc, &list))
		return 0;
	for (; n < max && mp_left(&list); n++) {
		struct mp_cur part = mp_enter(&list, people ? 6 : 4, people ? 6 : 4);
		out[n] = (struct oncall_turn){0};
		if (people)
			take_person(&part, people, &out[n]);
		else
			take_span(&part, &out[n]);
		mp_leave(&list, &part);
		if (mp_err(&list))
			break;
	}
	mp_close(doc);
	return n;
}

size_t oncall_turns(const struct content *contact, const struct people *people, struct oncall_turn *out, size_t max)
{
	return read_list(contact, people, out, max);
}

/* The opening hours, in the same way. */
static size_t read_spans(const struct content *contact, struct oncall_turn *out, size_t max)
{
	return read_list(contact, NULL, out, max);
}

static void put_span(struct buf *list, const struct oncall_turn *turn)
{
	mp_put_u64(list, turn->days);
	mp_put_u64(list, turn->from);
	mp_put_u64(list, turn->to);
	mp_put_cstr(list, turn->zone);
}

static int set_list(struct content *c, uint32_t key, const struct oncall_turn *turns, size_t n)
{
	struct buf list;
	if (!n)
		return content_has(c, key) ? content_drop(c, key) : 0;
	buf_init(&list, 0);
	mp_put_array(&list, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		mp_put_array(&list, key == CONTACT_ON_CALL ? 6 : 4);
		if (key == CONTACT_ON_CALL)
			mp_put_bin(&list, turns[i].pid, sizeof(turns[i].pid));
		put_span(&list, &turns[i]);
		if (key == CONTACT_ON_CALL && *turns[i].name)
			mp_put_cstr(&list, turns[i].name);
		else if (key == CONTACT_ON_CALL)
			mp_put_nil(&list);
	}
	int err = buf_err(&list);
	if (!err)
		err = content_set_array(c, key, list.data, list.len);
	buf_wipe(&list);
	return err;
}

int oncall_set_turns(struct content *contact, const struct oncall_turn *turns, size_t n)
{
	return set_list(contact, CONTACT_ON_CALL, turns, n);
}

int oncall_set_spans(struct content *contact, const struct oncall_turn *spans, size_t n)
{
	return set_list(contact, CONTACT_OPEN, spans, n);
}

/* --- at a moment --- */

bool oncall_runs(const struct oncall_turn *turn, int64_t utc_s)
{
	struct zone_time at;
	if (zone_local(turn->zone, utc_s, &at))
		return false;
	bool today = turn->days & 1u << at.day, yesterday = turn->days & 1u << (at.day + 6) % 7;
	if (turn->from < turn->to)
		return today && turn->from <= at.minute && at.minute < turn->to;
	return (today && at.minute >= turn->from) || (yesterday && at.minute < turn->to);
}

int oncall_is_open(const struct content *contact, int64_t utc_s)
{
	struct oncall_turn spans[CONTACT_SPANS];
	struct zone_time at;
	size_t n = read_spans(contact, spans, CONTACT_SPANS);
	int is = n ? 0 : -1;
	for (size_t i = 0; i < n && is == 0; i++)
		is = zone_local(spans[i].zone, utc_s, &at) ? -1 : oncall_runs(&spans[i], utc_s);
	return is;
}

bool oncall_now(const struct content *contact, const struct people *people, int64_t utc_s, struct oncall_turn *out)
{
	struct oncall_turn turns[CONTACT_TURNS];
	size_t n = oncall_turns(contact, people, turns, CONTACT_TURNS);
	for (size_t i = 0; i < n; i++) {
		if (!*turns[i].name || (turns[i].person && !turns[i].person->active) || !oncall_runs(&turns[i], utc_s))
			continue;
		*out = turns[i];
		return true;
	}
	return false;
}
