/* item_json: see item_json.h. A revision is encoded once more and read as the array it is, so that nothing it holds is
 * left out. By jansson. */
#include "item_json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/book/book.h"
#include "client/book/people.h"
#include "client/care/kinds.h"
#include "client/care/look.h"
#include "client/ui/text.h"
#include "client/ui/when.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"
#include "proto/role.h"

/* jansson answers -1 for what it could not add, NULL included; one flag collects that. */
struct maker {
	int err;
};

static void set(struct maker *m, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		m->err = ERR_NOMEM;
}

static void push(struct maker *m, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		m->err = ERR_NOMEM;
}

static json_t *hex(const uint8_t *bytes, size_t len)
{
	struct buf text;
	json_t *made;

	buf_init(&text, 0);
	for (size_t i = 0; i < len; i++) {
		char two[3];
		snprintf(two, sizeof(two), "%02x", bytes[i]);
		buf_put(&text, two, 2);
	}
	made = buf_err(&text) ? NULL : json_stringn(text.data ? (const char *)text.data : "", text.len);
	buf_wipe(&text);
	return made;
}

static json_t *moment(uint64_t ms, int16_t offset)
{
	char text[WHEN_TEXT];
	return json_string(when_iso(&(struct when){(int64_t)(ms / 1000), offset}, text));
}

/* --- fields --- */

static json_t *value_of(struct maker *m, struct mp_cur *c);

static json_t *array_of(struct maker *m, struct mp_cur *c)
{
	struct mp_cur inside = mp_enter(c, 0, MP_ITEMS_MAX);
	json_t *array = json_array();

	while (mp_left(&inside))
		push(m, array, value_of(m, &inside));
	mp_leave(c, &inside);
	return array;
}

/* Depth is bounded by mp_scan. */
static json_t *value_of(struct maker *m, struct mp_cur *c)
{
	const void *bytes;
	size_t len;

	switch (mp_peek(c)) {
	case 'b':
		return json_boolean(mp_bool(c));
	case 'u':
		return json_integer((json_int_t)mp_u64(c, 0, INT64_MAX));
	case 'i':
		return json_integer(mp_i64(c, INT64_MIN, -1));
	case 's':
		bytes = mp_str(c, 0, SIZE_MAX, &len);
		return json_stringn(bytes, len);
	case 'x':
		bytes = mp_bin(c, 0, SIZE_MAX, &len);
		return hex(bytes, len);
	case 'a':
		return array_of(m, c);
	default:
		mp_skip(c);
		return json_null();
	}
}

static const char *name_of(const struct content_rule *rule, uint64_t key, char spare[24])
{
	if (rule)
		return rule->name;
	snprintf(spare, 24, "field-%u", (unsigned)key);
	return spare;
}

/* A number as its row says it: a word, a day, a number with decimals. */
static json_t *number_of(const struct content_rule *rule, int64_t value)
{
	const struct content_look *look = rule->look;
	const char *word = value >= 0 ? look_word(rule, (uint64_t)value) : NULL;
	char text[TEXT_NUMBER + WHEN_TEXT];

	if (word)
		return json_string(word);
	if (look->as == LOOK_MOMENT && value >= 0)
		return moment((uint64_t)value, 0);
	if (look->as == LOOK_DAY && value >= 0)
		return json_stringn(when_iso(&(struct when){value * 86400, 0}, text), 10);
	if (look->decimals)
		return json_real(strtod(text_number(value, look->decimals, text), NULL));
	return json_integer((json_int_t)value);
}

static json_t *ruled_value(struct maker *m, const struct content_rule *rule, struct mp_cur *c)
{
	char type = mp_peek(c);

	if (rule && rule->look && !rule->list_max && (type == 'u' || type == 'i'))
		return number_of(rule, mp_i64(c, INT64_MIN, INT64_MAX));
	return value_of(m, c);
}

/* The encoding ends with [[key, value]...]; what is before it is the head. */
static int put_fields(struct maker *m, const struct content *c, json_t *object)
{
	struct mp_doc *doc = NULL;
	struct mp_cur root;
	struct buf bytes;
	char spare[24];
	const struct content_kind *kind = content_find_kind(&care_kinds, content_peek_head(c)->kind);

	buf_init(&bytes, 0);
	int err = content_encode(c, &care_kinds, &bytes);
	if (!err)
		err = mp_open(bytes.data, bytes.len, &doc, &root);
	if (!err) {
		while (mp_left(&root) > 1)
			mp_skip(&root);
		struct mp_cur fields = mp_enter(&root, 0, CONTENT_FIELDS);
		while (mp_left(&fields)) {
			struct mp_cur field = mp_enter(&fields, 2, 2);
			uint64_t key = mp_u64(&field, 1, UINT32_MAX);
			const struct content_rule *rule = kind ? look_by_key(kind, (uint32_t)key) : NULL;
			set(m, object, name_of(rule, key, spare), ruled_value(m, rule, &field));
			mp_leave(&fields, &field);
		}
		mp_leave(&root, &fields);
		err = mp_done(&root);
	}
	mp_close(doc);
	buf_wipe(&bytes);
	return err;
}

