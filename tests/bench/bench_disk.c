/* bench_disk: what the same disk does in the same run: durable LMDB commits, nothing else; see bench.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lmdb.h>

#include "proto/err.h"

#include "bench.h"

#define VALUE 2048
#define MAP ((size_t)4 << 30)
#define COMMITS_MAX 100000

static void lmdb_check(int rc, const char *what)
{
	if (rc) {
		fprintf(stderr, "bench: raw LMDB, %s: %s\n", what, mdb_strerror(rc));
		exit(1);
	}
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static void commit(MDB_env *env, MDB_dbi dbi, unsigned batch, uint64_t *next)
{
	uint8_t value[VALUE];
	MDB_txn *txn;
	lmdb_check(mdb_txn_begin(env, NULL, 0, &txn), "begin");
	memset(value, 7, sizeof(value));
	for (unsigned i = 0; i < batch; i++, (*next)++) {
		uint64_t key = __builtin_bswap64(*next);
		MDB_val k = {sizeof(key), &key}, v = {sizeof(value), value};
		memcpy(value, next, sizeof(*next));
		lmdb_check(mdb_put(txn, dbi, &k, &v, 0), "put");
	}
	lmdb_check(mdb_txn_commit(txn), "commit");
}

double bench_disk(const char *dir, unsigned batch, double seconds, double *p50_us)
{
	char path[512], file[600];
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	uint64_t next = 0;
	size_t n = 0;
	double *times = calloc(COMMITS_MAX, sizeof(*times));
	bench_check(times ? 0 : ERR_NOMEM, "raw LMDB");
	snprintf(path, sizeof(path), "%s/raw", dir);
	if (mkdir(path, 0700))
		bench_check(ERR_IO, path);
	lmdb_check(mdb_env_create(&env), "create");
	lmdb_check(mdb_env_set_mapsize(env, MAP), "map size");
	lmdb_check(mdb_env_open(env, path, MDB_NOTLS, 0600), "open");
	lmdb_check(mdb_txn_begin(env, NULL, 0, &txn), "begin");
	lmdb_check(mdb_dbi_open(txn, NULL, 0, &dbi), "open");
	lmdb_check(mdb_txn_commit(txn), "commit");
	double start = bench_now(), end = start, before = start;
	while (end - start < seconds && n < COMMITS_MAX) {
		commit(env, dbi, batch, &next);
		end = bench_now();
		times[n++] = end - before;
		before = end;
	}
	mdb_env_close(env);
	for (int i = 0; i < 2; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, i ? "lock.mdb" : "data.mdb");
		unlink(file);
	}
	rmdir(path);
	qsort(times, n, sizeof(*times), by_size);
	*p50_us = times[n / 2] * 1e6;
	free(times);
	return (double)n / (end - start);
}
