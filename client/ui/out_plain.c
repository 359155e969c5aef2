/* out_plain: `key: value`, one fact a line, always the same words in the same order: for screen readers and grep. */
#include <string.h>

#include "client/ui/out_internal.h"
#include "client/ui/text.h"

/* "id.key: ", with the ids of the objects that the fact stands in since the innermost list. */
static void put_key(struct out *out, const char *id)
{
	size_t from = out->depth;

	while (from && !out->levels[from - 1].list)
		from--;
	for (; from < out->depth; from++) {
		out_emit_str(out, out->levels[from].id);
		out_emit_str(out, ".");
	}
	out_emit_str(out, id);
	out_emit_str(out, ": ");
}

static void plain_fact(struct out *out, const struct out_fact *fact)
{
	put_key(out, fact->id);
	out_emit_str(out, fact->machine);
	out_emit_str(out, "\n");
}

static void plain_lines(struct out *out, const char *id, const char *value, size_t len)
{
	const char *end = value + len, *stop;
	struct buf safe;

	buf_init(&safe, 0);
	do {
		stop = memchr(value, '\n', (size_t)(end - value));
		buf_reset(&safe);
		text_put_safe(&safe, value, (size_t)((stop ? stop : end) - value), false);
		put_key(out, id);
		out_emit(out, safe.data, safe.len);
		out_emit_str(out, "\n");
		out_stick(out, buf_err(&safe));
		value = stop ? stop + 1 : end;
	} while (stop && value <= end);
	buf_wipe(&safe);
}

static void plain_text(struct out *out, const struct out_fact *fact, const char *value, size_t len)
{
	plain_lines(out, fact->id, value, len);
}

static void plain_say(struct out *out, const char *sentence, size_t len)
{
	plain_lines(out, "message", sentence, len);
}

static void plain_line(struct out *out, const char *line, size_t len)
{
	(void)out;
	(void)line;
	(void)len;
}

static void plain_begin(struct out *out, bool list, const char *id, const char *words)
{
	(void)out;
	(void)list;
	(void)id;
	(void)words;
}

static void plain_item(struct out *out)
{
	const struct out_level *level = &out->levels[out->depth - 1];
	char number[32];

	snprintf(number, sizeof number, ": %zu\n", level->items);
	out_emit_str(out, level->id);
	out_emit_str(out, number);
}

static void plain_end(struct out *out)
{
	const struct out_level *level = &out->levels[out->depth - 1];

	if (level->list && !level->items) {
		out_emit_str(out, level->id);
		out_emit_str(out, ": 0\n");
	}
}

static void plain_finish(struct out *out)
{
	(void)out;
}

const struct out_form_ops out_plain_ops = {plain_fact,  plain_text, plain_say, plain_line,
                                           plain_begin, plain_item, plain_end, plain_finish};
