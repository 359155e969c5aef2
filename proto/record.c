/* record: parsing, the rules that need nobody else's state, and re-serialising. See record.h.
 * Keeps no decoded tree: msgpack-c's objects are gone when record_parse returns, the bytes they pointed at stay. */
#include "record.h"

#include <string.h>

#include "blob.h"
#include "buf.h"
#include "crypto.h"
#include "err.h"
#include "label.h"
#include "mp.h"

#define SUITE 1
/* a canonical wrap begins 0x93 (array of 3), 0xc4 0x10 (bin of 16), pid */
#define WRAP_BEFORE_PID 3

static const uint8_t *bin_of(struct mp_cur *c, size_t len)
{
	return mp_bin(c, len, len, &len);
}

static void parse_audience(struct mp_cur *core, struct record *r)
{
	struct mp_cur list = mp_enter(core, 1, RECORD_AUDIENCE);
	bool ordered = true;

	r->audience = mp_left(&list);
	r->author_at = RECORD_AUDIENCE;
	for (uint32_t i = 0; i < r->audience && !mp_err(&list); i++) {
		const uint8_t *pid = bin_of(&list, RECORD_PID);

		if (!pid)
			break;
		r->wraps[i] = (struct record_wrap){.pid = pid};
		if (i > 0 && memcmp(r->wraps[i - 1].pid, pid, RECORD_PID) >= 0)
			ordered = false;
		if (memcmp(pid, r->author, RECORD_PID) == 0)
			r->author_at = i;
	}
	mp_leave(core, &list);
	if (!mp_err(core) && (!ordered || r->author_at == RECORD_AUDIENCE))
		core->err = ERR_SHAPE;
}

static void parse_payload(struct mp_cur *core, struct record *r)
{
	struct mp_cur pair;

	r->payload_len = 0;
	r->payload_hash = NULL;
	r->has_payload = !mp_nil(core);
	if (!r->has_payload)
		return;
	pair = mp_enter(core, 2, 2);
	r->payload_len = (uint32_t)mp_u64(&pair, 1, UINT32_MAX);
	r->payload_hash = bin_of(&pair, 32);
	mp_leave(core, &pair);
	if (r->payload_len > RECORD_PAYLOAD_MAX)
		core->err = ERR_TOO_BIG;
}

static void parse_blobs(struct mp_cur *core, struct record *r)
{
	struct mp_cur list = mp_enter(core, 0, RECORD_BLOBS), blob;

	r->blobs = mp_left(&list);
	for (uint32_t i = 0; i < r->blobs && !mp_err(&list); i++) {
		struct record_blob *b = &r->blob[i];

		blob = mp_enter(&list, 3, 3);
		b->id = bin_of(&blob, BLOB_ID);
		b->len = mp_u64(&blob, BLOB_LEN_MIN, BLOB_LEN_MAX);
		b->root = bin_of(&blob, 32);
		if (!mp_err(&blob) && !blob_len_is_valid(b->len))
			blob.err = ERR_SHAPE;
		mp_leave(&list, &blob);
	}
	mp_leave(core, &list);
}

static int parse_core(struct record *r)
{
	struct mp_doc *doc;
	struct mp_cur c, list;
	int err = mp_open(r->core, r->core_len, &doc, &c);

	if (err)
		goto out;
	err = ERR_SUITE;
	if (mp_u64(&c, 0, MP_NUMBER_MAX) != SUITE && !mp_err(&c))
		goto out;
	r->clinic = bin_of(&c, 32);
	r->author = bin_of(&c, RECORD_PID);
	r->did = bin_of(&c, RECORD_DID);
	r->chain_head = bin_of(&c, 32);
	r->salt = bin_of(&c, RECORD_SALT);
	r->class = (uint8_t)mp_u64(&c, 0, UINT8_MAX);
	r->op = (uint8_t)mp_u64(&c, 0, UINT8_MAX);
	parse_audience(&c, r);
	r->retain_day = (uint32_t)mp_u64(&c, 0, UINT32_MAX);
	r->answer_by = mp_u64(&c, 0, MP_NUMBER_MAX);
	parse_payload(&c, r);
	parse_blobs(&c, r);
	list = mp_enter(&c, 0, RECORD_TARGETS);
	r->targets = mp_left(&list);
	for (uint32_t i = 0; i < r->targets; i++)
		r->target[i] = bin_of(&list, RECORD_RID);
	mp_leave(&c, &list);
	err = mp_done(&c);
out:
	mp_close(doc);
	return err;
}

