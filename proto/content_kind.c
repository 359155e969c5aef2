/* content_kind: the rows of the kinds that every version knows (PROTOCOL.md section 7). Other kinds are rows like these
 * in files of their own; a program lists all it knows in one array. */
#include "content.h"

#include <string.h>

#include "attachment.h"
#include "crypto.h"
#include "err.h"
#include "mp.h"
#include "record.h"

#define OP(op) (1u << (op))
#define IN(record_class) (1u << (record_class))
#define KIB 1024
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BODY_MAX (960 * KIB)
#define TAG_MAX 32

/* [a-z0-9][a-z0-9-]{0,31} */
static int check_tag(const void *bytes, size_t len)
{
	const char *s = bytes;

	if (len == 0 || len > TAG_MAX)
		return ERR_SCHEMA;
	for (size_t i = 0; i < len; i++) {
		bool plain = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9');

		if (!plain && (i == 0 || s[i] != '-'))
			return ERR_SCHEMA;
	}
	return 0;
}

/* A name is for one line and for one folder; what a device shows and stores is made safe once more. */
static int check_file_name(const void *bytes, size_t len)
{
	return memchr(bytes, '/', len) || memchr(bytes, '\n', len) || memchr(bytes, '\t', len) ? ERR_SCHEMA : 0;
}

/* type/subtype, lower case */
static int check_media(const void *bytes, size_t len)
{
	const char *s = bytes, *slash = memchr(bytes, '/', len);

	if (!slash || slash == s || slash == s + len - 1 || memchr(slash + 1, '/', (size_t)(s + len - slash) - 1))
		return ERR_SCHEMA;
	for (size_t i = 0; i < len; i++)
		if (!(s[i] >= 'a' && s[i] <= 'z') && !(s[i] >= '0' && s[i] <= '9') && !memchr("/.+-", s[i], 4))
			return ERR_SCHEMA;
	return 0;
}

static const struct content_rule attachment_parts[] = {
    {.name = "blob", .type = CONTENT_BYTES, .min = BLOB_ID, .max = BLOB_ID, .required = true},
    {.name = "key", .type = CONTENT_BYTES, .min = BLOB_KEY, .max = BLOB_KEY, .required = true},
    {.name = "length", .type = CONTENT_UINT, .min = BLOB_LEN_MIN, .max = BLOB_LEN_MAX, .required = true},
    {.name = "root", .type = CONTENT_BYTES, .min = BLOB_HASH, .max = BLOB_HASH, .required = true},
    {.name = "size", .type = CONTENT_UINT, .max = BLOB_FILE_MAX, .required = true},
    {.name = "name",
     .type = CONTENT_TEXT,
     .min = 1,
     .max = 120,
     .unit = CONTENT_IN_CHARACTERS,
     .required = true,
     .check = check_file_name},
    {.name = "media",
     .type = CONTENT_TEXT,
     .min = 1,
     .max = ATTACHMENT_MEDIA_MAX,
     .required = true,
     .check = check_media},
};
#define ATTACHMENTS                                                                                                    \
	{                                                                                                                  \
		.key = CONTENT_ATTACHMENTS, .name = "attachments", .type = CONTENT_TUPLE, .list_max = ATTACHMENT_MAX,          \
		.parts = attachment_parts, .n_parts = COUNT(attachment_parts)                                                  \
	}

/* The sizes fit each other, and no blob stands there twice. */
static int check_attachments(const struct content *c)
{
	struct attachment a[ATTACHMENT_MAX];
	uint32_t n = attachment_count(c);
	int err = 0;

	for (uint32_t i = 0; i < n && !err; i++) {
		err = attachment_get(c, i, &a[i]);
		if (!err && blob_len(a[i].size) != a[i].len)
			err = ERR_SCHEMA;
		for (uint32_t j = 0; j < i && !err; j++)
			if (memcmp(a[i].id, a[j].id, BLOB_ID) == 0)
				err = ERR_SCHEMA;
	}
	crypto_wipe(a, sizeof a);
	return err;
}

