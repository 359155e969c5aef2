/* psynote_guard: see psynote_guard.h. */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "psynote_guard.h"

#define NOT_HERE " belong in the session record, not in psychotherapy notes (45 CFR 164.501). Use: "
#define DOSES "Doses" NOT_HERE "kap session dose \xe2\x80\xa6"
#define VITALS "Vitals" NOT_HERE "kap session vitals \xe2\x80\xa6"
#define TIMES "Start and stop times" NOT_HERE "kap session start \xe2\x80\xa6"
#define MEASURES                                                                                                       \
	"Measures belong in the clinical record, not in psychotherapy notes (45 CFR 164.501). Use: kap measure "           \
	"\xe2\x80\xa6"

/* What stands before the colon, in small letters, with spaces and hyphens left out. */
static const struct {
	const char *word, *sentence;
} fields[] = {
    {"dose", DOSES},       {"doses", DOSES},          {"booster", DOSES},      {"vitals", VITALS},
    {"bp", VITALS},        {"bloodpressure", VITALS}, {"hr", VITALS},          {"heartrate", VITALS},
    {"pulse", VITALS},     {"spo2", VITALS},          {"temp", VITALS},        {"score", MEASURES},
    {"scores", MEASURES},  {"measure", MEASURES},     {"phq9", MEASURES},      {"gad7", MEASURES},
    {"pcl5", MEASURES},    {"start", TIMES},          {"stop", TIMES},         {"started", TIMES},
    {"stopped", TIMES},    {"ended", TIMES},          {"end", TIMES},          {"starttime", TIMES},
    {"stoptime", TIMES},   {"endtime", TIMES},        {"sessionstart", TIMES}, {"sessionstop", TIMES},
    {"sessionend", TIMES},
};

#define WORD_MAX 24

/* The word before a colon at the beginning of a line; marks of a list do not count. False: there is none. */
static bool take_word(const char *line, size_t len, char out[WORD_MAX])
{
	size_t n = 0, i = 0;
	while (i < len && (isspace((unsigned char)line[i]) || strchr("-*#>", line[i])))
		i++;
	for (; i < len && line[i] != ':' && line[i] != '='; i++) {
		if (line[i] == ' ' || line[i] == '-' || line[i] == '_')
			continue;
		if (!isalnum((unsigned char)line[i]) || n == WORD_MAX - 1)
			return false;
		out[n++] = (char)tolower((unsigned char)line[i]);
	}
	out[n] = '\0';
	return i < len && n > 0;
}

static const char *sentence_of(const char *word)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strcmp(fields[i].word, word) == 0)
			return fields[i].sentence;
	return NULL;
}

const char *psynote_guard_find(const char *text, size_t len)
{
	char word[WORD_MAX];
	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t line = end ? (size_t)(end - text) - at : len - at;
		const char *sentence = take_word(text + at, line, word) ? sentence_of(word) : NULL;
		if (sentence)
			return sentence;
		at += line + 1;
	}
	return NULL;
}
