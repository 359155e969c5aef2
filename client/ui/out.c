/* out: puts each fact into words once and hands it to the form that was asked for. Knows no form's looks. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/err.h"
#include "client/ui/out.h"
#include "client/ui/out_internal.h"
#include "client/ui/text.h"
#include "client/ui/when.h"

static bool set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

static bool capable(FILE *f)
{
	const char *term = getenv("TERM");

	return f && isatty(fileno(f)) && term && *term && strcmp(term, "dumb");
}

int out_new(enum out_form form, FILE *to, FILE *progress, struct out **out)
{
	static const struct out_form_ops *const ops[] = {&out_human_ops, &out_plain_ops, &out_json_ops};
	struct out *o = calloc(1, sizeof *o);
	int rc = 0;

	*out = NULL;
	if (!o)
		return ERR_NOMEM;
	o->form = form;
	o->ops = ops[form];
	o->to = to;
	o->progress = progress;
	o->bold = form == OUT_HUMAN && capable(to) && !set("NO_COLOR");
	o->animate = form == OUT_HUMAN && capable(progress);
	o->ascii = form != OUT_JSON && set("KAP_ASCII");
	if (form == OUT_HUMAN)
		rc = out_human_start(o);
	else if (form == OUT_JSON)
		rc = out_json_start(o);
	if (rc) {
		free(o);
		return rc;
	}
	*out = o;
	return 0;
}

void out_free(struct out *out)
{
	if (!out)
		return;
	if (out->form == OUT_HUMAN)
		out_human_free(out);
	else if (out->form == OUT_JSON)
		out_json_free(out);
	free(out);
}

bool out_has_said(const struct out *out)
{
	return out->said;
}

enum out_form out_form_of(const struct out *out)
{
	return out->form;
}

void out_stick(struct out *out, int err)
{
	if (!out->err)
		out->err = err;
}

/* What the program itself writes outside ASCII, and its spelling there. */
static const struct {
	const char *from, *to;
} spellings[] = {{"…", "..."}, {"·", "-"}, {"–", "-"}, {"—", "--"}, {"’", "'"}, {"‘", "'"}, {"“", "\""}, {"”", "\""}};

static void emit_ascii(struct out *out, const char *text, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		const char *to = "?";

		n = 1;
		if (!((unsigned char)text[i] & 0x80)) {
			fputc(text[i], out->to);
			continue;
		}
		while (i + n < len && ((unsigned char)text[i + n] & 0xC0) == 0x80)
			n++;
		for (size_t k = 0; k < sizeof spellings / sizeof *spellings; k++)
			if (strlen(spellings[k].from) == n && !memcmp(spellings[k].from, text + i, n))
				to = spellings[k].to;
		fputs(to, out->to);
	}
}

void out_emit(struct out *out, const void *text, size_t len)
{
	if (!len)
		return;
	out_progress(out, NULL, 0, 0);
	errno = 0;
	if (out->ascii)
		emit_ascii(out, text, len);
	else
		fwrite(text, 1, len, out->to);
	if (ferror(out->to))
		out_stick(out, ERR_IO);
}

void out_emit_str(struct out *out, const char *text)
{
	out_emit(out, text, strlen(text));
}

int out_finish(struct out *out)
{
	out_progress(out, NULL, 0, 0);
	while (out->depth)
		out_end(out);
	out->ops->finish(out);
	if (fflush(out->to) || ferror(out->to))
		out_stick(out, ERR_IO);
	return out->err;
}

void out_show(struct out *out)
{
	if (out->form != OUT_JSON)
		(void)out_finish(out);
}

static void sentence(struct out *out, void (*show)(struct out *, const char *, size_t), const char *fmt, va_list args)
{
	struct buf safe;
	char *text = NULL;
	int n = vasprintf(&text, fmt, args);

	if (n < 0) {
		out_stick(out, ERR_NOMEM);
		return;
	}
	buf_init(&safe, 0);
	text_put_safe(&safe, text, (size_t)n, true);
	out->said = true;
	if (buf_err(&safe))
		out_stick(out, buf_err(&safe));
	else
		show(out, safe.data ? (const char *)safe.data : "", safe.len);
	buf_wipe(&safe);
	buf_free_bytes((uint8_t *)text, (size_t)n);
}

void out_say(struct out *out, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	sentence(out, out->ops->say, fmt, args);
	va_end(args);
}

void out_line(struct out *out, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	sentence(out, out->ops->line, fmt, args);
	va_end(args);
}

static void show_fact(struct out *out, const struct out_fact *fact)
{
	out->said = true;
	out->ops->fact(out, fact);
}

/* How a string comes out, beyond its words. */
struct style {
	bool strong, capitals;
	size_t columns; /* cut for people, 0: whole */
};

static void string(struct out *out, struct out_fact *fact, const struct style *style)
{
	struct buf human, machine;

	buf_init(&human, 0);
	buf_init(&machine, 0);
	if (fact->raw) {
		text_put_safe(&machine, fact->raw, fact->raw_len, false);
		if (style->columns)
			text_put_excerpt(&human, fact->raw, fact->raw_len, style->columns);
		else
			buf_put(&human, machine.data, machine.len);
		for (size_t i = 0; style->capitals && i < human.len; i++)
			human.data[i] = (uint8_t)toupper(human.data[i]);
	}
	buf_put_u8(&human, 0);
	buf_put_u8(&machine, 0);
	if (buf_err(&human) || buf_err(&machine)) {
		out_stick(out, ERR_NOMEM);
	} else {
		fact->type = fact->raw ? OUT_STRING : OUT_NOTHING;
		fact->human = (const char *)human.data;
		fact->machine = (const char *)machine.data;
		fact->strong = style->strong;
		fact->excerpt = style->columns > 0;
		show_fact(out, fact);
	}
	buf_wipe(&human);
	buf_wipe(&machine);
}