static void parse_wrap(struct mp_cur *list, struct record_wrap *w, bool author)
{
	size_t len = author ? RECORD_SELF_SEALED : RECORD_SEALED;
	struct mp_cur c;
	const uint8_t *pid;

	if (mp_peek(list) == 'x') {
		mp_fixed(list, w->hash, sizeof w->hash);
		return;
	}
	c = mp_enter(list, 3, 3);
	pid = bin_of(&c, RECORD_PID);
	w->epoch = (uint32_t)mp_u64(&c, 1, UINT32_MAX);
	w->sealed = mp_bin(&c, len, len, &w->sealed_len);
	mp_leave(list, &c);
	if (mp_err(list))
		return;
	if (memcmp(pid, w->pid, RECORD_PID) != 0) {
		list->err = ERR_SHAPE;
		return;
	}
	w->present = true;
	w->bytes = pid - WRAP_BEFORE_PID;
	w->len = (size_t)(w->sealed + w->sealed_len - w->bytes);
	list->err = crypto_hash1(LABEL_WRAP, w->bytes, w->len, w->hash);
}

static int compute_ids(struct record *r)
{
	struct crypto_bytes hashes[RECORD_AUDIENCE];
	const struct crypto_bytes both[] = {{r->core_hash, 32}, {r->wraps_root, 32}};
	int err;

	for (uint32_t i = 0; i < r->audience; i++)
		hashes[i] = (struct crypto_bytes){r->wraps[i].hash, 32};
	err = crypto_hash(LABEL_WRAPS, hashes, r->audience, r->wraps_root);
	if (!err)
		err = crypto_hash1(LABEL_CORE, r->core, r->core_len, r->core_hash);
	if (!err)
		err = crypto_hash(LABEL_RID, both, 2, r->rid);
	return err;
}

int record_parse(const void *bytes, size_t len, struct record *out)
{
	struct mp_doc *doc = NULL;
	struct mp_cur c, wraps;
	int err = ERR_TOO_BIG;

	if (len > RECORD_MAX)
		return err;
	err = mp_open(bytes, len, &doc, &c);
	if (err)
		goto out;
	out->core = mp_bin(&c, 1, RECORD_MAX, &out->core_len);
	wraps = mp_enter(&c, 1, RECORD_AUDIENCE);
	out->sig = bin_of(&c, CRYPTO_SIG);
	err = mp_done(&c);
	if (err)
		goto out;
	err = ERR_TOO_BIG;
	if (out->core_len > RECORD_CORE_MAX)
		goto out;
	err = parse_core(out);
	if (err)
		goto out;
	for (uint32_t i = 0; i < out->audience && !mp_err(&wraps); i++)
		parse_wrap(&wraps, &out->wraps[i], i == out->author_at);
	err = mp_done(&wraps);
	if (!err)
		err = compute_ids(out);
out:
	mp_close(doc);
	return err;
}

int record_rid(const void *bytes, size_t len, uint8_t rid[RECORD_RID])
{
	struct record r;
	int err = record_parse(bytes, len, &r);

	memset(rid, 0, RECORD_RID);
	if (!err)
		memcpy(rid, r.rid, RECORD_RID);
	return err;
}

#define IN(class) (1u << (class))
#define IN_ANY 0xfu

static const struct op_row {
	uint8_t op;
	unsigned classes;
	uint32_t targets_min, targets_max;
	bool may_ask; /* for an acknowledgement, by `answer by` */
	bool may_attach;
} op_rows[] = {
    {RECORD_CONTENT, IN_ANY, 0, 0, true, true},
    {RECORD_SHARE, IN(RECORD_SHARED), 0, 0, true, true},
    {RECORD_UNSHARE, IN(RECORD_SHARED), 1, RECORD_TARGETS, false, false},
    {RECORD_TOMBSTONE, IN(RECORD_PRIVATE) | IN(RECORD_SHARED) | IN(RECORD_CLINICAL), 1, RECORD_TARGETS, false, false},
    {RECORD_RECEIPT, IN(RECORD_CONTROL), 1, RECORD_TARGETS, false, false},
    {RECORD_ACKNOWLEDGE, IN(RECORD_SHARED) | IN(RECORD_CLINICAL), 1, 1, false, false},
};

