/* log: what an operator is told, one line of key=value an event, on standard error. An event and its fields have names
 * that are literals in the source; values are numbers, short ids, errors and words from the program's own tables. There
 * is no way to pass text: no body, name, address or key can be logged. Knows no file and no syslog; journald adds the
 * time. Any thread; one write(2) a line. The only module with state of its own besides the mains. */
#ifndef KAP_DAEMON_LOG_H
#define KAP_DAEMON_LOG_H

#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVELS };

enum log_kind { LOG_KIND_U64, LOG_KIND_I64, LOG_KIND_ID, LOG_KIND_ERR, LOG_KIND_WORD };

struct log_field {
	const char *name;
	enum log_kind kind;
	union {
		uint64_t u64;
		int64_t i64;
		const uint8_t *id;
		int err;
		const char *word;
	} v;
};

/* "" beside the name makes anything but a literal a compile error. */
#define LOG_U64(key, n) ((struct log_field){.name = "" key, .kind = LOG_KIND_U64, .v = {.u64 = (n)}})
#define LOG_I64(key, n) ((struct log_field){.name = "" key, .kind = LOG_KIND_I64, .v = {.i64 = (n)}})
/* The first 8 bytes of an id of 16 or more, as hex; NULL prints as "-". */
#define LOG_ID(key, p) ((struct log_field){.name = "" key, .kind = LOG_KIND_ID, .v = {.id = (p)}})
/* A negative err by its name. */
#define LOG_ERR(e) ((struct log_field){.name = "err", .kind = LOG_KIND_ERR, .v = {.err = (e)}})
/* errno by its short name ("ENOSPC"). */
#define LOG_ERRNO(e) ((struct log_field){.name = "errno", .kind = LOG_KIND_WORD, .v = {.word = log_errno_word(e)}})
/* A word from a table of the program: letters, digits, _ and -, at most 24; anything else prints as "?". */
#define LOG_WORD(key, w) ((struct log_field){.name = "" key, .kind = LOG_KIND_WORD, .v = {.word = (w)}})

#define LOG_FIELDS(...)                                                                                                \
	((const struct log_field[]){__VA_ARGS__}),                                                                         \
	    sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field)

/* log_error("store_full", LOG_U64("used", n), LOG_ERR(err)); at least one field. */
#define log_error(event, ...) log_write(LOG_LEVEL_ERROR, "" event, LOG_FIELDS(__VA_ARGS__))
#define log_warn(event, ...) log_write(LOG_LEVEL_WARN, "" event, LOG_FIELDS(__VA_ARGS__))
#define log_info(event, ...) log_write(LOG_LEVEL_INFO, "" event, LOG_FIELDS(__VA_ARGS__))
#define log_debug(event, ...) log_write(LOG_LEVEL_DEBUG, "" event, LOG_FIELDS(__VA_ARGS__))

/* For what a peer can cause as often as it likes: at most 5 lines an event and 10 seconds; the next line that is
 * written says how many were not (`skipped=`). */
#define log_noisy(level, event, ...) log_write_limited(level, "" event, LOG_FIELDS(__VA_ARGS__))

void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t n);
void log_write_limited(enum log_level level, const char *event, const struct log_field *fields, size_t n);

/* Lines above `level` are not written. LOG_LEVEL_INFO at the start. */
void log_set_level(enum log_level level);
/* Where lines go (2 at the start) and whether they begin with "<N>" for journald. For main and tests. */
void log_set_output(int fd, int journal);
const char *log_level_name(enum log_level level);
const char *log_errno_word(int e);

#endif