static const struct content_rule item_parts[] = {
    {.name = "author", .type = CONTENT_BYTES, .min = 16, .max = 16, .required = true},
    {.name = "item", .type = CONTENT_BYTES, .min = 16, .max = 16, .required = true},
};
static const struct content_rule journal_fields[] = {
    {.key = CONTENT_TITLE, .name = "title", .type = CONTENT_TEXT, .max = 120, .unit = CONTENT_IN_CHARACTERS},
    {.key = CONTENT_BODY, .name = "body", .type = CONTENT_TEXT, .max = BODY_MAX, .required = true},
    {.key = CONTENT_TAGS, .name = "tags", .type = CONTENT_TEXT, .max = TAG_MAX, .list_max = 16, .check = check_tag},
    {.key = CONTENT_MOOD, .name = "mood", .type = CONTENT_UINT, .max = 10},
    {.key = CONTENT_PROMPT, .name = "prompt", .type = CONTENT_TEXT, .min = 1, .max = 32},
    {.key = CONTENT_PHASE, .name = "phase", .type = CONTENT_UINT, .max = 4},
    ATTACHMENTS,
    {.key = CONTENT_GIVEN, .name = "given", .type = CONTENT_BOOL},
    {.key = CONTENT_ASSIGNMENT,
     .name = "assignment",
     .type = CONTENT_TUPLE,
     .parts = item_parts,
     .n_parts = COUNT(item_parts)},
};
const struct content_kind content_journal = {
    .kind = CONTENT_JOURNAL,
    .name = "journal",
    .ops = OP(RECORD_CONTENT) | OP(RECORD_SHARE),
    .classes = IN(RECORD_PRIVATE) | IN(RECORD_SHARED) | IN(RECORD_CLINICAL),
    .fields = journal_fields,
    .n_fields = COUNT(journal_fields),
    .check = check_attachments,
};

static const struct content_rule anchor_parts[] = {
    {.name = "start", .type = CONTENT_UINT, .max = BODY_MAX, .required = true},
    {.name = "length", .type = CONTENT_UINT, .max = BODY_MAX, .required = true},
};
static const struct content_rule comment_fields[] = {
    {.key = CONTENT_BODY, .name = "body", .type = CONTENT_TEXT, .min = 1, .max = 4 * KIB, .required = true},
    {.key = CONTENT_ON_ITEM,
     .name = "on-item",
     .type = CONTENT_TUPLE,
     .required = true,
     .parts = item_parts,
     .n_parts = COUNT(item_parts)},
    {.key = CONTENT_ON_RID, .name = "on-rid", .type = CONTENT_BYTES, .min = 32, .max = 32, .required = true},
    {.key = CONTENT_ANCHOR,
     .name = "anchor",
     .type = CONTENT_TUPLE,
     .parts = anchor_parts,
     .n_parts = COUNT(anchor_parts)},
};
const struct content_kind content_comment = {
    .kind = CONTENT_COMMENT,
    .name = "comment",
    .ops = OP(RECORD_CONTENT),
    .classes = IN(RECORD_PRIVATE) | IN(RECORD_SHARED) | IN(RECORD_CLINICAL),
    .fields = comment_fields,
    .n_fields = COUNT(comment_fields),
};

static const struct content_rule pair_parts[] = {
    {.name = "name", .type = CONTENT_TEXT, .min = 1, .max = 32, .required = true},
    {.name = "value", .type = CONTENT_TEXT, .min = 1, .max = 4 * KIB, .unit = CONTENT_IN_CHARACTERS, .required = true},
};
static const struct content_rule message_fields[] = {
    {.key = CONTENT_BODY, .name = "body", .type = CONTENT_TEXT, .min = 1, .max = 16 * KIB, .required = true},
    ATTACHMENTS,
    {.key = CONTENT_THREAD, .name = "thread", .type = CONTENT_BYTES, .min = 16, .max = 16, .required = true},
    {.key = CONTENT_PRIORITY, .name = "priority", .type = CONTENT_UINT, .max = 3, .required = true},
    {.key = CONTENT_MESSAGE_TYPE, .name = "type", .type = CONTENT_TEXT, .min = 1, .max = 32},
    {.key = CONTENT_REPLY_TO, .name = "reply-to", .type = CONTENT_BYTES, .min = 32, .max = 32},
    {.key = CONTENT_MESSAGE_FIELDS,
     .name = "fields",
     .type = CONTENT_TUPLE,
     .list_max = 16,
     .parts = pair_parts,
     .n_parts = COUNT(pair_parts)},
    {.key = CONTENT_WITHDRAWN, .name = "withdrawn", .type = CONTENT_BOOL},
};
const struct content_kind content_message = {
    .kind = CONTENT_MESSAGE,
    .name = "message",
    .ops = OP(RECORD_CONTENT),
    .classes = IN(RECORD_PRIVATE) | IN(RECORD_SHARED) | IN(RECORD_CLINICAL),
    .fields = message_fields,
    .n_fields = COUNT(message_fields),
    .check = check_attachments,
};

