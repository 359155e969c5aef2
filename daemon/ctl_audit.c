/* ctl_audit: shows and proves the audit log: ids and numbers, never a name or a word. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "proto/err.h"
#include "proto/msg.h"

#include "audit.h"
#include "store.h"

#include "ctl.h"

#define ROWS_A_READ 64
#define SHORT_ID 8

static void print_id(const char *name, const uint8_t *id)
{
	printf(" %s=", name);
	for (int i = 0; i < SHORT_ID; i++)
		printf("%02x", id[i]);
}

/* What the daemon writes of itself, in words where there is one. */
static const struct {
	uint16_t op;
	const char *word;
} own_words[] = {
    {AUDIT_OP_RESTORED, "restored-from-copy"},        {AUDIT_OP_DEVICE_ADDED, "device-added"},
    {AUDIT_OP_DEVICE_REVOKED, "device-revoked"},      {AUDIT_OP_EPOCH, "epoch-begun"},
    {AUDIT_OP_RECOVERY_ROTATED, "recovery-replaced"}, {AUDIT_OP_SUCCEEDED, "removed-by-succession"},
};

static void print_op(uint16_t op)
{
	const struct msg_row *request = msg_row(op);
	if (request) {
		printf(" op=%s", request->name);
		return;
	}
	for (size_t i = 0; i < sizeof(own_words) / sizeof(own_words[0]); i++)
		if (own_words[i].op == op) {
			printf(" op=%s", own_words[i].word);
			return;
		}
	printf(" op=server-%u", op);
}

static void print_row(const struct audit_row *row)
{
	static const char *const kinds[] = {"none", "record", "link", "invite", "person", "device"};
	time_t seconds = (time_t)(row->time_ms / 1000);
	struct tm utc;
	char when[32];
	gmtime_r(&seconds, &utc);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &utc);
	printf("%" PRIu64 " %s", row->seq, when);
	print_op(row->op);
	printf(" status=%u", row->status);
	print_id("actor", row->actor);
	print_id("device", row->device);
	if (row->object_kind && row->object_kind < sizeof(kinds) / sizeof(kinds[0]))
		print_id(kinds[row->object_kind], row->object);
	printf("\n");
}

static int show(struct store *store)
{
	struct audit_row rows[ROWS_A_READ];
	uint64_t seq = 0;
	size_t n;
	int err;
	do {
		err = audit_read(store, seq, ROWS_A_READ, rows, &n);
		for (size_t i = 0; i < n; i++) { /* those before a broken one prove themselves */
			print_row(&rows[i]);
			seq = rows[i].seq;
		}
	} while (!err && n == ROWS_A_READ);
	if (err == ERR_CORRUPT) {
		fprintf(stderr, "The audit log is broken after row %" PRIu64 ".\n", seq);
		return CTL_STORAGE;
	}
	return err ? ctl_fail("the audit log", err) : CTL_OK;
}

static int verify(struct store *store)
{
	uint64_t bad = 0, seq;
	uint8_t head[STORE_HASH];
	int err = audit_verify(store, &bad);
	if (err == ERR_CORRUPT) {
		fprintf(stderr, "The audit log is broken at row %" PRIu64 ".\n", bad);
		return CTL_STORAGE;
	}
	if (!err)
		err = audit_head(store, &seq, head);
	if (err)
		return ctl_fail("the audit log", err);
	printf("The audit log is whole: %" PRIu64 " rows, head ", seq);
	for (size_t i = 0; i < sizeof(head); i++)
		printf("%02x", head[i]);
	printf("\nCompare the head with one noted earlier to see that no tail was cut off.\n");
	return CTL_OK;
}

int ctl_audit(const struct ctl *ctl)
{
	int exit_code = CTL_USAGE;
	bool wants_show = ctl->argc == 1 && strcmp(ctl->argv[0], "show") == 0;
	if (!wants_show && (ctl->argc != 1 || strcmp(ctl->argv[0], "verify") != 0)) {
		fprintf(stderr, "usage: kapctl audit show|verify\n");
		return exit_code;
	}
	struct store *store = ctl_open_store(ctl, &exit_code);
	if (store)
		exit_code = wants_show ? show(store) : verify(store);
	store_close(store);
	return exit_code;
}
