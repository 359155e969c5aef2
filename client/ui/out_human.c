/* out_human: for people, within 76 columns. Facts outside lists stand in two columns, "Label  value"; the items of a
 * list are the rows of a table under a heading. Both are held back until they end, to know how wide their columns
 * are. */
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "client/ui/out_internal.h"
#include "client/ui/text.h"

#define COLUMNS 12
#define CELL_MAX 40 /* columns of a cell that is not an excerpt of its own choosing */

struct cell {
	char *text;
	bool strong, number;
};
struct row {
	struct cell cells[COLUMNS];
	char *below; /* lines under the row, each ended by \n */
};
struct human_state {
	struct row *rows;
	size_t n_rows, room;
	char ids[COLUMNS][32]; /* of the table's columns */
	char labels[COLUMNS][32];
	size_t n_columns;
	char *empty;       /* of the list that is open */
	size_t list_depth; /* depth at which the table's list stands plus one, 0: none is open */
};

int out_human_start(struct out *out)
{
	out->state = calloc(1, sizeof(struct human_state));
	return out->state ? 0 : ERR_NOMEM;
}

static void wipe_str(char *text)
{
	if (text)
		buf_free_bytes((uint8_t *)text, strlen(text));
}

static void clear(struct human_state *s)
{
	for (size_t i = 0; i < s->n_rows; i++) {
		for (size_t c = 0; c < COLUMNS; c++)
			wipe_str(s->rows[i].cells[c].text);
		wipe_str(s->rows[i].below);
	}
	s->n_rows = s->n_columns = 0;
}

void out_human_free(struct out *out)
{
	struct human_state *s = out->state;

	clear(s);
	free(s->rows);
	free(s->empty);
	free(s);
}

static struct row *add_row(struct out *out)
{
	struct human_state *s = out->state;

	if (s->n_rows == s->room) {
		size_t room = s->room ? s->room * 2 : 32;
		struct row *rows = reallocarray(s->rows, room, sizeof *rows);

		if (!rows) {
			out_stick(out, ERR_NOMEM);
			return NULL;
		}
		s->rows = rows;
		s->room = room;
	}
	memset(&s->rows[s->n_rows], 0, sizeof s->rows[0]);
	return &s->rows[s->n_rows++];
}

static void set_cell(struct out *out, struct cell *cell, const char *text, const struct out_fact *fact)
{
	wipe_str(cell->text);
	cell->text = strdup(text);
	if (!cell->text)
		out_stick(out, ERR_NOMEM);
	cell->strong = fact && fact->strong;
	cell->number = fact && fact->type == OUT_NUMBER;
}

static void pad(struct out *out, size_t n)
{
	while (n--)
		out_emit_str(out, " ");
}

static void emit_cell(struct out *out, const struct cell *cell, size_t width, bool last)
{
	const char *text = cell->text ? cell->text : "";
	size_t w = text_width(text, strlen(text)), fill = width > w ? width - w : 0;

	if (cell->number)
		pad(out, fill);
	if (cell->strong && out->bold)
		out_emit_str(out, "\033[1m");
	out_emit_str(out, text);
	if (cell->strong && out->bold)
		out_emit_str(out, "\033[0m");
	if (!cell->number && !last)
		pad(out, fill);
}

/* What the columns are, over a table of more than one. */
static void emit_heading(struct out *out, size_t indent, const size_t *widths)
{
	struct human_state *s = out->state;
	size_t n = s->n_columns;

	while (n && !*s->labels[n - 1])
		n--;
	if (!n || s->n_columns < 2)
		return;
	pad(out, indent);
	for (size_t c = 0; c < n; c++) {
		struct cell cell = {.text = s->labels[c], .number = s->rows[0].cells[c].number};

		if (c)
			pad(out, 2);
		emit_cell(out, &cell, widths[c], c + 1 == n);
	}
	out_emit_str(out, "\n");
}