static const struct content_rule acknowledgement_fields[] = {
    {.key = CONTENT_BODY, .name = "note", .type = CONTENT_TEXT, .max = 4 * KIB},
};
const struct content_kind content_acknowledgement = {
    .kind = CONTENT_ACKNOWLEDGEMENT,
    .name = "acknowledgement",
    .ops = OP(RECORD_ACKNOWLEDGE),
    .classes = IN(RECORD_SHARED) | IN(RECORD_CLINICAL),
    .fields = acknowledgement_fields,
    .n_fields = COUNT(acknowledgement_fields),
};

static const struct content_rule profile_fields[] = {
    {.key = CONTENT_NAME,
     .name = "name",
     .type = CONTENT_TEXT,
     .min = 1,
     .max = 80,
     .unit = CONTENT_IN_CHARACTERS,
     .required = true},
    {.key = CONTENT_PRONOUNS, .name = "pronouns", .type = CONTENT_TEXT, .max = 40, .unit = CONTENT_IN_CHARACTERS},
};
const struct content_kind content_profile = {
    .kind = CONTENT_PROFILE,
    .name = "profile",
    .ops = OP(RECORD_CONTENT),
    .classes = IN(RECORD_CONTROL),
    .fields = profile_fields,
    .n_fields = COUNT(profile_fields),
};

static const struct content_rule receipt_fields[] = {
    {.key = CONTENT_STATE, .name = "state", .type = CONTENT_UINT, .min = 1, .max = 2, .required = true},
};
const struct content_kind content_receipt = {
    .kind = CONTENT_RECEIPT,
    .name = "receipt",
    .ops = OP(RECORD_RECEIPT),
    .classes = IN(RECORD_CONTROL),
    .fields = receipt_fields,
    .n_fields = COUNT(receipt_fields),
};

static const struct content_rule unshare_fields[] = {
    {.key = CONTENT_UNSHARED_ITEM, .name = "item", .type = CONTENT_BYTES, .min = 16, .max = 16, .required = true},
    {.key = CONTENT_UNSHARED_FROM,
     .name = "from",
     .type = CONTENT_BYTES,
     .min = 16,
     .max = 16,
     .list_min = 1,
     .list_max = RECORD_AUDIENCE - 1,
     .required = true},
};
const struct content_kind content_unshare = {
    .kind = CONTENT_UNSHARE,
    .name = "unshare",
    .ops = OP(RECORD_UNSHARE),
    .classes = IN(RECORD_SHARED),
    .fields = unshare_fields,
    .n_fields = COUNT(unshare_fields),
};

static const struct content_rule device_fields[] = {
    {.key = CONTENT_DEVICE_ID, .name = "device", .type = CONTENT_BYTES, .min = 16, .max = 16, .required = true},
    {.key = CONTENT_DEVICE_NAME,
     .name = "name",
     .type = CONTENT_TEXT,
     .min = 1,
     .max = 80,
     .unit = CONTENT_IN_CHARACTERS,
     .required = true},
};
const struct content_kind content_device = {
    .kind = CONTENT_DEVICE,
    .name = "device",
    .ops = OP(RECORD_CONTENT),
    .classes = IN(RECORD_PRIVATE),
    .fields = device_fields,
    .n_fields = COUNT(device_fields),
};

/* Number 0 and a rid of zeroes belong together. */
static int check_stream_end(const struct content *c)
{
	static const uint8_t none[32];
	size_t len;
	const uint8_t *rid = content_bin(c, CONTENT_LAST_RID, &len);
	bool empty = rid && len == sizeof none && memcmp(rid, none, sizeof none) == 0;

	return empty == (content_u64(c, CONTENT_LAST_SEQ, 0) == 0) ? 0 : ERR_SCHEMA;
}

static const struct content_rule stream_end_fields[] = {
    {.key = CONTENT_ENDED_DEVICE, .name = "device", .type = CONTENT_BYTES, .min = 16, .max = 16, .required = true},
    {.key = CONTENT_LAST_SEQ, .name = "last-seq", .type = CONTENT_UINT, .max = MP_NUMBER_MAX, .required = true},
    {.key = CONTENT_LAST_RID, .name = "last-rid", .type = CONTENT_BYTES, .min = 32, .max = 32, .required = true},
};
const struct content_kind content_stream_end = {
    .kind = CONTENT_STREAM_END,
    .name = "stream-end",
    .ops = OP(RECORD_CONTENT),
    .classes = IN(RECORD_CONTROL),
    .fields = stream_end_fields,
    .n_fields = COUNT(stream_end_fields),
    .check = check_stream_end,
};

static const struct content_kind *const base_rows[] = {CONTENT_BASE_KINDS};
const struct content_kinds content_base_kinds = {base_rows, COUNT(base_rows)};
