/* config: see config.h. libinih is given one line at a time: that keeps line numbers exact and its own ideas (sections,
 * values over several lines, long lines cut in two) out. */
#include "config.h"

#include <ini.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "proto/buf.h"
#include "proto/err.h"

#define CONFIG_SPARE_FDS 64 /* the store, keys, listeners, the loop's own */

enum kind { KIND_U32, KIND_TEXT, KIND_WORD };

struct row {
	const char *name, *help;
	enum kind kind;
	size_t offset;
	uint32_t min, max, preset;
	const char *text; /* default of a text, words of a word */
};

static const struct row rows[] = {
#define CONFIG_U32(n, lo, hi, def, what)                                                                               \
	{.name = #n,                                                                                                       \
	 .help = what,                                                                                                     \
	 .kind = KIND_U32,                                                                                                 \
	 .offset = offsetof(struct config, n),                                                                             \
	 .min = lo,                                                                                                        \
	 .max = hi,                                                                                                        \
	 .preset = def},
#define CONFIG_TEXT(n, lo, hi, def, what)                                                                              \
	{.name = #n,                                                                                                       \
	 .help = what,                                                                                                     \
	 .kind = KIND_TEXT,                                                                                                \
	 .offset = offsetof(struct config, n),                                                                             \
	 .min = lo,                                                                                                        \
	 .max = hi,                                                                                                        \
	 .text = def},
#define CONFIG_WORD(n, words, def, what)                                                                               \
	{.name = #n, .help = what, .kind = KIND_WORD, .offset = offsetof(struct config, n), .preset = def, .text = words},
#include "config.def"
#undef CONFIG_U32
#undef CONFIG_TEXT
#undef CONFIG_WORD
};

#define ROWS (sizeof rows / sizeof rows[0])

struct reading {
	struct config *c;
	const char *name;
	unsigned line; /* 0: the command line */
	struct buf *errors;
	bool wrong, handled;
	bool seen[ROWS];
};

static void complain(struct reading *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void complain(struct reading *r, const char *format, ...)
{
	char text[512];
	va_list args;
	int n;

	r->wrong = true;
	n = r->line > 0 ? snprintf(text, sizeof text, "%s:%u: ", r->name, r->line)
	                : snprintf(text, sizeof text, "%s: ", r->name);
	if (n < 0 || (size_t)n >= sizeof text)
		n = 0;
	va_start(args, format);
	vsnprintf(text + n, sizeof text - (size_t)n, format, args);
	va_end(args);
	buf_put(r->errors, text, strlen(text));
	buf_put(r->errors, "\n", 1);
}

static const struct row *find_row(const char *name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

static uint32_t *number_at(struct config *c, const struct row *row)
{
	return (uint32_t *)((char *)c + row->offset);
}

/* Decimal digits alone: no sign, no spaces, no other base. */
static bool parse_u32(const char *text, uint32_t *out)
{
	uint64_t n = 0;
	size_t len = strlen(text);

	if (len == 0 || len > 10 || strspn(text, "0123456789") != len)
		return false;
	for (size_t i = 0; i < len; i++)
		n = n * 10 + (uint64_t)(text[i] - '0');
	*out = (uint32_t)n;
	return n <= UINT32_MAX;
}

/* The index of `word` among "a|b|c". */
static bool parse_word(const char *words, const char *word, uint32_t *out)
{
	size_t len = strlen(word);

	for (uint32_t i = 0; words != NULL; i++) {
		size_t n = strcspn(words, "|");

		if (n == len && len > 0 && memcmp(words, word, n) == 0) {
			*out = i;
			return true;
		}
		words = words[n] == '|' ? words + n + 1 : NULL;
	}
	return false;
}

static bool printable(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e)
			return false;
	return true;
}

static void set_value(struct reading *r, const struct row *row, const char *value)
{
	uint32_t n = 0;
	size_t len = strlen(value);

	switch (row->kind) {
	case KIND_U32:
		if (parse_u32(value, &n) && n >= row->min && n <= row->max)
			*number_at(r->c, row) = n;
		else
			complain(r, "%s takes a number from %u to %u.", row->name, row->min, row->max);
		break;
	case KIND_WORD:
		if (parse_word(row->text, value, &n))
			*number_at(r->c, row) = n;
		else
			complain(r, "%s takes one of these words: %s.", row->name, row->text);
		break;
	case KIND_TEXT:
		if (len < row->min || len > row->max)
			complain(r, "%s takes a text of %u to %u characters.", row->name, row->min, row->max);
		else if (!printable(value))
			complain(r, "%s takes plain ASCII text.", row->name);
		else
			memcpy((char *)r->c + row->offset, value, len + 1);
		break;
	}
}

static int on_pair(void *arg, const char *section, const char *name, const char *value)
{
	struct reading *r = arg;
	const struct row *row = find_row(name);

	(void)section;
	r->handled = true;
	if (row == NULL) {
		complain(r, "there is no key '%.40s'.", printable(name) ? name : "?");
	} else if (r->seen[row - rows]) {
		complain(r, "%s was set already.", row->name);
	} else {
		r->seen[row - rows] = true;
		set_value(r, row, value);
	}
	return 1;
}

static void read_line(struct reading *r, const char *bytes, size_t len)
{
	char line[CONFIG_LINE_MAX + 1];
	const char *start;

	if (len > 0 && bytes[len - 1] == '\r')
		len--;
	if (len > CONFIG_LINE_MAX) {
		complain(r, "the line is longer than %d characters.", CONFIG_LINE_MAX);
		return;
	}
	if (memchr(bytes, '\0', len) != NULL) {
		complain(r, "the line holds a NUL byte.");
		return;
	}
	memcpy(line, bytes, len);
	line[len] = '\0';
	start = line + strspn(line, " \t");
	if (*start == '[') {
		complain(r, "there are no sections; write key = value.");
		return;
	}
	r->handled = false;
	if (ini_parse_string(line, on_pair, r) != 0 && !r->handled)
		complain(r, "this is not key = value.");
}

void config_defaults(struct config *c)
{
	memset(c, 0, sizeof *c);
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].kind == KIND_TEXT)
			snprintf((char *)c + rows[i].offset, CONFIG_TEXT_MAX + 1, "%s", rows[i].text);
		else
			*number_at(c, &rows[i]) = rows[i].preset;
	}
}

