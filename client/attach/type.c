/* type: see type.h. The marks are those of the formats: RIFF/WAVE, RFC 3533 (Ogg) with the first packet of a sound
 * codec, ID3 or an MPEG layer III header, ISO 14496-12 with brand M4A, JPEG, PNG, PDF. */
#include "type.h"

#include <string.h>

#include <unistr.h>

#include "proto/blob.h"

static bool at(const uint8_t *head, size_t len, size_t offset, const char *mark, size_t n)
{
	return len >= offset + n && memcmp(head + offset, mark, n) == 0;
}
#define AT(offset, mark) at(head, len, offset, mark, sizeof(mark) - 1)

static bool is_wav(const uint8_t *head, size_t len)
{
	return AT(0, "RIFF") && AT(8, "WAVE");
}

#define OGG_PACKET 28 /* of a first page, which holds one packet */

static bool is_ogg(const uint8_t *head, size_t len)
{
	return AT(0, "OggS") && (AT(OGG_PACKET, "OpusHead") || AT(OGG_PACKET, "\x01vorbis") || AT(OGG_PACKET, "Speex   ") ||
	                         AT(OGG_PACKET, "\x7f"
	                                        "FLAC"));
}

static bool is_mp3(const uint8_t *head, size_t len)
{
	if (AT(0, "ID3"))
		return true;
	return len >= 4 && head[0] == 0xff && (head[1] & 0xe6) == 0xe2 && (head[1] & 0x18) != 0x08 &&
	       (head[2] & 0xf0) != 0xf0 && (head[2] & 0xf0) != 0 && (head[2] & 0x0c) != 0x0c;
}

/* The brand, or one of the compatible ones. */
static bool is_m4a(const uint8_t *head, size_t len)
{
	if (!AT(4, "ftyp"))
		return false;
	size_t box = (size_t)head[2] << 8 | head[3];
	for (size_t i = 8; head[0] == 0 && head[1] == 0 && i + 4 <= box && i + 4 <= len; i += 4)
		if (i != 12 && memcmp(head + i, "M4A ", 4) == 0)
			return true;
	return false;
}

static bool is_jpg(const uint8_t *head, size_t len)
{
	return AT(0, "\xff\xd8\xff");
}

static bool is_png(const uint8_t *head, size_t len)
{
	return AT(0, "\x89PNG\r\n\x1a\n");
}

static bool is_pdf(const uint8_t *head, size_t len)
{
	return AT(0, "%PDF-");
}

static bool is_text(const uint8_t *head, size_t len)
{
	struct type_text t = {.n = 0};
	type_text_put(&t, head, len);
	return len > 0 && !t.bad;
}

static const struct {
	struct type type;
	bool (*is)(const uint8_t *head, size_t len);
} rows[] = {
    {{"audio/wav", "recording", "wav", BLOB_FILE_MAX, false}, is_wav},
    {{"audio/ogg", "recording", "ogg", BLOB_FILE_MAX, false}, is_ogg},
    {{"audio/mpeg", "recording", "mp3", BLOB_FILE_MAX, false}, is_mp3},
    {{"audio/mp4", "recording", "m4a", BLOB_FILE_MAX, false}, is_m4a},
    {{"image/jpeg", "picture", "jpg", BLOB_FILE_MAX_OTHER, false}, is_jpg},
    {{"image/png", "picture", "png", BLOB_FILE_MAX_OTHER, false}, is_png},
    {{"application/pdf", "PDF", "pdf", BLOB_FILE_MAX_OTHER, false}, is_pdf},
    {{"text/plain", "text", "txt", BLOB_FILE_MAX_OTHER, true}, is_text},
};

const struct type *type_of(const uint8_t *head, size_t len)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].is(head, len))
			return &rows[i].type;
	return NULL;
}

const struct type *type_by_media(const char *media)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].type.media, media) == 0)
			return &rows[i].type;
	return NULL;
}

static bool is_control(ucs4_t c)
{
	return (c < 0x20 && c != '\n' && c != '\t' && c != '\r' && c != '\f') || (c >= 0x7f && c < 0xa0);
}

/* One byte more of the character that is held. */
static void put_byte(struct type_text *t, uint8_t byte)
{
	ucs4_t c;
	t->held[t->n++] = byte;
	int used = u8_mbtoucr(&c, t->held, t->n);
	if (used == -2 && t->n < sizeof(t->held))
		return; /* not all of it yet */
	t->bad = used <= 0 || is_control(c);
	t->n = 0;
}

void type_text_put(struct type_text *t, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len && !t->bad; i++)
		put_byte(t, bytes[i]);
}

bool type_text_end(const struct type_text *t)
{
	return !t->bad && t->n == 0;
}
