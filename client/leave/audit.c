/* audit: see audit.h. One pass over the file; what must be compared across it (places in the feed, rids) is kept in two
 * growing tables. */
#include "audit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "client/book/fold.h"
#include "client/book/ledger.h"
#include "proto/clinic.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "proto/keychain.h"
#include "proto/link.h"
#include "proto/record.h"

#include "evidence.h"

#define LOG_KEYS 16

/* A place in the person's feed that a receipt speaks of. */
struct place {
	uint8_t generation[16], rid[32], head[32];
	uint64_t seq, number;
};

/* A record of the person's own that is in the file. */
struct own {
	uint8_t rid[32];
	bool stored;
};

struct audit {
	audit_found *found;
	void *arg;
	struct audit_report *report;
	struct fold *fold;
	uint64_t number; /* of the piece */
	uint8_t broken[32];
	bool is_broken; /* a chain has ended at a bad link; it is in `broken` */
	uint8_t logs[LOG_KEYS][32];
	size_t n_logs;
	struct place *places;
	size_t n_places, room_places;
	struct own *own;
	size_t n_own, room_own;
};

static void find(struct audit *a, enum audit_finding what, uint64_t number, int err)
{
	a->report->findings++;
	a->found(a->arg, what, number, err);
}

static int grow(void **rows, size_t *room, size_t n, size_t size)
{
	if (n < *room)
		return 0;
	size_t more = *room ? *room * 2 : 64;
	void *grown = reallocarray(*rows, more, size);
	if (!grown)
		return ERR_NOMEM;
	*rows = grown;
	*room = more;
	return 0;
}

/* --- chains --- */

/* Every log key the clinic ever pinned: a receipt is of the key in force when it was given. */
static void note_log_key(struct audit *a)
{
	const struct clinic_pins *pins = clinic_pins(fold_clinic(a->fold));
	if (!pins)
		return;
	for (size_t i = 0; i < a->n_logs; i++)
		if (memcmp(a->logs[i], pins->log, 32) == 0)
			return;
	memmove(a->logs[1], a->logs[0], sizeof(a->logs) - sizeof(a->logs[0]));
	memcpy(a->logs[0], pins->log, 32);
	a->n_logs += a->n_logs < LOG_KEYS;
}

static int take_link(struct audit *a, const struct evidence_piece *p)
{
	struct link link;
	if (a->is_broken && memcmp(a->broken, p->chain, 32) == 0)
		return 0;
	a->is_broken = false;
	int err = link_parse(p->bytes, p->len, &link);
	if (!err && memcmp(link.chain, p->chain, 32) != 0)
		err = ERR_LINK;
	bool clinic = memcmp(p->chain, a->report->clinic, 32) == 0;
	if (!err && clinic)
		err = fold_apply(a->fold, &link);
	else if (!err && link.seq == 0)
		err = fold_add(a->fold, p->chain, p->bytes, p->len);
	else if (!err)
		err = fold_extend(a->fold, p->chain, &link);
	if (err == ERR_NOMEM)
		return err;
	if (err) {
		find(a, AUDIT_LINK, a->number, err);
		memcpy(a->broken, p->chain, 32);
		a->is_broken = true;
		return 0;
	}
	a->report->links++;
	a->report->people += !clinic && link.seq == 0;
	if (clinic)
		note_log_key(a);
	return 0;
}

/* --- records --- */

static int check_record(const struct audit *a, const struct record *r, bool *revoked)
{
	uint64_t seq = 0;
	if (memcmp(r->clinic, a->report->clinic, 32) != 0)
		return ERR_AUTHOR;
	const struct keychain *author = fold_keychain_by_pid(a->fold, r->author);
	if (!author || !clinic_member_by_pid(fold_clinic(a->fold), r->author) ||
	    !keychain_seq_of(author, r->chain_head, &seq) || !keychain_active_at(author, r->did, seq))
		return ERR_AUTHOR;
	const struct keychain_device *device = keychain_find_device(author, r->did);
	*revoked = !device->active;
	int err = record_verify(r, device->pub.sign);
	return err ? err : record_check_rules(r);
}

/* A record of the person's own is in the file, whether it holds or not. */
static int note_own(struct audit *a, const struct evidence_piece *p, const struct record *r)
{
	if (memcmp(r->author, a->report->genesis, RECORD_PID) != 0)
		return 0;
	int err = grow((void **)&a->own, &a->room_own, a->n_own, sizeof(*a->own));
	if (err)
		return err;
	struct own *own = &a->own[a->n_own++];
	memcpy(own->rid, r->rid, RECORD_RID);
	own->stored = p->type == EVIDENCE_RECORD && p->number != LEDGER_WAITING;
	return 0;
}

static int take_record(struct audit *a, const struct evidence_piece *p)
{
	struct record r;
	bool revoked = false;
	int bad = record_parse(p->bytes, p->len, &r);
	int err = bad ? 0 : note_own(a, p, &r);
	if (err || bad == ERR_NOMEM)
		return err ? err : bad;
	if (!bad)
		bad = check_record(a, &r, &revoked);
	if (bad == ERR_NOMEM)
		return bad;
	if (bad) {
		find(a, p->type == EVIDENCE_ASIDE ? AUDIT_ASIDE : AUDIT_RECORD, a->number, bad);
		return 0;
	}
	a->report->records++;
	a->report->revoked += revoked;
	return 0;
}