void out_strn(struct out *out, const char *id, const char *label, const char *value, size_t len)
{
	struct out_fact fact = {.id = id, .label = label, .raw = value, .raw_len = len};
	const struct style style = {false, false, 0};

	string(out, &fact, &style);
}

void out_str(struct out *out, const char *id, const char *label, const char *value)
{
	out_strn(out, id, label, value, value ? strlen(value) : 0);
}

void out_word(struct out *out, const char *id, const char *label, const char *value)
{
	struct out_fact fact = {.id = id, .label = label, .raw = value, .raw_len = value ? strlen(value) : 0};
	const struct style style = {true, true, 0};

	string(out, &fact, &style);
}

void out_excerpt(struct out *out, const char *id, const char *label, const char *value, size_t columns)
{
	struct out_fact fact = {.id = id, .label = label, .raw = value, .raw_len = value ? strlen(value) : 0};
	const struct style style = {false, false, columns ? columns : 1};

	string(out, &fact, &style);
}

void out_int(struct out *out, const char *id, const char *label, int64_t value)
{
	struct out_fact fact = {.id = id, .label = label, .type = OUT_NUMBER, .number = value};
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)value);
	fact.human = fact.machine = text;
	show_fact(out, &fact);
}

void out_number(struct out *out, const char *id, const char *label, const struct out_amount *amount)
{
	struct out_fact fact = {
	    .id = id, .label = label, .type = OUT_NUMBER, .number = amount->value, .decimals = amount->decimals};
	char number[TEXT_NUMBER], human[TEXT_NUMBER + 24];

	text_number(amount->value, amount->decimals, number);
	snprintf(human, sizeof human, "%s%s%.20s", number, amount->unit ? " " : "", amount->unit ? amount->unit : "");
	fact.human = human;
	fact.machine = number;
	show_fact(out, &fact);
}

void out_bool(struct out *out, const char *id, const char *label, bool value)
{
	struct out_fact fact = {.id = id, .label = label, .type = OUT_BOOLEAN, .boolean = value};

	fact.human = fact.machine = value ? "yes" : "no";
	show_fact(out, &fact);
}

void out_when(struct out *out, const char *id, const char *label, const struct when *value)
{
	struct out_fact fact = {.id = id, .label = label, .human = "", .machine = ""};
	char human[WHEN_TEXT], iso[WHEN_TEXT];
	struct when now;

	if (value) {
		now = when_now();
		fact.type = OUT_STRING;
		fact.human = when_human(value, &now, human);
		fact.machine = fact.raw = when_iso(value, iso);
		fact.raw_len = strlen(iso);
	}
	show_fact(out, &fact);
}

void out_hex(struct out *out, const char *id, const char *label, const void *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	struct buf hex;

	buf_init(&hex, 0);
	for (size_t i = 0; i < len; i++) {
		buf_put_u8(&hex, (uint8_t)digits[((const uint8_t *)bytes)[i] >> 4]);
		buf_put_u8(&hex, (uint8_t)digits[((const uint8_t *)bytes)[i] & 15]);
	}
	if (buf_err(&hex))
		out_stick(out, buf_err(&hex));
	else
		out_strn(out, id, label, hex.data ? (const char *)hex.data : "", hex.len);
	buf_wipe(&hex);
}

void out_text(struct out *out, const char *id, const char *label, const char *value, size_t len)
{
	struct out_fact fact = {.id = id, .label = label, .raw = value, .raw_len = len};

	out->said = true;
	out->ops->text(out, &fact, value ? value : "", value ? len : 0);
}

static void begin(struct out *out, bool list, const char *id, const char *words)
{
	struct out_level *level;

	if (out->depth == OUT_DEPTH) {
		out_stick(out, ERR_INTERNAL);
		return;
	}
	out->said = true;
	out->ops->begin(out, list, id, words);
	level = &out->levels[out->depth++];
	*level = (struct out_level){.list = list};
	snprintf(level->id, sizeof level->id, "%s", id);
}

void out_list(struct out *out, const char *id, const char *empty)
{
	begin(out, true, id, empty);
}

void out_object(struct out *out, const char *id, const char *label)
{
	begin(out, false, id, label);
}

void out_item(struct out *out)
{
	if (!out->depth || !out->levels[out->depth - 1].list) {
		out_stick(out, ERR_INTERNAL);
		return;
	}
	out->levels[out->depth - 1].items++;
	out->ops->item(out);
}

void out_end(struct out *out)
{
	if (!out->depth) {
		out_stick(out, ERR_INTERNAL);
		return;
	}
	out->ops->end(out); /* still sees the level */
	out->depth--;
}

void out_progress(struct out *out, const char *what, uint64_t done, uint64_t total)
{
	if (!out->animate || (!what && !out->progress_shown))
		return;
	fputs("\r\033[K", out->progress);
	if (what && total)
		fprintf(out->progress, "%s  %llu of %llu", what, (unsigned long long)done, (unsigned long long)total);
	else if (what)
		fprintf(out->progress, "%s  %llu", what, (unsigned long long)done);
	out->progress_shown = what != NULL;
	fflush(out->progress);
}
