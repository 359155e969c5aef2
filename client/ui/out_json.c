/* out_json: one JSON document a line, an object; ASCII only, so that no terminal obeys what is in it. By jansson. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "client/ui/out_internal.h"
#include "client/ui/text.h"

struct json_state {
	bool shown; /* a document went out already */
	json_t *root;
	json_t *open[OUT_DEPTH + 1]; /* borrowed: the object that takes facts, for every depth; the array itself before its
	                                first item */
	json_t *messages;            /* borrowed; NULL until something was said */
};

int out_json_start(struct out *out)
{
	struct json_state *s = calloc(1, sizeof *s);

	out->state = s;
	if (!s)
		return ERR_NOMEM;
	s->root = s->open[0] = json_object();
	if (s->root)
		return 0;
	free(s);
	return ERR_NOMEM;
}

void out_json_free(struct out *out)
{
	struct json_state *s = out->state;

	json_decref(s->root);
	free(s);
}

/* Valid UTF-8 goes in as it is, other bytes as visible escapes. */
static json_t *make_string(const char *value, size_t len)
{
	struct buf safe;
	json_t *made;

	if (text_valid(value, len))
		return json_stringn(value, len);
	buf_init(&safe, 0);
	text_put_safe(&safe, value, len, true);
	made = json_stringn(safe.data ? (const char *)safe.data : "", safe.len);
	buf_wipe(&safe);
	return made;
}

static void add(struct out *out, const char *id, json_t *value)
{
	struct json_state *s = out->state;

	if (!value || json_object_set_new(s->open[out->depth], id, value))
		out_stick(out, ERR_NOMEM);
}

static void json_fact(struct out *out, const struct out_fact *fact)
{
	switch (fact->type) {
	case OUT_NOTHING:
		add(out, fact->id, json_null());
		break;
	case OUT_STRING:
		add(out, fact->id, make_string(fact->raw, fact->raw_len));
		break;
	case OUT_NUMBER:
		add(out, fact->id, fact->decimals ? json_real(strtod(fact->machine, NULL)) : json_integer(fact->number));
		break;
	case OUT_BOOLEAN:
		add(out, fact->id, json_boolean(fact->boolean));
		break;
	}
}

static void json_text(struct out *out, const struct out_fact *fact, const char *value, size_t len)
{
	add(out, fact->id, fact->raw ? make_string(value, len) : json_null());
}

static void json_say(struct out *out, const char *sentence, size_t len)
{
	struct json_state *s = out->state;
	json_t *text = make_string(sentence, len);

	if (!s->messages) {
		s->messages = json_array();
		if (!s->messages || json_object_set_new(s->root, "messages", s->messages)) {
			s->messages = NULL;
			json_decref(text);
			out_stick(out, ERR_NOMEM);
			return;
		}
	}
	if (!text || json_array_append_new(s->messages, text))
		out_stick(out, ERR_NOMEM);
}

static void json_line(struct out *out, const char *line, size_t len)
{
	(void)out;
	(void)line;
	(void)len;
}

static void json_begin(struct out *out, bool list, const char *id, const char *words)
{
	struct json_state *s = out->state;
	json_t *inner = list ? json_array() : json_object();

	(void)words;
	add(out, id, inner);
	s->open[out->depth + 1] = inner;
}

static void json_item(struct out *out)
{
	struct json_state *s = out->state;
	const struct out_level *level = &out->levels[out->depth - 1];
	json_t *array, *item = json_object();

	/* the array is found again through its parent: open[] now holds the item before */
	array = json_object_get(s->open[out->depth - 1], level->id);
	if (!item || json_array_append_new(array, item)) {
		out_stick(out, ERR_NOMEM);
		item = NULL;
	}
	s->open[out->depth] = item;
}

static void json_end(struct out *out)
{
	(void)out;
}

static void json_finish(struct out *out)
{
	struct json_state *s = out->state;

	/* nothing was said since the last document */
	if (s->shown && !json_object_size(s->root))
		return;
	s->shown = true;
	char *text = out->err == ERR_NOMEM ? NULL : json_dumps(s->root, JSON_ENSURE_ASCII);
	json_t *fresh = json_object();

	if (text) {
		out_emit_str(out, text);
		out_emit_str(out, "\n");
		buf_free_bytes((uint8_t *)text, strlen(text));
	} else {
		out_stick(out, ERR_NOMEM);
	}
	json_decref(s->root);
	s->root = s->open[0] = fresh;
	s->messages = NULL;
	if (!fresh)
		out_stick(out, ERR_NOMEM);
}

const struct out_form_ops out_json_ops = {json_fact,  json_text, json_say, json_line,
                                          json_begin, json_item, json_end, json_finish};