/* --- receipts --- */

static int open_receipt(const struct audit *a, const struct evidence_piece *p, struct feed_receipt *r)
{
	int err = ERR_RECEIPT;
	for (size_t i = 0; i < a->n_logs && err == ERR_RECEIPT; i++)
		err = feed_receipt_open(p->bytes, p->len, p->sig, a->logs[i], r);
	if (!err &&
	    (memcmp(r->clinic, a->report->clinic, 32) != 0 || memcmp(r->author, a->report->genesis, RECORD_PID) != 0))
		err = ERR_RECEIPT;
	return err;
}

static int take_receipt(struct audit *a, const struct evidence_piece *p)
{
	struct feed_receipt r;
	int err = open_receipt(a, p, &r);
	if (err == ERR_NOMEM)
		return err;
	if (err) {
		find(a, AUDIT_RECEIPT_FORGED, a->number, err);
		return 0;
	}
	a->report->receipts++;
	for (uint32_t i = 0; i < r.count; i++) {
		err = grow((void **)&a->places, &a->room_places, a->n_places, sizeof(*a->places));
		if (err)
			return err;
		struct place *place = &a->places[a->n_places++];
		memcpy(place->generation, r.generation, sizeof(place->generation));
		memcpy(place->rid, r.entries[i].rid, 32);
		memcpy(place->head, r.entries[i].head, 32);
		place->seq = r.entries[i].seq;
		place->number = a->number;
	}
	return 0;
}

static int by_place(const void *one, const void *other)
{
	const struct place *a = one, *b = other;
	int order = memcmp(a->generation, b->generation, sizeof(a->generation));
	return order ? order : (a->seq > b->seq) - (a->seq < b->seq);
}

static int by_rid(const void *one, const void *other)
{
	return memcmp(((const struct place *)one)->rid, ((const struct place *)other)->rid, 32);
}

static int own_by_rid(const void *one, const void *other)
{
	return memcmp(((const struct own *)one)->rid, ((const struct own *)other)->rid, 32);
}

/* What can only be said at the end: places told twice, receipts for what is not here, records without one. */
static void compare(struct audit *a)
{
	if (a->n_places)
		qsort(a->places, a->n_places, sizeof(*a->places), by_place);
	for (size_t i = 1; i < a->n_places; i++) {
		const struct place *p = &a->places[i], *before = p - 1;
		if (by_place(p, before) == 0 &&
		    (memcmp(p->head, before->head, 32) != 0 || memcmp(p->rid, before->rid, 32) != 0))
			find(a, AUDIT_RECEIPT_TWO, p->number, ERR_ROLLBACK);
	}
	if (a->n_own)
		qsort(a->own, a->n_own, sizeof(*a->own), own_by_rid);
	if (a->n_places)
		qsort(a->places, a->n_places, sizeof(*a->places), by_rid);
	for (size_t i = 0, k = 0; i < a->n_places; i++) {
		while (k < a->n_own && memcmp(a->own[k].rid, a->places[i].rid, 32) < 0)
			k++;
		if (k == a->n_own || memcmp(a->own[k].rid, a->places[i].rid, 32) != 0)
			find(a, AUDIT_RECEIPT_MISSING, a->places[i].number, ERR_NOT_FOUND);
	}
	for (size_t i = 0, k = 0; i < a->n_own; i++) {
		while (k < a->n_places && memcmp(a->places[k].rid, a->own[i].rid, 32) < 0)
			k++;
		bool has = k < a->n_places && memcmp(a->places[k].rid, a->own[i].rid, 32) == 0;
		a->report->no_receipt += a->own[i].stored && !has;
	}
}

static int take(void *arg, const struct evidence_piece *p)
{
	struct audit *a = arg;
	int err = 0;
	switch (p->type) {
	case EVIDENCE_ABOUT:
		memcpy(a->report->clinic, p->clinic, 32);
		memcpy(a->report->genesis, p->genesis, 32);
		a->report->made_ms = p->made_ms;
		break;
	case EVIDENCE_LINK:
		err = take_link(a, p);
		break;
	case EVIDENCE_RECORD:
	case EVIDENCE_ASIDE:
		err = take_record(a, p);
		break;
	case EVIDENCE_RECEIPT:
		err = take_receipt(a, p);
		break;
	default:
		break;
	}
	a->number++;
	return err;
}

int audit_run(FILE *file, audit_found *found, void *arg, struct audit_report *report)
{
	struct audit a = {.found = found, .arg = arg, .report = report};
	memset(report, 0, sizeof(*report));
	int err = fold_new(&a.fold);
	if (!err)
		err = evidence_read(file, take, &a);
	if (!err && (!clinic_id(fold_clinic(a.fold)) || !fold_keychain(a.fold, report->genesis)))
		err = ERR_LINK;
	if (!err)
		compare(&a);
	fold_free(a.fold);
	free(a.places);
	free(a.own);
	return err;
}
