/* store_faults: a small program that stores records and says which it may rely on. store_sweep.py lets its calls fail.
 *
 *     store_faults create DIR        an empty store
 *     store_faults write DIR FROM N  stores records FROM .. FROM+N-1 through the writer, one commit each; prints "ACK
 * n", or "ERR n NAME"; ends with 74 after a fatal commit, as kapd does store_faults verify DIR MAX    checks the whole
 * store; prints "HAVE n" for each of the records below MAX */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/audit.h"
#include "daemon/store.h"
#include "daemon/store_check.h"
#include "daemon/writer.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"

#define EXIT_FATAL 74
#define EXIT_REFUSED 3
#define EXIT_CORRUPT 4

struct job {
	struct writer_job job;
	struct buf record, payload;
	uint8_t rid[STORE_HASH], author[1][STORE_ID];
	uint32_t number;
	int result;
	int finished;
};

static void put_core(struct buf *core, const struct job *j)
{
	static const uint8_t zero[32];
	uint8_t hash[32], salt[16] = {0};
	memcpy(salt, &j->number, sizeof(j->number));
	crypto_sha256(&(struct crypto_bytes){j->payload.data, j->payload.len}, 1, hash);
	mp_put_array(core, 14);
	mp_put_u64(core, 1);
	mp_put_bin(core, zero, 32);
	mp_put_bin(core, j->author[0], STORE_ID);
	mp_put_bin(core, zero, 16);
	mp_put_bin(core, zero, 32);
	mp_put_bin(core, salt, 16);
	mp_put_u64(core, RECORD_PRIVATE);
	mp_put_u64(core, RECORD_CONTENT);
	mp_put_array(core, 1);
	mp_put_bin(core, j->author[0], STORE_ID);
	mp_put_u64(core, 0);
	mp_put_u64(core, 0);
	mp_put_array(core, 2);
	mp_put_u64(core, j->payload.len);
	mp_put_bin(core, hash, 32);
	mp_put_array(core, 0);
	mp_put_array(core, 0);
}

static int make(struct job *j, uint32_t number)
{
	uint8_t sealed[RECORD_SELF_SEALED] = {0}, sig[64] = {0};
	struct buf core;
	*j = (struct job){.number = number};
	memset(j->author, 1 + (int)(number % 3), sizeof(j->author));
	buf_init(&core, 0);
	buf_init(&j->record, 0);
	buf_init(&j->payload, 0);
	for (uint32_t i = 0; i < 64 + number % 5 * 900; i++)
		buf_put_u8(&j->payload, (uint8_t)(i + number));
	put_core(&core, j);
	mp_put_array(&j->record, 3);
	mp_put_bin(&j->record, core.data, core.len);
	mp_put_array(&j->record, 1);
	mp_put_array(&j->record, 3);
	mp_put_bin(&j->record, j->author[0], STORE_ID);
	mp_put_u64(&j->record, 1);
	mp_put_bin(&j->record, sealed, sizeof(sealed));
	mp_put_bin(&j->record, sig, sizeof(sig));
	buf_wipe(&core);
	return record_rid(j->record.data, j->record.len, j->rid);
}

static void unmake(struct job *j)
{
	buf_wipe(&j->record);
	buf_wipe(&j->payload);
}

static int apply(struct store_batch *b, struct writer_job *job)
{
	struct job *j = (struct job *)job;
	struct store_place place;
	struct store_record row = {.rid = j->rid,
	                           .author = j->author[0],
	                           .record = j->record.data,
	                           .record_len = j->record.len,
	                           .payload = j->payload.data,
	                           .payload_len = j->payload.len,
	                           .audience = (const uint8_t(*)[STORE_ID])j->author,
	                           .audience_n = 1};
	int err = store_put_record(b, &row, &place);
	return err ? err : audit_append(b, &(struct audit_row){.op = 7, .time_ms = j->number});
}

static void done(struct writer_job *job, int err)
{
	struct job *j = (struct job *)job;
	j->finished = 1;
	j->result = err;
}

static int store_one(struct writer *w, uint32_t number)
{
	struct job j;
	if (make(&j, number))
		return ERR_INTERNAL;
	j.job = (struct writer_job){.apply = apply, .done = done};
	int err = writer_submit(w, &j.job);
	while (!err && !j.finished) {
		struct pollfd p = {.fd = writer_fd(w), .events = POLLIN};
		poll(&p, 1, -1);
		writer_drain(w);
	}
	unmake(&j);
	return err ? err : j.result;
}

static int write_records(const struct store_opts *opts, uint32_t from, uint32_t n)
{
	struct store *s = NULL;
	struct writer *w = NULL;
	int err = store_open(opts, &s);
	if (!err)
		err = writer_new(&(struct writer_opts){.store = s}, &w);
	if (err) {
		printf("OPEN %s\n", err_name(err));
		store_close(s);
		return EXIT_REFUSED;
	}
	for (uint32_t i = from; i < from + n; i++) {
		err = store_one(w, i);
		if (err)
			printf("ERR %u %s\n", i, err_name(err));
		else
			printf("ACK %u\n", i);
	}
	int code = writer_failed(w) ? EXIT_FATAL : 0;
	writer_free(w);
	store_close(s);
	return code;
}

static void print_finding(void *arg, const char *what, const uint8_t *id, size_t len)
{
	(void)arg, (void)id, (void)len;
	printf("FOUND %s\n", what);
}

static int verify(const struct store_opts *opts, uint32_t max)
{
	struct store *s;
	struct store_counts counts;
	struct job j;
	int err = store_open(opts, &s);
	if (err) {
		printf("OPEN %s\n", err_name(err));
		return EXIT_REFUSED;
	}
	for (uint32_t i = 0; i < max; i++) {
		if (make(&j, i) == 0 && store_record_get(s, j.rid, NULL, NULL, NULL) == 0)
			printf("HAVE %u\n", i);
		unmake(&j);
	}
	err = store_check(s, print_finding, NULL, &counts);
	store_close(s);
	return err ? EXIT_CORRUPT : 0;
}

static int create(const struct store_opts *opts)
{
	struct store_birth birth = {.generation = {1}, .founding_id = {2}, .packet = (const uint8_t *)"p", .packet_len = 1};
	int err = store_create(opts, &birth);
	if (err)
		printf("CREATE %s\n", err_name(err));
	return err ? EXIT_REFUSED : 0;
}

/* A number below 10,000; the program's own script writes them. */
static bool number(const char *text, uint32_t *out)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);
	*out = (uint32_t)v;
	return end != text && *end == '\0' && v < 10000;
}

int main(int argc, char **argv)
{
	uint32_t a, b;
	struct store_opts opts = {.dir = argc > 2 ? argv[2] : NULL, .map_size = 64 << 20, .any_filesystem = true};
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (crypto_init())
		return 1;
	if (argc == 3 && strcmp(argv[1], "create") == 0)
		return create(&opts);
	if (argc == 5 && strcmp(argv[1], "write") == 0 && number(argv[3], &a) && number(argv[4], &b))
		return write_records(&opts, a, b);
	if (argc == 4 && strcmp(argv[1], "verify") == 0 && number(argv[3], &a))
		return verify(&opts, a);
	fprintf(stderr, "usage: store_faults create DIR | write DIR FROM N | verify DIR MAX\n");
	return 2;
}