/* --- an item --- */

static json_t *person_of(struct maker *m, const struct person *p)
{
	json_t *object = json_object();

	set(m, object, "name", json_string(p->name));
	set(m, object, "role", json_string(role_name((enum role)p->role)));
	set(m, object, "person", hex(p->genesis, sizeof(p->genesis)));
	return object;
}

static const char *class_name(uint8_t record_class)
{
	static const char *const names[] = {"private", "shared", "clinical", "control"};
	return record_class < sizeof(names) / sizeof(names[0]) ? names[record_class] : "unknown";
}

static json_t *revision_of(struct maker *m, const struct book_revision *r)
{
	json_t *object = json_object(), *parents = json_array(), *fields = json_object();

	set(m, object, r->pending ? "written-as" : "record", hex(r->ref, sizeof(r->ref)));
	set(m, object, "class", json_string(class_name(r->record_class)));
	set(m, object, "current", json_boolean(!r->superseded));
	set(m, object, "taken-back", json_boolean(r->withdrawn));
	if (r->stored_ms)
		set(m, object, "stored", moment(r->stored_ms, 0));
	if (r->content) {
		const struct content_head *h = content_peek_head(r->content);
		set(m, object, "at", moment(h->at_ms, h->offset));
		set(m, object, "written", moment(h->made_ms, h->offset));
		for (uint32_t i = 0; i < h->n_parents; i++)
			push(m, parents, hex(h->parents[i], sizeof(h->parents[i])));
		int err = put_fields(m, r->content, fields);
		m->err = m->err ? m->err : err;
	}
	set(m, object, "parents", parents);
	set(m, object, "fields", fields);
	return object;
}

static json_t *item_of(struct maker *m, const struct book_item *item)
{
	const struct content_kind *row = content_find_kind(&care_kinds, item->kind);
	json_t *object = json_object(), *list = json_array();

	set(m, object, "kind", row ? json_string(row->name) : json_integer(item->kind));
	set(m, object, "item", hex(item->id, sizeof(item->id)));
	if (item->number)
		set(m, object, "number", json_integer(item->number));
	set(m, object, "author", person_of(m, item->author));
	set(m, object, "at", moment(item->at_ms, item->offset));
	for (size_t i = 0; i < item->n_revisions; i++)
		push(m, list, revision_of(m, &item->revisions[i]));
	set(m, object, "revisions", list);
	list = json_array();
	for (size_t i = 0; i < item->n_readers; i++) {
		json_t *reader = person_of(m, item->readers[i].person);
		set(m, reader, "taken-back", json_boolean(item->readers[i].withdrawn));
		if (item->readers[i].delivered_ms)
			set(m, reader, "delivered", moment(item->readers[i].delivered_ms, 0));
		if (item->readers[i].opened_ms)
			set(m, reader, "opened", moment(item->readers[i].opened_ms, 0));
		push(m, list, reader);
	}
	set(m, object, "readers", list);
	list = json_array();
	for (size_t i = 0; i < item->n_acks; i++) {
		json_t *ack = person_of(m, item->acks[i].person);
		set(m, ack, "at", moment(item->acks[i].at_ms, 0));
		set(m, ack, "note", json_string(item->acks[i].note));
		push(m, list, ack);
	}
	set(m, object, "acknowledgements", list);
	list = json_array();
	for (size_t i = 0; i < item->n_comments; i++)
		push(m, list, item_of(m, item->comments[i]));
	set(m, object, "comments", list);
	return object;
}

static int put_bytes(const char *bytes, size_t len, void *out)
{
	return buf_put(out, bytes, len) ? -1 : 0;
}

int item_json_put(const struct book_item *item, struct buf *out)
{
	struct maker m = {0};
	json_t *object = item_of(&m, item);

	if (!m.err && json_dump_callback(object, put_bytes, out, JSON_INDENT(2)))
		m.err = buf_err(out) ? buf_err(out) : ERR_NOMEM;
	json_decref(object);
	return m.err ? m.err : buf_put(out, "\n", 1);
}