static const struct class_row {
	uint32_t audience_max;
	bool retained; /* has a retain day, and must */
	bool may_ask;
	bool may_attach;
} class_rows[] = {
    [RECORD_PRIVATE] = {1, false, false, true},
    [RECORD_SHARED] = {RECORD_AUDIENCE, false, true, true},
    [RECORD_CLINICAL] = {RECORD_AUDIENCE, true, true, true},
    [RECORD_CONTROL] = {RECORD_AUDIENCE, false, false, false},
};

/* Nothing is named twice. */
static int check_targets(const struct record *r)
{
	for (uint32_t i = 1; i < r->targets; i++)
		for (uint32_t j = 0; j < i; j++)
			if (memcmp(r->target[i], r->target[j], RECORD_RID) == 0)
				return ERR_TARGET;
	for (uint32_t i = 1; i < r->blobs; i++)
		for (uint32_t j = 0; j < i; j++)
			if (memcmp(r->blob[i].id, r->blob[j].id, BLOB_ID) == 0)
				return ERR_TARGET;
	return 0;
}

int record_check_rules(const struct record *r)
{
	const struct op_row *op = NULL;
	const struct class_row *class;

	for (size_t i = 0; i < sizeof op_rows / sizeof op_rows[0]; i++)
		if (op_rows[i].op == r->op)
			op = &op_rows[i];
	if (!op || r->class >= sizeof class_rows / sizeof class_rows[0] || !(op->classes & IN(r->class)))
		return ERR_CLASS;
	class = &class_rows[r->class];
	if (r->audience > class->audience_max || class->retained != (r->retain_day != 0))
		return ERR_CLASS;
	if (r->answer_by != 0 && !(class->may_ask && op->may_ask))
		return ERR_CLASS;
	if (r->blobs > 0 && !(class->may_attach && op->may_attach))
		return ERR_CLASS;
	if (r->targets < op->targets_min || r->targets > op->targets_max || check_targets(r))
		return ERR_TARGET;
	return r->has_payload ? 0 : ERR_SHAPE;
}

bool record_is_complete(const struct record *r)
{
	for (uint32_t i = 0; i < r->audience; i++)
		if (!r->wraps[i].present)
			return false;
	return true;
}

bool record_audience_has(const struct record *r, const uint8_t pid[RECORD_PID], uint32_t *at)
{
	for (uint32_t i = 0; i < r->audience; i++)
		if (memcmp(r->wraps[i].pid, pid, RECORD_PID) == 0) {
			if (at)
				*at = i;
			return true;
		}
	return false;
}

/* Bit i of `keep`: the wrap of place i stays. */
static int put_record(const struct record *r, uint32_t keep, struct buf *out)
{
	mp_put_array(out, 3);
	mp_put_bin(out, r->core, r->core_len);
	mp_put_array(out, r->audience);
	for (uint32_t i = 0; i < r->audience; i++) {
		const struct record_wrap *w = &r->wraps[i];

		if (w->present && keep >> i & 1)
			buf_put(out, w->bytes, w->len);
		else
			mp_put_bin(out, w->hash, sizeof w->hash);
	}
	mp_put_bin(out, r->sig, CRYPTO_SIG);
	return buf_err(out);
}

int record_for_reader(const struct record *r, const uint8_t pid[RECORD_PID], struct buf *out)
{
	uint32_t keep = 0, at;

	if (record_audience_has(r, pid, &at))
		keep = at == r->author_at ? UINT32_MAX : (uint32_t)1 << at;
	return put_record(r, keep, out);
}

int record_without_wraps(const struct record *r, const uint8_t (*pids)[RECORD_PID], size_t n, struct buf *out)
{
	uint32_t keep = UINT32_MAX, at;

	for (size_t i = 0; i < n; i++)
		if (record_audience_has(r, pids[i], &at) && at != r->author_at)
			keep &= ~((uint32_t)1 << at);
	return put_record(r, keep, out);
}

/* The rid holds the hashes of all wraps, so what stands in the same place is the same wrap. */
int record_with_wraps(const struct record *r, const struct record *more, struct buf *out)
{
	struct record both = *r;

	if (memcmp(r->rid, more->rid, RECORD_RID) != 0)
		return ERR_HASH;
	for (uint32_t i = 0; i < both.audience; i++)
		if (!both.wraps[i].present)
			both.wraps[i] = more->wraps[i];
	return put_record(&both, UINT32_MAX, out);
}

int record_stub(const struct record *r, struct buf *out)
{
	return put_record(r, 0, out);
}
