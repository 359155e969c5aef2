/* bench: acknowledged durable pushes a second at several numbers of connections, one outstanding each, beside the raw
 * LMDB commits of the same disk in the same run; and how fast a new cursor pulls 10,000 records.
 *     bench CODE@HOST:PORT DIR [SECONDS]
 * DIR lies on the disk of the server's store. Load and server share the machine. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/sync/rpc.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "proto/msg_reply.h"
#include "tests/unit/support/people.h"

#include "bench.h"

#define PER_DEVICE 8 /* connections the server allows one device */
#define CONNECTIONS_MAX 256
#define MEMBERS (CONNECTIONS_MAX / PER_DEVICE)
#define PULL_RECORDS 10000
#define RATE_MAX 40000 /* records sealed ahead for each second of a run */

struct worker {
	pthread_t thread;
	struct rpc *rpc;
	struct bench_record *records;
	size_t n, done;
	double *times, until;
	atomic_bool *go;
};

static void push_one(struct worker *w, const struct bench_record *r)
{
	struct msg_push m = {.n = 1};
	struct msg_push_reply said;
	struct msg_reply *reply;
	uint32_t id;
	m.items[0].record = (struct msg_bytes){r->record.data, r->record.len};
	m.items[0].payload = (struct msg_bytes){r->payload.data, r->payload.len};
	struct buf *out = rpc_begin(w->rpc, &id);
	bench_check(rpc_call(w->rpc, msg_put_push(out, id, &m), &reply), "push");
	bench_check(msg_get_push_reply(&reply->body, &said), "push");
	bench_check(said.accepted == 1 && said.signature ? 0 : err_from_status((uint16_t)said.stop), "push");
}

static void *work(void *arg)
{
	struct worker *w = arg;
	while (!atomic_load(w->go))
		;
	for (double now = bench_now(); w->done < w->n && now < w->until;) {
		double before = now;
		push_one(w, &w->records[w->done]);
		now = bench_now();
		w->times[w->done++] = now - before;
	}
	return NULL;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

/* --- sealing ahead, on two threads --- */

struct sealing {
	const struct bench_clinic *clinic;
	struct worker *workers;
	size_t n, first;
};

static void *seal_half(void *arg)
{
	struct sealing *s = arg;
	for (size_t i = s->first; i < s->n; i += 2)
		for (size_t k = 0; k < s->workers[i].n; k++)
			bench_record_seal(s->clinic, i % MEMBERS, &s->workers[i].records[k]);
	return NULL;
}

static void seal_all(const struct bench_clinic *clinic, struct worker *workers, size_t n)
{
	pthread_t thread;
	struct sealing even = {clinic, workers, n, 0}, odd = {clinic, workers, n, 1};
	bench_check(pthread_create(&thread, NULL, seal_half, &odd) ? ERR_NOMEM : 0, "a thread");
	seal_half(&even);
	pthread_join(thread, NULL);
}

/* --- one row of the table --- */

static double collect(struct worker *workers, size_t n, double start, double *p50, double *p99)
{
	double *all, end = 0;
	size_t total = 0, at = 0;
	for (size_t i = 0; i < n; i++)
		total += workers[i].done;
	all = calloc(total + 1, sizeof(*all));
	bench_check(all ? 0 : ERR_NOMEM, "memory");
	for (size_t i = 0; i < n; i++) {
		memcpy(all + at, workers[i].times, workers[i].done * sizeof(*all));
		at += workers[i].done;
	}
	end = bench_now();
	qsort(all, total, sizeof(*all), by_size);
	*p50 = all[total / 2] * 1e6;
	*p99 = all[total * 99 / 100] * 1e6;
	free(all);
	return (double)total / (end - start);
}

static double run(const struct bench_clinic *clinic, size_t n, double seconds)
{
	struct worker *workers = calloc(n, sizeof(*workers));
	atomic_bool go = false;
	double p50, p99;
	bench_check(workers ? 0 : ERR_NOMEM, "memory");
	size_t each = (size_t)(RATE_MAX * seconds) / (n < 8 ? 8 : n);
	for (size_t i = 0; i < n; i++) {
		workers[i].n = each;
		workers[i].records = calloc(each, sizeof(*workers[i].records));
		workers[i].times = calloc(each, sizeof(*workers[i].times));
		workers[i].go = &go;
		workers[i].rpc = bench_clinic_connect(clinic, i % MEMBERS);
	}
	seal_all(clinic, workers, n);
	for (size_t i = 0; i < n; i++)
		bench_check(pthread_create(&workers[i].thread, NULL, work, &workers[i]) ? ERR_NOMEM : 0, "a thread");
	double start = bench_now();
	for (size_t i = 0; i < n; i++)
		workers[i].until = start + seconds;
	atomic_store(&go, true);
	for (size_t i = 0; i < n; i++)
		pthread_join(workers[i].thread, NULL);
	double rate = collect(workers, n, start, &p50, &p99);
	printf("  %4zu connections  %8.0f pushes/s   p50 %7.0f us   p99 %7.0f us\n", n, rate, p50, p99);
	fflush(stdout);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < each; k++)
			bench_record_wipe(&workers[i].records[k]);
		free(workers[i].records);
		free(workers[i].times);
		rpc_close(workers[i].rpc);
	}
	free(workers);
	return rate;
}

