/* vitals: see vitals.h. */
#include "vitals.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/care/event.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "proto/buf.h"
#include "proto/content.h"

#include "client/cmd/form.h"

#define LINE_MAX_LEN 80
#define DIGITS "0123456789"

bool vitals_any(const struct content *c)
{
	for (uint32_t key = EVENT_SYS; key <= EVENT_TEMP; key++)
		if (content_has(c, key))
			return true;
	return false;
}

int vitals_check(struct form *f)
{
	uint64_t sys = content_u64(f->content, EVENT_SYS, 0), dia = content_u64(f->content, EVENT_DIA, 0);
	if (!sys != !dia)
		return kap_fail(f->kap, KAP_INVALID, "Blood pressure needs two numbers like 212/118. Nothing was saved.");
	if (!sys || dia < sys)
		return KAP_OK;
	if (dia == sys)
		return kap_fail(f->kap, KAP_INVALID,
		                "Top number (%" PRIu64 ") must be larger than the bottom (%" PRIu64 "). %s", sys, dia, f->lost);
	return kap_fail(f->kap, KAP_INVALID,
	                "Top number (%" PRIu64 ") must be larger than the bottom (%" PRIu64 "). Did you mean %" PRIu64
	                "/%" PRIu64 "? %s",
	                sys, dia, dia, sys, f->lost);
}

static bool is_number(const char *text, size_t len)
{
	return len > 0 && strspn(text, DIGITS) >= len;
}

static int read_pressure(struct form *f, const char *typed)
{
	char top[16];
	const char *slash = strchr(typed, '/');
	size_t len = slash ? (size_t)(slash - typed) : 0;
	if (!slash || len >= sizeof(top) || !is_number(typed, len) || !is_number(slash + 1, strlen(slash + 1)))
		return kap_fail(f->kap, KAP_INVALID, "Blood pressure needs two numbers like 212/118. Nothing was saved.");
	snprintf(top, sizeof(top), "%.*s", (int)len, typed);
	int exit_code = form_set(f, EVENT_SYS, top);
	if (!exit_code)
		exit_code = form_set(f, EVENT_DIA, slash + 1);
	return exit_code ? exit_code : vitals_check(f);
}

static int read_one(struct form *f, uint32_t key, const char *typed)
{
	return key == EVENT_SYS ? read_pressure(f, typed) : form_set(f, key, typed);
}

static int read_words(struct form *f, int argc, char *const *argv)
{
	static const uint32_t order[] = {EVENT_SYS, EVENT_HR, EVENT_SPO2};
	int exit_code = KAP_OK;
	if (argc > 3)
		return kap_fail(f->kap, KAP_USAGE,
		                "Vitals are blood pressure, heart rate, oxygen, such as 122/79 68 98; the rest are options. %s",
		                f->lost);
	for (int i = 0; !exit_code && i < argc; i++)
		exit_code = read_one(f, order[i], argv[i]);
	return exit_code;
}

int vitals_read(struct form *f, int argc, char *const *argv)
{
	static const struct {
		const char *name;
		uint32_t key;
	} rows[] = {
	    {"bp", EVENT_SYS}, {"hr", EVENT_HR}, {"spo2", EVENT_SPO2}, {"rr", EVENT_RR}, {"temp", EVENT_TEMP},
	};
	int exit_code = read_words(f, argc, argv);
	for (size_t i = 0; !exit_code && i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *typed = cmd_opt(f->kap, rows[i].name);
		if (typed)
			exit_code = read_one(f, rows[i].key, typed);
	}
	return exit_code;
}

/* The same for one line: "122/79 68 98". */
static int read_line(struct form *f, const char *line)
{
	char copy[LINE_MAX_LEN + 1], *rest = copy, *word, *words[4];
	int n = 0;
	snprintf(copy, sizeof(copy), "%s", line);
	while (n < 4 && (word = strsep(&rest, " ")))
		if (*word)
			words[n++] = word;
	return read_words(f, n, words);
}

int vitals_ask(struct form *f, const char *question)
{
	struct buf line;
	int exit_code;
	if (!form_asks(f) || vitals_any(f->content))
		return KAP_OK;
	out_show(f->kap->out);
	buf_init(&line, 0);
	do {
		int err = prompt_line(f->kap->prompt, question, LINE_MAX_LEN, &line);
		exit_code = err ? kap_fail_err(f->kap, err, f->lost) : KAP_OK;
		if (err)
			break;
		exit_code = read_line(f, (const char *)line.data);
		for (uint32_t key = EVENT_SYS; exit_code && key <= EVENT_TEMP; key++)
			content_drop(f->content, key);
	} while (exit_code && prompt_interactive(f->kap->prompt));
	buf_wipe(&line);
	return exit_code;
}
