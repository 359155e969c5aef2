/* value: from a field to what people read; see value.h. Typed text is read in value_parse.c. */
#include <string.h>

#include "client/care/look.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "client/ui/value.h"
#include "client/ui/when.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/mp.h"

#define DAY_S 86400

static struct when when_of(const struct content_rule *rule, uint64_t value)
{
	if (rule->look->as == LOOK_MOMENT)
		return when_local((int64_t)(value / 1000));
	return (struct when){(int64_t)value * DAY_S, 0}; /* a day has no zone */
}

static void put_number(const struct content_rule *rule, int64_t value, const struct when *now, struct buf *out)
{
	char text[TEXT_NUMBER], day[WHEN_TEXT];
	const struct content_look *look = rule->look;
	const char *word = look && value >= 0 ? look_word(rule, (uint64_t)value) : NULL;
	if (word) {
		buf_put(out, word, strlen(word));
	} else if (look && (look->as == LOOK_MOMENT || look->as == LOOK_DAY) && value >= 0) {
		struct when w = when_of(rule, (uint64_t)value);
		const char *said = (look->as == LOOK_DAY ? when_date : when_human)(&w, now, day);
		buf_put(out, said, strlen(said));
	} else if (rule->min == 0 && rule->max == LOOK_RATHER_NOT && value == LOOK_RATHER_NOT) {
		buf_put(out, "rather not say", 14);
	} else {
		text_number(value, look ? look->decimals : 0, text);
		buf_put(out, text, strlen(text));
		if (look && look->unit) {
			buf_put_u8(out, ' ');
			buf_put(out, look->unit, strlen(look->unit));
		}
	}
}

static void put_element(const struct content_rule *rule, struct mp_cur *c, const struct when *now, struct buf *out);

static void put_parts(const struct content_rule *rule, struct mp_cur *c, const struct when *now, struct buf *out)
{
	struct mp_cur inside = mp_enter(c, rule->n_parts, rule->n_parts);
	bool said = false;
	for (uint16_t i = 0; i < rule->n_parts && !mp_err(&inside); i++) {
		const struct content_look *look = rule->parts[i].look;
		if (mp_nil(&inside))
			continue;
		if (look && look->as == LOOK_HIDDEN) {
			mp_skip(&inside);
			continue;
		}
		if (said)
			buf_put_u8(out, ' ');
		said = true;
		put_element(&rule->parts[i], &inside, now, out);
	}
	mp_leave(c, &inside);
}

/* The next element of `c` as people read it. */
static void put_element(const struct content_rule *rule, struct mp_cur *c, const struct when *now, struct buf *out)
{
	const char *text;
	size_t len;
	switch (mp_peek(c)) {
	case 'b':
		text = mp_bool(c) ? "yes" : "no";
		buf_put(out, text, strlen(text));
		break;
	case 'u':
	case 'i':
		put_number(rule, mp_i64(c, INT64_MIN, INT64_MAX), now, out);
		break;
	case 's':
		text = mp_str(c, 0, SIZE_MAX, &len);
		buf_put(out, text, len);
		break;
	case 'a':
		put_parts(rule, c, now, out);
		break;
	default:
		mp_skip(c);
	}
}

static void put_list(const struct content *c, const struct content_rule *rule, const struct when *now, struct buf *out)
{
	struct mp_doc *doc = NULL;
	struct mp_cur list;
	bool first = true;
	if (content_open(c, rule->key, &doc, &list))
		return;
	if (!rule->list_max) { /* a tuple by itself: its parts */
		for (uint16_t i = 0; i < rule->n_parts && mp_left(&list); i++) {
			if (i)
				buf_put_u8(out, ' ');
			put_element(&rule->parts[i], &list, now, out);
		}
	}
	while (rule->list_max && mp_left(&list)) {
		if (!first)
			buf_put(out, rule->type == CONTENT_TUPLE ? "; " : ", ", 2);
		first = false;
		put_element(rule, &list, now, out);
	}
	mp_close(doc);
}

int value_put(const struct content *c, const struct content_rule *rule, const struct when *now, struct buf *out)
{
	size_t len;
	const char *text;
	if (!content_has(c, rule->key) || (rule->look && (rule->look->as == LOOK_REF || rule->look->as == LOOK_HIDDEN)))
		return buf_err(out);
	if (rule->list_max || rule->type == CONTENT_TUPLE) {
		put_list(c, rule, now, out);
	} else if (rule->type == CONTENT_TEXT) {
		text = content_str(c, rule->key, &len);
		buf_put(out, text, text ? len : 0);
	} else if (rule->type == CONTENT_BOOL) {
		text = content_bool(c, rule->key, false) ? "yes" : "no";
		buf_put(out, text, strlen(text));
	} else if (rule->type != CONTENT_BYTES) {
		put_number(rule, content_i64(c, rule->key, 0), now, out);
	}
	return buf_err(out);
}