/* --- pulling --- */

static void fill_feed(const struct bench_clinic *clinic, struct rpc *rpc, size_t n)
{
	struct bench_record records[MSG_PUSH_MAX];
	struct msg_push m;
	struct msg_reply *reply;
	uint32_t id;
	for (size_t done = 0; done < n; done += m.n) {
		m.n = (uint32_t)(n - done < MSG_PUSH_MAX ? n - done : MSG_PUSH_MAX);
		for (uint32_t i = 0; i < m.n; i++) {
			bench_record_seal(clinic, 0, &records[i]);
			m.items[i].record = (struct msg_bytes){records[i].record.data, records[i].record.len};
			m.items[i].payload = (struct msg_bytes){records[i].payload.data, records[i].payload.len};
		}
		struct buf *out = rpc_begin(rpc, &id);
		bench_check(rpc_call(rpc, msg_put_push(out, id, &m), &reply), "push");
		for (uint32_t i = 0; i < m.n; i++)
			bench_record_wipe(&records[i]);
	}
}

/* Pulls up to `n` records from the start of member 0's feed, recomputing the head. */
static void pull_all(const struct bench_clinic *clinic, struct rpc *rpc, size_t n)
{
	uint8_t head[32], generation[16];
	uint64_t seq = 0;
	size_t bytes = 0;
	bool more = true;
	memcpy(generation, rpc_hello(rpc)->generation, sizeof(generation));
	bench_check(feed_start(bench_clinic_member(clinic, 0)->genesis, generation, head), "pull");
	double start = bench_now();
	while (more && seq < n) {
		struct msg_pull m = {generation, seq, head, MSG_PULL_BYTES};
		struct msg_pull_reply page;
		struct msg_pull_entry e;
		struct msg_reply *reply;
		uint32_t id;
		int err;
		struct buf *out = rpc_begin(rpc, &id);
		bench_check(rpc_call(rpc, msg_put_pull(out, id, &m), &reply), "pull");
		bench_check(msg_get_pull_reply(&reply->body, &page), "pull");
		while (!(err = msg_next_entry(&page, &e))) {
			bench_check(feed_step(head, e.seq, (uint8_t)e.event, e.rid, head), "pull");
			seq = e.seq;
			bytes += e.item.record.len + e.item.payload.len;
		}
		bench_check(err == ERR_MORE ? 0 : err, "pull");
		more = page.more;
	}
	double took = bench_now() - start;
	printf("  a new cursor pulls %llu records in %.0f ms: %.0f records/s, %.0f MB/s\n", (unsigned long long)seq,
	       took * 1e3, (double)seq / took, (double)bytes / took / 1e6);
}

int main(int argc, char **argv)
{
	static const size_t connections[] = {1, 8, 64, 256};
	double seconds = argc > 3 ? strtod(argv[3], NULL) : 2, p50, one = 0, many = 0;
	if (argc < 3) {
		fprintf(stderr, "usage: bench CODE@HOST:PORT DIR [SECONDS]\n");
		return 2;
	}
	bench_check(crypto_init(), "start");
	double raw1 = bench_disk(argv[2], 1, seconds, &p50);
	printf("raw LMDB on the same disk, 2 KiB values, durable\n  %8.0f commits/s of 1     p50 %5.0f us\n", raw1, p50);
	double raw64 = bench_disk(argv[2], 64, seconds, &p50);
	printf("  %8.0f commits/s of 64    p50 %5.0f us   (%.0f values/s)\n", raw64, p50, raw64 * 64);
	struct bench_clinic *clinic = bench_clinic_new(argv[1], MEMBERS);
	printf("acknowledged durable pushes, 2 KiB records, one outstanding a connection\n");
	for (size_t i = 0; i < sizeof(connections) / sizeof(connections[0]); i++) {
		double rate = run(clinic, connections[i], seconds);
		one = connections[i] == 1 ? rate : one;
		many = connections[i] == 64 ? rate : many;
	}
	printf("  64 connections get %.1f times the rate of one\n", many / one);
	struct rpc *rpc = bench_clinic_connect(clinic, 0);
	fill_feed(clinic, rpc, PULL_RECORDS);
	pull_all(clinic, rpc, PULL_RECORDS);
	rpc_close(rpc);
	bench_clinic_free(clinic);
	crypto_fini();
	return 0;
}
