/* content: the plaintext inside a record: what kind of thing it is, which item, where it stands in the item's history,
 * and fields that a table of kinds describes. The author's device validates before sealing, the reader's after opening,
 * with the same rows. Knows no record, no key and no clock. Objects are not shared between threads. Source:
 * docs/PROTOCOL.md section 7, Content. */
#ifndef KAP_PROTO_CONTENT_H
#define KAP_PROTO_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct mp_cur;
struct mp_doc;

#define CONTENT_PARENTS 8
#define CONTENT_FIELDS 64
#define CONTENT_BIN_VERSIONS_MAX 64
#define CONTENT_KIND_NEWER 64 /* kinds from here on may come from newer versions */

/* --- the table of kinds --- */

enum content_type {
	CONTENT_UINT, /* min..max */
	CONTENT_INT,  /* min..max */
	CONTENT_BOOL,
	CONTENT_TEXT,  /* UTF-8, NFC, no control characters but newline and tab; min..max in `unit` */
	CONTENT_BYTES, /* min..max bytes */
	CONTENT_TUPLE, /* an array of exactly the `parts` */
};
enum content_unit { CONTENT_IN_BYTES, CONTENT_IN_CHARACTERS };

struct content_look;

/* One field, or one part of a tuple. */
struct content_rule {
	uint32_t key;     /* 0 for a part */
	const char *name; /* for people and JSON */
	enum content_type type;
	int64_t min, max;
	enum content_unit unit;
	bool required;                    /* a field: must be there; a part: may not be nil */
	uint16_t list_min, list_max;      /* max 0: a single value; else an array of so many values of this rule */
	const struct content_rule *parts; /* of a tuple, or NULL */
	uint16_t n_parts;
	int (*check)(const void *bytes, size_t len); /* a further rule for text or bytes: 0 or ERR_SCHEMA; or NULL */
	const struct content_look *look;             /* how people are shown and asked it: for upper layers; or NULL */
};

struct content;

/* One kind. Rows are static and live in one file each; a program lists those it knows in one array. */
struct content_kind {
	uint32_t kind;
	const char *name;
	uint32_t ops, classes;             /* bit n set: may travel in a record of op n, of class n */
	const struct content_rule *fields; /* ascending keys */
	uint16_t n_fields;
	int (*check)(const struct content *c); /* rules between fields: 0 or ERR_SCHEMA; or NULL */
};

/* The kinds of PROTOCOL.md section 7, and how to list them in an array together with others:
 *     const struct content_kind *const kinds[] = {CONTENT_BASE_KINDS, &care_dose, ...}; */
extern const struct content_kind content_journal, content_comment, content_message, content_acknowledgement,
    content_profile, content_receipt, content_unshare, content_device, content_stream_end, content_regiven,
    content_tombstone, content_bin_note, content_check_note;
#define CONTENT_BASE_KINDS                                                                                             \
	&content_journal, &content_comment, &content_message, &content_acknowledgement, &content_profile,                  \
	    &content_receipt, &content_unshare, &content_device, &content_stream_end, &content_regiven,                    \
	    &content_tombstone, &content_bin_note, &content_check_note

struct content_kinds {
	const struct content_kind *const *rows;
	size_t n;
};
/* Only the base kinds. */
extern const struct content_kinds content_base_kinds;

/* The numbers of the base kinds and their keys. */
enum {
	CONTENT_JOURNAL = 1,
	CONTENT_COMMENT,
	CONTENT_MESSAGE,
	CONTENT_ACKNOWLEDGEMENT,
	CONTENT_PROFILE,
	CONTENT_RECEIPT,
	CONTENT_UNSHARE,
	CONTENT_DEVICE,
	CONTENT_STREAM_END,
	CONTENT_REGIVEN,
	CONTENT_TOMBSTONE,
	CONTENT_BIN,
	CONTENT_CHECK = 13,
};
enum {
	CONTENT_TITLE = 1,
	CONTENT_BODY = 2, /* also the note of an acknowledgement */
	CONTENT_TAGS = 3,
	CONTENT_MOOD = 4,
	CONTENT_PROMPT = 5,
	CONTENT_PHASE = 6,
	CONTENT_ATTACHMENTS = 7, /* see attachment.h */
	CONTENT_GIVEN = 8,       /* its author gave it to the clinical record */
	CONTENT_ASSIGNMENT = 9,  /* what asked for it: [author, item] */
	CONTENT_ON_ITEM = 10,
	CONTENT_ON_RID = 11,
	CONTENT_ANCHOR = 12,
	CONTENT_THREAD = 20,
	CONTENT_PRIORITY = 21,
	CONTENT_MESSAGE_TYPE = 22,
	CONTENT_REPLY_TO = 23,
	CONTENT_MESSAGE_FIELDS = 24, /* [[name, value]...] as the type asks for them */
	CONTENT_WITHDRAWN = 25,      /* its author has withdrawn it; the text stays for the record */
	CONTENT_NAME = 40,
	CONTENT_PRONOUNS = 41,
	CONTENT_STATE = 50,
	CONTENT_UNSHARED_ITEM = 60,
	CONTENT_UNSHARED_FROM = 61,
	CONTENT_DELETED_ITEM = 60,
	CONTENT_BIN_VERSIONS = 62,
	CONTENT_BIN_UNTIL = 63,
	CONTENT_DELETED_KIND = 64,
	CONTENT_DEVICE_ID = 70,
	CONTENT_DEVICE_NAME = 71,
	CONTENT_ENDED_DEVICE = 72,
	CONTENT_LAST_SEQ = 73,
	CONTENT_LAST_RID = 74,
	CONTENT_GIVEN_RECORD = 80,
	CONTENT_GIVEN_KEY = 81,
	CONTENT_GIVEN_SALT = 82,
	CONTENT_GIVEN_CONTENT = 83,
	CONTENT_CHECKED = 90,      /* genesis */
	CONTENT_CHECKED_HEAD = 91, /* of that person's key chain */
	CONTENT_CHECK_STATE = 92,
};

