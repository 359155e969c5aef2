/* content_kind_delete: the kinds by which a person deletes what is theirs: the tombstone, which is for good, and the
 * bin, which is not yet (PROTOCOL.md section 7). */
#include "content.h"

#include "err.h"
#include "mp.h"
#include "record.h"

#define OP(op) (1u << (op))
#define IN(record_class) (1u << (record_class))
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct content_rule tombstone_fields[] = {
    {.key = CONTENT_DELETED_ITEM, .name = "item", .type = CONTENT_BYTES, .min = 16, .max = 16, .required = true},
    {.key = CONTENT_DELETED_KIND, .name = "kind", .type = CONTENT_UINT, .min = 1, .max = UINT32_MAX, .required = true},
};
const struct content_kind content_tombstone = {
    .kind = CONTENT_TOMBSTONE,
    .name = "tombstone",
    .ops = OP(RECORD_TOMBSTONE),
    .classes = IN(RECORD_PRIVATE) | IN(RECORD_SHARED) | IN(RECORD_CLINICAL),
    .fields = tombstone_fields,
    .n_fields = COUNT(tombstone_fields),
};

/* An item goes into the bin with the versions there are; it comes out whole. */
static int check_bin(const struct content *c)
{
	struct mp_doc *doc;
	struct mp_cur versions;
	uint32_t n;

	if (content_open(c, CONTENT_BIN_VERSIONS, &doc, &versions))
		return ERR_SCHEMA;
	n = mp_left(&versions);
	mp_close(doc);
	return (content_u64(c, CONTENT_BIN_UNTIL, 0) == 0) == (n == 0) ? 0 : ERR_SCHEMA;
}

static const struct content_rule bin_fields[] = {
    {.key = CONTENT_DELETED_ITEM, .name = "item", .type = CONTENT_BYTES, .min = 16, .max = 16, .required = true},
    {.key = CONTENT_BIN_VERSIONS,
     .name = "versions",
     .type = CONTENT_BYTES,
     .min = 32,
     .max = 32,
     .list_max = CONTENT_BIN_VERSIONS_MAX,
     .required = true},
    {.key = CONTENT_BIN_UNTIL, .name = "until", .type = CONTENT_UINT, .max = MP_NUMBER_MAX, .required = true},
};
const struct content_kind content_bin_note = {
    .kind = CONTENT_BIN,
    .name = "bin",
    .ops = OP(RECORD_CONTENT),
    .classes = IN(RECORD_PRIVATE),
    .fields = bin_fields,
    .n_fields = COUNT(bin_fields),
    .check = check_bin,
};
