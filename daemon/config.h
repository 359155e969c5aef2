/* config: kapd.conf, `key = value` lines read through libinih. Every key is a row of config.def: name, bounds, default
 * and help in one place. All that is wrong is reported at once, with line numbers. Knows no file but the one it is
 * given and decides nothing. Not for sharing between threads while it is being read. */
#ifndef KAP_DAEMON_CONFIG_H
#define KAP_DAEMON_CONFIG_H

#include <stddef.h>
#include <stdint.h>

struct buf;

#define CONFIG_TEXT_MAX 255
#define CONFIG_FILE_MAX ((size_t)64 << 10)
#define CONFIG_LINE_MAX 197 /* what libinih takes, without the end of the line */

struct config {
#define CONFIG_U32(name, min, max, preset, help) uint32_t name;
#define CONFIG_TEXT(name, min, max, preset, help) char name[CONFIG_TEXT_MAX + 1];
#define CONFIG_WORD(name, words, preset, help) uint32_t name; /* index into the words */
#include "config.def"
#undef CONFIG_U32
#undef CONFIG_TEXT
#undef CONFIG_WORD
};

/* Every key at its default, which is always within its bounds. */
void config_defaults(struct config *c);

/* Reads `text` (len bytes) over what `c` holds. `name` stands in the messages: one line each appended to `errors`
 * ("kapd.conf:3: port: ..."). ERR_CONFIG when anything at all was wrong; `c` is then not to be used. ERR_NOMEM. */
int config_parse(struct config *c, const char *name, const char *text, size_t len, struct buf *errors);

/* Reads the file at `path` the same way. ERR_NOT_FOUND, ERR_IO (with a line in errors); errors of config_parse. */
int config_load(struct config *c, const char *path, struct buf *errors);

/* One "key=value" from the command line; overrides the file. ERR_CONFIG. */
int config_set(struct config *c, const char *assignment, struct buf *errors);

/* What no single key can say: the limits fit each other and the process's descriptors. ERR_CONFIG. */
int config_check(const struct config *c, struct buf *errors);

/* Appends every key with its bounds, its default and its help, as a commented configuration file. */
int config_help(struct buf *out);

#endif