/* --- one content --- */

struct content_head {
	uint32_t kind; /* from 1 */
	uint8_t item[16];
	uint32_t n_parents;
	uint8_t parents[CONTENT_PARENTS][32];
	uint64_t at_ms;   /* when it happened */
	int16_t offset;   /* minutes east of UTC there, -720..840 */
	uint64_t made_ms; /* when it was written */
	bool has_subject;
	uint8_t subject[16]; /* pid of the client it is about */
};

/* An empty content with this head. NULL without memory. content_free wipes; NULL is legal. */
struct content *content_new(const struct content_head *head);
void content_free(struct content *c);
/* A new content with this head and all fields of `from`, also those it has no row for. NULL without memory. */
struct content *content_copy(const struct content *from, const struct content_head *head);
const struct content_head *content_peek_head(const struct content *c);
/* Puts another rid in the place of parent `i`, which must exist: a revision written before its parent was sealed. */
void content_set_parent(struct content *c, uint32_t i, const uint8_t rid[32]);

/* Decodes and validates against `kinds`. Kinds from CONTENT_KIND_NEWER on that are not listed, and fields that their
 * kind does not list, are kept and flagged, not refused. *out is the caller's. ERR_SCHEMA (kind, field, text),
 * ERR_SUITE, ERR_SHAPE, mp_open's errors. Copies what it keeps. */
int content_decode(const void *bytes, size_t len, const struct content_kinds *kinds, struct content **out);

/* Validates as content_decode does and appends the encoding, fields in order of key, unknown ones as they came.
 * ERR_SCHEMA, ERR_TOO_BIG; nothing is appended after an error. */
int content_encode(const struct content *c, const struct content_kinds *kinds, struct buf *out);

/* ERR_SCHEMA when this kind may not travel in such a record. A kind that is not listed may in any. */
int content_check_place(const struct content *c, const struct content_kinds *kinds, unsigned record_class, unsigned op);

/* The row of this kind, NULL when it is not listed. */
const struct content_kind *content_find_kind(const struct content_kinds *kinds, uint32_t kind);
/* The rule that content_encode or content_decode would have refused, for an error message: NULL if none, or several. */
const struct content_rule *content_find_fault(const struct content *c, const struct content_kinds *kinds);
/* True if the kind or one of the fields is not listed. */
bool content_is_newer(const struct content *c, const struct content_kinds *kinds);

/* --- fields --- */

bool content_has(const struct content *c, uint32_t key);
/* Getters: the default or false/NULL where the field is absent or of another type. Borrowed until the next set. */
uint64_t content_u64(const struct content *c, uint32_t key, uint64_t absent);
int64_t content_i64(const struct content *c, uint32_t key, int64_t absent);
bool content_bool(const struct content *c, uint32_t key, bool absent);
const char *content_str(const struct content *c, uint32_t key, size_t *len); /* not NUL-terminated */
const uint8_t *content_bin(const struct content *c, uint32_t key, size_t *len);
/* Opens a list or tuple: *inside walks its elements, *doc is closed by the caller. ERR_NOT_FOUND, ERR_SHAPE. */
int content_open(const struct content *c, uint32_t key, struct mp_doc **doc, struct mp_cur *inside);
/* The i-th field, false beyond the last: to show or export what one has no row for. */
bool content_field_at(const struct content *c, size_t i, uint32_t *key);

/* Setters replace the field. ERR_NOMEM, ERR_RANGE (too many fields), ERR_TOO_BIG; content_encode checks the rules. */
int content_set_u64(struct content *c, uint32_t key, uint64_t v);
int content_set_i64(struct content *c, uint32_t key, int64_t v);
int content_set_bool(struct content *c, uint32_t key, bool v);
int content_set_str(struct content *c, uint32_t key, const char *text, size_t len);
int content_set_bin(struct content *c, uint32_t key, const void *bytes, size_t len);
/* A list or tuple: `array` is one canonical array built with mp_put_*. ERR_CANON and the like when it is not. */
int content_set_array(struct content *c, uint32_t key, const void *array, size_t len);
int content_drop(struct content *c, uint32_t key);

/* ERR_SCHEMA unless `text` is UTF-8 in NFC without control characters other than newline and tab. *characters (may be
 * NULL) counts code points. */
int content_check_text(const char *text, size_t len, size_t *characters);

#endif