/* --- as facts --- */

/* Where `label` is NULL the fact is for programs alone. */
static void show_element(struct out *out, const char *id, const struct content_rule *rule, struct mp_cur *c)
{
	const uint8_t *bytes;
	const char *text;
	int64_t number;
	size_t len;
	switch (mp_peek(c)) {
	case 'b':
		out_bool(out, id, NULL, mp_bool(c));
		break;
	case 'u':
	case 'i':
		number = mp_i64(c, INT64_MIN, INT64_MAX);
		text = number >= 0 ? look_word(rule, (uint64_t)number) : NULL;
		if (text)
			out_str(out, id, NULL, text);
		else
			out_number(out, id, NULL, &(struct out_amount){number, rule->look ? rule->look->decimals : 0, NULL});
		break;
	case 's':
		text = mp_str(c, 0, SIZE_MAX, &len);
		out_strn(out, id, NULL, text, len);
		break;
	case 'x':
		bytes = mp_bin(c, 0, SIZE_MAX, &len);
		out_hex(out, id, NULL, bytes, len);
		break;
	default:
		mp_skip(c);
	}
}

static void show_list(struct out *out, const struct content *c, const struct content_rule *rule)
{
	struct mp_doc *doc = NULL;
	struct mp_cur list;
	if (content_open(c, rule->key, &doc, &list))
		return;
	if (rule->list_max)
		out_list(out, rule->name, NULL);
	else
		out_object(out, rule->name, NULL);
	for (uint16_t i = 0; !rule->list_max && i < rule->n_parts && mp_left(&list); i++)
		show_element(out, rule->parts[i].name, &rule->parts[i], &list);
	while (rule->list_max && mp_left(&list)) {
		out_item(out);
		if (rule->type != CONTENT_TUPLE) {
			show_element(out, "value", rule, &list);
			continue;
		}
		struct mp_cur inside = mp_enter(&list, rule->n_parts, rule->n_parts);
		for (uint16_t i = 0; i < rule->n_parts && !mp_err(&inside); i++)
			show_element(out, rule->parts[i].name, &rule->parts[i], &inside);
		mp_leave(&list, &inside);
	}
	out_end(out);
	mp_close(doc);
}

static void show_for_people(struct out *out, const struct content *c, const struct content_rule *rule,
                            const struct when *now)
{
	const char *label = rule->look && rule->look->label ? rule->look->label : rule->name;
	struct buf text;
	buf_init(&text, 0);
	if (!value_put(c, rule, now, &text) && text.len) {
		const char *said = (const char *)text.data;
		if (memchr(said, '\n', text.len) || text_width(said, text.len) > 48)
			out_text(out, rule->name, label, said, text.len);
		else
			out_strn(out, rule->name, label, said, text.len);
	}
	buf_wipe(&text);
}

static void show_number(struct out *out, const struct content *c, const struct content_rule *rule)
{
	const struct content_look *look = rule->look;
	uint64_t value = content_u64(c, rule->key, 0);
	const char *word = look_word(rule, value);
	if (word) {
		out_str(out, rule->name, NULL, word);
	} else if (look && (look->as == LOOK_MOMENT || look->as == LOOK_DAY)) {
		struct when at = when_of(rule, value);
		char iso[WHEN_TEXT];
		if (look->as == LOOK_MOMENT)
			out_when(out, rule->name, NULL, &at);
		else
			out_strn(out, rule->name, NULL, when_iso(&at, iso), 10);
	} else {
		out_number(out, rule->name, NULL,
		           &(struct out_amount){content_i64(c, rule->key, 0), look ? look->decimals : 0, NULL});
	}
}

void value_show(struct out *out, const struct content *c, const struct content_rule *rule, const struct when *now)
{
	const uint8_t *bytes;
	const char *text;
	size_t len;
	if (!content_has(c, rule->key))
		return;
	if (out_form_of(out) == OUT_HUMAN) {
		show_for_people(out, c, rule, now);
		return;
	}
	if (rule->list_max || rule->type == CONTENT_TUPLE) {
		show_list(out, c, rule);
	} else if (rule->type == CONTENT_TEXT) {
		text = content_str(c, rule->key, &len);
		out_text(out, rule->name, NULL, text, len);
	} else if (rule->type == CONTENT_BYTES) {
		bytes = content_bin(c, rule->key, &len);
		out_hex(out, rule->name, NULL, bytes, len);
	} else if (rule->type == CONTENT_BOOL) {
		out_bool(out, rule->name, NULL, content_bool(c, rule->key, false));
	} else {
		show_number(out, c, rule);
	}
}
