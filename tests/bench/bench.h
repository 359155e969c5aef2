/* bench: the parts of the benchmark: a clinic of made-up members on a running kapd, and the raw disk beside it. */
#ifndef KAP_TESTS_BENCH_H
#define KAP_TESTS_BENCH_H

#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"

struct person;
struct rpc;

/* What can go wrong ends the benchmark with a sentence: it is no test. */
void bench_check(int err, const char *what);
double bench_now(void); /* seconds, monotonic */

/* A clinic with `n` members beside its admin, founded with the code that kapctl printed. */
struct bench_clinic;
struct bench_clinic *bench_clinic_new(const char *code_at_host, size_t n);
void bench_clinic_free(struct bench_clinic *c);
/* A new connection of member i, which has said hello. */
struct rpc *bench_clinic_connect(const struct bench_clinic *c, size_t i);
const struct person *bench_clinic_member(const struct bench_clinic *c, size_t i);

/* One private record of 2 KiB of padded content by member i, different each time. */
struct bench_record {
	struct buf record, payload;
	uint8_t rid[32];
};
void bench_record_seal(const struct bench_clinic *c, size_t i, struct bench_record *out);
void bench_record_wipe(struct bench_record *r);

/* Durable LMDB commits a second in `dir`, `batch` values of 2 KiB each; and their p50 in microseconds. */
double bench_disk(const char *dir, unsigned batch, double seconds, double *p50_us);

#endif
