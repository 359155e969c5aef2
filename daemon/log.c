/* log: see log.h. A line is put together on the stack and written in one piece; what does not fit is cut. */
#include "log.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "proto/err.h"

#define LOG_LINE_MAX 512
#define LOG_WORD_MAX 24
#define LOG_ID_BYTES 8
#define LOG_NOISY_EVENTS 32
#define LOG_NOISY_LINES 5
#define LOG_NOISY_SECONDS 10

static const char *const level_names[LOG_LEVELS] = {"error", "warn", "info", "debug"};
static const char level_priority[LOG_LEVELS] = {'3', '4', '6', '7'}; /* of syslog */

static atomic_int threshold = LOG_LEVEL_INFO;
static atomic_int output = 2;
static atomic_int for_journal;

/* How often each noisy event was seen in its present stretch of time. */
static struct {
	pthread_mutex_t lock;
	struct {
		const char *event;
		time_t since;
		uint64_t lines, skipped;
	} events[LOG_NOISY_EVENTS];
} noisy = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct line {
	char text[LOG_LINE_MAX];
	size_t len;
};

static void add(struct line *l, const char *text, size_t len)
{
	size_t room = sizeof l->text - 1 - l->len; /* for the newline */

	if (len > room)
		len = room;
	memcpy(l->text + l->len, text, len);
	l->len += len;
}

static void add_id(struct line *l, const uint8_t *id)
{
	char hex[3];

	if (id == NULL) {
		add(l, "-", 1);
		return;
	}
	for (size_t i = 0; i < LOG_ID_BYTES; i++) {
		snprintf(hex, sizeof hex, "%02x", id[i]);
		add(l, hex, 2);
	}
}

static bool is_word(const char *word)
{
	size_t len = word != NULL ? strnlen(word, LOG_WORD_MAX + 1) : 0;

	if (len == 0 || len > LOG_WORD_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", word[i]) == NULL)
			return false;
	return true;
}

static void add_value(struct line *l, const struct log_field *f)
{
	char number[24];
	const char *word = NULL;

	switch (f->kind) {
	case LOG_KIND_U64:
		snprintf(number, sizeof number, "%llu", (unsigned long long)f->v.u64);
		word = number;
		break;
	case LOG_KIND_I64:
		snprintf(number, sizeof number, "%lld", (long long)f->v.i64);
		word = number;
		break;
	case LOG_KIND_ID:
		add_id(l, f->v.id);
		return;
	case LOG_KIND_ERR:
		word = err_name(f->v.err);
		break;
	case LOG_KIND_WORD:
		word = is_word(f->v.word) ? f->v.word : "?";
		break;
	}
	add(l, word != NULL ? word : "?", word != NULL ? strlen(word) : 1);
}

static void write_line(enum log_level level, const char *event, const struct log_field *fields, size_t n,
                       uint64_t skipped)
{
	struct line l = {.len = 0};
	const char *name = log_level_name(level);
	struct log_field more = LOG_U64("skipped", skipped);
	ssize_t unused;

	if (atomic_load(&for_journal))
		add(&l, (const char[]){'<', level_priority[level], '>'}, 3);
	add(&l, "level=", 6);
	add(&l, name, strlen(name));
	add(&l, " event=", 7);
	add(&l, event, strlen(event));
	for (size_t i = 0; i <= n; i++) {
		const struct log_field *f = i < n ? &fields[i] : &more;

		if (i == n && skipped == 0)
			break;
		add(&l, " ", 1);
		add(&l, f->name, strlen(f->name));
		add(&l, "=", 1);
		add_value(&l, f);
	}
	l.text[l.len++] = '\n';
	do
		unused = write(atomic_load(&output), l.text, l.len);
	while (unused < 0 && errno == EINTR);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t n)
{
	if ((int)level <= atomic_load(&threshold))
		write_line(level, event, fields, n, 0);
}

/* True if this one may be written; *skipped is what was left out since the last that was. */
static bool may_write(const char *event, uint64_t *skipped)
{
	struct timespec now;
	bool may = true;

	*skipped = 0;
	clock_gettime(CLOCK_MONOTONIC, &now);
	pthread_mutex_lock(&noisy.lock);
	for (size_t i = 0; i < LOG_NOISY_EVENTS; i++) {
		if (noisy.events[i].event == NULL)
			noisy.events[i].event = event;
		if (strcmp(noisy.events[i].event, event) != 0)
			continue;
		if (noisy.events[i].since == 0 || now.tv_sec - noisy.events[i].since >= LOG_NOISY_SECONDS) {
			noisy.events[i].since = now.tv_sec;
			noisy.events[i].lines = 0;
		}
		may = noisy.events[i].lines++ < LOG_NOISY_LINES;
		if (may) {
			*skipped = noisy.events[i].skipped;
			noisy.events[i].skipped = 0;
		} else {
			noisy.events[i].skipped++;
		}
		break;
	}
	pthread_mutex_unlock(&noisy.lock);
	return may;
}

void log_write_limited(enum log_level level, const char *event, const struct log_field *fields, size_t n)
{
	uint64_t skipped;

	if ((int)level <= atomic_load(&threshold) && may_write(event, &skipped))
		write_line(level, event, fields, n, skipped);
}

void log_set_level(enum log_level level)
{
	atomic_store(&threshold, (int)level);
}

void log_set_output(int fd, int journal)
{
	atomic_store(&output, fd);
	atomic_store(&for_journal, journal);
}

const char *log_level_name(enum log_level level)
{
	return (unsigned)level < LOG_LEVELS ? level_names[level] : "?";
}

const char *log_errno_word(int e)
{
	const char *name = strerrorname_np(e);

	return name != NULL ? name : "unknown";
}