int config_parse(struct config *c, const char *name, const char *text, size_t len, struct buf *errors)
{
	struct reading r = {.c = c, .name = name, .errors = errors};

	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t n = end != NULL ? (size_t)(end - text) : len;

		r.line++;
		read_line(&r, text, n);
		n += end != NULL;
		text += n;
		len -= n;
	}
	return r.wrong ? ERR_CONFIG : 0;
}

int config_load(struct config *c, const char *path, struct buf *errors)
{
	struct reading r = {.c = c, .name = path, .errors = errors};
	FILE *file = fopen(path, "re");
	char *text = NULL;
	int err = ERR_NOT_FOUND;
	size_t len;

	if (file == NULL) {
		complain(&r, "the file cannot be opened.");
		return err;
	}
	err = ERR_NOMEM;
	text = malloc(CONFIG_FILE_MAX + 1);
	if (text == NULL)
		goto out;
	len = fread(text, 1, CONFIG_FILE_MAX + 1, file);
	err = ERR_IO;
	if (ferror(file)) {
		complain(&r, "the file cannot be read.");
		goto out;
	}
	err = ERR_CONFIG;
	if (len > CONFIG_FILE_MAX)
		complain(&r, "the file is larger than %zu bytes.", CONFIG_FILE_MAX);
	else
		err = config_parse(c, path, text, len, errors);
out:
	free(text);
	fclose(file);
	return err;
}

int config_set(struct config *c, const char *assignment, struct buf *errors)
{
	struct reading r = {.c = c, .name = "--set", .errors = errors};
	const char *equals = strchr(assignment, '=');
	char name[64];

	if (equals == NULL || equals == assignment || (size_t)(equals - assignment) >= sizeof name) {
		complain(&r, "write --set KEY=VALUE.");
		return ERR_CONFIG;
	}
	snprintf(name, sizeof name, "%.*s", (int)(equals - assignment), assignment);
	on_pair(&r, "", name, equals + 1);
	return r.wrong ? ERR_CONFIG : 0;
}

int config_check(const struct config *c, struct buf *errors)
{
	struct reading r = {.name = "configuration", .errors = errors};
	struct rlimit fds;

	if (c->out_pause_kib > c->out_max_kib)
		complain(&r, "out_pause_kib is above out_max_kib.");
	if (c->memory_mib < c->out_max_kib / 1024)
		complain(&r, "memory_mib is less than one connection may hold (out_max_kib).");
	if (c->state_dir[0] != '/')
		complain(&r, "state_dir must begin with a slash.");
	if (getrlimit(RLIMIT_NOFILE, &fds) == 0 && fds.rlim_max < (rlim_t)c->max_connections + CONFIG_SPARE_FDS)
		complain(&r, "max_connections is %u, but the process may open only %llu descriptors; %d are kept for itself.",
		         c->max_connections, (unsigned long long)fds.rlim_max, CONFIG_SPARE_FDS);
	return r.wrong ? ERR_CONFIG : 0;
}

static void put_preset(struct buf *out, const struct row *row)
{
	char number[16];
	const char *word = row->text;

	if (row->kind == KIND_U32) {
		snprintf(number, sizeof number, "%u", row->preset);
		buf_put(out, number, strlen(number));
		return;
	}
	for (uint32_t i = 0; row->kind == KIND_WORD && i < row->preset; i++)
		word += strcspn(word, "|") + 1;
	buf_put(out, word, row->kind == KIND_WORD ? strcspn(word, "|") : strlen(word));
}

int config_help(struct buf *out)
{
	char text[256];

	for (size_t i = 0; i < ROWS; i++) {
		const struct row *row = &rows[i];

		snprintf(text, sizeof text, "# %s\n", row->help);
		buf_put(out, text, strlen(text));
		if (row->kind == KIND_WORD)
			snprintf(text, sizeof text, "# One of: %s\n", row->text);
		else
			snprintf(text, sizeof text, "# From %u to %u%s\n", row->min, row->max,
			         row->kind == KIND_TEXT ? " characters" : "");
		buf_put(out, text, strlen(text));
		snprintf(text, sizeof text, "#%s = ", row->name);
		buf_put(out, text, strlen(text));
		put_preset(out, row);
		buf_put(out, "\n\n", 2);
	}
	return buf_err(out);
}