static void emit_rows(struct out *out, size_t indent)
{
	struct human_state *s = out->state;
	size_t widths[COLUMNS] = {0};

	for (size_t c = 0; s->n_columns > 1 && c < s->n_columns; c++)
		widths[c] = text_width(s->labels[c], strlen(s->labels[c]));
	for (size_t i = 0; i < s->n_rows; i++) {
		for (size_t c = 0; c < s->n_columns; c++) {
			const char *text = s->rows[i].cells[c].text;
			size_t w = text ? text_width(text, strlen(text)) : 0;

			if (w > widths[c])
				widths[c] = w;
		}
	}
	emit_heading(out, indent, widths);
	for (size_t i = 0; i < s->n_rows; i++) {
		size_t n = s->n_columns;

		while (n && !s->rows[i].cells[n - 1].text)
			n--;
		pad(out, indent);
		for (size_t c = 0; c < n; c++) {
			if (c)
				pad(out, 2);
			emit_cell(out, &s->rows[i].cells[c], widths[c], c + 1 == n);
		}
		out_emit_str(out, "\n");
		if (s->rows[i].below)
			out_emit_str(out, s->rows[i].below);
	}
	clear(s);
}

/* Pairs of label and value; a long value is wrapped beside its label. */
static void emit_pairs(struct out *out)
{
	struct human_state *s = out->state;
	size_t width = 0;
	struct buf wrapped;

	for (size_t i = 0; i < s->n_rows; i++) {
		size_t w = text_width(s->rows[i].cells[0].text, strlen(s->rows[i].cells[0].text));

		width = w > width ? w : width;
	}
	buf_init(&wrapped, 0);
	for (size_t i = 0; i < s->n_rows && !out->err; i++) {
		const struct cell *label = &s->rows[i].cells[0], *value = &s->rows[i].cells[1];
		size_t indent = width + 2;

		buf_reset(&wrapped);
		text_put_wrapped(&wrapped, value->text, strlen(value->text), TEXT_COLUMNS, indent);
		emit_cell(out, label, width, !*value->text);
		if (!*value->text || wrapped.len <= indent) {
			out_emit_str(out, "\n");
			continue;
		}
		pad(out, 2);
		if (value->strong && out->bold)
			out_emit_str(out, "\033[1m");
		out_emit(out, wrapped.data + indent, wrapped.len - indent - 1);
		out_emit_str(out, value->strong && out->bold ? "\033[0m\n" : "\n");
	}
	buf_wipe(&wrapped);
	clear(s);
}

static void flush_pairs(struct out *out)
{
	struct human_state *s = out->state;

	if (!s->list_depth && s->n_rows)
		emit_pairs(out);
}

/* The column of an id, made when it is new; COLUMNS when there are too many. */
static size_t column(struct human_state *s, const struct out_fact *fact)
{
	for (size_t c = 0; c < s->n_columns; c++)
		if (!strcmp(s->ids[c], fact->id))
			return c;
	if (s->n_columns == COLUMNS)
		return COLUMNS;
	snprintf(s->labels[s->n_columns], sizeof s->labels[0], "%s", fact->label);
	snprintf(s->ids[s->n_columns++], sizeof s->ids[0], "%s", fact->id);
	return s->n_columns - 1;
}

static void table_cell(struct out *out, const struct out_fact *fact)
{
	struct human_state *s = out->state;
	struct buf cut;
	size_t c;

	if (!s->n_rows)
		return;
	if ((c = column(s, fact)) == COLUMNS) {
		out_stick(out, ERR_INTERNAL);
		return;
	}
	buf_init(&cut, 0);
	if (fact->type == OUT_NOTHING)
		buf_put_u8(&cut, '-');
	else if (fact->excerpt || text_width(fact->human, strlen(fact->human)) <= CELL_MAX)
		buf_put(&cut, fact->human, strlen(fact->human));
	else
		text_put_excerpt(&cut, fact->human, strlen(fact->human), CELL_MAX);
	buf_put_u8(&cut, 0);
	if (buf_err(&cut))
		out_stick(out, buf_err(&cut));
	else
		set_cell(out, &s->rows[s->n_rows - 1].cells[c], (const char *)cut.data, fact);
	buf_wipe(&cut);
}

