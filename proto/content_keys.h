/* content_keys: the numbers of the base kinds and of their fields, as they stand in contents (PROTOCOL.md section 7).
 * A number never comes to mean something else. Clinical kinds have theirs beside their tables. */
#ifndef KAP_PROTO_CONTENT_KEYS_H
#define KAP_PROTO_CONTENT_KEYS_H

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

#endif