static void human_fact(struct out *out, const struct out_fact *fact)
{
	struct human_state *s = out->state;
	struct row *row;

	if (!fact->label || (s->list_depth && out->depth > s->list_depth))
		return; /* for programs; or inside an item's own lists and objects */
	if (s->list_depth) {
		table_cell(out, fact);
		return;
	}
	if (!(row = add_row(out)))
		return;
	set_cell(out, &row->cells[0], fact->label, NULL);
	set_cell(out, &row->cells[1], fact->human, fact);
}

static void below(struct out *out, const char *text, size_t len)
{
	struct human_state *s = out->state;
	struct row *row = &s->rows[s->n_rows - 1];
	char *joined = NULL;

	if (asprintf(&joined, "%s%.*s\n", row->below ? row->below : "", (int)len, text) < 0) {
		out_stick(out, ERR_NOMEM);
		return;
	}
	wipe_str(row->below);
	row->below = joined;
}

static void human_line(struct out *out, const char *line, size_t len)
{
	struct human_state *s = out->state;

	if (s->list_depth && s->n_rows) {
		below(out, line, len);
		return;
	}
	flush_pairs(out);
	out_emit(out, line, len);
	out_emit_str(out, "\n");
}

static void human_say(struct out *out, const char *sentence, size_t len)
{
	struct human_state *s = out->state;
	struct buf wrapped;

	buf_init(&wrapped, 0);
	text_put_wrapped(&wrapped, sentence, len, TEXT_COLUMNS, 0);
	if (buf_err(&wrapped)) {
		out_stick(out, buf_err(&wrapped));
	} else if (s->list_depth && s->n_rows && wrapped.len) {
		below(out, (const char *)wrapped.data, wrapped.len - 1);
	} else {
		flush_pairs(out);
		out_emit(out, wrapped.data, wrapped.len);
	}
	buf_wipe(&wrapped);
}

static void human_text(struct out *out, const struct out_fact *fact, const char *value, size_t len)
{
	struct human_state *s = out->state;
	struct buf wrapped;

	if (!fact->label || (s->list_depth && out->depth > s->list_depth))
		return;
	buf_init(&wrapped, 0);
	text_put_wrapped(&wrapped, value, len, TEXT_COLUMNS, s->list_depth ? 4 : 2);
	if (*fact->label)
		human_line(out, fact->label, strlen(fact->label));
	if (wrapped.len)
		human_line(out, (const char *)wrapped.data, wrapped.len - 1);
	out_stick(out, buf_err(&wrapped));
	buf_wipe(&wrapped);
}

static void human_begin(struct out *out, bool list, const char *id, const char *words)
{
	struct human_state *s = out->state;

	(void)id;
	if (s->list_depth)
		return;
	flush_pairs(out);
	if (list) {
		free(s->empty);
		s->empty = words ? strdup(words) : NULL;
		s->list_depth = out->depth + 1;
	} else if (words && *words) {
		human_line(out, words, strlen(words));
	}
}

static void human_item(struct out *out)
{
	struct human_state *s = out->state;

	if (out->depth == s->list_depth)
		add_row(out);
}

static void human_end(struct out *out)
{
	struct human_state *s = out->state;

	if (!s->list_depth) {
		flush_pairs(out);
		return;
	}
	if (out->depth != s->list_depth)
		return;
	s->list_depth = 0;
	if (s->n_rows)
		emit_rows(out, 2);
	else if (s->empty)
		human_say(out, s->empty, strlen(s->empty));
}

static void human_finish(struct out *out)
{
	flush_pairs(out);
}

const struct out_form_ops out_human_ops = {human_fact,  human_text, human_say, human_line,
                                           human_begin, human_item, human_end, human_finish};
